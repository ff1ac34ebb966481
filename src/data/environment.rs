//! What the process was given: variables, folder, clock, dice. Nobody else reads these, so that a
//! test can run many cases as threads of one process, each with its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    fn now(&self) -> jiff::Timestamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// The surroundings of a run, read once in `main`. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables, in the order of the process.
    pub variables: Arc<IndexMap<String, String>>,
    /// The folder in which the program was started.
    pub working_directory: PathBuf,
    /// The user's home.
    pub home: PathBuf,
    /// The name of the user who runs it, by user id.
    pub user: String,
    /// The name of the controlling machine.
    pub hostname: String,
    pub time_zone: jiff::tz::TimeZone,
    pub clock: Arc<dyn Clock>,
}

impl Environment {
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable that is set and not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// The current moment in the user's time zone.
    pub fn now(&self) -> jiff::Zoned {
        self.clock.now().to_zoned(self.time_zone.clone())
    }

    /// A path as the user typed it: `~` is the home, relative is below the working directory.
    pub fn absolute(&self, path: &str) -> PathBuf {
        self.working_directory.join(self.expand_home(path))
    }

    /// `~` and `~/…` with the home in its place. (`~name` needs the user database and is left.)
    pub fn expand_home(&self, path: &str) -> PathBuf {
        match path.strip_prefix('~') {
            Some("") => self.home.clone(),
            Some(rest) if rest.starts_with('/') => self.home.join(&rest[1..]),
            _ => Path::new(path).to_path_buf(),
        }
    }
}
