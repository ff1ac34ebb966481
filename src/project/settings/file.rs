//! Which ansible.cfg counts, and what it holds.

use std::path::{Path, PathBuf};

use super::ini::{self, Ini};
use crate::data::Environment;
use crate::diagnostic::{Diagnostic, Kind};

/// The configuration file of a run.
#[derive(Debug, Default)]
pub struct ConfigFile {
    pub path: Option<PathBuf>,
    pub content: Ini,
    /// What the user should know about the choice.
    pub warnings: Vec<String>,
}

impl ConfigFile {
    /// The first file that exists of `ANSIBLE_CONFIG`, the working folder, the home and /etc.
    pub fn find(environment: &Environment) -> Result<Self, Diagnostic> {
        let here = environment.working_directory.join("ansible.cfg");
        let named = environment.variable("ANSIBLE_CONFIG").map(|text| {
            let path = environment.full_path(text, &environment.working_directory);
            if path.is_dir() { path.join("ansible.cfg") } else { path }
        });
        let mut warnings = Vec::new();
        let is_public = is_world_writable(&environment.working_directory);
        if is_public && here.exists() && named.as_ref() != Some(&here) {
            warnings.push(format!(
                "Ansible is being run in a world writable directory ({}), ignoring it as an ansible.cfg source. \
                 Name the file in ANSIBLE_CONFIG to use it all the same.",
                environment.working_directory.display()
            ));
        }
        let here = (!is_public).then_some(here);
        let home = Some(environment.home.join(".ansible.cfg"));
        let system = Some(PathBuf::from("/etc/ansible/ansible.cfg"));
        let path = [named, here, home, system].into_iter().flatten().find(|path| is_readable(path));
        let mut file = match path {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        file.warnings = warnings;
        Ok(file)
    }

    /// A file that must be there.
    pub fn named(path: PathBuf) -> Result<Self, Diagnostic> {
        if !is_readable(&path) {
            let message = "The provided configuration file is missing or not accessible";
            return Err(Diagnostic::new(format!("{message}: {}", path.display())).kind(Kind::Options));
        }
        Self::read(path)
    }

    fn read(path: PathBuf) -> Result<Self, Diagnostic> {
        let extension = path.extension().map(|text| text.to_string_lossy().into_owned());
        if !matches!(extension.as_deref(), Some("cfg" | "ini")) {
            let extension = extension.map(|text| format!(".{text}")).unwrap_or_default();
            let message = format!("Unsupported configuration file extension for {}: {extension}", path.display());
            return Err(Diagnostic::new(message).kind(Kind::Options));
        }
        let failed = |reason: String| {
            Diagnostic::new(format!("Error reading config file ({}): {reason}", path.display())).kind(Kind::Options)
        };
        let bytes = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
        let content = ini::parse(&String::from_utf8_lossy(&bytes)).map_err(failed)?;
        Ok(Self { path: Some(path), content, warnings: Vec::new() })
    }
}

fn is_readable(path: &Path) -> bool {
    path.exists() && rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
}

fn is_world_writable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0)
}
