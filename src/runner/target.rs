//! What a module sees of the machine it runs on: the call's surroundings, and the one place where
//! check mode, diff and `changed` exist.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::blobs::{BlobReader, Content};
use super::cancel::Cancel;
use super::change::{Change, Properties};
use super::process::{Command, Live};
use super::users::Users;
use super::{Failure, files};
use crate::data::{Environment, Map, Value};
use crate::wire::{Blob, Call};

/// The machine, for the length of one call.
pub struct Target {
    check: bool,
    diff: bool,
    changed: bool,
    diffs: Vec<Value>,
    /// Owner, mode and the like that were brought about.
    pub properties: Properties,
    warnings: Vec<String>,
    deprecations: Vec<Value>,
    environment: Environment,
    umask: u32,
    module: String,
    verbosity: u8,
    temp_dir: Option<PathBuf>,
    temporary: Vec<PathBuf>,
    blobs: Vec<Blob>,
    reader: Arc<dyn BlobReader>,
    live: Option<Arc<Live>>,
    cancel: Cancel,
    users: OnceCell<Users>,
    programs: std::cell::RefCell<BTreeMap<String, Option<PathBuf>>>,
}

/// Folders that are looked through after those of `PATH`.
const SYSTEM_FOLDERS: [&str; 3] = ["/sbin", "/usr/sbin", "/usr/local/sbin"];

impl Target {
    pub(super) fn new(
        call: &Call,
        environment: Environment,
        umask: u32,
        reader: Arc<dyn BlobReader>,
        live: Option<Arc<Live>>,
        cancel: Cancel,
    ) -> Self {
        Self {
            check: call.check,
            diff: call.diff,
            changed: false,
            diffs: Vec::new(),
            properties: Properties::default(),
            warnings: Vec::new(),
            deprecations: Vec::new(),
            environment: overlaid(environment, &call.environment),
            umask,
            module: call.module.clone(),
            verbosity: call.verbosity,
            temp_dir: call.temp_dir.as_ref().map(PathBuf::from),
            temporary: Vec::new(),
            blobs: call.blobs.clone(),
            reader,
            live: live.filter(|_| call.live),
            cancel,
            users: OnceCell::new(),
            programs: std::cell::RefCell::default(),
        }
    }
}

/// Bringing about what is wanted.
impl Target {
    /// If nothing differs, nothing. Otherwise the task has changed something, the diff is kept, and
    /// the effect runs unless it is only a check. Tells whether there was a difference.
    pub fn converge(
        &mut self,
        change: Change,
        effect: impl FnOnce(&mut Target) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        if !change.differs {
            return Ok(false);
        }
        if let Some(diff) = change.diff.filter(|_| self.diff) {
            self.diffs.push(diff.into());
        }
        self.effect(effect)?;
        Ok(true)
    }

    /// Something that always counts as a change; it does not happen in check mode.
    pub fn effect<T>(&mut self, effect: impl FnOnce(&mut Target) -> Result<T, Failure>) -> Result<Option<T>, Failure> {
        self.changed = true;
        if self.check { Ok(None) } else { effect(self).map(Some) }
    }

    /// The task has changed something, whatever else happens.
    pub fn mark_changed(&mut self) {
        self.changed = true;
    }

    pub fn has_changed(&self) -> bool {
        self.changed
    }

    /// Only for modules whose result differs in a check; all others converge.
    pub fn is_check(&self) -> bool {
        self.check
    }

    pub fn wants_diff(&self) -> bool {
        self.diff
    }

    /// The diffs so far, taken away: for modules that shape that part of the result themselves.
    pub fn take_diffs(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.diffs)
    }

    pub fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    pub fn deprecate(&mut self, text: &str, version: &str) {
        let deprecation = Map::from([("msg", text), ("version", version), ("collection_name", "ansible.builtin")]);
        self.deprecations.push(deprecation.into());
    }

    /// Adds what the call gathered to a result.
    pub(super) fn complete(&mut self, result: &mut Map) {
        if !result.contains_key("changed") {
            result.insert("changed", self.changed);
        }
        files::info::add(self, result);
        if !self.diffs.is_empty() && !result.contains_key("diff") {
            let mut diffs = std::mem::take(&mut self.diffs);
            let diff = if diffs.len() == 1 { diffs.remove(0) } else { Value::from(diffs) };
            result.insert("diff", diff);
        }
        self.complete_failure(result);
    }

    /// Adds to a failure what it is still good for.
    pub(super) fn complete_failure(&mut self, result: &mut Map) {
        if !self.warnings.is_empty() {
            let warnings = std::mem::take(&mut self.warnings).into_iter().map(Value::from);
            result.insert("warnings", Value::list(warnings));
        }
        if !self.deprecations.is_empty() {
            result.insert("deprecations", std::mem::take(&mut self.deprecations));
        }
    }
}

/// The surroundings.
impl Target {
    /// The variables, home and time zone of the task: those of the login under its `environment`.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub fn umask(&self) -> u32 {
        self.umask
    }

    /// The full name of the module that runs.
    pub fn module(&self) -> &str {
        &self.module
    }

    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// A relative path is below the folder in which the runner was started.
    pub fn absolute(&self, path: impl AsRef<Path>) -> PathBuf {
        self.environment.working_directory.join(path)
    }

    /// `~`, `~name` and variables in a path, replaced by what they are here.
    pub fn expand_path(&self, path: &str) -> String {
        let path = self.environment.expand_variables(path);
        let Some(rest) = path.strip_prefix('~') else { return path };
        let (name, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home = if name.is_empty() {
            Some(self.environment.home.to_string_lossy().into_owned())
        } else {
            self.users().user(name).map(|user| user.home)
        };
        home.map_or_else(|| path.clone(), |home| format!("{}{below}", home.trim_end_matches('/')))
    }

    pub fn users(&self) -> &Users {
        self.users.get_or_init(|| {
            let variables = Arc::clone(&self.environment.variables);
            Users::new("/etc", move |database, key| {
                let output = std::process::Command::new("getent")
                    .args([database, key])
                    .env_clear()
                    .envs(variables.iter())
                    .stdin(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .output()
                    .ok()?;
                String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
            })
        })
    }

    /// Forgets users and groups, because they have been changed.
    pub fn forget_users(&mut self) {
        self.users.take();
    }

    /// A command with the task's environment.
    pub fn command<I: IntoIterator>(&self, argv: I) -> Command<'_>
    where
        I::Item: Into<OsString>,
    {
        Command::new(self, argv.into_iter().map(Into::into).collect())
    }

    /// Where a program is: in `PATH`, or in one of the system's folders.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        if let Some(known) = self.programs.borrow().get(name) {
            return known.clone();
        }
        let found = self.search_program(name, &[]);
        self.programs.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    fn search_program(&self, name: &str, more: &[&str]) -> Option<PathBuf> {
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|path| files::is_executable(path));
        }
        self.program_folders(more).into_iter().map(|folder| folder.join(name)).find(|path| files::is_executable(path))
    }

    fn program_folders(&self, more: &[&str]) -> Vec<PathBuf> {
        let path = self.environment.variable("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = more.iter().map(PathBuf::from).collect();
        folders.extend(path.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from));
        for folder in SYSTEM_FOLDERS {
            if !folders.iter().any(|known| known == Path::new(folder)) && Path::new(folder).is_dir() {
                folders.push(PathBuf::from(folder));
            }
        }
        folders
    }

    /// Where a program is without which the module cannot work.
    pub fn required_program(&self, name: &str) -> Result<PathBuf, Failure> {
        self.find_program(name).ok_or_else(|| {
            let folders: Vec<String> =
                self.program_folders(&[]).iter().map(|folder| folder.to_string_lossy().into_owned()).collect();
            Failure::new(format!("Failed to find required executable \"{name}\" in paths: {}", folders.join(":")))
        })
    }

    pub(super) fn live(&self) -> Option<&Live> {
        self.live.as_deref()
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Sleeps; a failure if the call is cancelled meanwhile.
    pub fn sleep(&self, time: Duration) -> Result<(), Failure> {
        if self.cancel.sleep(time) { Ok(()) } else { Err(Failure::new("The task was cancelled")) }
    }

    /// The content that the controller sent for an option.
    pub fn blob(&self, name: &str) -> Option<Content> {
        let index = self.blobs.iter().position(|blob| blob.name == name)?;
        Some(Content::new(self.blobs[index].clone(), index as u32, Arc::clone(&self.reader)))
    }

    /// The folder for this call's temporary files.
    pub fn temp_dir(&self) -> PathBuf {
        match &self.temp_dir {
            Some(folder) => PathBuf::from(self.expand_path(&folder.to_string_lossy())),
            None => PathBuf::from(self.environment.filled("TMPDIR").unwrap_or("/tmp")),
        }
    }

    /// Removes a file or folder when the call ends.
    pub fn remove_at_end(&mut self, path: PathBuf) {
        self.temporary.push(path);
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        for path in &self.temporary {
            // Mostly it has been moved to its place; what is left is only litter.
            let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        }
    }
}

/// The environment with a task's own variables in it.
fn overlaid(mut environment: Environment, variables: &[(String, String)]) -> Environment {
    if variables.is_empty() {
        return environment;
    }
    let all = Arc::make_mut(&mut environment.variables);
    for (name, value) in variables {
        all.insert(name.clone(), value.clone());
        match name.as_str() {
            "HOME" => environment.home = PathBuf::from(value),
            "TZ" => {
                if let Ok(zone) = jiff::tz::TimeZone::get(value.trim_start_matches(':')) {
                    environment.time_zone = zone;
                }
            }
            _ => {}
        }
    }
    environment
}
