//! A folder that is copied to another place of the target.

use std::fs::FileTimes;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{Copy, file_name};
use crate::data::{Map, Value};
use crate::runner::files::lexists;
use crate::runner::{Failure, Outcome, Target, errors};

pub fn run(copy: &Copy, shown: &str, source: &Path, target: &mut Target) -> Outcome {
    let wanted = target.absolute(&copy.dest);
    if wanted.exists() && !wanted.is_dir() {
        return Err(Failure::new(format!("Could not replace '{}' with '{shown}'.", copy.dest)));
    }
    if copy.dest.ends_with('/') {
        copy.make_folders(Path::new(&copy.dest), target)?;
    }
    // Without a slash at its end the folder itself goes there, with one only what is in it.
    let mut reported = PathBuf::from(&copy.dest);
    let mut place = wanted.clone();
    if !shown.ends_with('/') {
        let name = file_name(source).unwrap_or_default();
        place.push(&name);
        if wanted.is_dir() {
            reported.push(&name);
        }
    }
    let reported = match (reported == Path::new(&copy.dest), wanted.is_dir() && !copy.dest.ends_with('/')) {
        // As the reference writes it: a folder that was there gets its slash.
        (true, true) => format!("{}/", copy.dest),
        (true, false) => copy.dest.clone(),
        (false, _) => reported.to_string_lossy().into_owned(),
    };
    let inside = place.starts_with(source);
    if inside {
        return Err(Failure::new(format!("Could not replace '{}' with '{shown}'.", copy.dest)));
    }
    copy_folder(source, &place, target)?;
    if !target.is_check() {
        converge_owners(copy, &place, target)?;
        target.converge_attributes(&target.absolute(&reported), &copy.attributes)?;
    }
    Ok(Map::from([
        ("dest", Value::from(reported)),
        ("src", shown.into()),
        ("md5sum", Value::NULL),
        ("checksum", Value::NULL),
    ]))
}

/// Makes one folder like another; what is only there stays.
fn copy_folder(source: &Path, place: &Path, target: &mut Target) -> Result<(), Failure> {
    let is_new = !place.is_dir();
    if is_new {
        let made = target.effect(|_| {
            std::fs::create_dir_all(place)
                .and_then(|()| std::fs::set_permissions(place, source.metadata()?.permissions()))
                .map_err(|error| errors::file_failure(&error, place))
        })?;
        if made.is_none() {
            return Ok(());
        }
    }
    let entries = std::fs::read_dir(source).map_err(|error| errors::file_failure(&error, source))?;
    for entry in entries {
        let from = entry.map_err(|error| errors::file_failure(&error, source))?.path();
        let to = place.join(from.file_name().unwrap_or_default());
        let metadata = from.symlink_metadata().map_err(|error| errors::file_failure(&error, &from))?;
        if metadata.is_dir() {
            copy_folder(&from, &to, target)?;
        } else if metadata.is_symlink() {
            copy_link(&from, &to, target)?;
        } else if metadata.is_file() && !same_content(&from, &to) {
            target.effect(|target| copy_file(&from, &to, target))?;
        }
    }
    Ok(())
}

fn copy_link(from: &Path, to: &Path, target: &mut Target) -> Result<(), Failure> {
    if lexists(to) {
        return Ok(());
    }
    target.effect(|_| {
        let made = from.read_link().and_then(|there| symlink(there, to));
        made.map_err(|error| errors::file_failure(&error, to))
    })?;
    Ok(())
}

/// Content, permissions and times.
fn copy_file(from: &Path, to: &Path, target: &mut Target) -> Result<(), Failure> {
    let failure = |error: std::io::Error| errors::file_failure(&error, to);
    let mut source = std::fs::File::open(from).map_err(failure)?;
    let metadata = source.metadata().map_err(failure)?;
    target.write_from(to, &mut source, false)?;
    std::fs::set_permissions(to, metadata.permissions()).map_err(failure)?;
    if let (Ok(modified), Ok(accessed)) = (metadata.modified(), metadata.accessed()) {
        let times = FileTimes::new().set_modified(modified).set_accessed(accessed);
        let _ = std::fs::File::open(to).and_then(|file| file.set_times(times));
    }
    Ok(())
}

fn same_content(a: &Path, b: &Path) -> bool {
    let (Ok(a_data), Ok(b_data)) = (a.metadata(), b.metadata()) else { return false };
    if a_data.len() != b_data.len() || !b_data.is_file() {
        return false;
    }
    let (Ok(a), Ok(b)) = (std::fs::File::open(a), std::fs::File::open(b)) else { return false };
    let (mut a, mut b) = (std::io::BufReader::new(a).bytes(), std::io::BufReader::new(b).bytes());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(Ok(a)), Some(Ok(b))) if a == b => {}
            _ => return false,
        }
    }
}

/// Owner and group go all the way down; permissions are those of the source.
fn converge_owners(copy: &Copy, place: &Path, target: &mut Target) -> Result<(), Failure> {
    if copy.attributes.owner.is_none() && copy.attributes.group.is_none() {
        return Ok(());
    }
    target.converge_owner(place, copy.attributes.owner.as_deref())?;
    target.converge_group(place, copy.attributes.group.as_deref())?;
    if place.is_dir() && !place.is_symlink() {
        for entry in std::fs::read_dir(place).map_err(|error| errors::file_failure(&error, place))?.flatten() {
            converge_owners(copy, &entry.path(), target)?;
        }
    }
    Ok(())
}
