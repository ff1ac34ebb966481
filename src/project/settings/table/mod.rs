//! Every setting of ansible-core 2.19, one file a topic.

mod colours;
mod connection;
mod content;
mod galaxy;
mod inventory;
mod output;
mod playbooks;
mod privilege;
mod targets;
mod templates;
mod variables;
mod vault;

use super::declare::Setting;

/// All settings by topic, in the order of the documentation; `all` sorts them by name.
pub const TOPICS: &[(&str, &[Setting])] = &[
    ("Plays and tasks", playbooks::SETTINGS),
    ("Connections", connection::SETTINGS),
    ("Becoming another user", privilege::SETTINGS),
    ("On the hosts", targets::SETTINGS),
    ("Inventory", inventory::SETTINGS),
    ("Variables and facts", variables::SETTINGS),
    ("Templates", templates::SETTINGS),
    ("Roles, collections, modules, plugins", content::SETTINGS),
    ("Vault", vault::SETTINGS),
    ("Output", output::SETTINGS),
    ("Colours", colours::SETTINGS),
    ("ansible-galaxy", galaxy::SETTINGS),
];

/// All settings, sorted by name, as the reference lists them.
pub fn all() -> Vec<&'static Setting> {
    let mut settings: Vec<&'static Setting> = TOPICS.iter().flat_map(|(_, topic)| topic.iter()).collect();
    settings.sort_by_key(|setting| setting.name);
    settings
}
