//! `service`: hands over to the module of the host's service manager.

use crate::data::{Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.service",
    summary: "Manage services",
    spec: None,
    traits: ActionTraits { can_be_job: true, ..ActionTraits::NONE },
    run: |call| Box::pin(run(call)),
};

/// Options that a manager's module does not have; it is told of and goes on without them.
const UNUSED: [(&str, &[&str]); 1] = [("systemd", &["pattern", "runlevel", "sleep", "arguments", "args"])];

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let manager = match call.text("use").filter(|name| name != "auto") {
        Some(name) => name,
        None => manager(call).await?,
    };
    let mut args = call.args.clone();
    args.remove("use");
    let short = manager.rsplit('.').next().unwrap_or(&manager).to_owned();
    for option in UNUSED.iter().filter(|(name, _)| *name == short).flat_map(|(_, options)| *options) {
        if args.remove(option).is_some() {
            call.shared.warn(format!("Ignoring \"{option}\" as it is not used in \"{short}\""));
        }
    }
    let full = match short.as_str() {
        "systemd" => "ansible.builtin.systemd_service".to_owned(),
        "sysvinit" => "ansible.builtin.sysvinit".to_owned(),
        _ => "ansible.builtin.service".to_owned(),
    };
    if call.shared.modules.get(&full).is_none() {
        return Err(ActionError::told(format!(
            "Could not find a matching module for the \"{manager}\" service manager."
        )));
    }
    Ok(TaskResult::of(call.module(&full, args).await?))
}

/// From the facts, gathered now where nobody did before.
async fn manager(call: &ActionCall<'_>) -> Result<String, ActionError> {
    let known = call.shared.board.of(call.host).facts.get("ansible_service_mgr").map(python::str);
    if let Some(known) = known.filter(|known| !known.is_empty() && known != "auto") {
        return Ok(known);
    }
    let args = Map::from([
        ("gather_subset", Value::list([Value::from("!all")])),
        ("filter", Value::list([Value::from("ansible_service_mgr")])),
    ]);
    let facts = call.module("ansible.builtin.setup", args).await?;
    let found = facts.get("ansible_facts").and_then(|facts| facts.get("ansible_service_mgr")).map(python::str);
    Ok(found.unwrap_or_else(|| "service".to_owned()))
}
