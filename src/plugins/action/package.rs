//! `package`: hands over to the package module that fits the host.

use crate::data::{Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.package",
    summary: "Generic OS package manager",
    spec: None,
    traits: ActionTraits { can_be_job: true, ..ActionTraits::NONE },
    run: |call| Box::pin(run(call)),
};

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let named = call.text("use").filter(|name| name != "auto");
    let manager = match named {
        Some(name) => name,
        None => manager(call).await?,
    };
    let full = if manager.contains('.') { manager.clone() } else { full_name(&manager) };
    let mut args = call.args.clone();
    args.remove("use");
    if call.shared.modules.get(&full).is_none() {
        return Err(ActionError::told(format!(
            "Could not find a matching action for the \"{manager}\" package manager."
        )));
    }
    Ok(TaskResult::of(call.module(&full, args).await?))
}

/// From the facts, gathered now where nobody did before.
async fn manager(call: &ActionCall<'_>) -> Result<String, ActionError> {
    let known = call.shared.board.of(call.host).facts.get("ansible_pkg_mgr").map(python::str);
    if let Some(known) = known.filter(|known| !known.is_empty() && known != "auto") {
        return Ok(known);
    }
    let args = Map::from([
        ("gather_subset", Value::list([Value::from("!all")])),
        ("filter", Value::list([Value::from("ansible_pkg_mgr")])),
    ]);
    let facts = call.module("ansible.builtin.setup", args).await?;
    let found = facts.get("ansible_facts").and_then(|facts| facts.get("ansible_pkg_mgr")).map(python::str);
    match found.filter(|found| !found.is_empty() && found != "unknown") {
        Some(found) => Ok(found),
        None => Err(ActionError::told("Could not detect a package manager. Try using the \"use\" option.")),
    }
}

/// Short names of managers whose modules are in collections.
fn full_name(manager: &str) -> String {
    match manager {
        "apt" | "dnf" | "dnf5" | "yum" => format!("ansible.builtin.{manager}"),
        _ => format!("community.general.{manager}"),
    }
}
