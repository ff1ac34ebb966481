//! What the modules share that edit text: reading files whatever bytes are in them, writing them
//! back with a check in between, and the shape of their diffs.

use std::path::{Path, PathBuf};

use crate::data::{Map, Value};
use crate::runner::change::Properties;
use crate::runner::files::{FileAttributes, real_path};
use crate::runner::{Failure, Target, errors, words};

/// Bytes that are no UTF-8 become characters of a private area, and bytes again when written.
const STRAY: u32 = 0x0010_FE00;

/// Text of any bytes; `encode` gives them back.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(STRAY + u32::from(*byte))));
    }
    text
}

/// The bytes of a text from `decode`.
pub fn encode(text: &str) -> Vec<u8> {
    let is_stray = |character: char| (STRAY..STRAY + 256).contains(&(character as u32));
    if !text.contains(is_stray) {
        return text.as_bytes().to_vec();
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if is_stray(character) {
            bytes.push((character as u32 - STRAY) as u8);
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

/// Lines with their ends, split at `\n` alone.
pub fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

impl Target {
    /// The text of a file that may be missing.
    pub fn read_text(&self, path: &Path) -> Result<Option<String>, Failure> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(decode(&bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(errors::file_failure(&error, path)),
        }
    }

    /// Keeps the old file if so wished, has the new one checked, and puts it in place. Where the
    /// path is a link, what it points to is replaced. Gives the name of the old file's copy.
    pub fn write_text(
        &mut self,
        path: &Path,
        text: &str,
        validate: Option<&str>,
        backup: bool,
        unsafe_writes: bool,
    ) -> Result<Option<PathBuf>, Failure> {
        let kept = if backup { self.back_up(path)? } else { None };
        let place = real_path(path);
        let bytes = encode(text);
        let Some(validate) = validate.filter(|validate| !validate.is_empty()) else {
            self.write_file(&place, &bytes, unsafe_writes)?;
            return Ok(kept);
        };
        let mut staged = self.stage(&place)?;
        let written = std::io::Write::write_all(staged.file(), &bytes);
        written.map_err(|error| errors::file_failure(&error, staged.path()))?;
        if !validate.contains("%s") {
            return Err(Failure::new(format!("validate must contain %s: {validate}")));
        }
        let line = validate.replacen("%s", &staged.path().to_string_lossy(), 1);
        let finished = self.command(words::split(&line)?).run_or_fail()?;
        if !finished.is_success() {
            let (code, stderr) = (finished.code, finished.stderr_text());
            return Err(Failure::new(format!("failed to validate: rc:{code} error:{stderr}")));
        }
        self.place(staged, &place, unsafe_writes)?;
        Ok(kept)
    }

    /// Brings about a file's attributes and adds to the message that they were changed.
    pub fn converge_edited(
        &mut self,
        path: &Path,
        attributes: &FileAttributes,
        message: &mut String,
    ) -> Result<(), Failure> {
        if self.converge_attributes(path, attributes)? {
            if !message.is_empty() {
                message.push_str(" and ");
            }
            message.push_str("ownership, perms or SE linux context changed");
        }
        Ok(())
    }
}

/// The content's part of an editor's diff; empty texts where no diff is wanted.
pub fn content_diff(target: &Target, path: &str, before: &str, after: &str) -> Map {
    let (before, after) = if target.wants_diff() { (before, after) } else { ("", "") };
    Map::from([
        ("before", before.to_owned()),
        ("after", after.to_owned()),
        ("before_header", format!("{path} (content)")),
        ("after_header", format!("{path} (content)")),
    ])
}

/// The attributes' part, which has sides only where something was changed.
pub fn attributes_diff(properties: Properties, path: &str) -> Map {
    let mut diff = if properties.is_empty() { Map::new() } else { properties.into_diff() };
    diff.insert("before_header", format!("{path} (file attributes)"));
    diff.insert("after_header", format!("{path} (file attributes)"));
    diff
}

/// Both parts.
pub fn diffs(content: Map, properties: Properties, path: &str) -> Value {
    Value::list([content.into(), attributes_diff(properties, path).into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_survive() {
        for bytes in [&b"plain\n"[..], "ä€𝄞".as_bytes(), b"a\xff\xfe\x80b\xc3(", b""] {
            assert_eq!(encode(&decode(bytes)), bytes);
        }
        assert_eq!(lines("a\r\nb"), ["a\r\n", "b"]);
    }
}
