//! community.docker.docker_stack_task_info: the tasks of a stack, as the `docker` program lists them.

use crate::args::{Args, TargetPath};
use crate::data::Value;
use crate::object;
use crate::runner::docker::EngineOptions;
use crate::runner::docker::program::Program;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<StackTaskInfo>(
    "community.docker.docker_stack_task_info",
    "Return information of the tasks on a docker stack",
)
.traits(super::TRAITS);

#[derive(Args)]
struct StackTaskInfo {
    /// The stack.
    #[arg(required)]
    name: String,
    /// The `docker` program.
    docker_cli: Option<TargetPath>,
    /// The program's context.
    cli_context: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for StackTaskInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let program = Program::find(self.docker_cli.as_ref(), self.cli_context.as_deref(), &self.engine, target)?;
        let results = program.lines(&["stack", "ps", &self.name, "--format={{json .}}"], target)?;
        Ok(object! { "changed" => false, "results" => Value::list(results) })
    }
}
