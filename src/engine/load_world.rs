//! What loading playbooks, task files and roles asks of the program: files, names, early templates.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::args::key_value::is_command_like;
use crate::data::{Map, Trust, Value};
use crate::diagnostic::{Diagnostic, Warning};
use crate::project::playbook::load::{ActionName, LoadWorld};
use crate::project::playbook::{Scope, ScopeKind};
use crate::project::vars::{Layers, Level};
use crate::template::Templar;

use super::event::Event;
use super::layers::scope_layers;
use super::names;
use super::shared::Shared;
use super::world::{PlainWorld, tidy};

/// The loader's view of a run.
pub struct RunWorld {
    shared: Arc<Shared>,
    /// Where collections lie beside the playbook that was named first.
    first_dir: PathBuf,
    /// The folder of the playbook that is being read.
    base_dir: Mutex<PathBuf>,
    roles_path: Vec<PathBuf>,
}

impl RunWorld {
    /// `base_dir` is the folder of the playbook.
    pub fn new(shared: Arc<Shared>, base_dir: PathBuf) -> Self {
        let roles_path = shared.settings.roles_path();
        Self { shared, first_dir: base_dir.clone(), base_dir: Mutex::new(base_dir), roles_path }
    }

    fn base_dir(&self) -> PathBuf {
        self.base_dir.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Folders that hold `ansible_collections`.
    fn collection_roots(&self) -> Vec<PathBuf> {
        let mut roots = vec![self.first_dir.join("collections")];
        roots.extend(self.shared.settings.collections_paths());
        roots
    }

    fn in_collection(&self, namespace: &str, collection: &str, below: &Path) -> Option<PathBuf> {
        self.collection_roots()
            .into_iter()
            .map(|root| root.join("ansible_collections").join(namespace).join(collection).join(below))
            .find(|path| path.exists())
    }
}

impl LoadWorld for RunWorld {
    fn enter(&self, folder: &Path) {
        *self.base_dir.lock().unwrap_or_else(PoisonError::into_inner) = folder.to_path_buf();
    }

    fn document(&self, path: &Path) -> Result<Value, Diagnostic> {
        let document = self.shared.reader.document(path, Trust::Template);
        for warning in self.shared.reader.take_warnings() {
            self.shared.outbox.put(warning.into());
        }
        document
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths
    }

    fn absolute(&self, base: &Path, path: &str) -> PathBuf {
        tidy(&self.shared.environment.working_directory.join(base).join(self.shared.environment.expand_home(path)))
    }

    fn action(&self, name: &str, collections: &[String]) -> Option<ActionName> {
        let resolved = names::resolve(&self.shared, name, collections)?;
        Some(ActionName { name: resolved.name().to_owned(), free_form: is_command_like(resolved.name()) })
    }

    fn missing_collection(&self, name: &str) -> Option<String> {
        let mut parts = name.split('.');
        let (namespace, collection) = (parts.next()?, parts.next()?);
        parts.next()?;
        if namespace == "ansible" && matches!(collection, "builtin" | "legacy") {
            return None;
        }
        let is_there = |below: &str| {
            self.collection_roots().iter().any(|root| root.join("ansible_collections").join(below).is_dir())
        };
        if !is_there(namespace) {
            return Some(namespace.to_owned());
        }
        (!is_there(&format!("{namespace}/{collection}"))).then(|| format!("{namespace}.{collection}"))
    }

    fn has_lookup(&self, name: &str) -> bool {
        self.shared.templates.registry.lookup(name).is_some()
    }

    fn render(&self, value: &Value, scope: Option<&Scope>) -> Result<Value, Diagnostic> {
        let mut layers = Layers::new(self.shared.hash_behaviour());
        layers.push(Level::Extra, Arc::clone(&self.shared.extra_vars));
        layers.push(Level::Magic, Arc::clone(&self.shared.run_facts));
        let folder = self.base_dir().to_string_lossy().into_owned();
        layers.push(Level::Magic, Arc::new(Map::from([("playbook_dir", Value::text(folder))])));
        if let Some(scope) = scope {
            layers.extend(scope_layers(scope));
            let play = scope.chain().find(|link| link.kind == ScopeKind::Play);
            if let Some(vars) = play.and_then(|play| play.vars.as_ref()) {
                layers.push(Level::Play, Arc::clone(vars));
            }
        }
        let world = PlainWorld::new(Arc::clone(&self.shared), self.base_dir());
        let templar = Templar::new(Arc::clone(&self.shared.templates), Arc::new(world), Arc::new(layers));
        templar.render(value).map_err(Diagnostic::from)
    }

    fn roles_path(&self) -> &[PathBuf] {
        &self.roles_path
    }

    fn collection_role(&self, name: &str, collections: &[String]) -> Option<(String, PathBuf)> {
        let parts: Vec<&str> = name.split('.').collect();
        if let [namespace, collection, role @ ..] = parts.as_slice()
            && !role.is_empty()
        {
            let path = self.in_collection(namespace, collection, &Path::new("roles").join(role.join("/")))?;
            return Some((format!("{namespace}.{collection}"), path));
        }
        collections.iter().find_map(|full| {
            let (namespace, collection) = full.split_once('.')?;
            let path = self.in_collection(namespace, collection, &Path::new("roles").join(name))?;
            Some((full.clone(), path))
        })
    }

    fn collection_playbook(&self, name: &str) -> Option<PathBuf> {
        let parts: Vec<&str> = name.split('.').collect();
        let [namespace, collection, playbook @ ..] = parts.as_slice() else { return None };
        let playbook = playbook.join("/");
        ["yml", "yaml"].into_iter().find_map(|extension| {
            self.in_collection(namespace, collection, Path::new(&format!("playbooks/{playbook}.{extension}")))
        })
    }

    fn rejects_unknown_keywords(&self) -> bool {
        self.shared.settings.invalid_task_attribute_failed()
    }

    fn warn(&self, warning: Warning) {
        self.shared.outbox.put(warning.into());
    }

    fn verbose(&self, level: u8, message: String) {
        self.shared.outbox.put(Event::Note { verbosity: level, text: message });
    }
}
