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

/// All settings by topic; `all` sorts them by name.
const TOPICS: &[&[Setting]] = &[
    colours::SETTINGS,
    connection::SETTINGS,
    content::SETTINGS,
    galaxy::SETTINGS,
    inventory::SETTINGS,
    output::SETTINGS,
    playbooks::SETTINGS,
    privilege::SETTINGS,
    targets::SETTINGS,
    templates::SETTINGS,
    variables::SETTINGS,
    vault::SETTINGS,
];

/// All settings, sorted by name, as the reference lists them.
pub fn all() -> Vec<&'static Setting> {
    let mut settings: Vec<&'static Setting> = TOPICS.iter().flat_map(|topic| topic.iter()).collect();
    settings.sort_by_key(|setting| setting.name);
    settings
}
