//! How a request's body is written down.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::data::{Data, Map, Value, json, python};
use crate::runner::files::write::random_name;
use crate::runner::{Failure, Target, errors};

/// The bytes of a body, and their type where the format has one.
pub fn encoded(value: &Value, format: &str, target: &Target) -> Result<(Vec<u8>, Option<String>), Failure> {
    match format {
        "json" => {
            let text = match value.as_str() {
                Some(text) => text.to_owned(),
                None => json::dumps(value, &json::Style::default()),
            };
            Ok((text.into_bytes(), Some("application/json".to_owned())))
        }
        "form-urlencoded" => {
            let text = match value.as_str() {
                Some(text) => text.to_owned(),
                None => form(value)?,
            };
            Ok((text.into_bytes(), Some("application/x-www-form-urlencoded".to_owned())))
        }
        "form-multipart" => {
            let fields = value.as_map().ok_or_else(|| {
                Failure::new(format!(
                    "failed to parse body as form-multipart: Mapping is required, cannot be type {}",
                    value.type_name()
                ))
            })?;
            multipart(fields, target)
        }
        _ => Ok(match &value.data {
            Data::Bytes(bytes) => (bytes.to_vec(), None),
            Data::Map(_) | Data::List(_) => (json::dumps(value, &json::Style::default()).into_bytes(), None),
            _ => (python::str(value).into_bytes(), None),
        }),
    }
}

/// `key=value&key=value`, of a mapping or of pairs; a list is its key with each of its items.
fn form(value: &Value) -> Result<String, Failure> {
    let failure =
        || Failure::new("failed to parse body as form_urlencoded: not a valid non-string sequence or mapping object");
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    if let Some(map) = value.as_map() {
        pairs.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
    } else {
        for item in value.as_items().ok_or_else(failure)? {
            let [key, value] = item.as_items().ok_or_else(failure)? else { return Err(failure()) };
            pairs.push((key.clone(), value.clone()));
        }
    }
    let mut parts = Vec::new();
    for (key, value) in pairs {
        let key = quoted(&python::str(&key));
        let values = value.as_items().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
        parts.extend(values.iter().map(|value| format!("{key}={}", quoted(&python::str(value)))));
    }
    Ok(parts.join("&"))
}

fn quoted(text: &str) -> String {
    text.bytes().fold(String::new(), |mut quoted, byte| {
        match byte {
            b' ' => quoted.push('+'),
            b'_' | b'.' | b'-' | b'~' => quoted.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => quoted.push(char::from(byte)),
            byte => quoted.push_str(&format!("%{byte:02X}")),
        }
        quoted
    })
}

fn multipart(fields: &Map, target: &Target) -> Result<(Vec<u8>, Option<String>), Failure> {
    let boundary = format!("==============={}", random_name());
    let mut bytes = Vec::new();
    for (name, value) in fields {
        let part = Part::of(&python::str(name), value, target)?;
        bytes.extend_from_slice(format!("--{boundary}\r\n{}\r\n\r\n", part.headers.join("\r\n")).as_bytes());
        bytes.extend_from_slice(&part.content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((bytes, Some(format!("multipart/form-data; boundary=\"{boundary}\""))))
}

struct Part {
    headers: Vec<String>,
    content: Vec<u8>,
}

impl Part {
    fn of(name: &str, value: &Value, target: &Target) -> Result<Self, Failure> {
        let disposition = format!("Content-Disposition: form-data; name=\"{}\"", name.replace('"', "\\\""));
        let Some(fields) = value.as_map() else {
            let content = value.as_str().ok_or_else(|| {
                Failure::new(format!(
                    "failed to parse body as form-multipart: value must be a string, or mapping, cannot be type {}",
                    value.type_name()
                ))
            })?;
            return Ok(Self {
                headers: vec!["Content-Type: text/plain".to_owned(), disposition],
                content: content.into(),
            });
        };
        let text = |key: &str| fields.get(key).filter(|value| !value.is_null()).map(python::str);
        let Some(file) = text("filename") else {
            let Some(content) = text("content") else {
                return Err(
                    "failed to parse body as form-multipart: at least one of filename or content must be provided"
                        .into(),
                );
            };
            let kind = text("mime_type").unwrap_or_else(|| "text/plain".to_owned());
            return Ok(Self { headers: vec![format!("Content-Type: {kind}"), disposition], content: content.into() });
        };
        let base = file.rsplit('/').next().unwrap_or(&file).to_owned();
        let kind = text("mime_type").unwrap_or_else(|| kind_of(&base).to_owned());
        let disposition = format!("{disposition}; filename=\"{base}\"");
        if let Some(content) = text("content") {
            return Ok(Self { headers: vec![format!("Content-Type: {kind}"), disposition], content: content.into() });
        }
        let path = target.absolute(&file);
        let read = std::fs::read(&path).map_err(|error| errors::file_failure(&error, &path))?;
        let coding = text("multipart_encoding").unwrap_or_else(|| "base64".to_owned());
        let content = match coding.as_str() {
            "7or8bit" => read,
            _ => lines(&STANDARD.encode(read)).into_bytes(),
        };
        let mut headers = vec![format!("Content-Type: {kind}"), disposition];
        if coding == "base64" {
            headers.insert(0, "Content-Transfer-Encoding: base64".to_owned());
        }
        Ok(Self { headers, content })
    }
}

/// Base64 in lines of 76 letters.
fn lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 76 + 1);
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines + "\n"
}

/// The type that a name's ending stands for.
fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "txt" | "log" | "conf" => "text/plain",
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "csv" => "text/csv",
        "json" => "application/json",
        "xml" => "text/xml",
        "js" => "text/javascript",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "tar" => "application/x-tar",
        _ => "application/octet-stream",
    }
}
