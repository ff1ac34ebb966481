//! `ansible-config dump`: the values in use, and where each comes from.

use super::{chosen_plugins, formatted};
use crate::cli::Context;
use crate::cli::options::ConfigOptions;
use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::settings::{Resolved, Settings, ValueOrigin, plugins};
use crate::report::Tone;

pub fn text(settings: &Settings, options: &ConfigOptions, context: &Context) -> Result<String, Diagnostic> {
    let mut dump = Dump { options, context, entries: Vec::new(), lines: Vec::new() };
    match options.plugin_type.as_str() {
        "base" => dump.base(settings)?,
        "all" => {
            dump.base(settings)?;
            for (plugin_type, _) in plugins::TYPES {
                dump.all_of_type(settings, plugin_type)?;
            }
        }
        plugin_type => {
            for (name, resolved) in dump.plugins(settings, plugin_type, &options.plugins)? {
                dump.push_titled(&name, '_', &resolved);
                dump.entries.push(Map::from([(name, listed(&resolved, false))]).into());
            }
        }
    }
    if options.format == "display" {
        return Ok(dump.lines.join("\n"));
    }
    Ok(formatted(&Value::list(dump.entries), &options.format))
}

struct Dump<'a> {
    options: &'a ConfigOptions,
    context: &'a Context,
    /// For JSON and YAML.
    entries: Vec<Value>,
    /// For people.
    lines: Vec<String>,
}

impl Dump<'_> {
    fn is_shown(&self, resolved: &Resolved) -> bool {
        !(self.options.only_changed && matches!(resolved.origin, ValueOrigin::Default | ValueOrigin::Required))
    }

    fn base(&mut self, settings: &Settings) -> Result<(), Diagnostic> {
        for resolved in settings.iter().filter(|resolved| resolved.setting.name != "GALAXY_SERVERS") {
            if self.is_shown(resolved) {
                self.entries.push(entry(resolved, false));
                self.lines.push(self.line(resolved));
            }
        }
        let mut servers = Map::new();
        self.lines.push("\nGALAXY_SERVERS:\n".to_owned());
        for (name, resolved) in settings.galaxy_servers()? {
            servers.insert(name.clone(), listed(&resolved, true));
            let mut sorted: Vec<Resolved> = resolved.into_iter().filter(|resolved| self.is_shown(resolved)).collect();
            sorted.sort_by_key(|resolved| resolved.setting.name);
            self.push_titled(&name, '=', &sorted);
        }
        self.entries.push(Map::from([("GALAXY_SERVERS", servers)]).into());
        Ok(())
    }

    fn all_of_type(&mut self, settings: &Settings, plugin_type: &str) -> Result<(), Diagnostic> {
        let title = plugin_type.to_uppercase();
        let found = self.plugins(settings, plugin_type, &[])?;
        if !found.is_empty() || !self.options.only_changed {
            self.lines.push(format!("\n{title}:"));
            self.lines.push("=".repeat(title.len()));
        }
        let mut entries = Vec::new();
        for (name, resolved) in found {
            self.push_titled(&name, '_', &resolved);
            entries.push(Map::from([(name, listed(&resolved, false))]).into());
        }
        self.entries.push(Map::from([(format!("{title}_PLUGINS"), Value::list(entries))]).into());
        Ok(())
    }

    /// A blank line, a name and what belongs to it.
    fn push_titled(&mut self, name: &str, underline: char, resolved: &[Resolved]) {
        let colon = if underline == '_' { ":" } else { "" };
        self.lines.push(format!("\n{name}{colon}"));
        self.lines.push(underline.to_string().repeat(name.chars().count()));
        for resolved in resolved {
            self.lines.push(self.line(resolved));
        }
    }

    fn line(&self, resolved: &Resolved) -> String {
        let tone = match resolved.origin {
            ValueOrigin::Default => Tone::Ok,
            ValueOrigin::Required => Tone::Error,
            _ => Tone::Changed,
        };
        let text = format!("{}({}) = {}", resolved.setting.name, resolved.origin, python::str(&resolved.value));
        self.context.screen.lock().paint(&text, Some(tone))
    }

    /// Plugins with those of their options that are shown; none for which none is.
    fn plugins(
        &self,
        settings: &Settings,
        plugin_type: &str,
        names: &[String],
    ) -> Result<Vec<(String, Vec<Resolved>)>, Diagnostic> {
        let mut found = Vec::new();
        for plugin in chosen_plugins(plugin_type, names, self.context) {
            let resolved = settings.plugin(plugin_type, plugin.name)?;
            let resolved: Vec<Resolved> = resolved.into_iter().filter(|resolved| self.is_shown(resolved)).collect();
            if resolved.is_empty() {
                continue;
            }
            if plugin.deprecated && names.is_empty() {
                found.insert(0, (format!("{} (DEPRECATED)", plugin.name), resolved.clone()));
            }
            found.push((plugin.name.to_owned(), resolved));
        }
        Ok(found)
    }
}

fn listed(resolved: &[Resolved], with_type: bool) -> Value {
    Value::list(resolved.iter().map(|resolved| entry(resolved, with_type)))
}

fn entry(resolved: &Resolved, with_type: bool) -> Value {
    let mut map = Map::from([
        ("name", Value::from(resolved.setting.name)),
        ("origin", Value::from(resolved.origin.to_string())),
        ("value", resolved.value.clone()),
    ]);
    if with_type {
        map.insert("type", Value::NULL);
    }
    map.into()
}
