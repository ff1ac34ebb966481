//! Filters that compute: logarithms, powers, sizes for people.

use num_bigint::BigInt;
use num_traits::FromPrimitive;

use crate::data::{Value, python};
use crate::template::tools::iterate::{as_float, to_float};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("log", log, "Gives the logarithm, to any base."),
    Filter::plain("pow", power, "Raises to a power."),
    Filter::plain("root", root, "Takes the square root, or any other."),
    Filter::plain("human_readable", human_readable, "Writes a number of bytes with a unit."),
    Filter::plain("human_to_bytes", human_to_bytes, "Reads a number of bytes with a unit."),
];

fn number(value: &Value, who: &str) -> Result<f64> {
    as_float(value).ok_or_else(|| {
        let kind = value.type_name();
        TemplateError::failure(format!("{who} can only be used on numbers: must be real number, not {kind}"))
    })
}

/// A result that is no number in real mathematics, or too large, is refused as Python does.
fn checked(result: f64, operands: &[f64]) -> Result<Value> {
    if operands.iter().all(|operand| operand.is_finite()) {
        if result.is_nan() {
            return Err("math domain error".into());
        }
        if result.is_infinite() {
            return Err("math range error".into());
        }
    }
    Ok(result.into())
}

fn logarithm(operand: f64) -> Result<f64> {
    if operand <= 0.0 {
        return Err("math domain error".into());
    }
    Ok(operand.ln())
}

fn log(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let base = args.or("base", std::f64::consts::E)?;
    let operand = number(input, "log()")?;
    let base = number(&base, "log()")?;
    if base == 10.0 {
        return if operand > 0.0 { Ok(operand.log10().into()) } else { Err("math domain error".into()) };
    }
    let (top, bottom) = (logarithm(operand)?, logarithm(base)?);
    if bottom == 0.0 {
        return Err("float division by zero".into());
    }
    Ok((top / bottom).into())
}

fn power(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let exponent = args.required("y")?;
    let (operand, exponent) = (number(input, "pow()")?, number(&exponent, "pow()")?);
    if operand == 0.0 && exponent < 0.0 {
        return Err("math domain error".into());
    }
    checked(operand.powf(exponent), &[operand, exponent])
}

fn root(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let base = args.or("base", 2_i64)?;
    if base == Value::from(2_i64) {
        let operand = number(input, "root()")?;
        return real_root(operand.sqrt(), operand);
    }
    let base = to_float(&base)
        .map_err(|error| TemplateError::failure(format!("root() can only be used on numbers: {error}")))?;
    if base == 0.0 {
        return Err("float division by zero".into());
    }
    let operand = number(input, "root()")?;
    real_root(operand.powf(1.0 / base), operand)
}

fn real_root(result: f64, operand: f64) -> Result<Value> {
    checked(result, &[operand]).map_err(|_| "root() can only be used on numbers: math domain error".into())
}

/// The units, largest first.
const UNITS: [(char, u32); 9] =
    [('Y', 80), ('Z', 70), ('E', 60), ('P', 50), ('T', 40), ('G', 30), ('M', 20), ('K', 10), ('B', 0)];

fn human_readable(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let is_bits = args.flag("isbits", false)?;
    let unit = args.unless_null("unit")?;
    let Some(size) = as_float(input) else {
        let kind = input.type_name();
        let message = format!("'>=' not supported between instances of '{kind}' and 'int'");
        return Err(format!("human_readable() failed on bad input: {message}").into());
    };
    let unit = unit.map(|unit| python::str(&unit).to_uppercase());
    let chosen = UNITS.iter().find(|(letter, shift)| match &unit {
        None => size >= 2_f64.powi(*shift as i32),
        Some(unit) => *unit == letter.to_string(),
    });
    let (letter, shift) = chosen.copied().unwrap_or(('B', 0));
    let base = if is_bits { "bits" } else { "Bytes" };
    let suffix = if shift == 0 { base.to_owned() } else { format!("{letter}{}", &base[..1]) };
    Ok(format!("{:.2} {suffix}", size / 2_f64.powi(shift as i32)).into())
}

fn human_to_bytes(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let default_unit = args.unless_null("default_unit")?.map(|unit| python::str(&unit));
    let is_bits = args.flag("isbits", false)?;
    let text = python::str(input);
    let (number, unit) = number_and_unit(&text).ok_or_else(|| {
        TemplateError::failure(format!(
            "human_to_bytes() can't interpret the input: human_to_bytes() can't interpret following string: {text}"
        ))
    })?;
    let unit = Some(unit).filter(|unit| !unit.is_empty()).map(str::to_owned).or(default_unit);
    let Some(unit) = unit.filter(|unit| !unit.is_empty()) else {
        return Ok(whole(number));
    };
    let letter = unit.chars().next().map_or(' ', |first| first.to_ascii_uppercase());
    let Some((_, shift)) = UNITS.iter().find(|(known, _)| *known == letter) else {
        return Err(format!(
            "human_to_bytes() can't interpret the input: human_to_bytes() failed to convert {text} (unit = {unit}). \
             The suffix must be one of Y, Z, E, P, T, G, M, K, B"
        )
        .into());
    };
    check_unit(&unit, letter, is_bits, &text)?;
    Ok(whole(number * 2_f64.powi(*shift as i32)))
}

/// Python rounds half to even.
fn whole(number: f64) -> Value {
    BigInt::from_f64(number.round_ties_even()).map_or(Value::NULL, Value::big)
}

/// `12`, `1.5`, `.5`, blanks, letters, blanks.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.ends_with('.') || digits.matches('.').count() > 1 || digits.is_empty() {
        return None;
    }
    let unit = rest.trim();
    unit.chars().all(|c| c.is_ascii_alphabetic()).then_some(())?;
    Some((digits.parse().ok()?, unit))
}

/// Longer units must say whether they count bytes or bits, and mean the same as the caller.
fn check_unit(unit: &str, letter: char, is_bits: bool, text: &str) -> Result<()> {
    let (short, long) = if is_bits { ('b', "bit") } else { ('B', "byte") };
    let prefix = match letter {
        'B' => "",
        'K' => "kilo",
        'M' => "mega",
        'G' => "giga",
        'T' => "tera",
        'P' => "peta",
        'E' => "exa",
        // So spelled in the reference.
        'Z' => "zeta",
        _ => "yotta",
    };
    let abbreviation = if letter == 'B' { String::from(short) } else { format!("{letter}{short}") };
    if unit.chars().count() == 1 || unit == abbreviation || unit.to_lowercase() == format!("{prefix}{long}") {
        return Ok(());
    }
    let other = if letter == 'B' { long.to_owned() } else { letter.to_string() };
    Err(format!(
        "human_to_bytes() can't interpret the input: human_to_bytes() failed to convert {text}. \
         Value is not a valid string (expect {abbreviation} or {other})"
    )
    .into())
}
