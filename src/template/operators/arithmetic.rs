//! `+ - * / // % **` and signs.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use super::order::{Number, number};
use super::{percent, refuse_nothing};
use crate::data::{Data, Value};
use crate::template::dates;
use crate::template::syntax::Operator;
use crate::template::{Markup, Object, Result, TemplateError};

/// Integers larger than this are refused: nobody needs them, and they take all memory.
const MOST_BITS: u64 = 4_000_000;
/// Texts and lists are not repeated beyond this length.
const LONGEST: usize = 100_000_000;

/// `-object`.
pub fn negative(object: &Object) -> Result<Object> {
    refuse_nothing(object)?;
    let value = match object {
        Object::Value(value) => value,
        other => return signed(other, "-", dates::negative),
    };
    match number(value) {
        Some(Number::Float(number)) => Ok(Object::Value((-number).into())),
        Some(Number::Small(number)) if number != i64::MIN => Ok(Object::from(-number)),
        Some(number) => Ok(Object::Value(Value::big(-number.big()))),
        None => Err(bad_operand("-", value.type_name())),
    }
}

/// `+object`.
pub fn positive(object: &Object) -> Result<Object> {
    refuse_nothing(object)?;
    match object {
        Object::Value(value) => match number(value) {
            Some(Number::Small(number)) => Ok(Object::from(number)),
            Some(_) => Ok(object.clone()),
            None => Err(bad_operand("+", value.type_name())),
        },
        other => signed(other, "+", |other| Some(other.clone())),
    }
}

fn signed(object: &Object, sign: &str, work: impl Fn(&Object) -> Option<Object>) -> Result<Object> {
    match object {
        Object::Native(native) if native.type_name() == "timedelta" => {
            work(object).ok_or_else(|| bad_operand(sign, "timedelta"))
        }
        other => Err(bad_operand(sign, other.type_name())),
    }
}

fn bad_operand(sign: &str, type_name: &str) -> TemplateError {
    format!("bad operand type for unary {sign}: '{type_name}'").into()
}

/// One operator on two operands.
pub fn arithmetic(operator: Operator, left: &Object, right: &Object) -> Result<Object> {
    refuse_nothing(left)?;
    refuse_nothing(right)?;
    if let Some(text) = left.downcast::<Markup>() {
        return arithmetic(operator, &Object::text(text.as_str()), right);
    }
    if let Some(text) = right.downcast::<Markup>() {
        return arithmetic(operator, left, &Object::text(text.as_str()));
    }
    if let (Object::Value(a), Object::Value(b)) = (left, right)
        && let (Some(a), Some(b)) = (number(a), number(b))
    {
        return numbers(operator, &a, &b).map(Object::Value);
    }
    if let Some(result) = dates::arithmetic(operator, left, right) {
        return result;
    }
    match operator {
        Operator::Add => add(left, right),
        Operator::Multiply => multiply(left, right),
        Operator::Subtract => subtract(left, right),
        Operator::Remainder if left.as_str().is_some() => {
            percent::format(left.as_str().unwrap_or_default(), right).map(Object::text)
        }
        _ => Err(unsupported(operator, left, right)),
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::FloorDivide => "//",
        Operator::Remainder => "%",
        Operator::Power => "** or pow()",
    }
}

fn unsupported(operator: Operator, left: &Object, right: &Object) -> TemplateError {
    let (symbol, left, right) = (symbol(operator), left.type_name(), right.type_name());
    format!("unsupported operand type(s) for {symbol}: '{left}' and '{right}'").into()
}

fn add(left: &Object, right: &Object) -> Result<Object> {
    match (left, right) {
        (Object::List(a), Object::List(b)) => {
            let mut items = a.untouched();
            items.extend(b.untouched());
            Ok(Object::list(items))
        }
        (Object::Tuple(a), Object::Tuple(b)) => {
            Ok(Object::tuple(a.iter().chain(b.iter()).cloned().collect::<Vec<_>>()))
        }
        (Object::Value(a), Object::Value(b)) => match (&a.data, &b.data) {
            (Data::Text(a), Data::Text(b)) => Ok(Object::text(format!("{a}{b}"))),
            (Data::Bytes(a), Data::Bytes(b)) => Ok(bytes([&**a, &**b].concat())),
            (Data::Text(_), _) => Err(cannot_concatenate("str", right)),
            (Data::Bytes(_), _) => Err(format!("can't concat {} to bytes", b.type_name()).into()),
            _ => Err(unsupported(Operator::Add, left, right)),
        },
        (Object::List(_), _) => Err(cannot_concatenate("list", right)),
        (Object::Tuple(_), _) => Err(cannot_concatenate("tuple", right)),
        (Object::Value(a), _) if a.as_str().is_some() => Err(cannot_concatenate("str", right)),
        _ => Err(unsupported(Operator::Add, left, right)),
    }
}

fn cannot_concatenate(what: &str, other: &Object) -> TemplateError {
    format!("can only concatenate {what} (not \"{}\") to {what}", other.type_name()).into()
}

fn bytes(bytes: Vec<u8>) -> Object {
    Object::Value(Data::Bytes(Arc::from(bytes)).into())
}

fn subtract(left: &Object, right: &Object) -> Result<Object> {
    if let (Object::Value(a), Object::Value(b)) = (left, right)
        && let (Data::Set(a), Data::Set(b)) = (&a.data, &b.data)
    {
        let rest = a.iter().filter(|item| !b.contains(*item)).cloned().collect();
        return Ok(Object::Value(Data::Set(Arc::new(rest)).into()));
    }
    Err(unsupported(Operator::Subtract, left, right))
}

/// Repetition of texts and lists.
fn multiply(left: &Object, right: &Object) -> Result<Object> {
    let count_of = |object: &Object| match object {
        Object::Value(Value { data: Data::Int(count), .. }) => Some(usize::try_from(*count).unwrap_or(0)),
        Object::Value(Value { data: Data::Bool(flag), .. }) => Some(usize::from(*flag)),
        _ => None,
    };
    let (sequence, count) = match (count_of(left), count_of(right)) {
        (_, Some(count)) => (left, count),
        (Some(count), _) => (right, count),
        _ => {
            let is_sequence =
                |object: &Object| matches!(object, Object::List(_) | Object::Tuple(_)) || object.as_str().is_some();
            return Err(match (is_sequence(left), is_sequence(right)) {
                (true, _) => format!("can't multiply sequence by non-int of type '{}'", right.type_name()).into(),
                (_, true) => format!("can't multiply sequence by non-int of type '{}'", left.type_name()).into(),
                _ => unsupported(Operator::Multiply, left, right),
            });
        }
    };
    let limit = |length: usize| {
        if length.saturating_mul(count) > LONGEST {
            Err(TemplateError::failure("the result is too large"))
        } else {
            Ok(())
        }
    };
    match sequence {
        Object::List(list) => {
            limit(list.len())?;
            let items = list.untouched();
            Ok(Object::list(items.iter().cycle().take(items.len() * count).cloned().collect()))
        }
        Object::Tuple(items) => {
            limit(items.len())?;
            Ok(Object::tuple(items.iter().cycle().take(items.len() * count).cloned().collect::<Vec<_>>()))
        }
        Object::Value(Value { data: Data::Text(text), .. }) => {
            limit(text.len())?;
            Ok(Object::text(text.repeat(count)))
        }
        Object::Value(Value { data: Data::Bytes(data), .. }) => {
            limit(data.len())?;
            Ok(bytes(data.repeat(count)))
        }
        _ => Err(unsupported(Operator::Multiply, left, right)),
    }
}

fn numbers(operator: Operator, left: &Number, right: &Number) -> Result<Value> {
    if let (Number::Small(a), Number::Small(b)) = (left, right) {
        let quick = match operator {
            Operator::Add => a.checked_add(*b),
            Operator::Subtract => a.checked_sub(*b),
            Operator::Multiply => a.checked_mul(*b),
            _ => None,
        };
        if let Some(result) = quick {
            return Ok(result.into());
        }
    }
    match (left, right) {
        (Number::Float(_), _) | (_, Number::Float(_)) => floats(operator, left.float(), right.float()),
        _ => integers(operator, &left.big(), &right.big()),
    }
}

fn floats(operator: Operator, a: f64, b: f64) -> Result<Value> {
    let by_zero = |words: &str| if b == 0.0 { Err(TemplateError::failure(words)) } else { Ok(()) };
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => {
            by_zero("float division by zero")?;
            a / b
        }
        Operator::FloorDivide => {
            by_zero("float floor division by zero")?;
            floor_division(a, b)
        }
        Operator::Remainder => {
            by_zero("float modulo")?;
            float_remainder(a, b)
        }
        Operator::Power => return float_power(a, b),
    }
    .into())
}

/// The remainder with the sign of the divisor.
fn float_remainder(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        return 0.0_f64.copysign(b);
    }
    if (rest < 0.0) == (b < 0.0) { rest } else { rest + b }
}

fn floor_division(a: f64, b: f64) -> f64 {
    let quotient = (a - float_remainder(a, b)) / b;
    if quotient == 0.0 { 0.0_f64.copysign(a / b) } else { quotient.round() }
}

fn float_power(a: f64, b: f64) -> Result<Value> {
    if a == 0.0 && b < 0.0 {
        return Err("0.0 cannot be raised to a negative power".into());
    }
    if a < 0.0 && b.fract() != 0.0 && a.is_finite() && b.is_finite() {
        return Err("Type 'complex' is unsupported for variable storage.".into());
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err("(34, 'Numerical result out of range')".into());
    }
    Ok(result.into())
}

fn integers(operator: Operator, a: &BigInt, b: &BigInt) -> Result<Value> {
    if a.bits().saturating_add(b.bits()) > MOST_BITS {
        return Err("the result is too large".into());
    }
    let by_zero = |words: &str| if b.is_zero() { Err(TemplateError::failure(words)) } else { Ok(()) };
    Ok(match operator {
        Operator::Add => Value::big(a + b),
        Operator::Subtract => Value::big(a - b),
        Operator::Multiply => Value::big(a * b),
        Operator::Divide => {
            by_zero("division by zero")?;
            return true_division(a, b);
        }
        Operator::FloorDivide => {
            by_zero("integer division or modulo by zero")?;
            Value::big(floor_divide(a, b).0)
        }
        Operator::Remainder => {
            by_zero("integer modulo by zero")?;
            Value::big(floor_divide(a, b).1)
        }
        Operator::Power => return integer_power(a, b),
    })
}

/// Quotient rounded down, and the remainder with the sign of the divisor.
fn floor_divide(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (quotient, rest) = (a / b, a % b);
    if !rest.is_zero() && rest.is_negative() != b.is_negative() { (quotient - 1, rest + b) } else { (quotient, rest) }
}

fn true_division(a: &BigInt, b: &BigInt) -> Result<Value> {
    // Integers that floats hold exactly divide exactly rounded.
    let exact = |number: &BigInt| number.bits() <= 53;
    if exact(a) && exact(b) {
        return Ok((a.to_f64().unwrap_or(0.0) / b.to_f64().unwrap_or(1.0)).into());
    }
    // Otherwise scale, so that the quotient has more bits than a float keeps, and a sticky last bit.
    let shift = 66 - (a.bits() as i64 - b.bits() as i64);
    let (numerator, denominator) = if shift > 0 { (a << shift, b.clone()) } else { (a.clone(), b << -shift) };
    let quotient = &numerator / &denominator;
    let sticky = !(&numerator % &denominator).is_zero();
    let quotient = if sticky { quotient.clone() | BigInt::from(1) } else { quotient };
    let mantissa = quotient.to_f64().unwrap_or(f64::INFINITY);
    let result = mantissa * 2_f64.powi(i32::try_from(-shift).unwrap_or(0));
    if result.is_infinite() {
        return Err("integer division result too large for a float".into());
    }
    Ok(result.into())
}

fn integer_power(a: &BigInt, b: &BigInt) -> Result<Value> {
    if b.is_negative() {
        if a.is_zero() {
            return Err("0.0 cannot be raised to a negative power".into());
        }
        return float_power(a.to_f64().unwrap_or(f64::INFINITY), b.to_f64().unwrap_or(f64::NEG_INFINITY));
    }
    let trivial = a.bits() <= 1;
    let exponent =
        if trivial { b % BigInt::from(2) + BigInt::from(if b.is_zero() { 0 } else { 2 }) } else { b.clone() };
    let exponent = exponent.to_u32().ok_or_else(|| TemplateError::failure("the result is too large"))?;
    if a.bits().saturating_mul(u64::from(exponent)) > MOST_BITS {
        return Err("the result is too large".into());
    }
    Ok(Value::big(a.pow(exponent)))
}
