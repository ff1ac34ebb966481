//! A line to words: blanks inside of quotes and of template blocks do not separate.

use crate::diagnostic::{Diagnostic, Kind};

/// The brackets that keep words together, with how many are open.
struct Blocks([(&'static str, &'static str, usize); 3]);

impl Blocks {
    fn is_open(&self) -> bool {
        self.0.iter().any(|(_, _, depth)| *depth > 0)
    }

    /// Counts the brackets of a word, whatever they stand in.
    fn count(&mut self, word: &str) {
        for (open, close, depth) in &mut self.0 {
            *depth = (*depth + word.matches(*open).count()).saturating_sub(word.matches(*close).count());
        }
    }
}

/// Splits at blanks and line breaks. A word keeps what follows it but for one blank: more blanks
/// and its line break, so that the words can be joined again. A lone backslash continues the line.
pub fn split_args(text: &str) -> Result<Vec<String>, Diagnostic> {
    let mut words: Vec<String> = Vec::new();
    if text.is_empty() {
        return Ok(words);
    }
    let mut quote = None;
    let mut blocks = Blocks([("{{", "}}", 0), ("{%", "%}", 0), ("{#", "#}", 0)]);
    let lines: Vec<&str> = text.split('\n').collect();
    for (line_index, line) in lines.iter().enumerate() {
        let mut continued = false;
        for (index, token) in line.split(' ').enumerate() {
            if token == "\\" && quote.is_none() {
                continued = true;
                continue;
            }
            let was_quoted = quote.is_some();
            if token.is_empty() && !was_quoted && !blocks.is_open() {
                if index > 0 {
                    extend_last(&mut words, " ");
                }
                continue;
            }
            quote = quote_after(token, quote);
            let was_open = blocks.is_open();
            blocks.count(token);
            if was_quoted || was_open {
                if index > 0 {
                    extend_last(&mut words, " ");
                }
                extend_last(&mut words, token);
            } else {
                words.push(token.to_owned());
            }
        }
        if line_index + 1 < lines.len() && !continued {
            extend_last(&mut words, "\n");
        }
    }
    if quote.is_some() || blocks.is_open() {
        let message =
            format!("failed at splitting arguments, either an unbalanced jinja2 block or quotes: {}", text.trim_end());
        return Err(Diagnostic::new(message).kind(Kind::Parse));
    }
    Ok(words)
}

fn extend_last(words: &mut Vec<String>, text: &str) {
    match words.last_mut() {
        Some(last) => last.push_str(text),
        None => words.push(text.to_owned()),
    }
}

/// The quote that is open behind a word. One with a backslash before it is none.
fn quote_after(token: &str, mut quote: Option<char>) -> Option<char> {
    let mut previous = None;
    for character in token.chars() {
        if matches!(character, '"' | '\'') && previous != Some('\\') {
            quote = match quote {
                None => Some(character),
                Some(open) if open == character => None,
                other => other,
            };
        }
        previous = Some(character);
    }
    quote
}
