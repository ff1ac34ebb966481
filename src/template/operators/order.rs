//! Equality, order and membership.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::iterate;
use crate::data::{Data, Date, Value};
use crate::template::access;
use crate::template::dates;
use crate::template::syntax::Comparison;
use crate::template::{Marker, Object, Result, TemplateError};

/// One comparison of two operands that are not undefined.
pub fn compare(comparison: Comparison, left: &Object, right: &Object) -> Result<bool> {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => Ok(!equal(left, right)?),
        Comparison::In => contains(right, left),
        Comparison::NotIn => Ok(!contains(right, left)?),
        Comparison::Less => ordered(left, right, "<"),
        Comparison::LessOrEqual => ordered(left, right, "<="),
        Comparison::Greater => ordered(left, right, ">"),
        Comparison::GreaterOrEqual => ordered(left, right, ">="),
    }
}

/// `left == right`.
pub fn equal(left: &Object, right: &Object) -> Result<bool> {
    nested_equal(left, right, 0)
}

/// Data is not nested deeper; a list that holds itself would have no end.
const DEEPEST: usize = 400;

fn nested_equal(left: &Object, right: &Object, depth: usize) -> Result<bool> {
    if depth > DEEPEST {
        return Err("maximum recursion depth exceeded in comparison".into());
    }
    let depth = depth + 1;
    match (left, right) {
        (Object::Value(left), Object::Value(right)) => Ok(left == right),
        (Object::Lazy(_), _) | (_, Object::Lazy(_)) => nested_equal(&left.resolved(), &right.resolved(), depth),
        (Object::Marker(marker), _) | (_, Object::Marker(marker)) => match &**marker {
            Marker::Error(error) => Err(error.clone()),
            Marker::Nothing(_) => Ok(matches!((left, right), (Object::Marker(a), Object::Marker(b))
                    if matches!((&**a, &**b), (Marker::Nothing(_), Marker::Nothing(_))))),
        },
        (Object::List(a), Object::List(b)) => {
            Ok(Rc::ptr_eq(a, b) || (a.len() == b.len() && all_equal(&a.items(), &b.items(), depth)?))
        }
        (Object::Tuple(a), Object::Tuple(b)) => Ok(a.len() == b.len() && all_equal(a, b, depth)?),
        (Object::Dict(a), Object::Dict(b)) => {
            if Rc::ptr_eq(a, b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, item) in a.items() {
                match b.get(&key) {
                    Some(other) if nested_equal(&item, &other, depth)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Object::Omit, Object::Omit) => Ok(true),
        (Object::Native(a), Object::Native(b)) => Ok(std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b))
            || (a.type_name() == b.type_name() && a.is_comparable() && a.text() == b.text())),
        (Object::Native(native), other) | (other, Object::Native(native)) => match native.as_object() {
            Some(object) => nested_equal(&object, other, depth),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

fn all_equal(left: &[Object], right: &[Object], depth: usize) -> Result<bool> {
    for (a, b) in left.iter().zip(right) {
        if !nested_equal(a, b, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `item in container`.
fn contains(container: &Object, item: &Object) -> Result<bool> {
    match container {
        Object::Dict(dict) => Ok(dict.contains(&access::key(item)?)),
        Object::Value(Value { data: Data::Text(text), .. }) => match item.as_str() {
            Some(part) => Ok(text.contains(part)),
            None => Err(format!("'in <string>' requires string as left operand, not {}", item.type_name()).into()),
        },
        Object::Value(Value { data: Data::Set(items), .. }) => Ok(items.contains(&access::key(item)?)),
        Object::Value(Value { data: Data::Bytes(bytes), .. }) => match item {
            Object::Value(Value { data: Data::Int(number), .. }) => {
                Ok(bytes.iter().any(|byte| i64::from(*byte) == *number))
            }
            Object::Value(Value { data: Data::Bytes(part), .. }) => {
                Ok(part.is_empty() || bytes.windows(part.len()).any(|window| window == &**part))
            }
            _ => Err(format!("a bytes-like object is required, not '{}'", item.type_name()).into()),
        },
        Object::Native(native) if native.is_mapping() => {
            let key = access::key(item)?;
            Ok(iterate(container)?.iter().any(|known| matches!(known, Object::Value(known) if *known == key)))
        }
        Object::Native(native) if native.items().is_none() => {
            Err(format!("argument of type '{}' is not iterable", container.type_name()).into())
        }
        Object::Value(value) if !matches!(value.data, Data::List(_) | Data::Tuple(_) | Data::Map(_)) => {
            Err(format!("argument of type '{}' is not iterable", value.type_name()).into())
        }
        Object::Omit => Err("argument of type '_OmitType' is not iterable".into()),
        _ => {
            for candidate in iterate(container)? {
                // An item that waits with an error raises it, as looking at it does in Python.
                if equal(&candidate.usable()?, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

fn ordered(left: &Object, right: &Object, operator: &'static str) -> Result<bool> {
    if let Some(ordering) = dates::compare(left, right) {
        return Ok(match operator {
            "<" => ordering.is_lt(),
            "<=" => ordering.is_le(),
            ">" => ordering.is_gt(),
            _ => ordering.is_ge(),
        });
    }
    let (a, b) = (order_operand(left)?, order_operand(right)?);
    compare_values(&a, &b, operator)
}

/// Finished data to compare. Other things only have a type name, for the message.
fn order_operand(object: &Object) -> Result<Value> {
    match object {
        Object::Value(value) => Ok(value.clone()),
        Object::Marker(_) => {
            super::refuse_nothing(object)?;
            Ok(Value::NULL)
        }
        Object::Omit => Err("'<' not supported between instances of '_OmitType' and other objects".into()),
        _ => object.to_value(),
    }
}

/// `left < right` on objects.
pub fn less_than(left: &Object, right: &Object) -> Result<bool> {
    ordered(left, right, "<")
}

/// `left < right` on data.
pub fn less_than_values(left: &Value, right: &Value) -> Result<bool> {
    compare_values(left, right, "<")
}

/// One of `<`, `<=`, `>`, `>=` on data, with Python's errors.
pub fn compare_values(left: &Value, right: &Value, operator: &'static str) -> Result<bool> {
    if let (Data::Set(a), Data::Set(b)) = (&left.data, &right.data) {
        let (a_in_b, b_in_a) = (a.iter().all(|item| b.contains(item)), b.iter().all(|item| a.contains(item)));
        return Ok(match operator {
            "<" => a_in_b && !b_in_a,
            "<=" => a_in_b,
            ">" => b_in_a && !a_in_b,
            _ => b_in_a,
        });
    }
    let ordering = order(left, right, operator)?;
    Ok(match operator {
        "<" => ordering == Some(Ordering::Less),
        "<=" => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        ">" => ordering == Some(Ordering::Greater),
        _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// The order of two values; `None` where one is NaN.
fn order(left: &Value, right: &Value, operator: &'static str) -> Result<Option<Ordering>> {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Ok(number_order(&a, &b));
    }
    match (&left.data, &right.data) {
        (Data::Text(a), Data::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        (Data::Bytes(a), Data::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Data::List(a), Data::List(b)) | (Data::Tuple(a), Data::Tuple(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                if a != b {
                    return order(a, b, operator);
                }
            }
            Ok(Some(a.len().cmp(&b.len())))
        }
        (Data::Date(a), Data::Date(b)) => date_order(a, b, operator),
        _ => Err(unordered(left.type_name(), right.type_name(), operator)),
    }
}

fn unordered(left: &str, right: &str, operator: &str) -> TemplateError {
    format!("'{operator}' not supported between instances of '{left}' and '{right}'").into()
}

fn date_order(left: &Date, right: &Date, operator: &str) -> Result<Option<Ordering>> {
    match (left, right) {
        (Date::Day(a), Date::Day(b)) => Ok(Some(a.cmp(b))),
        (Date::Time(a), Date::Time(b)) => Ok(Some(a.cmp(b))),
        (Date::Moment(a, None), Date::Moment(b, None)) => Ok(Some(a.cmp(b))),
        (Date::Moment(a, Some(a_offset)), Date::Moment(b, Some(b_offset))) => {
            let seconds = |moment: &jiff::civil::DateTime, offset: i32| {
                let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp().as_nanosecond());
                moment.unwrap_or_default() - i128::from(offset) * 1_000_000_000
            };
            Ok(Some(seconds(a, *a_offset).cmp(&seconds(b, *b_offset))))
        }
        (Date::Moment(..), Date::Moment(..)) => Err("can't compare offset-naive and offset-aware datetimes".into()),
        _ => {
            let name = |date: &Date| match date {
                Date::Day(_) => "datetime.date",
                Date::Time(_) => "datetime.time",
                Date::Moment(..) => "datetime.datetime",
            };
            Err(unordered(name(left), name(right), operator))
        }
    }
}

pub(super) enum Number {
    Int(BigInt),
    Small(i64),
    Float(f64),
}

pub(super) fn number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Bool(flag) => Some(Number::Small(i64::from(*flag))),
        Data::Int(number) => Some(Number::Small(*number)),
        Data::Big(number) => Some(Number::Int((**number).clone())),
        Data::Float(number) => Some(Number::Float(*number)),
        _ => None,
    }
}

fn number_order(left: &Number, right: &Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Small(a), Number::Small(b)) => Some(a.cmp(b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
        (Number::Float(a), b) => float_order(*a, &b.big()),
        (a, Number::Float(b)) => float_order(*b, &a.big()).map(Ordering::reverse),
        (a, b) => Some(a.big().cmp(&b.big())),
    }
}

/// A float against an integer, exactly.
fn float_order(float: f64, integer: &BigInt) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole: BigInt = num_traits::FromPrimitive::from_f64(float.floor())?;
    Some(match whole.cmp(integer) {
        Ordering::Equal if float.fract() != 0.0 => Ordering::Greater,
        other => other,
    })
}

impl Number {
    pub fn big(&self) -> BigInt {
        match self {
            Number::Int(number) => number.clone(),
            Number::Small(number) => BigInt::from(*number),
            Number::Float(number) => num_traits::FromPrimitive::from_f64(number.trunc()).unwrap_or_default(),
        }
    }

    pub fn float(&self) -> f64 {
        match self {
            Number::Int(number) => number.to_f64().unwrap_or(f64::INFINITY),
            Number::Small(number) => *number as f64,
            Number::Float(number) => *number,
        }
    }
}
