//! ansible.builtin.lineinfile: makes sure that a line is in a file, or is not.

use std::path::PathBuf;

use crate::args::{Args, Choice, TargetPath};
use crate::data::python::regex::{Flags, Pattern, Replacement};
use crate::data::{Map, Value};
use crate::runner::files::{FileAttributes, text};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<LineInFile>("ansible.builtin.lineinfile", "Manage a line of a text file");

#[derive(Args)]
#[args(
    exclusive("insertbefore", "insertafter"),
    exclusive("regexp", "search_string"),
    exclusive("backrefs", "search_string")
)]
struct LineInFile {
    /// The file.
    #[arg(alias = "dest", alias = "destfile", alias = "name")]
    path: TargetPath,
    /// Whether the line is to be there.
    #[arg(default = "present")]
    state: State,
    /// The expression by which the line is found that is to be replaced or removed; of several the last.
    #[arg(alias = "regex")]
    regexp: Option<String>,
    /// A text by which the line is found.
    search_string: Option<String>,
    /// The line.
    #[arg(alias = "value")]
    line: Option<String>,
    /// Where a new line goes: after the last line that fits the expression, or `EOF`.
    insertafter: Option<String>,
    /// Where a new line goes: before the last line that fits the expression, or `BOF`.
    insertbefore: Option<String>,
    /// Whether `\1` in the line stands for what the expression's groups found.
    #[arg(default = false)]
    backrefs: bool,
    /// Whether a missing file is made.
    #[arg(default = false)]
    create: bool,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// Whether the first line that fits counts in place of the last.
    #[arg(default = false)]
    firstmatch: bool,
    /// A command that checks the new file before it gets its place; `%s` stands for its path.
    validate: Option<String>,
    #[arg(flatten)]
    attributes: FileAttributes,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

/// How lines are looked for.
enum Finder {
    Expression(Pattern),
    Text(String),
}

impl Run for LineInFile {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        if path.is_dir() {
            return Err(Failure::new(format!("Path {} is a directory !", self.path.text())).with("rc", 256));
        }
        for (option, words) in [(&self.regexp, "regular expression"), (&self.search_string, "search string")] {
            if option.as_deref() == Some("") {
                target.warn(format!(
                    "The {words} is an empty string, which will match every line in the file. This may have \
                     unintended consequences, such as replacing the last line in the file rather than appending. \
                     If this is desired, use '^' to match every line in the file and avoid this warning."
                ));
            }
        }
        match self.state {
            State::Present => {
                if self.backrefs && self.regexp.is_none() {
                    return Err("regexp is required with backrefs=true".into());
                }
                let Some(line) = self.line.clone() else { return Err("line is required with state=present".into()) };
                self.present(&path, &line, target)
            }
            State::Absent => {
                if self.regexp.is_none() && self.search_string.is_none() && self.line.is_none() {
                    return Err("one of line, search_string, or regexp is required with state=absent".into());
                }
                self.absent(&path, target)
            }
        }
    }
}

impl LineInFile {
    fn finder(&self) -> Result<Option<Finder>, Failure> {
        if let Some(expression) = &self.regexp {
            return Ok(Some(Finder::Expression(compile(expression)?)));
        }
        Ok(self.search_string.clone().map(Finder::Text))
    }

    fn present(&self, path: &std::path::Path, line: &str, target: &mut Target) -> Outcome {
        let before = target.read_text(path)?;
        let is_new = before.is_none();
        if is_new {
            if !self.create {
                let message = format!("Destination {} does not exist !", self.path.text());
                return Err(Failure::new(message).with("rc", 257));
            }
            if let Some(folder) = path.parent().filter(|folder| !folder.exists() && !target.is_check()) {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Failure::new(format!("Error creating {} ({})", folder.display(), errors::plain(&error)))
                })?;
            }
        }
        let before = before.unwrap_or_default();
        let mut lines = text::lines(&before);
        let mut message = self.edit(&mut lines, line)?.unwrap_or_default().to_owned();
        let after = lines.concat();
        let shown = self.path.text();
        let diff = text::content_diff(target, &shown, &before, &after);
        let backup = if message.is_empty() { None } else { self.write(path, &after, target)? };
        let mut result = Map::from([("backup", shown_backup(backup))]);
        if target.is_check() && is_new {
            result.insert("msg", message);
            result.insert("diff", diff);
            return Ok(result);
        }
        target.converge_edited(path, &self.attributes, &mut message)?;
        result.insert("msg", message);
        result.insert("diff", text::diffs(diff, std::mem::take(&mut target.properties), &shown));
        Ok(result)
    }

    fn write(&self, path: &std::path::Path, text: &str, target: &mut Target) -> Result<Option<PathBuf>, Failure> {
        let written = target.effect(|target| {
            target.write_text(path, text, self.validate.as_deref(), self.backup, self.attributes.unsafe_writes)
        })?;
        Ok(written.flatten())
    }

    /// Puts the line where it belongs; says what was done, if anything.
    fn edit(&self, lines: &mut Vec<String>, line: &str) -> Result<Option<&'static str>, Failure> {
        let finder = self.finder()?;
        let mut found = None;
        if let Some(finder) = &finder {
            for (index, current) in lines.iter().enumerate() {
                if finder.fits(current)? {
                    found = Some(index);
                    if self.firstmatch {
                        break;
                    }
                }
            }
        }
        let matched = found.is_some();
        let mut place = None;
        if !matched {
            (found, place) = self.place(lines, line)?;
        }
        let ended = format!("{line}\n");
        if let Some(index) = found {
            let mut new = match &finder {
                Some(Finder::Expression(pattern)) if self.backrefs && matched => {
                    expanded(pattern, &lines[index], line)?
                }
                _ => line.to_owned(),
            };
            if !new.ends_with('\n') {
                new.push('\n');
            }
            if lines[index] == new {
                return Ok(None);
            }
            lines[index] = new;
            return Ok(Some("line replaced"));
        }
        if self.backrefs {
            return Ok(None);
        }
        let (after, before) = (self.insertafter.as_deref(), self.insertbefore.as_deref());
        match place {
            _ if after == Some("BOF") || before == Some("BOF") => lines.insert(0, ended),
            Some(index) if after != Some("EOF") => {
                let there = if index == lines.len() && after.is_some() { lines.last() } else { lines.get(index) };
                if after.is_some() && there.is_some_and(|there| there.trim_end_matches(['\r', '\n']) == line) {
                    return Ok(None);
                }
                lines.insert(index, ended);
            }
            _ => {
                if lines.last().is_some_and(|last| !last.ends_with(['\n', '\r'])) {
                    lines.push("\n".to_owned());
                }
                lines.push(ended);
            }
        }
        Ok(Some("line added"))
    }

    /// The line itself, if it is there, and where it would have to go.
    fn place(&self, lines: &[String], line: &str) -> Result<(Option<usize>, Option<usize>), Failure> {
        let anchor = match (self.insertafter.as_deref(), self.insertbefore.as_deref()) {
            (Some(expression), _) if !matches!(expression, "BOF" | "EOF") => Some(compile(expression)?),
            (_, Some(expression)) if expression != "BOF" => Some(compile(expression)?),
            _ => None,
        };
        let (mut found, mut place) = (None, None);
        for (index, current) in lines.iter().enumerate() {
            if current.trim_end_matches(['\r', '\n']) == line {
                found = Some(index);
            } else if let Some(anchor) = &anchor {
                if anchor.search(current).map_err(|error| error.to_string())?.is_some() {
                    place = Some(if self.insertafter.is_some() { index + 1 } else { index });
                    if self.firstmatch {
                        break;
                    }
                }
            }
        }
        Ok((found, place))
    }

    fn absent(&self, path: &std::path::Path, target: &mut Target) -> Outcome {
        let Some(before) = target.read_text(path)? else { return Ok(Map::from([("msg", "file not present")])) };
        let finder = self.finder()?;
        let mut found = 0;
        let mut after = String::with_capacity(before.len());
        for current in text::lines(&before) {
            let fits = match (&finder, &self.line) {
                (Some(finder), _) => finder.fits(&current)?,
                (None, Some(line)) => current.trim_end_matches(['\r', '\n']) == line,
                (None, None) => false,
            };
            if fits {
                found += 1;
            } else {
                after.push_str(&current);
            }
        }
        let shown = self.path.text();
        let diff = text::content_diff(target, &shown, &before, &after);
        let backup = if found > 0 { self.write(path, &after, target)? } else { None };
        let mut message = if found > 0 { format!("{found} line(s) removed") } else { String::new() };
        target.converge_edited(path, &self.attributes, &mut message)?;
        Ok(Map::from([
            ("found", Value::from(found)),
            ("msg", message.into()),
            ("backup", shown_backup(backup).into()),
            ("diff", text::diffs(diff, std::mem::take(&mut target.properties), &shown)),
        ]))
    }
}

impl Finder {
    fn fits(&self, line: &str) -> Result<bool, Failure> {
        match self {
            Self::Expression(pattern) => {
                Ok(pattern.search(line).map_err(|error| Failure::new(error.to_string()))?.is_some())
            }
            Self::Text(text) => Ok(line.contains(text.as_str())),
        }
    }
}

fn compile(expression: &str) -> Result<Pattern, Failure> {
    Pattern::new(expression, Flags::default()).map_err(|error| Failure::new(error.to_string()))
}

/// The line with the groups of the match in it.
fn expanded(pattern: &Pattern, current: &str, line: &str) -> Result<String, Failure> {
    let failure = |error: crate::data::python::regex::PatternError| Failure::new(error.to_string());
    let template = Replacement::new(line, pattern).map_err(failure)?;
    let mut new = String::new();
    if let Some(found) = pattern.search(current).map_err(failure)? {
        template.write(&found, &mut new);
    }
    Ok(new)
}

fn shown_backup(backup: Option<PathBuf>) -> String {
    backup.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases, parse};

    #[test]
    fn files() {
        /// Text before, arguments, message, text after.
        const ROWS: &[(&str, &str, &str, &str)] = &[
            ("a\nb\nc\n", r#""line": "d""#, "line added", "a\nb\nc\nd\n"),
            ("a\nb\n", r#""line": "b""#, "", "a\nb\n"),
            ("a\nb\n", r#""line": "B", "regexp": "^b""#, "line replaced", "a\nB\n"),
            ("b=1\nb=2\n", r#""line": "b=3", "regexp": "^b=""#, "line replaced", "b=1\nb=3\n"),
            ("b=1\nb=2\n", r#""line": "b=3", "regexp": "^b=", "firstmatch": true"#, "line replaced", "b=3\nb=2\n"),
            ("a\nb\n", r#""line": "x", "insertafter": "a""#, "line added", "a\nx\nb\n"),
            ("a\nb\n", r#""line": "x", "insertbefore": "b""#, "line added", "a\nx\nb\n"),
            ("a\nb\n", r#""line": "x", "insertbefore": "BOF""#, "line added", "x\na\nb\n"),
            ("a\nb\n", r#""line": "x", "insertafter": "EOF""#, "line added", "a\nb\nx\n"),
            ("a\nb\n", r#""line": "x", "insertafter": "none""#, "line added", "a\nb\nx\n"),
            ("a\nb\nab\n", r#""line": "x", "insertafter": "^a", "firstmatch": true"#, "line added", "a\nx\nb\nab\n"),
            ("q\n", r#""line": "r=\\1", "regexp": "^(q)", "backrefs": true"#, "line replaced", "r=q\n"),
            ("q\n", r#""line": "r=\\1", "regexp": "^(z)", "backrefs": true"#, "", "q\n"),
            ("r=q\n", r#""line": "s", "search_string": "r=""#, "line replaced", "s\n"),
            ("r=q\nx\n", r#""search_string": "r=", "state": "absent""#, "1 line(s) removed", "x\n"),
            ("a\nb\na\n", r#""line": "a", "state": "absent""#, "2 line(s) removed", "b\n"),
            ("a1\nb\na2\n", r#""regexp": "^a", "state": "absent""#, "2 line(s) removed", "b\n"),
            ("no end", r#""line": "x""#, "line added", "no end\nx\n"),
            ("a\r\nb\r\n", r#""line": "b", "regexp": "^b""#, "line replaced", "a\r\nb\n"),
            ("", r#""line": "x""#, "line added", "x\n"),
            ("a\n", r#""line": "a", "mode": "0600""#, "ownership, perms or SE linux context changed", "a\n"),
            (
                "a\n",
                r#""line": "b", "mode": "0600""#,
                "line added and ownership, perms or SE linux context changed",
                "a\nb\n",
            ),
        ];
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
                assert_eq!(
                    reply.result.get("changed"),
                    Some(&parse(if message.is_empty() { "false" } else { "true" }))
                );
            }
            // The line is written as its own match, so a second run finds it.
            let again = scratch.call(&MODULE, &args, "");
            if !args.contains("backrefs") && !args.contains("search_string") {
                assert_eq!(again.result.get("changed"), Some(&parse("false")), "the second time: {args}");
            }
        }
    }

    #[test]
    fn cases() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"path": "@/new/f", "line": "x", "create": true}"#,
                    r#"{"changed": true, "msg": "line added", "backup": ""}"#,
                    &[("new/f", "x\n")],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@/f", "line": "x", "state": "absent"}"#,
                    r#"{"msg": "file not present"}"#,
                    &[],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@/f", "line": "x"}"#,
                    r#"{"rc": 257, "msg": "Destination @/f does not exist !"}"#,
                    &[],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@", "line": "x"}"#,
                    r#"{"rc": 256, "msg": "Path @ is a directory !"}"#,
                    &[],
                ),
                Case::new(&[], r#"{"path": "@/f"}"#, r#"{"msg": "line is required with state=present"}"#, &[]),
                Case::new(
                    &[("f", "a\n")],
                    r#"{"path": "@/f", "line": "x", "validate": "false %s"}"#,
                    r#"{"failed": true, "msg": "failed to validate: rc:1 error:"}"#,
                    &[("f", "a\n")],
                ),
                Case::new(
                    &[("f", "a\n")],
                    r#"{"path": "@/f", "line": "x", "regexp": "("}"#,
                    r#"{"failed": true, "msg": "missing ), unterminated subpattern at position 0"}"#,
                    &[],
                ),
                Case::new(
                    &[("f", "a\n"), ("l -> f", "")],
                    r#"{"path": "@/l", "line": "x"}"#,
                    r#"{"changed": true}"#,
                    &[("f", "a\nx\n")],
                ),
            ],
        );
    }

    #[test]
    fn the_diff_has_two_parts() {
        let scratch = Scratch::new();
        scratch.put("f", "a\n");
        let reply = scratch.call(&MODULE, r#"{"path": "@/f", "line": "b", "mode": "0600"}"#, "diff");
        scratch.assert_result(
            &reply,
            r#"{"diff": [
                {"before": "a\n", "after": "a\nb\n", "before_header": "@/f (content)", "after_header": "@/f (content)"},
                {"before": {"mode": "0644"}, "after": {"mode": "0600"},
                 "before_header": "@/f (file attributes)", "after_header": "@/f (file attributes)"}]}"#,
        );
    }
}
