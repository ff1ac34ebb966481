//! Tests on files of the controller.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::data::{Data, Value, python};
use crate::template::{Arguments, Result, Test};

pub const TESTS: &[Test] = &[
    Test::plain("exists", exists, "Whether there is something at the path."),
    Test::plain("file", file, "Whether there is a file at the path.").also(&["is_file"]),
    Test::plain("directory", directory, "Whether there is a folder at the path.").also(&["is_dir"]),
    Test::plain("link", link, "Whether there is a symbolic link at the path.").also(&["is_link"]),
    Test::plain("link_exists", link_exists, "Whether there is something at the path, if only a broken link."),
    Test::plain("mount", mount, "Whether a file system is mounted at the path.").also(&["is_mount"]),
    Test::plain("abs", absolute, "Whether the path begins at the root.").also(&["is_abs"]),
    Test::plain("same_file", same_file, "Whether two paths lead to the same file.").also(&["is_same_file"]),
    Test::plain("vaulted_file", vaulted_file, "Whether the file is a vault envelope."),
];

/// The place that a path means; numbers are open files in Python, and none of ours.
fn place(value: &Value, args: &Arguments<'_>) -> Result<Option<PathBuf>> {
    match &value.data {
        Data::Text(text) if text.is_empty() => Ok(None),
        Data::Text(text) => Ok(Some(args.context().environment().working_directory.join(text.as_str()))),
        Data::Int(_) | Data::Bool(_) => Ok(None),
        _ => {
            let kind = value.type_name();
            Err(format!("stat: path should be string, bytes, os.PathLike or integer, not {kind}").into())
        }
    }
}

fn found(input: &Value, args: &Arguments<'_>) -> Result<Option<Metadata>> {
    Ok(place(input, args)?.and_then(|path| fs::metadata(path).ok()))
}

fn exists(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(found(input, args)?.is_some())
}

fn file(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(found(input, args)?.is_some_and(|found| found.is_file()))
}

fn directory(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(found(input, args)?.is_some_and(|found| found.is_dir()))
}

fn link(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(place(input, args)?.and_then(|path| fs::symlink_metadata(path).ok()).is_some_and(|found| found.is_symlink()))
}

fn link_exists(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(place(input, args)?.is_some_and(|path| fs::symlink_metadata(path).is_ok()))
}

fn mount(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let Some(path) = place(input, args)? else { return Ok(false) };
    let Ok(here) = fs::symlink_metadata(&path) else { return Ok(false) };
    if here.is_symlink() {
        return Ok(false);
    }
    let Ok(above) = fs::symlink_metadata(path.join("..")) else { return Ok(false) };
    // The root is its own folder; elsewhere the device changes.
    Ok(here.dev() != above.dev() || here.ino() == above.ino())
}

fn absolute(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    match input.as_str() {
        Some(path) => Ok(path.starts_with('/')),
        None => Err(format!("expected str, bytes or os.PathLike object, not {}", input.type_name()).into()),
    }
}

fn same_file(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required("f2")?;
    let mut identities = Vec::new();
    for path in [input, &other] {
        let Some(found) = found(path, args)? else {
            return Err(format!("[Errno 2] No such file or directory: {}", python::repr(path)).into());
        };
        identities.push((found.dev(), found.ino()));
    }
    Ok(identities[0] == identities[1])
}

/// What every vault envelope begins with.
const VAULT_MARK: &[u8] = b"$ANSIBLE_VAULT";

fn vaulted_file(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let shown = python::repr(input);
    let path = place(input, args)?.unwrap_or_else(|| PathBuf::from(python::str(input)));
    match fs::read(&path) {
        Ok(bytes) => Ok(bytes.starts_with(VAULT_MARK)),
        Err(error) => {
            let (code, reason) = match error.kind() {
                std::io::ErrorKind::NotFound => (2, "No such file or directory".to_owned()),
                std::io::ErrorKind::IsADirectory => (21, "Is a directory".to_owned()),
                std::io::ErrorKind::PermissionDenied => (13, "Permission denied".to_owned()),
                _ => (error.raw_os_error().unwrap_or_default(), error.to_string()),
            };
            let file = python::text_repr(&python::str(input));
            Err(format!("Cannot test if the file {shown} is a vault: [Errno {code}] {reason}: b{file}").into())
        }
    }
}
