//! What the line with a mistake looks like often tells more than the parser's message.

use super::parser::{Mark, Problem};
use crate::diagnostic::{Diagnostic, Kind, Origin};

/// The diagnostic of a problem: the message of the most likely mistake on its line, else its own.
pub fn diagnostic_of(problem: Problem, text: &str, origin: &Origin) -> Diagnostic {
    let Some(place) = problem.place else {
        let plain = origin.at(0, 0);
        return Diagnostic::new(format!("YAML parsing failed: {}", problem.message)).kind(Kind::Parse).at(&plain);
    };
    let line = line_at(text, place.line as usize).filter(|_| !problem.certain);
    let likely = line.and_then(likely_mistake);
    let mistake = likely.unwrap_or_else(|| Mistake {
        message: sentence(&problem.message),
        column: place.column as usize,
        example: None,
    });
    let mark = Mark { line: place.line, column: mistake.column as u32 };
    let diagnostic = Diagnostic::new(format!("YAML parsing failed: {}", mistake.message))
        .kind(Kind::Parse)
        .at(&origin.at(mark.line + 1, mark.column + 1));
    match mistake.example {
        None => diagnostic,
        Some((wrong, right)) => {
            diagnostic.hint(format!("\nFor example:\n\n    raw: {wrong}\n\nShould be:\n\n    raw: {right}"))
        }
    }
}

struct Mistake {
    message: String,
    /// In characters, from 0.
    column: usize,
    example: Option<(&'static str, &'static str)>,
}

const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// A line by its number from 0; `\r\n` is one break.
fn line_at(text: &str, line: usize) -> Option<&str> {
    let mut rest = text;
    for _ in 0..line {
        let at = rest.find(BREAKS)?;
        let width = if rest[at..].starts_with("\r\n") { 2 } else { rest[at..].chars().next()?.len_utf8() };
        rest = &rest[at + width..];
    }
    rest.split(BREAKS).next()
}

/// Tabs, a template without quotes, a colon in a value, a value that is quoted in part.
fn likely_mistake(line: &str) -> Option<Mistake> {
    let characters: Vec<char> = line.chars().collect();
    if let Some(column) = characters.iter().position(|character| *character == '\t') {
        return Some(Mistake { message: "Tabs are usually invalid in YAML.".to_owned(), column, example: None });
    }
    let start = value_start(&characters, &[]);
    let value = &characters[start..];
    if value.starts_with(&['{', '{']) && value.windows(2).any(|pair| pair == ['}', '}']) {
        return Some(Mistake {
            message: "This may be an issue with missing quotes around a template block.".to_owned(),
            column: start,
            example: Some(("{{ some_var }}", "\"{{ some_var }}\"")),
        });
    }
    // Here a key may hold brackets too, as those of a template.
    let colon_start = value_start(&characters, &['[', ']', '{', '}']);
    let is_colon =
        |at: &usize| characters[*at] == ':' && characters.get(at + 1).is_none_or(|next| next.is_whitespace());
    // A line that begins with a colon is taken as it is.
    let starts_with_colon = line.trim_start().starts_with(':');
    if let Some(column) = (colon_start..characters.len()).find(is_colon).filter(|_| !starts_with_colon) {
        return Some(Mistake {
            message: "Colons in unquoted values must be followed by a non-space character.".to_owned(),
            column,
            example: Some(("echo 'name: ansible'", "\"echo 'name: ansible'\"")),
        });
    }
    partly_quoted(value).map(|(message, example)| Mistake { message, column: start, example: Some(example) })
}

/// Where the value begins: behind dashes, and behind a key of words and these marks.
fn value_start(characters: &[char], key_marks: &[char]) -> usize {
    let skip_blanks = |mut at: usize| {
        while characters.get(at).is_some_and(|character| character.is_whitespace()) {
            at += 1;
        }
        at
    };
    let mut start = skip_blanks(0);
    // Blanks alone before a colon pass for a key; one belongs to the dash.
    let mut key_start = 0;
    while characters.get(start) == Some(&'-') && characters.get(start + 1).is_some_and(|next| next.is_whitespace()) {
        key_start = start + 2;
        start = skip_blanks(start + 1);
    }
    let mut end = start;
    let in_key =
        |next: &char| next.is_alphanumeric() || *next == '_' || next.is_whitespace() || key_marks.contains(next);
    while characters.get(end).is_some_and(in_key) {
        end += 1;
    }
    let is_key = end > key_start
        && characters.get(end) == Some(&':')
        && characters.get(end + 1).is_some_and(|next| next.is_whitespace());
    if is_key { skip_blanks(end + 1) } else { start }
}

fn partly_quoted(value: &[char]) -> Option<(String, (&'static str, &'static str))> {
    let quote = *value.first().filter(|first| matches!(first, '"' | '\''))?;
    let end = value.len() - 1;
    if value[end] != quote {
        let message = "Values starting with a quote must end with the same quote.".to_owned();
        return Some((message, ("\"foo\" in bar", "'\"foo\" in bar'")));
    }
    if !value.get(1..end)?.contains(&quote) {
        return None;
    }
    let message = "Values starting with a quote must end with the same quote, and not contain that quote.".to_owned();
    Some((message, ("\"foo\" in \"bar\"", "'\"foo\" in \"bar\"'")))
}

/// With a capital letter and a full stop.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let Some(first) = characters.next() else { return String::new() };
    format!("{}{}.", first.to_uppercase(), characters.as_str())
}
