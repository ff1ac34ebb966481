//! `repr` of texts and bytes: which quote, what is escaped.

use std::fmt::Write;

/// `repr` of a text.
pub fn text_repr(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(text, &mut out);
    out
}

/// `repr` of bytes, with the `b`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    write_bytes(bytes, &mut out);
    out
}

pub(super) fn write_text(text: &str, out: &mut String) {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => out.extend(['\\', quote]),
            _ if is_printable(character) => out.push(character),
            _ => write_escape(character, out),
        }
    }
    out.push(quote);
}

pub(super) fn write_bytes(bytes: &[u8], out: &mut String) {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => write_escape(char::from(byte), out),
        }
    }
    out.push(quote);
}

/// Single quotes, unless only they occur inside.
fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn write_escape(character: char, out: &mut String) {
    let code = u32::from(character);
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    written.expect("writing to a String does not fail");
}

/// `str.isprintable` of one character: no control, format, unassigned or private one and no
/// separator but the blank. Rust's `escape_debug` leaves exactly these as they are, when they do
/// not come first.
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let mut buffer = [b'a'; 5];
    let length = character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(text_repr(text), expected);
    }

    #[test]
    fn quotes_and_escapes() {
        check("", "''");
        check("a'b", "\"a'b\"");
        check("a\"b", "'a\"b'");
        check("a'\"b", "'a\\'\"b'");
        check("a\\n\n\r\t\0\x7f", "'a\\\\n\\n\\r\\t\\x00\\x7f'");
        check("é✓\u{a0}\u{200b}\u{2028}", "'é✓\\xa0\\u200b\\u2028'");
        check("\u{301}😀\u{e000}\u{f0000}", "'\u{301}😀\\ue000\\U000f0000'");
    }

    #[test]
    fn bytes() {
        assert_eq!(bytes_repr(b"a'\xff"), "b\"a'\\xff\"");
    }
}
