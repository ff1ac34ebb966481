//! Inventory sources: which readers there are, in which order they try, and what is said when none fits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;

use super::{GroupId, HostSource, Inventory};
use crate::data::{Environment, Map};
use crate::diagnostic::{Diagnostic, Kind, Origin};
use crate::project::reader::Reader;
use crate::project::vars::HostVariables;
use crate::project::world::Renderer;

/// Reads one kind of source.
pub trait InventorySource: Send + Sync {
    /// The name in the setting INVENTORY_ENABLED and after `plugin:`.
    fn name(&self) -> &'static str;

    /// Whether it leaves it to the inventory to trust the texts that it sets.
    fn trusts_texts(&self) -> bool {
        false
    }

    /// A quick look: whether this could be its kind of source.
    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool;

    /// Adds what the source says. What was added before an error stays.
    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic>;
}

/// All readers that were built in.
pub type SourceRegistry = Vec<Box<dyn InventorySource>>;

/// Settings of inventory loading.
#[derive(Clone, Debug)]
pub struct SourceOptions {
    /// Names of readers in the order of trying.
    pub enabled: Vec<String>,
    pub ignore_patterns: Vec<String>,
    pub ignore_extensions: Vec<String>,
    /// Extensions that mean YAML, with their dots.
    pub yaml_extensions: Vec<String>,
    /// A source that nobody can read ends the program.
    pub any_unparsed_is_failed: bool,
    /// So does finding no readable source at all.
    pub unparsed_is_failed: bool,
    pub warn_about_unparsed: bool,
    /// `constructed` sees extra variables.
    pub use_extra_vars: bool,
    /// What a script says on stderr is shown.
    pub show_script_stderr: bool,
}

impl Default for SourceOptions {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Self {
            enabled: texts(&["host_list", "script", "auto", "yaml", "ini", "toml"]),
            ignore_patterns: Vec::new(),
            ignore_extensions: texts(&[
                ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
            ]),
            yaml_extensions: texts(&[".yml", ".yaml", ".json"]),
            any_unparsed_is_failed: false,
            unparsed_is_failed: false,
            warn_about_unparsed: true,
            use_extra_vars: false,
            show_script_stderr: false,
        }
    }
}

/// What readers may use.
pub struct SourceContext<'a> {
    pub environment: &'a Environment,
    pub reader: &'a Reader,
    pub options: &'a SourceOptions,
    pub registry: &'a SourceRegistry,
    pub extra_vars: &'a Arc<Map>,
    /// Variables of hosts found so far, for readers that build on them.
    pub variables: &'a HostVariables,
    /// For readers with templates.
    pub renderer: &'a Renderer,
    /// Told what is waited for, where that takes long, and when that is over.
    pub waiting: &'a Waiting<'a>,
}

/// Shows, or takes away, what is waited for.
pub type Waiting<'a> = dyn Fn(Option<String>) + Sync + 'a;

impl SourceContext<'_> {
    /// The file that a source names.
    pub fn path(&self, source: &str) -> PathBuf {
        self.environment.absolute(source)
    }

    /// Whether a source is a file that can be read.
    pub fn is_readable(&self, source: &str) -> bool {
        std::fs::File::open(self.path(source)).is_ok()
    }

    /// The extension of a source with its dot, as Python splits it; empty where there is none.
    pub fn extension<'s>(&self, source: &'s str) -> &'s str {
        let name = source.rsplit('/').next().unwrap_or(source);
        let body = name.trim_start_matches('.');
        body.rfind('.').map_or("", |dot| &body[dot..])
    }

    /// Whether a source has no extension or one that means YAML.
    pub fn may_be_yaml(&self, source: &str, further: &[&str]) -> bool {
        let extension = self.extension(source);
        extension.is_empty()
            || further.contains(&extension)
            || self.options.yaml_extensions.iter().any(|known| known == extension)
    }
}

/// Reads all sources into one inventory. `sources` are absolute paths or host lists.
pub fn read_all(sources: &[String], inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
    let readers = enabled_readers(context)?;
    let ignored = ignored_names(context.options)?;
    let mut any_read = false;
    for source in sources.iter().filter(|source| !source.is_empty()) {
        any_read |= read_one(source, inventory, context, &readers, &ignored)?;
    }
    inventory.set_current_source(None);
    inventory.set_trusting(false);
    if any_read {
        return inventory.reconcile();
    }
    if context.options.unparsed_is_failed {
        return Err(Diagnostic::new("No inventory was parsed, please check your configuration and options."));
    }
    if context.options.warn_about_unparsed {
        inventory.warn(Diagnostic::new("No inventory was parsed, only implicit localhost is available"));
    }
    Ok(())
}

/// The folders that `group_vars` and `host_vars` are looked for in: those of the sources, in order.
pub fn variable_folders(sources: &[String], environment: &Environment) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for source in sources {
        let path = environment.absolute(source);
        let folder = if path.is_dir() {
            path
        } else if source.contains(',') && !path.exists() {
            continue;
        } else {
            path.parent().map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
        };
        // A folder that comes again counts at its last place, as its files are put on top again.
        folders.retain(|known| *known != folder);
        folders.push(folder);
    }
    folders
}

fn enabled_readers<'a>(context: &'a SourceContext<'_>) -> Result<Vec<&'a dyn InventorySource>, Diagnostic> {
    let readers: Vec<&dyn InventorySource> =
        context.options.enabled.iter().filter_map(|name| find_reader(context.registry, name)).collect();
    if readers.is_empty() {
        return Err(Diagnostic::new(
            "No inventory plugins available to generate inventory, make sure you have at least one enabled.",
        ));
    }
    Ok(readers)
}

/// The reader of that name, with or without its collection in front.
pub fn find_reader<'a>(registry: &'a SourceRegistry, name: &str) -> Option<&'a dyn InventorySource> {
    let short = name.strip_prefix("ansible.builtin.").or_else(|| name.strip_prefix("ansible.legacy.")).unwrap_or(name);
    registry.iter().find(|reader| reader.name() == short).map(|reader| &**reader)
}

/// Names in a folder that are no sources.
fn ignored_names(options: &SourceOptions) -> Result<Regex, Diagnostic> {
    let always = [r"^\.", "^host_vars$", "^group_vars$", "^vars_plugins$"].map(str::to_owned);
    let extensions = options.ignore_extensions.iter().map(|extension| format!("{}$", regex::escape(extension)));
    let all: Vec<String> =
        always.into_iter().chain(options.ignore_patterns.iter().cloned()).chain(extensions).collect();
    Regex::new(&all.join("|")).map_err(|error| {
        Diagnostic::new(format!("The setting INVENTORY_IGNORE_PATTERNS is no list of regular expressions: {error}"))
    })
}

fn read_one(
    source: &str,
    inventory: &mut Inventory,
    context: &SourceContext<'_>,
    readers: &[&dyn InventorySource],
    ignored: &Regex,
) -> Result<bool, Diagnostic> {
    let path = context.path(source);
    if path.is_dir() && !(source.contains(',') && !path.exists()) {
        return read_folder(&path, inventory, context, readers, ignored);
    }
    inventory
        .set_current_source(Some(Arc::new(HostSource { file: source.to_owned(), folder: folder_of(source, &path) })));
    let mut failures = Vec::new();
    for reader in readers.iter().filter(|reader| reader.accepts(source, context)) {
        inventory.set_trusting(reader.trusts_texts());
        match reader.read(source, inventory, context) {
            Ok(()) => return Ok(true),
            Err(error) if error.kind == Kind::Interrupted => return Err(error),
            Err(error) => failures.push((reader.name(), error)),
        }
    }
    for (name, error) in failures {
        let origin = Origin::described(format!("<inventory plugin '{name}' with source '{source}'>"));
        let error = if error.origin.is_none() { error.at(&origin) } else { error };
        inventory.warn(Diagnostic::new(format!("Failed to parse inventory with '{name}' plugin.")).caused_by(error));
    }
    if source != "/etc/ansible/hosts" || path.exists() {
        if context.options.any_unparsed_is_failed {
            return Err(Diagnostic::new(format!("Completely failed to parse inventory source {source}")));
        }
        inventory.warn(Diagnostic::new(format!("Unable to parse {source} as an inventory source")));
    }
    Ok(false)
}

/// A host list has no folder; a file has the one that it lies in.
fn folder_of(source: &str, path: &Path) -> Option<PathBuf> {
    if source.contains(',') && !path.exists() { None } else { path.parent().map(Path::to_path_buf) }
}

/// The entries of a folder in the order of their bytes.
fn read_folder(
    folder: &Path,
    inventory: &mut Inventory,
    context: &SourceContext<'_>,
    readers: &[&dyn InventorySource],
    ignored: &Regex,
) -> Result<bool, Diagnostic> {
    let mut names: Vec<_> = match std::fs::read_dir(folder) {
        Ok(entries) => {
            entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect()
        }
        Err(_) => Vec::new(),
    };
    names.sort();
    let mut any_read = false;
    for name in names.iter().filter(|name| !ignored.is_match(name)) {
        let path = folder.join(name).to_string_lossy().into_owned();
        any_read |= read_one(&path, inventory, context, readers, ignored)?;
    }
    if !any_read {
        inventory.warn(Diagnostic::new(format!("Unable to parse {} as an inventory source", folder.display())));
    }
    Ok(any_read)
}

/// Adds hosts that one name stands for, with their variables.
pub fn add_hosts(
    inventory: &mut Inventory,
    pattern: &str,
    group: Option<GroupId>,
    variables: &Map,
) -> Result<(), Diagnostic> {
    let (names, port) = super::range::expand(pattern)?;
    for name in names {
        let host = add_host(inventory, &name, group, port)?;
        for (key, value) in variables {
            inventory.set_host_variable(host, key.clone(), value.clone());
        }
    }
    Ok(())
}

/// Adds one host; an empty name is an error.
pub fn add_host(
    inventory: &mut Inventory,
    name: &str,
    group: Option<GroupId>,
    port: Option<u64>,
) -> Result<super::HostId, Diagnostic> {
    if name.is_empty() {
        return Err(Diagnostic::new("Invalid empty host name provided: "));
    }
    Ok(inventory.add_host(name, group, port))
}
