//! `ansible-config init`: every setting at its default, to be saved and edited.

use indexmap::IndexMap;

use super::chosen_plugins;
use crate::cli::Context;
use crate::cli::options::ConfigOptions;
use crate::data::{Value, json, python};
use crate::project::settings::plugins;
use crate::project::settings::{self, Setting, Settings, ValueKind};

pub fn text(settings: &Settings, options: &ConfigOptions, context: &Context) -> String {
    let mut chosen: Vec<&'static Setting> = Vec::new();
    if matches!(options.plugin_type.as_str(), "base" | "all") {
        chosen.extend(settings::all());
    }
    let types = plugins::TYPES.iter().map(|(name, _)| *name);
    for plugin_type in types.filter(|name| options.plugin_type == "all" || options.plugin_type == *name) {
        let names: &[String] = if options.plugin_type == "all" { &[] } else { &options.plugins };
        let found = chosen_plugins(plugin_type, names, context);
        chosen.extend(found.into_iter().flat_map(|plugin| plugin.options));
    }
    let init = Init { settings, commented: options.commented };
    match options.format.as_str() {
        "env" => init.env(&chosen),
        "vars" => init.vars(&chosen),
        _ => init.ini(&chosen),
    }
}

struct Init<'a> {
    settings: &'a Settings,
    commented: bool,
}

impl Init<'_> {
    fn ini(&self, chosen: &[&'static Setting]) -> String {
        let mut sections: IndexMap<&str, IndexMap<&str, &'static Setting>> = IndexMap::new();
        for setting in chosen {
            if let Some((section, key)) = setting.keys.last() {
                sections.entry(section).or_default().entry(key).or_insert(setting);
            }
        }
        let mark = if self.commented { ";" } else { "" };
        let mut text = String::new();
        for (section, keys) in sections {
            text.push_str(&format!("[{section}]\n"));
            for (key, setting) in keys {
                let value = self.plain(setting);
                text.push_str(&format!("# ({}) {}\n{mark}{key}={value}\n\n", type_of(setting), setting.about));
            }
            text.push('\n');
        }
        text
    }

    fn env(&self, chosen: &[&'static Setting]) -> String {
        let mark = if self.commented { "#" } else { "" };
        let with_name = chosen.iter().filter_map(|setting| Some((setting, setting.variables.last()?)));
        let public = with_name.filter(|(_, name)| !name.starts_with('_'));
        public
            .map(|(setting, name)| {
                let value = match &self.default(setting) {
                    value if value.as_bool().is_some() => u8::from(value.is_truthy()).to_string(),
                    _ => shell_quoted(&self.plain(setting)),
                };
                format!("# {}({}): {}\n{mark}{name}={value}\n\n", setting.name, type_of(setting), setting.about)
            })
            .collect()
    }

    fn vars(&self, chosen: &[&'static Setting]) -> String {
        let mark = if self.commented { "#" } else { "" };
        let with_name = chosen.iter().filter_map(|setting| Some((setting, setting.host_variables.first()?)));
        let public = with_name.filter(|(_, name)| !name.starts_with('_'));
        public
            .map(|(setting, name)| {
                let value = json::dumps(&self.default(setting), &json::Style::default());
                format!("# {}({}): {}\n{mark}{name}: {value}\n\n\n", setting.name, type_of(setting), setting.about)
            })
            .collect()
    }

    fn default(&self, setting: &'static Setting) -> Value {
        self.settings.default_of(setting)
    }

    /// The default as it would be written after the equals sign.
    fn plain(&self, setting: &'static Setting) -> String {
        let value = self.default(setting);
        let Some(items) = value.as_items() else {
            return if value.is_null() { String::new() } else { python::str(&value) };
        };
        let separator = if setting.value_kind() == ValueKind::SearchPath { ":" } else { ", " };
        let items: Vec<String> = items.iter().map(python::str).collect();
        items.join(separator)
    }
}

fn type_of(setting: &Setting) -> &'static str {
    if setting.type_name.is_empty() { "string" } else { setting.type_name }
}

/// Quoted for a shell where that is needed.
fn shell_quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "@%+=:,./-_".contains(character);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
}
