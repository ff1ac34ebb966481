//! include_tasks and include_role: they only say what is to be included; the loop does it. The
//! static imports are gone before a task runs, but their names are known.

use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::include::asked;
use crate::engine::result::{Effects, TaskResult};
use crate::transport::BoxFuture;

pub static TASKS: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.include_tasks",
    summary: "Dynamically include a task list",
    spec: None,
    traits: ActionTraits { free_form: true, ..ActionTraits::NONE },
    run: include_tasks,
};

pub static ROLE: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.include_role",
    summary: "Load and execute a role",
    spec: None,
    traits: ActionTraits::NONE,
    run: include_role,
};

pub static IMPORT_TASKS: ActionPlugin = imported("ansible.builtin.import_tasks", "Import a task list", true);
pub static IMPORT_ROLE: ActionPlugin = imported("ansible.builtin.import_role", "Import a role into a play", false);
pub static IMPORT_PLAYBOOK: ActionPlugin = imported("ansible.builtin.import_playbook", "Import a playbook", false);

const fn imported(name: &'static str, summary: &'static str, free_form: bool) -> ActionPlugin {
    ActionPlugin {
        name,
        summary,
        spec: None,
        traits: ActionTraits { free_form, ..ActionTraits::NONE },
        run: |call| {
            let message = format!("'{}' is not a valid action here.", call.called_as);
            Box::pin(async move { Err(ActionError::new(message)) })
        },
    }
}

fn include_tasks<'a>(call: &'a mut ActionCall<'_>) -> BoxFuture<'a, Outcome> {
    let args = call.args.clone();
    Box::pin(async move {
        let mut shown = args.clone();
        let file = shown.remove("_raw_params").unwrap_or_default();
        if !file.is_truthy() {
            return Err(ActionError::new("No include file was specified to the include"));
        }
        let output = Map::from([("include", file), ("include_args", Value::from(shown))]);
        Ok(including(output, &args))
    })
}

fn include_role<'a>(call: &'a mut ActionCall<'_>) -> BoxFuture<'a, Outcome> {
    let args = call.args.clone();
    Box::pin(async move { Ok(including(Map::from([("include_args", Value::from(args.clone()))]), &args)) })
}

fn including(output: Map, args: &Map) -> TaskResult {
    let mut result = TaskResult::of(output);
    result.effects.push(Effects { includes: vec![asked(args)], ..Effects::default() });
    result
}
