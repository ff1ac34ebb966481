//! Options of the inventory plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "advanced_host_list", options: &[], deprecated: false },
    Plugin { name: "auto", options: &[], deprecated: false },
    Plugin { name: "constructed", options: CONSTRUCTED, deprecated: false },
    Plugin { name: "generator", options: GENERATOR, deprecated: false },
    Plugin { name: "host_list", options: &[], deprecated: false },
    Plugin { name: "ini", options: &[], deprecated: false },
    Plugin { name: "script", options: SCRIPT, deprecated: false },
    Plugin { name: "toml", options: &[], deprecated: false },
    Plugin { name: "yaml", options: YAML, deprecated: false },
];

const CONSTRUCTED: &[Setting] = &[
    setting("compose", "Variables made of expressions.").kind("dict").default(Default::Pairs(&[])),
    setting("groups", "Groups made of conditions.").kind("dict").default(Default::Pairs(&[])),
    setting("keyed_groups", "Groups made of values.").kind("list").default(Default::Texts(&[])),
    setting("leading_separator", "Keep the separator where a prefix is missing.")
        .kind("boolean")
        .default(Default::Bool(true)),
    setting("plugin", "Name of the reader, as a token.")
        .choices(&["ansible.builtin.constructed", "constructed"])
        .required(),
    setting("strict", "Fail when an expression does.").kind("bool").default(Default::Bool(false)),
    setting("use_extra_vars", "Let expressions see extra variables.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_INVENTORY_USE_EXTRA_VARS"])
        .ini(&[("inventory_plugins", "use_extra_vars")]),
    setting("use_vars_plugins", "Let expressions see group_vars and host_vars.")
        .kind("boolean")
        .default(Default::Bool(false)),
];

const GENERATOR: &[Setting] = &[
    setting("hosts", "Pattern of the names."),
    setting("layers", "The words to combine."),
    setting("plugin", "Name of the reader, as a token.")
        .choices(&["ansible.builtin.generator", "generator"])
        .required(),
];

const SCRIPT: &[Setting] = &[setting("always_show_stderr", "Show what scripts write on stderr.")
    .kind("boolean")
    .default(Default::Bool(true))
    .env(&["ANSIBLE_INVENTORY_PLUGIN_SCRIPT_STDERR"])
    .ini(&[("inventory_plugin_script", "always_show_stderr")])];

const YAML: &[Setting] = &[setting("yaml_extensions", "Endings of files that are read.")
    .kind("list")
    .default(Default::Texts(&[".yaml", ".yml", ".json"]))
    .env(&["ANSIBLE_YAML_FILENAME_EXT", "ANSIBLE_INVENTORY_PLUGIN_EXTS"])
    .ini(&[("defaults", "yaml_valid_extensions"), ("inventory_plugin_yaml", "yaml_valid_extensions")])];
