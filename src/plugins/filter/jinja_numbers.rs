//! Jinja's filters on numbers.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

use crate::data::{Data, Value, python};
use crate::template::spec::fixed;
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("abs", abs, "A number without its sign."),
    Filter::plain("filesizeformat", filesizeformat, "A number of bytes for people."),
    Filter::plain("float", float, "A floating point number, or a default."),
    Filter::plain("int", int, "A whole number, or a default."),
    Filter::plain("round", round, "A number with fewer digits."),
];

fn abs(input: &Value, _args: &mut Arguments<'_>) -> Result<Value> {
    match &input.data {
        Data::Bool(flag) => Ok(i64::from(*flag).into()),
        Data::Int(number) => Ok(Value::big(BigInt::from(*number).abs())),
        Data::Big(number) => Ok(Value::big(number.abs())),
        Data::Float(number) => Ok(number.abs().into()),
        _ => Err(format!("bad operand type for abs(): '{}'", input.type_name()).into()),
    }
}

/// The whole part of a float.
fn truncated(number: f64) -> Option<Value> {
    Some(Value::big(BigInt::from_f64(number.trunc())?))
}

fn int(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let default = args.or("default", 0_i64)?;
    let base = args.or("base", 10_i64)?;
    let number = match &input.data {
        Data::Text(text) => {
            let base = base.as_int().and_then(|base| u32::try_from(base).ok()).unwrap_or(10);
            python::parse_int_in_base(text, base)
                .map(Value::big)
                .or_else(|| python::parse_float(text).and_then(truncated))
        }
        Data::Bool(flag) => Some(i64::from(*flag).into()),
        Data::Int(_) | Data::Big(_) => Some(input.clone()),
        Data::Float(number) => truncated(*number),
        Data::Bytes(bytes) => std::str::from_utf8(bytes).ok().and_then(python::parse_int).map(Value::big),
        _ => None,
    };
    Ok(number.unwrap_or(default))
}

fn float(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let default = args.or("default", 0.0)?;
    let number = match &input.data {
        Data::Text(text) => python::parse_float(text),
        Data::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Data::Int(number) => Some(*number as f64),
        Data::Big(number) => number.to_f64(),
        Data::Float(number) => Some(*number),
        _ => None,
    };
    Ok(number.map_or(default, Value::from))
}

fn round(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let precision = args.or("precision", 0_i64)?;
    let method = args.text("method", "common")?;
    let Some(digits) = precision.as_int() else {
        return Err(format!("'{}' object cannot be interpreted as an integer", precision.type_name()).into());
    };
    let digits = i32::try_from(digits).unwrap_or(0).clamp(-400, 400);
    if !matches!(&*method, "common" | "ceil" | "floor") {
        return Err("method must be common, ceil or floor".into());
    }
    let number = match &input.data {
        Data::Float(number) => *number,
        Data::Int(_) | Data::Big(_) | Data::Bool(_) if &*method == "common" => return rounded_integer(input, digits),
        Data::Int(number) => *number as f64,
        Data::Bool(flag) => f64::from(u8::from(*flag)),
        Data::Big(number) => number.to_f64().unwrap_or(f64::INFINITY),
        _ if &*method == "common" => {
            return Err(format!("type {} doesn't define __round__ method", input.type_name()).into());
        }
        _ => return Err(format!("unsupported operand type(s) for *: '{}' and 'int'", input.type_name()).into()),
    };
    if &*method == "common" {
        return Ok(rounded(number, digits).into());
    }
    let factor = 10_f64.powi(digits);
    let scaled = number * factor;
    if !scaled.is_finite() {
        let what = if scaled.is_nan() { "NaN" } else { "infinity" };
        return Err(TemplateError::failure(format!("cannot convert float {what} to integer")));
    }
    let whole = if &*method == "ceil" { scaled.ceil() } else { scaled.floor() };
    Ok((whole / factor).into())
}

/// `round(float, digits)`: halves of the exact binary value go to the even digit.
fn rounded(number: f64, digits: i32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    if let Ok(digits @ 0..) = usize::try_from(digits) {
        return fixed(number.abs(), digits.min(340), false).parse::<f64>().unwrap_or(number).copysign(number);
    }
    let factor = 10_f64.powi(-digits);
    if !factor.is_finite() {
        return 0.0_f64.copysign(number);
    }
    (number / factor).round_ties_even() * factor
}

/// `round(int, digits)`: stays an integer.
fn rounded_integer(input: &Value, digits: i32) -> Result<Value> {
    let number = match &input.data {
        Data::Int(number) => BigInt::from(*number),
        Data::Big(number) => (**number).clone(),
        Data::Bool(flag) => BigInt::from(u8::from(*flag)),
        _ => return Err("an integer is required".into()),
    };
    let Ok(drop @ 1..) = u32::try_from(-digits) else { return Ok(Value::big(number)) };
    let unit = BigInt::from(10).pow(drop);
    let mut quotient = &number / &unit;
    let twice = (&number % &unit).abs() * 2;
    let is_odd = !(&quotient % 2_i32).is_zero();
    if twice > unit || (twice == unit && is_odd) {
        quotient += if number.is_negative() { -1 } else { 1 };
    }
    Ok(Value::big(quotient * unit))
}

fn filesizeformat(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let binary = args.flag("binary", false)?;
    let bytes = match &input.data {
        Data::Text(text) => python::parse_float(text).ok_or_else(|| {
            TemplateError::failure(format!("could not convert string to float: {}", python::text_repr(text)))
        })?,
        Data::Bool(flag) => f64::from(u8::from(*flag)),
        Data::Int(number) => *number as f64,
        Data::Big(number) => number.to_f64().unwrap_or(f64::INFINITY),
        Data::Float(number) => *number,
        _ => {
            return Err(
                format!("float() argument must be a string or a real number, not '{}'", input.type_name()).into()
            );
        }
    };
    let base = if binary { 1024.0 } else { 1000.0 };
    if (bytes - 1.0).abs() < f64::EPSILON {
        return Ok("1 Byte".into());
    }
    if bytes < base {
        return Ok(format!("{} Bytes", bytes.trunc()).into());
    }
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    let binary_prefixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
    let mut unit = base;
    for (place, prefix) in prefixes.iter().enumerate() {
        unit *= base;
        if bytes < unit || place + 1 == prefixes.len() {
            let prefix = if binary { binary_prefixes[place] } else { prefix };
            return Ok(format!("{} {prefix}B", fixed(base * bytes / unit, 1, false)).into());
        }
    }
    Ok(Value::NULL)
}
