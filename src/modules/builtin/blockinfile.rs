//! ansible.builtin.blockinfile: keeps a block of lines between two markers in a file.

use std::path::Path;

use crate::args::{Args, Choice, TargetPath};
use crate::data::Map;
use crate::data::python::regex::{Flags, Pattern};
use crate::runner::files::{FileAttributes, text};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module =
    Module::of::<BlockInFile>("ansible.builtin.blockinfile", "Manage a marked block of lines in a text file");

#[derive(Args)]
#[args(exclusive("insertbefore", "insertafter"))]
struct BlockInFile {
    /// The file.
    #[arg(alias = "dest", alias = "destfile", alias = "name")]
    path: TargetPath,
    /// Whether the block is to be there.
    #[arg(default = "present")]
    state: State,
    /// The lines around the block; `{mark}` stands for the words of beginning and end.
    #[arg(default = "# {mark} ANSIBLE MANAGED BLOCK")]
    marker: String,
    /// What is to stand between the markers. Nothing removes the block.
    #[arg(default = "", alias = "content")]
    block: String,
    /// Where a new block goes: after the last line that fits the expression, or `EOF`.
    insertafter: Option<String>,
    /// Where a new block goes: before the last line that fits the expression, or `BOF`.
    insertbefore: Option<String>,
    /// Whether a missing file is made.
    #[arg(default = false)]
    create: bool,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// A command that checks the new file before it gets its place; `%s` stands for its path.
    validate: Option<String>,
    /// The word for the beginning.
    #[arg(default = "BEGIN")]
    marker_begin: String,
    /// The word for the end.
    #[arg(default = "END")]
    marker_end: String,
    /// Whether a blank line follows the block.
    #[arg(default = false)]
    append_newline: bool,
    /// Whether a blank line precedes the block.
    #[arg(default = false)]
    prepend_newline: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

impl Run for BlockInFile {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        let shown = self.path.text();
        if path.is_dir() {
            return Err(Failure::new(format!("Path {shown} is a directory !")).with("rc", 256));
        }
        let before = target.read_text(&path)?;
        if before.is_none() {
            self.prepare(&path, target)?;
        }
        let block = self.block_lines();
        let original = before.clone().unwrap_or_default();
        let after = self.edit(&original, &block)?;
        let mut message = match &before {
            Some(before) if *before == after => "",
            None if after.is_empty() => "",
            None => "File created",
            Some(_) if block.is_empty() => "Block removed",
            Some(_) => "Block inserted",
        }
        .to_owned();
        let diff = text::content_diff(target, &shown, &original, &after);
        let mut result = Map::new();
        if !message.is_empty() {
            let (validate, unsafe_writes) = (self.validate.as_deref(), self.attributes.unsafe_writes);
            let backup = self.backup && before.is_some();
            let written = target.effect(|target| target.write_text(&path, &after, validate, backup, unsafe_writes))?;
            if let Some(backup) = written.flatten() {
                result.insert("backup_file", backup.to_string_lossy().into_owned());
            }
        }
        if target.is_check() && before.is_none() {
            result.extend([("msg", message.into()), ("diff", crate::data::Value::from(diff))]);
            return Ok(result);
        }
        if path.exists() {
            target.converge_edited(&path, &self.attributes, &mut message)?;
        }
        result.insert("msg", message);
        result.insert("diff", text::diffs(diff, std::mem::take(&mut target.properties), &shown));
        Ok(result)
    }
}

impl BlockInFile {
    /// A missing file may be made, and its folder with it.
    fn prepare(&self, path: &Path, target: &Target) -> Result<(), Failure> {
        if !self.create {
            return Err(Failure::new(format!("Path {} does not exist !", self.path.text())).with("rc", 257));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.exists() && !target.is_check()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!("Error creating {} ({})", folder.display(), errors::plain(&error)))
            })?;
        }
        Ok(())
    }

    fn markers(&self) -> (String, String) {
        let marker = |word| format!("{}\n", self.marker.replace("{mark}", word));
        (marker(&self.marker_begin), marker(&self.marker_end))
    }

    /// The block with its markers; nothing where it is to go.
    fn block_lines(&self) -> Vec<String> {
        if self.state == State::Absent || self.block.is_empty() {
            return Vec::new();
        }
        let (begin, end) = self.markers();
        let mut lines = vec![begin];
        lines.extend(split_lines(&self.block));
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
            last.push('\n');
        }
        lines.push(end);
        lines
    }

    fn edit(&self, original: &str, block: &[String]) -> Result<String, Failure> {
        let mut lines = split_lines(original);
        let (begin, end) = self.markers();
        let first = lines.iter().rposition(|line| *line == begin);
        let last = lines.iter().rposition(|line| *line == end);
        let mut place = match (first, last) {
            (Some(first), Some(last)) => {
                lines.drain(first.min(last)..=first.max(last));
                first.min(last)
            }
            _ => self.place(original, &lines)?,
        };
        if place > 0 && !lines[place - 1].ends_with('\n') {
            lines[place - 1].push('\n');
        }
        let has_block = !block.is_empty();
        if self.prepend_newline && has_block && place > 0 && lines[place - 1] != "\n" {
            lines.insert(place, "\n".to_owned());
            place += 1;
        }
        lines.splice(place..place, block.iter().cloned());
        let following = place + block.len();
        if self.append_newline && has_block && lines.get(following).is_some_and(|line| line != "\n") {
            lines.insert(following, "\n".to_owned());
        }
        Ok(lines.concat())
    }

    /// Where a new block goes.
    fn place(&self, original: &str, lines: &[String]) -> Result<usize, Failure> {
        let expression = match (self.insertbefore.as_deref(), self.insertafter.as_deref()) {
            (Some("BOF"), _) => return Ok(0),
            (Some(expression), _) => expression,
            (None, None | Some("EOF")) => return Ok(lines.len()),
            (None, Some(expression)) => expression,
        };
        let failure = |error: crate::data::python::regex::PatternError| Failure::new(error.to_string());
        let pattern = Pattern::new(expression, Flags::default()).map_err(failure)?;
        let is_after = self.insertbefore.is_none();
        // An expression that says so itself is held against the whole text.
        if expression.starts_with("(?m") || expression.starts_with("(?s") && expression.contains('m') {
            let Some(found) = pattern.search(original).map_err(failure)? else { return Ok(lines.len()) };
            let (start, end) = found.span();
            let line_of = |position: usize| original[..position].matches('\n').count();
            return Ok(if is_after { line_of(end) + 1 } else { line_of(start) }.min(lines.len()));
        }
        for (index, line) in lines.iter().enumerate().rev() {
            if pattern.search(line).map_err(failure)?.is_some() {
                return Ok(if is_after { index + 1 } else { index });
            }
        }
        Ok(lines.len())
    }
}

/// Lines with their ends, as Python splits bytes: at `\n`, `\r` and both together.
fn split_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        let length = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        let (line, following) = rest.split_at(end + length);
        lines.push(line.to_owned());
        rest = following;
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases, parse};

    /// Text before, arguments, message, text after.
    const ROWS: &[(&str, &str, &str, &str)] = &[
        (
            "a\n",
            r#""block": "x\ny""#,
            "Block inserted",
            "a\n# BEGIN ANSIBLE MANAGED BLOCK\nx\ny\n# END ANSIBLE MANAGED BLOCK\n",
        ),
        (
            "a\n# B\nold\n# E\nb\n",
            r##""block": "new", "marker": "# {mark}", "marker_begin": "B", "marker_end": "E""##,
            "Block inserted",
            "a\n# B\nnew\n# E\nb\n",
        ),
        (
            "a\nb\n",
            r#""block": "q", "marker": ";{mark}", "insertafter": "^a""#,
            "Block inserted",
            "a\n;BEGIN\nq\n;END\nb\n",
        ),
        (
            "a\nb\n",
            r#""block": "q", "marker": ";{mark}", "insertbefore": "^b""#,
            "Block inserted",
            "a\n;BEGIN\nq\n;END\nb\n",
        ),
        (
            "a\nb\n",
            r#""block": "q", "marker": ";{mark}", "insertbefore": "BOF""#,
            "Block inserted",
            ";BEGIN\nq\n;END\na\nb\n",
        ),
        (
            "a\nb\n",
            r#""block": "q", "marker": ";{mark}", "insertafter": "none""#,
            "Block inserted",
            "a\nb\n;BEGIN\nq\n;END\n",
        ),
        ("a", r#""block": "q", "marker": ";{mark}""#, "Block inserted", "a\n;BEGIN\nq\n;END\n"),
        ("a\n;BEGIN\nq\n;END\nb\n", r#""block": "", "marker": ";{mark}""#, "Block removed", "a\nb\n"),
        ("a\n;BEGIN\nq\n;END\nb\n", r#""state": "absent", "marker": ";{mark}""#, "Block removed", "a\nb\n"),
        (";END\na\n;BEGIN\n", r#""block": "w", "marker": ";{mark}""#, "Block inserted", ";BEGIN\nw\n;END\n"),
        (";BEGIN\na\n", r#""block": "w", "marker": ";{mark}""#, "Block inserted", ";BEGIN\na\n;BEGIN\nw\n;END\n"),
        (
            "a\nb\n",
            r#""block": "q", "marker": ";{mark}", "insertafter": "a", "prepend_newline": true, "append_newline": true"#,
            "Block inserted",
            "a\n\n;BEGIN\nq\n;END\n\nb\n",
        ),
        ("a\n", r#""state": "absent""#, "", "a\n"),
    ];

    #[test]
    fn files() {
        for (before, args, message, after) in ROWS {
            let scratch = Scratch::new();
            scratch.put("f", before);
            let args = format!(r#"{{"path": "@/f", {args}}}"#);
            let checked = scratch.call(&MODULE, &args, "check");
            assert_eq!(&scratch.text("f"), before, "check mode: {args}");
            let reply = scratch.call(&MODULE, &args, "");
            assert_eq!(&scratch.text("f"), after, "{args}");
            for reply in [&reply, &checked] {
                assert_eq!(reply.result.get("msg").and_then(|message| message.as_str()), Some(*message), "{args}");
            }
            let again = scratch.call(&MODULE, &args, "");
            assert_eq!(again.result.get("changed"), Some(&parse("false")), "the second time: {args}");
        }
    }

    #[test]
    fn cases() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"path": "@/n/f", "block": "x", "create": true, "marker": ";{mark}"}"#,
                    r#"{"changed": true, "msg": "File created"}"#,
                    &[("n/f", ";BEGIN\nx\n;END\n")],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@/f", "block": "x"}"#,
                    r#"{"rc": 257, "msg": "Path @/f does not exist !"}"#,
                    &[],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@", "block": "x"}"#,
                    r#"{"rc": 256, "msg": "Path @ is a directory !"}"#,
                    &[],
                ),
            ],
        );
    }
}
