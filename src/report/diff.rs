//! The `diff` of a result as text: what `--diff` shows.

use super::screen::{Screen, Tone};
use crate::data::{Data, Value, difflib, json};

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
        let (before, after) = (side_text(before), side_text(after));
        let lines = difflib::unified_diff(
            &difflib::split_lines(&before),
            &difflib::split_lines(&after),
            &head("before"),
            &head("after"),
            context,
        );
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

/// The text of one side; a last line without its end says so.
fn side_text(side: &Value) -> String {
    let mut text = match &side.data {
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
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
    text
}
