//! The `diff` of a result as text: what `--diff` shows.

use super::dump::{self, Format};
use super::screen::{Screen, Tone};
use crate::data::{Data, Value, difflib, json};

/// The text of all differences of a result, painted; empty where there is nothing to show.
pub fn text(diff: &Value, context: usize, format: Format, screen: &Screen) -> String {
    match &diff.data {
        Data::List(items) => items.iter().map(|item| one(item, context, format, screen)).collect(),
        _ => one(diff, context, format, screen),
    }
}

fn one(diff: &Value, context: usize, format: Format, screen: &Screen) -> String {
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
        let (before, after) = (side_text(before, format), side_text(after, format));
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
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
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

/// The text of one side; mappings are written in the form of results.
fn side_text(side: &Value, format: Format) -> String {
    match &side.data {
        Data::Null => String::new(),
        Data::Map(map) if format == Format::Yaml => {
            format!("{}\n", dump::as_yaml((**map).clone(), None).trim_start_matches('\n'))
        }
        Data::Map(_) => {
            let style = json::Style {
                separators: Some((",".to_owned(), ": ".to_owned())),
                ensure_ascii: false,
                ..json::Style::indented(4)
            };
            format!("{}\n", json::dumps(side, &style))
        }
        _ => crate::data::python::str(side),
    }
}
