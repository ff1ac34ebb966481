//! Files of secrets: read whole, replaced in one step, what they held before wiped.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::data::{Environment, python};
use crate::diagnostic::Diagnostic;

/// Whose rights a replaced file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Only its owner may read it.
    Private,
    /// Mode and owner of the file before.
    Kept,
}

/// The path with `~` replaced and all links followed, as far as it exists.
pub fn real_path(name: &str, environment: &Environment) -> PathBuf {
    let path = environment.full_path(name, &environment.working_directory);
    path.canonicalize().unwrap_or(path)
}

pub fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|error| {
        let reason = python::os_error(&error, path);
        Diagnostic::new(format!("Unable to read source file ({}): {reason}", path.display()))
    })
}

/// Puts bytes in place of a file: written beside it first, then renamed over it. The owner stays.
/// What the file held is overwritten, unless it has another name too.
pub fn replace(path: &Path, bytes: &[u8], rights: Rights) -> Result<(), Diagnostic> {
    let before = path.metadata().ok();
    // What is no file cannot be replaced: a pipe or device is written to.
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| not_written(path, &error));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let not_writable = || Diagnostic::new(format!("Destination '{}' not writable", folder.display()));
    let old = OpenOptions::new().write(true).open(path).ok();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let new = private_file(&beside).map_err(|_| not_writable())?;
    let renamed = fill(new, bytes, before.as_ref(), rights).and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = renamed {
        let _ = std::fs::remove_file(&beside);
        return Err(not_written(path, &error));
    }
    if let (Some(file), Some(before)) = (old, before)
        && before.nlink() == 1
    {
        wipe(file, before.len());
    }
    Ok(())
}

fn not_written(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("Unable to write file ({}): {}", path.display(), python::os_error(error, path)))
}

/// A new file that only its owner may read.
pub fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn fill(mut file: File, bytes: &[u8], before: Option<&Metadata>, rights: Rights) -> std::io::Result<()> {
    file.write_all(bytes)?;
    if let Some(before) = before {
        // Only root may give files away; for others the owner is the same anyway.
        let _ = std::os::unix::fs::fchown(&file, Some(before.uid()), Some(before.gid()));
        if rights == Rights::Kept {
            file.set_permissions(std::fs::Permissions::from_mode(before.mode() & 0o7777))?;
        }
    }
    file.sync_all()
}

/// Overwrites what a file holds and removes it.
pub fn wipe_and_remove(path: &Path) {
    if let Ok(file) = OpenOptions::new().write(true).open(path) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        wipe(file, length);
    }
    let _ = std::fs::remove_file(path);
}

/// Zeros over all bytes. Whether old blocks can be read all the same is up to the file system.
fn wipe(mut file: File, length: u64) {
    let zeros = [0; 4096];
    let mut left = length;
    let mut written = file.seek(SeekFrom::Start(0)).map(|_| ());
    while left > 0 && written.is_ok() {
        let part = left.min(zeros.len() as u64) as usize;
        written = file.write_all(&zeros[..part]);
        left -= part as u64;
    }
    let _ = file.sync_all();
}
