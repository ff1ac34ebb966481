//! community.docker.docker_image_push: sends an image to its registry.

use crate::args::Args;
use crate::data::Value;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, is_image_id};
use crate::runner::{Failure, Module, Outcome, Run, Target, Traits};

pub static MODULE: Module =
    Module::of::<ImagePush>("community.docker.docker_image_push", "Push Docker images to registries")
        .traits(Traits { skips_check_mode: true, ..super::TRAITS });

#[derive(Args)]
struct ImagePush {
    /// The image, with its registry.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ImagePush {
    fn run(self, target: &mut Target) -> Outcome {
        if is_image_id(&self.name) {
            return Err("Cannot push an image by ID".into());
        }
        let name = ImageName::parse(&self.name).or_tag(&self.tag);
        if name.is_digest() {
            return Err("Cannot push an image by digest".into());
        }
        let engine = Engine::connect(&self.engine, target)?;
        let Some(image) = engine.find_image(&name.full())? else {
            return Err(Failure::new(format!("Cannot find image {}", name.full())));
        };
        let changed = engine
            .push(&name, target.environment())
            .map_err(|error| Failure::new(format!("Error pushing image {}: {error}", name.full())))?;
        if changed {
            target.mark_changed();
        }
        let action = format!("Pushed image {}", name.full());
        Ok(object! { "actions" => Value::list([Value::text(action)]), "image" => image })
    }
}
