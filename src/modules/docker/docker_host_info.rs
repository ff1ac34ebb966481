//! community.docker.docker_host_info: the engine itself, and lists of what it has.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, Request};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<HostInfo>(
    "community.docker.docker_host_info",
    "Retrieves facts about docker host and lists of objects of the services",
)
.traits(super::TRAITS);

#[derive(Args)]
struct HostInfo {
    /// Whether to list containers.
    #[arg(default = false)]
    containers: bool,
    /// Whether stopped containers are listed too.
    #[arg(default = false)]
    containers_all: bool,
    /// Which containers to list.
    containers_filters: Option<Map>,
    /// Whether to list images.
    #[arg(default = false)]
    images: bool,
    /// Which images to list.
    images_filters: Option<Map>,
    /// Whether to list networks.
    #[arg(default = false)]
    networks: bool,
    /// Which networks to list.
    networks_filters: Option<Map>,
    /// Whether to list volumes.
    #[arg(default = false)]
    volumes: bool,
    /// Which volumes to list.
    volumes_filters: Option<Map>,
    /// Whether to tell how much room things take.
    #[arg(default = false)]
    disk_usage: bool,
    /// Whether to tell all that the engine says of the things listed.
    #[arg(default = false)]
    verbose_output: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for HostInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine =
            Engine::connect(&self.engine, target).map_err(|failure| failure.with("can_talk_to_docker", false))?;
        let fail = |error| Failure::from(error).with("can_talk_to_docker", true);
        let mut result = object! {
            "changed" => false,
            "can_talk_to_docker" => true,
            "host_info" => engine.get("/info").map_err(fail)?,
        };
        if self.disk_usage {
            let usage = engine.get("/system/df").map_err(fail)?;
            let usage = if self.verbose_output { usage } else { part(&usage, &["LayersSize"]) };
            result.insert("disk_usage", usage);
        }
        let all = Request::get("/containers/json").query("limit", -1).query("size", 0).query("trunc_cmd", 0);
        let all = all.query("all", u8::from(self.containers_all));
        let lists = [
            (self.containers, "containers", all, &self.containers_filters, CONTAINER),
            (self.images, "images", Request::get("/images/json"), &self.images_filters, IMAGE),
            (self.networks, "networks", Request::get("/networks"), &self.networks_filters, NETWORK),
            (self.volumes, "volumes", Request::get("/volumes"), &self.volumes_filters, VOLUME),
        ];
        for (wanted, name, request, filters, keys) in lists {
            if !wanted {
                continue;
            }
            let answer = request.filters(filters.as_ref()).send(&engine).and_then(|answer| answer.value());
            let answer = answer.map_err(|error| {
                let message = format!("Error inspecting docker host for object '{name}': {error}");
                Failure::new(message).with("can_talk_to_docker", true)
            })?;
            // Volumes come with warnings about them.
            let items = answer.get("Volumes").unwrap_or(&answer).as_items().unwrap_or_default();
            let items = items.iter().map(|item| if self.verbose_output { item.clone() } else { part(item, keys) });
            result.insert(name, Value::list(items));
        }
        Ok(result)
    }
}

const CONTAINER: &[&str] = &["Id", "Image", "Command", "Created", "Status", "Ports", "Names"];
const IMAGE: &[&str] = &["Id", "RepoTags", "Created", "Size"];
const NETWORK: &[&str] = &["Id", "Driver", "Name", "Scope"];
const VOLUME: &[&str] = &["Driver", "Name"];

fn part(item: &Value, keys: &[&str]) -> Value {
    keys.iter().filter_map(|key| Some((*key, item.get(key)?.clone()))).collect::<Map>().into()
}
