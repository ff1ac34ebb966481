//! `raw`: a command line for the login's shell, without a runner.

use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::call::add_lines;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.raw",
    summary: "Executes a low-down and dirty command",
    spec: None,
    traits: ActionTraits { free_form: true, ..ActionTraits::NONE },
    run: |call| Box::pin(run(call)),
};

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    if call.conduct.check {
        return Ok(TaskResult::skipped(Map::new()));
    }
    let Some(line) = call.text("_raw_params") else {
        return Err(ActionError::told("no command given"));
    };
    let mut command = String::new();
    for (name, value) in &call.conduct.environment {
        command.push_str(&format!("{name}={} ", quoted(value)));
    }
    match call.text("executable") {
        Some(shell) => command.push_str(&format!("{shell} -c {}", quoted(&line))),
        None => command.push_str(&line),
    }
    let way = call.way;
    let output = call.shared.carrier.exec(&way.endpoint, way.become_as.as_ref(), &command, &[]).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut result = Map::from([
        ("rc", Value::from(output.code)),
        ("stdout", Value::from(text(&output.stdout))),
        ("stderr", Value::from(text(&output.stderr))),
        ("changed", Value::from(true)),
    ]);
    if output.code != 0 {
        result.insert("failed", true);
        result.insert("msg", "non-zero return code");
    }
    add_lines(&mut result);
    Ok(TaskResult::of(result))
}

/// For a POSIX shell, in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}
