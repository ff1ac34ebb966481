//! Options of lookups: declared types, and the words in which a wrong value is refused.

use std::path::PathBuf;

use crate::args::Kind;
use crate::args::coerce::coerce;
use crate::data::{Data, Value, python};
use crate::template::{Arguments, Context, Result, TemplateError};

/// An option of a lookup in its type; `None` where it was not given.
pub fn option(args: &mut Arguments<'_>, name: &str, kind: Kind) -> Result<Option<Value>> {
    let lookup = args.function().to_owned();
    let Some(value) = args.keyword(name)?.filter(|value| !value.is_null()) else { return Ok(None) };
    typed(&lookup, name, &value, kind).map(Some)
}

/// The value in its type, or the refusal of this option.
pub fn typed(lookup: &str, name: &str, value: &Value, kind: Kind) -> Result<Value> {
    let refuse = || {
        let (kind, shown) = (kind_name(kind), python::repr(value));
        TemplateError::failure(format!(
            "Config '{name}' for '{lookup}' lookup plugin from 'Direct' has an invalid value: Invalid value provided \
             for '{kind}': {shown}"
        ))
    };
    let is_collection = matches!(value.data, Data::List(_) | Data::Map(_) | Data::Tuple(_));
    if matches!(kind, Kind::Str) && is_collection {
        return Err(refuse());
    }
    coerce(value, kind).map_err(|_| refuse())
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Int => "integer",
        Kind::Float => "float",
        Kind::List => "list",
        Kind::Dict => "dict",
        _ => "str",
    }
}

pub fn flag(args: &mut Arguments<'_>, name: &str, default: bool) -> Result<bool> {
    Ok(option(args, name, Kind::Bool)?.map_or(default, |value| value.is_truthy()))
}

pub fn int(args: &mut Arguments<'_>, name: &str, default: i64) -> Result<i64> {
    Ok(option(args, name, Kind::Int)?.and_then(|value| value.as_int()).unwrap_or(default))
}

pub fn text(args: &mut Arguments<'_>, name: &str, default: &str) -> Result<String> {
    Ok(option(args, name, Kind::Str)?.map_or_else(|| default.to_owned(), |value| python::str(&value)))
}

/// An option that is one of these words.
pub fn choice(args: &mut Arguments<'_>, name: &str, words: &[&'static str]) -> Result<Option<&'static str>> {
    let lookup = args.function().to_owned();
    let Some(value) = args.keyword(name)?.filter(|value| !value.is_null()) else { return Ok(None) };
    let word = python::str(&value);
    words.iter().find(|known| **known == word).map(|known| Some(*known)).ok_or_else(|| {
        let shown = python::repr(&value);
        TemplateError::failure(format!("Invalid value {shown} for config '{name}' for '{lookup}' lookup plugin."))
    })
}

/// The file that a term names, found as tasks find theirs.
pub fn find_file(context: &Context, folder: &str, term: &Value) -> Result<Option<PathBuf>> {
    let Some(name) = term.as_str() else {
        return Err(format!("'{}' object has no attribute 'startswith'", term.type_name()).into());
    };
    let name = super::paths::expand_user(name, context.environment());
    Ok(context.world().find_file(folder, &name))
}
