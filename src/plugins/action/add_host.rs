//! `add_host`: a host more in the inventory of this run.

use crate::data::{Data, Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{AddHost, Effects, TaskResult};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.add_host",
    summary: "Add a host (and alternatively a group) to the ansible-playbook in-memory inventory",
    spec: None,
    traits: ActionTraits { for_all_hosts: true, ..ActionTraits::NONE },
    run: |call| Box::pin(async { run(call) }),
};

/// Options that are no variables of the new host.
const OWN: [&str; 6] = ["name", "hostname", "host", "groups", "groupname", "group"];

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let raw = call.args.contains_key("_raw_params");
    if raw {
        return Err(ActionError::told("unsupported parameter '_raw_params'"));
    }
    let given = ["name", "hostname", "host"].iter().find_map(|option| call.arg(option));
    let Some(name) = given.map(python::str).filter(|name| !name.is_empty()) else {
        return Err(ActionError::told("name, host or hostname needs to be provided"));
    };
    let groups = groups(call)?;
    let (name, port) = split_port(&name);
    let mut variables: Map = call
        .args
        .iter()
        .filter(|(key, _)| !key.as_str().is_some_and(|key| OWN.contains(&key)))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(port) = port {
        variables.insert("ansible_ssh_port", port);
    }
    let shown = Map::from([
        ("host_name", Value::from(name.as_str())),
        ("groups", Value::list(groups.iter().map(|group| Value::from(group.as_str())))),
        ("host_vars", Value::from(variables.clone())),
    ]);
    let output = Map::from([("changed", Value::from(true)), ("add_host", Value::from(shown))]);
    let effects = Effects { add_host: Some(AddHost { name, groups, variables }), ..Effects::default() };
    Ok(TaskResult { effects: vec![effects], ..TaskResult::of(output) })
}

fn groups(call: &ActionCall<'_>) -> Result<Vec<String>, ActionError> {
    let Some(value) = ["groups", "groupname", "group"].iter().find_map(|option| call.arg(option)) else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = match &value.data {
        Data::List(items) | Data::Tuple(items) => items.iter().map(python::str).collect(),
        Data::Text(text) => text.split(',').map(str::to_owned).collect(),
        _ => return Err(ActionError::told("Groups must be specified as a list.")),
    };
    let mut groups: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if !groups.iter().any(|known| known == name) {
            groups.push(name.to_owned());
        }
    }
    Ok(groups)
}

/// `name:port`, but an IPv6 address without brackets has no port.
fn split_port(name: &str) -> (String, Option<i64>) {
    let bracketed = name.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((address, rest)) = bracketed {
        return (address.to_owned(), rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match name.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host.to_owned(), Some(port)),
            Err(_) => (name.to_owned(), None),
        },
        _ => (name.to_owned(), None),
    }
}
