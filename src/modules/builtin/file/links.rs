//! Symbolic and hard links.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::times::Times;
use super::{File, Found, State, is_taken, note_states};
use crate::data::{Map, Value};
use crate::runner::files::real_path;
use crate::runner::files::write::random_name;
use crate::runner::{Failure, Outcome, Target, errors};

pub fn symbolic(file: &File, times: &Times, target: &mut Target) -> Outcome {
    let path = target.absolute(&file.path);
    let found = Found::at(&path);
    let there = match &file.src {
        Some(src) => Some(src.to_path_buf()),
        None if file.follow && found == Found::Link => path.read_link().ok(),
        None => None,
    };
    let shown = there.as_ref().map(|there| there.to_string_lossy().into_owned());
    if let Some(there) = &there {
        let base = if found == Found::Directory { Some(path.as_path()) } else { path.parent() };
        let absolute = base.unwrap_or(Path::new("/")).join(there);
        if !file.force && !absolute.exists() {
            let absolute = base_shown(file, found).join(there);
            let message = format!(
                "src file does not exist, use 'force=yes' if you really want to create the link: {}",
                absolute.display()
            );
            return Err(file.failure(message).with("src", shown));
        }
    }
    refuse_conversion(file, found, &path)?;
    note_states(target, &file.path, found, State::Link);
    let Some(there) = there else { return Err("src is required for creating new symlinks".into()) };
    let result = Map::from([("dest", Value::from(&file.path)), ("src", shown.clone().into())]);
    let before = path.read_link().ok();
    let differs = found != Found::Link || before.as_ref() != Some(&there);
    if differs {
        if let Some(before) = before {
            target.properties.note("src", before.to_string_lossy().into_owned(), shown);
        }
        target.effect(|_| {
            let make = |name: &Path| std::os::unix::fs::symlink(&there, name);
            take_place(&path, found, &make).map_err(|message| file.failure(message))
        })?;
    }
    if target.is_check() && !path.exists() {
        return Ok(result);
    }
    let subject = if file.follow && path.is_symlink() { real_path(&path) } else { path.clone() };
    if file.follow && path.is_symlink() && !subject.exists() {
        target.warn(
            "Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this.",
        );
    } else {
        file.converge(&subject, times, target)?;
    }
    Ok(result)
}

/// Where a relative source is looked for, as the messages show it.
fn base_shown(file: &File, found: Found) -> PathBuf {
    if found == Found::Directory {
        return file.path.to_path_buf();
    }
    file.path.parent().unwrap_or(Path::new("")).to_path_buf()
}

/// A file or folder gives way to a link only by force, a filled folder never.
fn refuse_conversion(file: &File, found: Found, path: &Path) -> Result<(), Failure> {
    if !matches!(found, Found::Directory | Found::File | Found::Hard) {
        return Ok(());
    }
    if !file.force {
        let (word, path) = (found.word(), file.path.display());
        return Err(file.failure(format!("refusing to convert from {word} to symlink for {path}")));
    }
    if found == Found::Directory && std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
        let path = file.path.display();
        return Err(file.failure(format!("the directory {path} is not empty, refusing to convert it")));
    }
    Ok(())
}

/// Makes a link under its name; what is there is replaced at once.
fn take_place(path: &Path, found: Found, make: &dyn Fn(&Path) -> std::io::Result<()>) -> Result<(), String> {
    if found == Found::Absent {
        return make(path).map_err(|error| format!("Error while linking: {}", errors::plain(&error)));
    }
    let temporary = path.with_file_name(format!(".{}", random_name()));
    let replaced = make(&temporary).and_then(|()| {
        if found == Found::Directory {
            std::fs::remove_dir(path)?;
        }
        std::fs::rename(&temporary, path)
    });
    // Renaming over another name of the same file does nothing, and leaves both.
    let _ = std::fs::remove_file(&temporary);
    replaced.map_err(|error| format!("Error while replacing: {}", errors::plain(&error)))
}

pub fn hard(file: &File, times: &Times, target: &mut Target) -> Outcome {
    let path = target.absolute(&file.path);
    let found = Found::at(&path);
    let source = file.src.as_ref().map(|src| target.absolute(src));
    let shown = file.src.as_ref().map(|src| src.text());
    let failure = |message: &str| Failure::new(message).with("dest", &file.path).with("src", shown.clone());
    if found != Found::Hard && source.is_none() {
        return Err("src is required for creating new hardlinks".into());
    }
    if source.as_ref().is_some_and(|source| !source.exists()) {
        return Err(failure("src does not exist"));
    }
    note_states(target, &file.path, found, State::Hard);
    let same = source.as_ref().is_some_and(|source| is_same(source, &path));
    let differs = match found {
        Found::Absent => true,
        Found::Hard => source.is_some() && !same,
        Found::Link => {
            let before = path.read_link().unwrap_or_default();
            target.properties.note("src", before.to_string_lossy().into_owned(), shown.clone());
            source.as_ref() != Some(&before)
        }
        Found::File => true,
        Found::Directory if same => return Ok(Map::from([("path", &file.path)])),
        Found::Directory => true,
    };
    if differs && !file.force {
        match found {
            Found::Hard => return Err(failure("Cannot link, different hard link exists at destination")),
            Found::File => return Err(failure("Cannot link, file exists at destination")),
            Found::Directory => return Err(failure("Cannot link: different hard link exists at destination")),
            Found::Absent | Found::Link => {}
        }
    }
    if let Some(source) = source.filter(|_| differs) {
        target.effect(|_| {
            let source = if file.follow { real_path(&source) } else { source };
            let make = |name: &Path| std::fs::hard_link(&source, name);
            take_place(&path, found, &make).map_err(|message| file.failure(message))
        })?;
    }
    let result = Map::from([("dest", Value::from(&file.path)), ("src", shown.into())]);
    if !(target.is_check() && !is_taken(&path)) {
        file.converge(&path, times, target)?;
    }
    Ok(result)
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.metadata(), b.metadata()) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}
