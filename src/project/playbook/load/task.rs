//! One mapping of a list of tasks: its action, loop, keywords.

use std::sync::Arc;

use super::block::{Listing, collections_of};
use super::keywords::{Class, NAME_RULE, check_variable_name, read};
use super::{ActionName, Loading, class_of, failed, wrong};
use crate::args::key_value::{self, TaskAction};
use crate::data::{Data, Map, Value};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Action, Keyword, Loop, LoopControl, Scope, ScopeKind, Task};

/// A task with the full name of what it calls, where that is known before it runs.
pub(super) struct Parsed {
    pub task: Task,
    pub resolved: Option<ActionName>,
}

/// The keywords that a dynamic include may have; others would only reach the include itself.
const INCLUDE_KEYWORDS: &[Keyword] = &[
    Keyword::Action,
    Keyword::Args,
    Keyword::Collections,
    Keyword::Debugger,
    Keyword::IgnoreErrors,
    Keyword::Loop,
    Keyword::LoopControl,
    Keyword::Name,
    Keyword::NoLog,
    Keyword::Register,
    Keyword::RunOnce,
    Keyword::Tags,
    Keyword::Timeout,
    Keyword::Vars,
    Keyword::When,
];

/// Reads a task or handler.
pub(super) fn parse(
    loading: &Loading<'_>,
    map: &Map,
    origin: &Origin,
    listing: &Listing<'_>,
) -> Result<Parsed, Diagnostic> {
    let collections = collections_of(listing.parent, listing.role, map.get("collections"));
    let found = find_action(loading, map, origin, &collections)?;
    let resolved = loading.world.action(&found.name, &collections);
    let looping = read_loop(loading, map, origin)?;
    let class = class_of_task(resolved.as_ref(), listing.handlers);
    let own_key = found.key.clone();
    let skip = |key: &str| {
        own_key.as_deref() == Some(key)
            || matches!(key, "action" | "local_action" | "args" | "loop" | "loop_control")
            || (key == "listen" && listing.handlers)
            || with_lookup(loading, key).is_some()
    };
    let mut fields = read(loading, map, origin, class, &skip)?;
    if let Some(delegate) = found.delegate_to {
        fields.keywords.set(Keyword::DelegateTo, delegate);
    }
    check_register(fields.keywords.get(Keyword::Register))?;
    check_include_keywords(loading, &fields.keywords, resolved.as_ref(), class, origin)?;
    let scope = Scope {
        kind: if listing.handlers { ScopeKind::Handler } else { ScopeKind::Task },
        name: fields.name,
        keywords: fields.keywords,
        vars: fields.vars,
        role: None,
        parent: Some(listing.parent.clone()),
        dir: listing.parent.dir.clone(),
        origin: origin.clone(),
    };
    let task = Task {
        scope: Arc::new(scope),
        action: Action {
            origin: action_origin(map, own_key.as_deref(), origin),
            name: found.name,
            args: found.args,
            variable_args: found.variable_args,
        },
        looping,
        listen: read_listen(map.get("listen"), listing.handlers)?,
    };
    Ok(Parsed { task, resolved })
}

/// Finds the one key that names a module, or `action` and `local_action`.
fn find_action(
    loading: &Loading<'_>,
    map: &Map,
    origin: &Origin,
    collections: &[String],
) -> Result<TaskAction, Diagnostic> {
    let known = |name: &str| {
        let known = loading.world.action(name, collections).is_some();
        if !known {
            warn_of_collection(loading, name);
        }
        known
    };
    let free_form = |name: &str| loading.world.action(name, collections).is_some_and(|action| action.free_form);
    let keyword = |name: &str| {
        Keyword::parse(name).is_some_and(|keyword| Class::HANDLER.place.allows(keyword))
            || name == "listen"
            || name.starts_with("with_")
    };
    let words =
        key_value::Words { is_action: &known, is_free_form: &free_form, is_keyword: &keyword, counts_unknown: true };
    key_value::task_action(map, origin, &words, &mut |warning| loading.world.warn(warning))
}

/// A plugin of a collection that is not installed.
fn warn_of_collection(loading: &Loading<'_>, name: &str) {
    if let Some(missing) = loading.world.missing_collection(name) {
        let text = format!("Error loading plugin '{name}': No module named 'ansible_collections.{missing}'");
        loading.warn(text, &Origin::none());
    }
}

fn class_of_task(resolved: Option<&ActionName>, handlers: bool) -> Class {
    let place = if handlers { Class::HANDLER } else { Class::TASK };
    let name = match resolved.map(|action| action.name.as_str()) {
        Some("ansible.builtin.include_tasks" | "ansible.builtin.import_tasks") if handlers => "HandlerTaskInclude",
        Some("ansible.builtin.include_tasks" | "ansible.builtin.import_tasks") => "TaskInclude",
        Some("ansible.builtin.include_role" | "ansible.builtin.import_role") => "IncludeRole",
        _ => place.name,
    };
    Class { name, ..place }
}

/// Points at the action's key, as messages about a task do not (they point at its first key), but
/// those about the module's options do.
fn action_origin(map: &Map, key: Option<&str>, task: &Origin) -> Origin {
    let entry = key
        .and_then(|key| map.get_entry(key))
        .or_else(|| map.get_entry("action"))
        .or_else(|| map.get_entry("local_action"));
    match entry {
        Some((key, _)) if !key.origin.is_none() => key.origin.clone(),
        _ => task.clone(),
    }
}

/// The lookup's name where a key is `with_NAME` of a lookup that exists.
fn with_lookup<'k>(loading: &Loading<'_>, key: &'k str) -> Option<&'k str> {
    key.strip_prefix("with_").filter(|name| loading.world.has_lookup(name))
}

fn read_loop(loading: &Loading<'_>, map: &Map, origin: &Origin) -> Result<Option<Loop>, Diagnostic> {
    let mut found: Option<(Option<String>, Value)> = None;
    for (key, value) in map {
        let word = key.as_str().unwrap_or_default();
        let lookup = with_lookup(loading, word);
        if lookup.is_none() && word != "loop" {
            continue;
        }
        if found.is_some() {
            return Err(failed(format!("duplicate loop in task: {}", lookup.unwrap_or("loop")), origin));
        }
        if let (Some(_), Data::Null) = (lookup, &value.data) {
            return Err(failed(format!("you must specify a value when using {word}"), origin));
        }
        if !value.is_null() {
            found = Some((lookup.map(str::to_owned), value.clone()));
        }
    }
    let control = read_loop_control(map.get("loop_control"))?;
    Ok(found.map(|(lookup, items)| Loop { lookup, items, control }))
}

fn read_loop_control(value: Option<&Value>) -> Result<LoopControl, Diagnostic> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(LoopControl::default()) };
    let Some(map) = value.as_map() else {
        return Err(wrong(
            "the `loop_control` value must be specified as a dictionary and cannot be a variable itself \
             (though it can contain variables)",
            &value.origin,
        ));
    };
    let mut control = LoopControl { origin: value.origin.clone(), ..LoopControl::default() };
    for (key, value) in map {
        let field = match key.as_str().unwrap_or_default() {
            "loop_var" => &mut control.loop_var,
            "index_var" => &mut control.index_var,
            "label" => &mut control.label,
            "pause" => &mut control.pause,
            "extended" => &mut control.extended,
            "extended_allitems" => &mut control.extended_allitems,
            "break_when" => &mut control.break_when,
            word => return Err(wrong(format!("'{word}' is not a valid attribute for a LoopControl"), &key.origin)),
        };
        *field = (!value.is_null()).then(|| value.clone());
    }
    Ok(control)
}

/// `register` is a name of a variable; one that could become a name by a template is left to the run.
fn check_register(register: Option<&Value>) -> Result<(), Diagnostic> {
    let Some(register) = register else { return Ok(()) };
    if register.as_str().is_none() {
        let name = register.type_name();
        let cause = failed(format!("Invalid variable name of type '{name}'."), &register.origin).hint(NAME_RULE);
        return Err(wrong("Invalid 'register' specified.", &register.origin).caused_by(cause));
    }
    check_variable_name(register).map_err(|cause| {
        wrong("Invalid 'register' specified.", &register.origin)
            .caused_by(Diagnostic { origin: Origin::none(), ..cause })
    })
}

/// A dynamic include takes few keywords; what is for its tasks belongs into `apply`.
fn check_include_keywords(
    loading: &Loading<'_>,
    keywords: &crate::project::playbook::Keywords,
    resolved: Option<&ActionName>,
    class: Class,
    origin: &Origin,
) -> Result<(), Diagnostic> {
    let dynamic = resolved.is_some_and(|action| {
        matches!(action.name.as_str(), "ansible.builtin.include_tasks" | "ansible.builtin.include_role")
    });
    if !dynamic {
        return Ok(());
    }
    for (keyword, _) in keywords.iter().filter(|(keyword, _)| !INCLUDE_KEYWORDS.contains(keyword)) {
        let word = keyword.name();
        if !loading.world.rejects_unknown_keywords() {
            loading.warn(format!("Ignoring invalid attribute: {word}"), origin);
            continue;
        }
        return Err(wrong(format!("'{word}' is not a valid attribute for a {}", class.name), origin)
            .hint(format!("`{word}` for the included tasks goes into `apply:`")));
    }
    Ok(())
}

fn read_listen(value: Option<&Value>, handler: bool) -> Result<Vec<String>, Diagnostic> {
    let Some(value) = value.filter(|_| handler) else { return Ok(Vec::new()) };
    let texts = |items: &[Value]| -> Result<Vec<String>, Diagnostic> {
        items
            .iter()
            .map(|item| {
                item.as_str().map(str::to_owned).ok_or_else(|| {
                    wrong(
                        format!("the field 'listen' should be a list of strings, not {}", class_of(item)),
                        &value.origin,
                    )
                })
            })
            .collect()
    };
    match &value.data {
        Data::Null => Ok(Vec::new()),
        Data::List(items) => texts(items),
        _ => texts(std::slice::from_ref(value)),
    }
}
