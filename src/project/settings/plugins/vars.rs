//! Options of the vars plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] =
    &[Plugin { name: "host_group_vars", options: HOST_GROUP_VARS, deprecated: false }];

const HOST_GROUP_VARS: &[Setting] = &[
    setting("_valid_extensions", "Endings of files that are read.")
        .kind("list")
        .default(Default::Texts(&[".yml", ".yaml", ".json"]))
        .env(&["ANSIBLE_YAML_FILENAME_EXT"])
        .ini(&[("defaults", "yaml_valid_extensions")]),
    setting("stage", "When it runs.")
        .kind("str")
        .env(&["ANSIBLE_VARS_PLUGIN_STAGE"])
        .ini(&[("vars_host_group_vars", "stage")])
        .choices(&["all", "task", "inventory"]),
];
