//! From the text of a scalar to its value: numbers, truth, dates, bytes, with Python's complaints.

use jiff::civil;
use num_bigint::BigInt;
use num_traits::{Num, ToPrimitive};

use crate::data::{Data, Date, Value, python};

/// `!!bool`: any of the six words in any case.
pub fn to_bool(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(true.into()),
        "no" | "false" | "off" => Ok(false.into()),
        other => Err(python::text_repr(other)),
    }
}

/// `!!int`: with `0b`, `0x`, `0` for octal, colons for base 60, underscores anywhere.
pub fn to_int(text: &str) -> Result<Value, String> {
    let text = not_empty(text.replace('_', ""))?;
    let (negative, digits) = split_sign(&text);
    let number = if digits == "0" {
        BigInt::ZERO
    } else if let Some(digits) = digits.strip_prefix("0b") {
        in_base(digits, 2)?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        in_base(digits, 16)?
    } else if digits.starts_with('0') {
        in_base(digits, 8)?
    } else if digits.contains(':') {
        let mut number = BigInt::ZERO;
        for part in digits.split(':') {
            number = number * 60 + in_base(part, 10)?;
        }
        number
    } else {
        in_base(digits, 10)?
    };
    Ok(Value::big(if negative { -number } else { number }))
}

fn in_base(digits: &str, base: u32) -> Result<BigInt, String> {
    let number = match base {
        // Plain digits, by far the most common.
        10 if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            BigInt::from_str_radix(digits, 10).ok()
        }
        _ => python::parse_int_in_base(digits, base),
    };
    number.ok_or_else(|| format!("invalid literal for int() with base {base}: {}", python::text_repr(digits)))
}

/// `!!float`: also `.inf`, `.nan` and base 60.
pub fn to_float(text: &str) -> Result<Value, String> {
    let text = not_empty(text.replace('_', "").to_lowercase())?;
    let (negative, digits) = split_sign(&text);
    let sign = if negative { -1.0 } else { 1.0 };
    let one = |digits: &str| {
        python::parse_float(digits)
            .ok_or_else(|| format!("could not convert string to float: {}", python::text_repr(digits)))
    };
    let number = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ if digits.contains(':') => {
            let (mut number, mut base) = (0.0, 1.0);
            for part in digits.rsplit(':') {
                number += one(part)? * base;
                base *= 60.0;
            }
            number
        }
        _ => one(digits)?,
    };
    Ok((sign * number).into())
}

/// Where the reference looks for a sign.
fn not_empty(text: String) -> Result<String, String> {
    if text.is_empty() { Err("string index out of range".to_owned()) } else { Ok(text) }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `!!timestamp`: a day, or a day and a time.
pub fn to_timestamp(text: &str) -> Result<Value, String> {
    let parts = timestamp_parts(text).ok_or("'NoneType' object has no attribute 'groupdict'")?;
    let day = day_of(&parts)?;
    let Some(time) = parts.time else { return Ok(Data::Date(Date::Day(day)).into()) };
    for (name, value, limit) in [("hour", time.hour, 24), ("minute", time.minute, 60), ("second", time.second, 60)] {
        if value >= limit {
            return Err(format!("{name} must be in 0..{}", limit - 1));
        }
    }
    if let Some(offset) = time.offset.filter(|offset| offset.abs() >= 86_400) {
        return Err(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}.",
            python::timedelta_repr(offset)
        ));
    }
    let clock = civil::time(time.hour as i8, time.minute as i8, time.second as i8, time.microsecond * 1000);
    Ok(Data::Date(Date::Moment(day.to_datetime(clock), time.offset)).into())
}

struct Timestamp {
    year: i32,
    month: i32,
    day: i32,
    time: Option<Clock>,
}

struct Clock {
    hour: i32,
    minute: i32,
    second: i32,
    microsecond: i32,
    offset: Option<i32>,
}

/// Reads numbers and marks one after the other.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<i32> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let number = self.0[..count].iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
        self.0 = &self.0[count..];
        Some(number)
    }

    fn eat(&mut self, wanted: &[u8]) -> Option<u8> {
        let first = *self.0.first().filter(|first| wanted.contains(first))?;
        self.0 = &self.0[1..];
        Some(first)
    }

    fn blanks(&mut self) -> usize {
        let count = self.0.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.0 = &self.0[count..];
        count
    }
}

fn timestamp_parts(text: &str) -> Option<Timestamp> {
    let mut scan = Scan(text.as_bytes());
    let year = scan.digits(4, 4)?;
    scan.eat(b"-")?;
    let month = scan.digits(1, 2)?;
    scan.eat(b"-")?;
    let day = scan.digits(1, 2)?;
    if scan.0.is_empty() {
        return Some(Timestamp { year, month, day, time: None });
    }
    if scan.eat(b"Tt").is_none() && scan.blanks() == 0 {
        return None;
    }
    let hour = scan.digits(1, 2)?;
    scan.eat(b":")?;
    let minute = scan.digits(2, 2)?;
    scan.eat(b":")?;
    let second = scan.digits(2, 2)?;
    let mut microsecond = 0;
    if scan.eat(b".").is_some() {
        let fraction = scan.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = scan.0[..fraction].iter().copied().chain(std::iter::repeat(b'0')).take(6);
        microsecond = digits.fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
        scan.0 = &scan.0[fraction..];
    }
    let before_zone = scan.0;
    scan.blanks();
    let offset = match scan.eat(b"Z+-") {
        None if before_zone.is_empty() => None,
        None => return None,
        Some(b'Z') => Some(0),
        Some(sign) => {
            let hours = scan.digits(1, 2)?;
            let minutes = if scan.eat(b":").is_some() { scan.digits(2, 2)? } else { 0 };
            let seconds = hours * 3600 + minutes * 60;
            Some(if sign == b'-' { -seconds } else { seconds })
        }
    };
    let time = Some(Clock { hour, minute, second, microsecond, offset });
    scan.0.is_empty().then_some(Timestamp { year, month, day, time })
}

fn day_of(parts: &Timestamp) -> Result<civil::Date, String> {
    let (year, month, day) = (parts.year, parts.month, parts.day);
    if year == 0 {
        return Err("year 0 is out of range".to_owned());
    }
    if !(1..=12).contains(&month) {
        return Err("month must be in 1..12".to_owned());
    }
    let small = |number: i32| number.to_i8().unwrap_or(0);
    civil::Date::new(year as i16, small(month), small(day)).map_err(|_| "day is out of range for month".to_owned())
}

/// `!!binary`: base64 as Python's forgiving decoder takes it, which skips what is no digit.
pub fn to_bytes(text: &str) -> Result<Value, String> {
    let odd: Vec<(usize, char)> = text.chars().enumerate().filter(|(_, character)| !character.is_ascii()).collect();
    if let Some((first, character)) = odd.first() {
        let run = odd.iter().enumerate().take_while(|(index, (at, _))| *at == first + index).count();
        let place = if run == 1 {
            let escaped = python::text_repr(&character.to_string());
            let code = u32::from(*character);
            let shown = if escaped.starts_with("'\\") { escaped } else { format!("'{}'", escape(code)) };
            format!("character {shown} in position {first}")
        } else {
            format!("characters in position {first}-{}", first + run - 1)
        };
        return Err(format!(
            "failed to convert base64 data into ascii: 'ascii' codec can't encode {place}: ordinal not in range(128)"
        ));
    }
    let bytes = decode_base64(text).map_err(|problem| format!("failed to decode base64 data: {problem}"))?;
    Ok(Data::Bytes(bytes.into()).into())
}

fn escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let (mut bytes, mut bits, mut digits, mut padding) = (Vec::new(), 0_u32, 0_usize, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                // A full group ends the data; what follows is not looked at.
                if digits % 4 >= 2 && digits % 4 + padding >= 4 {
                    return Ok(bytes);
                }
                continue;
            }
            _ => continue,
        };
        padding = 0;
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        match digits % 4 {
            2 => bytes.push((bits >> 4) as u8),
            3 => bytes.push((bits >> 2) as u8),
            0 => bytes.push(bits as u8),
            _ => {}
        }
    }
    match digits % 4 {
        0 => Ok(bytes),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({digits}) cannot be 1 more than a multiple of 4"
        )),
        _ => Err("Incorrect padding".to_owned()),
    }
}
