//! ansible.builtin.file: manages files, folders and links, and what belongs to them.

mod links;
#[cfg(test)]
mod tests;
mod times;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::change::Properties;
use crate::runner::files::{self, FileAttributes, info, real_path};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};
use times::Times;

pub static MODULE: Module = Module::of::<File>("ansible.builtin.file", "Manage files, folders and links");

#[derive(Args)]
struct File {
    /// What to manage.
    #[arg(alias = "dest", alias = "name")]
    path: TargetPath,
    /// What it is to be. `file` only changes what is there, `touch` makes an empty file.
    state: Option<State>,
    /// What a link points to.
    src: Option<TargetPath>,
    /// Whether all below a folder gets the same owner, permissions and so on.
    #[arg(default = false)]
    recurse: bool,
    /// Whether a link is made even if it points to nothing or takes a file's place.
    #[arg(default = false)]
    force: bool,
    /// Whether a link stands for what it points to.
    #[arg(default = true)]
    follow: bool,
    /// When it was changed: a time, `now` or `preserve`.
    modification_time: Option<String>,
    /// How that time is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    modification_time_format: String,
    /// When it was read: a time, `now` or `preserve`.
    access_time: Option<String>,
    /// How that time is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    access_time_format: String,
    /// For the action of copy and template: the name inside a folder.
    #[arg(name = "_original_basename")]
    original_basename: Option<String>,
    /// For the action of copy and template: only tells whether the file looks binary.
    #[arg(name = "_diff_peek")]
    diff_peek: Option<bool>,
    #[arg(flatten)]
    attributes: FileAttributes,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Directory,
    File,
    Hard,
    Link,
    Touch,
}

/// What is there now.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    Absent,
    Directory,
    File,
    Hard,
    Link,
}

impl Found {
    fn at(path: &Path) -> Self {
        match path.symlink_metadata() {
            Err(_) => Self::Absent,
            Ok(metadata) => match info::state_of(&metadata) {
                "link" => Self::Link,
                "directory" => Self::Directory,
                "hard" => Self::Hard,
                _ => Self::File,
            },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Directory => "directory",
            Self::File => "file",
            Self::Hard => "hard",
            Self::Link => "link",
        }
    }
}

impl Run for File {
    fn run(mut self, target: &mut Target) -> Outcome {
        if self.diff_peek.is_some() {
            let looks_binary = looks_binary(&target.absolute(&self.path));
            return Ok(Map::from([("path", Value::from(&self.path)), ("appears_binary", looks_binary.into())]));
        }
        let state = self.state_for(target)?;
        let times = self.times(state, target)?;
        let mut result = match state {
            State::File => self.change_file(&times, target)?,
            State::Directory => self.make_folder(&times, target)?,
            State::Touch => self.touch(&times, target)?,
            State::Link => links::symbolic(&self, &times, target)?,
            State::Hard => links::hard(&self, &times, target)?,
            State::Absent => self.remove(target)?,
        };
        let properties = std::mem::take(&mut target.properties);
        if target.wants_diff() && !properties.is_empty() {
            result.insert("diff", properties.into_diff());
        }
        Ok(result)
    }
}

impl File {
    /// The state that is meant where none is given, after the checks on what goes together.
    fn state_for(&mut self, target: &Target) -> Result<State, Failure> {
        let path = target.absolute(&self.path);
        if !matches!(self.state, Some(State::Link | State::Absent)) && path.is_dir() {
            let from_source = self.src.as_ref().and_then(|src| src.file_name());
            let name =
                self.original_basename.clone().or_else(|| from_source.map(|name| name.to_string_lossy().into_owned()));
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                self.path = TargetPath::new(self.path.join(name));
            }
        }
        let state = self.state.unwrap_or_else(|| match Found::at(&target.absolute(&self.path)) {
            Found::Absent if self.recurse => State::Directory,
            Found::Absent | Found::File => State::File,
            Found::Directory => State::Directory,
            Found::Hard => State::Hard,
            Found::Link => State::Link,
        });
        if self.recurse && state != State::Directory {
            return Err(self.failure("recurse option requires state to be 'directory'"));
        }
        if self.src.is_some() && !matches!(state, State::Link | State::Hard) {
            return Err(self.failure("src option requires state to be 'link' or 'hard'"));
        }
        Ok(state)
    }

    fn times(&self, state: State, target: &Target) -> Result<Times, Failure> {
        let default = if state == State::Touch { "now" } else { "preserve" };
        let zone = &target.environment().time_zone;
        let modified = self.modification_time.as_deref().unwrap_or(default);
        let accessed = self.access_time.as_deref().unwrap_or(default);
        Ok(Times {
            modified: times::wanted(modified, &self.modification_time_format, zone)?,
            accessed: times::wanted(accessed, &self.access_time_format, zone)?,
        })
    }

    fn failure(&self, message: impl Into<String>) -> Failure {
        Failure::new(message).with("path", &self.path)
    }

    /// Owner, permissions and the rest, then the times. Tells whether anything differed.
    fn converge(&self, path: &Path, times: &Times, target: &mut Target) -> Result<bool, Failure> {
        let differs = target.converge_attributes(path, &self.attributes)?;
        Ok(times::converge(path, times, target)? | differs)
    }

    fn change_file(&self, times: &Times, target: &mut Target) -> Outcome {
        let (shown, path, found) = self.followed(target);
        if !matches!(found, Found::File | Found::Hard) {
            let word = found.word();
            let failure = Failure::new(format!("file ({}) is {word}, cannot continue", shown.display()));
            return Err(failure.with("path", shown.to_string_lossy().into_owned()).with("state", word));
        }
        note_states(target, &shown, found, State::File);
        self.converge(&path, times, target)?;
        Ok(Map::from([("path", shown.to_string_lossy().into_owned())]))
    }

    /// The path as results show it, where it is, and what is there, a link followed if so wished.
    fn followed(&self, target: &Target) -> (PathBuf, PathBuf, Found) {
        let path = target.absolute(&self.path);
        match Found::at(&path) {
            Found::Link if self.follow => {
                let real = real_path(&path);
                let found = Found::at(&real);
                (real.clone(), real, found)
            }
            found => (self.path.to_path_buf(), path, found),
        }
    }

    fn make_folder(&self, times: &Times, target: &mut Target) -> Outcome {
        let (shown, path, found) = self.followed(target);
        let result = Map::from([("path", shown.to_string_lossy().into_owned())]);
        match found {
            Found::Absent => {
                note_states(target, &shown, found, State::Directory);
                target.mark_changed();
                if target.is_check() {
                    return Ok(result);
                }
                self.make_folders(&shown, times, target)?;
            }
            Found::Directory => note_states(target, &shown, found, State::Directory),
            other => {
                return Err(self.failure(format!("{} already exists as a {}", shown.display(), other.word())));
            }
        }
        self.converge(&path, times, target)?;
        if self.recurse {
            let kept = std::mem::take(&mut target.properties);
            let done = self.converge_below(&path, times, target);
            target.properties = kept;
            done?;
        }
        Ok(result)
    }

    /// Makes the folder and those above it that are missing; all of them get what was asked for.
    fn make_folders(&self, shown: &Path, times: &Times, target: &mut Target) -> Result<(), Failure> {
        let mut folder = PathBuf::new();
        for component in shown.components() {
            folder.push(component);
            let place = target.absolute(&folder);
            if place.exists() {
                continue;
            }
            match std::fs::create_dir(&place) {
                Ok(()) => {}
                // Somebody else was faster.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && place.is_dir() => {}
                Err(error) => {
                    let folder_text = folder.to_string_lossy().into_owned();
                    let why = errors::with_bytes(&error, &folder);
                    let message = format!("There was an issue creating {folder_text} as requested: {why}");
                    return Err(Failure::new(message).with("path", folder_text));
                }
            }
            self.converge(&place, times, target)?;
        }
        Ok(())
    }

    fn converge_below(&self, folder: &Path, times: &Times, target: &mut Target) -> Result<(), Failure> {
        let entries = std::fs::read_dir(folder).map_err(|error| errors::file_failure(&error, folder))?;
        for entry in entries.flatten() {
            let path = entry.path();
            self.converge(&path, times, target)?;
            let Ok(metadata) = path.symlink_metadata() else { continue };
            if metadata.is_dir() {
                self.converge_below(&path, times, target)?;
            } else if metadata.is_symlink() && self.follow && path.exists() {
                let there = real_path(&path);
                self.converge(&there, times, target)?;
                if there.is_dir() && !folder.starts_with(&there) {
                    self.converge_below(&there, times, target)?;
                }
            }
        }
        Ok(())
    }

    fn touch(&self, times: &Times, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        let found = Found::at(&path);
        let result = Map::from([("dest", &self.path)]);
        if found == Found::Absent {
            target.mark_changed();
            if target.is_check() {
                return Ok(result);
            }
            std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
                self.failure("Error, could not touch target.").caused_by(errors::with_bytes(&error, &self.path))
            })?;
        }
        note_states(target, &self.path, found, State::Touch);
        let followed = if self.follow { real_path(&path) } else { path.clone() };
        let done = self.converge(&followed, times, target);
        if done.is_err() && found == Found::Absent {
            // It was only made for what could not be done.
            let _ = std::fs::remove_file(&path);
        }
        done?;
        Ok(result)
    }

    fn remove(&self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        let result = Map::from([("path", Value::from(&self.path)), ("state", "absent".into())]);
        let found = Found::at(&path);
        if found == Found::Absent {
            return Ok(result);
        }
        note_states(target, &self.path, found, State::Absent);
        if found == Found::Directory && target.wants_diff() {
            target.properties.before.insert("path_content", content_of(&path));
        }
        target.effect(|_| {
            if found == Found::Directory {
                std::fs::remove_dir_all(&path)
                    .map_err(|error| Failure::new(format!("rmtree failed: {}", errors::with_bytes(&error, &path))))
            } else {
                std::fs::remove_file(&path)
                    .map_err(|error| self.failure(format!("unlinking failed: {} ", errors::with_bytes(&error, &path))))
            }
        })?;
        Ok(result)
    }
}

/// The start of the diff: the path, and the states where they differ.
fn note_states(target: &mut Target, path: &Path, found: Found, wanted: State) {
    let path = path.to_string_lossy().into_owned();
    target.properties = Properties::default();
    target.properties.note("path", path.as_str(), path.as_str());
    if found.word() != wanted.as_str() {
        target.properties.note("state", found.word(), wanted.as_str());
    }
}

/// All below a folder, for the diff of its end.
fn content_of(folder: &Path) -> Map {
    let (mut folders, mut others) = (Vec::new(), Vec::new());
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let text = Value::text(path.to_string_lossy().into_owned());
            if path.is_dir() {
                folders.push(text);
                if !path.is_symlink() {
                    waiting.push(path);
                }
            } else {
                others.push(text);
            }
        }
    }
    Map::from([("directories", folders), ("files", others)])
}

fn looks_binary(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(8192).read_to_end(&mut start));
    read.is_ok() && start.contains(&0)
}

/// Whether the name is taken, if only by a link to nothing.
fn is_taken(path: &Path) -> bool {
    files::lexists(path)
}
