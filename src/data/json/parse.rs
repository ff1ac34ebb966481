//! JSON text to values, with the errors of Python's `json.loads` and a position on every value.

use num_bigint::BigInt;

use crate::data::{Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};

/// The text is not JSON. Shown as Python does: `Expecting value: line 1 column 1 (char 0)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: line {line} column {column} (char {offset})")]
pub struct Error {
    pub message: String,
    pub line: u32,
    pub column: u32,
    /// In characters, from 0.
    pub offset: usize,
    pub origin: Origin,
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Diagnostic::new(error.to_string()).at(&error.origin)
    }
}

/// Nobody nests deeper on purpose; Python's parser gives up near 1000.
const MAX_DEPTH: usize = 400;

/// Reads one JSON document: numbers with a point or exponent are floats, of equal keys the last
/// wins, `NaN` and `Infinity` are known. Texts are plain; `origin` says what was read.
pub fn parse(text: &str, origin: &Origin) -> Result<Value, Error> {
    let mut reader = Reader { text, position: 0, line: 1, line_start: 0, counted: 0, depth: 0, origin };
    if text.starts_with('\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.skip_blanks();
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.position < text.len() {
        return Err(reader.error("Extra data", reader.position));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes, as all positions here.
    position: usize,
    /// The line of `counted`, and where that line starts: counted forward as values are met.
    line: u32,
    line_start: usize,
    counted: usize,
    depth: usize,
    origin: &'a Origin,
}

impl Reader<'_> {
    fn error(&self, message: &str, at: usize) -> Error {
        let before = &self.text[..at];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1;
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let column = before[line_start..].chars().count() as u32 + 1;
        Error {
            message: message.to_owned(),
            line,
            column,
            offset: before.chars().count(),
            origin: self.origin.at(line, column),
        }
    }

    fn expecting_value(&self) -> Error {
        self.error("Expecting value", self.position)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    /// Where the next character stands; positions are asked in rising order.
    fn place(&mut self) -> Origin {
        if self.origin.is_none() {
            return Origin::none();
        }
        for (index, byte) in self.text.as_bytes()[self.counted..self.position].iter().enumerate() {
            if *byte == b'\n' {
                self.line += 1;
                self.line_start = self.counted + index + 1;
            }
        }
        self.counted = self.position;
        let column = self.text[self.line_start..self.position].chars().count() as u32 + 1;
        self.origin.at(self.line, column)
    }

    fn value(&mut self) -> Result<Value, Error> {
        let origin = self.place();
        let value = match self.peek() {
            Some(b'"') => Value::text(self.string()?),
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(value.with_origin(&origin))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Error>) -> Result<Value, Error> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("maximum recursion depth exceeded while decoding", self.position));
        }
        self.depth += 1;
        self.position += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self) -> Result<Value, Error> {
        let words = [
            ("null", Value::NULL),
            ("true", true.into()),
            ("false", false.into()),
            ("NaN", f64::NAN.into()),
            ("Infinity", f64::INFINITY.into()),
        ];
        for (word, value) in words {
            if self.text[self.position..].starts_with(word) {
                self.position += word.len();
                return Ok(value);
            }
        }
        Err(self.expecting_value())
    }

    fn number(&mut self) -> Result<Value, Error> {
        let rest = &self.text[self.position..];
        if rest.starts_with("-Infinity") {
            self.position += "-Infinity".len();
            return Ok(f64::NEG_INFINITY.into());
        }
        let bytes = rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let sign = usize::from(bytes[0] == b'-');
        let whole = if bytes.get(sign) == Some(&b'0') { 1 } else { digits(sign) };
        if whole == 0 {
            return Err(self.expecting_value());
        }
        let mut end = sign + whole;
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            is_float = true;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if exponent <= bytes.len() && digits(exponent) > 0 {
                end = exponent + digits(exponent);
                is_float = true;
            }
        }
        let literal = &rest[..end];
        let value = if is_float {
            python::parse_float(literal).map(Value::from)
        } else {
            literal.parse::<i64>().map(Value::from).ok().or_else(|| literal.parse::<BigInt>().map(Value::big).ok())
        };
        let value = value.ok_or_else(|| self.expecting_value())?;
        self.position += end;
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, Error> {
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(items.into());
        }
        loop {
            items.push(self.value()?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b']') => {
                    self.position += 1;
                    return Ok(items.into());
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.position)),
            }
            self.skip_blanks();
        }
    }

    fn object(&mut self) -> Result<Value, Error> {
        let mut map = Map::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(map.into());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("Expecting property name enclosed in double quotes", self.position));
            }
            let origin = self.place();
            let key = Value::text(self.string()?).with_origin(&origin);
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.error("Expecting ':' delimiter", self.position));
            }
            self.position += 1;
            self.skip_blanks();
            let value = self.value()?;
            map.insert(key, value);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b'}') => {
                    self.position += 1;
                    return Ok(map.into());
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.position)),
            }
            self.skip_blanks();
        }
    }

    /// From the opening quote to behind the closing one.
    fn string(&mut self) -> Result<String, Error> {
        let start = self.position;
        let unterminated = "Unterminated string starting at";
        self.position += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.position..];
            let special = rest.find(|next: char| next == '"' || next == '\\' || next < ' ');
            let Some(special) = special else { return Err(self.error(unterminated, start)) };
            text.push_str(&rest[..special]);
            self.position += special;
            match rest.as_bytes()[special] {
                b'"' => {
                    self.position += 1;
                    return Ok(text);
                }
                b'\\' => self.escape(start, &mut text)?,
                _ => return Err(self.error("Invalid control character at", self.position)),
            }
        }
    }

    fn escape(&mut self, string_start: usize, text: &mut String) -> Result<(), Error> {
        let backslash = self.position;
        self.position += 1;
        let escaped = self.peek().ok_or_else(|| self.error("Unterminated string starting at", string_start))?;
        text.push(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(text),
            _ => return Err(self.error("Invalid \\escape", backslash)),
        });
        self.position += 1;
        Ok(())
    }

    /// `\uXXXX`, or two of them for one character. Half a pair, which Python reads but cannot write, is
    /// refused.
    fn unicode_escape(&mut self, text: &mut String) -> Result<(), Error> {
        let first = self.four_digits()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.position..].starts_with("\\u") {
            let before_second = self.position;
            self.position += 1;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                text.extend(char::from_u32(code));
                return Ok(());
            }
            self.position = before_second;
        }
        let character =
            char::from_u32(first).ok_or_else(|| self.error("Lone surrogate in escape", self.position - 6))?;
        text.push(character);
        Ok(())
    }

    /// From the `u` to behind the four digits.
    fn four_digits(&mut self) -> Result<u32, Error> {
        let digits = self.text.get(self.position + 1..self.position + 5);
        let code = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("Invalid \\uXXXX escape", self.position))?;
        self.position += 5;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `repr` of what is read, or the error.
    fn check(json: &str, expected: &str) {
        let found = parse(json, &Origin::none()).map_or_else(|error| error.to_string(), |value| python::repr(&value));
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn values() {
        check(r#" {"a": [1, -2.50, 1e3, true, null], "a\n": {}} "#, r"{'a': [1, -2.5, 1000.0, True, None], 'a\n': {}}");
        check(r#"{"a": 1, "a": 2}"#, "{'a': 2}");
        check("[NaN, -Infinity, 123456789012345678901234567890]", "[nan, -inf, 123456789012345678901234567890]");
        check(r#""\u00e9\ud83d\ude00\/""#, "'é😀/'");
    }

    #[test]
    fn errors() {
        check("", "Expecting value: line 1 column 1 (char 0)");
        check("[1,]", "Expecting value: line 1 column 4 (char 3)");
        check("{\"a\": 1,\n}", "Expecting property name enclosed in double quotes: line 2 column 1 (char 9)");
        check("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)");
        check("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)");
        check("1 2", "Extra data: line 1 column 3 (char 2)");
        check("01", "Extra data: line 1 column 2 (char 1)");
        check(r#"["\ud83d"]"#, "Lone surrogate in escape: line 1 column 3 (char 2)");
        check("-", "Expecting value: line 1 column 1 (char 0)");
        check("\"é", "Unterminated string starting at: line 1 column 1 (char 0)");
        check("\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)");
        check(r#""\x""#, "Invalid \\escape: line 1 column 2 (char 1)");
        check(r#""\u12""#, "Invalid \\uXXXX escape: line 1 column 3 (char 2)");
        assert!(parse(&"[".repeat(100_000), &Origin::none()).is_err());
    }

    #[test]
    fn places() {
        let value = parse("{\n  \"é\": [1,\n 2]}", &Origin::described("text")).expect("the case is JSON");
        let (key, list) = value.as_map().and_then(|map| map.get_entry("é")).expect("the key is there");
        assert_eq!(key.origin.to_string(), "text:2:3");
        assert_eq!(list.origin.to_string(), "text:2:8");
        assert_eq!(list.as_items().expect("a list")[1].origin.to_string(), "text:3:2");
    }
}
