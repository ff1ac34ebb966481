//! Values to JSON text, in the layout of Python's `json.dumps`.

use std::fmt::Write;

use crate::data::{Data, Map, Text, Value, python};

/// How it is laid out; the default is that of `json.dumps(value)`.
#[derive(Clone, Debug)]
pub struct Style {
    /// What one level is moved in by; `None` puts all on one line, `Some("")` only breaks lines.
    pub indent: Option<String>,
    /// Keys in order. Python refuses keys of mixed types; so does `try_dumps`.
    pub sort_keys: bool,
    /// Between items, and between key and value. `None` is Python's choice: `, ` and `: `, with
    /// an indent `,` and `: `.
    pub separators: Option<(String, String)>,
    /// Everything beyond ASCII as `\uXXXX`.
    pub ensure_ascii: bool,
    /// Texts that came out of a vault are shown as `{"__ansible_vault": "<envelope>"}`.
    pub show_envelopes: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { indent: None, sort_keys: false, separators: None, ensure_ascii: true, show_envelopes: false }
    }
}

impl Style {
    /// `json.dumps(value, indent=width, sort_keys=True)`, as results are printed.
    pub fn indented(width: usize) -> Self {
        Self { indent: Some(" ".repeat(width)), sort_keys: true, ..Self::default() }
    }

    /// No blanks at all.
    pub fn compact() -> Self {
        Self { separators: Some((",".to_owned(), ":".to_owned())), ..Self::default() }
    }
}

/// JSON cannot say this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    #[error("keys must be str, int, float, bool or None, not {0}")]
    Key(&'static str),
    #[error("'<' not supported between instances of '{0}' and '{1}'")]
    Order(&'static str, &'static str),
}

/// JSON for display: odd keys become text, keys of mixed types are sorted by their text. Dates
/// become ISO text, sets and tuples lists, bytes text.
pub fn dumps(value: &Value, style: &Style) -> String {
    let mut dump = Dump::new(style, false);
    match dump.value(value, 0) {
        Ok(()) | Err(_) => dump.out,
    }
}

/// As `dumps`, but refuses keys as Python does.
pub fn try_dumps(value: &Value, style: &Style) -> Result<String, DumpError> {
    let mut dump = Dump::new(style, true);
    dump.value(value, 0)?;
    Ok(dump.out)
}

/// A text as a JSON string, quotes included.
pub fn quoted(text: &str, ensure_ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_quoted(text, ensure_ascii, &mut out);
    out
}

struct Dump<'a> {
    style: &'a Style,
    between_items: &'a str,
    after_key: &'a str,
    strict: bool,
    out: String,
}

impl<'a> Dump<'a> {
    fn new(style: &'a Style, strict: bool) -> Self {
        let (between_items, after_key) = match (&style.separators, &style.indent) {
            (Some((items, keys)), _) => (items.as_str(), keys.as_str()),
            (None, Some(_)) => (",", ": "),
            (None, None) => (", ", ": "),
        };
        Self { style, between_items, after_key, strict, out: String::new() }
    }

    fn value(&mut self, value: &Value, level: usize) -> Result<(), DumpError> {
        match &value.data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Data::Int(number) => self.out.push_str(&number.to_string()),
            Data::Big(number) => self.out.push_str(&number.to_string()),
            Data::Float(number) => self.out.push_str(&float_text(*number)),
            Data::Text(text) => self.text(text),
            Data::Bytes(bytes) => self.quoted(&String::from_utf8_lossy(bytes)),
            Data::Date(date) => self.quoted(&python::date_isoformat(date)),
            Data::List(items) | Data::Tuple(items) => self.items(items.iter(), level)?,
            Data::Set(items) => self.items(items.iter(), level)?,
            Data::Map(map) => self.map(map, level)?,
            Data::Vaulted(vaulted) => self.envelope(&vaulted.ciphertext),
        }
        Ok(())
    }

    fn text(&mut self, text: &Text) {
        match text.vaulted() {
            Some(vaulted) if self.style.show_envelopes => self.envelope(&vaulted.ciphertext),
            _ => self.quoted(text),
        }
    }

    fn quoted(&mut self, text: &str) {
        write_quoted(text, self.style.ensure_ascii, &mut self.out);
    }

    fn envelope(&mut self, ciphertext: &str) {
        self.out.push_str("{\"__ansible_vault\"");
        self.out.push_str(self.after_key);
        self.quoted(ciphertext);
        self.out.push('}');
    }

    fn items<'v>(&mut self, items: impl ExactSizeIterator<Item = &'v Value>, level: usize) -> Result<(), DumpError> {
        if items.len() == 0 {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        for (index, item) in items.enumerate() {
            self.separate(index, level + 1);
            self.value(item, level + 1)?;
        }
        self.line_break(level);
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self, map: &Map, level: usize) -> Result<(), DumpError> {
        if map.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        let mut entries: Vec<(&Value, &Value)> = map.iter().collect();
        if self.style.sort_keys {
            self.sort(&mut entries)?;
        }
        self.out.push('{');
        for (index, (key, item)) in entries.into_iter().enumerate() {
            self.separate(index, level + 1);
            let key = self.key_text(key)?;
            self.quoted(&key);
            self.out.push_str(self.after_key);
            self.value(item, level + 1)?;
        }
        self.line_break(level);
        self.out.push('}');
        Ok(())
    }

    /// By Python's order of the keys, which numbers have among themselves and texts too.
    fn sort(&self, entries: &mut [(&Value, &Value)]) -> Result<(), DumpError> {
        let is_number =
            |value: &Value| matches!(value.data, Data::Bool(_) | Data::Int(_) | Data::Big(_) | Data::Float(_));
        let all_texts = entries.iter().all(|(key, _)| key.as_str().is_some());
        let all_numbers = entries.iter().all(|(key, _)| is_number(key));
        if all_texts {
            entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
        } else if all_numbers {
            entries.sort_by(|(a, _), (b, _)| number_of(a).total_cmp(&number_of(b)));
        } else if self.strict && entries.len() > 1 {
            let first = entries[0].0;
            let other = entries.iter().find(|(key, _)| is_number(key) != is_number(first) || key.is_null());
            let other = other.map_or(first, |(key, _)| key);
            return Err(DumpError::Order(other.type_name(), first.type_name()));
        } else {
            entries.sort_by_cached_key(|(key, _)| python::str(key));
        }
        Ok(())
    }

    fn key_text(&self, key: &Value) -> Result<String, DumpError> {
        Ok(match &key.data {
            Data::Text(text) => text.as_str().to_owned(),
            Data::Null => "null".to_owned(),
            Data::Bool(flag) => flag.to_string(),
            Data::Float(number) => float_text(*number),
            Data::Int(_) | Data::Big(_) => python::str(key),
            _ if self.strict => return Err(DumpError::Key(key.type_name())),
            _ => python::str(key),
        })
    }

    fn separate(&mut self, index: usize, level: usize) {
        if index > 0 {
            self.out.push_str(self.between_items);
        }
        self.line_break(level);
    }

    fn line_break(&mut self, level: usize) {
        if let Some(indent) = &self.style.indent {
            self.out.push('\n');
            for _ in 0..level {
                self.out.push_str(indent);
            }
        }
    }
}

fn number_of(value: &Value) -> f64 {
    match &value.data {
        Data::Bool(flag) => f64::from(u8::from(*flag)),
        Data::Int(number) => *number as f64,
        Data::Float(number) => *number,
        Data::Big(number) => num_traits::ToPrimitive::to_f64(&**number).unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        python::float_repr(number)
    }
}

fn write_quoted(text: &str, ensure_ascii: bool, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            '\x7f'.. if !ensure_ascii => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("writing to a String does not fail");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Origin;

    fn check(json: &str, style: &Style, expected: &str) {
        let value = super::super::parse(json, &Origin::none()).expect("the case is JSON");
        assert_eq!(dumps(&value, style), expected);
    }

    #[test]
    fn layouts() {
        let json = r#"{"b": [1, 2.5, {}], "a": "é\u0001\u007f😀", "c": [], "n": NaN}"#;
        check(
            json,
            &Style::default(),
            "{\"b\": [1, 2.5, {}], \"a\": \"\\u00e9\\u0001\\u007f\\ud83d\\ude00\", \"c\": [], \"n\": NaN}",
        );
        check(
            json,
            &Style { ensure_ascii: false, ..Style::indented(2) },
            "{\n  \"a\": \"é\\u0001\x7f😀\",\n  \"b\": [\n    1,\n    2.5,\n    {}\n  ],\n  \"c\": [],\n  \"n\": NaN\n}",
        );
        check(r#"{"b": [1, 2]}"#, &Style::compact(), r#"{"b":[1,2]}"#);
    }

    #[test]
    fn odd_keys() {
        let map = Map::from([(Value::from(1_i64), Value::NULL), (Value::from("a"), Value::NULL)]);
        let sorted = Style { sort_keys: true, ..Style::default() };
        assert_eq!(try_dumps(&map.clone().into(), &sorted), Err(DumpError::Order("str", "int")));
        assert_eq!(dumps(&map.into(), &sorted), r#"{"1": null, "a": null}"#);
        let map: Value = Map::from([(Value::tuple([]), Value::from(true))]).into();
        assert_eq!(try_dumps(&map, &Style::default()), Err(DumpError::Key("tuple")));
        assert_eq!(dumps(&map, &Style::default()), r#"{"()": true}"#);
    }
}
