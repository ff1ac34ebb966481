//! Running one call to its reply.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use super::blobs::{BlobReader, Nothing};
use super::cancel::Cancel;
use super::censor::{self, censored_text};
use super::process::Live;
use super::{Failure, Registry, Target, foreign};
use crate::args::coerce::expand_paths;
use crate::data::{Environment, Map, Value};
use crate::wire::{Call, Reply};

/// Where calls run: what the runner was started with, and what one call brings.
#[derive(Clone)]
pub struct Site {
    pub environment: Environment,
    pub umask: u32,
    pub blobs: Arc<dyn BlobReader>,
    pub live: Option<Arc<Live>>,
    pub cancel: Cancel,
}

impl Site {
    pub fn new(environment: Environment) -> Self {
        Self { environment, umask: current_umask(), blobs: Arc::new(Nothing), live: None, cancel: Cancel::default() }
    }
}

/// The process's umask, without changing it for the moment that asking the classic way takes.
fn current_umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|digits| u32::from_str_radix(digits.trim(), 8).ok()).unwrap_or(0o022)
}

/// Runs a call. A panic of the module is a bug of ours, but no reason to lose the host.
pub fn execute(registry: &Registry, call: Call, site: &Site) -> Reply {
    if call.module == foreign::NAME {
        return execute_foreign(call, site);
    }
    let Some(module) = registry.get(&call.module) else {
        return failed(Failure::new(format!("The module {} is not in this build of muster", call.module)), Map::new());
    };
    let mut target = Target::new(
        &call,
        site.environment.clone(),
        site.umask,
        Arc::clone(&site.blobs),
        site.live.clone(),
        site.cancel.clone(),
    );
    let python = call.interpreters.iter().find_map(|name| target.find_program(name));
    let mut args = call.args;
    expand_paths(module.spec, &mut args, &|path| target.expand_path(path));
    let secrets = censor::secrets_of(module.spec, &args);
    if call.check && module.traits.skips_check_mode {
        let message = format!("remote module ({}) does not support check mode", call.module);
        let result = Map::from([("skipped", Value::from(true)), ("msg", message.into()), ("changed", false.into())]);
        return with_interpreter(Reply { result, ..Reply::default() }, python);
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| (module.run)(args, &mut target)));
    let mut reply = match outcome {
        Ok(Ok(mut result)) => {
            target.complete(&mut result);
            Reply { result, ..Reply::default() }
        }
        Ok(Err(failure)) => {
            let mut result = Map::new();
            target.complete_failure(&mut result);
            let mut reply = failed(failure, result);
            super::files::info::add(&target, &mut reply.result);
            reply
        }
        Err(panic) => failed(bug(&call.module, &*panic), Map::new()),
    };
    if !secrets.is_empty() {
        let mut result = Value::from(std::mem::take(&mut reply.result));
        censor::censor(&mut result, &secrets);
        reply.result = result.as_map().cloned().unwrap_or_default();
        for cause in &mut reply.causes {
            if let Some(clean) = censored_text(cause, &secrets) {
                *cause = clean;
            }
        }
    }
    with_interpreter(reply, python)
}

/// A module that came as a file.
fn execute_foreign(call: Call, site: &Site) -> Reply {
    let mut target = Target::new(
        &call,
        site.environment.clone(),
        site.umask,
        Arc::clone(&site.blobs),
        site.live.clone(),
        site.cancel.clone(),
    );
    let wants_python = call.args.get("interpreter").and_then(Value::as_str) == Some("python");
    let python = call.interpreters.iter().find_map(|name| target.find_program(name));
    let reply = match foreign::run(&call.args, python.as_deref(), &mut target) {
        Ok(mut result) => {
            let own = result.get("warnings").and_then(Value::as_items).unwrap_or_default().to_vec();
            target.complete_failure(&mut result);
            let added = result.get("warnings").and_then(Value::as_items).unwrap_or_default().to_vec();
            if !own.is_empty() && added != own {
                result.insert("warnings", Value::list(own.into_iter().chain(added)));
            }
            Reply { result, ..Reply::default() }
        }
        Err(failure) => failed(failure, Map::new()),
    };
    if wants_python { with_interpreter(reply, python) } else { reply }
}

/// The Python that a call reports, where it is asked to look for one.
pub fn discovered(call: &Call, site: &Site) -> Option<PathBuf> {
    let target = Target::new(
        call,
        site.environment.clone(),
        site.umask,
        Arc::clone(&site.blobs),
        site.live.clone(),
        site.cancel.clone(),
    );
    call.interpreters.iter().find_map(|name| target.find_program(name))
}

/// Reports the Python that was found in passing.
pub(super) fn with_interpreter(mut reply: Reply, python: Option<PathBuf>) -> Reply {
    let Some(python) = python else { return reply };
    let mut facts = match reply.result.get("ansible_facts").and_then(Value::as_map) {
        Some(facts) => facts.clone(),
        None => Map::new(),
    };
    facts.insert("discovered_interpreter_python", python.to_string_lossy().into_owned());
    reply.result.insert("ansible_facts", facts);
    reply
}

fn failed(failure: Failure, mut result: Map) -> Reply {
    result.insert("failed", true);
    result.insert("msg", failure.message);
    result.insert("changed", false);
    result.extend(failure.details);
    Reply { result, causes: failure.causes }
}

fn bug(module: &str, panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("no message");
    Failure::new(format!("muster has a bug in {module}, please report it: {text}"))
}
