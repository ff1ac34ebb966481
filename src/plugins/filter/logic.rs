//! Filters that decide: truth, one of two values, values that must be there, names of types.

use crate::data::{Data, Value};
use crate::template::operators::truth;
use crate::template::{Arguments, Filter, Marker, Object, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("bool", to_bool, "Takes yes, on, true and 1 for true, and all else for false."),
    Filter::raw("ternary", ternary, "Gives one value where the input is true, another where it is false."),
    Filter::raw("mandatory", mandatory, "Fails where the input is undefined."),
    Filter::raw("type_debug", type_debug, "Names the Python type of the input."),
];

fn to_bool(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(Value::from(match &input.data {
        Data::Text(text) => matches!(text.to_lowercase().as_str(), "yes" | "on" | "1" | "true"),
        _ => *input == Value::from(1_i64),
    }))
}

fn ternary(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    let when_true = args.required_object("true_val")?;
    let when_false = args.required_object("false_val")?;
    let when_null = args.optional_object("none_val")?.filter(|object| !object.is_null());
    match when_null {
        Some(when_null) if input.is_null() => Ok(when_null),
        _ if truth(&input)? => Ok(when_true),
        _ => Ok(when_false),
    }
}

fn mandatory(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let message = args.unless_null("msg")?;
    if !input.is_undefined() {
        return input.usable();
    }
    if let Some(message) = message {
        return Err(crate::data::python::str(&message).into());
    }
    let name = match &input {
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => undefined_name(error),
            Marker::Nothing(_) => return Ok(input),
        },
        _ => None,
    };
    Err(match name {
        Some(name) => format!("Mandatory variable '{name}' not defined.").into(),
        None => "Mandatory variable not defined.".into(),
    })
}

/// What was looked for: a variable, an attribute or an item.
fn undefined_name(error: &TemplateError) -> Option<String> {
    let message = error.message();
    if let Some((name, _)) = message.strip_prefix('\'').and_then(|rest| rest.split_once("' is undefined")) {
        return Some(name.to_owned());
    }
    let (_, name) = message.split_once(" has no attribute ")?;
    Some(name.trim_end_matches('.').trim_matches('\'').to_owned())
}

fn type_debug(input: Object, _: &mut Arguments<'_>) -> Result<Object> {
    Ok(Object::text(match &input {
        Object::Omit => "_OmitType",
        other => other.resolved().type_name(),
    }))
}
