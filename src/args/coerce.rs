//! Ansible's type rules: what an option of a type accepts, and the value it becomes.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Zero};

use super::{ArgSpec, Kind};
use crate::data::json::{self, Style};
use crate::data::{Data, Map, Text, Value, python};
use crate::diagnostic::Origin;

const TRUE_WORDS: [&str; 6] = ["y", "yes", "on", "1", "true", "t"];
const FALSE_WORDS: [&str; 6] = ["n", "no", "off", "0", "false", "f"];

/// The value as the type demands, or why it cannot be.
///
/// A path stays as it is written: `~` and variables are those of the target, and are replaced there
/// by `expand_paths`.
pub fn coerce(value: &Value, kind: Kind) -> Result<Value, String> {
    let data = match kind {
        Kind::Raw => return Ok(value.clone()),
        Kind::Str | Kind::Path => return Ok(text(value)),
        Kind::Bool => Data::Bool(boolean(value)?),
        Kind::Int => integer(value)?,
        Kind::Float => Data::Float(float(value)?),
        Kind::List => return list(value),
        Kind::Dict => return dict(value),
        Kind::Json | Kind::Jsonarg => return json_text(value),
        Kind::Bytes => size(value, Unit::Byte)?,
        Kind::Bits => size(value, Unit::Bit)?,
    };
    Ok(Value::new(data, value.origin.clone()))
}

/// Replaces `~` and variables in every path of checked arguments; done on the target.
pub fn expand_paths(spec: &ArgSpec, args: &mut Map, expand: &dyn Fn(&str) -> String) {
    let expand_one = |value: &mut Value| {
        if let Some(path) = value.as_str().filter(|path| path.contains(['~', '$'])) {
            *value = Value::text(expand(path));
        }
    };
    for option in spec.all_options() {
        let Some(slot) = args.get_mut(option.name) else { continue };
        match (option.kind, option.elements, &mut slot.data) {
            (Kind::Path, ..) => expand_one(slot),
            (Kind::List, Some(Kind::Path), Data::List(items)) => Arc::make_mut(items).iter_mut().for_each(expand_one),
            (_, _, Data::Map(map)) => {
                if let Some(suboptions) = option.suboptions {
                    expand_paths(suboptions, Arc::make_mut(map), expand);
                }
            }
            (_, _, Data::List(items)) => {
                let Some(suboptions) = option.suboptions else { continue };
                for item in Arc::make_mut(items) {
                    if let Data::Map(map) = &mut item.data {
                        expand_paths(suboptions, Arc::make_mut(map), expand);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The boolean that a word or number stands for.
pub fn boolean(value: &Value) -> Result<bool, String> {
    let found = match &value.data {
        Data::Bool(flag) => Some(*flag),
        Data::Text(text) => boolean_word(text),
        Data::Int(0) => Some(false),
        Data::Int(1) => Some(true),
        Data::Float(number) if *number == 0.0 => Some(false),
        Data::Float(number) if *number == 1.0 => Some(true),
        Data::Int(_) | Data::Float(_) | Data::Big(_) => None,
        _ => return Err(cannot(value, "a bool")),
    };
    found.ok_or_else(|| {
        format!(
            "The value '{}' is not a valid boolean. Valid booleans include: 'y', 'yes', 'on', '1', 'true', 't', 1, \
             'n', 'no', 'off', '0', 'false', 'f', 0",
            python::str(value)
        )
    })
}

/// `yes`, `Off`, ` 1 `: the words for true and false.
pub fn boolean_word(word: &str) -> Option<bool> {
    let word = word.trim().to_lowercase();
    if TRUE_WORDS.contains(&word.as_str()) {
        Some(true)
    } else if FALSE_WORDS.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// Texts stay themselves, with origin and envelope; nothing is the empty text.
fn text(value: &Value) -> Value {
    match &value.data {
        Data::Text(_) | Data::Vaulted(_) => value.clone(),
        Data::Null => Value::new(Data::Text(Text::plain("")), value.origin.clone()),
        Data::Bytes(bytes) => {
            let chars = String::from_utf8_lossy(bytes).into_owned();
            Value::new(Data::Text(Text::plain(chars)), value.origin.clone())
        }
        _ => Value::new(Data::Text(Text::plain(python::str(value))), value.origin.clone()),
    }
}

fn integer(value: &Value) -> Result<Data, String> {
    let number = match &value.data {
        Data::Int(_) | Data::Big(_) | Data::Bool(_) => return Ok(value.data.clone()),
        Data::Float(number) if number.fract() == 0.0 => BigInt::from_f64(*number),
        Data::Text(text) => python::parse_int(text).or_else(|| whole_decimal(text)),
        _ => None,
    };
    number
        .map(|number| Value::big(number).data)
        .ok_or_else(|| format!("\"{}\" cannot be converted to an int", python::repr(value)))
}

/// `1.0`, `1.50e1`: a decimal number that is whole.
fn whole_decimal(text: &str) -> Option<BigInt> {
    let text = text.trim().replace('_', "").to_ascii_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 4096)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let number = python::parse_int(&digits)?;
    let shift = exponent - i32::try_from(fraction.len()).ok()?;
    let power = BigInt::from(10).pow(shift.unsigned_abs());
    if shift >= 0 {
        return Some(number * power);
    }
    (&number % &power).is_zero().then(|| number / power)
}

fn float(value: &Value) -> Result<f64, String> {
    match &value.data {
        Data::Float(number) => Some(*number),
        Data::Int(number) => Some(*number as f64),
        Data::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Data::Big(number) => num_traits::ToPrimitive::to_f64(&**number),
        Data::Text(text) => python::parse_float(text),
        _ => None,
    }
    .ok_or_else(|| cannot(value, "a float"))
}

/// A list stays one, a text is split at commas, a number is a list of its text.
fn list(value: &Value) -> Result<Value, String> {
    let part = |text: &str| Value::new(Data::Text(Text::plain(text)), value.origin.clone());
    let items: Vec<Value> = match &value.data {
        Data::List(_) => return Ok(value.clone()),
        Data::Tuple(items) => items.to_vec(),
        Data::Set(items) => items.iter().cloned().collect(),
        Data::Text(text) => text.split(',').map(part).collect(),
        Data::Int(_) | Data::Big(_) | Data::Float(_) | Data::Bool(_) => vec![part(&python::str(value))],
        _ => return Err(cannot(value, "a list")),
    };
    Ok(Value::list(items).with_origin(&value.origin))
}

/// A dict stays one; a text is JSON, a Python literal, or `key=value` pairs.
fn dict(value: &Value) -> Result<Value, String> {
    let text = match &value.data {
        Data::Map(_) => return Ok(value.clone()),
        Data::Text(text) => text.as_str(),
        _ => return Err(cannot(value, "a dict")),
    };
    if text.starts_with('{') {
        let parsed = json::parse(text, &Origin::none()).ok().or_else(|| python::literal_eval(text).ok());
        return match parsed {
            Some(Value { data: Data::Map(map), .. }) => Ok(Value::new(Data::Map(map), value.origin.clone())),
            _ => Err("unable to evaluate string as dictionary".to_owned()),
        };
    }
    if !text.contains('=') {
        return Err("dictionary requested, could not parse JSON or key=value".to_owned());
    }
    let mut map = Map::new();
    for field in split_pairs(text) {
        let Some((key, item)) = field.split_once('=') else {
            return Err("unable to evaluate string in the \"key=value\" format as dictionary".to_owned());
        };
        map.insert(key, item);
    }
    Ok(Value::from(map).with_origin(&value.origin))
}

/// Splits at commas and blanks outside of quotes; a backslash takes the next character as it is.
fn split_pairs(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quote = None;
    let mut characters = text.trim().chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => field.extend(characters.next()),
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            (',' | ' ', None) => {
                if !field.is_empty() {
                    fields.push(std::mem::take(&mut field));
                }
            }
            _ => field.push(character),
        }
    }
    if !field.is_empty() {
        fields.push(field);
    }
    fields
}

fn json_text(value: &Value) -> Result<Value, String> {
    let text = match &value.data {
        Data::Text(text) if text.trim().len() == text.len() => return Ok(value.clone()),
        Data::Text(text) => text.trim().to_owned(),
        Data::List(_) | Data::Tuple(_) | Data::Map(_) => json::dumps(value, &Style::default()),
        _ => return Err(cannot(value, "a json string")),
    };
    Ok(Value::text(text).with_origin(&value.origin))
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Byte,
    Bit,
}

/// `10`, `1.5K`, `3 MB`, `2 megabytes`: how much it is in bytes (or bits).
fn size(value: &Value, unit: Unit) -> Result<Data, String> {
    let wanted = if unit == Unit::Byte { "a Byte value" } else { "a Bit value" };
    let text = match &value.data {
        Data::Text(text) => text.as_str().to_owned(),
        Data::Int(_) | Data::Big(_) | Data::Float(_) => python::str(value),
        _ => return Err(cannot(value, wanted)),
    };
    size_of(&text, unit).map(|number| Value::big(number).data).ok_or_else(|| cannot(value, wanted))
}

fn size_of(text: &str, unit: Unit) -> Option<BigInt> {
    let text = text.trim_end();
    let end = text.find(|character: char| !(character.is_ascii_digit() || character == '.')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    // Digits must follow a point, and there is at most one.
    if !number.ends_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let factor = match suffix.trim_start() {
        "" => 1.0,
        suffix => factor_of(suffix, unit)?,
    };
    BigInt::from_f64((number * factor).round_ties_even())
}

fn factor_of(suffix: &str, unit: Unit) -> Option<f64> {
    const NAMES: [&str; 9] = ["", "kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"];
    let (letter, word) = if unit == Unit::Byte { ("B", "byte") } else { ("b", "bit") };
    let first = suffix.chars().next()?;
    let power = "BKMGTPEZY".find(first.to_ascii_uppercase())?;
    let is_known = suffix.len() == 1
        || (power > 0 && first.is_ascii_uppercase() && &suffix[1..] == letter)
        || suffix.to_ascii_lowercase() == format!("{}{word}", NAMES[power]);
    is_known.then(|| 1024_f64.powi(power as i32))
}

fn cannot(value: &Value, wanted: &str) -> String {
    format!("<class '{}'> cannot be converted to {wanted}", value.type_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Input and wanted value as JSON, or the wanted error.
    fn check(kind: Kind, cases: &[(&str, Result<&str, &str>)]) {
        for (input, wanted) in cases {
            let input = json::parse(input, &Origin::none()).expect("the case is JSON");
            let found = coerce(&input, kind).map(|value| json::dumps(&value, &Style::default()));
            assert_eq!(found.as_deref().map_err(String::as_str), *wanted, "{input:?} as {kind:?}");
        }
    }

    #[test]
    fn integers() {
        check(
            Kind::Int,
            &[
                ("\"1.0\"", Ok("1")),
                ("\" 5 \"", Ok("5")),
                ("\"5_0\"", Ok("50")),
                ("\"1e3\"", Ok("1000")),
                ("\"1.\"", Ok("1")),
                ("2.0", Ok("2")),
                ("true", Ok("true")),
                ("\"99999999999999999999\"", Ok("99999999999999999999")),
                ("1.5", Err("\"1.5\" cannot be converted to an int")),
                ("\"1.5\"", Err("\"'1.5'\" cannot be converted to an int")),
                ("\"0x1f\"", Err("\"'0x1f'\" cannot be converted to an int")),
                ("\"\"", Err("\"''\" cannot be converted to an int")),
                ("[1]", Err("\"[1]\" cannot be converted to an int")),
                ("null", Err("\"None\" cannot be converted to an int")),
            ],
        );
    }

    #[test]
    fn texts_and_lists() {
        check(
            Kind::Str,
            &[
                ("1.5", Ok("\"1.5\"")),
                ("true", Ok("\"True\"")),
                ("[1, null]", Ok("\"[1, None]\"")),
                ("null", Ok("\"\"")),
            ],
        );
        check(
            Kind::List,
            &[
                ("\"a, b,,c \"", Ok("[\"a\", \" b\", \"\", \"c \"]")),
                ("\"\"", Ok("[\"\"]")),
                ("5", Ok("[\"5\"]")),
                ("true", Ok("[\"True\"]")),
                ("{}", Err("<class 'dict'> cannot be converted to a list")),
            ],
        );
    }

    #[test]
    fn dictionaries() {
        check(
            Kind::Dict,
            &[
                ("\"x=1 y=q\"", Ok("{\"x\": \"1\", \"y\": \"q\"}")),
                ("\"a='b c', d=e\"", Ok("{\"a\": \"b c\", \"d\": \"e\"}")),
                ("\"a=b\\\\ c\"", Ok("{\"a\": \"b c\"}")),
                ("\"{'a': None}\"", Ok("{\"a\": null}")),
                ("\"{\\\"a\\\": 1}\"", Ok("{\"a\": 1}")),
                ("\"{x\"", Err("unable to evaluate string as dictionary")),
                ("\"maybe\"", Err("dictionary requested, could not parse JSON or key=value")),
                ("\"a=b,d\"", Err("unable to evaluate string in the \"key=value\" format as dictionary")),
                ("1", Err("<class 'int'> cannot be converted to a dict")),
            ],
        );
    }

    #[test]
    fn sizes() {
        let bad = Err("<class 'str'> cannot be converted to a Byte value");
        check(
            Kind::Bytes,
            &[
                ("\"1K\"", Ok("1024")),
                ("\"10 MB\"", Ok("10485760")),
                ("\"1.5g\"", Ok("1610612736")),
                ("\".5K\"", Ok("512")),
                ("\"1megabyte\"", Ok("1048576")),
                ("\"1Byte\"", Ok("1")),
                ("\"1b\"", Ok("1")),
                ("\"2.5\"", Ok("2")),
                ("\"1Y\"", Ok("1208925819614629174706176")),
                ("\"1kB\"", bad),
                ("\"10Mb\"", bad),
                ("\"1.K\"", bad),
                ("\" 1K\"", bad),
                ("\"1KiB\"", bad),
                ("\"\"", bad),
            ],
        );
        let bad = Err("<class 'str'> cannot be converted to a Bit value");
        check(
            Kind::Bits,
            &[("\"1Mb\"", Ok("1048576")), ("\"1bit\"", Ok("1")), ("\"3kilobit\"", Ok("3072")), ("\"1MB\"", bad)],
        );
    }

    #[test]
    fn booleans() {
        let list = "<class 'list'> cannot be converted to a bool";
        check(
            Kind::Bool,
            &[("\" Yes \"", Ok("true")), ("\"OFF\"", Ok("false")), ("1.0", Ok("true")), ("[1]", Err(list))],
        );
        assert!(
            coerce(&Value::text("maybe"), Kind::Bool).expect_err("no word").starts_with("The value 'maybe' is not a")
        );
    }
}
