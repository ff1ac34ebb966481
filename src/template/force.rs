//! From objects to finished data: for plain plugins, and for what a render gives back.

use std::sync::Arc;

use super::{Marker, Object, Result, TemplateError};
use crate::data::{Data, Map, Value};

/// Data is not nested deeper; a list that holds itself would have no end.
const DEEPEST: usize = 400;

/// What the data is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// An argument of a plugin: whatever can be looped over is a list.
    Argument,
    /// The result of a render: omit drops out, text is no template any more.
    Result,
}

impl Object {
    /// Finished data for a plugin; raises what waits inside.
    pub fn to_value(&self) -> Result<Value> {
        force(self, Purpose::Argument, 0)
    }

    /// The result of a render: no omit, nothing that could be rendered again.
    pub fn to_result(&self) -> Result<Value> {
        match self {
            Object::Omit => {
                Err(TemplateError::new(super::ErrorKind::Omitted, "A template was resolved to an Omit scalar."))
            }
            other => force(other, Purpose::Result, 0),
        }
    }
}

fn force(object: &Object, purpose: Purpose, depth: usize) -> Result<Value> {
    if depth > DEEPEST {
        return Err(TemplateError::failure("maximum recursion depth exceeded"));
    }
    let depth = depth + 1;
    match object {
        Object::Value(value) if purpose == Purpose::Result => Ok(distrusted(value)),
        Object::Value(value) => Ok(value.clone()),
        Object::List(list) => {
            if let Some(items) = list.as_data().filter(|(items, lazy)| !lazy || !items.iter().any(waits)) {
                let value = Value::new(Data::List(items.0), list.origin.clone());
                return Ok(if purpose == Purpose::Result { distrusted(&value) } else { value });
            }
            let items = force_all(&list.items(), purpose, depth)?;
            Ok(Value::new(Data::List(Arc::new(items)), list.origin.clone()))
        }
        Object::Tuple(items) => {
            let items = force_all(&items.iter().map(Object::resolved).collect::<Vec<_>>(), purpose, depth)?;
            Ok(Data::Tuple(Arc::new(items)).into())
        }
        Object::Dict(dict) => {
            let ready = dict.as_data().filter(|(map, lazy)| !lazy || !map.values().any(waits));
            // A tuple as a key needs a look of its own below.
            let has_tuple = |map: &Map| map.keys().any(|key| matches!(key.data, Data::Tuple(_)));
            if let Some(map) = ready.filter(|(map, _)| purpose == Purpose::Argument || !has_tuple(map)) {
                let value = Value::new(Data::Map(map.0), dict.origin.clone());
                return Ok(if purpose == Purpose::Result { distrusted(&value) } else { value });
            }
            let mut map = Map::with_capacity(dict.len());
            for (key, item) in dict.items() {
                if purpose == Purpose::Result && matches!(item, Object::Omit) {
                    continue;
                }
                if purpose == Purpose::Result && matches!(key.data, Data::Tuple(_)) {
                    // Tuples become lists in results, and those cannot be keys.
                    return Err(TemplateError::failure("unhashable type: 'list'"));
                }
                map.insert(key, force(&item, purpose, depth)?);
            }
            Ok(Value::new(Data::Map(Arc::new(map)), dict.origin.clone()))
        }
        Object::Lazy(lazy) => force(&lazy.resolve(), purpose, depth),
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => Err(error.clone()),
            Marker::Nothing(_) => Err(unsupported("Undefined")),
        },
        Object::Omit => Err(unsupported("_OmitType")),
        Object::Native(native) => {
            if let Some(object) = native.as_object() {
                return force(&object, purpose, depth);
            }
            match native.items() {
                Some(items) if purpose == Purpose::Argument => Ok(force_all(&items?, purpose, depth)?.into()),
                _ => Err(unsupported(native.type_name())),
            }
        }
    }
}

fn force_all(items: &[Object], purpose: Purpose, depth: usize) -> Result<Vec<Value>> {
    items
        .iter()
        .filter(|item| purpose == Purpose::Argument || !matches!(item, Object::Omit))
        .map(|item| force(item, purpose, depth))
        .collect()
}

fn unsupported(type_name: &str) -> TemplateError {
    TemplateError::failure(format!("Type '{type_name}' is unsupported for variable storage."))
}

/// Whether something inside must be rendered or decrypted first.
pub(super) fn waits(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => text.may_be_template(),
        Data::Vaulted(_) => true,
        Data::List(items) | Data::Tuple(items) => items.iter().any(waits),
        Data::Map(map) => map.values().any(waits),
        _ => false,
    }
}

/// The same data, in which no text is a template. Shared where that is so already.
fn distrusted(value: &Value) -> Value {
    fn could_render(value: &Value) -> bool {
        match &value.data {
            Data::Text(text) => text.may_be_template(),
            Data::List(items) | Data::Tuple(items) => items.iter().any(could_render),
            Data::Set(items) => items.iter().any(could_render),
            Data::Map(map) => map.values().any(could_render),
            _ => false,
        }
    }
    if !could_render(value) {
        return value.clone();
    }
    value.untrusted()
}
