//! The methods and attributes of data: of texts, lists, mappings, numbers, dates, bytes and sets.

mod dict;
pub mod format;
mod list;
mod number;
mod other;
mod text;
mod text_parts;

pub use dict::pairs_of;
pub use list::sort_objects;
pub use other::decode;
pub use text::capitalize;
pub use text_parts::{join, split_lines};

use std::rc::Rc;

use super::plugin::Global;
use super::{Arguments, Context, Native, Object, Result};
use crate::data::{Data, Value};

/// The names that can be called on this object.
fn names(object: &Object) -> &'static [&'static str] {
    match object {
        Object::List(_) => list::NAMES,
        Object::Dict(_) => dict::NAMES,
        Object::Tuple(_) => list::TUPLE_NAMES,
        Object::Value(value) => match &value.data {
            Data::Text(_) => text::NAMES,
            Data::Int(_) | Data::Big(_) | Data::Bool(_) => number::INT_NAMES,
            Data::Float(_) => number::FLOAT_NAMES,
            Data::Bytes(_) => other::BYTES_NAMES,
            Data::Set(_) => other::SET_NAMES,
            Data::Date(date) => super::dates::names(date),
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether the object has a method of this name.
pub fn has(object: &Object, name: &str) -> bool {
    names(object).contains(&name)
}

/// Whether a method puts its arguments into the object, so that undefined ones may be given.
pub fn stores_arguments(object: &Object, name: &str) -> bool {
    match object {
        Object::List(_) => matches!(name, "append" | "insert" | "extend"),
        Object::Dict(_) => matches!(name, "setdefault" | "update" | "get"),
        _ => false,
    }
}

/// Calls a method that the object has.
pub fn call(object: &Object, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    match object {
        Object::List(list) => list::call(list, name, arguments),
        Object::Tuple(items) => list::call_tuple(items, name, arguments),
        Object::Dict(dict) => dict::call(dict, name, arguments),
        Object::Value(value) => match &value.data {
            Data::Text(text) => text::call(text, object, name, arguments),
            Data::Int(_) | Data::Big(_) | Data::Bool(_) | Data::Float(_) => number::call(value, name, arguments),
            Data::Bytes(bytes) => other::call_bytes(bytes, name, arguments),
            Data::Set(items) => other::call_set(items, name, arguments),
            Data::Date(date) => super::dates::call(date, name, arguments),
            _ => Err(no_method(object, name)),
        },
        _ => Err(no_method(object, name)),
    }
}

fn no_method(object: &Object, name: &str) -> super::TemplateError {
    format!("'{}' object has no attribute '{name}'", object.type_name()).into()
}

/// An attribute that is no method, or a method to be called later.
pub fn attribute(object: &Object, name: &str) -> Option<Result<Object>> {
    if has(object, name) {
        return Some(Ok(Object::native(Function {
            name: name.to_owned(),
            target: Target::Method(object.clone(), name.to_owned()),
        })));
    }
    let Object::Value(value) = object else { return None };
    let found = match &value.data {
        Data::Int(_) | Data::Big(_) | Data::Bool(_) | Data::Float(_) => number::attribute(value, name),
        Data::Date(date) => super::dates::attribute(date, name),
        _ => None,
    };
    found.map(Ok)
}

/// Whether Python's type of the object has this internal attribute.
pub fn is_python_attribute(object: &Object, name: &str) -> bool {
    const EVERYWHERE: &[&str] = &[
        "__class__",
        "__delattr__",
        "__dict__",
        "__dir__",
        "__doc__",
        "__eq__",
        "__format__",
        "__ge__",
        "__getattribute__",
        "__getstate__",
        "__gt__",
        "__hash__",
        "__init__",
        "__init_subclass__",
        "__le__",
        "__lt__",
        "__module__",
        "__ne__",
        "__new__",
        "__reduce__",
        "__reduce_ex__",
        "__repr__",
        "__setattr__",
        "__sizeof__",
        "__slots__",
        "__str__",
        "__subclasshook__",
        "__weakref__",
    ];
    const SEQUENCES: &[&str] =
        &["__add__", "__contains__", "__getitem__", "__iter__", "__len__", "__mul__", "__rmul__"];
    const CHANGES: &[&str] =
        &["__delitem__", "__setitem__", "__reversed__", "__iadd__", "__imul__", "__ior__", "__or__"];
    const NUMBERS: &[&str] = &[
        "__abs__",
        "__add__",
        "__bool__",
        "__ceil__",
        "__divmod__",
        "__float__",
        "__floor__",
        "__floordiv__",
        "__index__",
        "__int__",
        "__invert__",
        "__mod__",
        "__mul__",
        "__neg__",
        "__pos__",
        "__pow__",
        "__radd__",
        "__rand__",
        "__round__",
        "__rsub__",
        "__sub__",
        "__truediv__",
        "__trunc__",
        "__getnewargs__",
    ];
    if EVERYWHERE.contains(&name) {
        return true;
    }
    match object {
        Object::List(_) | Object::Dict(_) => SEQUENCES.contains(&name) || CHANGES.contains(&name),
        Object::Tuple(_) => SEQUENCES.contains(&name),
        Object::Value(Value { data: Data::Text(_) | Data::Bytes(_), .. }) => {
            SEQUENCES.contains(&name) || matches!(name, "__mod__" | "__rmod__" | "__getnewargs__")
        }
        Object::Value(Value { data: Data::Int(_) | Data::Big(_) | Data::Bool(_) | Data::Float(_), .. }) => {
            NUMBERS.contains(&name)
        }
        _ => false,
    }
}

/// A method bound to its object, or a global function.
pub struct Function {
    name: String,
    target: Target,
}

enum Target {
    Method(Object, String),
    Global(fn(&mut Arguments<'_>) -> Result<Object>, &'static str),
}

impl Function {
    pub fn global(global: &Global) -> Self {
        Self { name: global.name.to_owned(), target: Target::Global(global.run, global.type_name) }
    }
}

impl Native for Function {
    fn type_name(&self) -> &'static str {
        match self.target {
            Target::Method(..) => "builtin_function_or_method",
            Target::Global(_, type_name) => type_name,
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(self: Rc<Self>, mut arguments: Arguments<'_>) -> Result<Object> {
        let mut arguments = arguments.renamed(&self.name);
        let result = match &self.target {
            Target::Method(object, name) => call(object, name, &mut arguments)?,
            Target::Global(run, _) => {
                if let Some(marker) = arguments.waiting() {
                    return Ok(marker);
                }
                run(&mut arguments)?
            }
        };
        arguments.finish()?;
        Ok(result)
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        (name == "__name__").then(|| Ok(Object::text(self.name.as_str())))
    }

    fn text(&self) -> String {
        match &self.target {
            Target::Method(object, name) => format!("<built-in method {name} of {} object>", object.type_name()),
            Target::Global(_, "function") => format!("<function {}>", self.name),
            Target::Global(_, _) => format!("<class '{}'>", self.name),
        }
    }
}
