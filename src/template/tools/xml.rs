//! XML to nested data and back, in the layout that Python's `xmltodict` uses: attributes as `@name`,
//! text beside them as `#text`, repeated elements as lists.

use crate::data::{Data, Map, Value, python};

const TEXT_KEY: &str = "#text";
const DEEPEST: usize = 200;

/// What the text says; `None` where it is no well-formed XML.
pub fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    reader.skip_around()?;
    let (name, value) = reader.element(0)?;
    reader.skip_around()?;
    reader.rest.is_empty().then(|| Map::from([(name, value)]).into())
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// All up to this text, and past it.
    fn until(&mut self, text: &str) -> Option<&'a str> {
        let (before, after) = self.rest.split_once(text)?;
        self.rest = after;
        Some(before)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// What may stand before and after the outermost element.
    fn skip_around(&mut self) -> Option<()> {
        loop {
            self.skip_blanks();
            if self.rest.starts_with("<?") {
                self.until("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else if self.rest.starts_with("<!DOCTYPE") {
                self.doctype()?;
            } else {
                return Some(());
            }
        }
    }

    /// A declaration of the document's type, whose own declarations stand in brackets.
    fn doctype(&mut self) -> Option<()> {
        let end = self.rest.find(['>', '['])?;
        if self.rest[end..].starts_with('[') {
            self.until("]")?;
            self.skip_blanks();
            return self.take(">");
        }
        self.until(">").map(|_| ())
    }

    fn name(&mut self) -> Option<&'a str> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{b7}');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':').then_some(name)
    }

    fn element(&mut self, depth: usize) -> Option<(String, Value)> {
        if depth > DEEPEST {
            return None;
        }
        self.take("<")?;
        let name = self.name()?.to_owned();
        let mut members = Map::new();
        loop {
            let before = self.rest.len();
            self.skip_blanks();
            if self.take("/>").is_some() {
                return Some((name, finished(members, "")));
            }
            if self.take(">").is_some() {
                break;
            }
            if self.rest.len() == before {
                return None;
            }
            let (key, value) = self.attribute()?;
            if members.insert(key, value).is_some() {
                return None;
            }
        }
        let text = self.content(&name, &mut members, depth)?;
        Some((name, finished(members, &text)))
    }

    fn attribute(&mut self) -> Option<(String, String)> {
        let name = self.name()?;
        self.skip_blanks();
        self.take("=")?;
        self.skip_blanks();
        let quote = if self.rest.starts_with('"') { "\"" } else { "'" };
        self.take(quote)?;
        let value = self.until(quote)?;
        if value.contains('<') {
            return None;
        }
        let value = decoded(value)?.replace(['\t', '\r', '\n'], " ");
        Some((format!("@{name}"), value))
    }

    /// Everything up to the end of the element: its children are added, its text is given.
    fn content(&mut self, name: &str, members: &mut Map, depth: usize) -> Option<String> {
        let mut text = String::new();
        loop {
            let start = self.rest.find('<')?;
            let (before, rest) = self.rest.split_at(start);
            if before.contains("]]>") {
                return None;
            }
            text.push_str(&decoded(before)?);
            self.rest = rest;
            if self.take("</").is_some() {
                if self.name()? != name {
                    return None;
                }
                self.skip_blanks();
                self.take(">")?;
                return Some(text.replace("\r\n", "\n").replace('\r', "\n"));
            } else if self.take("<![CDATA[").is_some() {
                text.push_str(self.until("]]>")?);
            } else if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else if self.rest.starts_with("<?") {
                self.until("?>")?;
            } else {
                let (child, value) = self.element(depth + 1)?;
                add(members, child, value);
            }
        }
    }
}

/// A second child of a name makes a list of both.
fn add(members: &mut Map, name: String, value: Value) {
    let Some(known) = members.get_mut(&name) else {
        members.insert(name, value);
        return;
    };
    *known = match std::mem::take(&mut known.data) {
        Data::List(items) => Value::list(items.iter().cloned().chain([value])),
        other => Value::list([other.into(), value]),
    };
}

/// An element with nothing but text is that text, one with nothing is null.
fn finished(mut members: Map, text: &str) -> Value {
    let text = text.trim();
    match (members.is_empty(), text.is_empty()) {
        (true, true) => Value::NULL,
        (true, false) => text.into(),
        (false, true) => members.into(),
        (false, false) => {
            members.insert(TEXT_KEY, text);
            members.into()
        }
    }
}

/// Text with its entities replaced; those that a document declares itself are not known.
fn decoded(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';')?;
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Nested data as XML; `None` where it has not exactly one root although it is a whole document.
pub fn write(map: &Map, indent: &str, is_document: bool) -> Option<String> {
    let mut out = String::new();
    if is_document {
        if map.len() != 1 {
            return None;
        }
        out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    }
    for (name, value) in map {
        let is_repeated = value.as_items().is_some_and(|items| items.len() != 1);
        if is_document && is_repeated {
            return None;
        }
        write_elements(&mut out, &python::str(name), value, indent, 0);
    }
    Some(out)
}

fn write_elements(out: &mut String, name: &str, value: &Value, indent: &str, depth: usize) {
    match value.as_items() {
        Some(items) => items.iter().for_each(|item| write_element(out, name, item, indent, depth)),
        None => write_element(out, name, value, indent, depth),
    }
}

fn write_element(out: &mut String, name: &str, value: &Value, indent: &str, depth: usize) {
    let mut attributes = String::new();
    let mut text = None;
    let mut children = Vec::new();
    match &value.data {
        Data::Map(map) => {
            for (key, item) in map.as_ref() {
                let key = python::str(key);
                let is_empty_list = item.as_items().is_some_and(<[Value]>::is_empty);
                match key.strip_prefix('@') {
                    _ if key == TEXT_KEY => text = Some(shown(item)),
                    Some(attribute) => attributes.push_str(&format!(" {attribute}={}", quoted(&shown(item)))),
                    None if is_empty_list => {}
                    None => children.push((key, item)),
                }
            }
        }
        _ => text = Some(shown(value)),
    }
    out.push_str(&indent.repeat(depth));
    out.push_str(&format!("<{name}{attributes}>"));
    if !children.is_empty() {
        out.push('\n');
    }
    for (child, item) in &children {
        write_elements(out, child, item, indent, depth + 1);
    }
    out.push_str(&escaped(&text.unwrap_or_default()));
    if !children.is_empty() {
        out.push_str(&indent.repeat(depth));
    }
    out.push_str(&format!("</{name}>"));
    if depth > 0 {
        out.push('\n');
    }
}

fn shown(value: &Value) -> String {
    match &value.data {
        Data::Null => String::new(),
        Data::Bool(flag) => flag.to_string(),
        _ => python::str(value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn quoted(text: &str) -> String {
    let text = escaped(text).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;");
    match (text.contains('"'), text.contains('\'')) {
        (true, true) => format!("\"{}\"", text.replace('"', "&quot;")),
        (true, false) => format!("'{text}'"),
        (false, _) => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        for (text, expected) in [
            ("<a><b>1</b><b>2</b></a>", Some("{'a': {'b': ['1', '2']}}")),
            ("<a x='1'>t<b/>u</a>", Some("{'a': {'@x': '1', 'b': None, '#text': 'tu'}}")),
            ("<!DOCTYPE a [<!ELEMENT a ANY>]><a><![CDATA[<]]>&#x41;&amp;</a>", Some("{'a': '<A&'}")),
            ("<a></b>", None),
            ("<a/><b/>", None),
            ("<a x='1' x='2'/>", None),
            ("<a>&nope;</a>", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(|value| python::str(&value)).as_deref(), expected, "{text}");
        }
    }
}
