//! community.docker.docker_image_tag: gives an image more names.

use crate::args::{Args, Choice};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, ImageName, is_image_id, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImageTag>("community.docker.docker_image_tag", "Tag Docker images with new names and/or tags")
        .traits(super::TRAITS);

#[derive(Args)]
struct ImageTag {
    /// The image, by name or id.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    /// The names to give.
    #[arg(required)]
    repository: Vec<String>,
    /// What of names that another image has.
    #[arg(default = "overwrite")]
    existing_images: Existing,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Existing {
    Keep,
    Overwrite,
}

impl Run for ImageTag {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let full = if is_image_id(&self.name) {
            self.name.clone()
        } else {
            ImageName::parse(&self.name).or_tag(&self.tag).full()
        };
        let mut names = Vec::new();
        for text in &self.repository {
            if is_image_id(text) {
                return Err(Failure::new("repository[] must not be an image ID; got: ".to_owned() + text));
            }
            let name = ImageName::parse(text).or_tag(&self.tag);
            if name.is_digest() {
                return Err(Failure::new(format!("repository[] must not have a digest; got: {text}")));
            }
            names.push(name);
        }
        let Some(image) = engine.find_image(&full)? else {
            return Err(Failure::new(format!("Cannot find image {full}")));
        };
        let id = text_at(&image, &["Id"]).unwrap_or_default().to_owned();
        let (mut actions, mut tagged) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for name in names {
            let text = name.full();
            let there = engine.find_image(&text)?;
            let there_id = there.as_ref().and_then(|there| text_at(there, &["Id"]));
            let entry = |id: Option<&str>| -> Map {
                match id {
                    Some(id) => object! { "name" => text.as_str(), "id" => id },
                    None => object! { "name" => text.as_str(), "exists" => false },
                }
            };
            before.push(Value::from(entry(there_id)));
            if there_id == Some(&id) {
                after.push(entry(there_id).into());
                actions.push(Value::text(format!("target image already exists ({id}) and is as expected")));
                continue;
            }
            if let (Existing::Keep, Some(there_id)) = (self.existing_images, there_id) {
                after.push(entry(Some(there_id)).into());
                let message = format!("target image already exists ({there_id}) and is not as expected, but kept");
                actions.push(Value::text(message));
                continue;
            }
            after.push(entry(Some(&id)).into());
            actions.push(Value::text(format!("Tagged image {id} as {text}")));
            tagged.push(Value::text(text.as_str()));
            target.effect(|_| {
                engine
                    .tag_image(&id, &name)
                    .map_err(|error| Failure::new(format!("Error: failed to tag image as {text} - {error}")))
            })?;
        }
        let mut result = object! { "actions" => actions, "image" => image, "tagged_images" => tagged };
        if target.wants_diff() {
            let side = |images: Vec<Value>| object! { "images" => images };
            result.insert("diff", object! { "before" => side(before), "after" => side(after) });
        }
        Ok(result)
    }
}
