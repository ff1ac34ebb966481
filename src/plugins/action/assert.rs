//! `assert`: fails unless all conditions hold.

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Show, TaskResult};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.assert",
    summary: "Asserts given expressions are true",
    spec: Some(SPEC),
    traits: ActionTraits { raw_args: &["that"], ..ActionTraits::NONE },
    run: |call| Box::pin(async { run(call) }),
};

#[derive(Args)]
struct AssertArgs {
    /// The conditions, as in `when`.
    #[expect(dead_code, reason = "conditions are evaluated as they were written")]
    #[arg(kind = "raw")]
    that: Value,
    /// What a failure says.
    #[expect(dead_code, reason = "the value is taken from the map, as it may have any type")]
    #[arg(alias = "msg", kind = "raw")]
    fail_msg: Option<Value>,
    /// What a success says.
    #[expect(dead_code, reason = "the value is taken from the map, as it may have any type")]
    #[arg(kind = "raw")]
    success_msg: Option<Value>,
    /// Say little.
    #[arg(default = false)]
    quiet: bool,
}

const SPEC: &ArgSpec = AssertArgs::SPEC;

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let that = call.args.get("that").cloned();
    call.check_args(SPEC, "assert")?;
    let quiet = AssertArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?.quiet;
    for name in ["fail_msg", "success_msg"] {
        check_message(call, name)?;
    }
    let that = that.unwrap_or_default();
    let show = Show { always: !quiet, ..Show::default() };
    let conditions: Vec<Value> = match that.as_items() {
        Some(items) => items.to_vec(),
        None => vec![that],
    };
    for condition in conditions {
        if !call.templar.condition(&condition).map_err(Diagnostic::from)? {
            let message = call.arg("fail_msg").cloned().unwrap_or_else(|| Value::from("Assertion failed"));
            let output = Map::from([
                ("failed", Value::from(true)),
                ("evaluated_to", Value::from(false)),
                ("assertion", condition),
                ("msg", message),
            ]);
            return Ok(TaskResult { show, ..TaskResult::of(output) });
        }
    }
    let message = call.arg("success_msg").cloned().unwrap_or_else(|| Value::from("All assertions passed"));
    let output = Map::from([("changed", Value::from(false)), ("msg", message)]);
    Ok(TaskResult { show, ..TaskResult::of(output) })
}

/// A message is a text or a list of texts.
fn check_message(call: &ActionCall<'_>, name: &str) -> Result<(), ActionError> {
    let Some(value) = call.arg(name) else { return Ok(()) };
    let fits = |value: &Value| value.as_str().is_some();
    let fine = fits(value) || value.as_items().is_some_and(|items| items.iter().all(fits));
    if fine {
        return Ok(());
    }
    Err(ActionError::told(format!(
        "Type validation for {name} failed: expected a string or a list of strings, got {}",
        value.type_name()
    )))
}
