//! meta: the loop itself does what it says; here is only its name.

use crate::engine::action::{ActionError, ActionPlugin, ActionTraits};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.meta",
    summary: "Execute Ansible 'actions'",
    spec: None,
    traits: ActionTraits { free_form: true, ..ActionTraits::NONE },
    run: |_| Box::pin(async { Err(ActionError::new("meta is not run on hosts")) }),
};
