//! What modules share that start and stop services: scripts of old, and whether systemd is at work.

use std::path::{Path, PathBuf};

use super::Target;

/// The folders of run levels that start things.
const RUN_LEVELS: [&str; 4] = ["2", "3", "4", "5"];

/// The script that starts a service in the old way.
pub fn script(name: &str) -> Option<PathBuf> {
    let name = name.strip_suffix(".service").unwrap_or(name);
    let path = Path::new("/etc/init.d").join(name);
    (!name.contains('/') && path.is_file()).then_some(path)
}

/// Whether a run level has a link that starts it.
pub fn script_is_enabled(name: &str) -> bool {
    RUN_LEVELS.iter().any(|level| is_linked(name, level, 'S'))
}

/// Whether a run level starts (`S`) or stops (`K`) a service.
pub fn is_linked(name: &str, level: &str, letter: char) -> bool {
    let name = name.strip_suffix(".service").unwrap_or(name);
    [format!("/etc/rc{level}.d"), format!("/etc/rc.d/rc{level}.d")].iter().any(|folder| {
        std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            let rest =
                file.strip_prefix(letter).map(|rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
            rest == Some(name)
        })
    })
}

/// Whether systemd was started as the first process.
pub fn runs_systemd() -> bool {
    ["/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd"].iter().any(|path| Path::new(path).exists())
}

/// Whether systemd is told, or seen, to be no more than its files.
pub fn is_offline(target: &Target) -> bool {
    if target.environment().variable("SYSTEMD_OFFLINE") == Some("1") {
        return true;
    }
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &str| std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    match (identity("/"), identity("/proc/1/root/.")) {
        (Some(own), Some(first)) => own != first,
        (Some((_, inode)), None) => !matches!(inode, 2 | 64 | 96 | 128 | 256),
        _ => false,
    }
}
