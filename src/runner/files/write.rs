//! Writing files so that nobody ever sees half of one: into a new file in the same folder, which
//! then takes the old one's place.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::selinux;
use crate::runner::{Failure, Target, errors};

/// A new file that does not have its name yet. It goes away unless it is put in place.
pub struct Staged {
    path: PathBuf,
    file: File,
    is_placed: bool,
}

impl Staged {
    /// Where it is until then, for programs that check it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A name that nobody can guess.
pub fn random_name() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::time::Instant::now()))
}

/// A name of the kind that a task's own folder on the host has: when, by which process, and chance.
pub fn task_folder_name() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let chance = RandomState::new().hash_one(since) >> 16;
    format!("ansible-tmp-{}.{:07}-{}-{chance}", since.as_secs(), since.subsec_micros(), std::process::id())
}

impl Target {
    /// A new, empty file beside the one that it is to replace; only its owner can read it.
    pub fn stage(&self, destination: &Path) -> Result<Staged, Failure> {
        let folder = destination.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = destination.file_name().unwrap_or_default().to_string_lossy();
        // A long name may not have room for more.
        let name: String = name.chars().take(40).collect();
        let path = folder.join(format!(".ansible_tmp{}{name}", random_name()));
        let options =
            OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(&path);
        match options {
            Ok(file) => Ok(Staged { path, file, is_placed: false }),
            Err(error) => Err(self.write_failure(destination, &error)),
        }
    }

    fn write_failure(&self, destination: &Path, error: &io::Error) -> Failure {
        let folder = destination.parent().unwrap_or(Path::new("/"));
        if error.kind() == io::ErrorKind::PermissionDenied {
            Failure::new(format!(
                "The destination directory ({}) is not writable by the current user.",
                folder.display()
            ))
            .caused_by(errors::with_bytes(error, folder))
        } else {
            Failure::new(format!("Failed to replace file: {}: {}", destination.display(), errors::plain(error)))
        }
    }

    /// Puts a staged file in its place. It gets the old file's permissions, owner and label, or those
    /// of a new file; permissions come before the name, so that it is never readable by too many.
    pub fn place(&mut self, mut staged: Staged, destination: &Path, unsafe_writes: bool) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            let (from, to) = (staged.path.display(), destination.display());
            Failure::new(format!("Could not replace file: {from} to {to}: {}", errors::plain(&error)))
        };
        match destination.metadata() {
            Ok(old) => {
                // Who is not root may not give files away; then they are the writer's.
                if fchown(&staged.file, Some(old.uid()), Some(old.gid())).is_err() {
                    let _ = fchown(&staged.file, None, Some(old.gid()));
                }
                staged.file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o7777)).map_err(failed)?;
                if let Some(label) = selinux::context_of(destination) {
                    let _ = selinux::set_context(&staged.path, &label);
                }
            }
            Err(_) => {
                staged.file.set_permissions(PermissionsExt::from_mode(0o666 & !self.umask())).map_err(failed)?;
            }
        }
        if self.environment().filled("MUSTER_RUNNER_FSYNC").is_some() {
            staged.file.sync_all().map_err(failed)?;
        }
        match std::fs::rename(&staged.path, destination) {
            Ok(()) => {
                staged.is_placed = true;
                Ok(())
            }
            Err(error) if unsafe_writes && is_in_the_way(&error) => {
                copy_over(&staged.path, destination).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes a whole file in one go.
    pub fn write_file(&mut self, path: &Path, content: &[u8], unsafe_writes: bool) -> Result<(), Failure> {
        self.write_from(path, &mut &content[..], unsafe_writes)
    }

    /// Writes a whole file from a reader.
    pub fn write_from(&mut self, path: &Path, from: &mut dyn Read, unsafe_writes: bool) -> Result<(), Failure> {
        let mut staged = match self.stage(path) {
            Ok(staged) => staged,
            Err(failure) if !unsafe_writes => return Err(failure),
            Err(failure) => {
                // No new file may be made beside it, but the file itself may be open to us.
                let mut file = OpenOptions::new().write(true).truncate(true).open(path).map_err(|_| failure)?;
                return io::copy(from, &mut file).map(drop).map_err(|error| self.write_failure(path, &error));
            }
        };
        io::copy(from, staged.file())
            .and_then(|_| staged.file().flush())
            .map_err(|error| self.write_failure(path, &error))?;
        self.place(staged, path, unsafe_writes)
    }
}

/// Whether the file cannot be replaced but may be written to: a mount point, a running program.
fn is_in_the_way(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error().unwrap_or(0);
    [Errno::PERM, Errno::XDEV, Errno::ACCESS, Errno::TXTBSY, Errno::BUSY]
        .iter()
        .any(|errno| errno.raw_os_error() == number)
}

fn copy_over(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut to = OpenOptions::new().write(true).truncate(true).open(to)?;
    io::copy(&mut from, &mut to).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::Scratch;

    #[test]
    fn a_file_is_replaced_and_keeps_its_mode() {
        let scratch = Scratch::new();
        let mut target = scratch.target();
        let path = scratch.path("f");
        target.write_file(&path, b"one", false).expect("the folder is ours");
        assert_eq!(path.metadata().expect("written").mode() & 0o777, 0o644);
        scratch.mode("f", 0o640);
        target.write_file(&path, b"two", false).expect("the folder is ours");
        assert_eq!((scratch.text("f").as_str(), path.metadata().expect("written").mode() & 0o777), ("two", 0o640));
        let names: Vec<_> = std::fs::read_dir(&scratch.folder).expect("ours").flatten().collect();
        assert_eq!(names.len(), 1, "nothing is left over: {names:?}");
    }

    #[test]
    fn a_missing_folder_is_told() {
        let scratch = Scratch::new();
        let failure = scratch.target().write_file(&scratch.path("no/f"), b"", false).expect_err("no folder");
        assert!(failure.message.contains("No such file or directory"), "{}", failure.message);
    }
}
