//! `group_vars` and `host_vars` below one folder: which files belong to a name, read once and kept.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::merge::{self, HashBehaviour};
use crate::data::{Data, Map, Value};
use crate::diagnostic::{Diagnostic, Warning};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Group,
    Host,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Kind::Group => "group_vars",
            Kind::Host => "host_vars",
        }
    }
}

/// Reads a file of variables: vault envelopes opened, YAML or JSON, templates trusted.
/// Gives a mapping, or `Null` for a file that says nothing.
pub trait ReadVariables: Send + Sync {
    fn read_variables(&self, path: &Path) -> Result<Value, Diagnostic>;
}

/// The endings that count after the bare name, in order (the setting YAML_FILENAME_EXTENSIONS).
pub type Extensions = Arc<[String]>;

/// Files of variables below any number of folders, with all that was found out kept.
pub struct VariableFiles {
    reader: Arc<dyn ReadVariables>,
    extensions: Extensions,
    pub behaviour: HashBehaviour,
    /// Entries of each `group_vars` or `host_vars` folder; `None` where there is none.
    folders: Mutex<HashMap<PathBuf, Option<Arc<Entries>>>>,
    loaded: Mutex<HashMap<(PathBuf, Kind, Arc<str>), Arc<Map>>>,
    warnings: Mutex<Vec<Warning>>,
}

/// What one folder holds. One listing answers for all hosts.
struct Entries {
    path: PathBuf,
    names: std::collections::HashSet<std::ffi::OsString>,
}

impl VariableFiles {
    pub fn new(reader: Arc<dyn ReadVariables>, extensions: Extensions, behaviour: HashBehaviour) -> Self {
        Self {
            reader,
            extensions,
            behaviour,
            folders: Mutex::default(),
            loaded: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// The variables that files below `folder` give to a group or host. Empty where there are none.
    pub fn variables(&self, folder: &Path, kind: Kind, name: &Arc<str>) -> Result<Arc<Map>, Diagnostic> {
        let key = (folder.to_path_buf(), kind, name.clone());
        if let Some(known) = lock(&self.loaded).get(&key) {
            return Ok(known.clone());
        }
        let mut variables = Map::new();
        for path in self.files(folder, kind, name) {
            let value = self.reader.read_variables(&path)?;
            if let Data::Map(map) = &value.data {
                merge::add(&mut variables, map, self.behaviour);
            }
        }
        let variables = Arc::new(variables);
        // An idle host without files costs nothing: only what was found is remembered by name.
        if kind == Kind::Group || !variables.is_empty() {
            lock(&self.loaded).insert(key, variables.clone());
        }
        Ok(variables)
    }

    /// Forgets everything, as after `meta: refresh_inventory`.
    pub fn forget(&self) {
        lock(&self.folders).clear();
        lock(&self.loaded).clear();
    }

    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut lock(&self.warnings))
    }

    fn files(&self, folder: &Path, kind: Kind, name: &str) -> Vec<PathBuf> {
        // A name that is an absolute path is a chroot, not a file of variables.
        let Some(entries) = (!name.starts_with('/')).then(|| self.entries(&folder.join(kind.folder()), kind)).flatten()
        else {
            return Vec::new();
        };
        let candidates = std::iter::once(String::new()).chain(self.extensions.iter().cloned());
        for extension in candidates {
            let file_name = format!("{name}{extension}");
            let path = entries.path.join(&file_name);
            let exists =
                if name.contains('/') { path.exists() } else { entries.names.contains(OsStr::new(&file_name)) };
            if !exists {
                continue;
            }
            if path.is_dir() {
                let mut found = Vec::new();
                self.collect_tree(&path, &mut found);
                return found;
            }
            if path.exists() {
                return vec![path];
            }
        }
        Vec::new()
    }

    fn entries(&self, path: &Path, kind: Kind) -> Option<Arc<Entries>> {
        if let Some(known) = lock(&self.folders).get(path) {
            return known.clone();
        }
        let real = path.canonicalize().ok();
        let entries = real.and_then(|real| {
            if !real.is_dir() {
                let message = format!("Found {} that is not a directory, skipping: {}", kind.folder(), real.display());
                lock(&self.warnings).push(Warning::new(Diagnostic::new(message)));
                return None;
            }
            let names = std::fs::read_dir(&real).ok()?.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
            Some(Arc::new(Entries { path: real, names }))
        });
        lock(&self.folders).insert(path.to_path_buf(), entries.clone());
        entries
    }

    /// All files of variables in a folder of that name, sorted; folders with a dot in their name are left out.
    fn collect_tree(&self, folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(listing) = std::fs::read_dir(folder) else { return };
        let mut names: Vec<_> = listing.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        names.sort();
        for name in names {
            let text = name.to_string_lossy();
            if text.starts_with('.') || text.ends_with('~') {
                continue;
            }
            let path = folder.join(&name);
            let extension = Path::new(&name).extension().map(|extension| format!(".{}", extension.to_string_lossy()));
            if path.is_dir() {
                if extension.is_none() {
                    self.collect_tree(&path, found);
                }
            } else if path.is_file() && extension.is_none_or(|extension| self.extensions.contains(&extension)) {
                found.push(path);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
