//! community.docker.docker_image_pull: gets an image from its registry.

use crate::args::{Args, Choice};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, auth, image_work, is_image_id};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImagePull>("community.docker.docker_image_pull", "Pull Docker images from registries")
        .traits(super::TRAITS);

#[derive(Args)]
struct ImagePull {
    /// The image, with or without tag or digest.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    /// The platform.
    platform: Option<String>,
    /// Whether to pull in any case.
    #[arg(default = "always")]
    pull: Pull,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Pull {
    Always,
    NotPresent,
}

impl Run for ImagePull {
    fn run(self, target: &mut Target) -> Outcome {
        if is_image_id(&self.name) {
            return Err("Cannot pull an image by ID".into());
        }
        let engine = Engine::connect(&self.engine, target)?;
        super::require_api(&engine, &[(self.platform.is_some(), "1.32", "platform")])?;
        let name = ImageName::parse(&self.name).or_tag(&self.tag);
        let before = engine.find_image(&name.full())?;
        let id = |image: &Option<Value>| match image {
            Some(image) => object! { "id" => image.get("Id").cloned() },
            None => object! { "exists" => false },
        };
        let mut actions = Vec::new();
        let mut after = before.clone();
        if before.is_none() || self.pull == Pull::Always {
            actions.push(Value::text(format!("Pulled image {}", name.full())));
            if target.is_check() {
                if before.is_none() {
                    target.mark_changed();
                }
            } else {
                let header = auth::header(&name, target.environment());
                engine
                    .pull(&name, self.platform.as_deref(), header)
                    .map_err(|error| Failure::new(format!("Error pulling image {} - {error}", name.full())))?;
                after = engine.find_image(&name.full())?;
                if id(&after) != id(&before) {
                    target.mark_changed();
                }
            }
        }
        let mut result = object! { "actions" => actions, "image" => image_work::facts(after.clone()) };
        if target.wants_diff() {
            let after: Map = if target.is_check() && before.is_none() {
                object! { "id" => "unknown" }
            } else {
                id(&after)
            };
            result.insert("diff", object! { "before" => id(&before), "after" => after });
        }
        Ok(result)
    }
}
