//! `ansible-doc -l` and `-F`: one line for each module or plugin.

use super::catalogue::Entry;
use crate::cli::Context;

/// Those of the collections or namespaces that are named; all if none is.
pub fn filtered(entries: Vec<Entry>, names: &[String]) -> Vec<Entry> {
    let is_wanted = |entry: &Entry| {
        names.is_empty() || names.iter().any(|name| entry.name == *name || entry.name.starts_with(&format!("{name}.")))
    };
    entries.into_iter().filter(is_wanted).collect()
}

pub fn summaries(entries: &[Entry], context: &Context) -> String {
    let width = name_width(entries);
    let room = context.screen.lock().width().saturating_sub(width + 5).max(10);
    let line = |entry: &Entry| {
        let mut summary: String = entry.summary.chars().take(room).collect();
        if summary.len() < entry.summary.len() {
            summary.push_str("...");
        }
        format!("{:width$} {summary:room$}", entry.name)
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Where each is from: all are part of the program.
pub fn files(entries: &[Entry], context: &Context) -> String {
    let width = name_width(entries);
    let line = |entry: &Entry| format!("{:width$} {}", entry.name, context.executable.display());
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn name_width(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0)
}
