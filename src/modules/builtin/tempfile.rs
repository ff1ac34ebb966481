//! ansible.builtin.tempfile: makes a file or folder with a name that nobody has.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::write::random_name;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<TempFile>("ansible.builtin.tempfile", "Make a temporary file or folder");

#[derive(Args)]
struct TempFile {
    /// What to make.
    #[arg(default = "file")]
    state: State,
    /// The folder it is made in; the system's one for such things where none is given.
    path: Option<TargetPath>,
    /// How its name begins.
    #[arg(default = "ansible.")]
    prefix: String,
    /// How its name ends.
    #[arg(default = "")]
    suffix: String,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq)]
enum State {
    File,
    Directory,
}

impl Run for TempFile {
    fn run(self, target: &mut Target) -> Outcome {
        let folder = match &self.path {
            Some(folder) => target.absolute(folder),
            None => target.environment().filled("TMPDIR").unwrap_or("/tmp").into(),
        };
        for _attempt in 0..100 {
            let name = format!("{}{}{}", self.prefix, &random_name()[..8], self.suffix);
            let path = folder.join(name);
            let made = match self.state {
                State::File => {
                    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map(drop)
                }
                State::Directory => std::fs::DirBuilder::new().mode(0o700).create(&path),
            };
            match made {
                Ok(()) => {
                    target.mark_changed();
                    return Ok(Map::from([("path", Value::from(path.to_string_lossy().into_owned()))]));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::new(errors::with_path(&error, &path))),
            }
        }
        Err(Failure::new("No usable temporary file name found"))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn each_name_is_new() {
        let scratch = Scratch::new();
        let args = format!(r#"{{"path": "{}", "suffix": ".x", "state": "directory"}}"#, scratch.folder.display());
        let path =
            |()| scratch.call(&MODULE, &args, "").result.get("path").map(crate::data::python::str).unwrap_or_default();
        let (one, other) = (path(()), path(()));
        assert!(one != other && one.ends_with(".x") && std::path::Path::new(&one).is_dir(), "{one} {other}");
    }
}
