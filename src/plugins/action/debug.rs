//! `debug`: prints a message or a variable.

use crate::args::{ArgSpec, Args};
use crate::data::{Data, Map, Trust, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Show, TaskResult};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.debug",
    summary: "Print statements during execution",
    spec: Some(DebugArgs::SPEC),
    traits: ActionTraits { raw_args: &["var"], ..ActionTraits::NONE },
    run: |call| Box::pin(async { run(call) }),
};

#[derive(Args)]
#[args(exclusive("msg", "var"))]
struct DebugArgs {
    /// What is printed. A greeting where nothing is given.
    #[expect(dead_code, reason = "the value is taken from the map, as it may have any type")]
    #[arg(kind = "raw")]
    msg: Option<Value>,
    /// The variable (or expression) whose value is printed.
    #[expect(dead_code, reason = "it is evaluated as it was written")]
    #[arg(kind = "raw")]
    var: Option<Value>,
    /// Print only from this level of `-v` on.
    #[arg(default = 0)]
    verbosity: i64,
}

const SPEC: &ArgSpec = DebugArgs::SPEC;

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let message = call.args.get("msg").cloned();
    call.check_args(SPEC, "debug")?;
    let mut output = call.args.clone();
    let args = DebugArgs::from_checked(&mut output).map_err(ActionError::told)?;
    if i64::from(call.shared.options.verbosity) < args.verbosity {
        let output = Map::from([("skipped_reason", "Verbosity threshold not met.")]);
        return Ok(TaskResult::skipped(output));
    }
    let output = match (message, call.arg("var")) {
        (Some(message), _) => Map::from([("msg", message)]),
        (None, Some(variable)) => shown(call, variable)?,
        (None, None) => Map::from([("msg", Value::from("Hello world!"))]),
    };
    let show = Show { always: true, ..Show::default() };
    Ok(TaskResult { show, ..TaskResult::of(output) })
}

/// The value under the name that was asked for.
fn shown(call: &ActionCall<'_>, variable: &Value) -> Result<Map, ActionError> {
    let rendered = call.templar.render(variable).map_err(Diagnostic::from)?;
    let Data::Text(text) = &rendered.data else {
        return Err(ActionError::told(format!(
            "argument 'var' is of type {} and we were unable to convert to _check_type_str_no_conversion: '{}' is not a string and conversion is not allowed",
            rendered.type_name(),
            python::str(&rendered)
        )));
    };
    let fails = || Diagnostic::new("Error while resolving `var` expression.").at(&variable.origin);
    if text.trust() == Trust::Plain {
        return Err(fails().caused_by(Diagnostic::new("Encountered untrusted template or expression.")).into());
    }
    let value = call.templar.shown(text.shared(), &variable.origin).map_err(|error| fails().caused_by(error.into()))?;
    Ok(Map::from([(text.as_str(), value)]))
}
