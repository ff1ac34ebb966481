//! Filters that encode text: base64, checksums, names from names.

use sha1::{Digest, Sha1};

use crate::data::{Data, Value, python};
use crate::template::tools::{charset, digest};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("b64encode", b64encode, "Encodes text as base64."),
    Filter::plain("b64decode", b64decode, "Decodes base64 to text."),
    Filter::plain("hash", hash, "Gives a checksum by its name, SHA-1 without one."),
    Filter::plain("md5", md5, "Gives the MD5 checksum."),
    Filter::plain("sha1", sha1, "Gives the SHA-1 checksum."),
    Filter::plain("checksum", sha1, "Gives the SHA-1 checksum."),
    Filter::plain("to_uuid", to_uuid, "Makes an identifier of a text, always the same."),
];

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes of a value's text.
fn bytes_of(value: &Value, encoding: &str) -> Result<Vec<u8>> {
    match &value.data {
        Data::Bytes(bytes) => Ok(bytes.to_vec()),
        _ => charset::encode(&python::str(value), encoding),
    }
}

fn b64encode(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let encoding = args.text("encoding", "utf-8")?;
    let url_safe = args.flag("urlsafe", false)?;
    let bytes = bytes_of(input, &encoding)?;
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            if place > chunk.len() {
                text.push('=');
            } else {
                text.push(char::from(STANDARD[(bits >> (18 - 6 * place)) as usize & 63]));
            }
        }
    }
    Ok(if url_safe { text.replace('+', "-").replace('/', "_") } else { text }.into())
}

fn b64decode(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let encoding = args.text("encoding", "utf-8")?;
    let url_safe = args.flag("urlsafe", false)?;
    let mut text = bytes_of(input, "utf-8")?;
    if url_safe {
        for byte in &mut text {
            *byte = match *byte {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            };
        }
    }
    let bytes = decode(&text)?;
    match charset::decode(&bytes, &encoding) {
        Ok(text) => Ok(text.into()),
        // Python keeps bytes that are no UTF-8 as surrogates; here they are shown as replaced.
        Err(_) if encoding.eq_ignore_ascii_case("utf-8") => Ok(charset::decode_utf8_lossy(&bytes).into()),
        Err(error) => Err(error),
    }
}

/// As Python's lenient decoder: what is not of the alphabet is skipped, the padding must be there,
/// and what follows it is not read.
fn decode(text: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut in_group, mut padding) = (0_u32, 0, 0);
    for byte in text {
        if *byte == b'=' {
            padding += 1;
            if in_group >= 2 && in_group + padding >= 4 {
                return Ok(bytes);
            }
            continue;
        }
        let Some(value) = STANDARD.iter().position(|known| known == byte) else { continue };
        padding = 0;
        bits = (bits << 6) | value as u32;
        in_group += 1;
        match in_group {
            2 => bytes.push((bits >> 4) as u8),
            3 => bytes.push((bits >> 2) as u8),
            4 => {
                bytes.push(bits as u8);
                in_group = 0;
            }
            _ => {}
        }
    }
    match in_group {
        0 => Ok(bytes),
        1 => Err(TemplateError::failure(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            bytes.len() / 3 * 4 + 1
        ))),
        _ => Err("Incorrect padding".into()),
    }
}

fn hash(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let kind = args.or("hashtype", "sha1")?;
    let Some(kind) = kind.as_str() else { return Err("name must be a string".into()) };
    Ok(digest::hexadecimal(kind, &bytes_of(input, "utf-8")?)?.into())
}

fn md5(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(digest::hexadecimal("md5", &bytes_of(input, "utf-8")?)?.into())
}

fn sha1(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(digest::hexadecimal("sha1", &bytes_of(input, "utf-8")?)?.into())
}

/// Ansible's own namespace for names.
const NAMESPACE: &str = "361E6D51-FAEC-444A-9079-341386DA8E2E";

fn to_uuid(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let namespace = args.or("namespace", NAMESPACE)?;
    let shown = python::str(&namespace);
    let Some(text) = namespace.as_str() else {
        let kind = namespace.type_name();
        return Err(
            format!("Invalid value '{shown}' for 'namespace': '{kind}' object has no attribute 'replace'").into()
        );
    };
    let digits = text.replace("urn:", "").replace("uuid:", "");
    let digits = digits.trim_matches(['{', '}']).replace('-', "");
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let Some(number) = number else {
        return Err(format!("Invalid value '{shown}' for 'namespace': badly formed hexadecimal UUID string").into());
    };
    let digest = Sha1::new().chain_update(number.to_be_bytes()).chain_update(bytes_of(input, "utf-8")?).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    // Version 5, made of a name by SHA-1.
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = digest::to_hexadecimal(&bytes);
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]).into())
}
