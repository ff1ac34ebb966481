//! Reading a whole file or text: JSON where it is JSON, else YAML.

use std::sync::Arc;

use super::compose::{compose_all, compose_single};
use super::construct::construct;
use super::hint::diagnostic_of;
use crate::data::{Data, Map, Text, Trust, Value, Vaulted, json};
use crate::diagnostic::{Diagnostic, Kind, Origin, Warning};

/// Reads the bytes of a file. What is not UTF-8 is an error, with a warning before it.
pub fn load_bytes(
    bytes: &[u8],
    origin: &Origin,
    trust: Trust,
    warnings: &mut Vec<Warning>,
) -> Result<Value, Diagnostic> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return load(text, origin, trust, warnings);
    }
    let message = format!("File '{origin}' could not be decoded as 'utf-8'. Invalid content has been escaped.");
    warnings.push(Warning::deprecated(Diagnostic::new(message).at(origin), "2.23"));
    let message = format!("YAML parsing failed: {}", encoding_problem(bytes));
    Err(Diagnostic::new(message).kind(Kind::Parse).at(origin))
}

/// Reads a text as the reference reads data files: as JSON, and when it is none, as one document
/// of YAML. Texts in the value get this trust; warnings are added in the order that they are met.
pub fn load(text: &str, origin: &Origin, trust: Trust, warnings: &mut Vec<Warning>) -> Result<Value, Diagnostic> {
    if let Ok(value) = json::parse(text, origin) {
        return Ok(from_json(&value, trust));
    }
    load_document(text, origin, trust, warnings)
}

/// Reads one document of YAML.
pub fn load_document(
    text: &str,
    origin: &Origin,
    trust: Trust,
    warnings: &mut Vec<Warning>,
) -> Result<Value, Diagnostic> {
    let value = compose_single(text).and_then(|graph| construct(graph, origin, trust, warnings));
    value.map_err(|problem| diagnostic_of(problem, text, origin))
}

/// Reads all documents of a YAML text.
pub fn load_all(
    text: &str,
    origin: &Origin,
    trust: Trust,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Value>, Diagnostic> {
    let graphs = compose_all(text).map_err(|problem| diagnostic_of(problem, text, origin))?;
    let values = graphs.into_iter().map(|graph| construct(graph, origin, trust, warnings));
    values.collect::<Result<_, _>>().map_err(|problem| diagnostic_of(problem, text, origin))
}

/// JSON with the marks that the reference writes for vaulted and unsafe texts taken for what they
/// mean.
fn from_json(value: &Value, trust: Trust) -> Value {
    let data = match &value.data {
        Data::Text(text) => Data::Text(text.clone().with_trust(trust)),
        Data::List(items) => Data::List(Arc::new(items.iter().map(|item| from_json(item, trust)).collect())),
        Data::Map(map) => marked(map).unwrap_or_else(|| {
            let entry = |(key, item): (&Value, &Value)| (from_json(key, trust), from_json(item, trust));
            Data::Map(Arc::new(map.iter().map(entry).collect()))
        }),
        other => other.clone(),
    };
    Value { data, origin: value.origin.clone() }
}

fn marked(map: &Map) -> Option<Data> {
    let (key, value) = map.get_index(0).filter(|_| map.len() == 1)?;
    let text = value.as_text()?;
    match key.as_str()? {
        "__ansible_vault" => Some(Data::Vaulted(Arc::new(Vaulted { ciphertext: text.shared().clone() }))),
        "__ansible_unsafe" => Some(Data::Text(Text::plain(text.shared().clone()))),
        _ => None,
    }
}

/// The reference reads bad bytes as half surrogates, and fails when it writes them again.
fn encoding_problem(bytes: &[u8]) -> String {
    let (mut rest, mut position) = (bytes, 0);
    // Position and byte of the first bad ones that stand side by side.
    let mut bad: Vec<(usize, u8)> = Vec::new();
    while let Err(error) = std::str::from_utf8(rest) {
        let (good, tail) = rest.split_at(error.valid_up_to());
        position += String::from_utf8_lossy(good).chars().count();
        let length = error.error_len().unwrap_or(tail.len());
        if bad.last().is_some_and(|(last, _)| last + 1 != position) {
            break;
        }
        bad.extend(tail[..length].iter().enumerate().map(|(index, byte)| (position + index, *byte)));
        position += length;
        rest = &tail[length..];
    }
    let (first, byte) = bad.first().copied().unwrap_or_default();
    let place = match bad.len() {
        1 => format!("character '\\udc{byte:02x}' in position {first}"),
        count => format!("characters in position {first}-{}", first + count - 1),
    };
    format!("'utf-8' codec can't encode {place}: surrogates not allowed")
}
