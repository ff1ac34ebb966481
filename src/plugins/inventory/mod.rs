//! Inventory sources, one file a kind.

mod auto;
mod constructed;
mod generator;
mod host_list;
mod ini;
mod node_set;
mod script;
mod toml;
mod yaml;

use crate::project::inventory::source::SourceRegistry;

/// All sources that muster reads itself.
pub fn registry() -> SourceRegistry {
    vec![
        Box::new(host_list::HostList),
        Box::new(host_list::AdvancedHostList),
        Box::new(script::Script),
        Box::new(auto::Auto),
        Box::new(yaml::Yaml),
        Box::new(ini::Ini),
        Box::new(toml::Toml),
        Box::new(constructed::Constructed),
        Box::new(generator::Generator),
        Box::new(node_set::NodeSet),
    ]
}
