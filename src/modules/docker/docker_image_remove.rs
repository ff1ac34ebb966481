//! community.docker.docker_image_remove: removes an image, or one of its names.

use crate::args::Args;
use crate::data::Value;
use crate::object;
use crate::runner::docker::images::names_of;
use crate::runner::docker::{Engine, EngineOptions, ImageName, image_work, is_image_id, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImageRemove>("community.docker.docker_image_remove", "Remove Docker images").traits(super::TRAITS);

#[derive(Args)]
struct ImageRemove {
    /// The image, by name or id.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    /// Whether it goes even where it has other names.
    #[arg(default = false)]
    force: bool,
    /// Whether images below it go that have no name.
    #[arg(default = true)]
    prune: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ImageRemove {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let name = ImageName::parse(&self.name).or_tag(&self.tag);
        let full = if is_image_id(&self.name) { self.name.clone() } else { name.full() };
        let image = engine.find_image(&full)?;
        let names = |image: &Value, key: &str| {
            let mut names: Vec<String> = names_of(image, key).into_iter().map(str::to_owned).collect();
            names.sort();
            names
        };
        let list = |names: &[String]| Value::list(names.iter().map(|name| Value::text(name.as_str())));
        let shown = |image: Option<&Value>| match image {
            Some(image) => object! {
                "id" => image.get("Id").cloned(),
                "tags" => list(&names(image, "RepoTags")),
                "digests" => list(&names(image, "RepoDigests")),
            },
            None => object! { "exists" => false },
        };
        let (mut deleted, mut untagged) = (Vec::new(), Vec::new());
        let mut actions = Vec::new();
        let mut after = None;
        if let Some(image) = &image {
            actions.push(Value::text(format!("Removed image {full}")));
            let id = text_at(image, &["Id"]).unwrap_or_default();
            if target.is_check() {
                target.mark_changed();
                let others = names(image, "RepoTags").into_iter().filter(|other| *other != full).count();
                let stays = others > 0 && !is_image_id(&self.name);
                untagged.push(full.clone());
                if stays {
                    after = Some(image.clone());
                } else {
                    deleted.push(id.to_owned());
                }
            } else {
                let answer = engine
                    .remove_image(&full, self.force, self.prune)
                    .or_else(|error| if error.is_not_found() { Ok(Vec::new()) } else { Err(error) });
                let answer = answer.map_err(|error| Failure::new(format!("Error removing image {full} - {error}")))?;
                target.mark_changed();
                for line in &answer {
                    deleted.extend(text_at(line, &["Deleted"]).map(str::to_owned));
                    untagged.extend(text_at(line, &["Untagged"]).map(str::to_owned));
                }
                after = engine.find_image(id)?;
            }
        }
        deleted.sort();
        untagged.sort();
        let mut result = object! {
            "actions" => actions,
            "image" => image_work::facts(image.clone()),
            "deleted" => list(&deleted),
            "untagged" => list(&untagged),
        };
        if target.wants_diff() {
            result.insert("diff", object! { "before" => shown(image.as_ref()), "after" => shown(after.as_ref()) });
        }
        Ok(result)
    }
}
