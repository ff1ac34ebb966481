//! From files to plays: reads, checks and links what the user wrote, before any host is touched.
//!
//! What the loader has to ask (files, names of modules, early templates) goes through `LoadWorld`,
//! so that it stays free of I/O and of everything above it.

mod block;
mod import;
mod keywords;
mod play;
mod role;
mod task;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Keywords, Node, Play, Playbook, Role, RoleBody, Scope};
use crate::data::{Map, Value};
use crate::diagnostic::{Diagnostic, Kind, Origin, Warning};

pub use block::Listing;
pub use keywords::is_reserved;
pub use keywords::is_variable_name;
pub use role::{RoleUse, collect_handlers as handlers_of_role, nodes_with_dependencies as nodes_of_role};

/// What loading asks of the program around it.
pub trait LoadWorld {
    /// What follows belongs to a playbook in this folder.
    fn enter(&self, _folder: &Path) {}

    /// Reads one YAML document, decrypted where it is a vault. `None` for an empty file.
    fn document(&self, path: &Path) -> Result<Value, Diagnostic>;

    fn exists(&self, path: &Path) -> bool;

    fn is_dir(&self, path: &Path) -> bool;

    /// The entries of a folder, sorted by name.
    fn entries(&self, path: &Path) -> Vec<PathBuf>;

    /// The path as the user would name it: absolute, without `.` and `..`, links kept.
    fn absolute(&self, base: &Path, path: &str) -> PathBuf;

    /// Which module or action a name means, or `None`.
    fn action(&self, name: &str, collections: &[String]) -> Option<ActionName>;

    /// The part of a full name that is no installed collection.
    fn missing_collection(&self, _name: &str) -> Option<String> {
        None
    }

    /// Whether `with_NAME` exists.
    fn has_lookup(&self, name: &str) -> bool;

    /// Renders with what is known before any host: the scope's variables, roles' and extra ones.
    fn render(&self, value: &Value, scope: Option<&Scope>) -> Result<Value, Diagnostic>;

    /// `roles_path`, in order.
    fn roles_path(&self) -> &[PathBuf];

    /// The folder of a role of a collection: `ns.col.role`, or a plain name in these collections,
    /// with the collection that has it.
    fn collection_role(&self, name: &str, collections: &[String]) -> Option<(String, PathBuf)>;

    /// The file of a playbook that is named `ns.col.playbook`.
    fn collection_playbook(&self, name: &str) -> Option<PathBuf>;

    /// Whether an unknown keyword of a task is an error (else a warning).
    fn rejects_unknown_keywords(&self) -> bool;

    fn warn(&self, warning: Warning);

    /// Something only `-vv` shows.
    fn verbose(&self, level: u8, message: String);
}

/// A resolved module or action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionName {
    /// Full name, `ansible.builtin.copy`.
    pub name: String,
    /// Whether it takes free-form text, as `command` does.
    pub free_form: bool,
}

/// Loading of one playbook: what all parts of it need.
pub struct Loading<'a> {
    pub world: &'a dyn LoadWorld,
    /// The folder of the playbook; roles and files are looked for below it.
    basedir: RefCell<PathBuf>,
    /// Handlers of roles that static imports bring; they go behind the play's own.
    imported_handlers: RefCell<Vec<Node>>,
    /// Uses of roles so far: an equal use is the same role, which runs once.
    known_roles: RefCell<Vec<(Arc<Role>, Keywords)>>,
    /// Roles that are being loaded, innermost last: a role that depends on itself is a cycle.
    loading_roles: RefCell<Vec<(PathBuf, Origin)>>,
    /// Mistakes gathered instead of ending the load (`muster check`).
    gathered: Option<RefCell<Vec<Diagnostic>>>,
    depth: Cell<usize>,
}

/// Includes nested deeper than this are taken for endless.
const DEEPEST_NESTING: usize = 200;

impl<'a> Loading<'a> {
    pub fn new(world: &'a dyn LoadWorld, basedir: PathBuf) -> Self {
        Self {
            world,
            basedir: RefCell::new(basedir),
            imported_handlers: RefCell::default(),
            known_roles: RefCell::default(),
            loading_roles: RefCell::default(),
            gathered: None,
            depth: Cell::new(0),
        }
    }

    /// Goes on after a mistake and keeps it for `into_mistakes`.
    #[must_use]
    pub fn gathering(mut self) -> Self {
        self.gathered = Some(RefCell::default());
        self
    }

    pub fn into_mistakes(self) -> Vec<Diagnostic> {
        self.gathered.map(RefCell::into_inner).unwrap_or_default()
    }

    pub fn basedir(&self) -> PathBuf {
        self.basedir.borrow().clone()
    }

    /// From here on files are looked for beside another playbook; gives back the folder before.
    fn enter(&self, folder: &Path) -> PathBuf {
        self.world.enter(folder);
        self.basedir.replace(folder.to_path_buf())
    }

    /// Handlers that static imports of roles have brought since the last call.
    pub fn take_imported_handlers(&self) -> Vec<Node> {
        self.imported_handlers.take()
    }

    fn warn(&self, message: String, origin: &Origin) {
        self.world.warn(Warning::new(Diagnostic::new(message).at(origin)));
    }

    /// The result, or `None` with the mistake kept where mistakes are gathered.
    fn tolerate<T>(&self, result: Result<T, Diagnostic>) -> Result<Option<T>, Diagnostic> {
        match (result, &self.gathered) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(mistake), Some(gathered)) => {
                gathered.borrow_mut().push(mistake);
                Ok(None)
            }
            (Err(mistake), None) => Err(mistake),
        }
    }

    /// Runs a nested load, unless it is nested so deep that it must be endless.
    fn nested<T>(&self, origin: &Origin, load: impl FnOnce() -> Result<T, Diagnostic>) -> Result<T, Diagnostic> {
        if self.depth.get() >= DEEPEST_NESTING {
            return Err(wrong("Static imports are nested without an end.", origin));
        }
        self.depth.set(self.depth.get() + 1);
        let result = load();
        self.depth.set(self.depth.get() - 1);
        result
    }
}

/// Reads a playbook file and everything that it brings statically.
pub fn load_playbook(loading: &Loading<'_>, path: &Path) -> Result<Playbook, Diagnostic> {
    let mut plays = Vec::new();
    play::load_file(loading, path, None, &mut plays)?;
    Ok(Playbook { plays })
}

/// Reads a file of tasks for a dynamic include: its nodes hang below `parent`.
pub fn load_tasks(
    loading: &Loading<'_>,
    path: &Path,
    parent: &Arc<Scope>,
    handlers: bool,
) -> Result<Vec<Node>, Diagnostic> {
    let document = loading.world.document(path)?;
    import::nodes_of_document(loading, &document, path, parent, handlers)
}

/// Finds and reads a role for a dynamic include or an ad-hoc use.
pub fn load_role(loading: &Loading<'_>, usage: &RoleUse<'_>) -> Result<Arc<RoleBody>, Diagnostic> {
    role::load(loading, usage)
}

/// The block that a dynamic include's `apply` puts around what it brings.
pub fn apply_scope(loading: &Loading<'_>, apply: &Value, parent: &Arc<Scope>) -> Result<Arc<Scope>, Diagnostic> {
    block::apply_scope(loading, apply, parent)
}

/// A play made of tasks, for `ansible` (ad-hoc) and the console.
pub fn load_play(loading: &Loading<'_>, play: &Value, file: &Path) -> Result<Arc<Play>, Diagnostic> {
    play::load(loading, play, file, None)
}

/// A mistake that ends with exit code 4.
fn wrong(message: impl Into<String>, origin: &Origin) -> Diagnostic {
    Diagnostic::new(message).at(origin).kind(Kind::Parse)
}

/// A mistake that ends with exit code 1.
fn failed(message: impl Into<String>, origin: &Origin) -> Diagnostic {
    Diagnostic::new(message).at(origin)
}

/// How a value's class is named in messages about what was written.
fn class_of(value: &Value) -> String {
    value.class_name()
}

/// An empty map for those that have none.
fn no_vars() -> Arc<Map> {
    Arc::new(Map::new())
}
