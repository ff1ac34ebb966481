//! community.docker.docker_secret: makes sure that a secret of the swarm is there, or is not.

use crate::args::{Args, Choice, TargetPath};
use crate::data::Map;
use crate::object;
use crate::runner::docker::keeping::{self, Keeping, Wanted};
use crate::runner::docker::{Engine, EngineOptions};
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerSecret>("community.docker.docker_secret", "Manage docker secrets.").traits(super::TRAITS);

#[derive(Args)]
#[args(exclusive("data", "data_src"), required_if(state = "present", any("data", "data_src")))]
struct DockerSecret {
    /// The name.
    #[arg(required)]
    name: String,
    /// Whether it is to be there.
    #[arg(default = "present")]
    state: State,
    /// The content.
    #[arg(no_log)]
    data: Option<String>,
    /// Whether the content is given in base64.
    #[arg(default = false)]
    data_is_b64: bool,
    /// A file on the target with the content.
    data_src: Option<TargetPath>,
    /// Labels.
    labels: Option<Map>,
    /// Whether it is made anew in any case.
    #[arg(default = false)]
    force: bool,
    /// Whether a change makes a new version beside the old one.
    #[arg(default = false)]
    rolling_versions: bool,
    /// How many versions stay.
    #[arg(default = 5)]
    versions_to_keep: i64,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

impl Run for DockerSecret {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        if self.state == State::Absent {
            keeping::absent(Keeping::Secret, &self.name, self.rolling_versions, &engine, target)?;
            return Ok(object! { "secret_id" => "", "secret_name" => "" });
        }
        let wanted = Wanted {
            kind: Keeping::Secret,
            data: keeping::content(self.data.as_deref(), self.data_is_b64, self.data_src.as_deref(), target)?,
            name: self.name,
            labels: self.labels.unwrap_or_default(),
            force: self.force,
            rolling: self.rolling_versions.then_some(self.versions_to_keep),
            template_driver: None,
        };
        let (id, name) = keeping::present(&wanted, &engine, target)?;
        Ok(object! { "secret_id" => id, "secret_name" => name })
    }
}
