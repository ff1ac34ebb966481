//! Options of the cache plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "jsonfile", options: JSONFILE, deprecated: false },
    Plugin { name: "memory", options: &[], deprecated: false },
];

const JSONFILE: &[Setting] = &[
    setting("_prefix", "Prefix of file names.")
        .env(&["ANSIBLE_CACHE_PLUGIN_PREFIX"])
        .ini(&[("defaults", "fact_caching_prefix")]),
    setting("_timeout", "Seconds until a fact is stale.")
        .kind("integer")
        .default(Default::Int(86_400))
        .env(&["ANSIBLE_CACHE_PLUGIN_TIMEOUT"])
        .ini(&[("defaults", "fact_caching_timeout")]),
    setting("_uri", "The folder.")
        .kind("path")
        .env(&["ANSIBLE_CACHE_PLUGIN_CONNECTION"])
        .ini(&[("defaults", "fact_caching_connection")])
        .required(),
];
