//! Zip archives: `unzip` unpacks them; what is in them is read here.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{Format, Job, Plan, file_failure};
use crate::data::Map;
use crate::runner::{Failure, Target, glob};

/// What the archive's directory says of a file.
struct Entry {
    name: String,
    mode: u32,
    size: u64,
    crc: u32,
    /// Seconds since 1970, in the host's zone.
    modified: i64,
}

pub(super) fn plan(job: &Job<'_>, target: &mut Target) -> Result<Plan, Failure> {
    let entries = entries(&job.archive, target).map_err(file_failure(&job.archive))?;
    let Some(entries) = entries else {
        let program = target.required_program("unzip")?;
        return Err(job.no_handler(&program, "End-of-central-directory signature not found."));
    };
    let options = job.options;
    let wanted = |name: &str| {
        let fits = |pattern: &String| glob::matches(name, pattern);
        !options.exclude.iter().any(fits) && (options.include.is_empty() || options.include.iter().any(fits))
    };
    let mut diff = String::new();
    let mut files = Vec::new();
    for entry in entries.iter().filter(|entry| wanted(&entry.name)) {
        files.push(entry.name.clone());
        if let Some(line) = difference(job, entry) {
            diff.push_str(&line);
        }
    }
    Ok(Plan { handler: Format::Zip.handler(), files, is_unpacked: diff.is_empty(), diff: Some(diff) })
}

pub(super) fn unpack(job: &Job<'_>, target: &Target) -> Result<Map, Failure> {
    let mut words = vec![target.required_program("unzip")?.to_string_lossy().into_owned(), "-o".to_owned()];
    if job.options.keep_newer {
        words[1] = "-uo".to_owned();
    }
    words.extend(job.options.extra_opts.iter().cloned());
    words.push(job.archive.to_string_lossy().into_owned());
    words.extend(job.options.include.iter().cloned());
    if !job.options.exclude.is_empty() {
        words.push("-x".to_owned());
        words.extend(job.options.exclude.iter().cloned());
    }
    words.extend(["-d".to_owned(), job.dest.to_string_lossy().into_owned()]);
    super::run(job, &words, target)
}

/// One line of the diff, if the file is not there as it should be.
fn difference(job: &Job<'_>, entry: &Entry) -> Option<String> {
    let path = job.dest.join(&entry.name);
    let is_folder = entry.name.ends_with('/');
    let kind = if is_folder { 'd' } else { 'f' };
    let Ok(metadata) = path.symlink_metadata() else {
        return Some(format!(">{kind}++++++.?? {}\n", entry.name));
    };
    if is_folder {
        return (!metadata.is_dir()).then(|| format!(">d++++++.?? {}\n", entry.name));
    }
    let differs_in_size = metadata.len() != entry.size;
    let differs_in_time = (metadata.mtime() - entry.modified).abs() > 1;
    let is_newer = metadata.mtime() > entry.modified;
    let differs_in_content = differs_in_size || differs_in_time && crc_of(&path) != Some(entry.crc);
    let mode = entry.mode & 0o777;
    let differs_in_mode =
        job.options.attributes.mode.is_none() && mode != 0 && metadata.permissions().mode() & 0o777 != mode;
    if job.options.keep_newer && is_newer {
        return None;
    }
    if !differs_in_content && !differs_in_mode {
        return None;
    }
    let mark = |differs: bool, letter: char| if differs { letter } else { '.' };
    Some(format!(
        ">{kind}{}{}{}{}..?? {}\n",
        mark(differs_in_content, 'c'),
        mark(differs_in_size, 's'),
        mark(differs_in_time, 't'),
        mark(differs_in_mode, 'p'),
        entry.name
    ))
}

fn crc_of(path: &Path) -> Option<u32> {
    let mut crc = flate2::Crc::new();
    let mut file = File::open(path).ok()?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(crc.sum()),
            length => crc.update(&buffer[..length]),
        }
    }
}

/// The archive's directory; `None` where the file is no such archive.
fn entries(path: &Path, target: &Target) -> std::io::Result<Option<Vec<Entry>>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let tail = length.min(66_000);
    file.seek(SeekFrom::End(-(tail as i64)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let Some(at) = end.windows(4).rposition(|bytes| bytes == b"PK\x05\x06") else { return Ok(None) };
    let number = |bytes: &[u8], at: usize, length: usize| {
        bytes
            .get(at..at + length)
            .map_or(0, |bytes| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let (size, start) = (number(&end, at + 12, 4), number(&end, at + 16, 4));
    file.seek(SeekFrom::Start(start))?;
    let mut directory = Vec::new();
    file.take(size).read_to_end(&mut directory)?;
    let mut entries = Vec::new();
    let mut rest = directory.as_slice();
    while rest.starts_with(b"PK\x01\x02") && rest.len() >= 46 {
        let (name, extra, comment) = (number(rest, 28, 2), number(rest, 30, 2), number(rest, 32, 2));
        let name_end = 46 + name as usize;
        let Some(bytes) = rest.get(46..name_end) else { break };
        entries.push(Entry {
            name: String::from_utf8_lossy(bytes).into_owned(),
            mode: (number(rest, 38, 4) >> 16) as u32,
            size: number(rest, 24, 4),
            crc: number(rest, 16, 4) as u32,
            modified: unix_time(number(rest, 12, 2), number(rest, 14, 2), target),
        });
        rest = rest.get(name_end + extra as usize + comment as usize..).unwrap_or_default();
    }
    Ok(Some(entries))
}

/// The time of an entry, which has no zone and counts in steps of two seconds.
fn unix_time(time: u64, date: u64, target: &Target) -> i64 {
    let (year, month, day) = ((date >> 9) + 1980, date >> 5 & 15, date & 31);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
    jiff::civil::DateTime::new(year as i16, month as i8, day as i8, hour as i8, minute as i8, second.min(59) as i8, 0)
        .and_then(|moment| moment.to_zoned(target.environment().time_zone.clone()))
        .map_or(0, |moment| moment.timestamp().as_second())
}
