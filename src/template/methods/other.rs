//! Methods of bytes and sets.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::data::{Data, Value};
use crate::template::operators::iterate;
use crate::template::{Arguments, Object, Result, TemplateError, access};

pub(super) const BYTES_NAMES: &[&str] =
    &["decode", "endswith", "find", "hex", "join", "lower", "replace", "split", "startswith", "strip", "upper"];
pub(super) const SET_NAMES: &[&str] =
    &["copy", "difference", "intersection", "isdisjoint", "issubset", "issuperset", "symmetric_difference", "union"];

pub(super) fn call_bytes(bytes: &Arc<[u8]>, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let made = |bytes: Vec<u8>| Object::Value(Data::Bytes(bytes.into()).into());
    Ok(match name {
        "decode" => {
            let encoding = arguments.text("encoding", "utf-8")?;
            let errors = arguments.text("errors", "strict")?;
            decode(bytes, &encoding, &errors)?.into()
        }
        "hex" => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
        "lower" => made(bytes.to_ascii_lowercase()),
        "upper" => made(bytes.to_ascii_uppercase()),
        "strip" => made(bytes.trim_ascii().to_vec()),
        "startswith" => bytes.starts_with(&part(arguments)?).into(),
        "endswith" => bytes.ends_with(&part(arguments)?).into(),
        "find" => {
            let part = part(arguments)?;
            let place =
                if part.is_empty() { Some(0) } else { bytes.windows(part.len()).position(|window| window == &*part) };
            place.map_or(Object::from(-1_i64), Object::from)
        }
        "join" => {
            let mut parts = Vec::new();
            for item in iterate(&arguments.required_object("iterable")?)? {
                match item {
                    Object::Value(Value { data: Data::Bytes(part), .. }) => parts.push(part.to_vec()),
                    other => {
                        return Err(format!(
                            "sequence item {}: expected a bytes-like object, {} found",
                            parts.len(),
                            other.type_name()
                        )
                        .into());
                    }
                }
            }
            made(parts.join(&bytes[..]))
        }
        "replace" => {
            let (old, new) = (part(arguments)?, part(arguments)?);
            made(replace(bytes, &old, &new))
        }
        "split" => {
            let separator = part(arguments)?;
            if separator.is_empty() {
                return Err("empty separator".into());
            }
            let (mut parts, mut rest) = (Vec::new(), &bytes[..]);
            while let Some(place) = rest.windows(separator.len()).position(|window| window == &*separator) {
                parts.push(made(rest[..place].to_vec()));
                rest = &rest[place + separator.len()..];
            }
            parts.push(made(rest.to_vec()));
            Object::list(parts)
        }
        _ => return Err(format!("'bytes' object has no attribute '{name}'").into()),
    })
}

fn part(arguments: &mut Arguments<'_>) -> Result<Arc<[u8]>> {
    match arguments.required("sub")?.data {
        Data::Bytes(bytes) => Ok(bytes),
        other => Err(format!("a bytes-like object is required, not '{}'", Value::from(other).type_name()).into()),
    }
}

fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    if old.is_empty() {
        return bytes.to_vec();
    }
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(old) {
            out.extend_from_slice(new);
            at += old.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

/// Text from bytes, as Python decodes them.
pub fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Result<String> {
    let name = encoding.to_lowercase().replace('_', "-");
    match name.as_str() {
        "utf-8" | "utf8" => match (std::str::from_utf8(bytes), errors) {
            (Ok(text), _) => Ok(text.to_owned()),
            (Err(_), "replace") => Ok(String::from_utf8_lossy(bytes).into_owned()),
            (Err(_), "ignore") => Ok(bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()),
            (Err(error), _) => {
                let place = error.valid_up_to();
                let byte = bytes.get(place).copied().unwrap_or_default();
                let reason = if error.error_len().is_none() { "unexpected end of data" } else { "invalid start byte" };
                Err(format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {place}: {reason}").into())
            }
        },
        "ascii" | "us-ascii" => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(bytes.iter().copied().map(char::from).collect()),
            Some(_) if errors == "ignore" => {
                Ok(bytes.iter().filter(|byte| byte.is_ascii()).copied().map(char::from).collect())
            }
            Some(_) if errors == "replace" => {
                Ok(bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' }).collect())
            }
            Some(place) => Err(TemplateError::failure(format!(
                "'ascii' codec can't decode byte 0x{:02x} in position {place}: ordinal not in range(128)",
                bytes[place]
            ))),
        },
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Ok(bytes.iter().copied().map(char::from).collect()),
        "utf-16-le" | "utf-16-be" | "utf-16" => {
            let big = name == "utf-16-be" || (name == "utf-16" && bytes.starts_with(&[0xfe, 0xff]));
            let marked = name == "utf-16" && (bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(&[0xff, 0xfe]));
            let units = bytes[if marked { 2 } else { 0 }..].chunks(2).map(|pair| {
                let pair = [pair[0], pair.get(1).copied().unwrap_or_default()];
                if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            });
            char::decode_utf16(units)
                .collect::<Result<String, _>>()
                .map_err(|_| format!("'{name}' codec can't decode bytes: illegal encoding").into())
        }
        _ => Err(format!("unknown encoding: {encoding}").into()),
    }
}

pub(super) fn call_set(items: &Arc<IndexSet<Value>>, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let mut others = Vec::new();
    for other in arguments.rest_objects() {
        let other = iterate(&other)?;
        others.push(other.iter().map(access::key).collect::<Result<IndexSet<Value>>>()?);
    }
    let first = others.first().cloned().unwrap_or_default();
    let made = |items: IndexSet<Value>| Object::Value(Data::Set(Arc::new(items)).into());
    Ok(match name {
        "copy" => made((**items).clone()),
        "union" => made(items.iter().cloned().chain(others.into_iter().flatten()).collect()),
        "intersection" => {
            made(items.iter().filter(|item| others.iter().all(|other| other.contains(*item))).cloned().collect())
        }
        "difference" => {
            made(items.iter().filter(|item| !others.iter().any(|other| other.contains(*item))).cloned().collect())
        }
        "symmetric_difference" => {
            let left = items.iter().filter(|item| !first.contains(*item)).cloned();
            let right = first.iter().filter(|item| !items.contains(*item)).cloned();
            made(left.chain(right).collect())
        }
        "isdisjoint" => items.iter().all(|item| !first.contains(item)).into(),
        "issubset" => items.iter().all(|item| first.contains(item)).into(),
        "issuperset" => first.iter().all(|item| items.contains(item)).into(),
        _ => return Err(format!("'set' object has no attribute '{name}'").into()),
    })
}
