//! ansible.builtin.replace: replaces all that fits an expression in a file.

use crate::args::{Args, TargetPath};
use crate::data::python::regex::{Flags, Pattern, PatternError, Replacement};
use crate::data::{Map, Value};
use crate::runner::files::FileAttributes;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Replace>("ansible.builtin.replace", "Replace text in a file by an expression");

#[derive(Args)]
struct Replace {
    /// The file.
    #[arg(alias = "dest", alias = "destfile", alias = "name")]
    path: TargetPath,
    /// The expression; `^` and `$` are the ends of lines.
    regexp: String,
    /// What takes its place; `\1` stands for what the first group found.
    #[arg(default = "")]
    replace: String,
    /// Only what follows this expression is looked at.
    after: Option<String>,
    /// Only what precedes this expression is looked at.
    before: Option<String>,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// A command that checks the new file before it gets its place; `%s` stands for its path.
    validate: Option<String>,
    /// The encoding of the file.
    #[arg(default = "utf-8")]
    encoding: String,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Run for Replace {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        let shown = self.path.text();
        if path.is_dir() {
            return Err(Failure::new(format!("Path {shown} is a directory !")).with("rc", 256));
        }
        let is_utf8 =
            matches!(self.encoding.to_lowercase().replace(['-', '_'], "").as_str(), "utf8" | "ascii" | "usascii");
        if !is_utf8 {
            return Err(Failure::new(format!("muster reads files in UTF-8 only, not in {}", self.encoding)));
        }
        let Some(before) = target.read_text(&path)? else {
            return Err(Failure::new(format!("Path {shown} does not exist !")).with("rc", 257));
        };
        let mut result = Map::from([("rc", 0)]);
        let Some((start, end)) = self.section(&before)? else {
            let pattern = self.section_pattern().unwrap_or_default();
            result.insert("msg", format!("Pattern for before/after params did not match the given file: {pattern}"));
            return Ok(result);
        };
        let flags = Flags { multi_line: true, ..Flags::default() };
        let pattern = Pattern::new(&self.regexp, flags).map_err(failure)?;
        let template = Replacement::new(&self.replace, &pattern).map_err(failure)?;
        let (replaced, count) = pattern.replace(&template, &before[start..end], usize::MAX).map_err(failure)?;
        let mut message = String::new();
        if count > 0 && replaced != before[start..end] {
            message = format!("{count} replacements made");
            let after = [&before[..start], &replaced, &before[end..]].concat();
            if target.wants_diff() {
                let sides = [
                    ("before", before.as_str()),
                    ("after", &after),
                    ("before_header", &shown),
                    ("after_header", &shown),
                ];
                result.insert("diff", Map::from(sides));
            }
            let (validate, backup, unsafe_writes) =
                (self.validate.as_deref(), self.backup, self.attributes.unsafe_writes);
            let written = target.effect(|target| target.write_text(&path, &after, validate, backup, unsafe_writes))?;
            if let Some(backup) = written.flatten() {
                result.insert("backup_file", backup.to_string_lossy().into_owned());
            }
        }
        target.converge_edited(&path, &self.attributes, &mut message)?;
        result.insert("msg", Value::from(message));
        Ok(result)
    }
}

impl Replace {
    fn section_pattern(&self) -> Option<String> {
        match (&self.after, &self.before) {
            (Some(after), Some(before)) => Some(format!("{after}(?P<subsection>.*?){before}")),
            (Some(after), None) => Some(format!("{after}(?P<subsection>.*)")),
            (None, Some(before)) => Some(format!("(?P<subsection>.*){before}")),
            (None, None) => None,
        }
    }

    /// The part of the text that is looked at, if it can be found.
    fn section(&self, text: &str) -> Result<Option<(usize, usize)>, Failure> {
        let Some(expression) = self.section_pattern() else { return Ok(Some((0, text.len()))) };
        let flags = Flags { dot_all: true, ..Flags::default() };
        let pattern = Pattern::new(&expression, flags).map_err(failure)?;
        let Some(found) = pattern.search(text).map_err(failure)? else { return Ok(None) };
        let part = pattern.group_named("subsection").and_then(|group| found.group(group)).unwrap_or_default();
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        Ok(Some((start, start + part.len())))
    }
}

fn failure(error: PatternError) -> Failure {
    Failure::new(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Scratch, parse};

    #[test]
    fn files() {
        for (before, args, message, after) in [
            (
                "one two\nthree two\n",
                r#""regexp": "tw(.)", "replace": "T\\1""#,
                "2 replacements made",
                "one To\nthree To\n",
            ),
            (
                "a\n<a>\na\n</a>\n",
                r#""regexp": "^a", "replace": "b", "after": "<a>", "before": "</a>""#,
                "1 replacements made",
                "a\n<a>\nb\n</a>\n",
            ),
            ("ax\nx\n", r#""regexp": "x", "replace": "y", "after": "a""#, "2 replacements made", "ay\ny\n"),
            ("o three o", r#""regexp": "o", "replace": "0", "before": "three""#, "1 replacements made", "0 three o"),
            (
                "a\n",
                r#""regexp": "o", "before": "none""#,
                "Pattern for before/after params did not match the given file: (?P<subsection>.*)none",
                "a\n",
            ),
            ("a#\nb#\n", r##""regexp": "#$""##, "2 replacements made", "a\nb\n"),
            ("a\n", r#""regexp": "zz""#, "", "a\n"),
        ] {
            let scratch = Scratch::new();
            scratch.put("f", before);
            let args = format!(r#"{{"path": "@/f", {args}}}"#);
            scratch.call(&MODULE, &args, "check");
            assert_eq!(scratch.text("f"), before, "check mode: {args}");
            let reply = scratch.call(&MODULE, &args, "");
            assert_eq!(scratch.text("f"), after, "{args}");
            assert_eq!(reply.result.get("msg").and_then(|message| message.as_str()), Some(message), "{args}");
            assert_eq!(scratch.call(&MODULE, &args, "").result.get("changed"), Some(&parse("false")), "again: {args}");
        }
    }

    #[test]
    fn failures_and_diff() {
        let scratch = Scratch::new();
        scratch.put("f", "a\n");
        for (args, wanted) in [
            (r#"{"path": "@/no", "regexp": "x"}"#, r#"{"rc": 257, "msg": "Path @/no does not exist !"}"#),
            (r#"{"path": "@", "regexp": "x"}"#, r#"{"rc": 256, "msg": "Path @ is a directory !"}"#),
            (r#"{"path": "@/f", "regexp": "n("}"#, r#"{"msg": "missing ), unterminated subpattern at position 1"}"#),
        ] {
            let reply = scratch.call(&MODULE, args, "");
            scratch.assert_result(&reply, wanted);
        }
        let reply = scratch.call(&MODULE, r#"{"path": "@/f", "regexp": "a", "replace": "b"}"#, "check diff");
        let wanted = r#"{"diff": {"before": "a\n", "after": "b\n", "before_header": "@/f", "after_header": "@/f"}}"#;
        scratch.assert_result(&reply, wanted);
    }
}
