//! What the user wrote, loaded and checked: settings, inventory, playbooks, variables.

pub mod facts_cache;
pub mod inventory;
pub mod playbook;
pub mod settings;
pub mod reader;
pub mod secrets;
pub mod vars;
pub mod world;
