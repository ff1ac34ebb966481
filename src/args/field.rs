//! The types that a field of an options struct may have, filled from checked values.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ArgSpec, Field, Kind};
use crate::data::{Data, Map, Value};

/// Takes an option out of the checked arguments.
pub fn take<T: Field>(map: &mut Map, name: &str) -> Result<T, String> {
    let value = map.remove(name).filter(|value| !value.is_null());
    T::from_value(value).map_err(|error| format!("option {name}: {error}"))
}

/// What `Field::from_value` says of a value that the check should not have let through.
pub fn field_error(wanted: &str, value: Option<&Value>) -> String {
    match value {
        None => format!("{wanted} is required"),
        Some(value) => format!("{wanted} is required, not {}", value.type_name()),
    }
}

/// A path on the target, `~` and variables in it already replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetPath(PathBuf);

impl TargetPath {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// As the user wrote it; only what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// Whether it was written with a slash at the end: "the folder", not "the name".
    pub fn ends_with_slash(&self) -> bool {
        self.0.as_os_str().as_encoded_bytes().ends_with(b"/")
    }
}

impl Deref for TargetPath {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for TargetPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl From<TargetPath> for Value {
    fn from(path: TargetPath) -> Self {
        Value::text(path.text())
    }
}

impl From<&TargetPath> for Value {
    fn from(path: &TargetPath) -> Self {
        Value::text(path.text())
    }
}

impl Field for TargetPath {
    const KIND: Kind = Kind::Path;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        PathBuf::from_value(value).map(Self)
    }
}

impl Field for PathBuf {
    const KIND: Kind = Kind::Path;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        String::from_value(value).map(PathBuf::from)
    }
}

impl Field for String {
    const KIND: Kind = Kind::Str;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        match value {
            Some(Value { data: Data::Text(text), .. }) => Ok(text.as_str().to_owned()),
            other => Err(field_error("text", other.as_ref())),
        }
    }
}

impl Field for bool {
    const KIND: Kind = Kind::Bool;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        value.as_ref().and_then(Value::as_bool).ok_or_else(|| field_error("a boolean", value.as_ref()))
    }
}

impl Field for f64 {
    const KIND: Kind = Kind::Float;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        match value.as_ref().map(|value| &value.data) {
            Some(Data::Float(number)) => Ok(*number),
            Some(Data::Int(number)) => Ok(*number as f64),
            _ => Err(field_error("a number", value.as_ref())),
        }
    }
}

macro_rules! integer_fields {
    ($($integer:ty),*) => {
        $(impl Field for $integer {
            const KIND: Kind = Kind::Int;

            fn from_value(value: Option<Value>) -> Result<Self, String> {
                match value.as_ref().map(|value| &value.data) {
                    // A boolean is an integer where the reference is concerned.
                    Some(Data::Bool(flag)) => Ok(Self::from(*flag)),
                    Some(Data::Int(number)) => (*number).try_into().map_err(|_| format!("{number} is out of range")),
                    Some(Data::Big(number)) => Err(format!("{number} is out of range")),
                    _ => Err(field_error("an integer", value.as_ref())),
                }
            }
        })*
    };
}

integer_fields!(i32, i64, u16, u32, u64);

impl Field for Value {
    const KIND: Kind = Kind::Raw;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        Ok(value.unwrap_or_default())
    }
}

impl Field for Map {
    const KIND: Kind = Kind::Dict;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        match value {
            Some(Value { data: Data::Map(map), .. }) => Ok(Arc::unwrap_or_clone(map)),
            other => Err(field_error("a dictionary", other.as_ref())),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    const KIND: Kind = Kind::List;
    const ELEMENTS: Option<Kind> = match T::KIND {
        Kind::Raw => None,
        kind => Some(kind),
    };
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SUBOPTIONS: Option<&'static ArgSpec> = T::SUBOPTIONS;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        match value {
            Some(Value { data: Data::List(items) | Data::Tuple(items), .. }) => {
                Arc::unwrap_or_clone(items).into_iter().map(|item| T::from_value(Some(item))).collect()
            }
            other => Err(field_error("a list", other.as_ref())),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const ELEMENTS: Option<Kind> = T::ELEMENTS;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SUBOPTIONS: Option<&'static ArgSpec> = T::SUBOPTIONS;
    const OPTIONAL: bool = true;

    fn from_value(value: Option<Value>) -> Result<Self, String> {
        match value {
            Some(value) if !value.is_null() => T::from_value(Some(value)).map(Some),
            _ => Ok(None),
        }
    }
}
