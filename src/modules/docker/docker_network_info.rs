//! community.docker.docker_network_info: what a network is.

use crate::args::Args;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<NetworkInfo>("community.docker.docker_network_info", "Retrieves facts about docker network")
        .traits(super::TRAITS);

#[derive(Args)]
struct NetworkInfo {
    /// The network's name or id.
    #[arg(required)]
    name: String,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for NetworkInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let network = engine.find_network(&self.name)?;
        Ok(object! { "changed" => false, "exists" => network.is_some(), "network" => network })
    }
}
