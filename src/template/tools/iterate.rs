//! Going over values as Python's `for` does, and small questions about their kinds.

use crate::data::{Data, Value, python};
use crate::template::operators::iterate;
use crate::template::{Object, Result, TemplateError};

/// The items of a value: of a mapping its keys, of a text its characters.
pub fn items_of(value: &Value) -> Result<Vec<Value>> {
    match &value.data {
        Data::List(items) | Data::Tuple(items) => Ok(items.as_ref().clone()),
        Data::Set(items) => Ok(items.iter().cloned().collect()),
        Data::Map(map) => Ok(map.keys().cloned().collect()),
        Data::Text(text) => Ok(text.chars().map(|character| Value::from(character.to_string())).collect()),
        Data::Bytes(bytes) => Ok(bytes.iter().map(|byte| Value::from(*byte)).collect()),
        _ => Err(not_iterable(value.type_name())),
    }
}

/// Whether it can be in a set or be a key.
pub fn is_hashable(value: &Value) -> bool {
    match &value.data {
        Data::List(_) | Data::Map(_) | Data::Set(_) => false,
        Data::Tuple(items) => items.iter().all(is_hashable),
        _ => true,
    }
}

/// A number as a float, where it is one.
pub fn as_float(value: &Value) -> Option<f64> {
    match &value.data {
        Data::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Data::Int(number) => Some(*number as f64),
        Data::Big(number) => num_traits::ToPrimitive::to_f64(&**number),
        Data::Float(number) => Some(*number),
        _ => None,
    }
}

/// `float(value)`: numbers, and texts that say one.
pub fn to_float(value: &Value) -> Result<f64> {
    if let Some(number) = as_float(value) {
        return Ok(number);
    }
    match value.as_str() {
        Some(text) => python::parse_float(text)
            .ok_or_else(|| format!("could not convert string to float: {}", python::text_repr(text)).into()),
        None => Err(format!("float() argument must be a string or a real number, not '{}'", value.type_name()).into()),
    }
}

/// `int(value)`: numbers without what is behind the point, and texts that say a whole one.
pub fn to_int(value: &Value) -> Result<i64> {
    let number = match &value.data {
        Data::Bool(flag) => Some(i64::from(*flag)),
        Data::Int(number) => Some(*number),
        Data::Float(number) if number.is_finite() => Some(*number as i64),
        Data::Float(_) => return Err("cannot convert float infinity to integer".into()),
        Data::Text(text) => match python::parse_int(text) {
            Some(number) => num_traits::ToPrimitive::to_i64(&number),
            None => {
                let shown = python::text_repr(text);
                return Err(format!("invalid literal for int() with base 10: {shown}").into());
            }
        },
        Data::Big(_) => None,
        _ => {
            let kind = value.type_name();
            return Err(
                format!("int() argument must be a string, a bytes-like object or a real number, not '{kind}'").into()
            );
        }
    };
    number.ok_or_else(|| "Python int too large to convert to C long".into())
}

pub fn not_iterable(type_name: &str) -> TemplateError {
    TemplateError::failure(format!("'{type_name}' object is not iterable"))
}

/// The items of an object, with every one that waits rendered, and errors that wait raised.
pub fn usable_items(object: &Object) -> Result<Vec<Object>> {
    iterate(object)?.into_iter().map(|item| item.resolved().usable()).collect()
}
