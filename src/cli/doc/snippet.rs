//! `ansible-doc -s`: a task to copy.

use super::catalogue::Entry;
use crate::diagnostic::wrap::wrap;

/// Where the comments begin.
const COMMENT_COLUMN: usize = 29;
/// How wide they may be.
const COMMENT_WIDTH: usize = 50;

pub fn text(name: &str, entry: &Entry) -> String {
    let mut lines = vec![format!("- name: {}", entry.summary.trim_end_matches('.')), format!("  {name}:")];
    for option in &entry.options {
        let required = if option.required { "(required) " } else { "" };
        let comment = format!("{required}{}", option.about.replace('\n', " "));
        let mut head = format!("      {}:", option.name);
        for line in wrap(&comment, COMMENT_WIDTH) {
            lines.push(format!("{head:COMMENT_COLUMN$}# {line}"));
            head.clear();
        }
        if !head.is_empty() {
            lines.push(head);
        }
    }
    lines.join("\n")
}
