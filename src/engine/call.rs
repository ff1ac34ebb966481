//! Running a module on a host: arguments checked here, the call carried there, the reply finished.

use std::sync::Arc;

use crate::args::check::check;
use crate::args::{Kind, Spec};
use crate::data::{Map, Value, python};
use crate::runner::Module;
use crate::transport::{BlobSource, Request};
use crate::wire::{Blob, Job, Stream, TargetLog};

use super::action::{ActionCall, ActionError};
use super::conduct::Conduct;
use super::event::Event;
use super::shared::Shared;

/// Key under which a module's further causes travel until the error is made of them.
pub const CAUSES: &str = "_ansible_causes";

/// Marks what a module said itself, as against what its action made of it.
pub const MODULE_FAILED: &str = "_ansible_module_failed";

/// Who runs a module: that decides by which name it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The task itself.
    Task,
    /// An action that the task runs.
    Action,
}

/// The module's name in messages: as the task has it, or as the reference's actions call it.
fn shown_name(action: &ActionCall<'_>, module: &Module, caller: Caller) -> String {
    let name = short(module.name);
    match caller {
        Caller::Task if name != "command" && short(action.called_as) == name => action.called_as.to_owned(),
        Caller::Task if name != "command" => name.to_owned(),
        _ => format!("ansible.legacy.{name}"),
    }
}

/// Checks the arguments, runs the module, and gives back its result dictionary.
pub async fn run_module(
    action: &ActionCall<'_>,
    module: &'static Module,
    caller: Caller,
    args: Map,
    blobs: Vec<Blob>,
    source: Option<&dyn BlobSource>,
    job: Option<Job>,
) -> Result<Map, ActionError> {
    let checked = if module.traits.any_option {
        crate::args::check::Checked { args, ..Default::default() }
    } else {
        check(&Spec::from(module.spec), &args)
    };
    let mut result = match checked.module_message(&shown_name(action, module, caller)) {
        Some(message) => {
            let mut result = refusal(message);
            discover(action, &mut result).await;
            add_interpreter(action, &mut result);
            return Ok(result);
        }
        None => {
            let shown = invocation(module, &checked.args);
            let launches = job.is_some();
            let mut call = action.call(module, checked.args);
            call.blobs = blobs;
            call.job = job;
            let live = live(action);
            call.live = live.is_some();
            let request = Request {
                endpoint: &action.way.endpoint,
                become_as: action.way.become_as.as_ref(),
                call,
                blobs: source,
                live: live.as_deref(),
            };
            let reply = action.shared.carrier.call(request).await?;
            let mut result = reply.result;
            if !reply.causes.is_empty() {
                result.insert(CAUSES, Value::list(reply.causes.into_iter().map(Value::from)));
            }
            if !result.contains_key("invocation") && !launches {
                result.insert("invocation", Map::from([("module_args", Value::from(shown))]));
            }
            result
        }
    };
    if result.get("failed").is_some_and(Value::is_truthy) {
        result.insert(MODULE_FAILED, true);
    }
    if !checked.warnings.is_empty() {
        result.insert("warnings", Value::list(checked.warnings.into_iter().map(Value::from)));
    }
    add_lines(&mut result);
    add_interpreter(action, &mut result);
    Ok(result)
}

/// Runs a module that is a file of the user's, which `args` describe.
pub async fn run_foreign(
    action: &ActionCall<'_>,
    args: Map,
    blobs: Vec<Blob>,
    job: Option<Job>,
) -> Result<Map, ActionError> {
    let mut call = action.call_named(crate::runner::foreign::NAME, args);
    call.blobs = blobs;
    call.job = job;
    let request = Request {
        endpoint: &action.way.endpoint,
        become_as: action.way.become_as.as_ref(),
        call,
        blobs: None,
        live: None,
    };
    let mut result = action.shared.carrier.call(request).await?.result;
    let told = !result.contains_key(crate::runner::foreign::HELP);
    if told && result.get("failed").is_some_and(Value::is_truthy) {
        result.insert(MODULE_FAILED, true);
    }
    drop_internals(&mut result);
    add_lines(&mut result);
    add_interpreter(action, &mut result);
    Ok(result)
}

/// Keys that are between module and engine are not for anybody else.
fn drop_internals(result: &mut Map) {
    let is_internal = |key: &str| {
        key.starts_with("_ansible_") && ![MODULE_FAILED, CAUSES, crate::runner::foreign::HELP].contains(&key)
    };
    let mut warnings = Vec::new();
    for (key, value) in result.iter().filter(|(key, _)| key.as_str().is_some_and(is_internal)) {
        let (key, value) = (python::str(key), python::str(value));
        warnings.push(Value::from(format!("Removed unexpected internal key in module return: {key} = {value}")));
    }
    result.retain(|key, _| !key.as_str().is_some_and(is_internal));
    let is_any = |key: &Value| key.as_str().is_some_and(|key| key.starts_with("_ansible_"));
    let nested: Vec<(Value, Map)> = result
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.as_map()?.clone())))
        .filter(|(_, map)| map.keys().any(is_any))
        .collect();
    for (key, mut map) in nested {
        map.retain(|key, _| !is_any(key));
        result.insert(key, map);
    }
    if !warnings.is_empty() {
        warnings.extend(result.get("warnings").and_then(Value::as_items).unwrap_or_default().iter().cloned());
        result.insert("warnings", Value::list(warnings));
    }
}

fn refusal(message: String) -> Map {
    Map::from([
        ("failed", Value::from(true)),
        ("changed", Value::from(false)),
        ("msg", Value::from(message)),
        (MODULE_FAILED, Value::from(true)),
    ])
}

/// The name without its collection, as messages of modules have it.
pub fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The arguments as the result shows them, secrets out.
fn invocation(module: &Module, args: &Map) -> Map {
    args.iter()
        .map(|(key, value)| {
            let secret = key.as_str().and_then(|name| module.spec.find(name)).is_some_and(|option| option.no_log);
            let shown = if secret && !value.is_null() {
                Value::from("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
            } else {
                value.clone()
            };
            (key.clone(), shown)
        })
        .collect()
}

/// `stdout_lines` and `stderr_lines`.
pub fn add_lines(result: &mut Map) {
    for (text, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
        if result.contains_key(lines) {
            continue;
        }
        if let Some(value) = result.get(text) {
            let content = if value.is_null() { String::new() } else { python::str(value) };
            let split = crate::data::difflib::split_lines(&content)
                .into_iter()
                .map(|line| Value::text(line.trim_end_matches(['\n', '\r'])));
            let split = Value::list(split);
            result.insert(lines, split);
        }
    }
}

/// Key of the fact that names the host's Python.
const INTERPRETER: &str = "discovered_interpreter_python";

/// Every module result of an action says which Python was discovered, once it is known.
fn add_interpreter(action: &ActionCall<'_>, result: &mut Map) {
    let told = result.get("ansible_facts").and_then(|facts| facts.get(INTERPRETER)).cloned();
    if let Some(told) = told {
        if !action.way.interpreters.is_empty() && !action.way.silent_discovery {
            // Read by those who register it; nobody is bothered with it, as little depends on that Python.
            let known = result.get("warnings").and_then(Value::as_items).unwrap_or_default();
            let text = interpreter_warning(action.way.endpoint.host.as_ref(), &python::str(&told));
            let all = std::iter::once(Value::from(text)).chain(known.iter().cloned()).collect::<Vec<_>>();
            result.insert("warnings", Value::list(all));
        }
        // Another module of the same action may have told it before, to the same effect.
        let _ = action.interpreter.set(told);
        return;
    }
    if let Some(known) = action.interpreter.get() {
        let mut facts = result.get("ansible_facts").and_then(Value::as_map).cloned().unwrap_or_default();
        facts.insert(INTERPRETER, known.clone());
        result.insert("ansible_facts", facts);
    }
}

fn interpreter_warning(host: &str, path: &str) -> String {
    format!(
        "Host '{host}' is using the discovered Python interpreter at '{path}', but future installation of another Python interpreter could cause a different interpreter to be discovered."
    )
}

/// Whether a warning is only that of a discovered interpreter.
pub fn is_interpreter_warning(text: &str) -> bool {
    text.starts_with("Host '") && text.contains("' is using the discovered Python interpreter at '")
}

/// Asks for the host's Python alone, where the module itself does not get to run.
async fn discover(action: &ActionCall<'_>, result: &mut Map) {
    let Some(ping) = action.shared.modules.get("ansible.builtin.ping") else { return };
    let call = action.call(ping, Map::from([("data", "pong")]));
    if call.interpreters.is_empty() {
        return;
    }
    let (endpoint, become_as) = (&action.way.endpoint, action.way.become_as.as_ref());
    let request = Request { endpoint, become_as, call, blobs: None, live: None };
    if let Ok(reply) = action.shared.carrier.call(request).await
        && let Some(facts) = reply.result.get("ansible_facts")
    {
        result.insert("ansible_facts", facts.clone());
    }
}

/// Whether a line about the call goes to the target's log.
pub fn target_log(shared: &Shared, conduct: &Conduct) -> TargetLog {
    if shared.settings.no_target_syslog() {
        TargetLog::Nothing
    } else if conduct.no_log {
        TargetLog::Censored
    } else {
        TargetLog::Full
    }
}

type Live = dyn Fn(Stream, &[u8]) + Send + Sync;

/// Sends output of running commands to whoever watches.
fn live(action: &ActionCall<'_>) -> Option<Box<Live>> {
    if !action.shared.options.live {
        return None;
    }
    let (events, host) = (action.events.clone(), Arc::clone(action.host_name));
    Some(Box::new(move |_stream, bytes| {
        // Output that nobody has time for is dropped rather than holding up the host.
        let _ = events.try_send(Event::Live { host: Arc::clone(&host), bytes: bytes.to_vec() });
    }))
}

/// Options of a module that hold paths of the target, for messages.
pub fn is_path(module: &Module, option: &str) -> bool {
    module.spec.find(option).is_some_and(|option| option.kind == Kind::Path)
}
