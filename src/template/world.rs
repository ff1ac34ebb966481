//! What templates may ask of the program around them: variables by name, files, hosts, secrets.

use std::path::PathBuf;
use std::sync::Arc;

use super::Result;
use crate::data::{Environment, Map, Text, Value, Vaulted};
use crate::diagnostic::{Diagnostic, Origin};

/// Variables by name, as they were written: a template inside is rendered when it is used.
pub trait Scope: Send + Sync {
    fn variable(&self, name: &str) -> Option<Value>;

    /// All names, in the order in which `vars` shows them.
    fn names(&self) -> Vec<Arc<str>>;
}

/// The program around templates. The engine has the full one; inventory sources a small one.
pub trait World: Send + Sync {
    /// Environment variables, home, working folder, clock.
    fn environment(&self) -> &Environment;

    /// Finds a file as tasks do: below the role or playbook, in `folder` (`files`, `templates`,
    /// `vars`) first. `None` where it is not found.
    fn find_file(&self, folder: &str, name: &str) -> Option<PathBuf>;

    /// The folders that `find_file` looks into, in order and without `folder`.
    fn search_folders(&self) -> Vec<PathBuf>;

    /// The folder of the playbook; templates include files from there.
    fn playbook_folder(&self) -> PathBuf;

    /// A setting by its name, as `DEFAULT_ROLES_PATH`.
    fn setting(&self, name: &str) -> Option<Value>;

    /// An option of a plugin, as `remote_user` of the connection `ssh`; `None` where there is none.
    fn plugin_setting(&self, _plugin_type: &str, _plugin: &str, _option: &str) -> Result<Option<Value>> {
        Ok(None)
    }

    /// The hosts that `hostvars` knows.
    fn hosts(&self) -> Vec<Arc<str>>;

    /// Whether there are hosts at all: where inventory sources are read, `hostvars` and `vars` mean nothing yet.
    fn has_hosts(&self) -> bool {
        true
    }

    /// The variables of another host, as templates run for that host see them.
    fn host_scope(&self, host: &str) -> Option<Arc<dyn Scope>>;

    /// Whether a task can name this: a module, an action, a program of a `library` folder.
    fn knows_action(&self, _name: &str) -> bool {
        false
    }

    /// The hosts that a pattern selects.
    fn matching_hosts(&self, pattern: &str) -> Result<Vec<Arc<str>>>;

    /// The text inside of a vault envelope.
    fn decrypt(&self, vaulted: &Vaulted) -> Result<Text>;

    /// Reads a file that may be a vault envelope as a whole.
    fn read_file(&self, path: &std::path::Path) -> Result<Vec<u8>> {
        std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Bytes nobody can guess.
    fn fill_random(&self, bytes: &mut [u8]) {
        self.environment().dice.fill(bytes);
    }

    /// Says something to the user without failing.
    fn warn(&self, _message: &str, _origin: &Origin) {}

    /// Says more than one sentence to the user: a warning with what to do about it.
    fn warn_fully(&self, warning: Diagnostic) {
        self.warn(&warning.message, &warning.origin);
    }

    /// Says that something will not work any more in a later version of the reference.
    fn deprecated(&self, _message: &str, _version: &str, _origin: &Origin) {}
}

/// Variables in one mapping: for tests and small uses.
impl Scope for Map {
    fn variable(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.keys().filter_map(|key| key.as_text().map(|text| text.shared().clone())).collect()
    }
}

/// A few variables above others.
pub struct Overlay {
    below: Arc<dyn Scope>,
    above: Map,
}

impl Overlay {
    pub fn new(below: Arc<dyn Scope>, above: Map) -> Self {
        Self { below, above }
    }
}

impl Scope for Overlay {
    fn variable(&self, name: &str) -> Option<Value> {
        self.above.get(name).cloned().or_else(|| self.below.variable(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(Scope::names(&self.above).into_iter().filter(|name| self.below.variable(name).is_none()));
        names
    }
}
