//! `ansible-doc -j`: documentation for programs.

use super::catalogue::{Entry, OptionEntry};
use crate::cli::Context;
use crate::data::{Map, Value, json};

/// The pages that were asked for, each under the name it was asked by.
pub fn pages(found: &[(&str, &Entry)]) -> String {
    text(found.iter().map(|(name, entry)| (*name, documented(entry))).collect())
}

pub fn summaries(entries: &[Entry]) -> String {
    text(entries.iter().map(|entry| (entry.name.as_str(), Value::from(entry.summary.as_str()))).collect())
}

pub fn files(entries: &[Entry], context: &Context) -> String {
    let file = context.executable.display().to_string();
    text(entries.iter().map(|entry| (entry.name.as_str(), Value::from(file.as_str()))).collect())
}

/// Everything of a type, as `--metadata-dump` gives it.
pub fn metadata(plugin_type: &str, entries: &[Entry]) -> String {
    let pages: Map = entries.iter().map(|entry| (entry.name.as_str(), documented(entry))).collect();
    text(Map::from([("all", Map::from([(plugin_type, pages)]))]))
}

fn text(map: Map) -> String {
    json::dumps(&map.into(), &json::Style::indented(4))
}

fn documented(entry: &Entry) -> Value {
    let (collection, short) = entry.name.rsplit_once('.').unwrap_or(("", &entry.name));
    let doc = Map::from([
        ("collection", Value::from(collection)),
        ("description", Value::list([Value::from(entry.summary.as_str())])),
        (if entry.kind == "module" { "module" } else { "name" }, Value::from(short)),
        ("options", options(&entry.options)),
        ("plugin_name", Value::from(entry.name.as_str())),
        ("short_description", Value::from(entry.summary.as_str())),
    ]);
    Map::from([
        ("doc", Value::from(doc)),
        ("examples", Value::NULL),
        ("metadata", Value::NULL),
        ("return", Value::NULL),
    ])
    .into()
}

fn options(options: &[OptionEntry]) -> Value {
    options.iter().map(|option| (option.name.as_str(), described(option))).collect::<Map>().into()
}

fn described(option: &OptionEntry) -> Value {
    let texts = |texts: &[String]| Value::list(texts.iter().map(|text| Value::from(text.as_str())));
    let mut map = Map::from([
        ("description", Value::list([Value::from(option.about.as_str())])),
        ("type", Value::from(option.type_name.as_str())),
    ]);
    if option.required {
        map.insert("required", true);
    } else {
        map.insert("default", option.default.clone());
    }
    if let Some(elements) = &option.elements {
        map.insert("elements", elements.as_str());
    }
    if !option.choices.is_empty() {
        map.insert("choices", texts(&option.choices));
    }
    if !option.aliases.is_empty() {
        map.insert("aliases", texts(&option.aliases));
    }
    if !option.suboptions.is_empty() {
        map.insert("suboptions", options(&option.suboptions));
    }
    if let Some(setting) = option.setting {
        let names = |names: &[&str]| Value::list(names.iter().map(|name| Map::from([("name", *name)]).into()));
        let keys = setting.keys.iter().map(|(section, key)| Map::from([("key", *key), ("section", *section)]).into());
        map.insert("env", names(setting.variables));
        map.insert("ini", Value::list(keys));
        map.insert("vars", names(setting.host_variables));
    }
    map.into()
}
