//! Tagged JSON, as the corpora write values, to values and back.
//!
//! Two spellings: `{"$t": TYPE, "v": …}` (yaml, kv) and `{"__type__": TYPE, "value": …}` (templates).

use std::fmt::Write;
use std::sync::Arc;

use muster::data::{Data, Date, Map, Text, Trust, Value, Vaulted, python};
use serde_json::Value as Json;

/// A value of the corpus. Texts get this trust, unless they are tagged as unsafe.
pub fn to_value(json: &Json, trust: Trust) -> Value {
    match json {
        Json::Null => Value::NULL,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => Value::big(number.into()),
            (None, None) => number.as_f64().expect("a JSON number is a float").into(),
        },
        Json::String(text) => Data::Text(Text::plain(text.as_str()).with_trust(trust)).into(),
        Json::Array(items) => Value::list(items.iter().map(|item| to_value(item, trust))),
        Json::Object(members) => match tag_of(json) {
            Some((kind, value)) => tagged(kind, value, trust),
            None => members.iter().map(|(key, item)| (key.as_str(), to_value(item, trust))).collect::<Map>().into(),
        },
    }
}

/// The type and content of a tagged object.
pub fn tag_of(json: &Json) -> Option<(&str, &Json)> {
    let members = json.as_object()?;
    for (kind, content) in [("$t", "v"), ("__type__", "value")] {
        if let Some(name) = members.get(kind).and_then(Json::as_str) {
            let name = if (kind, name) == ("__type__", "bytes") { "hexadecimal" } else { name };
            return Some((name, members.get(content).or(members.get("items")).unwrap_or(&Json::Null)));
        }
    }
    match (members.len(), members.get("__ansible_unsafe"), members.get("__ansible_vault")) {
        (1, Some(text), _) => Some(("unsafe", text)),
        (1, _, Some(text)) => Some(("vault", text)),
        _ => None,
    }
}

fn tagged(kind: &str, content: &Json, trust: Trust) -> Value {
    let text = content.as_str().unwrap_or_default();
    let items = || content.as_array().into_iter().flatten();
    match kind {
        "unsafe" => Value::text(text),
        "vault" => Data::Vaulted(Arc::new(Vaulted { ciphertext: text.into() })).into(),
        "int" => Value::big(text.parse().expect("the corpus holds an integer")),
        "float" => python::parse_float(text).expect("the corpus holds a float").into(),
        "bytes" => Data::Bytes(base64_decode(text).into()).into(),
        "hexadecimal" => Data::Bytes(hexadecimal_decode(text).into()).into(),
        "date" => Data::Date(Date::Day(text.parse().expect("the corpus holds a date"))).into(),
        "time" => Data::Date(Date::Time(text.parse().expect("the corpus holds a time"))).into(),
        "datetime" => Data::Date(moment_of(text)).into(),
        "set" => Data::Set(Arc::new(items().map(|item| to_value(item, trust)).collect())).into(),
        "tuple" => Value::tuple(items().map(|item| to_value(item, trust))),
        "map" | "dict" => {
            let pairs = items().map(|pair| (to_value(&pair[0], trust), to_value(&pair[1], trust)));
            pairs.collect::<Map>().into()
        }
        other => panic!("the corpus uses a type {other} that is not known"),
    }
}

/// `2024-01-02T03:04:05[.micros][+hh:mm[:ss]]`
fn moment_of(text: &str) -> Date {
    let (day, time) = text.split_once('T').expect("a datetime has a T");
    let (time, offset) = match time.find(['+', '-']) {
        None => (time, None),
        Some(at) => {
            let sign = if time[at..].starts_with('-') { -1 } else { 1 };
            let parts = time[at + 1..].split(':').map(|part| part.parse::<i32>().expect("an offset has numbers"));
            let seconds: i32 = parts.zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum();
            (&time[..at], Some(sign * seconds))
        }
    };
    let moment = format!("{day}T{time}").parse().expect("the corpus holds a datetime");
    Date::Moment(moment, offset)
}

fn hexadecimal_decode(text: &str) -> Vec<u8> {
    let byte_at = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("the corpus holds hexadecimal digits");
    (0..text.len()).step_by(2).map(byte_at).collect()
}

/// Base64 of well-formed text.
pub fn base64_decode(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for digit in text.chars().filter_map(|letter| ALPHABET.find(letter)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// The exact form of a value, so that two can be compared as text: types, key types and, when
/// asked for, trust count; the order of keys does not.
pub fn exact(value: &Value, with_trust: bool) -> String {
    let mut out = String::new();
    write_exact(value, with_trust, &mut out);
    out
}

fn write_exact(value: &Value, with_trust: bool, out: &mut String) {
    let mut nested = |open: &str, mut items: Vec<String>, sorted: bool, close: &str| {
        if sorted {
            items.sort();
        }
        out.push_str(open);
        out.push_str(&items.join(", "));
        out.push_str(close);
    };
    let all = |items: &[Value]| items.iter().map(|item| exact(item, with_trust)).collect::<Vec<_>>();
    match &value.data {
        Data::List(items) => nested("[", all(items), false, "]"),
        Data::Tuple(items) => nested("tuple(", all(items), false, ")"),
        Data::Set(items) => {
            nested("set(", items.iter().map(|item| exact(item, with_trust)).collect(), true, ")");
        }
        Data::Map(map) => {
            let entry = |(key, item): (&Value, &Value)| format!("{}: {}", exact(key, false), exact(item, with_trust));
            nested("{", map.iter().map(entry).collect(), true, "}");
        }
        Data::Vaulted(vaulted) => write!(out, "vault({:?})", vaulted.ciphertext).expect("a String takes all"),
        Data::Text(text) if with_trust && text.trust() == Trust::Plain => {
            write!(out, "unsafe({:?})", text.as_str()).expect("a String takes all");
        }
        Data::Text(text) => write!(out, "{:?}", text.as_str()).expect("a String takes all"),
        _ => out.push_str(&python::repr(value)),
    }
}
