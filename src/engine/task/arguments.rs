//! Arguments of a task: defaults of `module_defaults`, `args` as one template, rendering.

use std::sync::Arc;

use super::TaskRun;
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::event::Event;
use crate::engine::names::Resolved;
use crate::project::playbook::Keyword;
use crate::template::{ErrorKind, Templar};

/// The arguments without a template left in them.
pub fn finalize(run: &TaskRun, templar: &Templar) -> Result<Map, Diagnostic> {
    let action = &run.ground.task.action;
    let name = run.resolved.name();
    let fails = || Diagnostic::new(format!("Finalization of task args for '{name}' failed.")).at(&action.origin);
    let as_written = match &run.resolved {
        Resolved::Action(plugin) => plugin.traits.raw_args,
        _ => &[],
    };
    let mut rendered = Map::new();
    if let Some(variable) = &action.variable_args {
        let warning = "Using a variable for a task's 'args' is unsafe in some situations.";
        run.shared().outbox.put(Event::Warning(Diagnostic::new(warning).at(&variable.origin)));
        let value = templar.render(variable).map_err(|error| fails().caused_by(error.into()))?;
        match &value.data {
            Data::Map(map) => rendered.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
            _ => return Err(fails().caused_by(Diagnostic::new("The variable args value must resolve to a 'dict'."))),
        }
    }
    for (key, value) in &action.args {
        if key.as_str().is_some_and(|key| as_written.contains(&key)) {
            rendered.insert(key.clone(), value.clone());
            continue;
        }
        if let Some(value) = render_option(templar, key, value).map_err(|error| fails().caused_by(error))? {
            rendered.insert(key.clone(), value);
        }
    }
    let mut args = defaults(run, templar).map_err(|error| fails().caused_by(error))?;
    for (key, value) in rendered {
        args.insert(key, value);
    }
    Ok(args)
}

/// An option's value; `None` where it is omitted.
fn render_option(templar: &Templar, key: &Value, value: &Value) -> Result<Option<Value>, Diagnostic> {
    match templar.render(value) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::Omitted => Ok(None),
        Err(error) => {
            let name = python::repr(key);
            let place = if value.origin.is_none() { &key.origin } else { &value.origin };
            Err(Diagnostic::new(format!("Error while resolving value for {name}.")).at(place).caused_by(error.into()))
        }
    }
}

/// `module_defaults` for this module and its groups; inner scopes win.
fn defaults(run: &TaskRun, templar: &Templar) -> Result<Map, Diagnostic> {
    let mut found = Map::new();
    let full = run.resolved.name();
    let groups = groups(run);
    let mut by_group = Map::new();
    for raw in run.scope().gather(Keyword::ModuleDefaults) {
        let entries: Vec<Value> = match &raw.data {
            Data::List(items) => items.to_vec(),
            _ => vec![raw.clone()],
        };
        for entry in entries {
            let Some(map) = entry.as_map() else { continue };
            for (name, values) in map {
                let rendered_name = templar.render(name).map_err(Diagnostic::from)?;
                let name = python::str(&rendered_name);
                let target = if let Some(group) = name.strip_prefix("group/") {
                    if !groups.iter().any(|known| is_group(known, group)) {
                        continue;
                    }
                    &mut by_group
                } else if names_module(&name, full) {
                    &mut found
                } else {
                    continue;
                };
                add(templar, target, values)?;
            }
        }
    }
    for (key, value) in found {
        by_group.insert(key, value);
    }
    Ok(by_group)
}

fn add(templar: &Templar, target: &mut Map, values: &Value) -> Result<(), Diagnostic> {
    let Data::Map(values) = &values.data else { return Ok(()) };
    let values = Arc::clone(values);
    for (key, value) in values.iter() {
        if let Some(value) = render_option(templar, key, value)? {
            target.insert(key.clone(), value);
        }
    }
    Ok(())
}

fn groups(run: &TaskRun) -> &'static [&'static str] {
    match &run.resolved {
        Resolved::Module(module) => module.traits.groups,
        // An action before a module of the same name belongs where the module does.
        Resolved::Action(action) => run.shared().modules.get(action.name).map_or(&[], |module| module.traits.groups),
        _ => &[],
    }
}

/// `group/docker` means `community.docker.docker`, and so does its full name.
fn is_group(known: &str, written: &str) -> bool {
    known == written || known.rsplit('.').next() == Some(written) || written.rsplit('.').next() == Some(known)
}

fn names_module(written: &str, full: &str) -> bool {
    written == full
        || full
            .strip_prefix("ansible.builtin.")
            .is_some_and(|short| written == short || written.strip_prefix("ansible.legacy.") == Some(short))
        || crate::engine::foreign::redirect(written) == Some(full)
}
