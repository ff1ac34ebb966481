//! Values while a template runs: on top of finished data come what only lives inside of a render,
//! such as undefined, omit, mutable and lazy containers, and everything that can be called.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use super::container::{Dict, List};
use super::{Arguments, Context, Result, TemplateError};
use crate::data::{Data, Text, Value};

/// What an expression gives. Cheap to clone; lists and mappings are shared, so that a change
/// through one name is seen through the other, as in Python.
#[derive(Clone)]
pub enum Object {
    /// Finished data: everything but lists, mappings and tuples.
    Value(Value),
    List(Rc<List>),
    Dict(Rc<Dict>),
    Tuple(Rc<[Object]>),
    /// Undefined, or an error that waits until the value is used.
    Marker(Rc<Marker>),
    /// The placeholder that removes an argument.
    Omit,
    /// A template or an untouched container inside of a lazy container. Only containers hold it:
    /// whatever is taken out of one has been resolved.
    Lazy(super::container::Lazy),
    /// Everything else: functions, macros, `loop`, namespaces, ranges, matches.
    Native(Rc<dyn Native>),
}

/// A value that stands for something that went wrong.
#[derive(Debug, Clone)]
pub enum Marker {
    /// A name, attribute or item is missing, or a plugin failed: using the value raises the error.
    Error(TemplateError),
    /// What an inline `if` without `else` gives, on this line: empty in text, an error as a whole value.
    Nothing(usize),
}

/// Things without a form as data. Every method has the answer of an opaque object as its default.
pub trait Native: Any {
    /// The name of the Python type, as messages show it.
    fn type_name(&self) -> &'static str;

    /// `object.name`, or `None` where there is no such attribute.
    fn attribute(self: Rc<Self>, _name: &str, _context: &Context) -> Option<Result<Object>> {
        None
    }

    /// `object[key]`, or `None` where there is no such item.
    fn item(self: Rc<Self>, _key: &Object, _context: &Context) -> Option<Result<Object>> {
        None
    }

    /// Assignment by `{% set object.name = … %}`.
    fn set_attribute(&self, _name: &str, _value: Object) -> Result<()> {
        Err(TemplateError::failure("cannot assign attribute on non-namespace object"))
    }

    fn call(self: Rc<Self>, _arguments: Arguments<'_>) -> Result<Object> {
        Err(TemplateError::failure(format!("'{}' object is not callable", self.type_name())))
    }

    fn is_callable(&self) -> bool {
        false
    }

    /// Whether two of them are equal where their texts are.
    fn is_comparable(&self) -> bool {
        false
    }

    /// The items, where it can be looped over.
    fn items(&self) -> Option<Result<Vec<Object>>> {
        None
    }

    fn length(&self) -> Option<usize> {
        None
    }

    fn is_truthy(&self) -> bool {
        self.length().is_none_or(|length| length > 0)
    }

    /// `str()` of it.
    fn text(&self) -> String {
        format!("<{} object>", self.type_name())
    }

    /// Whether it has items by key.
    fn is_mapping(&self) -> bool {
        false
    }

    /// The ordinary object that it stands for, where it has a form as data after all.
    fn as_object(&self) -> Option<Object> {
        None
    }
}

impl Object {
    pub const NULL: Object = Object::Value(Value::NULL);

    pub fn text(text: impl Into<std::sync::Arc<str>>) -> Self {
        Object::Value(Value::text(text))
    }

    pub fn list(items: Vec<Object>) -> Self {
        Object::List(Rc::new(List::new(items)))
    }

    pub fn tuple(items: impl Into<Rc<[Object]>>) -> Self {
        Object::Tuple(items.into())
    }

    pub fn dict(pairs: impl IntoIterator<Item = (Value, Object)>) -> Self {
        Object::Dict(Rc::new(Dict::new(pairs)))
    }

    pub fn native(native: impl Native) -> Self {
        Object::Native(Rc::new(native))
    }

    /// A value that raises this error when it is used.
    pub fn error(error: TemplateError) -> Self {
        Object::Marker(Rc::new(Marker::Error(error)))
    }

    pub fn undefined(message: impl Into<String>) -> Self {
        Self::error(TemplateError::undefined(message))
    }

    pub fn nothing(line: usize) -> Self {
        Object::Marker(Rc::new(Marker::Nothing(line)))
    }

    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Object::Value(value) => value.as_text(),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Object::Value(value) => value.as_bool(),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Object::Value(value) if value.is_null())
    }

    /// Whether `is defined` would say no. Errors that wait are neither.
    pub fn is_undefined(&self) -> bool {
        match self {
            Object::Marker(marker) => marker.is_undefined(),
            _ => false,
        }
    }

    /// Whether using it would raise an error.
    pub fn waits_with_error(&self) -> bool {
        matches!(self, Object::Marker(marker) if matches!(**marker, Marker::Error(_)))
    }

    /// The native thing in it, where it is of this type.
    pub fn downcast<T: Native>(&self) -> Option<Rc<T>> {
        match self {
            Object::Native(native) => {
                let any: Rc<dyn Any> = native.clone();
                any.downcast::<T>().ok()
            }
            _ => None,
        }
    }

    /// The name of the Python type, as messages show it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Object::Value(value) => value.type_name(),
            Object::List(_) => "list",
            Object::Dict(_) => "dict",
            Object::Tuple(_) => "tuple",
            Object::Marker(marker) => match **marker {
                Marker::Error(ref error) if error.is_undefined() => "UndefinedMarker",
                Marker::Error(_) => "CapturedExceptionMarker",
                Marker::Nothing(_) => "Undefined",
            },
            Object::Omit => "_OmitType",
            Object::Lazy(_) => "template",
            Object::Native(native) => native.type_name(),
        }
    }

    /// Raises what a marker holds.
    pub fn usable(self) -> Result<Object> {
        match &self {
            Object::Marker(marker) => match &**marker {
                Marker::Error(error) => Err(error.clone()),
                Marker::Nothing(_) => Ok(self),
            },
            _ => Ok(self),
        }
    }
}

impl Marker {
    pub fn is_undefined(&self) -> bool {
        match self {
            Marker::Error(error) => error.is_undefined(),
            Marker::Nothing(_) => true,
        }
    }
}

/// Data becomes an object without looking at its children; containers get an identity.
impl From<Value> for Object {
    fn from(value: Value) -> Self {
        match value.data {
            Data::List(items) => Object::List(Rc::new(List::from_data(items, value.origin))),
            Data::Map(map) => Object::Dict(Rc::new(Dict::from_data(map, value.origin))),
            Data::Tuple(items) => Object::Tuple(items.iter().cloned().map(Object::from).collect()),
            data => Object::Value(Value { data, origin: value.origin }),
        }
    }
}

impl From<bool> for Object {
    fn from(flag: bool) -> Self {
        Object::Value(flag.into())
    }
}

impl From<i64> for Object {
    fn from(number: i64) -> Self {
        Object::Value(number.into())
    }
}

impl From<usize> for Object {
    fn from(number: usize) -> Self {
        Object::Value(number.into())
    }
}

impl From<&str> for Object {
    fn from(text: &str) -> Self {
        Object::text(text)
    }
}

impl From<String> for Object {
    fn from(text: String) -> Self {
        Object::text(text)
    }
}

impl From<Vec<Object>> for Object {
    fn from(items: Vec<Object>) -> Self {
        Object::list(items)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Value(value) => value.fmt(f),
            other => write!(f, "<{}>", other.type_name()),
        }
    }
}
