//! Methods of mappings.

use std::rc::Rc;

use super::list::missing_key;
use crate::data::Value;
use crate::template::operators::iterate;
use crate::template::{Arguments, Dict, Object, Result, TemplateError, access};

pub(super) const NAMES: &[&str] =
    &["clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

pub(super) fn call(dict: &Rc<Dict>, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    Ok(match name {
        "clear" => {
            dict.change(indexmap::IndexMap::clear);
            Object::NULL
        }
        "copy" => dict.change(|items| Object::dict(items.iter().map(|(key, item)| (key.clone(), item.clone())))),
        "fromkeys" => {
            let keys = iterate(&arguments.required_object("iterable")?)?;
            let value = arguments.optional_object("value")?.unwrap_or(Object::NULL);
            let keys = keys.iter().map(access::key).collect::<Result<Vec<_>>>()?;
            Object::dict(keys.into_iter().map(|key| (key, value.clone())))
        }
        "get" => {
            let key = access::key(&arguments.required_object("key")?)?;
            let default = arguments.optional_object("default")?;
            dict.get(&key).or(default).unwrap_or(Object::NULL)
        }
        "items" => {
            let pairs =
                dict.items().into_iter().map(|(key, item)| Ok(Object::tuple(vec![Object::Value(key), item.usable()?])));
            Object::list(pairs.collect::<Result<_>>()?)
        }
        "keys" => Object::list(dict.keys().into_iter().map(Object::Value).collect()),
        "values" => {
            let values = dict.items().into_iter().map(|(_, item)| item.usable());
            Object::list(values.collect::<Result<_>>()?)
        }
        "pop" => {
            let key = access::key(&arguments.required_object("key")?)?;
            let default = arguments.optional_object("default")?;
            match dict.change(|items| items.shift_remove(&key)).map(|item| item.resolved()).or(default) {
                Some(item) => item,
                None => return Err(missing_key(&key)),
            }
        }
        "popitem" => match dict.change(indexmap::IndexMap::pop) {
            Some((key, item)) => Object::tuple(vec![Object::Value(key), item.resolved()]),
            None => return Err("'popitem(): dictionary is empty'".into()),
        },
        "setdefault" => {
            let key = access::key(&arguments.required_object("key")?)?;
            let default = arguments.optional_object("default")?.unwrap_or(Object::NULL);
            if let Some(item) = dict.get(&key) {
                return Ok(item);
            }
            dict.change(|items| items.insert(key, default.clone()));
            default
        }
        "update" => {
            let other = arguments.optional_object("other")?;
            let mut pairs = other.map_or_else(|| Ok(Vec::new()), |other| pairs_of(&other))?;
            let keywords = arguments.keyword_objects();
            pairs.extend(keywords.into_iter().map(|(name, value)| (Value::text(name), value)));
            dict.change(|items| items.extend(pairs));
            Object::NULL
        }
        _ => return Err(format!("'dict' object has no attribute '{name}'").into()),
    })
}

/// The pairs that a mapping is made of: those of another one, or a sequence of two items each.
pub fn pairs_of(object: &Object) -> Result<Vec<(Value, Object)>> {
    if let Object::Dict(dict) = object {
        return Ok(dict.change(|items| items.iter().map(|(key, item)| (key.clone(), item.clone())).collect()));
    }
    let mut pairs = Vec::new();
    for (index, pair) in iterate(object)?.iter().enumerate() {
        let parts = iterate(pair).map_err(|error| {
            if error.is_undefined() {
                return error;
            }
            TemplateError::failure(format!("cannot convert dictionary update sequence element #{index} to a sequence"))
        })?;
        let [key, value] = parts.as_slice() else {
            return Err(format!(
                "dictionary update sequence element #{index} has length {}; 2 is required",
                parts.len()
            )
            .into());
        };
        pairs.push((access::key(key)?, value.clone()));
    }
    Ok(pairs)
}
