//! Sources of hosts.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("DEFAULT_HOST_LIST", "The inventory sources when none are given.")
        .kind("pathlist")
        .default(Default::Texts(&["/etc/ansible/hosts"]))
        .env(&["ANSIBLE_INVENTORY"])
        .ini(&[("defaults", "inventory")]),
    setting("DEFAULT_INVENTORY_PLUGIN_PATH", "Folders with further inventory plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/inventory:/usr/share/ansible/plugins/inventory"))
        .env(&["ANSIBLE_INVENTORY_PLUGINS"])
        .ini(&[("defaults", "inventory_plugins")])
        .without_effect(),
    setting("HOST_PATTERN_MISMATCH", "What happens when a host pattern matches nothing.")
        .default(Default::Text("warning"))
        .env(&["ANSIBLE_HOST_PATTERN_MISMATCH"])
        .ini(&[("inventory", "host_pattern_mismatch")])
        .choices(&["error", "warning", "ignore"])
        .since("2.8"),
    setting("INVENTORY_ANY_UNPARSED_IS_FAILED", "Fail when any source cannot be read.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"])
        .ini(&[("inventory", "any_unparsed_is_failed")])
        .since("2.7"),
    setting("INVENTORY_ENABLED", "The readers that are tried, in this order.")
        .kind("list")
        .default(Default::Texts(&["host_list", "script", "auto", "yaml", "ini", "toml"]))
        .env(&["ANSIBLE_INVENTORY_ENABLED"])
        .ini(&[("inventory", "enable_plugins")]),
    setting("INVENTORY_EXPORT", "Print an inventory for others to read, with less of its structure.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_INVENTORY_EXPORT"])
        .ini(&[("inventory", "export")]),
    setting("INVENTORY_IGNORE_EXTS", "Endings of files that are passed over in a folder of sources.")
        .kind("list")
        .default(Default::Texts(&[
            ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
        ]))
        .env(&["ANSIBLE_INVENTORY_IGNORE"])
        .ini(&[("defaults", "inventory_ignore_extensions"), ("inventory", "ignore_extensions")]),
    setting("INVENTORY_IGNORE_PATTERNS", "Patterns of files that are passed over in a folder of sources.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_INVENTORY_IGNORE_REGEX"])
        .ini(&[("defaults", "inventory_ignore_patterns"), ("inventory", "ignore_patterns")]),
    setting("INVENTORY_UNPARSED_IS_FAILED", "Fail when no source at all can be read.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_INVENTORY_UNPARSED_FAILED"])
        .ini(&[("inventory", "unparsed_is_failed")]),
    setting("INVENTORY_UNPARSED_WARNING", "Warn when no source at all could be read.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_INVENTORY_UNPARSED_WARNING"])
        .ini(&[("inventory", "inventory_unparsed_warning")])
        .since("2.14"),
    setting("TRANSFORM_INVALID_GROUP_CHARS", "Whether characters that no group name may have are replaced.")
        .kind("string")
        .default(Default::Text("never"))
        .env(&["ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS"])
        .ini(&[("defaults", "force_valid_group_names")])
        .choices(&["always", "never", "ignore", "silently"])
        .since("2.8"),
    setting("YAML_FILENAME_EXTENSIONS", "Endings of files that may hold variables.")
        .kind("list")
        .default(Default::Texts(&[".yml", ".yaml", ".json"]))
        .env(&["ANSIBLE_YAML_FILENAME_EXT"])
        .ini(&[("defaults", "yaml_valid_extensions")]),
];
