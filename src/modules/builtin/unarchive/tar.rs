//! Archives that `tar` unpacks.

use std::path::PathBuf;

use super::{Format, Job, Plan};
use crate::data::Map;
use crate::runner::{Failure, Target, glob};

/// The differences that `tar --diff` tells, and the option that takes each of them upon itself.
const OWNER: &str = ": Uid differs";
const GROUP: &str = ": Gid differs";
const MODE: &str = ": Mode differs";
const TIME: &str = ": Mod time differs";
const OTHERS: [&str; 6] = [
    ": Warning: Cannot stat: No such file or directory",
    ": Invalid owner",
    ": Invalid group",
    ": Symlink differs",
    ": Contents differ",
    ": Size differs",
];

fn program(target: &Target) -> Result<PathBuf, Failure> {
    match target.find_program("gtar") {
        Some(program) => Ok(program),
        None => target.required_program("tar"),
    }
}

/// The command with what is common to all of its uses.
fn words(job: &Job<'_>, format: Format, action: &str, target: &Target) -> Result<Vec<String>, Failure> {
    let mut words = vec![program(target)?.to_string_lossy().into_owned(), action.to_owned()];
    words.extend(["-C".to_owned(), job.dest.to_string_lossy().into_owned()]);
    match format {
        Format::Gzip => words.push("-z".to_owned()),
        Format::Xz => words.push("-J".to_owned()),
        Format::Bzip2 => words.push("-j".to_owned()),
        Format::Zstd => words.push("--use-compress-program=zstd".to_owned()),
        Format::Plain | Format::Zip => {}
    }
    Ok(words)
}

fn finish(job: &Job<'_>, mut words: Vec<String>) -> Vec<String> {
    words.extend(job.options.extra_opts.iter().cloned());
    words.extend(job.options.exclude.iter().map(|name| format!("--exclude={name}")));
    words.extend(["-f".to_owned(), job.archive.to_string_lossy().into_owned()]);
    words.extend(job.options.include.iter().cloned());
    words
}

pub(super) fn plan(job: &Job<'_>, format: Format, target: &mut Target) -> Result<Plan, Failure> {
    let list = finish(job, words(job, format, "--list", target)?);
    let finished = target.command(&list).in_english().run_or_fail()?;
    if !finished.is_success() {
        let why = format!("Unable to list files in the archive: {}", finished.stderr_text());
        return Err(job.no_handler(&program(target)?, &why));
    }
    let excluded = |name: &str| job.options.exclude.iter().any(|pattern| glob::matches(name, pattern));
    let files: Vec<String> =
        finished.stdout_text().lines().map(unquoted).filter(|name| !name.is_empty() && !excluded(name)).collect();
    let is_unpacked = is_unpacked(job, format, target)?;
    Ok(Plan { handler: format.handler(), files, is_unpacked, diff: None })
}

fn is_unpacked(job: &Job<'_>, format: Format, target: &Target) -> Result<bool, Failure> {
    let attributes = &job.options.attributes;
    let compare = finish(job, ownership(job, words(job, format, "--diff", target)?));
    let finished = target.command(&compare).in_english().run_or_fail()?;
    if finished.is_success() {
        return Ok(true);
    }
    let is_root = rustix::process::geteuid().is_root();
    let said = finished.stdout_text() + &finished.stderr_text();
    let differs = |line: &str| {
        (is_root && attributes.owner.is_none() && line.contains(OWNER))
            || (is_root && attributes.group.is_none() && line.contains(GROUP))
            || (attributes.mode.is_none() && line.contains(MODE))
            || (!job.options.keep_newer && line.contains(TIME))
            || OTHERS.iter().any(|words| line.contains(words))
    };
    Ok(!said.lines().any(differs))
}

fn ownership(job: &Job<'_>, mut words: Vec<String>) -> Vec<String> {
    let attributes = &job.options.attributes;
    if let Some(owner) = &attributes.owner {
        words.push(format!("--owner={owner}"));
    }
    if let Some(group) = &attributes.group {
        words.push(format!("--group={group}"));
    }
    words
}

pub(super) fn unpack(job: &Job<'_>, format: Format, target: &Target) -> Result<Map, Failure> {
    let mut extract = words(job, format, "--extract", target)?;
    if job.options.keep_newer {
        extract.push("--keep-newer-files".to_owned());
    }
    super::run(job, &finish(job, ownership(job, extract)), target)
}

/// A name as `tar` lists it: what is no plain character in octal, after a backslash.
fn unquoted(line: &str) -> String {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes();
    while let [first, after @ ..] = rest {
        let digits =
            after.get(..3).filter(|digits| *first == b'\\' && digits.iter().all(|digit| (b'0'..b'8').contains(digit)));
        match (digits, first, after) {
            (Some([a, b, c]), _, _) => {
                let value = u32::from(a - b'0') * 64 + u32::from(b - b'0') * 8 + u32::from(c - b'0');
                bytes.push(value as u8);
                rest = &after[3..];
            }
            (_, b'\\', [b'\\', more @ ..]) => {
                bytes.push(b'\\');
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
