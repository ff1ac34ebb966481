//! Facts that the administrator put on the target: `*.fact` files and programs.

use std::path::Path;

use super::{Gathering, names};
use crate::data::{Map, Value, json};
use crate::diagnostic::Origin;
use crate::runner::{Target, files};

pub fn collect(gathering: &mut Gathering<'_>) -> Map {
    let folder = gathering.target.absolute(&gathering.fact_path);
    let mut facts = Map::new();
    for name in names(&folder) {
        let Some(stem) = name.strip_suffix(".fact") else { continue };
        let path = folder.join(&name);
        let value = match one(&path, gathering.target) {
            Ok(value) => value,
            Err(problem) => {
                gathering.target.warn(problem.as_str());
                problem.into()
            }
        };
        facts.insert(stem, value);
    }
    Map::from([("local", facts)])
}

/// What one file says: JSON or ini, its text or its output.
fn one(path: &Path, target: &Target) -> Result<Value, String> {
    let shown = path.display();
    let text = if files::is_executable(path) {
        let finished = target.command([path]).run().map_err(|error| {
            format!("Could not execute fact script ({shown}): {}", crate::runner::errors::plain(&error))
        })?;
        if !finished.is_success() {
            let (code, stderr) = (finished.code, finished.stderr_text());
            return Err(format!("Failure executing fact script ({shown}), rc: {code}, err: {stderr}"));
        }
        finished.stdout_text()
    } else {
        let bytes = std::fs::read(path).unwrap_or_default();
        String::from_utf8(bytes)
            .map_err(|_| format!("error loading fact - output of running \"{shown}\" was not utf-8"))?
    };
    if let Ok(value) = json::parse(&text, &Origin::none()) {
        return Ok(value);
    }
    parse_ini(&text).ok_or_else(|| format!("error loading facts as JSON or ini - please check content: {shown}"))
}

/// Sections of `key = value` (or `key: value`) lines. A line outside of a section makes it no ini.
fn parse_ini(text: &str) -> Option<Value> {
    let mut sections = Map::new();
    let mut current: Option<(String, Map)> = None;
    let mut last_key: Option<String> = None;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if let Some((name, section)) = current.replace((name.to_owned(), Map::new())) {
                sections.insert(name, section);
            }
            last_key = None;
            continue;
        }
        let (_, section) = current.as_mut()?;
        if let (true, Some(key)) = (line.starts_with([' ', '\t']), &last_key) {
            // A line that is moved in goes on with the value before.
            let value = section.get(key).and_then(Value::as_str).unwrap_or_default();
            let value = format!("{value}\n{content}");
            section.insert(key.as_str(), value);
            continue;
        }
        let (key, value) = content.split_once(['=', ':'])?;
        let key = key.trim().to_lowercase();
        section.insert(key.as_str(), value.trim());
        last_key = Some(key);
    }
    let (name, section) = current?;
    sections.insert(name, section);
    Some(sections.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::{Scratch, parse};

    #[test]
    fn files_and_programs() {
        let scratch = Scratch::new();
        scratch.put("facts/j.fact", r#"{"a": 1}"#);
        scratch.put("facts/i.fact", "[s]\nKey = v\n  more\nb: 2\n");
        scratch.put("facts/x.fact", "#!/bin/sh\necho '{\"x\": 2}'");
        scratch.put("facts/e.fact", "#!/bin/sh\nexit 3");
        scratch.put("facts/bad.fact", "junk");
        scratch.put("facts/other", "{}");
        scratch.mode("facts/x.fact", 0o755);
        scratch.mode("facts/e.fact", 0o755);
        let mut target = scratch.target();
        let fact_path = scratch.path("facts");
        let mut gathering = Gathering { target: &mut target, fact_path, known: Map::new() };
        let facts = collect(&mut gathering);
        let wanted = r#"{"local": {"j": {"a": 1}, "i": {"s": {"key": "v\nmore", "b": "2"}}, "x": {"x": 2},
            "e": "Failure executing fact script (@/facts/e.fact), rc: 3, err: ",
            "bad": "error loading facts as JSON or ini - please check content: @/facts/bad.fact"}}"#;
        assert_eq!(Value::from(facts), parse(&wanted.replace('@', &scratch.folder.to_string_lossy())));
    }
}
