//! Attempts of a task: `until` and `retries`, `changed_when` and `failed_when`, jobs, the time limit.

use std::sync::Arc;
use std::time::Duration;

use super::{TaskRun, finish};
use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::conduct::Conduct;
use crate::engine::endpoint::Way;
use crate::engine::event::Event;
use crate::engine::result::{Status, TaskResult};
use crate::project::playbook::Keyword;
use crate::project::vars::{Layers, Level, facts};
use crate::template::{Templar, TemplateError};
use crate::wire::Job;

/// Tries until it is done.
pub async fn run(
    run: &TaskRun,
    layers: &Layers,
    templar: &Templar,
    conduct: &Conduct,
    way: &Way,
    args: Map,
) -> TaskResult {
    let attempts = match (conduct.has_until, conduct.retries) {
        (false, None) => 1,
        (_, retries) => retries.unwrap_or(3).saturating_add(1).max(1),
    };
    let mut attempt = 1;
    let mut way = way.clone();
    loop {
        let mut result = once(run, templar, conduct, &way, args.clone()).await;
        way.interpreters.clear();
        if attempts > 1 {
            result.output.insert("attempts", attempt);
        }
        if result.status == Status::Unreachable {
            return result;
        }
        let seen = with_result(run, layers, &result);
        judge(run, &run.templar(&seen), &mut result);
        if attempts == 1 {
            finish::explain(&run.ground.task, &mut result);
            return result;
        }
        let seen = with_result(run, layers, &result);
        match is_enough(run, &run.templar(&seen), &result) {
            Ok(true) => {
                finish::explain(&run.ground.task, &mut result);
                return result;
            }
            Ok(false) => {}
            Err(error) => return run.failed(error.into()),
        }
        if attempt >= attempts {
            result.output.insert("attempts", attempts - 1);
            if run.scope().own(Keyword::FailedWhen).is_none() {
                result.output.insert("failed", true);
            }
            result.status = Status::of(&result.output);
            finish::explain(&run.ground.task, &mut result);
            return result;
        }
        result.output.insert("retries", attempts);
        result.show.censored = conduct.no_log;
        run.tell(&result, Event::Retry, false).await;
        tokio::time::sleep(Duration::from_secs_f64(conduct.delay)).await;
        attempt += 1;
    }
}

/// One attempt, within the time limit; a job is looked after until it is done.
async fn once(run: &TaskRun, templar: &Templar, conduct: &Conduct, way: &Way, args: Map) -> TaskResult {
    let acting = async {
        let result = run.act(templar, conduct, way, args).await;
        let launched = conduct.async_limit > 0 && conduct.poll > 0 && !result.status.is_failure();
        match result.output.get("ansible_job_id").map(python::str) {
            Some(job) if launched && result.status != Status::Skipped => {
                look_after(run, templar, conduct, way, &job, result).await
            }
            _ => result,
        }
    };
    let Some(limit) = conduct.timeout else { return acting.await };
    match tokio::time::timeout(limit, acting).await {
        Ok(result) => result,
        Err(_) => {
            let seconds = limit.as_secs();
            let mut result = run.failed(Diagnostic::new(format!("Timed out after {seconds} second(s).")));
            let details = Map::from([
                ("frame", Value::from("Configure `DISPLAY_TRACEBACK` to see a traceback on timeout errors.")),
                ("period", Value::from(seconds)),
            ]);
            result.output.insert("timedout", details);
            result
        }
    }
}

/// The job that the task is to run as.
pub fn job(run: &TaskRun, conduct: &Conduct, _way: &Way) -> Option<Job> {
    if conduct.async_limit == 0 {
        return None;
    }
    let mut dice = [0; 8];
    run.shared().environment.dice.fill(&mut dice);
    let number = u64::from_le_bytes(dice) % 1_000_000_000_000;
    let dir = run.shared().environment.filled("ANSIBLE_ASYNC_DIR").unwrap_or("~/.ansible_async").to_owned();
    Some(Job { id: format!("j{number:012}.{}", std::process::id()), limit: conduct.async_limit, dir })
}

/// How often a job is asked once more when its time is over.
const GRACE: usize = 5;

/// Polls a job until it has finished or its time is over.
async fn look_after(
    run: &TaskRun,
    templar: &Templar,
    conduct: &Conduct,
    way: &Way,
    job: &str,
    launched: TaskResult,
) -> TaskResult {
    let mut left = conduct.async_limit;
    let warnings = launched.output.get("warnings").cloned();
    let mut status = launched;
    while left > 0 {
        tokio::time::sleep(Duration::from_secs(conduct.poll)).await;
        status = ask(run, templar, conduct, way, job, "status").await;
        if is_finished(&status) || status.status.is_failure() || status.status == Status::Skipped {
            break;
        }
        let value = |key: &str| status.output.get(key).cloned().unwrap_or_default();
        let event = Event::AsyncPoll {
            host: Arc::clone(&run.host_name),
            job: job.to_owned(),
            started: value("started"),
            finished: value("finished"),
        };
        let _ = run.events.send(event).await;
        left = left.saturating_sub(conduct.poll);
    }
    for _ in 0..GRACE {
        if is_finished(&status) || status.status.is_failure() {
            break;
        }
        // The job ends itself at about this moment, and says so in its own words.
        tokio::time::sleep(Duration::from_millis(200)).await;
        status = ask(run, templar, conduct, way, job, "status").await;
    }
    let failed = status.status.is_failure() || !is_finished(&status);
    if !is_finished(&status) && !status.status.is_failure() {
        let message = format!("async task did not complete within the requested time - {}s", conduct.async_limit);
        let output = Map::from([
            ("failed", Value::from(true)),
            ("changed", Value::from(false)),
            ("msg", Value::from(message)),
            ("async_result", Value::from(status.output.clone())),
        ]);
        status = TaskResult::of(output);
    } else {
        ask(run, templar, conduct, way, job, "cleanup").await;
    }
    if let Some(warnings) = warnings {
        let own = status.output.get("warnings").and_then(Value::as_items).unwrap_or_default().to_vec();
        let all = warnings.as_items().unwrap_or_default().iter().cloned().chain(own);
        status.output.insert("warnings", Value::list(all));
    }
    let event = Event::AsyncDone { host: Arc::clone(&run.host_name), job: job.to_owned(), failed };
    let _ = run.events.send(event).await;
    status
}

fn is_finished(result: &TaskResult) -> bool {
    result.output.get("finished").is_some_and(Value::is_truthy)
}

/// Asks the host about a job.
async fn ask(run: &TaskRun, templar: &Templar, conduct: &Conduct, way: &Way, job: &str, mode: &str) -> TaskResult {
    let name = "ansible.builtin.async_status";
    let conduct = Conduct { async_limit: 0, check: false, ..conduct.clone() };
    let way = &Way { interpreters: Vec::new(), ..way.clone() };
    let args = Map::from([("jid", job), ("mode", mode)]);
    match super::super::names::resolve(run.shared(), name, &[]) {
        Some(resolved) => TaskRun { resolved, ..run.clone() }.act(templar, &conduct, way, args).await,
        None => run.failed(Diagnostic::new("This build cannot look after jobs.")),
    }
}

/// The variables as conditions on the result see them.
fn with_result(run: &TaskRun, layers: &Layers, result: &TaskResult) -> Layers {
    let mut layers = layers.clone();
    for effects in &result.effects {
        if let Some(variables) = &effects.variables {
            layers.push(Level::SetFacts, Arc::new(variables.clone()));
        }
        if let Some(new) = &effects.facts {
            let mut known = (*run.shared().board.of(run.host).facts).clone();
            known.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
            for layer in facts::layers(&known, run.shared().settings.inject_facts_as_vars()) {
                layers.push(Level::Facts, layer);
            }
        }
    }
    if let Some(name) = run.scope().own(Keyword::Register) {
        let seen = Map::from([(Value::text(python::str(name)), Value::from(result.output.clone()))]);
        layers.push(Level::SetFacts, Arc::new(seen));
    }
    layers
}

/// Applies `changed_when` and `failed_when`.
fn judge(run: &TaskRun, templar: &Templar, result: &mut TaskResult) {
    if result.status == Status::Skipped {
        return;
    }
    for (keyword, key) in [(Keyword::ChangedWhen, "changed"), (Keyword::FailedWhen, "failed")] {
        let Some(raw) = run.scope().own(keyword) else { continue };
        match holds(templar, raw) {
            Ok(None) => {}
            Ok(Some(flag)) => {
                result.output.insert(key, flag);
                if keyword == Keyword::FailedWhen {
                    result.output.insert("failed_when_result", flag);
                    if !flag {
                        result.error = None;
                        result.output.remove("exception");
                    }
                }
            }
            Err(error) => {
                result.output.insert("failed", true);
                result.output.insert(format!("{key}_when_result"), error.to_string());
                break;
            }
        }
    }
    result.status = Status::of(&result.output);
}

/// Whether all conditions hold; `None` where there are none.
fn holds(templar: &Templar, raw: &Value) -> Result<Option<bool>, TemplateError> {
    let conditions: Vec<&Value> = raw.as_items().map_or_else(|| vec![raw], |items| items.iter().collect());
    if conditions.is_empty() {
        return Ok(None);
    }
    for condition in conditions {
        if !templar.condition(condition)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

/// Whether no further attempt is needed.
fn is_enough(run: &TaskRun, templar: &Templar, result: &TaskResult) -> Result<bool, TemplateError> {
    if result.status == Status::Skipped {
        return Ok(true);
    }
    match run.scope().own(Keyword::Until) {
        Some(raw) => Ok(holds(templar, raw)?.unwrap_or(true)),
        None => Ok(result.status != Status::Failed),
    }
}
