//! The files, patterns and commands of ssh_config, for real. A file is read once a run, however many
//! hosts ask for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::config::Outside;
use super::config_line::wildcard;
use crate::data::Environment;

pub struct Files {
    environment: Environment,
    read: Mutex<HashMap<PathBuf, Option<String>>>,
}

impl Files {
    pub fn new(environment: Environment) -> Self {
        Self { environment, read: Mutex::default() }
    }
}

impl Files {
    /// Files may have been edited since an earlier run.
    pub fn forget(&self) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Outside for Files {
    fn read(&self, path: &Path) -> Option<String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(path.to_path_buf()).or_insert_with(|| std::fs::read_to_string(path).ok()).clone()
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        glob(pattern)
    }

    fn succeeds(&self, command: &str) -> bool {
        let shell = self.environment.filled("SHELL").unwrap_or("/bin/sh");
        let mut child = Command::new(shell);
        child.arg("-c").arg(command).current_dir(&self.environment.working_directory);
        child.env_clear().envs(self.environment.variables.iter());
        child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        child.status().is_ok_and(|status| status.success())
    }
}

/// Wildcards in any part of a path. Hidden files only where the pattern says so.
fn glob(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !part.contains(['*', '?']) {
            found = found.into_iter().map(|folder| folder.join(part)).filter(|path| path.exists()).collect();
            continue;
        }
        let mut next = Vec::new();
        for folder in &found {
            let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
            let names = names.filter_map(|name| name.into_string().ok());
            let fits = |name: &String| wildcard(part, name) && (part.starts_with('.') || !name.starts_with('.'));
            next.extend(names.filter(fits).map(|name| folder.join(name)));
        }
        next.sort();
        found = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_files() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugins/connection/ssh");
        let check = |pattern: &str, expected: &[&str]| {
            let found = glob(&root.join(pattern).to_string_lossy());
            let expected: Vec<PathBuf> = expected.iter().map(|name| root.join(name)).collect();
            assert_eq!(found, expected, "{pattern}");
        };
        check("mod.rs", &["mod.rs"]);
        check("config*.rs", &["config.rs", "config_line.rs"]);
        check("../ss?/mod.rs", &["../ssh/mod.rs"]);
        check("nothing*", &[]);
    }
}
