//! `group_by`: puts the host into a group of that name.

use crate::data::{Data, Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Effects, GroupBy, TaskResult};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.group_by",
    summary: "Create Ansible groups based on facts",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(async { run(call) }),
};

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let Some(key) = call.text("key") else {
        return Err(ActionError::told("the 'key' param is required when using group_by"));
    };
    let parents: Vec<String> = match call.arg("parents").map(|value| &value.data) {
        None => vec!["all".to_owned()],
        Some(Data::List(items)) => items.iter().map(python::str).collect(),
        Some(_) => call.text("parents").into_iter().collect(),
    };
    let clean = |name: &str| name.replace(' ', "-");
    let group = GroupBy { group: clean(&key), parents: parents.iter().map(|name| clean(name)).collect() };
    let output = Map::from([
        ("changed", Value::from(false)),
        ("add_group", Value::from(group.group.as_str())),
        ("parent_groups", Value::list(group.parents.iter().map(|name| Value::from(name.as_str())))),
    ]);
    let effects = Effects { group_by: Some(group), ..Effects::default() };
    Ok(TaskResult { effects: vec![effects], ..TaskResult::of(output) })
}
