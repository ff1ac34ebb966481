//! Turns what stands in a file or in the environment into the type that a setting has.

use std::path::Path;

use super::declare::{Default, Kind, Setting};
use crate::data::{Environment, Map, Value, python};

/// What a raw text needs to become a value.
pub struct Surroundings<'a> {
    pub environment: &'a Environment,
    /// The folder that relative paths start at.
    pub base: &'a Path,
    /// Quotes around a text from a file are no part of it.
    pub from_file: bool,
}

/// A text as the setting's type; the error is the sentence after "has an invalid value: ".
pub fn coerce(setting: &Setting, text: &str, around: &Surroundings<'_>) -> Result<Value, String> {
    let invalid = || format!("Invalid value provided for '{}': {}", setting.type_name, python::text_repr(text));
    let unquoted = |text: &str| if around.from_file { unquote(text).to_owned() } else { text.to_owned() };
    Ok(match setting.value_kind() {
        Kind::Text => Value::text(unquoted(text)),
        Kind::Raw => Value::text(text),
        Kind::Bool => is_true(text).into(),
        Kind::Int => integer(text).ok_or_else(invalid)?,
        Kind::Float => float(text).ok_or_else(invalid)?.into(),
        Kind::List => Value::list(text.split(',').map(|item| Value::text(unquote(item.trim())))),
        Kind::Path | Kind::TemporaryPath => path(text, around),
        Kind::SearchPath => Value::list(text.split(':').map(|item| path(item, around))),
        Kind::PathList => Value::list(text.split(',').map(|item| path(item.trim(), around))),
        Kind::Dict => return Err(invalid()),
    })
}

/// The default of a setting. `home` is the value of `ANSIBLE_HOME`.
pub fn default(setting: &Setting, home: &str, environment: &Environment) -> Value {
    let around = Surroundings { environment, base: &environment.working_directory, from_file: false };
    let from_text = |text: &str| match setting.value_kind() {
        Kind::Text | Kind::Raw => Value::text(text),
        _ => coerce(setting, text, &around).unwrap_or_else(|_| Value::text(text)),
    };
    match setting.default {
        Default::Null => Value::NULL,
        Default::Bool(flag) => flag.into(),
        Default::Int(number) if setting.type_name == "str" => Value::text(number.to_string()),
        Default::Int(number) if setting.value_kind() == Kind::Float => (number as f64).into(),
        Default::Int(number) => number.into(),
        Default::Float(number) => number.into(),
        Default::Text(text) => from_text(text),
        Default::BelowHome(rest) => from_text(&format!("{home}{rest}")),
        Default::Texts(texts) => Value::list(texts.iter().map(|text| Value::from(*text))),
        Default::Pairs(pairs) => pairs.iter().copied().collect::<Map>().into(),
    }
}

/// The words that mean yes, in any case; all others mean no.
pub fn is_true(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "y" | "yes" | "on" | "1" | "true" | "t")
}

/// Whole numbers in any spelling that Python's Decimal takes: `7`, `7.0`, `1e3`, `1_000`.
fn integer(text: &str) -> Option<Value> {
    let text = text.trim().replace('_', "");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(&mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || whole.len() + fraction.len() == 0 || exponent.abs() > 999 {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = whole.len() as i32 + exponent;
    let (kept, dropped) = if point <= 0 {
        (String::from("0"), all.as_str())
    } else if point as usize >= all.len() {
        (format!("{all}{}", "0".repeat(point as usize - all.len())), "")
    } else {
        (all[..point as usize].to_owned(), &all[point as usize..])
    };
    if dropped.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let number: num_bigint::BigInt = kept.parse().ok()?;
    Some(Value::big(if negative { -number } else { number }))
}

/// Python's float().
fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.trim_start_matches(['+', '-']).to_lowercase();
    let known =
        plain == "nan" || plain.starts_with("inf") || plain.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    known.then(|| text.replace('_', "").parse().ok()).flatten()
}

fn path(text: &str, around: &Surroundings<'_>) -> Value {
    let here = around.environment.working_directory.to_string_lossy();
    let text = text.replace("{{CWD}}", &here);
    Value::text(around.environment.full_path(&text, around.base).to_string_lossy().into_owned())
}

/// Without the quotes, if the same kind stands at both ends.
fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if text.len() > 1
            && let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
            && !inner.ends_with('\\')
        {
            return inner;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{integer, is_true, unquote};

    #[test]
    fn whole_numbers_in_any_spelling() {
        for (text, expected) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("7.0", Some(7)),
            ("1e3", Some(1000)),
            ("1_000", Some(1000)),
            ("-3", Some(-3)),
            ("12e-1", None),
            ("120e-1", Some(12)),
            ("7.5", None),
            ("0x1f", None),
            ("", None),
            ("true", None),
        ] {
            assert_eq!(integer(text).and_then(|value| value.as_int()), expected, "{text:?}");
        }
    }

    #[test]
    fn words_for_yes() {
        for (text, expected) in [("YES", true), ("t", true), ("1", true), ("1.0", false), ("maybe", false), ("", false)]
        {
            assert_eq!(is_true(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_come_off_in_pairs() {
        for (text, expected) in [("'a'", "a"), ("\"a b\"", "a b"), ("'a", "'a"), ("'", "'"), ("'a' 'b'", "a' 'b")] {
            assert_eq!(unquote(text), expected, "{text:?}");
        }
    }
}
