//! Python's operators on objects: truth, loops, equality and order, arithmetic.

mod arithmetic;
mod order;
pub(super) mod percent;

pub use arithmetic::{arithmetic, negative, positive};
pub use order::{compare, compare_values, equal, less_than, less_than_values};

use super::access::nothing_used;
use super::{Marker, Object, Result};
use crate::data::{Data, Value};

/// `bool(object)`.
pub fn truth(object: &Object) -> Result<bool> {
    Ok(match object {
        Object::Value(value) => value.is_truthy(),
        Object::List(list) => !list.is_empty(),
        Object::Dict(dict) => !dict.is_empty(),
        Object::Tuple(items) => !items.is_empty(),
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => return Err(error.clone()),
            Marker::Nothing(_) => false,
        },
        Object::Omit => true,
        Object::Lazy(lazy) => return truth(&lazy.resolve()),
        Object::Native(native) => native.is_truthy(),
    })
}

/// The items that a loop over the object goes through.
pub fn iterate(object: &Object) -> Result<Vec<Object>> {
    match object {
        Object::List(list) => Ok(list.items()),
        Object::Tuple(items) => Ok(items.iter().map(Object::resolved).collect()),
        Object::Dict(dict) => Ok(dict.keys().into_iter().map(Object::Value).collect()),
        Object::Value(value) => iterate_value(value),
        Object::Lazy(lazy) => iterate(&lazy.resolve()),
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => Err(error.clone()),
            Marker::Nothing(_) => Ok(Vec::new()),
        },
        Object::Native(native) => match native.items() {
            Some(items) => items,
            None => Err(not_iterable(object)),
        },
        Object::Omit => Err(not_iterable(object)),
    }
}

fn iterate_value(value: &Value) -> Result<Vec<Object>> {
    match &value.data {
        Data::Text(text) => Ok(text.chars().map(|character| Object::text(character.to_string())).collect()),
        Data::Bytes(bytes) => Ok(bytes.iter().map(|byte| Object::from(i64::from(*byte))).collect()),
        Data::Set(items) => Ok(items.iter().cloned().map(Object::from).collect()),
        Data::List(items) | Data::Tuple(items) => Ok(items.iter().cloned().map(Object::from).collect()),
        Data::Map(map) => Ok(map.keys().cloned().map(Object::from).collect()),
        _ => Err(format!("'{}' object is not iterable", value.type_name()).into()),
    }
}

fn not_iterable(object: &Object) -> super::TemplateError {
    format!("'{}' object is not iterable", object.type_name()).into()
}

/// `len(object)`.
pub fn length(object: &Object) -> Result<usize> {
    let length = match object {
        Object::List(list) => Some(list.len()),
        Object::Dict(dict) => Some(dict.len()),
        Object::Tuple(items) => Some(items.len()),
        Object::Value(value) => match &value.data {
            Data::Text(text) => Some(text.chars().count()),
            Data::Bytes(bytes) => Some(bytes.len()),
            Data::Set(items) => Some(items.len()),
            _ => None,
        },
        Object::Native(native) => native.length(),
        Object::Lazy(lazy) => return length_of(&lazy.resolve()),
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => return Err(error.clone()),
            Marker::Nothing(_) => Some(0),
        },
        Object::Omit => None,
    };
    length.ok_or_else(|| format!("object of type '{}' has no len()", object.type_name()).into())
}

fn length_of(object: &Object) -> Result<usize> {
    length(object)
}

/// The error for an operand that an inline `if` without `else` left empty.
fn refuse_nothing(object: &Object) -> Result<()> {
    if let Object::Marker(marker) = object {
        return Err(match &**marker {
            Marker::Error(error) => error.clone(),
            Marker::Nothing(line) => nothing_used(*line),
        });
    }
    Ok(())
}
