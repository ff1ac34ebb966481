//! `wait_for_connection`: until the host can be reached and answers.

use std::time::{Duration, Instant};

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.wait_for_connection",
    summary: "Waits until remote system is reachable/usable",
    spec: Some(SPEC),
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

#[derive(Args)]
struct WaitArgs {
    /// Seconds for one attempt.
    #[arg(default = 5)]
    connect_timeout: i64,
    /// Seconds before the first attempt.
    #[arg(default = 0)]
    delay: i64,
    /// Seconds between attempts.
    #[arg(default = 1)]
    sleep: i64,
    /// Seconds for all of it.
    #[arg(default = 600)]
    timeout: i64,
}

const SPEC: &ArgSpec = WaitArgs::SPEC;

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let unknown = call.args.keys().filter(|key| key.as_str().is_none_or(|key| SPEC.find(key).is_none()));
    let unknown: Vec<String> = unknown.map(crate::data::python::str).collect();
    if !unknown.is_empty() {
        let message = format!("Invalid options for wait_for_connection: {}", unknown.join(","));
        return Err(ActionError::told(message));
    }
    call.check_args(SPEC, "wait_for_connection")?;
    let args = WaitArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    if call.conduct.check {
        return Ok(TaskResult::of(Map::from([("changed", false), ("skipped", true)])));
    }
    let seconds = |number: i64| Duration::from_secs(number.max(0).unsigned_abs());
    let start = Instant::now();
    tokio::time::sleep(seconds(args.delay)).await;
    let last = loop {
        let left = seconds(args.timeout).saturating_sub(start.elapsed());
        // A dead connection that is kept would answer for the host that is meant to come back.
        let _ = call.shared.carrier.reset(&call.way.endpoint).await;
        let attempt = call.module("ansible.builtin.ping", Map::new());
        let error = match tokio::time::timeout(left.min(seconds(args.connect_timeout.max(1)) * 4), attempt).await {
            Ok(Ok(result)) if !result.get("failed").is_some_and(Value::is_truthy) => {
                let elapsed = start.elapsed().as_secs();
                return Ok(TaskResult::of(Map::from([
                    ("elapsed", Value::from(elapsed)),
                    ("changed", Value::from(false)),
                ])));
            }
            Ok(Ok(_)) => "ping test failed".to_owned(),
            Ok(Err(ActionError::Call(error))) => error.to_string(),
            Ok(Err(error)) => return Err(error),
            Err(_) => "timed out".to_owned(),
        };
        if start.elapsed() >= seconds(args.timeout) {
            break error;
        }
        tokio::time::sleep(seconds(args.sleep)).await;
    };
    let output = Map::from([
        ("failed", Value::from(true)),
        ("elapsed", Value::from(start.elapsed().as_secs())),
        ("msg", Value::from(format!("timed out waiting for ping module test: {last}"))),
    ]);
    Ok(TaskResult::of(output))
}
