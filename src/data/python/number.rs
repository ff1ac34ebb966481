//! Numbers as text: the shortest float that reads back, `int()` and `float()`.

use num_bigint::BigInt;
use num_traits::Num;

/// `repr` of a float: the shortest digits that read back, with an exponent from 1e16 and below 1e-4.
pub fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = shortest(number);
    let (mantissa, exponent) = scientific.split_once('e').expect("Rust's `e` format has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is a small integer");
    if (-4..16).contains(&exponent) {
        let decimals = mantissa.len().saturating_sub(2 + usize::from(number.is_sign_negative()));
        let decimals = (i32::try_from(decimals).unwrap_or_default() - exponent).max(1);
        return format!("{number:.*}", usize::try_from(decimals).unwrap_or(1));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The shortest digits that read back, in scientific form. Where two are equally short, Rust takes
/// the upper one in a tie, Python the even one, as rounding to so many digits does.
fn shortest(number: f64) -> String {
    let shortest = format!("{number:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let rounded = format!("{number:.*e}", digits.saturating_sub(1));
    if rounded.parse() == Ok(number) { rounded } else { shortest }
}

/// `int(text)`: blanks around, a sign, digits, single underscores between digits.
pub fn parse_int(text: &str) -> Option<BigInt> {
    parse_int_in_base(text, 10)
}

/// `int(text, base)`. Base 0 goes by the prefix, as a literal; 2, 8 and 16 allow theirs.
pub fn parse_int_in_base(text: &str, base: u32) -> Option<BigInt> {
    let text = text.trim_matches(is_blank);
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix_base = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let (base, digits) = match prefix_base {
        Some(prefix_base) if base == 0 || base == prefix_base => {
            (prefix_base, digits[2..].strip_prefix('_').unwrap_or(&digits[2..]))
        }
        _ if base == 0 => {
            let is_zero = digits.chars().all(|character| matches!(character, '0' | '_'));
            if digits.starts_with('0') && !is_zero {
                return None;
            }
            (10, digits)
        }
        _ => (base, digits),
    };
    if !(2..=36).contains(&base) {
        return None;
    }
    let digits = without_underscores(&ascii_digits(digits), |character| character.is_ascii_alphanumeric())?;
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(base)) {
        return None;
    }
    let number = BigInt::from_str_radix(&digits, base).ok()?;
    Some(if negative { -number } else { number })
}

/// `float(text)`: also `inf`, `infinity` and `nan` in any case.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = ascii_digits(text.trim_matches(is_blank));
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let digits = without_underscores(unsigned, |character| character.is_ascii_digit())?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    digits.parse::<f64>().ok().map(|number| sign * number)
}

/// The text without its underscores; `None` where one does not stand between two digits.
fn without_underscores(text: &str, is_digit: impl Fn(char) -> bool) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    for (index, _) in characters.iter().enumerate().filter(|(_, character)| **character == '_') {
        let before = index.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(index + 1);
        if !before.is_some_and(|before| is_digit(*before)) || !after.is_some_and(|after| is_digit(*after)) {
            return None;
        }
    }
    Some(characters.into_iter().filter(|character| *character != '_').collect())
}

/// Decimal digits of other scripts as ASCII ones, which `int` and `float` accept.
fn ascii_digits(text: &str) -> String {
    text.chars().map(|character| decimal_digit(character).unwrap_or(character)).collect()
}

/// Where the blocks of ten decimal digits of the scripts in common use begin.
const DIGIT_ZEROS: [u32; 22] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
    0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0xff10,
];

fn decimal_digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let zero = DIGIT_ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// What Python's `strip` takes for white space.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_shortest() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (123_456.789, "123456.789"),
            (f64::INFINITY, "inf"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(float_repr(number), expected);
        }
    }

    #[test]
    fn integers() {
        for (text, base, expected) in [
            (" 12 ", 10, Some(12)),
            ("-1_000", 10, Some(-1000)),
            ("1__0", 10, None),
            ("_1", 10, None),
            ("", 10, None),
            ("+", 10, None),
            ("0x1f", 10, None),
            ("0x1f", 16, Some(31)),
            ("0x_1f", 0, Some(31)),
            ("1f", 16, Some(31)),
            ("010", 0, None),
            ("0_0", 0, Some(0)),
            ("010", 10, Some(10)),
            ("٣", 10, Some(3)),
            ("z", 36, Some(35)),
        ] {
            assert_eq!(parse_int_in_base(text, base), expected.map(BigInt::from), "{text}");
        }
    }

    #[test]
    fn floats() {
        for (text, expected) in [
            (" 1.5\n", Some(1.5)),
            ("1_0.5", Some(10.5)),
            ("1e3", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1_.5", None),
            ("--1", None),
            ("infi", None),
            ("0x10", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(parse_float(text), expected, "{text}");
        }
    }
}
