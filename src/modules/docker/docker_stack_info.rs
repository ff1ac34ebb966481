//! community.docker.docker_stack_info: the stacks of the swarm, as the `docker` program lists them.

use crate::args::{Args, TargetPath};
use crate::data::Value;
use crate::object;
use crate::runner::docker::EngineOptions;
use crate::runner::docker::program::Program;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<StackInfo>("community.docker.docker_stack_info", "Return information on all docker stacks")
        .traits(super::TRAITS);

#[derive(Args)]
struct StackInfo {
    /// The `docker` program.
    docker_cli: Option<TargetPath>,
    /// The program's context.
    cli_context: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for StackInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let program = Program::find(self.docker_cli.as_ref(), self.cli_context.as_deref(), &self.engine, target)?;
        let results = program.lines(&["stack", "ls", "--format={{json .}}"], target)?;
        Ok(object! { "changed" => false, "results" => Value::list(results) })
    }
}
