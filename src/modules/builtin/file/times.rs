//! When a file was changed and read.

use std::fs::FileTimes;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

use crate::runner::{Failure, Target, errors};

/// One of the two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    Preserve,
    Now,
    /// Seconds since 1970.
    At(f64),
}

pub struct Times {
    pub modified: Wanted,
    pub accessed: Wanted,
}

/// What a user wrote.
pub fn wanted(text: &str, format: &str, zone: &TimeZone) -> Result<Wanted, Failure> {
    match text {
        "preserve" => return Ok(Wanted::Preserve),
        "now" => return Ok(Wanted::Now),
        _ => {}
    }
    let parsed = jiff::fmt::strtime::parse(format, text).and_then(|parsed| parsed.to_datetime());
    let zoned = parsed.and_then(|moment| moment.to_zoned(zone.clone()));
    zoned.map(|zoned| Wanted::At(zoned.timestamp().as_second() as f64)).map_err(|_| {
        Failure::new(format!(
            "Error while obtaining timestamp for time {text} using format {format}: \
             time data '{text}' does not match format '{format}'"
        ))
    })
}

/// Sets the times that differ. Tells whether any did.
pub fn converge(path: &Path, times: &Times, target: &mut Target) -> Result<bool, Failure> {
    if times.modified == Wanted::Preserve && times.accessed == Wanted::Preserve {
        return Ok(false);
    }
    let Ok(metadata) = path.metadata() else { return Ok(false) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let resolve = |wanted: Wanted, current: f64| match wanted {
        Wanted::Preserve => current,
        Wanted::Now => now,
        Wanted::At(seconds) => seconds,
    };
    let modified_before = metadata.mtime() as f64 + 1e-9 * metadata.mtime_nsec() as f64;
    let accessed_before = metadata.atime() as f64 + 1e-9 * metadata.atime_nsec() as f64;
    let modified = resolve(times.modified, modified_before);
    let accessed = resolve(times.accessed, accessed_before);
    let differ = |a: f64, b: f64| (a - b).abs() > 1e-6;
    let (modified_differs, accessed_differs) = (differ(modified, modified_before), differ(accessed, accessed_before));
    if !modified_differs && !accessed_differs {
        return Ok(false);
    }
    if modified_differs {
        target.properties.note("mtime", modified_before, modified);
    }
    if accessed_differs {
        target.properties.note("atime", accessed_before, accessed);
    }
    target.effect(|_| {
        let mut new = FileTimes::new();
        if modified_differs {
            new = new.set_modified(moment(modified));
        }
        if accessed_differs {
            new = new.set_accessed(moment(accessed));
        }
        let done = std::fs::File::open(path).and_then(|file| file.set_times(new));
        done.map_err(|error| {
            let why = errors::with_bytes(&error, path);
            Failure::new(format!("Error while updating modification or access time: {why}"))
                .with("path", path.to_string_lossy().into_owned())
        })
    })?;
    Ok(true)
}

fn moment(seconds: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs_f64(seconds.max(0.0))
}
