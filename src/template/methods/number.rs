//! Methods and attributes of numbers.

use num_bigint::{BigInt, Sign};
use num_traits::FromPrimitive;

use crate::data::{Data, Value};
use crate::template::operators::arithmetic;
use crate::template::syntax::Operator;
use crate::template::{Arguments, Object, Result, TemplateError};

pub(super) const INT_NAMES: &[&str] = &[
    "__and__",
    "__lshift__",
    "__or__",
    "__rshift__",
    "__xor__",
    "as_integer_ratio",
    "bit_count",
    "bit_length",
    "conjugate",
    "to_bytes",
];
pub(super) const FLOAT_NAMES: &[&str] = &["as_integer_ratio", "conjugate", "hex", "is_integer"];

pub(super) fn attribute(value: &Value, name: &str) -> Option<Object> {
    let is_float = matches!(value.data, Data::Float(_));
    Some(match name {
        "real" => Object::Value(value.clone()),
        "imag" if is_float => Object::Value(0.0.into()),
        "imag" => 0_i64.into(),
        "numerator" if !is_float => Object::Value(value.clone()),
        "denominator" if !is_float => 1_i64.into(),
        _ => return None,
    })
}

fn big(value: &Value) -> BigInt {
    match &value.data {
        Data::Bool(flag) => BigInt::from(u8::from(*flag)),
        Data::Int(number) => BigInt::from(*number),
        Data::Big(number) => (**number).clone(),
        Data::Float(number) => BigInt::from_f64(number.trunc()).unwrap_or_default(),
        _ => BigInt::default(),
    }
}

pub(super) fn call(value: &Value, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let number = big(value);
    Ok(match (name, &value.data) {
        ("conjugate", _) => Object::Value(value.clone()),
        ("is_integer", Data::Float(number)) => (number.fract() == 0.0).into(),
        ("as_integer_ratio", Data::Float(number)) => ratio(*number)?,
        ("as_integer_ratio", _) => Object::tuple(vec![Object::Value(value.clone()), 1_i64.into()]),
        ("hex", Data::Float(number)) => hex(*number).into(),
        ("bit_length", _) => Object::Value(number.bits().into()),
        ("bit_count", _) => {
            let ones: u32 = number.magnitude().iter_u64_digits().map(u64::count_ones).sum();
            Object::from(i64::from(ones))
        }
        ("to_bytes", _) => to_bytes(&number, arguments)?,
        ("__and__", _) => Object::Value(Value::big(number & operand(arguments)?)),
        ("__or__", _) => Object::Value(Value::big(number | operand(arguments)?)),
        ("__xor__", _) => Object::Value(Value::big(number ^ operand(arguments)?)),
        ("__lshift__" | "__rshift__", _) => {
            let count = operand(arguments)?;
            if count.sign() == Sign::Minus {
                return Err("negative shift count".into());
            }
            let two = Object::from(2_i64);
            let factor = arithmetic(Operator::Power, &two, &Object::Value(Value::big(count)))?;
            let operator = if name == "__lshift__" { Operator::Multiply } else { Operator::FloorDivide };
            arithmetic(operator, &Object::Value(Value::big(number)), &factor)?
        }
        _ => return Err(format!("'{}' object has no attribute '{name}'", value.type_name()).into()),
    })
}

fn operand(arguments: &mut Arguments<'_>) -> Result<BigInt> {
    let value = arguments.required("value")?;
    match value.data {
        Data::Int(_) | Data::Big(_) | Data::Bool(_) => Ok(big(&value)),
        _ => Err(TemplateError::failure(format!("an integer is required, not {}", value.type_name()))),
    }
}

fn to_bytes(number: &BigInt, arguments: &mut Arguments<'_>) -> Result<Object> {
    let length = usize::try_from(arguments.int("length", 1)?).unwrap_or(0);
    let order = arguments.text("byteorder", "big")?;
    let signed = arguments.keyword("signed")?.is_some_and(|value| value.is_truthy());
    if number.sign() == Sign::Minus && !signed {
        return Err("can't convert negative int to unsigned".into());
    }
    let mut bytes = if signed { number.to_signed_bytes_le() } else { number.to_bytes_le().1 };
    if number.sign() == Sign::NoSign {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err("int too big to convert".into());
    }
    bytes.resize(length, if number.sign() == Sign::Minus { 0xff } else { 0 });
    if &*order == "big" {
        bytes.reverse();
    }
    Ok(Object::Value(Data::Bytes(bytes.into()).into()))
}

fn ratio(number: f64) -> Result<Object> {
    if !number.is_finite() {
        return Err("cannot convert Infinity or NaN to integer ratio".into());
    }
    let (mut denominator, mut scaled) = (BigInt::from(1), number);
    while scaled.fract() != 0.0 {
        scaled *= 2.0;
        denominator *= 2;
    }
    let numerator = BigInt::from_f64(scaled).unwrap_or_default();
    Ok(Object::tuple(vec![Object::Value(Value::big(numerator)), Object::Value(Value::big(denominator))]))
}

/// `float.hex`.
fn hex(number: f64) -> String {
    if !number.is_finite() {
        return crate::data::python::float_repr(number);
    }
    let bits = number.to_bits();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let (exponent, fraction) = (((bits >> 52) & 0x7ff) as i64, bits & 0x000f_ffff_ffff_ffff);
    match (exponent, fraction) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!("{sign}0x1.{fraction:013x}p{:+}", exponent - 1023),
    }
}
