//! community.docker.docker_image_load: loads images from an archive.

use crate::args::{Args, TargetPath};
use crate::data::Value;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, is_image_id};
use crate::runner::{Failure, Module, Outcome, Run, Target, Traits};

pub static MODULE: Module =
    Module::of::<ImageLoad>("community.docker.docker_image_load", "Load docker image(s) from archives")
        .traits(Traits { skips_check_mode: true, ..super::TRAITS });

#[derive(Args)]
struct ImageLoad {
    /// The archive.
    #[arg(required)]
    path: TargetPath,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ImageLoad {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let path = target.absolute(&self.path);
        let file = std::fs::File::open(&path).map_err(|error| {
            Failure::new(format!(
                "Error opening archive {}: {}",
                path.display(),
                crate::runner::errors::with_path(&error, &path)
            ))
        })?;
        let told = engine
            .load_images(file)
            .map_err(|error| Failure::new(format!("Error loading archive {}: {error}", path.display())))?;
        let names = told.loaded();
        if names.is_empty() {
            return Err(
                Failure::new("Detected no loaded images. Archive potentially corrupt?").with("stdout", told.output)
            );
        }
        let mut images = Vec::new();
        for name in &names {
            let full = if is_image_id(name) { name.clone() } else { ImageName::parse(name).or_tag("latest").full() };
            images.extend(engine.find_image(&full)?);
        }
        target.mark_changed();
        Ok(object! {
            "image_names" => Value::list(names.into_iter().map(Value::from)),
            "images" => Value::list(images),
            "stdout" => told.output,
        })
    }
}
