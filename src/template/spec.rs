//! Python's format specifications (`{:>8.2f}`), and floats in the forms of `f`, `e` and `g`.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::{Result, TemplateError};
use crate::data::{Data, Value, python};

/// `format(value, spec)`.
pub fn format_value(value: &Value, spec: &str) -> Result<String> {
    if spec.is_empty() {
        return Ok(python::str(value));
    }
    match &value.data {
        Data::Date(date) => Ok(super::dates::strftime(date, spec)),
        Data::Text(text) => Spec::parse(spec)?.text(text, "str"),
        Data::Int(number) => Spec::parse(spec)?.integer(&BigInt::from(*number)),
        Data::Bool(flag) => Spec::parse(spec)?.integer(&BigInt::from(u8::from(*flag))),
        Data::Big(number) => Spec::parse(spec)?.integer(number),
        Data::Float(number) => Spec::parse(spec)?.float(*number, None),
        _ => Err(format!("unsupported format string passed to {}.__format__", value.type_name()).into()),
    }
}

#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

const MOST_WIDTH: usize = 1_000_000;

impl Spec {
    fn parse(spec: &str) -> Result<Self> {
        let characters: Vec<char> = spec.chars().collect();
        let mut parsed = Self::default();
        let mut at = 0;
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '=' | '^'));
        if is_align(characters.get(1)) {
            parsed.fill = characters.first().copied();
            parsed.align = characters.get(1).copied();
            at = 2;
        } else if is_align(characters.first()) {
            parsed.align = characters.first().copied();
            at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = characters.get(at) {
            parsed.sign = Some(*sign);
            at += 1;
        }
        if characters.get(at) == Some(&'#') {
            parsed.alternate = true;
            at += 1;
        }
        if characters.get(at) == Some(&'0') {
            parsed.zero = true;
            at += 1;
        }
        let number = |at: &mut usize| {
            let mut value = None;
            while let Some(digit) = characters.get(*at).and_then(|digit| digit.to_digit(10)) {
                value = Some((value.unwrap_or(0_usize) * 10 + digit as usize).min(MOST_WIDTH));
                *at += 1;
            }
            value
        };
        parsed.width = number(&mut at).unwrap_or(0);
        if let Some(grouping @ (',' | '_')) = characters.get(at) {
            parsed.grouping = Some(*grouping);
            at += 1;
        }
        if characters.get(at) == Some(&'.') {
            at += 1;
            let precision = number(&mut at);
            parsed.precision =
                Some(precision.ok_or_else(|| TemplateError::failure("Format specifier missing precision"))?);
        }
        parsed.kind = characters.get(at).copied();
        if at + 1 < characters.len() {
            return Err("Invalid format specifier".into());
        }
        Ok(parsed)
    }

    fn unknown(&self, type_name: &str) -> TemplateError {
        let kind = self.kind.unwrap_or(' ');
        format!("Unknown format code '{kind}' for object of type '{type_name}'").into()
    }

    fn text(&self, text: &str, type_name: &str) -> Result<String> {
        if !matches!(self.kind, None | Some('s')) {
            return Err(self.unknown(type_name));
        }
        if self.sign.is_some() {
            return Err("Sign not allowed in string format specifier".into());
        }
        if self.align == Some('=') {
            return Err("'=' alignment not allowed in string format specifier".into());
        }
        let text: String = match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        Ok(self.padded("", &text, '<'))
    }

    fn integer(&self, number: &BigInt) -> Result<String> {
        let kind = self.kind.unwrap_or('d');
        if matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') {
            return self.float(number.to_f64().unwrap_or(f64::INFINITY), Some(kind));
        }
        if self.precision.is_some() {
            return Err("Precision not allowed in integer format specifier".into());
        }
        let magnitude = number.abs();
        let (prefix, digits, group) = match kind {
            'd' | 'n' => ("", magnitude.to_string(), 3),
            'b' => ("0b", magnitude.to_str_radix(2), 4),
            'o' => ("0o", magnitude.to_str_radix(8), 4),
            'x' => ("0x", magnitude.to_str_radix(16), 4),
            'X' => ("0X", magnitude.to_str_radix(16).to_uppercase(), 4),
            'c' => {
                let character = number.to_u32().and_then(char::from_u32);
                let character = character.ok_or_else(|| TemplateError::failure("%c arg not in range(0x110000)"))?;
                return Ok(self.padded("", &character.to_string(), '<'));
            }
            _ => return Err(self.unknown("int")),
        };
        let sign = self.sign_of(number.is_negative());
        let prefix = if self.alternate { prefix } else { "" };
        let body = self.grouped(&digits, group);
        Ok(self.padded(&format!("{sign}{prefix}"), &body, '>'))
    }

    fn float(&self, number: f64, kind: Option<char>) -> Result<String> {
        let kind = kind.or(self.kind);
        let magnitude = number.abs();
        let body = match kind {
            None => match self.precision {
                None => python::float_repr(magnitude),
                Some(precision) => {
                    let text = general(magnitude, precision, self.alternate);
                    let plain = text.chars().all(|c| c.is_ascii_digit());
                    if plain && text.len() < precision.max(1) { text + ".0" } else { text }
                }
            },
            Some('f' | 'F') => fixed(magnitude, self.precision.unwrap_or(6), self.alternate),
            Some('e' | 'E') => scientific(magnitude, self.precision.unwrap_or(6), self.alternate),
            Some('g' | 'G' | 'n') => general(magnitude, self.precision.unwrap_or(6), self.alternate),
            Some('%') => fixed(magnitude * 100.0, self.precision.unwrap_or(6), self.alternate) + "%",
            Some(_) => return Err(self.unknown("float")),
        };
        let body = if matches!(kind, Some('E' | 'F' | 'G')) { body.to_uppercase() } else { body };
        let sign = self.sign_of(number.is_sign_negative() && !number.is_nan());
        let (whole, rest) = body.split_at(body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len()));
        let body = self.grouped(whole, 3) + rest;
        Ok(self.padded(sign, &body, '>'))
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (_, Some('+')) => "+",
            (_, Some(' ')) => " ",
            _ => "",
        }
    }

    fn grouped(&self, digits: &str, size: usize) -> String {
        let Some(separator) = self.grouping else { return digits.to_owned() };
        let mut out = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % size == 0 {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    fn padded(&self, sign: &str, body: &str, default_align: char) -> String {
        let missing = self.width.saturating_sub(sign.chars().count() + body.chars().count());
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let zero_align = if default_align == '>' { '=' } else { '<' };
        let align = self.align.unwrap_or(if self.zero { zero_align } else { default_align });
        let repeat = |count: usize| fill.to_string().repeat(count);
        match align {
            '<' => format!("{sign}{body}{}", repeat(missing)),
            '^' => format!("{}{sign}{body}{}", repeat(missing / 2), repeat(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", repeat(missing)),
            _ => format!("{}{sign}{body}", repeat(missing)),
        }
    }
}

fn not_finite(number: f64) -> Option<String> {
    if number.is_nan() {
        return Some("nan".to_owned());
    }
    number.is_infinite().then(|| "inf".to_owned())
}

/// The form of `f`, of a number without its sign.
pub fn fixed(number: f64, precision: usize, alternate: bool) -> String {
    not_finite(number).unwrap_or_else(|| {
        let text = format!("{number:.precision$}");
        if alternate && precision == 0 { text + "." } else { text }
    })
}

/// The form of `e`, of a number without its sign.
pub fn scientific(number: f64, precision: usize, alternate: bool) -> String {
    not_finite(number).unwrap_or_else(|| {
        let text = format!("{number:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let dot = if alternate && precision == 0 { "." } else { "" };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}{dot}e{sign}{:02}", exponent.abs())
    })
}

/// The form of `g`, of a number without its sign.
pub fn general(number: f64, precision: usize, alternate: bool) -> String {
    if let Some(text) = not_finite(number) {
        return text;
    }
    let precision = precision.max(1);
    let rounded = format!("{number:.*e}", precision - 1);
    let exponent: i32 = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let without_zeros = |text: &str| {
        if alternate || !text.contains('.') {
            return text.to_owned();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if exponent < -4 || exponent >= precision as i32 {
        let text = scientific(number, precision - 1, alternate);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{exponent}", without_zeros(mantissa));
    }
    let decimals = usize::try_from(precision as i32 - 1 - exponent).unwrap_or(0);
    without_zeros(&fixed(number, decimals, alternate))
}
