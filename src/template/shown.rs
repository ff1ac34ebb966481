//! Values as they are shown to people: what cannot be rendered stands there as its error.

use std::cell::Cell;
use std::sync::Arc;

use super::{ErrorKind, Marker, Object, Result, Templar};
use crate::data::{Data, Map, Value};
use crate::diagnostic::{Diagnostic, Origin};

impl Templar {
    /// The value of an expression for `debug: var=`. Only a syntax error fails.
    pub fn shown(&self, expression: &Arc<str>, origin: &Origin) -> Result<Value> {
        let object = match self.context().evaluate_expression(expression, origin) {
            Ok(object) => object,
            Err(error) if error.kind() == ErrorKind::Undefined => Object::error(error),
            Err(error) => return Err(error),
        };
        Ok(shown(&object, &Cell::new(0)))
    }
}

fn shown(object: &Object, count: &Cell<usize>) -> Value {
    match object {
        Object::Value(value) => value.untrusted(),
        Object::List(list) => Value::list(list.items().iter().map(|item| shown(item, count))),
        Object::Tuple(items) => Value::list(items.iter().map(|item| shown(&item.resolved(), count))),
        Object::Dict(dict) => {
            let map: Map = dict.items().into_iter().map(|(key, item)| (key, shown(&item, count))).collect();
            Value::new(Data::Map(Arc::new(map)), Origin::none())
        }
        Object::Lazy(lazy) => shown(&lazy.resolve(), count),
        Object::Marker(marker) => {
            count.set(count.get() + 1);
            let message = match &**marker {
                Marker::Error(error) => Diagnostic::from(error.clone()).joined(),
                Marker::Nothing(_) => {
                    "the inline if-expression evaluated to false and no else section was defined.".to_owned()
                }
            };
            Value::from(format!("<< error {} - {message} >>", count.get()))
        }
        Object::Omit => Value::from("<< omit >>"),
        Object::Native(native) => match native.as_object() {
            Some(object) => shown(&object, count),
            None => Value::from(native.text()),
        },
    }
}
