//! Writing TOML in the layout that the reference's writer has: lists over several lines, tables
//! under their own headers, short tables of a list in one line.

use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Kind};

/// A list of tables stands in brackets while each of its lines is no longer than this.
const LONGEST_LINE: usize = 100;
const INDENT: &str = "    ";

pub fn dump(value: &Value) -> Result<String, Diagnostic> {
    let mut out = String::new();
    if let Some(table) = value.as_map() {
        write_table(table, "", false, &mut out)?;
    }
    Ok(out)
}

fn write_table(table: &Map, name: &str, is_item: bool, out: &mut String) -> Result<(), Diagnostic> {
    let mut plain = Vec::new();
    let mut tables: Vec<(&Value, &Map, bool)> = Vec::new();
    for (key, value) in table {
        match &value.data {
            Data::Map(map) => tables.push((key, map, false)),
            Data::List(items) if is_list_of_long_tables(items)? => {
                tables.extend(items.iter().filter_map(|item| Some((key, item.as_map()?, true))));
            }
            _ => plain.push((key, value)),
        }
    }
    let start = out.len();
    if is_item {
        out.push_str(&format!("[[{name}]]\n"));
    } else if !name.is_empty() && (!plain.is_empty() || tables.is_empty()) {
        out.push_str(&format!("[{name}]\n"));
    }
    for (key, value) in plain {
        out.push_str(&format!("{} = {}\n", key_text(key), literal(value, 0)?));
    }
    let mut is_first = out.len() == start;
    for (key, table, is_item) in tables {
        if !std::mem::take(&mut is_first) {
            out.push('\n');
        }
        let key = key_text(key);
        let full = if name.is_empty() { key } else { format!("{name}.{key}") };
        write_table(table, &full, is_item, out)?;
    }
    Ok(())
}

fn is_list_of_long_tables(items: &[Value]) -> Result<bool, Diagnostic> {
    if items.is_empty() || items.iter().any(|item| item.as_map().is_none()) {
        return Ok(false);
    }
    for item in items {
        let line = format!("{INDENT}{},", literal(item, 0)?);
        if line.chars().count() > LONGEST_LINE || line.contains('\n') {
            return Ok(true);
        }
    }
    Ok(false)
}

fn literal(value: &Value, depth: usize) -> Result<String, Diagnostic> {
    Ok(match &value.data {
        Data::Bool(flag) => flag.to_string(),
        Data::Int(_) | Data::Big(_) | Data::Float(_) | Data::Date(_) => python::str(value),
        Data::Text(text) => text_literal(text),
        Data::List(items) | Data::Tuple(items) => {
            if items.is_empty() {
                return Ok("[]".to_owned());
            }
            let lead = INDENT.repeat(depth + 1);
            let lines = items.iter().map(|item| Ok(format!("{lead}{},\n", literal(item, depth + 1)?)));
            let lines: String = lines.collect::<Result<_, Diagnostic>>()?;
            format!("[\n{lines}{}]", INDENT.repeat(depth))
        }
        Data::Map(map) if map.is_empty() => "{}".to_owned(),
        // Lines inside of braces are moved in as if they stood alone.
        Data::Map(map) => {
            let pairs = map.iter().map(|(key, item)| Ok(format!("{} = {}", key_text(key), literal(item, 0)?)));
            format!("{{ {} }}", pairs.collect::<Result<Vec<_>, Diagnostic>>()?.join(", "))
        }
        Data::Vaulted(vaulted) => text_literal(&vaulted.ciphertext),
        Data::Null | Data::Bytes(_) | Data::Set(_) => {
            let class = value.type_name();
            let message = format!("Object of type '<class '{class}'>' is not TOML serializable");
            return Err(Diagnostic::new(message).kind(Kind::Bug));
        }
    })
}

fn key_text(key: &Value) -> String {
    let text = python::str(key);
    let is_bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_bare && !text.is_empty() { text } else { text_literal(&text) }
}

fn text_literal(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if (control as u32) < 0x20 || control == '\u{7f}' => {
                out.push_str(&format!("\\u{:04x}", control as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
