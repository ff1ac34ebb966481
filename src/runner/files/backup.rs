//! The copy that a module leaves of a file before it changes it.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use crate::runner::{Failure, Target, errors};

impl Target {
    /// Copies a file to `NAME.PID.DATE@TIME~` beside it. Without the file there is no copy.
    pub fn back_up(&mut self, path: &Path) -> Result<Option<PathBuf>, Failure> {
        let Ok(metadata) = path.metadata() else { return Ok(None) };
        let stamp = self.environment().now().strftime("%Y-%m-%d@%H:%M:%S");
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.{stamp}~", std::process::id()));
        let copy = PathBuf::from(name);
        let failure = |error: std::io::Error| {
            let (from, to) = (path.display(), copy.display());
            Failure::new(format!("Could not make backup of {from} to {to}: {}", errors::plain(&error)))
        };
        std::fs::copy(path, &copy).map_err(failure)?;
        // A copy that only its maker owns is still a copy.
        let _ = chown(&copy, Some(metadata.uid()), Some(metadata.gid()));
        if let (Ok(modified), Ok(file)) = (metadata.modified(), std::fs::File::open(&copy)) {
            let _ = file.set_modified(modified);
        }
        Ok(Some(copy))
    }
}
