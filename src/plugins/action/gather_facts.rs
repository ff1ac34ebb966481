//! `gather_facts`: runs the modules that the settings name for facts.

use crate::data::{Data, Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Effects, Show, TaskResult};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.gather_facts",
    summary: "Gathers facts about remote hosts",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let modules = modules(call);
    let mut args = call.args.clone();
    args.remove("parallel");
    let (mut facts, mut failed, mut skipped) = (Map::new(), Map::new(), Map::new());
    let mut warnings = Vec::new();
    for name in &modules {
        let full = full_name(name);
        if call.shared.modules.get(&full).is_none() {
            return Err(ActionError::told(format!("The module {name} was not found in configured module paths")));
        }
        let args = if full == "ansible.builtin.setup" { args.clone() } else { Map::new() };
        let mut result = call.module(&full, args).await?;
        if let Some(Data::Map(found)) = result.get("ansible_facts").map(|facts| &facts.data) {
            facts.extend(found.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        warnings.extend(result.remove("warnings").iter().filter_map(Value::as_items).flatten().cloned());
        if result.get("failed").is_some_and(Value::is_truthy) {
            failed.insert(name.as_str(), result);
        } else if result.get("skipped").is_some_and(Value::is_truthy) {
            skipped.insert(name.as_str(), result);
        }
    }
    let mut output = Map::from([("changed", Value::from(false))]);
    if failed.len() == modules.len() && failed.len() == 1 {
        if let Some(Data::Map(only)) = failed.get(&modules[0]).map(|result| &result.data) {
            return Ok(TaskResult::of((**only).clone()));
        }
    } else if !failed.is_empty() {
        let names: Vec<_> = failed.keys().map(python::str).collect();
        output.insert("failed", true);
        output.insert("msg", format!("The following modules failed to execute: {}\n", names.join(", ")));
        output.insert("failed_modules", failed);
    }
    if !skipped.is_empty() {
        output.insert("skipped_modules", skipped);
    }
    if !warnings.is_empty() {
        output.insert("warnings", Value::list(warnings));
    }
    output.insert("ansible_facts", facts.clone());
    let effects = vec![Effects { facts: Some(facts), ..Effects::default() }];
    let show = Show { never: true, ..Show::default() };
    Ok(TaskResult { effects, show, ..TaskResult::of(output) })
}

/// `FACTS_MODULES`, or the variable `ansible_facts_modules`; `smart` is setup.
fn modules(call: &ActionCall<'_>) -> Vec<String> {
    let named = call
        .templar
        .scope()
        .variable("ansible_facts_modules")
        .and_then(|value| call.templar.render(&value).ok())
        .or_else(|| call.templar.world().setting("FACTS_MODULES"));
    let names: Vec<String> = match named.as_ref().map(|value| &value.data) {
        Some(Data::List(items)) => items.iter().map(python::str).collect(),
        Some(Data::Text(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        _ => Vec::new(),
    };
    let mut modules: Vec<String> =
        names.into_iter().map(|name| if name == "smart" { "ansible.legacy.setup".to_owned() } else { name }).collect();
    modules.dedup();
    if modules.is_empty() {
        modules.push("ansible.legacy.setup".to_owned());
    }
    modules
}

fn full_name(name: &str) -> String {
    match name.strip_prefix("ansible.legacy.") {
        Some(short) => format!("ansible.builtin.{short}"),
        None if name.contains('.') => name.to_owned(),
        None => format!("ansible.builtin.{name}"),
    }
}
