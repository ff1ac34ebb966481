//! Attributes, items and slices, by Jinja's order: `a.b` is the attribute first, `a['b']` the item.

use std::sync::Arc;

use super::globals::Range;
use super::{Context, Marker, Object, Result, TemplateError, methods};
use crate::data::{Data, Text, Value};

/// What a missing attribute is looked up as.
enum Missing<'a> {
    Attribute(&'a str),
    Item(&'a Object),
}

/// `object.name`.
pub fn attribute(object: &Object, name: &str, context: &Context) -> Result<Object> {
    if let Some(marker) = passed_on(object)? {
        return Ok(marker);
    }
    if let Object::Native(native) = object {
        if let Some(found) = native.clone().attribute(name, context) {
            return found;
        }
        if native.is_mapping()
            && let Some(mapping) = native.as_object()
            && let Some(found) = methods::attribute(&mapping, name)
        {
            return found;
        }
        if name.starts_with("__") {
            return Ok(unsafe_attribute(object, name));
        }
        if let Some(found) = native.clone().item(&Object::text(name), context) {
            return found;
        }
        return Ok(missing(object, &Missing::Attribute(name)));
    }
    if let Some(found) = methods::attribute(object, name) {
        return found;
    }
    if is_unsafe(object, name) {
        return Ok(unsafe_attribute(object, name));
    }
    if let Object::Dict(dict) = object
        && let Some(item) = dict.get_text(name)
    {
        return Ok(item);
    }
    Ok(missing(object, &Missing::Attribute(name)))
}

/// `object[key]`.
pub fn item(object: &Object, key: &Object, context: &Context) -> Result<Object> {
    if let Some(marker) = passed_on(object)? {
        return Ok(marker);
    }
    let found = match object {
        Object::Native(native) => native.clone().item(key, context).transpose()?,
        Object::Dict(dict) => match key {
            Object::Value(Value { data: Data::Text(text), .. }) => dict.get_text(text),
            // What cannot be a key is just not there.
            _ => self::key(key).ok().and_then(|key| dict.get(&key)),
        },
        Object::List(list) => index(key, list.len()).and_then(|index| list.get(index)),
        Object::Tuple(items) => index(key, items.len()).and_then(|index| items.get(index).map(Object::resolved)),
        Object::Value(value) => value_item(value, key),
        _ => None,
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let Some(name) = key.as_str() else { return Ok(missing(object, &Missing::Item(key))) };
    if let Some(found) = methods::attribute(object, name) {
        return found;
    }
    if let Object::Native(native) = object
        && let Some(found) = native.clone().attribute(name, context)
    {
        return found;
    }
    if is_unsafe(object, name) {
        return Ok(unsafe_attribute(object, name));
    }
    Ok(missing(object, &Missing::Item(key)))
}

/// A character of a text or a byte of bytes.
fn value_item(value: &Value, key: &Object) -> Option<Object> {
    match &value.data {
        Data::Text(text) if text.is_ascii() => {
            let at = index(key, text.len())?;
            Some(Object::text(&text[at..=at]))
        }
        Data::Text(text) => {
            let at = index(key, text.chars().count())?;
            text.chars().nth(at).map(|character| Object::text(character.to_string()))
        }
        Data::Bytes(bytes) => bytes.get(index(key, bytes.len())?).map(|byte| Object::from(i64::from(*byte))),
        _ => None,
    }
}

/// What undefined gives for its own attributes and items: itself.
fn passed_on(object: &Object) -> Result<Option<Object>> {
    match object {
        Object::Marker(marker) => match &**marker {
            Marker::Error(_) => Ok(Some(object.clone())),
            Marker::Nothing(line) => Err(nothing_used(*line)),
        },
        _ => Ok(None),
    }
}

/// The error for using what an inline `if` without `else` gives.
pub(super) fn nothing_used(line: usize) -> TemplateError {
    TemplateError::failure(format!(
        "the inline if-expression on line {line} evaluated to false and no else section was defined."
    ))
}

/// Python's internals are out of reach.
fn is_unsafe(object: &Object, name: &str) -> bool {
    let is_int = matches!(object, Object::Value(Value { data: Data::Int(_) | Data::Big(_) | Data::Bool(_), .. }));
    let allowed = is_int && matches!(name, "__and__" | "__or__" | "__xor__" | "__lshift__" | "__rshift__");
    name.starts_with("__") && !allowed && methods::is_python_attribute(object, name)
}

fn unsafe_attribute(object: &Object, name: &str) -> Object {
    let type_name = object.type_name();
    Object::undefined(format!("access to attribute '{name}' of '{type_name}' object is unsafe."))
}

fn missing(object: &Object, what: &Missing<'_>) -> Object {
    let type_name = object.type_name();
    let key = match what {
        Missing::Attribute(name) => crate::data::python::text_repr(name),
        Missing::Item(key) => match (object, key.as_str()) {
            (_, Some(name)) => crate::data::python::text_repr(name),
            // A key that is false in any way is told in Jinja's words.
            (_, None) if super::operators::truth(key).is_ok_and(|truth| !truth) => {
                return Object::undefined(format!("{} has no element {}", described(object), shown(key)));
            }
            _ => shown(key),
        },
    };
    Object::undefined(format!("object of type '{type_name}' has no attribute {key}"))
}

/// The object in Jinja's words.
fn described(object: &Object) -> String {
    const LAZY: &str = "ansible._internal._templating._lazy_containers._AnsibleLazyTemplate";
    match object {
        Object::Value(value) if value.is_null() => "None".to_owned(),
        Object::Dict(dict) if dict.is_lazy() => format!("{LAZY}Dict object"),
        Object::List(list) if list.is_lazy() => format!("{LAZY}List object"),
        _ => format!("{} object", object.type_name()),
    }
}

fn shown(key: &Object) -> String {
    let mut text = String::new();
    match super::text::write_repr(key, &mut text) {
        Ok(()) => text,
        Err(_) => "?".to_owned(),
    }
}

/// The place that an index means, counted from the end where it is negative.
fn index(key: &Object, length: usize) -> Option<usize> {
    let Object::Value(value) = key else { return None };
    let index = match value.data {
        Data::Int(index) => index,
        Data::Bool(flag) => i64::from(flag),
        _ => return None,
    };
    let length = i64::try_from(length).ok()?;
    let place = if index < 0 { index + length } else { index };
    usize::try_from(place).ok().filter(|place| (*place as i64) < length)
}

/// The key of a mapping: finished data that can be hashed.
pub fn key(object: &Object) -> Result<Value> {
    match object {
        Object::Value(value) => match value.data {
            Data::Set(_) => Err(TemplateError::failure("unhashable type: 'set'")),
            _ => Ok(value.clone()),
        },
        Object::Tuple(items) => {
            let items = items.iter().map(|item| key(&item.resolved())).collect::<Result<Vec<_>>>()?;
            Ok(Value::tuple(items))
        }
        Object::Marker(_) | Object::Lazy(_) => key(&object.resolved().usable()?),
        _ => Err(format!("unhashable type: '{}'", object.type_name()).into()),
    }
}

/// `object[start:stop:step]`.
pub fn slice(object: &Object, parts: &[Option<Object>]) -> Result<Object> {
    if let Some(marker) = passed_on(object)? {
        return Ok(marker);
    }
    let mut bounds = [None; 3];
    for (bound, part) in bounds.iter_mut().zip(parts) {
        *bound = match part {
            None => None,
            Some(part) if part.is_null() => None,
            Some(Object::Value(Value { data: Data::Int(number), .. })) => Some(*number),
            Some(Object::Value(Value { data: Data::Bool(flag), .. })) => Some(i64::from(*flag)),
            Some(Object::Value(Value { data: Data::Big(number), .. })) => {
                Some(if number.sign() == num_bigint::Sign::Minus { i64::MIN / 4 } else { i64::MAX / 4 })
            }
            Some(_) => {
                return Err("slice indices must be integers or None or have an __index__ method".into());
            }
        };
    }
    let length = match object {
        Object::List(list) => list.len(),
        Object::Tuple(items) => items.len(),
        Object::Value(Value { data: Data::Text(text), .. }) => text.chars().count(),
        Object::Value(Value { data: Data::Bytes(bytes), .. }) => bytes.len(),
        Object::Native(_) if object.downcast::<Range>().is_some() => {
            let [start, stop, step] = bounds;
            return object.downcast::<Range>().map_or_else(|| Ok(Object::NULL), |range| range.slice(start, stop, step));
        }
        Object::Native(native) => match native.items() {
            Some(items) => return slice(&Object::list(items?), parts),
            None => return Ok(missing_slice(object)),
        },
        _ => return Ok(missing_slice(object)),
    };
    let places = places(bounds, length)?;
    Ok(match object {
        Object::List(list) => {
            let items = list.untouched();
            Object::list(places.iter().filter_map(|place| items.get(*place).cloned()).collect())
        }
        Object::Tuple(items) => {
            Object::tuple(places.iter().filter_map(|place| items.get(*place).cloned()).collect::<Vec<_>>())
        }
        Object::Value(Value { data: Data::Bytes(bytes), .. }) => {
            let bytes = places.iter().filter_map(|place| bytes.get(*place).copied()).collect::<Vec<_>>();
            Object::Value(Data::Bytes(Arc::from(bytes)).into())
        }
        Object::Value(Value { data: Data::Text(text), .. }) => Object::text(sliced_text(text, &places)),
        _ => Object::NULL,
    })
}

fn sliced_text(text: &Text, places: &[usize]) -> String {
    let characters: Vec<char> = text.chars().collect();
    places.iter().filter_map(|place| characters.get(*place)).collect()
}

fn missing_slice(object: &Object) -> Object {
    let type_name = object.type_name();
    Object::undefined(format!("object of type '{type_name}' has no attribute slice(None, None, None)"))
}

/// The places that a slice takes, in its order.
fn places(bounds: [Option<i64>; 3], length: usize) -> Result<Vec<usize>> {
    let length = i64::try_from(length).unwrap_or(i64::MAX / 4);
    let step = bounds[2].unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".into());
    }
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| {
        let bound = if bound < 0 { bound.saturating_add(length) } else { bound };
        bound.clamp(lowest, highest)
    };
    let start = bounds[0].map_or(if step > 0 { lowest } else { highest }, clamp);
    let stop = bounds[1].map_or(if step > 0 { highest } else { lowest }, clamp);
    let mut places = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(places)
}
