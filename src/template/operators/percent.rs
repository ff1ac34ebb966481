//! `'…' % values`: printf-style formatting as Python does it.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed};

use super::order::{Number, number};
use crate::data::{Data, Value, python};
use crate::template::spec::{fixed, general, scientific};
use crate::template::text::{text_of, write_repr};
use crate::template::{Object, Result, TemplateError};

/// Formats a tuple of values, a mapping, or one value.
pub fn format(template: &str, values: &Object) -> Result<String> {
    let mut values = Values::of(values);
    let mut out = String::new();
    let characters: Vec<char> = template.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        if characters[at] != '%' {
            out.push(characters[at]);
            at += 1;
            continue;
        }
        at += 1;
        at = conversion(&characters, at, &mut values, &mut out)?;
    }
    values.finish()?;
    Ok(out)
}

struct Values<'a> {
    mapping: Option<&'a Object>,
    items: Vec<Object>,
    next: usize,
    /// A single value that may be left over: a mapping, or a list, as Python has it.
    lenient: bool,
}

impl<'a> Values<'a> {
    fn of(values: &'a Object) -> Self {
        match values {
            Object::Tuple(items) => {
                Self { mapping: None, items: items.iter().map(Object::resolved).collect(), next: 0, lenient: false }
            }
            Object::Dict(_) => Self { mapping: Some(values), items: vec![values.clone()], next: 0, lenient: true },
            Object::List(_) => Self { mapping: None, items: vec![values.clone()], next: 0, lenient: true },
            single => Self { mapping: None, items: vec![single.clone()], next: 0, lenient: false },
        }
    }

    fn next(&mut self) -> Result<Object> {
        let item = self.items.get(self.next).cloned();
        self.next += 1;
        item.ok_or_else(|| TemplateError::failure("not enough arguments for format string"))?.usable()
    }

    fn named(&self, name: &str) -> Result<Object> {
        let Some(Object::Dict(dict)) = self.mapping else {
            return Err("format requires a mapping".into());
        };
        dict.get_text(name).ok_or_else(|| TemplateError::failure(python::text_repr(name)))?.usable()
    }

    fn finish(&self) -> Result<()> {
        if self.next < self.items.len() && !self.lenient {
            return Err("not all arguments converted during string formatting".into());
        }
        Ok(())
    }
}

#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    blank: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// Reads one conversion after its percent sign, appends its text, and gives the place behind it.
fn conversion(characters: &[char], mut at: usize, values: &mut Values<'_>, out: &mut String) -> Result<usize> {
    let incomplete = || TemplateError::failure("incomplete format");
    let mut named = None;
    if characters.get(at) == Some(&'(') {
        let mut depth = 1;
        let begin = at + 1;
        at = begin;
        while depth > 0 {
            match characters.get(at) {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some(_) => {}
                None => return Err("incomplete format key".into()),
            }
            at += 1;
        }
        named = Some(characters[begin..at - 1].iter().collect::<String>());
    }
    let mut flags = Flags::default();
    while let Some(flag) = characters.get(at) {
        match flag {
            '-' => flags.left = true,
            '+' => flags.plus = true,
            ' ' => flags.blank = true,
            '0' => flags.zero = true,
            '#' => flags.alternate = true,
            _ => break,
        }
        at += 1;
    }
    (flags.width, at) = size(characters, at, values, &mut flags.left)?;
    if characters.get(at) == Some(&'.') {
        let precision;
        (precision, at) = size(characters, at + 1, values, &mut false)?;
        flags.precision = Some(precision);
    }
    while matches!(characters.get(at), Some('h' | 'l' | 'L')) {
        at += 1;
    }
    let kind = *characters.get(at).ok_or_else(incomplete)?;
    if kind == '%' {
        out.push('%');
        return Ok(at + 1);
    }
    if !"sradiuoxXeEfFgGc".contains(kind) {
        return Err(format!("unsupported format character '{kind}' (0x{:x}) at index {at}", u32::from(kind)).into());
    }
    let value = match &named {
        Some(name) => values.named(name)?,
        None => values.next()?,
    };
    out.push_str(&converted(kind, &value, &flags)?);
    Ok(at + 1)
}

/// What is not ASCII, as escapes.
pub(in crate::template) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xff => out += &format!("\\x{code:02x}"),
            code @ 0x100..=0xffff => out += &format!("\\u{code:04x}"),
            code => out += &format!("\\U{code:08x}"),
        }
    }
    out
}

/// A width or precision: digits, or `*` for the next value.
fn size(characters: &[char], mut at: usize, values: &mut Values<'_>, left: &mut bool) -> Result<(usize, usize)> {
    if characters.get(at) == Some(&'*') {
        let Object::Value(Value { data: Data::Int(number), .. }) = values.next()? else {
            return Err("* wants int".into());
        };
        *left |= number < 0;
        return Ok((usize::try_from(number.unsigned_abs()).unwrap_or(0).min(MOST_WIDTH), at + 1));
    }
    let mut number = 0_usize;
    while let Some(digit) = characters.get(at).and_then(|digit| digit.to_digit(10)) {
        number = number.saturating_mul(10).saturating_add(digit as usize).min(MOST_WIDTH);
        at += 1;
    }
    Ok((number, at))
}

const MOST_WIDTH: usize = 1_000_000;

fn converted(kind: char, value: &Object, flags: &Flags) -> Result<String> {
    let (sign, body, is_number) = match kind {
        's' | 'r' | 'a' => {
            let mut text = String::new();
            if kind == 's' {
                text = text_of(value)?;
            } else {
                write_repr(value, &mut text)?;
                if kind == 'a' {
                    text = ascii(&text);
                }
            }
            if let Some(precision) = flags.precision {
                text = text.chars().take(precision).collect();
            }
            ("", text, false)
        }
        'c' => ("", character(value)?, false),
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
            let number = integer(kind, value)?;
            let sign = sign_of(number.is_negative(), flags);
            (sign, digits(kind, &number.abs(), flags), true)
        }
        _ => {
            let number = float(value)?;
            let sign = sign_of(number.is_sign_negative() && !number.is_nan(), flags);
            let precision = flags.precision.unwrap_or(6);
            let body = match kind.to_ascii_lowercase() {
                'f' => fixed(number.abs(), precision, flags.alternate),
                'e' => scientific(number.abs(), precision, flags.alternate),
                _ => general(number.abs(), precision, flags.alternate),
            };
            (sign, if kind.is_ascii_uppercase() { body.to_uppercase() } else { body }, true)
        }
    };
    let length = sign.len() + body.chars().count();
    let fill = flags.width.saturating_sub(length);
    Ok(if flags.left {
        format!("{sign}{body}{}", " ".repeat(fill))
    } else if flags.zero && is_number {
        let (prefix, digits) = match body.get(..2) {
            Some("0x" | "0X" | "0o") => body.split_at(2),
            _ => ("", body.as_str()),
        };
        format!("{sign}{prefix}{}{digits}", "0".repeat(fill))
    } else {
        format!("{}{sign}{body}", " ".repeat(fill))
    })
}

fn sign_of(negative: bool, flags: &Flags) -> &'static str {
    match (negative, flags.plus, flags.blank) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn digits(kind: char, number: &BigInt, flags: &Flags) -> String {
    let mut text = match kind {
        'o' => number.to_str_radix(8),
        'x' => number.to_str_radix(16),
        'X' => number.to_str_radix(16).to_uppercase(),
        _ => number.to_string(),
    };
    if let Some(precision) = flags.precision
        && text.len() < precision
    {
        text = "0".repeat(precision - text.len()) + &text;
    }
    match (flags.alternate, kind) {
        (true, 'o') => format!("0o{text}"),
        (true, 'x') => format!("0x{text}"),
        (true, 'X') => format!("0X{text}"),
        _ => text,
    }
}

fn character(value: &Object) -> Result<String> {
    match value {
        Object::Value(Value { data: Data::Text(text), .. }) if text.chars().count() == 1 => Ok(text.to_string()),
        Object::Value(Value { data: Data::Int(number), .. }) => u32::try_from(*number)
            .ok()
            .and_then(char::from_u32)
            .map(String::from)
            .ok_or_else(|| "%c arg not in range(0x110000)".into()),
        _ => Err("%c requires int or char".into()),
    }
}

fn numeric(value: &Object) -> Option<Number> {
    match value {
        Object::Value(value) => number(value),
        _ => None,
    }
}

fn integer(kind: char, value: &Object) -> Result<BigInt> {
    let type_name = value.type_name();
    match numeric(value) {
        Some(Number::Float(number)) if matches!(kind, 'd' | 'i' | 'u') => {
            if number.is_nan() {
                return Err("cannot convert float NaN to integer".into());
            }
            BigInt::from_f64(number.trunc()).ok_or_else(|| "cannot convert float infinity to integer".into())
        }
        Some(Number::Float(_)) | None => Err(if matches!(kind, 'd' | 'i' | 'u') {
            format!("%{kind} format: a real number is required, not {type_name}").into()
        } else {
            format!("%{kind} format: an integer is required, not {type_name}").into()
        }),
        Some(number) => Ok(number.big()),
    }
}

fn float(value: &Object) -> Result<f64> {
    numeric(value)
        .map(|number| number.float())
        .ok_or_else(|| format!("must be real number, not {}", value.type_name()).into())
}
