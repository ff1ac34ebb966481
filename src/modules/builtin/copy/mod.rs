//! ansible.builtin.copy: puts a file in its place, from the controller or from elsewhere on the target.
//!
//! What comes from the controller is the blob `src`; the arguments then hold the rest: `src` is the
//! source's path there, for the diff, and is missing where the user wrote the content itself;
//! `_original_basename` is its name, and `mode` is no longer `preserve`.

mod delivered;
#[cfg(test)]
mod tests;
mod tree;

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::files::{self, FileAttributes, Staged, checksum, real_path};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors, words};

pub static MODULE: Module = Module::of::<Copy>("ansible.builtin.copy", "Put files in their places");

#[derive(Args)]
struct Copy {
    /// The file or folder, on the controller unless `remote_src` says otherwise.
    #[arg(kind = "path")]
    src: Option<String>,
    /// For the action: the source's name.
    #[arg(name = "_original_basename")]
    original_basename: Option<String>,
    /// The content itself in place of a source.
    #[arg(no_log)]
    #[expect(dead_code, reason = "the action has dealt with it")]
    content: Option<String>,
    /// Where it goes. With a slash at the end it is a folder.
    #[arg(kind = "path")]
    dest: String,
    /// Whether a file that is replaced is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// Whether a file with other content is replaced.
    #[arg(default = true)]
    force: bool,
    /// A command that checks the new file before it gets its place; `%s` stands for its path.
    validate: Option<String>,
    /// The permissions of folders that are made.
    #[arg(kind = "raw")]
    directory_mode: Option<Value>,
    /// Whether the source is on the target.
    remote_src: Option<bool>,
    /// Whether links in the source stand for what they point to.
    #[expect(dead_code, reason = "the action has dealt with it")]
    local_follow: Option<bool>,
    /// The SHA-1 that the content must have.
    checksum: Option<String>,
    /// Whether a link at the destination stands for what it points to.
    #[arg(default = false)]
    follow: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Run for Copy {
    fn run(self, target: &mut Target) -> Outcome {
        match target.blob("src") {
            Some(content) => delivered::run(self, content, target),
            None => self.run_here(target),
        }
    }
}

/// What is to be put in place: where it is read from, and its sums.
struct Source {
    checksum: String,
    md5: String,
}

impl Copy {
    /// From one place of the target to another.
    fn run_here(mut self, target: &mut Target) -> Outcome {
        let Some(shown) = self.src.clone() else { return Err("Source None not found".into()) };
        let source = target.absolute(&shown);
        let metadata = source.metadata().map_err(|_| Failure::new(format!("Source {shown} not found")))?;
        if self.attributes.mode.as_ref().and_then(Value::as_str) == Some("preserve") {
            self.attributes.mode = Some(files::mode::shown(metadata.mode()).into());
        }
        if metadata.is_dir() {
            return tree::run(&self, &shown, &source, target);
        }
        let sum = |algorithm| checksum::of_file(&source, algorithm);
        let (Ok(checksum), Ok(md5)) = (sum("sha1"), sum("md5")) else {
            return Err(Failure::new(format!("Source {shown} not readable")));
        };
        let sums = Source { checksum, md5 };
        let name = self.original_basename.clone().or_else(|| file_name(&source)).unwrap_or_default();
        let destination = self.destination(&name, target)?;
        let mut content = std::fs::File::open(&source).map_err(|error| errors::file_failure(&error, &source))?;
        let mode = metadata.mode();
        self.put(&destination, &mut content, &sums, Some(mode), &shown, target)
    }

    /// Where the file goes, as results show it; missing folders are made where the path says "folder".
    fn destination(&self, name: &str, target: &mut Target) -> Result<PathBuf, Failure> {
        let mut destination = PathBuf::from(&self.dest);
        if self.dest.ends_with('/') {
            self.make_folders(&destination, target)?;
            destination.push(name);
        }
        if target.absolute(&destination).is_dir() {
            destination.push(name);
        }
        Ok(destination)
    }

    /// Makes the folders of a path that are missing; those get the options' attributes.
    fn make_folders(&self, folder: &Path, target: &mut Target) -> Result<(), Failure> {
        let mut place = target.absolute("");
        let attributes = FileAttributes { mode: self.directory_mode.clone(), ..self.attributes.clone() };
        for component in folder.components() {
            place.push(component);
            if place.exists() {
                continue;
            }
            target.mark_changed();
            if target.is_check() {
                return Ok(());
            }
            std::fs::create_dir(&place).map_err(|error| errors::file_failure(&error, &place))?;
            target.converge_attributes(&place, &attributes)?;
        }
        Ok(())
    }

    /// The rest of the way, which all sources share: compare, keep, check, place, attributes.
    fn put(
        &self,
        destination: &Path,
        content: &mut dyn Read,
        sums: &Source,
        source_mode: Option<u32>,
        shown: &str,
        target: &mut Target,
    ) -> Outcome {
        if let Some(wanted) = self.checksum.as_ref().filter(|wanted| **wanted != sums.checksum) {
            let failure = Failure::new("Copied file does not match the expected checksum. Transfer failed.");
            return Err(failure.with("checksum", sums.checksum.as_str()).with("expected_checksum", wanted.as_str()));
        }
        let mut destination = destination.to_path_buf();
        let mut place = target.absolute(&destination);
        if place.exists() {
            if place.is_symlink() && self.follow {
                place = real_path(&place);
                destination.clone_from(&place);
            }
            if !self.force {
                let text = destination.to_string_lossy().into_owned();
                return Ok(Map::from([("msg", "file already exists"), ("src", shown), ("dest", &text)]));
            }
        } else {
            self.require_folder(&destination, target)?;
        }
        let is_file = place.is_file();
        let same = is_file && checksum::of_file(&place, "sha1").is_ok_and(|sum| sum == sums.checksum);
        let text = destination.to_string_lossy().into_owned();
        let mut result = Map::from([
            ("dest", Value::text(text)),
            ("src", shown.into()),
            ("md5sum", sums.md5.as_str().into()),
            ("checksum", sums.checksum.as_str().into()),
        ]);
        if !same || place.is_symlink() {
            let backup = target.effect(|target| self.replace(&place, content, source_mode, target))?.flatten();
            if let Some(backup) = backup {
                result.insert("backup_file", backup.to_string_lossy().into_owned());
            }
        }
        if !target.is_check() {
            target.converge_attributes(&place, &self.attributes)?;
        }
        Ok(result)
    }

    fn require_folder(&self, destination: &Path, target: &Target) -> Result<(), Failure> {
        let folder = destination.parent().unwrap_or(Path::new("/"));
        // Relative to where the runner was started, which is there.
        if folder.as_os_str().is_empty() || self.dest.ends_with('/') && target.is_check() {
            return Ok(());
        }
        match target.absolute(folder).metadata() {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(Failure::new(format!("Destination directory {} is not accessible", folder.display())))
            }
            Err(_) => Err(Failure::new(format!("Destination directory {} does not exist", folder.display()))),
        }
    }

    /// Writes the content beside its place, has it checked, and puts it there. The copy of the old
    /// file, if one is kept.
    fn replace(
        &self,
        place: &Path,
        content: &mut dyn Read,
        source_mode: Option<u32>,
        target: &mut Target,
    ) -> Result<Option<PathBuf>, Failure> {
        let backup = if self.backup && place.exists() { target.back_up(place)? } else { None };
        let mut staged = match target.stage(place) {
            Ok(staged) => staged,
            Err(failure) if !self.attributes.unsafe_writes => return Err(failure),
            Err(_) => {
                target.write_from(place, content, true)?;
                return Ok(backup);
            }
        };
        let written = std::io::copy(content, staged.file());
        written.map_err(|error| Failure::new(format!("failed to copy: {}", errors::plain(&error))))?;
        self.validate(&staged, target)?;
        if place.is_symlink() {
            // The link goes, not what it points to.
            std::fs::remove_file(place).map_err(|error| errors::file_failure(&error, place))?;
        }
        let is_new = !place.exists();
        target.place(staged, place, self.attributes.unsafe_writes)?;
        if let Some(mode) = source_mode.filter(|_| is_new) {
            // A copy on the target is as the original was, as far as the umask lets new files be.
            let mode = mode & 0o777 & !target.umask();
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(place, permissions).map_err(|error| errors::file_failure(&error, place))?;
        }
        Ok(backup)
    }

    fn validate(&self, staged: &Staged, target: &mut Target) -> Result<(), Failure> {
        let Some(validate) = self.validate.as_ref().filter(|validate| !validate.is_empty()) else { return Ok(()) };
        if !validate.contains("%s") {
            return Err(Failure::new(format!("validate must contain %s: {validate}")));
        }
        target.converge_attributes(staged.path(), &self.attributes)?;
        let line = validate.replacen("%s", &staged.path().to_string_lossy(), 1);
        let finished = target.command(words::split(&line)?).run_or_fail()?;
        if finished.is_success() {
            return Ok(());
        }
        let failure = Failure::new("failed to validate").with("exit_status", finished.code);
        Err(failure.with("stdout", finished.stdout_text()).with("stderr", finished.stderr_text()))
    }
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}
