//! community.docker.docker_swarm_service_info: what a service of the swarm is.

use crate::args::Args;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, quoted};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<ServiceInfo>(
    "community.docker.docker_swarm_service_info",
    "Retrieves information about docker services from a Swarm Manager",
)
.traits(super::TRAITS);

#[derive(Args)]
struct ServiceInfo {
    /// The service.
    #[arg(required)]
    name: String,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ServiceInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        engine.require_manager()?;
        let service = engine.find(&format!("/services/{}", quoted(&self.name)))?;
        Ok(object! { "changed" => false, "exists" => service.is_some(), "service" => service })
    }
}
