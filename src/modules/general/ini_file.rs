//! community.general.ini_file: single options of files with sections.

use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::{FileAttributes, real_path, text};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module =
    Module::of::<IniFile>("community.general.ini_file", "Manage options of files with sections");

#[derive(Args)]
#[args(exclusive("value", "values"))]
struct IniFile {
    /// The file.
    #[arg(alias = "dest")]
    path: TargetPath,
    /// The section; without it the options before all sections.
    section: Option<String>,
    /// Options and values by which one of several sections of a name is found.
    section_has_values: Option<Vec<Condition>>,
    /// The option; without it the section as a whole.
    option: Option<String>,
    /// Its value.
    value: Option<String>,
    /// Its values, where it may be there more than once.
    values: Option<Vec<String>>,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// Whether the option is to be there.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
    /// Whether other values of the option go.
    #[arg(default = true)]
    exclusive: bool,
    /// Whether there are no blanks around `=`.
    #[arg(default = false)]
    no_extra_spaces: bool,
    /// Whether lines that differ only in blanks stay as they are.
    #[arg(default = false)]
    ignore_spaces: bool,
    /// Whether a missing file is made.
    #[arg(default = true)]
    create: bool,
    /// Whether an option may have no value.
    #[arg(default = false)]
    allow_no_value: bool,
    /// Whether a commented option is brought to life in place of a new line.
    #[arg(default = true)]
    modify_inactive_option: bool,
    /// Whether a link is followed in place of being replaced.
    #[arg(default = false)]
    follow: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

#[derive(Args)]
struct Condition {
    /// The option.
    option: String,
    /// Its value.
    value: Option<String>,
    /// Its values.
    values: Option<Vec<String>>,
}

impl Run for IniFile {
    fn run(self, target: &mut Target) -> Outcome {
        let is_present = self.state == "present";
        let mut wanted: Vec<String> = self.values.clone().unwrap_or_default();
        wanted.extend(self.value.clone());
        if is_present && !self.allow_no_value && wanted.is_empty() {
            return Err("Parameter 'value(s)' must be defined if state=present and allow_no_value=False.".into());
        }
        let given = target.absolute(&self.path);
        let path = if self.follow { real_path(&given) } else { given };
        let before = match target.read_text(&path)? {
            Some(text) => text,
            None if !self.create => {
                return Err(Failure::new(format!("Destination {} does not exist!", self.path.text())).with("rc", 257));
            }
            None => {
                self.make_folder(&path, target)?;
                String::new()
            }
        };
        let mut lines: Vec<String> = text::lines(&before);
        let message = self.edit(&mut lines, &wanted, is_present);
        let after = lines.concat();
        let differs = after != before || message != "OK";
        let shown = self.path.text();
        let mut result = Map::from([("msg", Value::from(message)), ("path", shown.as_str().into())]);
        result.insert("diff", text::content_diff(target, &shown, &before, &after));
        if differs {
            let kept = target.effect(|target| {
                let kept = if self.backup { target.back_up(&path)? } else { None };
                target.write_file(&path, &text::encode(&after), self.attributes.unsafe_writes)?;
                Ok(kept)
            })?;
            if let Some(kept) = kept.flatten() {
                result.insert("backup_file", kept.to_string_lossy().into_owned());
            }
        }
        if !target.is_check() || path.exists() {
            target.converge_attributes(&path, &self.attributes)?;
        }
        Ok(result)
    }
}

impl IniFile {
    fn make_folder(&self, path: &Path, target: &mut Target) -> Result<(), Failure> {
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        if target.is_check() || folder.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&folder).map_err(|error| errors::file_failure(&error, &folder))
    }

    /// Where the options of the section are: after its header, up to the next.
    fn section_of(&self, lines: &[String]) -> Option<(usize, usize)> {
        let is_header = |line: &String| line.trim_start().starts_with('[');
        let end_from =
            |start: usize| lines[start..].iter().position(is_header).map_or(lines.len(), |offset| start + offset);
        let Some(section) = &self.section else { return Some((0, end_from(0))) };
        let header = format!("[{section}]");
        lines.iter().enumerate().filter(|(_, line)| line.trim() == header).find_map(|(index, _)| {
            let range = (index + 1, end_from(index + 1));
            self.conditions_hold(&lines[range.0..range.1]).then_some(range)
        })
    }

    fn conditions_hold(&self, lines: &[String]) -> bool {
        self.section_has_values.iter().flatten().all(|condition| {
            let mut values: Vec<&String> = condition.values.iter().flatten().collect();
            values.extend(&condition.value);
            let has = |value: Option<&String>| {
                lines.iter().any(|line| {
                    parsed(line, false).is_some_and(|(name, own)| {
                        name == condition.option && value.is_none_or(|value| own == Some(value.as_str()))
                    })
                })
            };
            if values.is_empty() { has(None) } else { values.into_iter().all(|value| has(Some(value))) }
        })
    }

    fn line(&self, option: &str, value: Option<&str>) -> String {
        match value {
            None => format!("{option}\n"),
            Some(value) if self.no_extra_spaces => format!("{option}={value}\n"),
            Some(value) => format!("{option} = {value}\n"),
        }
    }

    /// Brings the lines about; tells what was done.
    fn edit(&self, lines: &mut Vec<String>, wanted: &[String], is_present: bool) -> &'static str {
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
            last.push('\n');
        }
        let range = self.section_of(lines);
        match (&self.option, range) {
            (None, None) if is_present => {
                self.add_section(lines);
                "section added"
            }
            (None, Some((start, end))) if !is_present && self.section.is_some() => {
                lines.drain(start - 1..end);
                "section removed"
            }
            (None, _) => "OK",
            (Some(_), None) if !is_present => "OK",
            (Some(option), None) => {
                self.add_section(lines);
                self.add_options(lines, option, wanted);
                "section and option added"
            }
            (Some(option), Some((start, end))) if is_present => self.set(lines, (start, end), option, wanted),
            (Some(option), Some((start, end))) => self.unset(lines, (start, end), option, wanted),
        }
    }

    fn add_section(&self, lines: &mut Vec<String>) {
        if let Some(section) = &self.section {
            lines.push(format!("[{section}]\n"));
        }
    }

    fn add_options(&self, lines: &mut Vec<String>, option: &str, wanted: &[String]) {
        if wanted.is_empty() {
            lines.push(self.line(option, None));
        }
        lines.extend(wanted.iter().map(|value| self.line(option, Some(value))));
    }

    fn set(
        &self,
        lines: &mut Vec<String>,
        (start, mut end): (usize, usize),
        option: &str,
        wanted: &[String],
    ) -> &'static str {
        let mut missing: Vec<Option<&str>> = wanted.iter().map(|value| Some(value.as_str())).collect();
        if wanted.is_empty() {
            missing.push(None);
        }
        let mut changed = false;
        let is_own =
            |line: &str, with_comments: bool| parsed(line, with_comments).is_some_and(|(name, _)| name == option);
        // Lines that are right as they are.
        let mut right = Vec::new();
        for (index, present) in lines.iter_mut().enumerate().take(end).skip(start) {
            let Some((_, value)) = parsed(present, false).filter(|(name, _)| *name == option) else { continue };
            if let Some(place) = missing.iter().position(|wanted| *wanted == value) {
                let line = self.line(option, missing.remove(place));
                if *present != line && !self.ignore_spaces {
                    *present = line;
                    changed = true;
                }
                right.push(index);
            }
        }
        if self.exclusive {
            // Lines that are wrong, or commented, are made right.
            for (index, present) in lines.iter_mut().enumerate().take(end).skip(start) {
                if missing.is_empty() {
                    break;
                }
                if !right.contains(&index) && is_own(present, self.modify_inactive_option) {
                    *present = self.line(option, missing.remove(0));
                    right.push(index);
                    changed = true;
                }
            }
            for index in (start..end).rev() {
                if !right.contains(&index) && is_own(&lines[index], false) {
                    lines.remove(index);
                    end -= 1;
                    changed = true;
                }
            }
        }
        if missing.is_empty() {
            return if changed { "option changed" } else { "OK" };
        }
        let mut place = end;
        while place > start && lines[place - 1].trim().is_empty() {
            place -= 1;
        }
        let is_headless = self.section.is_none() && place == 0;
        let mut new: Vec<String> = missing.into_iter().map(|value| self.line(option, value)).collect();
        if is_headless {
            new.push("\n".to_owned());
        }
        lines.splice(place..place, new);
        if self.exclusive && changed { "option changed" } else { "option added" }
    }

    fn unset(
        &self,
        lines: &mut Vec<String>,
        (start, end): (usize, usize),
        option: &str,
        values: &[String],
    ) -> &'static str {
        let before = lines.len();
        for index in (start..end).rev() {
            let goes = parsed(&lines[index], false).is_some_and(|(name, value)| {
                let is_meant =
                    self.exclusive || values.is_empty() || values.iter().any(|other| Some(other.as_str()) == value);
                name == option && is_meant
            });
            if goes {
                lines.remove(index);
            }
        }
        if lines.len() == before { "OK" } else { "option changed" }
    }
}

/// Name and value of a line, if it has an option; one behind a comment's sign only if wished.
fn parsed(line: &str, with_comments: bool) -> Option<(&str, Option<&str>)> {
    let mut line = line.trim();
    if line.starts_with(['#', ';']) {
        if !with_comments {
            return None;
        }
        line = line[1..].trim_start();
    }
    if line.is_empty() || line.starts_with('[') {
        return None;
    }
    Some(match line.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (line, None),
    })
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases};

    #[test]
    fn options() {
        /// Before, arguments, message, after.
        const ROWS: &[(&str, &str, &str, &str)] = &[
            (
                "[a]\nx = 1\n; y = 2\n\n[b]\nz=3\n",
                r#""section": "a", "option": "x", "value": "2""#,
                "option changed",
                "[a]\nx = 2\n; y = 2\n\n[b]\nz=3\n",
            ),
            ("[a]\nx = 2\n", r#""section": "a", "option": "x", "value": "2""#, "OK", "[a]\nx = 2\n"),
            (
                "[a]\nx = 2\n; y = 2\n\n[b]\n",
                r#""section": "a", "option": "y", "value": "5""#,
                "option changed",
                "[a]\nx = 2\ny = 5\n\n[b]\n",
            ),
            (
                "[b]\nz=3\n",
                r#""section": "c", "option": "n", "value": "5", "no_extra_spaces": true"#,
                "section and option added",
                "[b]\nz=3\n[c]\nn=5\n",
            ),
            (
                "[b]\nz=3\n\n[c]\nn=5\n",
                r#""section": "b", "option": "q", "value": "1""#,
                "option added",
                "[b]\nz=3\nq = 1\n\n[c]\nn=5\n",
            ),
            (
                "[b]\nz=3\nq = 1\n",
                r#""section": "b", "option": "z", "state": "absent""#,
                "option changed",
                "[b]\nq = 1\n",
            ),
            ("[b]\nq = 1\n[c]\nn=5\n", r#""section": "c", "state": "absent""#, "section removed", "[b]\nq = 1\n"),
            ("[b]\n", r#""section": "c", "state": "absent""#, "OK", "[b]\n"),
            ("", r#""option": "a", "value": "b""#, "option added", "a = b\n\n"),
            (
                "a = b\n\n",
                r#""section": "s", "option": "a", "allow_no_value": true"#,
                "section and option added",
                "a = b\n\n[s]\na\n",
            ),
            (
                "[s]\na\n",
                r#""section": "s", "option": "m", "values": ["1", "2"]"#,
                "option added",
                "[s]\na\nm = 1\nm = 2\n",
            ),
            (
                "[s]\nm = 1\nm = 2\n",
                r#""section": "s", "option": "m", "values": ["3"], "exclusive": false"#,
                "option added",
                "[s]\nm = 1\nm = 2\nm = 3\n",
            ),
            ("[s]\nm = 1\nm = 2\n", r#""section": "s", "option": "m", "value": "9""#, "option changed", "[s]\nm = 9\n"),
        ];
        for (before, args, message, after) in ROWS {
            let scratch = Scratch::new();
            scratch.put("f", before);
            let args = format!(r#"{{"path": "@/f", {args}}}"#);
            let changed = *message != "OK";
            scratch.assert_result(
                &scratch.call(&MODULE, &args, "check"),
                &format!(r#"{{"changed": {changed}, "msg": "{message}"}}"#),
            );
            assert_eq!(scratch.text("f"), *before, "check mode: {args}");
            scratch.assert_result(
                &scratch.call(&MODULE, &args, ""),
                &format!(r#"{{"changed": {changed}, "msg": "{message}"}}"#),
            );
            assert_eq!(scratch.text("f"), *after, "{args}");
            scratch.assert_result(&scratch.call(&MODULE, &args, ""), r#"{"changed": false, "msg": "OK"}"#);
        }
    }

    #[test]
    fn files() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"path": "@/f", "section": "a", "option": "b", "value": "c", "create": false}"#,
                    r#"{"failed": true, "msg": "Destination @/f does not exist!", "rc": 257}"#,
                    &[("f", "<absent>")],
                ),
                Case::new(
                    &[],
                    r#"{"path": "@/f", "section": "a", "option": "b"}"#,
                    r#"{"failed": true, "msg": "Parameter 'value(s)' must be defined if state=present and allow_no_value=False."}"#,
                    &[("f", "<absent>")],
                ),
                Case::new(
                    &[("f", "[a]\nb = c\n")],
                    r#"{"path": "@/f", "section": "a", "option": "b", "value": "c", "mode": "0600"}"#,
                    r#"{"changed": true, "msg": "OK", "mode": "0600", "path": "@/f"}"#,
                    &[],
                ),
            ],
        );
    }
}
