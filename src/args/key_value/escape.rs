//! Backslash escapes in the words of a line.

/// Decodes the escapes of a Python text that are whole: `\n`, `\"`, `\x41`, `\u00e9`,
/// `\U0001f600`. All other backslashes stay.
pub(super) fn decode(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let (decoded, length) = match escape.chars().next() {
            Some(mark @ ('x' | 'u' | 'U')) => hexadecimal(escape, mark),
            Some(mark) => (simple(mark), mark.len_utf8()),
            None => (None, 0),
        };
        out.push(decoded.unwrap_or('\\'));
        rest = if decoded.is_some() { &escape[length..] } else { escape };
    }
    out.push_str(rest);
    out
}

fn simple(mark: char) -> Option<char> {
    Some(match mark {
        '\\' | '\'' | '"' => mark,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => return None,
    })
}

/// The character, and how long its escape is behind the backslash.
fn hexadecimal(escape: &str, mark: char) -> (Option<char>, usize) {
    let count = match mark {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    let digits = escape.get(1..=count).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    (code.and_then(char::from_u32), count + 1)
}
