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

/// Where chance comes from.
pub trait Dice: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The kernel's randomness.
pub struct SystemDice;

impl Dice for SystemDice {
    fn fill(&self, bytes: &mut [u8]) {
        // The device is there on every kernel; the system call is not.
        std::fs::File::open("/dev/urandom")
            .and_then(|mut device| std::io::Read::read_exact(&mut device, bytes))
            .expect("a Linux system gives random bytes");
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
    pub dice: Arc<dyn Dice>,
}

/// Without the variables, which may hold secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("working_directory", &self.working_directory)
            .field("home", &self.home)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
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

    /// A path as Ansible reads it: `~`, `~name` and `$VARIABLES` replaced, made absolute below `base`,
    /// without `.` and `..`. Links are not followed.
    pub fn full_path(&self, text: &str, base: &Path) -> PathBuf {
        let text = self.expand_variables(&self.expand_any_home(text));
        normalize(&self.working_directory.join(base).join(text))
    }

    /// `$NAME` and `${NAME}` with the variable's value; unknown ones stay as they are.
    pub fn expand_variables(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, following) = braced.unwrap_or_else(|| {
                let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
                after.split_at(after.find(|character| !is_name(character)).unwrap_or(after.len()))
            });
            match self.variable(name) {
                Some(value) => expanded.push_str(value),
                None => expanded.push_str(&rest[before.len()..rest.len() - following.len()]),
            }
            rest = following;
        }
        expanded + rest
    }

    /// Also `~name`, by the system's list of users.
    fn expand_any_home(&self, text: &str) -> String {
        let Some(rest) = text.strip_prefix('~') else { return text.to_owned() };
        let (name, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home = if name.is_empty() { Some(self.home.to_string_lossy().into_owned()) } else { home_of(name) };
        home.map_or_else(|| text.to_owned(), |home| format!("{}{below}", home.trim_end_matches('/')))
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

/// The home of a user in /etc/passwd.
fn home_of(name: &str) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(4).map(str::to_owned)).flatten()
    })
}

/// Without `.`, `..` and doubled slashes, as far as that goes without looking at the disk.
pub fn normalize(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => match clean.components().next_back() {
                Some(std::path::Component::Normal(_)) => {
                    clean.pop();
                }
                Some(std::path::Component::RootDir) => {}
                _ => clean.push(".."),
            },
            other => clean.push(other),
        }
    }
    if clean.as_os_str().is_empty() { PathBuf::from(".") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::{Path, normalize};

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in
            [("/a/../b//c/.", "/b/c"), ("/..", "/"), ("a/..", "."), ("../a", "../a"), ("./x/", "x"), ("", ".")]
        {
            assert_eq!(normalize(Path::new(path)), Path::new(expected), "{path:?}");
        }
    }
}
