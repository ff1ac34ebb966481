//! `fail`: fails with a message.

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.fail",
    summary: "Fail with custom message",
    spec: Some(SPEC),
    traits: ActionTraits::NONE,
    run: |call| Box::pin(async { run(call) }),
};

#[derive(Args)]
struct FailArgs {
    /// Why it fails; a general sentence where nothing is given.
    #[expect(dead_code, reason = "the value is taken from the map, as it may have any type")]
    #[arg(kind = "raw")]
    msg: Option<Value>,
}

const SPEC: &ArgSpec = FailArgs::SPEC;

fn run(call: &mut ActionCall<'_>) -> Outcome {
    call.check_args(SPEC, "fail")?;
    let message = call.arg("msg").cloned().unwrap_or_else(|| Value::from("Failed as requested from task"));
    Ok(TaskResult::of(Map::from([("failed", Value::from(true)), ("msg", message)])))
}
