//! From what an action gives back to the task's result: status, error with its places, effects.

use crate::data::{Data, Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionError, Outcome};
use crate::engine::call::{CAUSES, MODULE_FAILED, is_interpreter_warning};
use crate::engine::result::{Effects, Status, TaskResult};
use crate::project::playbook::Task;
use crate::runner::foreign::HELP;
use crate::transport::CallError;

/// What the reference puts where its traceback would be.
pub const NO_TRACEBACK: &str = "(traceback unavailable)";

/// The outermost link of every failure of a task.
pub fn task_failed(task: &Task) -> Diagnostic {
    Diagnostic::new("Task failed.").at(&task.scope.origin)
}

/// A failure whose reason is in the user's files, or in what muster could not do.
pub fn failed(task: &Task, cause: Diagnostic) -> TaskResult {
    let error = task_failed(task).caused_by(cause);
    let output = Map::from([
        ("failed", Value::from(true)),
        ("changed", Value::from(false)),
        ("msg", Value::text(error.joined())),
        ("exception", Value::from(NO_TRACEBACK)),
    ]);
    TaskResult { status: Status::Failed, output, error: Some(error), ..TaskResult::default() }
}

/// A failure that is told in its own words alone.
pub fn failed_plainly(cause: Diagnostic) -> TaskResult {
    let output = Map::from([
        ("failed", Value::from(true)),
        ("msg", Value::text(cause.joined())),
        ("exception", Value::from(NO_TRACEBACK)),
    ]);
    TaskResult { status: Status::Failed, output, error: Some(cause), ..TaskResult::default() }
}

/// The result that a module's dictionary stands for.
pub fn module_result(output: Map) -> TaskResult {
    let mut result = TaskResult::of(output);
    if result.status == Status::Skipped {
        return result;
    }
    if let Some(facts) = result.output.get("ansible_facts").and_then(Value::as_map) {
        result.effects.push(Effects { facts: Some(facts.clone()), ..Effects::default() });
    }
    result
}

/// The result of one execution, complete but for `changed_when` and `failed_when`.
pub fn settle(task: &Task, outcome: Outcome) -> TaskResult {
    let mut result = match outcome {
        Ok(result) => result,
        Err(ActionError::Failed(cause, output)) => {
            let mut result = failed(task, *cause);
            for (key, value) in output {
                result.output.insert(key, value);
            }
            result
        }
        Err(ActionError::Call(error)) => return call_error(task, error),
    };
    complete(&mut result);
    result
}

/// Sets what modules leave out, and takes out what is not for the user.
fn complete(result: &mut TaskResult) {
    let output = &mut result.output;
    if !output.contains_key("failed") {
        let code = output.get("rc").is_some_and(|code| !matches!(&code.data, Data::Int(0)) && python::str(code) != "0");
        output.insert("failed", code);
    }
    if !output.contains_key("changed") {
        output.insert("changed", false);
    }
    for (key, warnings) in [("warnings", &mut result.warnings), ("deprecations", &mut result.deprecations)] {
        let Some(items) = output.get(key).and_then(Value::as_items).map(<[Value]>::to_vec) else { continue };
        for item in items {
            let text = item.get("msg").map_or_else(|| python::str(&item), python::str);
            if is_interpreter_warning(&text) {
                continue;
            }
            warnings.push(Diagnostic::new(text));
        }
    }
    let discovered = output.get("ansible_facts").and_then(|facts| facts.get("discovered_interpreter_python"));
    if let Some(python) = discovered.filter(|_| result.effects.iter().all(|effects| effects.facts.is_none())) {
        let facts = Map::from([("discovered_interpreter_python", python.clone())]);
        result.effects.push(Effects { facts: Some(facts), ..Effects::default() });
    }
    result.status = Status::of(output);
    if result.status == Status::Failed && result.error.is_some() && !output.contains_key("exception") {
        output.insert("exception", NO_TRACEBACK);
    }
}

/// Makes the error of a failure that has none yet: of a module, or of an action.
pub fn explain(task: &Task, result: &mut TaskResult) {
    let by_module = result.output.remove(MODULE_FAILED).is_some();
    let causes = result.output.remove(CAUSES);
    let help = result.output.remove(HELP);
    if result.status != Status::Failed || result.error.is_some() {
        return;
    }
    let told = result.output.get("msg").map(python::str);
    let unknown = told.is_none();
    let message = told.unwrap_or_else(|| "Unknown error.".to_owned());
    let by_module = by_module && help.is_none();
    let mut error = Diagnostic::new(if by_module { "Module failed." } else { "Action failed." });
    if !message.is_empty() {
        let cause = Diagnostic::new(message);
        error = error.caused_by(match &help {
            Some(help) => cause.hint(python::str(help)),
            None => cause,
        });
    }
    for cause in causes.iter().filter_map(Value::as_items).flatten() {
        error = error.caused_by(Diagnostic::new(python::str(cause)));
    }
    let error = task_failed(task).caused_by(error);
    if unknown {
        result.output.insert("msg", error.joined());
    }
    result.error = Some(error);
    result.output.insert("exception", NO_TRACEBACK);
}

fn call_error(task: &Task, error: CallError) -> TaskResult {
    let message = match error {
        CallError::Unreachable(unreachable) => unreachable.message,
        error @ CallError::Become { .. } => return failed(task, Diagnostic::new(error.to_string())),
        CallError::Cancelled => return failed(task, Diagnostic::new("The call was cancelled.")),
    };
    let error = task_failed(task).caused_by(Diagnostic::new(message));
    let output = Map::from([
        ("unreachable", Value::from(true)),
        ("changed", Value::from(false)),
        ("msg", Value::text(error.joined())),
        ("exception", Value::from(NO_TRACEBACK)),
    ]);
    TaskResult { status: Status::Unreachable, output, error: Some(error), ..TaskResult::default() }
}
