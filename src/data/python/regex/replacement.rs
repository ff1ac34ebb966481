//! Templates for replacements: `\1`, `\g<name>`, `\g<0>` and the usual escapes.

use super::{Match, Pattern, PatternError};

/// A template, taken apart for one expression.
pub struct Replacement(Vec<Piece>);

enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    pub fn new(template: &str, pattern: &Pattern) -> Result<Self, PatternError> {
        let chars: Vec<char> = template.chars().collect();
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while at < chars.len() {
            if chars[at] != '\\' {
                text.push(chars[at]);
                at += 1;
                continue;
            }
            let Some(letter) = chars.get(at + 1).copied() else {
                return Err(error("bad escape (end of pattern)", at, &chars));
            };
            let (piece, next) = escape(&chars, at, letter, pattern)?;
            match piece {
                Piece::Text(more) => text.push_str(&more),
                Piece::Group(index) => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Group(index));
                }
            }
            at = next;
        }
        pieces.push(Piece::Text(text));
        Ok(Self(pieces))
    }

    pub fn write(&self, found: &Match<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(index) => out.push_str(found.group(*index).unwrap_or_default()),
            }
        }
    }
}

fn error(message: &str, at: usize, chars: &[char]) -> PatternError {
    if !chars.contains(&'\n') {
        return PatternError(format!("{message} at position {at}"));
    }
    let before = &chars[..at.min(chars.len())];
    let line = before.iter().filter(|c| **c == '\n').count() + 1;
    let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
    PatternError(format!("{message} at position {at} (line {line}, column {column})"))
}

/// The escape whose backslash stands at `at`, and where it ends.
fn escape(chars: &[char], at: usize, letter: char, pattern: &Pattern) -> Result<(Piece, usize), PatternError> {
    let text = |character: char| Ok((Piece::Text(character.to_string()), at + 2));
    let digit = |place: usize| chars.get(place).and_then(|c| c.to_digit(10));
    let octal = |place: usize| digit(place).filter(|digit| *digit < 8);
    match letter {
        'g' => named(chars, at, pattern),
        '0' => {
            let digits: Vec<u32> = (at + 1..at + 4).map_while(octal).collect();
            let code = digits.iter().fold(0, |code, digit| code * 8 + digit);
            Ok((Piece::Text(char::from_u32(code).unwrap_or_default().to_string()), at + 1 + digits.len()))
        }
        '1'..='9' => {
            if let (Some(a), Some(b), Some(c)) = (octal(at + 1), octal(at + 2), octal(at + 3)) {
                let code = a * 64 + b * 8 + c;
                if code > 0o377 {
                    let shown: String = chars[at..at + 4].iter().collect();
                    return Err(error(&format!("octal escape value {shown} outside of range 0-0o377"), at, chars));
                }
                return Ok((Piece::Text(char::from_u32(code).unwrap_or_default().to_string()), at + 4));
            }
            let first = digit(at + 1).unwrap_or_default() as usize;
            let (index, next) = match digit(at + 2) {
                Some(second) => (first * 10 + second as usize, at + 3),
                None => (first, at + 2),
            };
            group(index, at + 1, chars, pattern).map(|piece| (piece, next))
        }
        'a' => text('\u{7}'),
        'b' => text('\u{8}'),
        'f' => text('\u{c}'),
        'n' => text('\n'),
        'r' => text('\r'),
        't' => text('\t'),
        'v' => text('\u{b}'),
        '\\' => text('\\'),
        letter if letter.is_ascii_alphabetic() => Err(error(&format!("bad escape \\{letter}"), at, chars)),
        other => Ok((Piece::Text(format!("\\{other}")), at + 2)),
    }
}

fn group(index: usize, at: usize, chars: &[char], pattern: &Pattern) -> Result<Piece, PatternError> {
    if index > pattern.groups() {
        return Err(error(&format!("invalid group reference {index}"), at, chars));
    }
    Ok(Piece::Group(index))
}

/// `\g<name>` or `\g<number>`.
fn named(chars: &[char], at: usize, pattern: &Pattern) -> Result<(Piece, usize), PatternError> {
    if chars.get(at + 2) != Some(&'<') {
        return Err(error("missing <", at + 2, chars));
    }
    let start = at + 3;
    let Some(length) = chars[start..].iter().position(|c| *c == '>') else {
        let message = if start == chars.len() { "missing group name" } else { "missing >, unterminated name" };
        return Err(error(message, start, chars));
    };
    let name: String = chars[start..start + length].iter().collect();
    let next = start + length + 1;
    if name.is_empty() {
        return Err(error("missing group name", start, chars));
    }
    if name.chars().all(|c| c.is_ascii_digit()) {
        let index = name.parse().unwrap_or(usize::MAX);
        return group(index, start, chars, pattern).map(|piece| (piece, next));
    }
    let shown = crate::data::python::text_repr(&name);
    if name.starts_with(|first: char| first.is_numeric()) || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(error(&format!("bad character in group name {shown}"), start, chars));
    }
    match pattern.group_named(&name) {
        Some(index) => Ok((Piece::Group(index), next)),
        // Python raises an IndexError here, without a position.
        None => Err(PatternError(format!("unknown group name {shown}"))),
    }
}
