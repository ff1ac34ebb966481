//! What the user wrote, loaded and checked: settings, inventory, playbooks, variables.

pub mod playbook;
pub mod settings;
