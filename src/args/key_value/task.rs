//! The mapping of a task to what it calls and with which options.

use std::sync::Arc;

use super::{RAW_PARAMS, failed, is_command_like, parse_kv, split_args};
use crate::data::{Data, Map, Text, Value, python};
use crate::diagnostic::{Diagnostic, Origin, Warning};

/// The version of ansible-core in which the deprecated forms end.
const REMOVED_IN: &str = "2.23";

/// What reading a task must know about names.
pub struct Words<'a> {
    /// Whether a key names a module or action.
    pub is_action: &'a dyn Fn(&str) -> bool,
    /// Whether a module takes its line as a command; the built-in ones need not be known here.
    pub is_free_form: &'a dyn Fn(&str) -> bool,
    /// Whether a key is a keyword of tasks.
    pub is_keyword: &'a dyn Fn(&str) -> bool,
    /// Whether a key counts that names no module, as long as a playbook is only read.
    pub counts_unknown: bool,
}

/// What a task calls, as written.
#[derive(Clone, Debug, Default)]
pub struct TaskAction {
    pub name: String,
    /// The key that named it, unless that was `action` or `local_action`.
    pub key: Option<String>,
    /// Templates inside; text that is no option is `_raw_params`.
    pub args: Map,
    /// `args: "{{ … }}"`: options that a template gives, below `args`.
    pub variable_args: Option<Value>,
    /// From `delegate_to`, or this machine for `local_action`.
    pub delegate_to: Option<Value>,
    warnings: Vec<Warning>,
}

/// Finds the one action of a task's mapping and reads its options in all forms that they can have.
/// `warn` hears of deprecated forms, even where the task is refused in the end.
pub fn task_action(
    task: &Map,
    origin: &Origin,
    words: &Words<'_>,
    warn: &mut dyn FnMut(Warning),
) -> Result<TaskAction, Diagnostic> {
    let mut found = TaskAction { delegate_to: task.get("delegate_to").cloned(), ..TaskAction::default() };
    let result = read_task(task, origin, words, &mut found);
    std::mem::take(&mut found.warnings).into_iter().for_each(warn);
    result.map(|()| found)
}

fn read_task(task: &Map, origin: &Origin, words: &Words<'_>, found: &mut TaskAction) -> Result<(), Diagnostic> {
    let extra = extra_args(task, found)?;
    let mut name: Option<String> = None;
    if let Some((key, value)) = task.get_entry("action") {
        name = Some(read_action(value, key, origin, words, found)?);
    }
    if let Some((key, value)) = task.get_entry("local_action") {
        if task.contains_key("action") {
            return Err(failed("action and local_action are mutually exclusive", origin));
        }
        found.delegate_to = Some(Value::text("localhost"));
        name = Some(read_action(value, key, origin, words, found)?);
    }
    // An empty name is what a mapping without `module` leaves: other keys may still name one.
    let mut name = name.filter(|name| !name.is_empty() || has_text_action(task));
    for (key, value) in task {
        let Some(word) = key.as_str().filter(|word| is_candidate(word, words)) else { continue };
        if !words.counts_unknown && !(words.is_action)(word) {
            continue;
        }
        if let Some(other) = name {
            return Err(failed(format!("conflicting action statements: {other}, {word}"), origin));
        }
        found.args = read_module_value(word, value, key, origin, words, task.contains_key("args"), found)?;
        found.key = Some(word.to_owned());
        name = Some(word.to_owned());
    }
    found.name = name.ok_or_else(|| no_action(task, origin, words))?;
    if let Some(word) = found.key.as_deref().filter(|word| !(words.is_action)(word)) {
        return Err(unresolved(word, origin));
    }
    found.args = extra.into_iter().chain(std::mem::take(&mut found.args)).collect();
    Ok(())
}

fn is_candidate(word: &str, words: &Words<'_>) -> bool {
    !(words.is_keyword)(word)
        && !matches!(word, "action" | "local_action" | "args" | "static")
        && !word.starts_with("with_")
}

fn has_text_action(task: &Map) -> bool {
    ["action", "local_action"].iter().any(|key| task.get(key).is_some_and(|value| value.as_str().is_some()))
}

fn no_action(task: &Map, origin: &Origin, words: &Words<'_>) -> Diagnostic {
    match task.keys().filter_map(Value::as_str).find(|word| is_candidate(word, words)) {
        None => failed("no module/action detected in task.", origin),
        Some(word) => unresolved(word, origin),
    }
}

fn unresolved(word: &str, origin: &Origin) -> Diagnostic {
    failed(
        format!(
            "couldn't resolve module/action '{word}'. This often indicates a misspelling, missing collection, \
             or incorrect module path."
        ),
        origin,
    )
}

/// The task's `args`: a mapping, or a template that gives one.
fn extra_args(task: &Map, found: &mut TaskAction) -> Result<Map, Diagnostic> {
    const HINT: &str = "A mapping or template which resolves to a mapping is required.";
    let Some((key, value)) = task.get_entry("args") else { return Ok(Map::new()) };
    match &value.data {
        Data::Map(map) => Ok(map.as_ref().clone()),
        Data::Text(text) if text.may_be_template() => {
            found.variable_args = Some(value.clone());
            Ok(Map::new())
        }
        Data::Null => {
            found.deprecate("Ignoring empty task `args` keyword.", HINT, &key.origin);
            Ok(Map::new())
        }
        _ => {
            let place = if value.origin.is_none() { &key.origin } else { &value.origin };
            Err(failed("The value of the task `args` keyword is invalid.", place).hint(HINT))
        }
    }
}

/// `action: module k=v …`, or the older mapping with `module` in it. Empty when it names none.
fn read_action(
    value: &Value,
    key: &Value,
    task_origin: &Origin,
    words: &Words<'_>,
    found: &mut TaskAction,
) -> Result<String, Diagnostic> {
    match &value.data {
        Data::Text(text) => {
            let (name, args) = read_line(text, place_of(value, key), words)?;
            found.args = args;
            Ok(name)
        }
        Data::Map(map) => {
            let hint = "Use a string value for `action`.";
            found.deprecate("Using a mapping for `action` is deprecated.", hint, place_of(value, key));
            read_action_map(map, task_origin, words, found)
        }
        _ => Err(unexpected_type(value, task_origin)),
    }
}

fn read_action_map(
    map: &Arc<Map>,
    task_origin: &Origin,
    words: &Words<'_>,
    found: &mut TaskAction,
) -> Result<String, Diagnostic> {
    let mut args = map.as_ref().clone();
    let module = args.remove("module");
    if let Some(nested) = args.remove("args") {
        args.extend(nested_args(&nested, task_origin)?);
    }
    let Some(module) = module else { return Ok(String::new()) };
    let Data::Text(text) = &module.data else { return Err(unexpected_type(&module, task_origin)) };
    let (name, options) = read_line(text, &module.origin, words)?;
    args.extend(options);
    found.args = args;
    Ok(name)
}

fn nested_args(nested: &Value, task_origin: &Origin) -> Result<Map, Diagnostic> {
    match &nested.data {
        Data::Map(map) => Ok(map.as_ref().clone()),
        Data::Text(text) => parse_kv(text, &nested.origin, false).map_err(|cause| not_loaded(cause, task_origin)),
        _ => Err(unexpected_type(nested, task_origin)),
    }
}

/// A module's name and behind it its options.
fn read_line(text: &Text, origin: &Origin, words: &Words<'_>) -> Result<(String, Map), Diagnostic> {
    let parts = split_args(text).map_err(|cause| not_loaded(cause, origin))?;
    let Some((name, rest)) = parts.split_first() else {
        return Err(failed("no module/action detected in task.", origin));
    };
    let name = name.trim().to_owned();
    let rest = Text::plain(rest.join(" ")).with_trust(text.trust());
    let args = parse_kv(&rest, origin, takes_command(&name, words))?;
    Ok((name, args))
}

/// A line that cannot be taken apart is told of the task that it is in.
fn not_loaded(cause: Diagnostic, task_origin: &Origin) -> Diagnostic {
    failed("Error loading tasks.", task_origin).caused_by(Diagnostic { origin: Origin::none(), ..cause })
}

/// What stands under the module's own name.
fn read_module_value(
    module: &str,
    value: &Value,
    key: &Value,
    task_origin: &Origin,
    words: &Words<'_>,
    beside_args: bool,
    found: &mut TaskAction,
) -> Result<Map, Diagnostic> {
    let args = match &value.data {
        Data::Null => Map::new(),
        Data::Map(map) => map.as_ref().clone(),
        Data::Text(text) => {
            let args = parse_kv(text, place_of(value, key), takes_command(module, words))
                .map_err(|cause| not_loaded(cause, task_origin))?;
            let lone = args.len() == 1 && args.get(RAW_PARAMS).and_then(Value::as_str).is_some();
            if lone && text.may_be_template() && !takes_command(module, words) && !takes_name(module) {
                found.variable_args = Some(value.clone());
                return Ok(Map::new());
            }
            if beside_args {
                warn_of_merge(&args, place_of(value, key), found);
            }
            args
        }
        _ => return Err(unexpected_type(value, task_origin)),
    };
    match args.keys().find(|key| key.as_str().is_some_and(|key| key.starts_with("_ansible_"))) {
        None => Ok(args),
        Some(reserved) => Err(failed(
            format!(
                "Invalid parameter specified beginning with keyword '_ansible_' for action '{module}': '{}'. \
                 The prefix '_ansible_' is reserved for internal use only.",
                python::str(reserved)
            ),
            if reserved.origin.is_none() { task_origin } else { &reserved.origin },
        )),
    }
}

fn warn_of_merge(args: &Map, origin: &Origin, found: &mut TaskAction) {
    let mut names: Vec<&str> = args.keys().filter_map(Value::as_str).filter(|name| *name != RAW_PARAMS).collect();
    if names.is_empty() {
        return;
    }
    names.sort_unstable();
    let names: Vec<String> = names.into_iter().map(python::text_repr).collect();
    let message = format!("Merging legacy k=v args ({}) into task args.", names.join(", "));
    found.deprecate(&message, "Include all task args in the task `args` mapping.", origin);
}

/// Actions whose text is a name: of a file, a role, a thing to do.
fn takes_name(module: &str) -> bool {
    let short = module.rsplit('.').next().unwrap_or(module);
    matches!(short, "include_tasks" | "import_tasks" | "include_role" | "import_role" | "include_vars" | "meta")
}

fn takes_command(module: &str, words: &Words<'_>) -> bool {
    is_command_like(module) || (words.is_free_form)(module)
}

fn unexpected_type(value: &Value, task_origin: &Origin) -> Diagnostic {
    failed(format!("unexpected parameter type in action: {}", value.class_name()), task_origin)
}

/// Where a value was written, or else its key.
fn place_of<'v>(value: &'v Value, key: &'v Value) -> &'v Origin {
    if value.origin.is_none() { &key.origin } else { &value.origin }
}

impl TaskAction {
    fn deprecate(&mut self, message: &str, hint: &str, origin: &Origin) {
        let diagnostic = Diagnostic::new(message).hint(hint).at(origin);
        self.warnings.push(Warning::deprecated(diagnostic, REMOVED_IN));
    }
}
