//! Variables, facts and caches.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("CACHE_PLUGIN", "Where facts are kept between plays and runs.")
        .default(Default::Text("memory"))
        .env(&["ANSIBLE_CACHE_PLUGIN"])
        .ini(&[("defaults", "fact_caching")]),
    setting("CACHE_PLUGIN_CONNECTION", "Place of the fact cache: a folder or an address.")
        .env(&["ANSIBLE_CACHE_PLUGIN_CONNECTION"])
        .ini(&[("defaults", "fact_caching_connection")]),
    setting("CACHE_PLUGIN_PREFIX", "Prefix of the names in the fact cache.")
        .default(Default::Text("ansible_facts"))
        .env(&["ANSIBLE_CACHE_PLUGIN_PREFIX"])
        .ini(&[("defaults", "fact_caching_prefix")]),
    setting("CACHE_PLUGIN_TIMEOUT", "Seconds until cached facts are stale; 0 for never.")
        .kind("integer")
        .default(Default::Int(86_400))
        .env(&["ANSIBLE_CACHE_PLUGIN_TIMEOUT"])
        .ini(&[("defaults", "fact_caching_timeout")]),
    setting("CONNECTION_FACTS_MODULES", "Which module gathers facts on which network system.")
        .kind("dict")
        .default(Default::Pairs(&[
            ("asa", "ansible.legacy.asa_facts"),
            ("cisco.asa.asa", "cisco.asa.asa_facts"),
            ("eos", "ansible.legacy.eos_facts"),
            ("arista.eos.eos", "arista.eos.eos_facts"),
            ("frr", "ansible.legacy.frr_facts"),
            ("frr.frr.frr", "frr.frr.frr_facts"),
            ("ios", "ansible.legacy.ios_facts"),
            ("cisco.ios.ios", "cisco.ios.ios_facts"),
            ("iosxr", "ansible.legacy.iosxr_facts"),
            ("cisco.iosxr.iosxr", "cisco.iosxr.iosxr_facts"),
            ("junos", "ansible.legacy.junos_facts"),
            ("junipernetworks.junos.junos", "junipernetworks.junos.junos_facts"),
            ("nxos", "ansible.legacy.nxos_facts"),
            ("cisco.nxos.nxos", "cisco.nxos.nxos_facts"),
            ("vyos", "ansible.legacy.vyos_facts"),
            ("vyos.vyos.vyos", "vyos.vyos.vyos_facts"),
            ("exos", "ansible.legacy.exos_facts"),
            ("extreme.exos.exos", "extreme.exos.exos_facts"),
            ("slxos", "ansible.legacy.slxos_facts"),
            ("extreme.slxos.slxos", "extreme.slxos.slxos_facts"),
            ("voss", "ansible.legacy.voss_facts"),
            ("extreme.voss.voss", "extreme.voss.voss_facts"),
            ("ironware", "ansible.legacy.ironware_facts"),
            ("community.network.ironware", "community.network.ironware_facts"),
        ]))
        .without_effect(),
    setting("DEFAULT_CACHE_PLUGIN_PATH", "Folders with further cache plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/cache:/usr/share/ansible/plugins/cache"))
        .env(&["ANSIBLE_CACHE_PLUGINS"])
        .ini(&[("defaults", "cache_plugins")])
        .without_effect(),
    setting("DEFAULT_GATHERING", "When facts are gathered: always, on demand, or where there are none yet.")
        .default(Default::Text("implicit"))
        .env(&["ANSIBLE_GATHERING"])
        .ini(&[("defaults", "gathering")])
        .choices(&["implicit", "explicit", "smart"])
        .since("1.6"),
    setting("DEFAULT_HASH_BEHAVIOUR", "Whether a mapping of higher precedence replaces or is merged into a lower one.")
        .kind("string")
        .default(Default::Text("replace"))
        .env(&["ANSIBLE_HASH_BEHAVIOUR"])
        .ini(&[("defaults", "hash_behaviour")])
        .choices(&["replace", "merge"]),
    setting("DEFAULT_VARS_PLUGIN_PATH", "Folders with further vars plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/vars:/usr/share/ansible/plugins/vars"))
        .env(&["ANSIBLE_VARS_PLUGINS"])
        .ini(&[("defaults", "vars_plugins")])
        .without_effect(),
    setting("DUPLICATE_YAML_DICT_KEY", "What happens when a YAML mapping has a key twice.")
        .kind("string")
        .default(Default::Text("warn"))
        .env(&["ANSIBLE_DUPLICATE_YAML_DICT_KEY"])
        .ini(&[("defaults", "duplicate_dict_key")])
        .choices(&["error", "warn", "ignore"])
        .since("2.9"),
    setting("FACTS_MODULES", "The modules that gather facts.")
        .kind("list")
        .default(Default::Texts(&["smart"]))
        .env(&["ANSIBLE_FACTS_MODULES"])
        .ini(&[("defaults", "facts_modules")])
        .vars(&["ansible_facts_modules"]),
    setting("INJECT_FACTS_AS_VARS", "Make each fact a variable of its own, with the prefix `ansible_`.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_INJECT_FACT_VARS"])
        .ini(&[("defaults", "inject_facts_as_vars")])
        .since("2.5"),
    setting("PLAYBOOK_VARS_ROOT", "Which playbook folders are searched for group_vars and host_vars.")
        .default(Default::Text("top"))
        .env(&["ANSIBLE_PLAYBOOK_VARS_ROOT"])
        .ini(&[("defaults", "playbook_vars_root")])
        .choices(&["top", "bottom", "all"])
        .since("2.4.1"),
    setting("RUN_VARS_PLUGINS", "Whether vars plugins run with the inventory or when needed.")
        .kind("str")
        .default(Default::Text("demand"))
        .env(&["ANSIBLE_RUN_VARS_PLUGINS"])
        .ini(&[("defaults", "run_vars_plugins")])
        .choices(&["demand", "start"])
        .since("2.10"),
    setting("VARIABLE_PLUGINS_ENABLED", "The vars plugins that run.")
        .kind("list")
        .default(Default::Texts(&["host_group_vars"]))
        .env(&["ANSIBLE_VARS_ENABLED"])
        .ini(&[("defaults", "vars_plugins_enabled")])
        .since("2.10"),
    setting("VARIABLE_PRECEDENCE", "The order in which kinds of inventory variables override each other.")
        .kind("list")
        .default(Default::Texts(&[
            "all_inventory",
            "groups_inventory",
            "all_plugins_inventory",
            "all_plugins_play",
            "groups_plugins_inventory",
            "groups_plugins_play",
        ]))
        .env(&["ANSIBLE_PRECEDENCE"])
        .ini(&[("defaults", "precedence")])
        .since("2.4"),
];
