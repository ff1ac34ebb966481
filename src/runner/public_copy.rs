//! A copy of the program where every user can reach it. It holds no secret.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::files::write::random_name;

/// Folders that everybody can reach, in the order in which bootstrap tries them.
const FOLDERS: &[&str] = &["/var/tmp", "/dev/shm", "/tmp"];

/// Whether other users can read and run the file, and pass all folders above it.
pub fn is_reachable(path: &Path) -> bool {
    let open = |path: &Path, bits: u32| fs::metadata(path).is_ok_and(|metadata| metadata.mode() & bits == bits);
    open(path, 0o005) && path.ancestors().skip(1).all(|folder| open(folder, 0o001))
}

/// The copy of this build; makes it where there is none.
pub fn make(program: &Path, build: &str) -> io::Result<PathBuf> {
    let mut error = io::Error::other("there is no folder that everybody can reach");
    for parent in FOLDERS {
        match copy_into(Path::new(parent), program, build) {
            Ok(copy) => return Ok(copy),
            Err(reason) => error = reason,
        }
    }
    Err(error)
}

fn copy_into(parent: &Path, program: &Path, build: &str) -> io::Result<PathBuf> {
    let own = rustix::process::geteuid().as_raw();
    let folder = parent.join(format!("muster-{own}"));
    match DirBuilder::new().mode(0o755).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != own {
        return Err(io::Error::other(format!("{} belongs to somebody else", folder.display())));
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
    let copy = folder.join(build);
    // Nobody but us can write there, so what is there under this name was finished.
    if fs::symlink_metadata(&copy).is_ok_and(|found| found.is_file() && found.mode() & 0o005 == 0o005) {
        return Ok(copy);
    }
    let temporary = folder.join(format!(".{build}.{}", random_name()));
    let written =
        write(&temporary, program).and_then(|()| runs(&temporary, build)).and_then(|()| fs::rename(&temporary, &copy));
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    Ok(copy)
}

fn write(path: &Path, program: &Path) -> io::Result<()> {
    // The link of the running program leads to it even where its name is gone.
    let mut from = File::open("/proc/self/exe").or_else(|_| File::open(program))?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o755).open(path)?;
    io::copy(&mut from, &mut to)?;
    to.set_permissions(Permissions::from_mode(0o755))
}

/// Not on a file system that holds no programs.
fn runs(path: &Path, build: &str) -> io::Result<()> {
    let output = Command::new(path).args(["runner", "--build"]).output()?;
    if output.stdout.trim_ascii() == build.as_bytes() { Ok(()) } else { Err(io::Error::other("the copy does not run")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reachable_is_what_all_may_pass() {
        let folder = std::env::temp_dir().join(format!("muster-reach-{}", std::process::id()));
        let file = folder.join("program");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(&file, "").expect("own folder");
        for (outer, inner, expected) in
            [(0o755, 0o755, true), (0o755, 0o700, false), (0o700, 0o755, false), (0o711, 0o755, true)]
        {
            fs::set_permissions(&folder, Permissions::from_mode(outer)).expect("own folder");
            fs::set_permissions(&file, Permissions::from_mode(inner)).expect("own file");
            assert_eq!(is_reachable(&file), expected, "{outer:o} {inner:o}");
        }
        fs::remove_dir_all(folder).expect("own folder");
    }
}
