//! Text to bytes and back in the encodings that Python names, as far as users ask for them.

use crate::template::{Result, TemplateError};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf8Marked,
    Utf16(Order),
    Utf32(Order),
    Ascii,
    Latin1,
    Latin9,
    Windows1252,
}

/// How units of more than one byte are stored; `Marked` writes and reads a mark before them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Marked,
    Little,
    Big,
}

fn charset(name: &str) -> Result<Charset> {
    let plain = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    Ok(match plain.as_str() {
        "utf-8" | "utf8" | "u8" | "cp65001" => Charset::Utf8,
        "utf-8-sig" => Charset::Utf8Marked,
        "utf-16" | "utf16" | "u16" => Charset::Utf16(Order::Marked),
        "utf-16-le" | "utf-16le" => Charset::Utf16(Order::Little),
        "utf-16-be" | "utf-16be" => Charset::Utf16(Order::Big),
        "utf-32" | "utf32" | "u32" => Charset::Utf32(Order::Marked),
        "utf-32-le" | "utf-32le" => Charset::Utf32(Order::Little),
        "utf-32-be" | "utf-32be" => Charset::Utf32(Order::Big),
        "ascii" | "us-ascii" | "646" => Charset::Ascii,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" | "latin" => Charset::Latin1,
        "latin-9" | "latin9" | "iso-8859-15" | "iso8859-15" | "l9" => Charset::Latin9,
        "cp1252" | "windows-1252" | "1252" => Charset::Windows1252,
        _ => return Err(format!("unknown encoding: {name}").into()),
    })
}

/// The bytes of a text.
pub fn encode(text: &str, encoding: &str) -> Result<Vec<u8>> {
    let charset = charset(encoding)?;
    Ok(match charset {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf8Marked => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Charset::Utf16(order) => {
            let mark = (order == Order::Marked).then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            units.flat_map(|unit| if order == Order::Big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
        Charset::Utf32(order) => {
            let mark = (order == Order::Marked).then_some('\u{feff}');
            let units = mark.into_iter().chain(text.chars()).map(u32::from);
            units.flat_map(|unit| if order == Order::Big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
        Charset::Ascii | Charset::Latin1 | Charset::Latin9 | Charset::Windows1252 => {
            let mut bytes = Vec::with_capacity(text.len());
            for (place, character) in text.chars().enumerate() {
                let byte = (0..=u8::MAX).find(|byte| single(charset, *byte) == Some(character));
                bytes.push(byte.ok_or_else(|| cannot_encode(encoding, character, place))?);
            }
            bytes
        }
    })
}

/// The text that the bytes say.
pub fn decode(bytes: &[u8], encoding: &str) -> Result<String> {
    let charset = charset(encoding)?;
    match charset {
        Charset::Utf8 | Charset::Utf8Marked => {
            let marked = charset == Charset::Utf8Marked;
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| marked).unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(error) => Err(cannot_decode("utf-8", bytes, error.valid_up_to())),
            }
        }
        Charset::Utf16(order) => {
            let (bytes, big) = match (order, bytes) {
                (Order::Marked, [0xff, 0xfe, rest @ ..]) => (rest, false),
                (Order::Marked, [0xfe, 0xff, rest @ ..]) => (rest, true),
                _ => (bytes, order == Order::Big),
            };
            let units = bytes.chunks_exact(2).map(|pair| {
                let pair = [pair[0], pair[1]];
                if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            });
            let text: Option<String> = char::decode_utf16(units).map(std::result::Result::ok).collect();
            text.filter(|_| bytes.len().is_multiple_of(2)).ok_or_else(|| cannot_decode(encoding, bytes, 0))
        }
        Charset::Utf32(order) => {
            let (bytes, big) = match (order, bytes) {
                (Order::Marked, [0xff, 0xfe, 0, 0, rest @ ..]) => (rest, false),
                (Order::Marked, [0, 0, 0xfe, 0xff, rest @ ..]) => (rest, true),
                _ => (bytes, order == Order::Big),
            };
            let units = bytes.chunks_exact(4).map(|unit| {
                let unit = [unit[0], unit[1], unit[2], unit[3]];
                char::from_u32(if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) })
            });
            let text: Option<String> = units.collect();
            text.filter(|_| bytes.len().is_multiple_of(4)).ok_or_else(|| cannot_decode(encoding, bytes, 0))
        }
        Charset::Ascii | Charset::Latin1 | Charset::Latin9 | Charset::Windows1252 => {
            let mut text = String::with_capacity(bytes.len());
            for (place, byte) in bytes.iter().enumerate() {
                text.push(single(charset, *byte).ok_or_else(|| cannot_decode(encoding, bytes, place))?);
            }
            Ok(text)
        }
    }
}

/// The text that bytes of unknown origin say, bad ones replaced.
pub fn decode_utf8_lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the bytes from 0x80 to 0x9f are in Windows' code page.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The character of one byte.
fn single(charset: Charset, byte: u8) -> Option<char> {
    match (charset, byte) {
        (Charset::Ascii, 0x80..) => None,
        (Charset::Latin9, 0xa4) => Some('€'),
        (Charset::Latin9, 0xa6) => Some('Š'),
        (Charset::Latin9, 0xa8) => Some('š'),
        (Charset::Latin9, 0xb4) => Some('Ž'),
        (Charset::Latin9, 0xb8) => Some('ž'),
        (Charset::Latin9, 0xbc) => Some('Œ'),
        (Charset::Latin9, 0xbd) => Some('œ'),
        (Charset::Latin9, 0xbe) => Some('Ÿ'),
        (Charset::Windows1252, 0x80..=0x9f) => {
            Some(WINDOWS_1252[usize::from(byte - 0x80)]).filter(|character| *character != '\0')
        }
        _ => Some(char::from(byte)),
    }
}

fn cannot_encode(encoding: &str, character: char, place: usize) -> TemplateError {
    let code = u32::from(character);
    let shown = match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    format!("'{encoding}' codec can't encode character '{shown}' in position {place}: ordinal not in range").into()
}

fn cannot_decode(encoding: &str, bytes: &[u8], place: usize) -> TemplateError {
    let byte = bytes.get(place).copied().unwrap_or_default();
    format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {place}: invalid start byte").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (encoding, text, bytes) in [
            ("utf-8", "sjö", &b"sj\xc3\xb6"[..]),
            ("latin-1", "sjö", b"sj\xf6"),
            ("UTF_16_LE", "hj", b"h\0j\0"),
            ("utf-16", "h", b"\xff\xfeh\0"),
            ("utf-32-be", "h", b"\0\0\0h"),
            ("cp1252", "€", b"\x80"),
            ("utf-8-sig", "a", b"\xef\xbb\xbfa"),
        ] {
            assert_eq!(encode(text, encoding).expect("can be encoded"), bytes, "{encoding}");
            assert_eq!(decode(bytes, encoding).expect("can be decoded"), text, "{encoding}");
        }
    }

    #[test]
    fn refusals() {
        assert!(encode("✓", "latin-1").is_err());
        assert!(encode("x", "nosuch").is_err());
        assert!(decode(b"\xff", "utf-8").is_err());
        assert!(decode(b"\xff", "ascii").is_err());
    }
}
