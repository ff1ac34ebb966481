//! `ansible-config list`: all settings that there are.

use super::{chosen_plugins, formatted};
use crate::cli::Context;
use crate::cli::options::ConfigOptions;
use crate::data::{Data, Map, Value};
use crate::project::settings::plugins::{self, Plugin};
use crate::project::settings::{self, Default, Setting};

pub fn text(options: &ConfigOptions, context: &Context) -> String {
    let mut known = Map::new();
    if matches!(options.plugin_type.as_str(), "base" | "all") {
        for setting in settings::all() {
            known.insert(setting.name, described(setting));
        }
    }
    match options.plugin_type.as_str() {
        "base" => {}
        "all" => {
            let types = plugins::TYPES
                .iter()
                .map(|(plugin_type, plugins)| (plugin_type.to_uppercase(), Value::from(with_options(plugins.iter()))));
            known.insert("PLUGINS", types.collect::<Map>());
        }
        plugin_type => {
            let chosen = chosen_plugins(plugin_type, &options.plugins, context);
            known.insert("PLUGINS", Map::from([(plugin_type, with_options(chosen.into_iter()))]));
        }
    }
    formatted(&known.into(), &options.format)
}

fn with_options(plugins: impl Iterator<Item = &'static Plugin>) -> Map {
    plugins
        .map(|plugin| {
            let options = plugin.options.iter().map(|setting| (setting.name, described(setting)));
            (plugin.name, Value::from(options.collect::<Map>()))
        })
        .collect()
}

fn described(setting: &Setting) -> Value {
    let mut map = Map::from([("description", setting.about)]);
    let texts = |texts: &[&str]| Value::list(texts.iter().map(|text| Value::from(*text)));
    let names = |names: &[&str]| Value::list(names.iter().map(|name| Map::from([("name", *name)]).into()));
    let default = match setting.default {
        Default::Null => None,
        Default::Bool(flag) => Some(flag.into()),
        Default::Int(number) => Some(Data::Int(number).into()),
        Default::Float(number) => Some(number.into()),
        Default::Text(text) => Some(text.into()),
        Default::BelowHome(rest) => Some(format!("{{{{ ANSIBLE_HOME ~ \"{rest}\" }}}}").into()),
        Default::Texts(items) => Some(texts(items)),
        Default::Pairs(pairs) => Some(pairs.iter().copied().collect::<Map>().into()),
    };
    if let Some(default) = default {
        map.insert("default", default);
    }
    if !setting.type_name.is_empty() {
        map.insert("type", setting.type_name);
    }
    if !setting.variables.is_empty() {
        map.insert("env", names(setting.variables));
    }
    if !setting.keys.is_empty() {
        let keys = setting.keys.iter().map(|(section, key)| Map::from([("key", *key), ("section", *section)]).into());
        map.insert("ini", Value::list(keys));
    }
    if !setting.host_variables.is_empty() {
        map.insert("vars", names(setting.host_variables));
    }
    for (key, name) in [("keyword", setting.keyword), ("cli", setting.cli)] {
        if !name.is_empty() {
            map.insert(key, names(&[name]));
        }
    }
    if !setting.choices.is_empty() {
        map.insert("choices", texts(setting.choices));
    }
    if setting.required {
        map.insert("required", true);
    }
    if !setting.since.is_empty() {
        map.insert("version_added", setting.since);
    }
    if !setting.removed_in.is_empty() {
        map.insert("deprecated", Map::from([("version", setting.removed_in)]));
    }
    map.into()
}
