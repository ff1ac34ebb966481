//! ansible.builtin.assemble: joins the files of a folder into one.

use std::path::Path;

use crate::args::{Args, TargetPath};
use crate::data::python::regex::{Flags, Pattern};
use crate::data::{Map, Value};
use crate::runner::files::{FileAttributes, checksum, text};
use crate::runner::{Change, Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Assemble>("ansible.builtin.assemble", "Join the files of a folder into one");

#[derive(Args)]
struct Assemble {
    /// The folder with the pieces, which are taken in the order of their names.
    src: TargetPath,
    /// The file that they make up.
    dest: TargetPath,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// What stands between the pieces.
    delimiter: Option<String>,
    /// Whether the pieces are on the host already.
    #[arg(unused, default = true)]
    remote_src: bool,
    /// An expression that the names of pieces have to fit.
    regexp: Option<String>,
    /// Whether names with a dot at the start are left out.
    #[arg(default = false)]
    ignore_hidden: bool,
    /// A command that checks the new file before it gets its place; `%s` stands for its path.
    validate: Option<String>,
    /// Whether pieces in a vault are decrypted; that is done before they get here.
    #[arg(unused, default = true)]
    decrypt: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Run for Assemble {
    fn run(self, target: &mut Target) -> Outcome {
        let (source, dest) = (target.absolute(&self.src), target.absolute(&self.dest));
        if !source.exists() {
            return Err(Failure::new(format!("Source ({}) does not exist", self.src.text())));
        }
        if !source.is_dir() {
            return Err(Failure::new(format!("Source ({}) is not a directory", self.src.text())));
        }
        let joined = self.join(&source)?;
        let failed = |error: std::io::Error| errors::file_failure(&error, &dest);
        let sum = |algorithm| checksum::of_bytes(&joined, algorithm).map_err(failed);
        let mut result = Map::from([
            ("src", Value::from(self.src.text())),
            ("dest", self.dest.text().into()),
            ("checksum", sum("sha1")?.into()),
            ("md5sum", sum("md5").ok().into()),
            ("msg", "OK".into()),
        ]);
        let before = if dest.is_file() { Some(std::fs::read(&dest).map_err(failed)?) } else { None };
        let after = text::decode(&joined);
        if before.as_deref() != Some(joined.as_slice()) {
            let shown = text::decode(before.as_deref().unwrap_or_default());
            let change = Change::text(&shown, &after).headers(self.dest.text(), self.dest.text());
            let change = if change.differs() { change } else { Change::new() };
            let mut kept = None;
            target.converge(change, |target| {
                kept = target.write_text(
                    &dest,
                    &after,
                    self.validate.as_deref(),
                    self.backup,
                    self.attributes.unsafe_writes,
                )?;
                Ok(())
            })?;
            if let Some(kept) = kept {
                result.insert("backup_file", kept.to_string_lossy().into_owned());
            }
        }
        if !target.is_check() || dest.exists() {
            target.converge_attributes(&dest, &self.attributes)?;
        }
        Ok(result)
    }
}

impl Assemble {
    fn join(&self, folder: &Path) -> Result<Vec<u8>, Failure> {
        let pattern = match &self.regexp {
            Some(expression) => Some(
                Pattern::new(expression, Flags::default())
                    .map_err(|error| Failure::new(format!("Invalid Regexp ({error}) in \"{expression}\"")))?,
            ),
            None => None,
        };
        let delimiter = self.delimiter.as_ref().map(|text| unescaped(text));
        let entries = std::fs::read_dir(folder).map_err(|error| errors::file_failure(&error, folder))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let mut joined: Vec<u8> = Vec::new();
        let mut is_first = true;
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let fits = match &pattern {
                Some(pattern) => pattern.search(&name).map_err(|error| error.to_string())?.is_some(),
                None => true,
            };
            if !fits || !path.is_file() || (self.ignore_hidden && name.starts_with('.')) {
                continue;
            }
            let piece = std::fs::read(&path).map_err(|error| errors::file_failure(&error, &path))?;
            if !is_first && !joined.ends_with(b"\n") {
                joined.push(b'\n');
            }
            if let Some(delimiter) = delimiter.as_ref().filter(|_| !is_first) {
                joined.extend_from_slice(delimiter.as_bytes());
                if !delimiter.ends_with('\n') {
                    joined.push(b'\n');
                }
            }
            joined.extend_from_slice(&piece);
            is_first = false;
        }
        Ok(joined)
    }
}

/// `\n` and `\t` as people write them in playbooks.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, check_cases};

    const PIECES: &[(&str, &str)] = &[("d/1", "a"), ("d/2", "b\n"), ("d/.h", "h"), ("d/sub/", "")];

    #[test]
    fn pieces_are_joined() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    PIECES,
                    r###"{"src": "@/d", "dest": "@/out", "delimiter": "##"}"###,
                    r#"{"changed": true, "msg": "OK", "dest": "@/out", "src": "@/d", "state": "file", "checksum": "331b797100798e7106c41bdbfbb7265989162c43", "md5sum": "70ce84a4af322e1497a25efdc31d3044"}"#,
                    &[("out", "h\n##\na\n##\nb\n")],
                ),
                Case::new(
                    PIECES,
                    r#"{"src": "@/d", "dest": "@/out", "ignore_hidden": true, "mode": "0600"}"#,
                    r#"{"changed": true, "mode": "0600"}"#,
                    &[("out", "a\nb\n")],
                ),
                Case::new(
                    PIECES,
                    r#"{"src": "@/d", "dest": "@/out", "regexp": "^1"}"#,
                    r#"{"changed": true, "checksum": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"}"#,
                    &[("out", "a")],
                ),
                Case::new(
                    PIECES,
                    r#"{"src": "@/d", "dest": "@/out", "validate": "false %s"}"#,
                    r#"{"failed": true, "msg": "failed to validate: rc:1 error:"}"#,
                    &[("out", "<absent>")],
                ),
                Case::new(
                    &[],
                    r#"{"src": "@/d", "dest": "@/out"}"#,
                    r#"{"failed": true, "msg": "Source (@/d) does not exist"}"#,
                    &[],
                ),
                Case::new(
                    &[("d", "")],
                    r#"{"src": "@/d", "dest": "@/out"}"#,
                    r#"{"failed": true, "msg": "Source (@/d) is not a directory"}"#,
                    &[],
                ),
            ],
        );
    }
}
