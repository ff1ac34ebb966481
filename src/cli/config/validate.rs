//! `ansible-config validate`: names in the configuration that no setting has.

use std::collections::{HashMap, HashSet};

use super::chosen_plugins;
use crate::cli::Context;
use crate::cli::options::ConfigOptions;
use crate::diagnostic::Diagnostic;
use crate::project::settings::plugins;
use crate::project::settings::{self, Setting, Settings, galaxy};

pub fn run(settings: &Settings, options: &ConfigOptions, context: &Context) -> u8 {
    let known = known(options, context);
    let mistakes = if options.format == "env" {
        unknown_variables(&known, context)
    } else {
        unknown_keys(settings, &known, options)
    };
    for mistake in &mistakes {
        context.complain(&Diagnostic::new(mistake));
    }
    if mistakes.is_empty() {
        context.screen.line("All configurations seem valid!");
    }
    u8::from(!mistakes.is_empty())
}

fn known(options: &ConfigOptions, context: &Context) -> Vec<&'static Setting> {
    let mut known: Vec<&'static Setting> = Vec::new();
    if matches!(options.plugin_type.as_str(), "base" | "all") {
        known.extend(settings::all());
    }
    let types = plugins::TYPES.iter().map(|(name, _)| *name);
    for plugin_type in types.filter(|name| options.plugin_type == "all" || options.plugin_type == *name) {
        let names: &[String] = if options.plugin_type == "all" { &[] } else { &options.plugins };
        known.extend(chosen_plugins(plugin_type, names, context).into_iter().flat_map(|plugin| plugin.options));
    }
    known
}

fn unknown_keys(settings: &Settings, known: &[&'static Setting], options: &ConfigOptions) -> Vec<String> {
    let Some(path) = settings.config_file() else { return Vec::new() };
    let mut sections: HashMap<String, HashSet<&str>> = HashMap::new();
    for (section, key) in known.iter().flat_map(|setting| setting.keys) {
        sections.entry((*section).to_owned()).or_default().insert(key);
    }
    if matches!(options.plugin_type.as_str(), "base" | "all") {
        let servers = settings.get("GALAXY_SERVER_LIST").and_then(|list| list.value.as_items()).unwrap_or_default();
        for server in servers.iter().filter_map(|server| server.as_str()) {
            sections.entry(format!("galaxy_server.{server}")).or_default().extend(galaxy::keys());
        }
    }
    let content = &settings.file().content;
    let mut mistakes = Vec::new();
    for (section, keys) in content.sections() {
        // muster's own section is nobody's mistake.
        if section == "muster" {
            continue;
        }
        let place = format!("in '{}", path.display());
        let Some(known) = sections.get(section) else {
            mistakes.push(format!("Found unknown section '{section}' {place}."));
            continue;
        };
        let inherited = content.inherited().keys().filter(|key| !keys.contains_key(*key));
        for key in keys.keys().chain(inherited).filter(|key| !known.contains(key.as_str())) {
            mistakes.push(format!("Found unknown key '{key}' in section '{section}' {place}."));
        }
    }
    mistakes
}

fn unknown_variables(known: &[&'static Setting], context: &Context) -> Vec<String> {
    let known: HashSet<&str> = known.iter().flat_map(|setting| setting.variables).copied().collect();
    let names = context.environment.variables.keys();
    names
        .filter(|name| name.starts_with("ANSIBLE_") && *name != "ANSIBLE_CONFIG" && !known.contains(name.as_str()))
        .map(|name| format!("Found unknown environment variable '{name}'."))
        .collect()
}
