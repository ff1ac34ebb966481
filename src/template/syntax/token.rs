//! The tokens inside of `{{ }}` and `{% %}`, by Jinja's rules.

use num_bigint::BigInt;
use num_traits::Num;

use super::{Syntax, syntax_error};
use crate::data::Value;
use crate::template::Result;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Name,
    Integer(Value),
    Float(f64),
    /// The text between the quotes, as it is written.
    Text,
    Operator,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// As it is written; of a text, what stands between the quotes.
    pub text: String,
    /// Where it begins, in bytes.
    pub at: usize,
}

impl Token {
    pub fn is_operator(&self, text: &str) -> bool {
        self.kind == Kind::Operator && self.text == text
    }

    pub fn is_name(&self, text: &str) -> bool {
        self.kind == Kind::Name && self.text == text
    }
}

/// The tokens up to an end mark, and what that was.
pub(super) struct Scan {
    pub tokens: Vec<Token>,
    pub end: usize,
    pub sign: Option<char>,
}

const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".",
    ":", "|", ",", ";",
];

/// Reads tokens from `start` to one of the end marks; without marks, to the end of the line.
pub(super) fn tokens(source: &str, start: usize, syntax: &Syntax, ends: &[String]) -> Result<Scan> {
    let mut reader = Reader { source, at: start, tokens: Vec::new(), open: Vec::new() };
    let is_block = ends.len() != 2;
    loop {
        if reader.open.is_empty() {
            if let Some((length, sign)) = end_mark(reader.rest(), ends) {
                return Ok(Scan { end: reader.at + length, tokens: reader.tokens, sign });
            }
            if ends.is_empty() && reader.at_line_end() {
                return Ok(Scan { end: reader.at_after_line(), tokens: reader.tokens, sign: None });
            }
        }
        if reader.rest().is_empty() {
            return Err(unfinished(&reader, is_block, syntax));
        }
        reader.token()?;
    }
}

/// Reads all tokens of an expression that stands alone.
pub(super) fn expression_tokens(source: &str) -> Result<Vec<Token>> {
    let mut reader = Reader { source, at: 0, tokens: Vec::new(), open: Vec::new() };
    while !reader.rest().is_empty() {
        reader.token()?;
    }
    Ok(reader.tokens)
}

fn end_mark(rest: &str, ends: &[String]) -> Option<(usize, Option<char>)> {
    let end = ends.iter().find(|end| rest.starts_with(end.as_str()))?;
    let plain = &ends[ends.len() - 1];
    let sign = if end.len() > plain.len() { end.chars().next() } else { None };
    Some((end.len(), sign))
}

fn unfinished(reader: &Reader<'_>, is_block: bool, _syntax: &Syntax) -> crate::template::TemplateError {
    let wanted = match reader.open.last() {
        Some(open) => closer(*open).to_string(),
        None if is_block => "end of statement block".to_owned(),
        None => "end of print statement".to_owned(),
    };
    let last_is_operand = reader
        .tokens
        .last()
        .is_some_and(|token| !matches!(token.kind, Kind::Operator) || matches!(token.text.as_str(), ")" | "]" | "}"));
    if last_is_operand {
        syntax_error(format!("unexpected end of template, expected '{wanted}'."))
    } else {
        syntax_error("unexpected 'end of template'")
    }
}

fn closer(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    tokens: Vec<Token>,
    open: Vec<char>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn at_line_end(&self) -> bool {
        let rest = self.rest().trim_start_matches([' ', '\t', '\x0b']);
        rest.is_empty() || rest.starts_with('\n')
    }

    fn at_after_line(&self) -> usize {
        self.rest().find('\n').map_or(self.source.len(), |end| self.at + end + 1)
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let text = self.source[self.at..self.at + length].to_owned();
        self.tokens.push(Token { kind, text, at: self.at });
        self.at += length;
    }

    fn token(&mut self) -> Result<()> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(()) };
        if first.is_whitespace() {
            self.at += first.len_utf8();
            return Ok(());
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first == '"' || first == '\'' {
            return self.quoted(first);
        }
        if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            self.push(Kind::Name, length);
            return Ok(());
        }
        let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) else {
            let place = self.source[..self.at].chars().count();
            return Err(syntax_error(format!("unexpected char {} at {place}", quoted_char(first))));
        };
        self.balance(first, operator.len())?;
        self.push(Kind::Operator, operator.len());
        Ok(())
    }

    fn balance(&mut self, first: char, length: usize) -> Result<()> {
        if length != 1 {
            return Ok(());
        }
        match first {
            '(' | '[' | '{' => self.open.push(first),
            ')' | ']' | '}' => match self.open.pop() {
                None => return Err(syntax_error(format!("unexpected '{first}'"))),
                Some(open) if closer(open) != first => {
                    return Err(syntax_error(format!("unexpected '{first}', expected '{}'", closer(open))));
                }
                Some(_) => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<()> {
        let inner = &self.rest()[1..];
        let mut escaped = false;
        for (place, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    let text = inner[..place].to_owned();
                    self.tokens.push(Token { kind: Kind::Text, text, at: self.at });
                    self.at += place + 2;
                    return Ok(());
                }
                _ => {}
            }
        }
        let place = self.source[..self.at].chars().count();
        Err(syntax_error(format!("unexpected char {} at {place}", quoted_char(quote))))
    }

    fn number(&mut self) -> Result<()> {
        let after_dot = self.source[..self.at].ends_with('.');
        let rest = self.rest().as_bytes();
        if !after_dot && let Some(length) = float_length(rest) {
            let text = self.rest()[..length].replace('_', "");
            let number =
                text.parse().map_err(|_| syntax_error(format!("could not convert string to float: '{text}'")))?;
            self.push(Kind::Float(number), length);
            return Ok(());
        }
        let (length, radix) = integer_length(rest);
        let digits = self.rest()[..length].replace('_', "").to_lowercase();
        let digits = if radix == 10 { digits.as_str() } else { digits.get(2..).unwrap_or_default() };
        let number = BigInt::from_str_radix(digits, radix).map_err(|_| syntax_error("invalid number"))?;
        self.push(Kind::Integer(Value::big(number)), length);
        Ok(())
    }
}

fn quoted_char(c: char) -> String {
    if c == '\'' { "\"'\"".to_owned() } else { format!("'{c}'") }
}

/// Digits with single underscores between them.
fn digits_length(bytes: &[u8], is_digit: fn(&u8) -> bool) -> usize {
    let mut length = 0;
    while bytes.get(length).is_some_and(is_digit)
        || (length > 0 && bytes.get(length) == Some(&b'_') && bytes.get(length + 1).is_some_and(is_digit))
    {
        length += 1;
    }
    length
}

fn float_length(bytes: &[u8]) -> Option<usize> {
    let whole = digits_length(bytes, u8::is_ascii_digit);
    let mut length = whole;
    if bytes.get(length) == Some(&b'.') {
        let fraction = digits_length(&bytes[length + 1..], u8::is_ascii_digit);
        if fraction > 0 {
            length += 1 + fraction;
        }
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits_length(bytes.get(length + 1 + sign..).unwrap_or_default(), u8::is_ascii_digit);
        if exponent > 0 {
            return Some(length + 1 + sign + exponent);
        }
    }
    (length > whole).then_some(length)
}

fn integer_length(bytes: &[u8]) -> (usize, u32) {
    let prefixed: (u32, fn(&u8) -> bool) = match bytes.get(1) {
        Some(b'x' | b'X') => (16, u8::is_ascii_hexdigit),
        Some(b'o' | b'O') => (8, |byte| (b'0'..=b'7').contains(byte)),
        Some(b'b' | b'B') => (2, |byte| matches!(byte, b'0' | b'1')),
        _ => (10, u8::is_ascii_digit),
    };
    if bytes.first() == Some(&b'0') {
        if prefixed.0 != 10 {
            let skip = usize::from(bytes.get(2) == Some(&b'_'));
            let length = digits_length(&bytes[2 + skip..], prefixed.1);
            if length > 0 {
                return (2 + skip + length, prefixed.0);
            }
        }
        // A zero is only followed by zeros.
        return (digits_length(bytes, |byte| *byte == b'0'), 10);
    }
    (digits_length(bytes, u8::is_ascii_digit), 10)
}
