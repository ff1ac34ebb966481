//! Files of the target: atomic writing, modes, owners, attributes, checksums.

pub mod attributes;
pub mod backup;
pub mod checksum;
pub mod flags;
pub mod info;
pub mod mode;
pub mod selinux;
pub mod text;
pub mod write;

pub use attributes::FileAttributes;
pub use mode::ModeSpec;
pub use write::Staged;

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// A regular file that this user may run.
pub fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// Whether the name is taken, if only by a link to nothing.
pub fn lexists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The path with all links in it followed as far as they lead, even where the last is not there.
pub fn real_path(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    // A link to nothing: where it points to counts.
    if let Ok(there) = path.read_link() {
        let there = path.parent().unwrap_or(Path::new("/")).join(there);
        if there != path {
            return real_path(&crate::data::environment::normalize(&there));
        }
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !parent.as_os_str().is_empty() => real_path(parent).join(name),
        _ => path.to_path_buf(),
    }
}
