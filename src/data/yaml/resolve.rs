//! Which type a plain scalar has by its form, by the rules of YAML 1.1 as PyYAML knows them.

/// The type of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    /// `<<`
    Merge,
    /// `=`
    Value,
    Text,
}

pub fn form_of(text: &str) -> Form {
    let Some(first) = text.bytes().next() else { return Form::Null };
    match first {
        b'~' if text == "~" => Form::Null,
        b'<' if text == "<<" => Form::Merge,
        b'=' if text == "=" => Form::Value,
        b'0'..=b'9' | b'+' | b'-' | b'.' => number_form(text),
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => Form::Null,
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' if is_bool(text) => Form::Bool,
        _ => Form::Text,
    }
}

fn is_bool(text: &str) -> bool {
    ["yes", "no", "true", "false", "on", "off"].iter().any(|word| {
        // Small, capitalised or capitals; nothing between.
        text.eq_ignore_ascii_case(word)
            && (text == *word
                || text.bytes().all(|letter| letter.is_ascii_uppercase())
                || (text.as_bytes()[0].is_ascii_uppercase() && text[1..] == word[1..]))
    })
}

fn number_form(text: &str) -> Form {
    if is_float(text) {
        Form::Float
    } else if is_int(text) {
        Form::Int
    } else if is_timestamp(text) {
        Form::Timestamp
    } else {
        Form::Text
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn without_sign(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text)
}

/// The text after as many bytes of a kind as there are, and how many these were.
fn skip(text: &[u8], is_kind: impl Fn(u8) -> bool) -> (&[u8], usize) {
    let count = text.iter().take_while(|byte| is_kind(**byte)).count();
    (&text[count..], count)
}

/// One or more `:` with one or two digits below 60 each; the rest behind them.
fn skip_sixties(mut text: &[u8]) -> Option<&[u8]> {
    let mut count = 0;
    while let Some(digits) = text.strip_prefix(b":") {
        let (_, length) = skip(digits, is_digit);
        let taken = match (length, digits.first()) {
            (0, _) => return None,
            (1, _) => 1,
            (_, Some(b'0'..=b'5')) => 2,
            _ => 1,
        };
        text = &digits[taken..];
        count += 1;
    }
    (count > 0).then_some(text)
}

/// Nothing more, or an exponent, which must have a sign.
fn is_exponent_or_end(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'-' | b'+', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = without_sign(bytes);
    if matches!(unsigned, b".inf" | b".Inf" | b".INF") {
        return true;
    }
    // A number that starts with its point has no sign.
    if let Some(fraction) = bytes.strip_prefix(b".") {
        let (rest, _) = skip(fraction, is_digit_or_underscore);
        return fraction.first().is_some_and(u8::is_ascii_digit) && is_exponent_or_end(rest);
    }
    if !unsigned.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let (rest, _) = skip(unsigned, is_digit_or_underscore);
    if let Some(fraction) = rest.strip_prefix(b".") {
        return is_exponent_or_end(skip(fraction, is_digit_or_underscore).0);
    }
    let fraction = skip_sixties(rest).and_then(|rest| rest.strip_prefix(b"."));
    fraction.is_some_and(|fraction| skip(fraction, is_digit_or_underscore).0.is_empty())
}

fn is_int(text: &str) -> bool {
    let unsigned = without_sign(text.as_bytes());
    let all = |digits: &[u8], is_kind: fn(u8) -> bool| !digits.is_empty() && digits.iter().all(|byte| is_kind(*byte));
    match unsigned {
        [b'0'] => true,
        [b'0', b'b', digits @ ..] => all(digits, |byte| matches!(byte, b'0' | b'1' | b'_')),
        [b'0', b'x', digits @ ..] => all(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_'),
        [b'0', digits @ ..] => all(digits, |byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', rest @ ..] => {
            let (rest, _) = skip(rest, is_digit_or_underscore);
            rest.is_empty() || skip_sixties(rest).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// `2024-02-29`, or with a time: digits may be single, the fraction empty, the zone `Z` or `+1:30`.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let counts = |text: &[u8]| skip(text, is_digit).1;
    if counts(bytes) != 4 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let (month, day_start) = (counts(&bytes[5..]), 5 + counts(&bytes[5..]) + 1);
    if !(1..=2).contains(&month) || bytes.get(day_start - 1) != Some(&b'-') {
        return false;
    }
    let day = counts(&bytes[day_start..]);
    let rest = &bytes[day_start + day..];
    if rest.is_empty() {
        return month == 2 && day == 2;
    }
    (1..=2).contains(&day) && is_time(rest)
}

/// The part behind the day, with what stands between them.
fn is_time(text: &[u8]) -> bool {
    let text = match text {
        [b'T' | b't', rest @ ..] => rest,
        _ => match skip(text, |byte| matches!(byte, b' ' | b'\t')) {
            (_, 0) => return false,
            (rest, _) => rest,
        },
    };
    let (rest, hour) = skip(text, is_digit);
    let [b':', m1, m2, b':', s1, s2, rest @ ..] = rest else { return false };
    if !(1..=2).contains(&hour) || ![m1, m2, s1, s2].iter().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let rest = rest.strip_prefix(b".").map_or(rest, |fraction| skip(fraction, is_digit).0);
    if rest.is_empty() {
        return true;
    }
    match skip(rest, |byte| matches!(byte, b' ' | b'\t')).0 {
        b"Z" => true,
        [b'+' | b'-', zone @ ..] => match skip(zone, is_digit) {
            ([], 1 | 2) => true,
            ([b':', m1, m2], 1 | 2) => m1.is_ascii_digit() && m2.is_ascii_digit(),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Form, texts: &[&str]) {
        for text in texts {
            assert_eq!(form_of(text), expected, "{text}");
        }
    }

    #[test]
    fn forms() {
        check(Form::Null, &["", "~", "null", "Null", "NULL"]);
        check(Form::Bool, &["yes", "Yes", "YES", "no", "on", "OFF", "true", "False"]);
        check(Form::Int, &["0", "-1", "+017", "0x_fF", "0b1_0", "1_000", "1:30", "-190:20:30", "0_"]);
        check(Form::Float, &["1.", "-1.5", "1.5e+3", ".5", "1:30.5", "-.inf", ".NaN", "0.1", "1_0.0_1"]);
        check(
            Form::Timestamp,
            &[
                "2024-02-29",
                "2024-2-9 1:02:03",
                "2024-02-29T12:30:45.1Z",
                "2024-02-29 12:30:45 -5:30",
                "2024-02-29\t1:00:00.",
            ],
        );
        check(Form::Merge, &["<<"]);
        check(Form::Value, &["="]);
        check(
            Form::Text,
            &[
                "yEs",
                "y",
                "nil",
                "nULL",
                "09",
                "-.5",
                "1e3",
                "1.5e3",
                "1:60",
                "01:30",
                "2024-2-9",
                "0o17",
                "+",
                "-",
                ".",
                "1.2.3",
                "2024-02-29T12:30",
                "0b",
                "0x",
                "_1",
                "-.nan",
                "1:",
                "12:30:",
                "2024-02-29 1:00:00 ",
                "0:0",
                "é",
            ],
        );
    }
}
