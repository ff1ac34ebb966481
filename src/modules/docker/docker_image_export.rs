//! community.docker.docker_image_export: writes images into an archive.

use std::io::BufWriter;

use crate::args::{Args, TargetPath};
use crate::data::Value;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, image_work, is_image_id, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImageExport>("community.docker.docker_image_export", "Export (archive) Docker images")
        .traits(super::TRAITS);

#[derive(Args)]
struct ImageExport {
    /// The images, by name or id.
    #[arg(required, alias = "name")]
    names: Vec<String>,
    /// The tag, where a name has none.
    #[arg(default = "latest")]
    tag: String,
    /// The archive.
    #[arg(required)]
    path: Option<TargetPath>,
    /// Whether it is written even where it has these images.
    #[arg(default = false)]
    force: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ImageExport {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let path = target.absolute(self.path.ok_or("missing required arguments: path")?);
        if self.names.is_empty() {
            return Err("At least one image name must be specified".into());
        }
        let (mut names, mut images, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for name in &self.names {
            let is_id = is_image_id(name);
            let full = if is_id { name.clone() } else { ImageName::parse(name).or_tag(&self.tag).full() };
            let Some(image) = engine.find_image(&full)? else {
                return Err(Failure::new(format!("Image {full} not found")));
            };
            let id = text_at(&image, &["Id"]).unwrap_or_default().trim_start_matches("sha256:").to_owned();
            wanted.push((id, if is_id { Vec::new() } else { vec![full.clone()] }));
            names.push(full);
            images.push(image);
        }
        let reason = if self.force {
            Some("Exporting since force=true".to_owned())
        } else if path.exists() {
            difference(image_work::archived(&path), wanted)
        } else {
            Some("No archive found".to_owned())
        };
        let shown = names.join(", ");
        let message = match &reason {
            None => format!("Image {shown} is already in the archive {}", path.display()),
            Some(reason) => format!("Exported image {shown} to {}: {reason}", path.display()),
        };
        if reason.is_some() {
            target.effect(|_| {
                let failed =
                    |error: String| Failure::new(format!("Error writing image archive {}: {error}", path.display()));
                let file = std::fs::File::create(&path).map_err(|error| failed(error.to_string()))?;
                engine.save_images(&names, BufWriter::new(file)).map_err(|error| failed(error.to_string()))
            })?;
        }
        Ok(object! { "images" => Value::list(images), "msg" => message })
    }
}

type Contents = Vec<(String, Vec<String>)>;

fn difference(found: Result<Contents, String>, mut wanted: Contents) -> Option<String> {
    let mut found = match found {
        Ok(found) => found,
        Err(error) => return Some(format!("overwriting an unreadable archive: {error}")),
    };
    found.sort();
    wanted.sort();
    (found != wanted).then(|| "overwriting archive with other images".to_owned())
}
