//! Python literals as `ast.literal_eval` reads them: no names, no calls (but `set()`), no sums.

use std::sync::Arc;

use indexmap::IndexSet;
use num_bigint::BigInt;

use super::number;
use crate::data::{Data, Map, Value};

/// The text is not a Python literal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LiteralError {
    pub message: String,
}

/// Deeper nesting is refused; Python's own parser gives up at 200 brackets.
const MAX_DEPTH: usize = 200;

/// Reads one literal. Texts in the result are plain and without origin.
pub fn literal_eval(text: &str) -> Result<Value, LiteralError> {
    if text.contains('\0') {
        return Err(malformed("source code string cannot contain null bytes"));
    }
    let characters: Vec<char> = text.trim_start_matches([' ', '\t']).chars().collect();
    let mut reader = Reader { characters: &characters, position: 0, depth: 0 };
    reader.skip_blanks();
    while reader.eat_any(&['\n', '\r']) {
        reader.skip_blanks();
    }
    let value = reader.expression_list()?;
    reader.skip_blanks();
    while reader.eat_any(&['\n', '\r']) {
        reader.skip_blanks();
    }
    if reader.position < characters.len() {
        return Err(malformed("invalid syntax"));
    }
    Ok(value)
}

fn malformed(message: &str) -> LiteralError {
    LiteralError { message: message.to_owned() }
}

struct Reader<'a> {
    characters: &'a [char],
    position: usize,
    /// How many brackets are open; inside of them line breaks are blanks.
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn peek_at(&self, offset: usize) -> Option<char> {
        self.characters.get(self.position + offset).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.eat_any(&[wanted])
    }

    fn eat_any(&mut self, wanted: &[char]) -> bool {
        let found = self.peek().is_some_and(|next| wanted.contains(&next));
        self.position += usize::from(found);
        found
    }

    /// Blanks, comments, continued lines and, inside of brackets, line breaks.
    fn skip_blanks(&mut self) {
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\x0c' => self.position += 1,
                '\n' | '\r' if self.depth > 0 => self.position += 1,
                '\\' if self.peek_at(1) == Some('\n') => self.position += 2,
                '#' => {
                    while self.peek().is_some_and(|next| next != '\n') {
                        self.position += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// A value, or several with commas between: a tuple without its parentheses.
    fn expression_list(&mut self) -> Result<Value, LiteralError> {
        let first = self.signed()?;
        self.skip_blanks();
        if self.peek() != Some(',') {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(',') {
            self.skip_blanks();
            if matches!(self.peek(), None | Some(')' | '\n' | '\r')) {
                break;
            }
            items.push(self.signed()?);
            self.skip_blanks();
        }
        Ok(Value::tuple(items))
    }

    /// A value with any number of signs, which only numbers may have.
    fn signed(&mut self) -> Result<Value, LiteralError> {
        let (mut has_sign, mut negative) = (false, false);
        self.skip_blanks();
        while let Some(sign @ ('+' | '-')) = self.peek() {
            self.position += 1;
            // The reference allows one sign before a number.
            if has_sign {
                return Err(malformed("malformed node or string"));
            }
            has_sign = true;
            negative = sign == '-';
            self.skip_blanks();
        }
        let value = self.atom()?;
        if !has_sign {
            return Ok(value);
        }
        match value.data {
            Data::Int(number) if negative => Ok(Value::big(-BigInt::from(number))),
            Data::Big(number) if negative => Ok(Value::big(-(*number).clone())),
            Data::Float(number) if negative => Ok((-number).into()),
            Data::Int(_) | Data::Big(_) | Data::Float(_) => Ok(value),
            _ => Err(malformed("malformed node or string")),
        }
    }

    fn atom(&mut self) -> Result<Value, LiteralError> {
        self.skip_blanks();
        match self.peek().ok_or_else(|| malformed("unexpected EOF while parsing"))? {
            '[' => self.bracketed(Self::list),
            '(' => self.bracketed(Self::tuple),
            '{' => self.bracketed(Self::map_or_set),
            '\'' | '"' => self.texts(),
            '0'..='9' => self.number(),
            '.' if self.peek_at(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            next if next.is_alphabetic() || next == '_' => self.word(),
            _ => Err(malformed("invalid syntax")),
        }
    }

    fn bracketed(&mut self, read: fn(&mut Self) -> Result<Value, LiteralError>) -> Result<Value, LiteralError> {
        if self.depth >= MAX_DEPTH {
            return Err(malformed("too many nested parentheses"));
        }
        self.depth += 1;
        self.position += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, LiteralError> {
        Ok(Value::list(self.items_until(']')?))
    }

    fn tuple(&mut self) -> Result<Value, LiteralError> {
        self.skip_blanks();
        if self.eat(')') {
            return Ok(Value::tuple([]));
        }
        let value = self.expression_list()?;
        self.skip_blanks();
        if self.eat(')') { Ok(value) } else { Err(malformed("'(' was never closed")) }
    }

    /// Items with commas between, a last comma allowed, up to the closing bracket.
    fn items_until(&mut self, close: char) -> Result<Vec<Value>, LiteralError> {
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            if self.eat(close) {
                return Ok(items);
            }
            items.push(self.signed()?);
            self.skip_blanks();
            if !self.eat(',') && self.peek() != Some(close) {
                return Err(malformed("invalid syntax"));
            }
        }
    }

    fn map_or_set(&mut self) -> Result<Value, LiteralError> {
        self.skip_blanks();
        if self.eat('}') {
            return Ok(Map::new().into());
        }
        let first = self.signed()?;
        self.skip_blanks();
        if self.eat(':') { self.map(first) } else { self.set(first) }
    }

    fn map(&mut self, first_key: Value) -> Result<Value, LiteralError> {
        let mut map = Map::new();
        let mut key = first_key;
        loop {
            require_hashable(&key)?;
            map.insert(key, self.signed()?);
            self.skip_blanks();
            let comma = self.eat(',');
            self.skip_blanks();
            if self.eat('}') {
                return Ok(map.into());
            }
            if !comma {
                return Err(malformed("invalid syntax"));
            }
            key = self.signed()?;
            self.skip_blanks();
            if !self.eat(':') {
                return Err(malformed("':' expected after dictionary key"));
            }
        }
    }

    fn set(&mut self, first: Value) -> Result<Value, LiteralError> {
        let mut items = IndexSet::from([first]);
        if !self.eat(',') && self.peek() != Some('}') {
            return Err(malformed("invalid syntax"));
        }
        items.extend(self.items_until('}')?);
        for item in &items {
            require_hashable(item)?;
        }
        Ok(Data::Set(Arc::new(items)).into())
    }

    /// A constant's name, `set()`, or the prefix of a text.
    fn word(&mut self) -> Result<Value, LiteralError> {
        let start = self.position;
        while self.peek().is_some_and(|next| next.is_alphanumeric() || next == '_') {
            self.position += 1;
        }
        let word: String = self.characters[start..self.position].iter().collect();
        if matches!(self.peek(), Some('\'' | '"')) && word.len() <= 2 {
            self.position = start;
            return self.texts();
        }
        match word.as_str() {
            "None" => Ok(Value::NULL),
            "True" => Ok(true.into()),
            "False" => Ok(false.into()),
            "set" => {
                for wanted in ['(', ')'] {
                    self.skip_blanks();
                    if !self.eat(wanted) {
                        return Err(malformed("malformed node or string"));
                    }
                }
                Ok(Data::Set(Arc::default()).into())
            }
            _ => Err(malformed("malformed node or string")),
        }
    }

    fn number(&mut self) -> Result<Value, LiteralError> {
        let start = self.position;
        let prefixed = self.peek() == Some('0') && self.peek_at(1).is_some_and(|next| "xXoObB".contains(next));
        let mut is_float = false;
        while let Some(next) = self.peek() {
            let after_exponent =
                !prefixed && self.position > start && matches!(self.characters[self.position - 1], 'e' | 'E');
            match next {
                '.' => is_float = true,
                'e' | 'E' if !prefixed => is_float = true,
                '+' | '-' if after_exponent => {}
                _ if next.is_ascii_alphanumeric() || next == '_' => {}
                _ => break,
            }
            self.position += 1;
        }
        let text: String = self.characters[start..self.position].iter().collect();
        let value = if is_float {
            number::parse_float(&text).map(Value::from)
        } else {
            number::parse_int_in_base(&text, 0).map(Value::big)
        };
        value.ok_or_else(|| malformed("invalid decimal literal"))
    }

    /// One or more texts side by side, which are one.
    fn texts(&mut self) -> Result<Value, LiteralError> {
        let mut text = String::new();
        let mut bytes: Option<Vec<u8>> = None;
        let mut first = true;
        loop {
            let (raw, is_bytes) = self.prefix()?;
            if !first && is_bytes != bytes.is_some() {
                return Err(malformed("cannot mix bytes and nonbytes literals"));
            }
            let part = self.quoted(raw, is_bytes)?;
            if is_bytes {
                bytes.get_or_insert_default().extend(part.chars().map(|character| character as u8));
            } else {
                text.push_str(&part);
            }
            first = false;
            self.skip_blanks();
            if !self.at_text() {
                break;
            }
        }
        Ok(match bytes {
            Some(bytes) => Data::Bytes(bytes.into()).into(),
            None => Value::text(text),
        })
    }

    /// Whether a quote comes next, perhaps after one or two letters.
    fn at_text(&self) -> bool {
        (0..3).any(|letters| {
            matches!(self.peek_at(letters), Some('\'' | '"'))
                && (0..letters).all(|index| self.peek_at(index).is_some_and(|next| next.is_ascii_alphabetic()))
        })
    }

    /// The letters before a quote: whether raw, whether bytes.
    fn prefix(&mut self) -> Result<(bool, bool), LiteralError> {
        let mut letters = String::new();
        while let Some(letter) = self.peek().filter(char::is_ascii_alphabetic) {
            letters.push(letter.to_ascii_lowercase());
            self.position += 1;
        }
        match letters.as_str() {
            "" | "u" => Ok((false, false)),
            "r" => Ok((true, false)),
            "b" => Ok((false, true)),
            "br" | "rb" => Ok((true, true)),
            _ => Err(malformed("invalid syntax")),
        }
    }

    fn quoted(&mut self, raw: bool, is_bytes: bool) -> Result<String, LiteralError> {
        let quote = self.peek().ok_or_else(|| malformed("invalid syntax"))?;
        let triple = self.peek_at(1) == Some(quote) && self.peek_at(2) == Some(quote);
        self.position += if triple { 3 } else { 1 };
        let mut text = String::new();
        loop {
            let next = self.peek().ok_or_else(|| malformed("unterminated string literal"))?;
            let closes =
                next == quote && (!triple || (self.peek_at(1) == Some(quote) && self.peek_at(2) == Some(quote)));
            if closes {
                self.position += if triple { 3 } else { 1 };
                return Ok(text);
            }
            self.position += 1;
            match next {
                '\n' | '\r' if !triple => return Err(malformed("unterminated string literal")),
                '\r' => {
                    self.eat('\n');
                    text.push('\n');
                }
                '\\' if raw => {
                    text.push('\\');
                    let escaped = self.peek().ok_or_else(|| malformed("unterminated string literal"))?;
                    self.position += 1;
                    text.push(escaped);
                }
                '\\' => self.escape(is_bytes, &mut text)?,
                _ if is_bytes && !next.is_ascii() => {
                    return Err(malformed("bytes can only contain ASCII literal characters"));
                }
                _ => text.push(next),
            }
        }
    }

    fn escape(&mut self, is_bytes: bool, text: &mut String) -> Result<(), LiteralError> {
        let next = self.peek().ok_or_else(|| malformed("unterminated string literal"))?;
        self.position += 1;
        match next {
            '\n' => {}
            '\\' | '\'' | '"' => text.push(next),
            'a' => text.push('\x07'),
            'b' => text.push('\x08'),
            'f' => text.push('\x0c'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'v' => text.push('\x0b'),
            '0'..='7' => {
                let mut code = next.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|digit| digit.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    self.position += 1;
                }
                text.extend(char::from_u32(if is_bytes { code & 0xff } else { code }));
            }
            'x' => text.push(self.hexadecimal(2)?),
            'u' if !is_bytes => text.push(self.hexadecimal(4)?),
            'U' if !is_bytes => text.push(self.hexadecimal(8)?),
            _ => text.extend(['\\', next]),
        }
        Ok(())
    }

    fn hexadecimal(&mut self, length: usize) -> Result<char, LiteralError> {
        let mut code = 0;
        for _ in 0..length {
            let digit = self.peek().and_then(|digit| digit.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| malformed("truncated \\x escape"))?;
            self.position += 1;
        }
        // Python can hold half a surrogate pair, which is no character.
        if (0xd800..0xe000).contains(&code) {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(code).ok_or_else(|| malformed("illegal Unicode character"))
    }
}

/// Lists, sets and dicts cannot be keys, nor members of sets.
fn require_hashable(value: &Value) -> Result<(), LiteralError> {
    match &value.data {
        Data::List(_) | Data::Set(_) | Data::Map(_) => {
            Err(malformed(&format!("unhashable type: '{}'", value.type_name())))
        }
        Data::Tuple(items) => items.iter().try_for_each(require_hashable),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::python::repr;

    /// The `repr` of what is read; `error` for what is no literal.
    fn check(text: &str, expected: &str) {
        let found = literal_eval(text).map_or_else(|_| "error".to_owned(), |value| repr(&value));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn scalars() {
        check("1", "1");
        check(" -0x1F", "-31");
        check("1_000", "1000");
        check("0777", "error");
        check("00", "0");
        check("1e3", "1000.0");
        check("1.", "1.0");
        check("True", "True");
        check("true", "error");
        check("None", "None");
        check("99999999999999999999", "99999999999999999999");
        check("- 1", "-1");
        check("--1", "error");
        check("1 + 1", "error");
        check("1.2.3", "error");
        check("", "error");
        check("abc", "error");
    }

    #[test]
    fn texts() {
        check("'a' \"b\"", "'ab'");
        check(r"'\n\x41\u00e9\101\q'", r"'\nAéA\\q'");
        check(r"r'\n'", r"'\\n'");
        check("b'a\\xff'", "b'a\\xff'");
        check("b'a' 'b'", "error");
        check("'''a\nb'''", "'a\\nb'");
        check("'a", "error");
        check("f'a'", "error");
    }

    #[test]
    fn containers() {
        check("[1, 'a', [None],]", "[1, 'a', [None]]");
        check("[,]", "error");
        check("(1)", "1");
        check("(1,)", "(1,)");
        check("1, 2", "(1, 2)");
        check("()", "()");
        check("{'a': 1, 2: [3],}", "{'a': 1, 2: [3]}");
        check("{1, 2}", "{1, 2}");
        check("{[1]: 2}", "error");
        check("set()", "set()");
        check("[1\n,2] # comment", "[1, 2]");
        check("[1 2]", "error");
        check(&format!("{}{}", "[".repeat(300), "]".repeat(300)), "error");
    }
}
