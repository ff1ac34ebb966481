//! How the system's errors read: as Python words them, because results quote them.

use std::io;
use std::path::Path;

use super::Failure;

/// `[Errno 2] No such file or directory: '/x'`.
pub fn with_path(error: &io::Error, path: &Path) -> String {
    format!("{}: '{}'", plain(error), path.display())
}

/// `[Errno 2] No such file or directory: b'/x'`, as where Python was given bytes.
pub fn with_bytes(error: &io::Error, path: &Path) -> String {
    format!("{}: b'{}'", plain(error), path.display())
}

/// `[Errno 2] No such file or directory`.
pub fn plain(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {}", words(error)),
        None => error.to_string(),
    }
}

/// `No such file or directory`.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A file call failed where the module has nothing better to say.
pub fn file_failure(error: &io::Error, path: &Path) -> Failure {
    Failure::new(with_bytes(error, path)).with("path", path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_in_python() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(with_path(&error, Path::new("/x")), "[Errno 2] No such file or directory: '/x'");
        assert_eq!(with_bytes(&error, Path::new("/x")), "[Errno 2] No such file or directory: b'/x'");
        assert_eq!(plain(&io::Error::other("odd")), "odd");
    }
}
