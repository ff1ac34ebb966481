//! Homes that are missing.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, lchown, symlink};
use std::path::Path;

use super::User;
use crate::runner::users::User as Known;
use crate::runner::{Failure, Target, errors};

impl User {
    pub(super) fn home_is_missing(&self, user: &Known) -> bool {
        !user.home.is_empty() && !Path::new(&user.home).exists()
    }

    /// Makes a home as a copy of the skeleton.
    pub(super) fn make_home(&self, user: &Known, target: &mut Target) -> Result<(), Failure> {
        let home = Path::new(&user.home).to_path_buf();
        let skeleton = self.skeleton.clone().unwrap_or_else(|| "/etc/skel".to_owned());
        let umask = self.umask.as_deref().and_then(|umask| u32::from_str_radix(umask, 8).ok());
        let umask = umask.unwrap_or_else(default_umask);
        target.effect(|_| {
            copy(Path::new(&skeleton), &home, user, true)
                .and_then(|()| std::fs::set_permissions(&home, PermissionsExt::from_mode(0o777 & !umask)))
                .map_err(|error| Failure::new(errors::with_path(&error, &home)))
        })?;
        Ok(())
    }
}

/// Folders, files and links, all owned by the user.
fn copy(from: &Path, to: &Path, user: &Known, is_first: bool) -> io::Result<()> {
    if is_first {
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(to)?;
    } else {
        std::fs::DirBuilder::new().mode(0o700).create(to)?;
        std::fs::set_permissions(to, from.metadata()?.permissions())?;
    }
    lchown(to, Some(user.uid), Some(user.gid))?;
    for entry in std::fs::read_dir(from).into_iter().flatten() {
        let entry = entry?;
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&source, &place, user, false)?;
            continue;
        }
        if kind.is_symlink() {
            symlink(source.read_link()?, &place)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &place)?;
        }
        lchown(&place, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

/// The system's umask for homes.
fn default_umask() -> u32 {
    let text = std::fs::read_to_string("/etc/login.defs").unwrap_or_default();
    let field = |key: &str| {
        let line = text
            .lines()
            .map(str::split_whitespace)
            .find_map(|mut words| (words.next() == Some(key)).then(|| words.next()));
        line.flatten().and_then(|digits| u32::from_str_radix(digits, 8).ok())
    };
    field("HOME_MODE").map(|mode| 0o777 & !mode).or_else(|| field("UMASK")).unwrap_or(0o022)
}
