//! From the command line and the settings to an inventory with its variables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::patterns::{Matcher, Mismatch, split_pattern};
use super::source::{SourceContext, SourceOptions, SourceRegistry, Waiting, read_all, variable_folders};
use super::{GroupNamePolicy, HostId, Inventory, LOCALHOST_NAMES};
use crate::data::{Data, Environment, Map, Value};
use crate::diagnostic::{Diagnostic, Warning};
use crate::project::reader::Reader;
use crate::project::settings::Settings;
use crate::project::vars::files::VariableFiles;
use crate::project::vars::host::GroupPart;
use crate::project::vars::{HashBehaviour, HostVariables};
use crate::project::world::Renderer;

/// What an inventory is read with.
pub struct Request<'a> {
    pub settings: &'a Settings,
    pub registry: &'a SourceRegistry,
    pub reader: &'a Arc<Reader>,
    pub renderer: &'a Renderer,
    /// As typed after `-i`; empty where the settings say.
    pub sources: &'a [String],
    pub extra_vars: Arc<Map>,
    /// The folders beside the playbooks, or what stands in for them.
    pub playbook_folders: Vec<PathBuf>,
    pub stage: Stage,
    /// Told what is waited for.
    pub waiting: &'a Waiting<'a>,
}

/// For whom variables files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Tasks of a play.
    Task,
    /// `ansible-inventory`, which shows everything.
    All,
}

/// An inventory, where its variables come from, and what was said on the way.
pub struct Opened {
    pub inventory: Inventory,
    pub variables: HostVariables,
    /// Absolute paths and host lists: `ansible_inventory_sources`.
    pub sources: Vec<String>,
}

/// Reads all sources.
pub fn open(request: Request<'_>, warnings: &mut Vec<Warning>) -> Result<Opened, Diagnostic> {
    let settings = request.settings;
    let environment = settings.environment();
    let sources = absolute_sources(request.sources, settings);
    let behaviour = hash_behaviour(settings);
    let extensions = settings.yaml_filename_extensions().into();
    let files = VariableFiles::new(request.reader.clone(), extensions, behaviour);
    let mut variables =
        HostVariables::new(files, variable_folders(&sources, environment), request.playbook_folders.clone());
    variables.order = precedence(settings);
    let mut inventory = Inventory::new(group_names(settings), behaviour);
    let options = source_options(settings)?;
    let context = SourceContext {
        environment,
        reader: request.reader,
        options: &options,
        registry: request.registry,
        extra_vars: &request.extra_vars,
        variables: &variables,
        renderer: request.renderer,
        waiting: request.waiting,
    };
    let read = read_all(&sources, &mut inventory, &context);
    warnings.extend(inventory.take_warnings());
    read?;
    let policy = FilesPolicy::of(settings)?;
    if policy.loads_with_inventory() {
        variables.merge_files_into(&mut inventory)?;
    }
    variables.use_inventory_files = policy.loads(request.stage);
    variables.use_playbook_files = policy.loads(request.stage);
    warnings.extend(request.reader.take_warnings());
    warnings.extend(variables.files.take_warnings());
    Ok(Opened { inventory, variables, sources })
}

/// What was typed, made absolute; lists of hosts stay as they are.
fn absolute_sources(typed: &[String], settings: &Settings) -> Vec<String> {
    if typed.is_empty() {
        return settings.inventory_sources();
    }
    let environment = settings.environment();
    let absolute = |source: &String| {
        if source.contains(',') || source.is_empty() {
            return source.clone();
        }
        environment.full_path(source, &environment.working_directory).to_string_lossy().into_owned()
    };
    typed.iter().map(absolute).collect()
}

pub fn hash_behaviour(settings: &Settings) -> HashBehaviour {
    if settings.hash_behaviour() == "merge" { HashBehaviour::Merge } else { HashBehaviour::Replace }
}

pub fn mismatch(settings: &Settings) -> Mismatch {
    match settings.host_pattern_mismatch() {
        "error" => Mismatch::Fail,
        "ignore" => Mismatch::Ignore,
        _ => Mismatch::Warn,
    }
}

fn group_names(settings: &Settings) -> GroupNamePolicy {
    match settings.transform_invalid_group_chars() {
        "always" => GroupNamePolicy::Always,
        "ignore" => GroupNamePolicy::Ignore,
        "silently" => GroupNamePolicy::Silently,
        _ => GroupNamePolicy::Never,
    }
}

/// Names that mean nothing are passed over.
fn precedence(settings: &Settings) -> Vec<GroupPart> {
    settings.variable_precedence().iter().filter_map(|name| GroupPart::named(name)).collect()
}

fn source_options(settings: &Settings) -> Result<SourceOptions, Diagnostic> {
    let plugin = |name: &str, option: &str| -> Result<Option<Value>, Diagnostic> {
        Ok(settings.plugin_option("inventory", name, option)?.map(|resolved| resolved.value))
    };
    let flag = |value: Option<Value>| value.is_some_and(|value| value.as_bool() == Some(true));
    let yaml_extensions = match plugin("yaml", "yaml_extensions")?.map(|value| value.data) {
        Some(Data::List(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => settings.yaml_filename_extensions(),
    };
    Ok(SourceOptions {
        enabled: settings.inventory_enabled(),
        ignore_patterns: settings.inventory_ignore_patterns(),
        ignore_extensions: settings.inventory_ignore_extensions(),
        yaml_extensions,
        any_unparsed_is_failed: settings.inventory_any_unparsed_is_failed(),
        unparsed_is_failed: settings.inventory_unparsed_is_failed(),
        warn_about_unparsed: settings.inventory_unparsed_warning(),
        use_extra_vars: flag(plugin("constructed", "use_extra_vars")?),
        show_script_stderr: flag(plugin("script", "always_show_stderr")?),
    })
}

/// When files of variables are read.
struct FilesPolicy {
    enabled: bool,
    /// With the inventory (`start`) or for tasks (`demand`).
    at_start: bool,
    /// The reader's own setting, which goes before.
    stage: Option<String>,
}

impl FilesPolicy {
    fn of(settings: &Settings) -> Result<Self, Diagnostic> {
        let enabled = settings.variable_plugins_enabled();
        let stage = settings.plugin_option("vars", "host_group_vars", "stage")?;
        Ok(Self {
            enabled: enabled.iter().any(|name| name.rsplit('.').next() == Some("host_group_vars")),
            at_start: settings.run_vars_plugins() == "start",
            stage: stage.and_then(|stage| stage.value.as_str().map(str::to_owned)).filter(|stage| !stage.is_empty()),
        })
    }

    fn loads_with_inventory(&self) -> bool {
        self.enabled
            && match self.stage.as_deref() {
                Some(stage) => stage == "all" || stage == "inventory",
                None => self.at_start,
            }
    }

    fn loads(&self, stage: Stage) -> bool {
        self.enabled
            && match (self.stage.as_deref(), stage) {
                (Some("all"), _) | (None, Stage::All) => true,
                (Some(own), Stage::Task) => own == "task",
                (Some(_), Stage::All) => false,
                (None, Stage::Task) => !self.at_start,
            }
    }
}

/// The words of a limit: as typed, and the lines of `@file`.
pub fn limit_words(limit: &str, environment: &Environment) -> Result<Vec<String>, Diagnostic> {
    let mut words = Vec::new();
    for word in split_pattern(limit) {
        let Some(name) = word.strip_prefix('@') else {
            words.push(word);
            continue;
        };
        let path: &Path = &environment.absolute(name);
        if !path.exists() {
            return Err(Diagnostic::new(format!("Unable to find limit file b'{name}'")));
        }
        if !path.is_file() {
            return Err(Diagnostic::new(format!(
                "Limit starting with \"@\" must be a file, not a directory: b'{name}'"
            )));
        }
        let text = std::fs::read(path)
            .map_err(|error| Diagnostic::new(format!("Unable to read limit file {}: {error}", path.display())))?;
        words.extend(String::from_utf8_lossy(&text).split('\n').map(|line| line.trim().to_owned()));
    }
    Ok(words)
}

/// The hosts of a pattern within a limit, as a command selects them before it does anything.
/// An empty inventory is warned about; nothing left is an error.
pub fn select_hosts(
    inventory: &Inventory,
    pattern: &str,
    limit: Option<&str>,
    settings: &Settings,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<HostId>, Diagnostic> {
    let is_empty = inventory.is_empty();
    if is_empty && settings.localhost_warning() && !LOCALHOST_NAMES.contains(&pattern) {
        warnings.push(Warning::new(Diagnostic::new(
            "provided hosts list is empty, only localhost is available. Note that the implicit localhost does not match 'all'",
        )));
    }
    let limit = match limit {
        Some(limit) => Some(limit_words(limit, settings.environment())?),
        None => None,
    };
    let hosts = list_hosts(inventory, pattern, limit.as_deref(), settings, warnings)?;
    if hosts.is_empty() && !is_empty {
        return Err(Diagnostic::new(
            "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.",
        ));
    }
    Ok(hosts)
}

/// The hosts of a pattern within a limit; a name of localhost is always there.
pub fn list_hosts(
    inventory: &Inventory,
    pattern: &str,
    limit: Option<&[String]>,
    settings: &Settings,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<HostId>, Diagnostic> {
    let limit = limit.filter(|words| words.iter().any(|word| !word.is_empty()));
    let mut matcher = Matcher::new(inventory, mismatch(settings));
    let result = matcher.select(&split_pattern(pattern), limit);
    warnings.append(&mut matcher.warnings);
    let mut hosts = result?;
    if hosts.is_empty() && LOCALHOST_NAMES.contains(&pattern) {
        hosts.extend(inventory.resolve_host(pattern));
    }
    Ok(hosts)
}
