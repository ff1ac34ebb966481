//! FUSE mounts: what is mounted, what is stale, how it is unmounted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Failure, Target, errors};

/// What is at a mount point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is mounted there.
    Nothing,
    Mounted(Mount),
    /// It is mounted and its program is gone: "transport endpoint is not connected".
    Stale,
    /// Something is mounted that is no FUSE file system.
    Other(String),
}

/// A line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub kind: String,
    pub source: String,
    pub options: Vec<String>,
}

/// What is mounted at a path.
pub fn state_of(path: &Path) -> Result<State, Failure> {
    let table = std::fs::read_to_string("/proc/self/mountinfo")
        .map_err(|error| errors::file_failure(&error, Path::new("/proc/self/mountinfo")))?;
    let Some(mount) = find(&table, path) else { return Ok(State::Nothing) };
    if !mount.kind.starts_with("fuse") {
        return Ok(State::Other(mount.kind));
    }
    let lost = |error: &std::io::Error| matches!(error.raw_os_error(), Some(libc::ENOTCONN | libc::ECONNABORTED));
    match std::fs::metadata(path) {
        Err(error) if lost(&error) => Ok(State::Stale),
        // Another user may be kept out, which says nothing about the program.
        _ => Ok(State::Mounted(mount)),
    }
}

/// The last mount at a path is the one that is seen.
fn find(table: &str, path: &Path) -> Option<Mount> {
    let wanted = path.to_string_lossy();
    table.lines().rev().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ');
        if plain(left.nth(4)?) != wanted {
            return None;
        }
        let mut options: Vec<String> = left.next()?.split(',').map(str::to_owned).collect();
        let mut right = right.split(' ');
        let (kind, source) = (right.next()?.to_owned(), plain(right.next()?));
        options.extend(right.next().unwrap_or_default().split(',').map(str::to_owned));
        Some(Mount { kind, source, options })
    })
}

/// Blanks and the like stand there in octal.
fn plain(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// Unmounts; a stale mount is taken away whoever still looks at it.
pub fn unmount(path: &Path, stale: bool, target: &Target) -> Result<(), Failure> {
    let mut attempts: Vec<Vec<&str>> = Vec::new();
    for program in ["fusermount3", "fusermount"] {
        if target.find_program(program).is_some() {
            attempts.push(if stale { vec![program, "-u", "-z"] } else { vec![program, "-u"] });
        }
    }
    attempts.push(if stale { vec!["umount", "-l"] } else { vec!["umount"] });
    let mut said = String::new();
    for words in attempts {
        let words = words.into_iter().map(str::to_owned).chain([path.to_string_lossy().into_owned()]);
        let finished = target.command(words).run_or_fail()?;
        if finished.is_success() {
            return wait_for(path, false, target);
        }
        said = finished.stderr_text();
    }
    Err(Failure::new(format!("Cannot unmount {}: {}", path.display(), said.trim())))
}

/// Waits until something is mounted, or nothing any more.
pub fn wait_for(path: &Path, mounted: bool, target: &Target) -> Result<(), Failure> {
    for _ in 0..100 {
        if matches!(state_of(path)?, State::Mounted(_)) == mounted {
            return Ok(());
        }
        target.sleep(Duration::from_millis(100))?;
    }
    let what = if mounted { "mounted" } else { "unmounted" };
    Err(Failure::new(format!("{} is not {what} after ten seconds", path.display())))
}

/// Whether a program speaks FUSE 2, which knows `nonempty`; FUSE 3 refuses that option.
pub fn knows_nonempty(program: &Path) -> bool {
    let Ok(bytes) = std::fs::read(program) else { return false };
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    has(b"libfuse.so.2") && !has(b"libfuse3.so")
}

/// A folder that is there and empty, made where it is missing; `over` allows one that is not empty.
pub fn prepare(path: &Path, over: bool) -> Result<(), Failure> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => {
            if !over && entries.next().is_some() {
                return Err(Failure::new(format!(
                    "{} is not empty, and what is in it would be hidden: give `nonempty` to mount over it",
                    path.display()
                )));
            }
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(path).map_err(|error| errors::file_failure(&error, path))
        }
        Err(error) => Err(errors::file_failure(&error, path)),
    }
}

/// Others than the one who mounts may only look where `fuse.conf` allows it.
pub fn check_allow_other(options: &[String], is_root: bool) -> Result<(), Failure> {
    let asks = options.iter().any(|option| option == "allow_other" || option == "allow_root");
    if is_root || !asks {
        return Ok(());
    }
    let text = std::fs::read_to_string("/etc/fuse.conf").unwrap_or_default();
    if text.lines().any(|line| line.trim() == "user_allow_other") {
        return Ok(());
    }
    let message = "allow_other needs the line `user_allow_other` in /etc/fuse.conf where root does not mount";
    Err(Failure::new(message))
}

/// `a,b` and `["a", "b"]` alike.
pub fn options_of(given: &[String]) -> Vec<String> {
    let words = given.iter().flat_map(|text| text.split(','));
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words that run a command as another user.
pub fn as_user(user: Option<&str>, words: Vec<String>, target: &Target) -> Vec<String> {
    match user.filter(|user| *user != target.environment().user) {
        Some(user) => ["runuser", "-u", user, "--"].into_iter().map(str::to_owned).chain(words).collect(),
        None => words,
    }
}

/// A path without a slash at its end, as the kernel lists it.
pub fn mount_point(path: &Path, target: &Target) -> PathBuf {
    let path = target.absolute(path);
    PathBuf::from(match path.to_string_lossy().trim_end_matches('/') {
        "" => "/".to_owned(),
        text => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_table() {
        let table = "36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw\n\
                     40 36 0:50 / /mnt/a\\040b rw,nosuid - fuse.bindfs /src\\040x rw,user_id=0\n";
        let mount = find(table, Path::new("/mnt/a b")).expect("it is in the table");
        assert_eq!((mount.kind.as_str(), mount.source.as_str()), ("fuse.bindfs", "/src x"));
        assert!(mount.options.contains(&"user_id=0".to_owned()));
        assert_eq!(find(table, Path::new("/none")), None);
    }

    #[test]
    fn options_in_both_forms() {
        assert_eq!(options_of(&["a, b".to_owned(), "c".to_owned()]), ["a", "b", "c"]);
    }

    #[test]
    fn others_need_leave() {
        assert!(check_allow_other(&["allow_other".to_owned()], true).is_ok());
        assert!(check_allow_other(&["ro".to_owned()], false).is_ok());
    }
}
