//! Character classes and escapes of Python's regular expressions, in the engine's words.

use super::translate::{Parser, PatternError};

/// What a backslash and what follows it stand for.
pub(super) enum Escape {
    Literal(char),
    /// `\d` and its kin, as a class of the engine.
    Category(String),
}

/// A character that stands for itself.
pub(super) fn literal(character: char) -> String {
    match character {
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' | '#' | '&' | '-' | '~' => {
            format!("\\{character}")
        }
        character if character.is_control() => format!("\\x{{{:x}}}", u32::from(character)),
        character => character.to_string(),
    }
}

impl Parser {
    /// From behind the opening bracket to the closing one.
    pub(super) fn class(&mut self, start: usize) -> Result<String, PatternError> {
        let mut text = if self.take('^') { "[^".to_owned() } else { "[".to_owned() };
        let first = self.at;
        loop {
            let here = self.at;
            let Some(character) = self.peek() else {
                return Err(self.error("unterminated character set", start));
            };
            self.at += 1;
            let low = match character {
                ']' if here > first => {
                    text.push(']');
                    return Ok(text);
                }
                '\\' => self.class_escape(here, true)?,
                other => Escape::Literal(other),
            };
            let is_range = self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']'));
            if !is_range {
                match low {
                    Escape::Literal(character) => text.push_str(&literal(character)),
                    Escape::Category(category) => text.push_str(&category),
                }
                continue;
            }
            self.at += 1;
            let high_start = self.at;
            let next = self.chars[self.at];
            self.at += 1;
            let high = if next == '\\' { self.class_escape(high_start, true)? } else { Escape::Literal(next) };
            match (low, high) {
                (Escape::Literal(low), Escape::Literal(high)) if low <= high => {
                    text.push_str(&format!("{}-{}", literal(low), literal(high)));
                }
                _ => {
                    let shown: String = self.chars[here..self.at].iter().collect();
                    return Err(self.error(&format!("bad character range {shown}"), here));
                }
            }
        }
    }

    /// The escape whose backslash stands at `start`; the parser stands behind it.
    pub(super) fn class_escape(&mut self, start: usize, in_class: bool) -> Result<Escape, PatternError> {
        let Some(letter) = self.peek() else {
            return Err(self.error("bad escape (end of pattern)", start));
        };
        self.at += 1;
        if let Some(category) = self.category(letter) {
            return Ok(Escape::Category(category.to_owned()));
        }
        let character = match letter {
            'a' => '\u{7}',
            'b' if in_class => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.hexadecimal(start, 2)?,
            'u' => self.hexadecimal(start, 4)?,
            'U' => self.hexadecimal(start, 8)?,
            '0'..='9' => self.octal(start, in_class)?,
            letter if letter.is_ascii_alphabetic() => {
                return Err(self.error(&format!("bad escape \\{letter}"), start));
            }
            other => other,
        };
        Ok(Escape::Literal(character))
    }

    fn category(&self, letter: char) -> Option<&'static str> {
        Some(match (letter, self.flags.ascii) {
            ('d', false) => "\\d",
            ('D', false) => "\\D",
            ('w', false) => "\\w",
            ('W', false) => "\\W",
            // Python counts the separators of ASCII as blanks, too.
            ('s', false) => "[\\s\\x1c-\\x1f]",
            ('S', false) => "[^\\s\\x1c-\\x1f]",
            ('d', true) => "[0-9]",
            ('D', true) => "[^0-9]",
            ('w', true) => "[0-9A-Za-z_]",
            ('W', true) => "[^0-9A-Za-z_]",
            ('s', true) => "[ \\t\\n\\r\\x0b\\x0c]",
            ('S', true) => "[^ \\t\\n\\r\\x0b\\x0c]",
            _ => return None,
        })
    }

    fn hexadecimal(&mut self, start: usize, length: usize) -> Result<char, PatternError> {
        let digits: String = self.chars[self.at..].iter().take(length).take_while(|c| c.is_ascii_hexdigit()).collect();
        self.at += digits.len();
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == length).and_then(char::from_u32);
        code.ok_or_else(|| {
            let shown: String = self.chars[start..self.at].iter().collect();
            self.error(&format!("incomplete escape {shown}"), start)
        })
    }

    /// `\0`, and inside of a class any octal number of up to three digits.
    fn octal(&mut self, start: usize, in_class: bool) -> Result<char, PatternError> {
        let longest = if self.chars[start + 1] == '0' || in_class { 3 } else { 2 };
        let digits: String = self.chars[start + 1..].iter().take(longest).take_while(|c| c.is_digit(8)).collect();
        if digits.is_empty() {
            let letter = self.chars[start + 1];
            return Err(self.error(&format!("bad escape \\{letter}"), start));
        }
        self.at = start + 1 + digits.len();
        match u32::from_str_radix(&digits, 8) {
            Ok(code) if code <= 0o377 => Ok(char::from_u32(code).unwrap_or_default()),
            _ => Err(self.error(&format!("octal escape value \\{digits} outside of range 0-0o377"), start)),
        }
    }
}
