//! `ansible-inventory`: shows hosts, groups and their variables.

mod graph;
mod list;
mod toml;

use std::sync::Arc;

use super::options::{InventoryAction, InventoryOptions};
use super::services::{self, Services, Wanted};
use super::{Context, screen};
use crate::data::{Data, Map, Text, Trust, Value, json, yaml};
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::inventory::open::{Stage, limit_words, list_hosts};
use crate::project::inventory::{GroupId, HostId, Inventory};
use crate::project::reader::errno_text;
use crate::project::vars::files::Kind as FileKind;
use crate::project::vars::{Layers, Level, facts, merge};

pub fn run(options: InventoryOptions, context: &Context) -> Result<u8, Diagnostic> {
    let action = only_action(&options)?;
    let folder = options.basedir.clone().unwrap_or_else(|| context.environment.working_directory.clone());
    let wanted = Wanted {
        hosts: &options.hosts,
        vault: &options.vault,
        extra_vars: &options.extra_vars,
        playbook_folders: vec![folder],
        stage: Stage::All,
    };
    let services = services::open(wanted, context)?;
    let view = View { options: &options, services: &services, context };
    let text = match action {
        InventoryAction::Host(pattern) => view.dump(&view.one_host(pattern)?, false),
        InventoryAction::Graph => graph::draw(&view, options.group.as_deref().unwrap_or("all")),
        InventoryAction::List => {
            let limit = options.hosts.limit.as_deref().filter(|limit| !limit.is_empty());
            let limit = limit.map(|limit| limit_words(limit, &context.environment)).transpose()?;
            let hosts = view.select("all", limit.as_deref())?;
            let listing = match (options.yaml, options.toml) {
                (true, _) => list::for_yaml(&view, &hosts),
                (_, true) => list::for_toml(&view, &hosts),
                _ => list::for_json(&view, &hosts),
            };
            listing.and_then(|listing| view.dump(&listing, true))
        }
    };
    services::say_all(context, &services.reader.take_warnings());
    services::say_all(context, &services.hosts.variables.files.take_warnings());
    let text = text?;
    if text.is_empty() {
        return Ok(1);
    }
    write(&text, &options, &context.screen)?;
    Ok(0)
}

fn only_action(options: &InventoryOptions) -> Result<&InventoryAction, Diagnostic> {
    let wrong = |message: &str| Err(Diagnostic::new(message).kind(Kind::Options));
    match options.actions.as_slice() {
        [action] => Ok(action),
        [] => wrong("No action selected, at least one of --host, --graph or --list needs to be specified."),
        _ => wrong("Conflicting options used, only one of --host, --graph or --list can be used at the same time."),
    }
}

fn write(text: &str, options: &InventoryOptions, screen: &screen::Screen) -> Result<(), Diagnostic> {
    let Some(path) = &options.output_file else {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        screen.print(&format!("{text}{end}"));
        return Ok(());
    };
    std::fs::write(path, text).map_err(|error| {
        let shown = path.display();
        let reason = errno_text(&error, &shown.to_string()).replace(": '", ": b'");
        Diagnostic::new(format!("Unable to write to destination file '{shown}': {reason}"))
    })
}

/// What all outputs need.
struct View<'a> {
    options: &'a InventoryOptions,
    services: &'a Services,
    context: &'a Context,
}

impl View<'_> {
    fn inventory(&self) -> &Inventory {
        &self.services.hosts.inventory
    }

    fn select(&self, pattern: &str, limit: Option<&[String]>) -> Result<Vec<HostId>, Diagnostic> {
        let mut warnings = Vec::new();
        let hosts = list_hosts(self.inventory(), pattern, limit, &self.context.settings, &mut warnings);
        services::say_all(self.context, &warnings);
        hosts
    }

    fn one_host(&self, pattern: &str) -> Result<Value, Diagnostic> {
        match self.select(pattern, None)?.as_slice() {
            [host] => Ok(self.host_variables(*host)?.into()),
            _ => Err(Diagnostic::new("You must pass a single valid host to --host parameter").kind(Kind::Options)),
        }
    }

    /// Everything that a task for the host would see; for an export only what is the host's own.
    fn host_variables(&self, host: HostId) -> Result<Map, Diagnostic> {
        let (inventory, variables) = (self.inventory(), &self.services.hosts.variables);
        let behaviour = variables.files.behaviour;
        let mut found = if self.options.export {
            let entry = inventory.host(host);
            let mut own = (*entry.variables).clone();
            for folder in self.export_folders() {
                merge::add(&mut own, &*variables.files.variables(folder, FileKind::Host, &entry.name)?, behaviour);
            }
            own
        } else {
            let mut layers = Layers::new(behaviour);
            variables.push_layers(inventory, host, &mut layers)?;
            if let Some(facts) = self.services.facts.facts(&inventory.host(host).name)? {
                for layer in facts::layers(&facts, self.context.settings.inject_facts_as_vars()) {
                    layers.push(Level::Facts, layer);
                }
            }
            layers.push(Level::Extra, self.services.extra_vars.clone());
            let all = layers.flatten();
            services::say_all(self.context, &services::reserved_names(&all).collect::<Vec<_>>());
            all
        };
        remove_internal(&mut found);
        Ok(found)
    }

    fn group_variables(&self, group: GroupId) -> Result<Map, Diagnostic> {
        let (inventory, variables) = (self.inventory(), &self.services.hosts.variables);
        let entry = inventory.group(group);
        let mut own = (*entry.variables).clone();
        for folder in self.export_folders() {
            let found = variables.files.variables(folder, FileKind::Group, &entry.name)?;
            merge::add(&mut own, &found, variables.files.behaviour);
        }
        if entry.priority != 1 {
            own.insert("ansible_group_priority", entry.priority);
        }
        remove_internal(&mut own);
        Ok(own)
    }

    /// The folders beside the sources, and the playbook's where it was named.
    fn export_folders(&self) -> impl Iterator<Item = &std::path::PathBuf> {
        let variables = &self.services.hosts.variables;
        let sources = variables.use_inventory_files.then_some(&variables.inventory_folders);
        sources.into_iter().flatten().chain(&self.options.basedir)
    }

    /// In the asked format. A listing in JSON marks texts that are no templates.
    fn dump(&self, value: &Value, is_listing: bool) -> Result<String, Diagnostic> {
        if self.options.yaml {
            let style = yaml::Style { allow_unicode: true, ..yaml::Style::default() };
            return refuse_unrepresentable(value).map(|()| yaml::dump(value, &style));
        }
        if self.options.toml {
            return toml::dump(value);
        }
        let style = json::Style { ensure_ascii: false, show_envelopes: true, ..json::Style::indented(4) };
        let marked = if is_listing { mark_untrusted(value) } else { value.clone() };
        Ok(json::dumps(&marked, &style))
    }
}

/// The program's own variables are no part of an inventory.
fn remove_internal(variables: &mut Map) {
    const INTERNAL: [&str; 19] = [
        "ansible_config_file",
        "ansible_diff_mode",
        "ansible_facts",
        "ansible_forks",
        "ansible_inventory_sources",
        "ansible_limit",
        "ansible_playbook_python",
        "ansible_run_tags",
        "ansible_skip_tags",
        "ansible_verbosity",
        "ansible_version",
        "group_names",
        "groups",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "omit",
        "playbook_dir",
    ];
    variables.retain(|name, _| name.as_str().is_none_or(|name| !INTERNAL.contains(&name)));
}

/// `{"__ansible_unsafe": text}` for every text that may not be a template.
fn mark_untrusted(value: &Value) -> Value {
    match &value.data {
        Data::Text(text) if is_untrusted(text) => Map::from([("__ansible_unsafe", value.clone())]).into(),
        Data::List(items) | Data::Tuple(items) => Value::list(items.iter().map(mark_untrusted)),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, item)| (key.clone(), mark_untrusted(item)));
            Data::Map(Arc::new(entries.collect())).into()
        }
        _ => value.clone(),
    }
}

fn is_untrusted(text: &Text) -> bool {
    text.trust() == Trust::Plain && text.vaulted().is_none()
}

/// The reference's writer of YAML has no word for a time without a day.
fn refuse_unrepresentable(value: &Value) -> Result<(), Diagnostic> {
    match &value.data {
        Data::Date(crate::data::Date::Time(time)) => {
            Err(Diagnostic::new(format!("cannot represent an object: {time}")).kind(Kind::Bug))
        }
        Data::List(items) | Data::Tuple(items) => items.iter().try_for_each(refuse_unrepresentable),
        Data::Map(map) => map.values().try_for_each(refuse_unrepresentable),
        _ => Ok(()),
    }
}
