//! Values as they are shown to people: what cannot be rendered stands there as its error.

use std::cell::RefCell;
use std::sync::Arc;

use super::{ErrorKind, Marker, Object, Result, Templar};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};

impl Templar {
    /// A text whose expressions are rendered one by one: what cannot be rendered stands there as its
    /// error, and is warned about.
    pub fn described(&self, value: &Value) -> String {
        let Some(text) = value.as_str() else { return python::str(value) };
        let mut errors: Vec<String> = Vec::new();
        let mut shown = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            shown.push_str(before);
            let Some((expression, following)) = after.split_once("}}") else {
                shown.push_str("{{");
                rest = after;
                continue;
            };
            let part = Value::template(format!("{{{{{expression}}}}}"), value.origin.clone());
            match self.render(&part) {
                Ok(part) => shown.push_str(&python::str(&part)),
                Err(error) => {
                    let number = errors.len() + 1;
                    errors.push(format!("error {number} - {error}"));
                    shown.push_str(&format!("<< error {number} - {error} >>"));
                }
            }
            rest = following;
        }
        shown.push_str(rest);
        self.tell_errors(&errors, &value.origin);
        shown
    }

    fn tell_errors(&self, errors: &[String], origin: &Origin) {
        if !errors.is_empty() {
            let plural = if errors.len() == 1 { "" } else { "s" };
            let message = format!("Encountered {} template error{plural}.\n{}", errors.len(), errors.join("\n"));
            self.world().warn(&message, origin);
        }
    }

    /// The value of an expression for `debug: var=`. Only a syntax error fails.
    pub fn shown(&self, expression: &Arc<str>, origin: &Origin) -> Result<Value> {
        let object = match self.context().evaluate_expression(expression, origin) {
            Ok(object) => object,
            Err(error) if error.kind() == ErrorKind::Undefined => Object::error(error),
            Err(error) => return Err(error),
        };
        let errors = RefCell::default();
        let value = shown(&object, &errors);
        self.tell_errors(&errors.into_inner(), origin);
        Ok(value)
    }
}

fn shown(object: &Object, errors: &RefCell<Vec<String>>) -> Value {
    match object {
        Object::Value(value) => value.untrusted(),
        Object::List(list) => Value::list(list.items().iter().map(|item| shown(item, errors))),
        Object::Tuple(items) => Value::list(items.iter().map(|item| shown(&item.resolved(), errors))),
        Object::Dict(dict) => {
            let map: Map = dict.items().into_iter().map(|(key, item)| (key, shown(&item, errors))).collect();
            Value::new(Data::Map(Arc::new(map)), Origin::none())
        }
        Object::Lazy(lazy) => shown(&lazy.resolve(), errors),
        Object::Marker(marker) => {
            let message = match &**marker {
                Marker::Error(error) => Diagnostic::from(error.clone()).joined(),
                Marker::Nothing(_) => {
                    "the inline if-expression evaluated to false and no else section was defined.".to_owned()
                }
            };
            let text = format!("error {} - {message}", errors.borrow().len() + 1);
            errors.borrow_mut().push(text.clone());
            Value::from(format!("<< {text} >>"))
        }
        Object::Omit => Value::from("<< omit >>"),
        Object::Native(native) => match native.as_object() {
            Some(object) => shown(&object, errors),
            None => Value::from(native.text()),
        },
    }
}
