//! The ways to reach a host. A new one is a file (or folder) here and its line in `ALL`.

pub mod docker;
pub mod local;
pub mod openssh;
pub mod ssh;

use crate::transport::ConnectionPlugin;

/// Every connection of this build.
pub const ALL: &[&ConnectionPlugin] = &[&ssh::PLUGIN, &openssh::PLUGIN, &local::PLUGIN, &docker::PLUGIN];

/// A connection by name or alias.
pub fn find(name: &str) -> Option<&'static ConnectionPlugin> {
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    ALL.iter().copied().find(|plugin| plugin.declaration.name == short || plugin.aliases.contains(&short))
}
