//! The `diff` of a result as text: what `--diff` shows.

use super::difflib;
use super::screen::{Screen, Tone};
use crate::data::{Data, Value, json};

/// The text of all differences of a result, painted; empty where there is nothing to show.
pub fn text(diff: &Value, context: usize, screen: &Screen) -> String {
    match &diff.data {
        Data::List(items) => items.iter().map(|item| one(item, context, screen)).collect(),
        _ => one(diff, context, screen),
    }
}

fn one(diff: &Value, context: usize, screen: &Screen) -> String {
    let mut text = String::new();
    for (key, side) in [("dst_binary", "destination"), ("src_binary", "source")] {
        if diff.get(key).is_some() {
            text.push_str(&format!("diff skipped: {side} file appears to be binary\n"));
        }
    }
    for (key, side) in [("dst_larger", "destination"), ("src_larger", "source")] {
        if let Some(size) = diff.get(key) {
            text.push_str(&format!(
                "diff skipped: {side} file size is greater than {}\n",
                crate::data::python::str(size)
            ));
        }
    }
    if let (Some(before), Some(after)) = (diff.get("before"), diff.get("after")) {
        let head = |side: &str| match diff.get(&format!("{side}_header")) {
            Some(header) => format!("{side}: {}", crate::data::python::str(header)),
            None => side.to_owned(),
        };
        let lines = difflib::unified(&lines(before), &lines(after), &head("before"), &head("after"), context);
        for line in &lines {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Some(Tone::DiffAdd),
                Some(b'-') => Some(Tone::DiffRemove),
                _ if line.starts_with("@@") => Some(Tone::DiffLines),
                _ => None,
            };
            text.push_str(&screen.paint(line, tone));
        }
        if !lines.is_empty() {
            text.push('\n');
        }
    }
    if let Some(prepared) = diff.get("prepared").and_then(Value::as_str) {
        text.push_str(prepared);
    }
    text
}

/// The lines of one side, each with its end; the last one says so if it has none.
fn lines(side: &Value) -> Vec<String> {
    let text = match &side.data {
        Data::Null => String::new(),
        Data::Map(_) => {
            let style = json::Style {
                separators: Some((",".to_owned(), ": ".to_owned())),
                ensure_ascii: false,
                ..json::Style::indented(4)
            };
            format!("{}\n", json::dumps(side, &style))
        }
        _ => crate::data::python::str(side),
    };
    let mut lines = split_lines(&text);
    if let Some(last) = lines.last_mut().filter(|line| !line.ends_with('\n')) {
        last.push_str("\n\\ No newline at end of file\n");
    }
    lines
}

/// As `str.splitlines(True)`: not only newlines end a line.
fn split_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line.push(character);
        if character == '\r' && characters.peek() == Some(&'\n') {
            continue;
        }
        if matches!(
            character,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1d}' | '\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        ) {
            lines.push(std::mem::take(&mut line));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
