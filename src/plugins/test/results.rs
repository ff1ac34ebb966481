//! Tests on the results of tasks.

use crate::data::{Data, Map, Value};
use crate::template::{Arguments, Result, Test};

pub const TESTS: &[Test] = &[
    Test::plain("failed", failed, "Whether the task failed.").also(&["failure"]),
    Test::plain("succeeded", succeeded, "Whether the task did not fail.").also(&["success", "successful"]),
    Test::plain("changed", changed, "Whether the task, or one of its items, changed something.").also(&["change"]),
    Test::plain("skipped", skipped, "Whether the task was skipped.").also(&["skip"]),
    Test::plain("reachable", reachable, "Whether the host was reached."),
    Test::plain("unreachable", unreachable, "Whether the host was not reached."),
    Test::plain("started", started, "Whether the background job has started."),
    Test::plain("finished", finished, "Whether the background job has finished."),
    Test::plain("timedout", timed_out, "Whether the task ran out of time."),
];

fn result_of<'a>(input: &'a Value, test: &str) -> Result<&'a Map> {
    input.as_map().ok_or_else(|| format!("The '{test}' test expects a dictionary").into())
}

/// Whether a key is there and true.
fn is_set(input: &Value, key: &str, test: &str) -> Result<bool> {
    Ok(result_of(input, test)?.get(key).is_some_and(Value::is_truthy))
}

fn failed(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    is_set(input, "failed", "failed")
}

fn succeeded(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(!is_set(input, "failed", "failed")?)
}

fn changed(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let result = result_of(input, "changed")?;
    if let Some(changed) = result.get("changed") {
        return Ok(changed.is_truthy());
    }
    // A loop that does not say so itself: whether one of its items did.
    let Some(Data::List(items)) = result.get("results").map(|items| &items.data) else { return Ok(false) };
    if items.first().ok_or("list index out of range")?.as_map().is_none() {
        return Ok(false);
    }
    for item in items.iter() {
        let Some(item) = item.as_map() else {
            return Err(format!("'{}' object has no attribute 'get'", item.type_name()).into());
        };
        if item.get("changed").is_some_and(Value::is_truthy) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn skipped(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    is_set(input, "skipped", "skipped")
}

fn unreachable(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    is_set(input, "unreachable", "unreachable")
}

fn reachable(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(!is_set(input, "unreachable", "unreachable")?)
}

/// What says nothing about a job was none, and so has started and finished.
fn started(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(result_of(input, "started")?.get("started").is_none_or(Value::is_truthy))
}

fn finished(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(result_of(input, "finished")?.get("finished").is_none_or(Value::is_truthy))
}

fn timed_out(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let Some(timeout) = result_of(input, "timedout")?.get("timedout").filter(|timeout| timeout.is_truthy()) else {
        return Ok(false);
    };
    match timeout.as_map() {
        Some(timeout) => Ok(timeout.get("period").is_some_and(Value::is_truthy)),
        None => Err(format!("'{}' object has no attribute 'get'", timeout.type_name()).into()),
    }
}
