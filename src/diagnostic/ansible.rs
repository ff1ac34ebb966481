//! Diagnostics in the reference's words: `[ERROR]: …`, `Origin: …`, the excerpt, `<<< caused by >>>`.

use super::{Diagnostic, Origin, Source, joined};

/// The text of a diagnostic as ansible-core 2.19 prints it, without the colour.
pub fn render(diagnostic: &Diagnostic) -> String {
    marked_chain("ERROR", diagnostic)
}

/// A warning about something in the user's files, with its place.
pub fn render_warning(diagnostic: &Diagnostic) -> String {
    if diagnostic.chain().all(|link| link.origin.is_none()) {
        return warning(&diagnostic.joined());
    }
    marked_chain("WARNING", diagnostic)
}

/// A deprecation of something in the user's files, with its place.
pub fn render_deprecation(diagnostic: &Diagnostic) -> String {
    if diagnostic.chain().all(|link| link.origin.is_none()) {
        return deprecation(&diagnostic.joined());
    }
    marked_chain("DEPRECATION WARNING", diagnostic)
}

/// Links of the chain that speak of one place, and what they say there.
struct Group<'a> {
    messages: Vec<&'a str>,
    origin: &'a Origin,
    hints: Vec<&'a str>,
}

fn marked_chain(mark: &str, diagnostic: &Diagnostic) -> String {
    let groups = groups(diagnostic);
    if let [group] = groups.as_slice() {
        let text = body(group);
        // Several lines are followed by an empty one.
        let text = text.trim_end_matches('\n');
        let end = if text.contains('\n') { "\n\n" } else { "\n" };
        return format!("[{mark}]: {text}{end}");
    }
    // Of several, each is followed by an empty line, even one that is a message alone.
    let all: Vec<String> = groups.iter().map(|group| format!("{}\n\n", body(group).trim_end_matches('\n'))).collect();
    format!("[{mark}]: {}\n\n{}", diagnostic.joined(), all.join("<<< caused by >>>\n\n"))
}

/// A link joins the one before if it names the same place or none, and has no advice of its own.
fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for link in diagnostic.chain() {
        let hints = link.hints.iter().map(String::as_str);
        match groups.last_mut() {
            Some(group)
                if (link.origin.is_none() || *group.origin == link.origin) && link.hints.is_empty() && !link.apart =>
            {
                group.messages.push(&link.message);
            }
            _ => groups.push(Group { messages: vec![&link.message], origin: &link.origin, hints: hints.collect() }),
        }
    }
    groups
}

/// Message, place, excerpt and hints of one group, with a newline at the end.
fn body(group: &Group<'_>) -> String {
    let mut text = joined(&group.messages);
    if group.origin.is_none() && !group.hints.is_empty() && !group.hints.iter().any(|hint| hint.contains('\n')) {
        return format!("{text} {}\n\n", group.hints.join(" "));
    }
    text.push('\n');
    if !group.origin.is_none() {
        text.push_str(&format!("Origin: {}\n\n", group.origin));
        if let Some(excerpt) = excerpt(group.origin) {
            text.push_str(&excerpt);
            text.push_str("\n\n");
        }
    } else if !group.hints.is_empty() {
        text.push('\n');
    }
    for hint in &group.hints {
        text.push_str(hint);
        text.push_str("\n\n");
    }
    text
}

/// Lines longer than this are cut.
const LONGEST_LINE: usize = 120;

/// Words up to the longest line; what is left out shows as `[...]`.
fn shortened(text: &str) -> String {
    const MARK: &str = " [...]";
    let words: Vec<&str> = text.split_whitespace().collect();
    let whole = words.join(" ");
    if whole.chars().count() <= LONGEST_LINE {
        return whole;
    }
    let mut shown = String::new();
    for word in words {
        let length = shown.chars().count() + usize::from(!shown.is_empty()) + word.chars().count();
        if length + MARK.len() > LONGEST_LINE {
            break;
        }
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    shown + MARK
}

/// Why there is no excerpt.
fn not_shown(reason: &str) -> String {
    format!("(source not shown: {reason})")
}

/// The line that an origin points to, two before it, and a mark under the column.
fn excerpt(origin: &Origin) -> Option<String> {
    if let Some(Source::Quoted { text, .. }) = origin.source() {
        return Some(shortened(text));
    }
    if origin.line() == 0 {
        return None;
    }
    let Some(path) = origin.path() else { return Some(not_shown("TypeError")) };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(not_shown("FileNotFoundError")),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Some(not_shown("PermissionError"));
        }
        Err(_) => return Some(not_shown("OSError")),
    };
    let content = String::from_utf8_lossy(&bytes);
    let target = origin.line() as usize;
    let first = target.saturating_sub(2).max(1);
    let lines: Vec<&str> = content.lines().skip(first - 1).take(target + 1 - first).collect();
    if lines.len() < target + 1 - first {
        return Some(not_shown("file truncated"));
    }
    let number_width = target.to_string().len();
    let mut shown: Vec<String> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.replace('\t', " ");
        let text = format!("{:>number_width$}{}{line}", first + index, if line.is_empty() { "" } else { " " });
        shown.push(if text.chars().count() > LONGEST_LINE {
            text.chars().take(LONGEST_LINE - 3).chain("...".chars()).collect()
        } else {
            text
        });
    }
    let column = origin.column() as usize;
    if column > 0 && number_width + column < LONGEST_LINE {
        shown.push(format!("{}^ column {column}", " ".repeat(number_width + column)));
    }
    if column == 0 {
        let length = lines.last().map_or(0, |line| line.chars().count()).min(LONGEST_LINE);
        shown.push(format!("{}{}", " ".repeat(number_width + 1), "^".repeat(length)));
    }
    Some(shown.join("\n"))
}

/// The first deprecation of a run is preceded by this.
pub const DEPRECATIONS_CAN_BE_DISABLED: &str =
    "Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg.";

/// A warning that has no place.
pub fn warning(message: &str) -> String {
    marked("WARNING", message)
}

/// A deprecation that has no place.
pub fn deprecation(message: &str) -> String {
    marked("DEPRECATION WARNING", message)
}

/// Never wrapped; several lines are followed by a newline of their own.
fn marked(mark: &str, message: &str) -> String {
    let end = if message.contains('\n') { "\n" } else { "" };
    format!("[{mark}]: {message}{end}")
}
