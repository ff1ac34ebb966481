//! Settings: every one that ansible-core knows and muster's own, resolved once from the
//! environment, ansible.cfg and the defaults, and handed down by reference.

mod access;
mod coerce;
mod declare;
mod file;
mod ini;
pub mod reference;
pub mod galaxy;
pub mod muster;
pub mod plugins;
mod table;

use std::path::PathBuf;

use crate::data::{Environment, Value, python};
use crate::diagnostic::{Diagnostic, Kind};

pub use coerce::is_true;
pub use declare::{Default, Kind as ValueKind, Setting, setting};
pub use file::ConfigFile;
pub use table::all;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOrigin {
    Default,
    /// An environment variable.
    Variable(String),
    File(PathBuf),
    /// Set by the program itself.
    Program,
    /// Must be given, and is not.
    Required,
}

/// As `ansible-config dump` writes it.
impl std::fmt::Display for ValueOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Variable(name) => write!(f, "env: {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Program => Ok(()),
            Self::Required => f.write_str("REQUIRED"),
        }
    }
}

/// A setting with its value.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub setting: &'static Setting,
    pub value: Value,
    pub origin: ValueOrigin,
}

/// All settings of a run.
#[derive(Debug)]
pub struct Settings {
    environment: Environment,
    file: ConfigFile,
    /// Sorted by name.
    values: Vec<Resolved>,
    /// muster's own, sorted by name.
    own: Vec<Resolved>,
}

impl Settings {
    /// Finds ansible.cfg and resolves everything.
    pub fn load(environment: &Environment) -> Result<Self, Diagnostic> {
        Self::resolve(environment, ConfigFile::find(environment)?)
    }

    /// With this configuration file instead of the one that would be found.
    pub fn load_file(environment: &Environment, path: PathBuf) -> Result<Self, Diagnostic> {
        Self::resolve(environment, ConfigFile::named(path)?)
    }

    fn resolve(environment: &Environment, file: ConfigFile) -> Result<Self, Diagnostic> {
        let mut settings = Self { environment: environment.clone(), file, values: Vec::new(), own: Vec::new() };
        let declared = table::all();
        let home = declared.iter().find(|setting| setting.name == "ANSIBLE_HOME");
        let home = match home {
            Some(home) => settings.one(home, "~/.ansible")?.value.as_str().unwrap_or_default().to_owned(),
            None => String::new(),
        };
        settings.values = declared.into_iter().map(|setting| settings.one(setting, &home)).collect::<Result<_, _>>()?;
        settings.own = muster::SETTINGS.iter().map(|setting| settings.one(setting, &home)).collect::<Result<_, _>>()?;
        Ok(settings)
    }

    /// Resolves one setting, be it of the table or of a plugin.
    fn one(&self, setting: &'static Setting, home: &str) -> Result<Resolved, Diagnostic> {
        if setting.name == "CONFIG_FILE" {
            let value = self.config_file().map(|path| path.to_string_lossy().into_owned());
            return Ok(Resolved { setting, value: value.into(), origin: ValueOrigin::Program });
        }
        let label = format!("'{}'", setting.name);
        self.value_of(setting, self.written(setting), &label, home)
    }

    /// The value of what was written, or the default.
    fn value_of(
        &self,
        setting: &'static Setting,
        written: Option<(&str, ValueOrigin)>,
        label: &str,
        home: &str,
    ) -> Result<Resolved, Diagnostic> {
        let Some((text, origin)) = written else {
            let value = coerce::default(setting, home, &self.environment);
            let missing = setting.required && value.is_null();
            let origin = if missing { ValueOrigin::Required } else { ValueOrigin::Default };
            return Ok(Resolved { setting, value, origin });
        };
        // An empty variable is no number, and no mistake either.
        let is_number = matches!(setting.value_kind(), ValueKind::Int | ValueKind::Float);
        if text.is_empty() && is_number && matches!(origin, ValueOrigin::Variable(_)) {
            let value = coerce::default(setting, home, &self.environment);
            return Ok(Resolved { setting, value, origin: ValueOrigin::Default });
        }
        let from_file = matches!(origin, ValueOrigin::File(_));
        let base = match &origin {
            ValueOrigin::File(path) => path.parent().unwrap_or(&self.environment.working_directory),
            _ => &self.environment.working_directory,
        };
        let around = coerce::Surroundings { environment: &self.environment, base, from_file };
        let value = coerce::coerce(setting, text, &around).map_err(|reason| {
            let message = format!("Config {label} from '{origin}' has an invalid value: {reason}");
            Diagnostic::new(message).kind(Kind::Options)
        })?;
        check_choices(setting, &value, label)?;
        Ok(Resolved { setting, value, origin })
    }

    /// A setting that a plugin declares.
    pub fn of_plugin(&self, setting: &'static Setting) -> Result<Resolved, Diagnostic> {
        let home = self.get("ANSIBLE_HOME").and_then(|home| home.value.as_str()).unwrap_or("~/.ansible");
        self.one(setting, home)
    }

    /// What the user wrote for it: the environment before the file, the last name before the first.
    fn written(&self, setting: &Setting) -> Option<(&str, ValueOrigin)> {
        for name in setting.variables.iter().rev() {
            if let Some(text) = self.environment.variable(name) {
                return Some((text, ValueOrigin::Variable((*name).to_owned())));
            }
        }
        let path = self.file.path.as_ref()?;
        for (section, key) in setting.keys.iter().rev() {
            if let Some(text) = self.file.content.get(section, key) {
                return Some((text, ValueOrigin::File(path.clone())));
            }
        }
        None
    }

    /// A setting by its name in capitals.
    pub fn get(&self, name: &str) -> Option<&Resolved> {
        find(&self.values, name)
    }

    /// Every setting of ansible-core, sorted by name. muster's own are not among them.
    pub fn iter(&self) -> impl Iterator<Item = &Resolved> {
        self.values.iter()
    }

    /// The options of a plugin, sorted by name; nothing for a plugin that is not known.
    pub fn plugin(&self, plugin_type: &str, name: &str) -> Result<Vec<Resolved>, Diagnostic> {
        let Some(plugin) = plugins::find(plugin_type, name) else { return Ok(Vec::new()) };
        let resolve = |setting: &'static Setting| {
            let label = format!("'{}' for '{}' {plugin_type} plugin", setting.name, plugin.name);
            self.value_of(setting, self.written(setting), &label, &self.ansible_home().to_string_lossy())
        };
        plugin.options.iter().map(resolve).collect()
    }

    /// One option of a plugin, as `("connection", "ssh", "ssh_args")`.
    pub fn plugin_option(&self, plugin_type: &str, name: &str, option: &str) -> Result<Option<Resolved>, Diagnostic> {
        let resolved = self.plugin(plugin_type, name)?;
        Ok(resolved.into_iter().find(|resolved| resolved.setting.name == option))
    }

    pub fn config_file(&self) -> Option<&std::path::Path> {
        self.file.path.as_deref()
    }

    /// What a setting is where nobody says otherwise.
    pub fn default_of(&self, setting: &Setting) -> Value {
        coerce::default(setting, &self.ansible_home().to_string_lossy(), &self.environment)
    }

    /// What stands in the configuration file.
    pub fn file(&self) -> &ConfigFile {
        &self.file
    }

    /// Warnings about the settings themselves.
    pub fn warnings(&self) -> &[String] {
        &self.file.warnings
    }

    /// Settings in use that will go away.
    pub fn deprecated(&self) -> impl Iterator<Item = &Resolved> {
        self.values
            .iter()
            .filter(|resolved| !resolved.setting.removed_in.is_empty() && resolved.origin != ValueOrigin::Default)
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn find<'a>(values: &'a [Resolved], name: &str) -> Option<&'a Resolved> {
    values.binary_search_by_key(&name, |resolved| resolved.setting.name).ok().map(|index| &values[index])
}

fn check_choices(setting: &Setting, value: &Value, label: &str) -> Result<(), Diagnostic> {
    let is_choice = |value: &Value| value.as_str().is_none_or(|text| setting.choices.contains(&text));
    let items = value.as_items();
    if setting.choices.is_empty() || items.map_or_else(|| is_choice(value), |items| items.iter().all(is_choice)) {
        return Ok(());
    }
    let shown = python::repr(value);
    let message = format!("Invalid value {shown} for config {label}. Valid values are: {}", setting.choices.join(", "));
    Err(Diagnostic::new(message).kind(Kind::Options))
}

#[cfg(test)]
mod tests;
