//! `async_status`: how a job is doing.

use crate::args::{ArgSpec, Args, Choice};
use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.async_status",
    summary: "Obtain status of asynchronous task",
    spec: Some(SPEC),
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

#[derive(Args)]
struct StatusArgs {
    /// The job.
    #[arg(required)]
    jid: String,
    /// Look at it, or remove what it left.
    #[arg(default = "status")]
    mode: Mode,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Status,
    Cleanup,
}

const SPEC: &ArgSpec = StatusArgs::SPEC;

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    call.check_args(SPEC, "async_status")?;
    let args = StatusArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let dir = match call.templar.scope().variable("ansible_async_dir") {
        Some(value) => crate::data::python::str(&call.templar.render(&value)?),
        None => "~/.ansible_async".to_owned(),
    };
    let mode = if args.mode == Mode::Cleanup { "cleanup" } else { "status" };
    let sent =
        Map::from([("jid", Value::from(args.jid)), ("mode", Value::from(mode)), ("_async_dir", Value::from(dir))]);
    Ok(TaskResult::of(call.module("ansible.builtin.async_status", sent).await?))
}
