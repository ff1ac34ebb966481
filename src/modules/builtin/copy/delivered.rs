//! A file from the controller. The result is what the reference's action makes of several module
//! calls: like the file module's where the content is right already, like copy's where it is not.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use super::{Copy, Source, file_name};
use crate::data::{Map, Value};
use crate::runner::blobs::Content;
use crate::runner::files::write::task_folder_name;
use crate::runner::files::{checksum, real_path};
use crate::runner::{Failure, Outcome, Target, errors};

/// Larger files are not shown in a diff.
const DIFF_LIMIT: u64 = 104_448;

pub fn run(mut copy: Copy, mut content: Content, target: &mut Target) -> Outcome {
    let is_written_out = copy.src.is_none();
    let name = copy.original_basename.clone();
    let name = name.or_else(|| copy.src.as_ref().and_then(|src| file_name(Path::new(src)))).unwrap_or_default();
    if is_written_out && (copy.dest.ends_with('/') || target.absolute(&copy.dest).is_dir()) {
        return Err("can not use content with a dir as dest".into());
    }
    let shown = if copy.dest.ends_with('/') || target.absolute(&copy.dest).is_dir() {
        PathBuf::from(&copy.dest).join(&name)
    } else {
        PathBuf::from(&copy.dest)
    };
    let place = target.absolute(&shown);
    let metadata = if copy.follow { place.metadata() } else { place.symlink_metadata() };
    let sha1 = content.checksum();
    if metadata.is_ok() && !copy.force {
        let source = copy.src.clone().unwrap_or_default();
        return Ok(Map::from([("dest", shown.to_string_lossy().into_owned()), ("src", source)]));
    }
    let is_file = metadata.as_ref().is_ok_and(std::fs::Metadata::is_file);
    if is_file && checksum::of_file(&place, "sha1").is_ok_and(|sum| sum == sha1) {
        return only_attributes(&copy, &shown, &sha1, target);
    }
    let header = copy.src.clone().unwrap_or_else(|| shown.to_string_lossy().into_owned());
    // Small content is needed twice: for the diff, and for the file.
    let mut reader: Box<dyn Read> = Box::new(Cursor::new(Vec::new()));
    let mut diff = Map::new();
    let mut md5 = String::new();
    if target.wants_diff() {
        note_before(&place, &shown, &mut diff);
        if content.size() > DIFF_LIMIT {
            diff.insert("src_larger", DIFF_LIMIT);
        } else {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(transfer_failure)?;
            note_text(&bytes, "after", "src_binary", &header, &mut diff);
            md5 = checksum::of_bytes(&bytes, "md5").map_err(transfer_failure)?;
            reader = Box::new(Cursor::new(bytes));
        }
    }
    let diffs = if diff.is_empty() { Value::list([]) } else { Value::list([diff.into()]) };
    if target.is_check() {
        target.mark_changed();
        return Ok(Map::from([("diff", diffs)]));
    }
    copy.destination(&name, target)?;
    let fail = |failure: Failure| failure.with("checksum", sha1.as_str()).with("diff", Value::list([]));
    let mut hashing = Hashing { inner: reader.chain(content), md5: checksum::hasher("md5") };
    let sums = Source { checksum: sha1.clone(), md5 };
    // Where the content came from in the reference: its file on the target, long gone.
    let extension = shown.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let home = target.environment().home.display().to_string();
    let source = format!("{home}/.ansible/tmp/{}/.source{extension}", task_folder_name());
    copy.remote_src = Some(false);
    let mut result = copy.put(&shown, &mut hashing, &sums, None, &source, target).map_err(fail)?;
    if sums.md5.is_empty() {
        let md5 = hashing.md5.map(|md5| checksum::hex(&md5.finalize()));
        result.insert("md5sum", md5);
    }
    result.insert("diff", diffs);
    Ok(result)
}

fn transfer_failure(error: std::io::Error) -> Failure {
    Failure::new(format!("The content could not be transferred: {}", errors::plain(&error)))
}

/// The content is right; the rest may not be.
fn only_attributes(copy: &Copy, shown: &Path, sha1: &str, target: &mut Target) -> Outcome {
    let shown =
        if copy.follow && shown.is_symlink() { real_path(&target.absolute(shown)) } else { shown.to_path_buf() };
    let text = shown.to_string_lossy().into_owned();
    target.properties.note("path", text.as_str(), text.as_str());
    target.converge_attributes(&target.absolute(&shown), &copy.attributes)?;
    let properties = std::mem::take(&mut target.properties);
    let diff = if target.wants_diff() { properties.into_diff().into() } else { Value::list([]) };
    Ok(Map::from([
        ("path", Value::text(text.as_str())),
        ("dest", text.into()),
        ("checksum", sha1.into()),
        ("diff", diff),
    ]))
}

fn note_before(place: &Path, shown: &Path, diff: &mut Map) {
    match place.metadata() {
        Ok(metadata) if metadata.len() > DIFF_LIMIT => {
            diff.insert("dst_larger", DIFF_LIMIT);
        }
        Ok(metadata) if metadata.is_file() => {
            let bytes = std::fs::read(place).unwrap_or_default();
            note_text(&bytes, "before", "dst_binary", &shown.to_string_lossy(), diff);
        }
        _ => {
            diff.insert("before", "");
        }
    }
}

/// One side of the diff; of binary content only that it is.
fn note_text(bytes: &[u8], side: &str, binary: &str, header: &str, diff: &mut Map) {
    if bytes.contains(&0) {
        diff.insert(binary, 1);
        if side == "after" {
            diff.insert("after_header", header);
        }
        return;
    }
    diff.insert(side, String::from_utf8_lossy(bytes).into_owned());
    diff.insert(format!("{side}_header"), header);
}

/// Counts the MD5 sum of what is read.
struct Hashing<R> {
    inner: R,
    md5: Option<Box<dyn sha2::digest::DynDigest>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        if let Some(md5) = &mut self.md5 {
            md5.update(&buffer[..length]);
        }
        Ok(length)
    }
}
