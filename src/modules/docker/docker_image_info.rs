//! community.docker.docker_image_info: what images are.

use crate::args::Args;
use crate::data::Value;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, is_image_id, text_at};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImageInfo>("community.docker.docker_image_info", "Inspect docker images").traits(super::TRAITS);

#[derive(Args)]
struct ImageInfo {
    /// Names with or without tag, or ids; without any, all images.
    name: Option<Vec<String>>,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ImageInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let names = match self.name.filter(|names| !names.is_empty()) {
            Some(names) => names,
            None => {
                let all = engine.list("/images/json")?;
                all.iter().filter_map(|image| text_at(image, &["Id"])).map(str::to_owned).collect()
            }
        };
        let mut images = Vec::new();
        for name in names {
            let full = if is_image_id(&name) { name } else { ImageName::parse(&name).or_tag("latest").full() };
            images.extend(engine.find_image(&full)?);
        }
        Ok(object! { "changed" => false, "images" => Value::list(images) })
    }
}
