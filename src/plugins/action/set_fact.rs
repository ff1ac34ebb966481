//! `set_fact`: variables of a host, from now on.

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Effects, TaskResult};
use crate::project::playbook::load::is_variable_name;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.set_fact",
    summary: "Set host variable(s) and fact(s)",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(async { run(call) }),
};

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let cacheable = call.flag("cacheable", false);
    let mut facts = Map::new();
    for (key, value) in &call.args {
        if key.as_str() == Some("cacheable") {
            continue;
        }
        let name = call.templar.render(key)?;
        check_name(&name, key)?;
        facts.insert(name, value.clone());
    }
    if facts.is_empty() {
        return Err(ActionError::told(
            "No key/value pairs provided, at least one is required for this action to succeed",
        ));
    }
    let output = Map::from([("ansible_facts", Value::from(facts.clone())), ("changed", Value::from(false))]);
    let effects = Effects { variables: Some(facts), cacheable, ..Effects::default() };
    Ok(TaskResult { effects: vec![effects], ..TaskResult::of(output) })
}

fn check_name(name: &Value, written: &Value) -> Result<(), Diagnostic> {
    let literals = ["true", "false", "none"];
    if name.as_str().is_some_and(|name| is_variable_name(name) && !literals.contains(&name)) {
        return Ok(());
    }
    let shown = match name.as_str() {
        Some(_) => python::repr(name),
        None => format!("'{}' of type '{}'", python::str(name), name.type_name()),
    };
    Err(Diagnostic::new(format!("Invalid variable name {shown}.")).at(&written.origin).hint(
        "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.",
    ))
}
