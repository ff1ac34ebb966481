//! community.docker.docker_volume_info: what a volume is.

use crate::args::Args;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<VolumeInfo>("community.docker.docker_volume_info", "Retrieve facts about Docker volumes")
        .traits(super::TRAITS);

#[derive(Args)]
struct VolumeInfo {
    /// The volume's name.
    #[arg(required, alias = "volume_name")]
    name: String,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for VolumeInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let volume = engine.find_volume(&self.name)?;
        Ok(object! { "changed" => false, "exists" => volume.is_some(), "volume" => volume })
    }
}
