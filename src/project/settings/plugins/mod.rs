//! Options of plugins: for each type the plugins of ansible-core with what they take from ansible.cfg
//! and the environment.

pub mod r#become;
mod cache;
mod callback;
pub mod connection;
mod inventory;
mod lookup;
pub mod shell;
mod vars;

use super::declare::Setting;

/// A plugin with its options, sorted by name.
#[derive(Debug)]
pub struct Plugin {
    pub name: &'static str,
    pub options: &'static [Setting],
    pub deprecated: bool,
}

/// Every type that has settings, in the order of the reference.
pub const TYPES: &[(&str, &[Plugin])] = &[
    ("become", r#become::PLUGINS),
    ("cache", cache::PLUGINS),
    ("callback", callback::PLUGINS),
    ("cliconf", &[]),
    ("connection", connection::PLUGINS),
    ("httpapi", &[]),
    ("inventory", inventory::PLUGINS),
    ("lookup", lookup::PLUGINS),
    ("netconf", &[]),
    ("shell", shell::PLUGINS),
    ("vars", vars::PLUGINS),
];

/// The plugins of a type, sorted by name.
pub fn of_type(plugin_type: &str) -> &'static [Plugin] {
    TYPES.iter().find(|(name, _)| *name == plugin_type).map_or(&[], |(_, plugins)| plugins)
}

pub fn find(plugin_type: &str, name: &str) -> Option<&'static Plugin> {
    let name = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    of_type(plugin_type).iter().find(|plugin| plugin.name == name)
}
