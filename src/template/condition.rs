//! Conditions: `when`, `until`, `changed_when`, `failed_when` and `that`. Their result is a boolean.

use std::sync::Arc;

use super::{Context, ErrorKind, Object, Result, TemplateError, operators};
use crate::data::{Data, Trust, Value, python};
use crate::diagnostic::Origin;

const HINT: &str =
    "Broken conditionals can be temporarily allowed with the `ALLOW_BROKEN_CONDITIONALS` configuration option.";

/// Whether one condition holds.
pub(super) fn holds(context: &Context, condition: &Value) -> Result<bool> {
    let text = match &condition.data {
        Data::Bool(flag) => return Ok(*flag),
        Data::Null => return empty(context, &condition.origin),
        Data::Text(text) if text.trim().is_empty() => return empty(context, &condition.origin),
        Data::Text(text) => text,
        _ => {
            let message = "Conditional expressions must be strings.";
            return broken(context, message, &condition.origin, condition.is_truthy());
        }
    };
    let (object, from_template) = evaluate(context, text.shared(), text.trust(), &condition.origin)
        .map_err(|error| explained(error, &condition.origin))?;
    verdict(context, &object, from_template, &condition.origin)
}

/// The value of a condition's text, and whether a template in braces gave it.
fn evaluate(context: &Context, text: &Arc<str>, trust: Trust, origin: &Origin) -> Result<(Object, bool)> {
    let trimmed = text.trim();
    let is_template = (trimmed.starts_with("{{") && trimmed.ends_with("}}"))
        || (trimmed.starts_with("{%") && trimmed.ends_with("%}"))
        || (trimmed.starts_with("{#") && trimmed.ends_with("#}"));
    if !is_template {
        return Ok((expression(context, text, trust, origin)?, false));
    }
    if trust == Trust::Plain {
        return Err(untrusted());
    }
    // A condition in braces: what it gives is a condition once more, where that is a text.
    let rendered = context.render_text(text, origin)?.usable()?;
    context.world().deprecated(
        "Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}.",
        "2.23",
        origin,
    );
    match rendered.as_text() {
        Some(inner) if !inner.is_empty() => {
            let origin = match &rendered {
                Object::Value(value) if !value.origin.is_none() => value.origin.clone(),
                _ => origin.clone(),
            };
            Ok((expression(context, inner.shared(), inner.trust(), &origin)?, false))
        }
        _ => Ok((rendered, true)),
    }
}

fn expression(context: &Context, text: &Arc<str>, trust: Trust, origin: &Origin) -> Result<Object> {
    if trust == Trust::Plain {
        return Err(untrusted());
    }
    if text.trim().is_empty() {
        return Ok(Object::Value(Value::text("")));
    }
    context.evaluate_expression(text, origin)?.usable().map_err(|error| error.at_or(origin))
}

fn untrusted() -> TemplateError {
    TemplateError::new(ErrorKind::Conditional, "Encountered untrusted template or expression.")
}

/// Only booleans decide.
fn verdict(context: &Context, object: &Object, from_template: bool, origin: &Origin) -> Result<bool> {
    if let Some(flag) = object.as_bool() {
        return Ok(flag);
    }
    if from_template && (object.is_null() || object.as_str() == Some("")) {
        return empty(context, origin);
    }
    if let Object::Marker(_) | Object::Omit = object {
        // Raises what they stand for.
        object.to_result().map_err(|error| super::context::rendering_error(error, "expression").at_or(origin))?;
    }
    let truth = operators::truth(object)?;
    let (word, type_name) = (if truth { "True" } else { "False" }, object.type_name());
    let place = python::text_repr(&place_of(object).to_string());
    let message = format!(
        "Conditional result ({word}) was derived from value of type '{type_name}' at {place}. \
         Conditionals must have a boolean result."
    );
    broken(context, &message, origin, truth)
}

fn place_of(object: &Object) -> Origin {
    match object {
        Object::Value(value) => value.origin.clone(),
        Object::List(list) => list.origin.clone(),
        Object::Dict(dict) => dict.origin.clone(),
        _ => Origin::none(),
    }
}

fn empty(context: &Context, origin: &Origin) -> Result<bool> {
    broken(context, "Empty conditional expressions are not allowed.", origin, true)
}

/// An error, or a warning where the settings allow it.
fn broken(context: &Context, message: &str, origin: &Origin, truth: bool) -> Result<bool> {
    if context.engine().allows_broken_conditions {
        context.world().deprecated(message, "2.23", origin);
        return Ok(truth);
    }
    Err(TemplateError::new(ErrorKind::Conditional, message).at(origin).hint(HINT))
}

/// Says that a condition was at work, where the message alone does not.
fn explained(error: TemplateError, origin: &Origin) -> TemplateError {
    match error.kind() {
        ErrorKind::Undefined => {
            let inner = error.at_or(origin);
            inner.under(ErrorKind::Undefined, "Error while evaluating conditional").at(origin)
        }
        _ => error.at_or(origin),
    }
}
