//! `ansible-config`: settings listed, dumped with their sources, checked, and written as a file.

mod dump;
mod init;
mod list;
mod validate;

use super::Context;
use super::options::{ConfigAction, ConfigOptions};
use crate::data::{Value, json, yaml};
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::settings::Settings;
use crate::project::settings::plugins::{self, Plugin};

pub fn run(options: ConfigOptions, context: &Context) -> Result<u8, Diagnostic> {
    let other = match &options.config_file {
        Some(text) => {
            let environment = &context.environment;
            Some(Settings::load_file(environment, environment.full_path(text, &environment.working_directory))?)
        }
        None => None,
    };
    let settings = other.as_ref().unwrap_or(&context.settings);
    match options.action {
        ConfigAction::List => context.screen.page(&list::text(&options, context), &context.settings),
        ConfigAction::Dump => context.screen.page(&dump::text(settings, &options, context)?, &context.settings),
        ConfigAction::View => context.screen.page(&view(settings)?, &context.settings),
        ConfigAction::Init => context.screen.page(&init::text(settings, &options, context), &context.settings),
        ConfigAction::Validate => return Ok(validate::run(settings, &options, context)),
    }
    Ok(0)
}

fn view(settings: &Settings) -> Result<String, Diagnostic> {
    let Some(path) = settings.config_file() else {
        return Err(Diagnostic::new("Invalid or no config file was supplied"));
    };
    std::fs::read_to_string(path).map_err(|error| {
        Diagnostic::new(format!("Failed to open config file {}: {error}", path.display())).kind(Kind::General)
    })
}

/// The plugins that the options name, or all of the type. Names that are not known are warned of.
fn chosen_plugins(plugin_type: &str, names: &[String], context: &Context) -> Vec<&'static Plugin> {
    if names.is_empty() {
        return plugins::of_type(plugin_type).iter().collect();
    }
    let find = |name: &String| {
        let found = plugins::find(plugin_type, name);
        if found.is_none() {
            context.screen.warning(&format!("Skipping {name} as we could not find matching plugin"));
        }
        found
    };
    names.iter().filter_map(find).collect()
}

/// A value in the format that was asked for.
fn formatted(value: &Value, format: &str) -> String {
    if format == "json" {
        json::dumps(value, &json::Style { ensure_ascii: false, ..json::Style::indented(4) }) + "\n"
    } else {
        yaml::dump(value, &yaml::Style { allow_unicode: true, ..yaml::Style::default() })
    }
}
