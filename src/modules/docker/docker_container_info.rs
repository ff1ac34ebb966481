//! community.docker.docker_container_info: what a container is.

use crate::args::Args;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ContainerInfo>("community.docker.docker_container_info", "Retrieves facts about docker container")
        .traits(super::TRAITS);

#[derive(Args)]
struct ContainerInfo {
    /// The container's name or id.
    #[arg(required)]
    name: String,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ContainerInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let container = engine.find_container(&self.name)?;
        Ok(object! { "changed" => false, "exists" => container.is_some(), "container" => container })
    }
}
