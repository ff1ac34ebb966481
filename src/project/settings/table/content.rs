//! Folders of roles, collections, modules and plugins.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("ANSIBLE_HOME", "The user's folder for everything the programs keep.")
        .kind("path")
        .default(Default::Text("~/.ansible"))
        .env(&["ANSIBLE_HOME"])
        .ini(&[("defaults", "home")])
        .since("2.14"),
    setting("COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH", "What happens when a collection wants another version.")
        .default(Default::Text("warning"))
        .env(&["ANSIBLE_COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH"])
        .ini(&[("defaults", "collections_on_ansible_version_mismatch")])
        .choices(&["error", "warning", "ignore"]),
    setting("COLLECTIONS_PATHS", "Folders with collections.")
        .kind("pathspec")
        .default(Default::BelowHome("/collections:/usr/share/ansible/collections"))
        .env(&["ANSIBLE_COLLECTIONS_PATH"])
        .ini(&[("defaults", "collections_path")]),
    setting("COLLECTIONS_SCAN_SYS_PATH", "Look for collections where Python's packages are, too.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"])
        .ini(&[("defaults", "collections_scan_sys_path")]),
    setting("CONFIG_FILE", "The configuration file that was read.").kind("path"),
    setting("DEFAULT_ACTION_PLUGIN_PATH", "Folders with further action plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/action:/usr/share/ansible/plugins/action"))
        .env(&["ANSIBLE_ACTION_PLUGINS"])
        .ini(&[("defaults", "action_plugins")])
        .without_effect(),
    setting("DEFAULT_CLICONF_PLUGIN_PATH", "Folders with cliconf plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/cliconf:/usr/share/ansible/plugins/cliconf"))
        .env(&["ANSIBLE_CLICONF_PLUGINS"])
        .ini(&[("defaults", "cliconf_plugins")])
        .without_effect(),
    setting("DEFAULT_HTTPAPI_PLUGIN_PATH", "Folders with httpapi plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/httpapi:/usr/share/ansible/plugins/httpapi"))
        .env(&["ANSIBLE_HTTPAPI_PLUGINS"])
        .ini(&[("defaults", "httpapi_plugins")])
        .without_effect(),
    setting("DEFAULT_MODULE_PATH", "Folders with further modules.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/modules:/usr/share/ansible/plugins/modules"))
        .env(&["ANSIBLE_LIBRARY"])
        .ini(&[("defaults", "library")]),
    setting("DEFAULT_MODULE_UTILS_PATH", "Folders with code that modules share.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/module_utils:/usr/share/ansible/plugins/module_utils"))
        .env(&["ANSIBLE_MODULE_UTILS"])
        .ini(&[("defaults", "module_utils")]),
    setting("DEFAULT_NETCONF_PLUGIN_PATH", "Folders with netconf plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/netconf:/usr/share/ansible/plugins/netconf"))
        .env(&["ANSIBLE_NETCONF_PLUGINS"])
        .ini(&[("defaults", "netconf_plugins")])
        .without_effect(),
    setting("DEFAULT_ROLES_PATH", "Folders with roles.")
        .kind("pathspec")
        .default(Default::BelowHome("/roles:/usr/share/ansible/roles:/etc/ansible/roles"))
        .env(&["ANSIBLE_ROLES_PATH"])
        .ini(&[("defaults", "roles_path")]),
    setting("DEFAULT_TERMINAL_PLUGIN_PATH", "Folders with terminal plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/terminal:/usr/share/ansible/plugins/terminal"))
        .env(&["ANSIBLE_TERMINAL_PLUGINS"])
        .ini(&[("defaults", "terminal_plugins")])
        .without_effect(),
    setting("DOC_FRAGMENT_PLUGIN_PATH", "Folders with shared pieces of documentation.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/doc_fragments:/usr/share/ansible/plugins/doc_fragments"))
        .env(&["ANSIBLE_DOC_FRAGMENT_PLUGINS"])
        .ini(&[("defaults", "doc_fragment_plugins")])
        .without_effect(),
    setting("MODULE_IGNORE_EXTS", "Endings of files that are no modules.")
        .kind("list")
        .default(Default::Texts(&[
            ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".yaml", ".yml", ".ini",
        ]))
        .env(&["ANSIBLE_MODULE_IGNORE_EXTS"])
        .ini(&[("defaults", "module_ignore_exts")]),
    setting("NETWORK_GROUP_MODULES", "Prefixes of modules for network devices.")
        .kind("list")
        .default(Default::Texts(&[
            "eos", "nxos", "ios", "iosxr", "junos", "enos", "ce", "vyos", "sros", "dellos9", "dellos10", "dellos6",
            "asa", "aruba", "aireos", "bigip", "ironware", "onyx", "netconf", "exos", "voss", "slxos",
        ]))
        .env(&["ANSIBLE_NETWORK_GROUP_MODULES"])
        .ini(&[("defaults", "network_group_modules")])
        .without_effect(),
    setting("OLD_PLUGIN_CACHE_CLEARING", "When the list of known plugins is made anew.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_OLD_PLUGIN_CACHE_CLEAR"])
        .ini(&[("defaults", "old_plugin_cache_clear")])
        .since("2.8")
        .without_effect(),
    setting("PLUGIN_FILTERS_CFG", "File that lists modules which may not be used.")
        .kind("path")
        .ini(&[("defaults", "plugin_filters_cfg")])
        .since("2.5.0"),
];
