//! Filters of community.general that change JSON data by operations, as RFC 6902 has them.

use std::sync::Arc;

use crate::data::{Data, Map, Value, json, python};
use crate::diagnostic::Origin;
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("json_patch", json_patch, "Changes one place in data.").of(COLLECTION),
    Filter::plain("json_patch_recipe", json_patch_recipe, "Changes several places in data.").of(COLLECTION),
];

/// Why a change was not made.
enum Refusal {
    /// Data is not as a `test` says.
    Differs(String),
    Failed(String),
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

fn document(filter: &str, input: &Value) -> Result<Value> {
    if matches!(input.data, Data::List(_) | Data::Map(_)) {
        return Ok(input.clone());
    }
    let Some(text) = input.as_str() else {
        let shown = python::str(input);
        return Err(format!("{filter}: input is not dictionary, list or string: {shown}").into());
    };
    let parsed = json::parse(text, &Origin::none());
    parsed.map_err(|error| {
        TemplateError::failure(format!("{filter}: could not decode JSON from {}: {error}", python::repr(input)))
    })
}

fn json_patch(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let mut operation = Map::new();
    for name in ["op", "path", "value"] {
        let given = if name == "value" { args.optional(name)? } else { Some(args.required(name)?) };
        if let Some(given) = given {
            operation.insert(name, given);
        }
    }
    // Without a value there is null.
    if !operation.contains_key("value") {
        operation.insert("value", Value::NULL);
    }
    for name in ["op", "path"] {
        if let Some(odd) = operation.get(name).filter(|value| value.as_str().is_none()) {
            return Err(format!("json_patch: '{name}' argument is not a string: {}", python::str(odd)).into());
        }
    }
    let fail_test = args.keyword("fail_test")?.is_some_and(|flag| flag.is_truthy());
    if let Some(from) = args.keyword("from")? {
        operation.insert("from", from);
    }
    let needs_from = matches!(operation.get("op").and_then(Value::as_str), Some("copy" | "move"));
    if needs_from && !operation.contains_key("from") {
        return Err("json_patch: operation missing 'from' argument".into());
    }
    applied("json_patch", input, &[operation.into()], fail_test)
}

fn json_patch_recipe(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let operations = args.required("operations")?;
    let fail_test = args.flag("fail_test", false)?;
    let Data::List(items) = &operations.data else {
        return Err("json_patch_recipe: 'operations' needs to be a list".into());
    };
    applied("json_patch_recipe", input, items, fail_test)
}

fn applied(filter: &str, input: &Value, operations: &[Value], fail_test: bool) -> Result<Value> {
    let mut data = document(filter, input)?;
    for operation in operations {
        match apply(&mut data, operation) {
            Ok(()) => {}
            Err(Refusal::Differs(why)) if fail_test => {
                return Err(format!("{filter}: test operation failed: {why}").into());
            }
            Err(Refusal::Differs(_)) => return Ok(Value::NULL),
            Err(Refusal::Failed(why)) => return Err(format!("{filter}: patch failed: {why}").into()),
        }
    }
    Ok(data)
}

fn apply(data: &mut Value, operation: &Value) -> Result<(), Refusal> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let name = text("op").ok_or_else(|| "Operation does not contain 'op' member".to_owned())?;
    let path = text("path").ok_or_else(|| "Operation must have a 'path' member".to_owned())?;
    let path = pointer(path)?;
    let value =
        || operation.get("value").cloned().ok_or_else(|| "The operation does not contain a 'value' member".to_owned());
    let from = || -> Result<Vec<String>, Refusal> {
        Ok(pointer(text("from").ok_or_else(|| "The operation does not contain a 'from' member".to_owned())?)?)
    };
    match name {
        "add" => add(data, &path, value()?)?,
        "remove" => {
            remove(data, &path)?;
        }
        "replace" => {
            if path.is_empty() {
                *data = value()?;
            } else {
                *at(data, &path)? = value()?;
            }
        }
        "copy" => {
            let copied = at(data, &from()?)?.clone();
            add(data, &path, copied)?;
        }
        "move" => {
            let from = from()?;
            if path != from {
                if path.starts_with(&from) {
                    return Err("Cannot move values into their own children".to_owned().into());
                }
                let moved = remove(data, &from)?;
                add(data, &path, moved)?;
            }
        }
        "test" => {
            let wanted = value()?;
            let found = at(data, &path).map_err(Refusal::Differs)?;
            if *found != wanted {
                let (a, b) = (python::repr(found), python::repr(&wanted));
                let (a_kind, b_kind) = (found.type_name(), wanted.type_name());
                return Err(Refusal::Differs(format!(
                    "{a} (<class '{a_kind}'>) is not equal to tested value {b} (<class '{b_kind}'>)"
                )));
            }
        }
        _ => return Err(format!("Unknown operation '{name}'").into()),
    }
    Ok(())
}

/// The steps of a path as `/a/0`.
fn pointer(path: &str) -> Result<Vec<String>, String> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let rest = path.strip_prefix('/').ok_or_else(|| "Location must start with /".to_owned())?;
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn place(step: &str, length: usize) -> Result<usize, String> {
    let is_number = step == "0" || (!step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit()));
    let number = step.parse::<usize>().ok().filter(|_| is_number && !step.is_empty());
    let number = number.ok_or_else(|| format!("'{step}' is not a valid sequence index"))?;
    if number < length { Ok(number) } else { Err(format!("index '{number}' out of bounds")) }
}

/// What is at a path.
fn at<'a>(data: &'a mut Value, path: &[String]) -> Result<&'a mut Value, String> {
    let Some((step, rest)) = path.split_first() else { return Ok(data) };
    let kind = data.type_name();
    let inner = match &mut data.data {
        Data::Map(map) => Arc::make_mut(map).get_mut(step).ok_or_else(|| format!("member '{step}' not found"))?,
        Data::List(items) => {
            let index = place(step, items.len())?;
            &mut Arc::make_mut(items)[index]
        }
        _ => return Err(format!("unable to resolve '{step}' in a {kind}")),
    };
    at(inner, rest)
}

fn add(data: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((last, parents)) = path.split_last() else {
        *data = value;
        return Ok(());
    };
    let parent = at(data, parents)?;
    let kind = parent.type_name();
    match &mut parent.data {
        Data::Map(map) => {
            Arc::make_mut(map).insert(last.as_str(), value);
        }
        Data::List(items) => {
            let index = if last == "-" { items.len() } else { place(last, usize::MAX)? };
            if index > items.len() {
                return Err("can't insert outside of list".to_owned());
            }
            Arc::make_mut(items).insert(index, value);
        }
        _ => return Err(format!("unable to add to a {kind}")),
    }
    Ok(())
}

fn remove(data: &mut Value, path: &[String]) -> Result<Value, String> {
    let (last, parents) = path.split_last().ok_or_else(|| "can't remove the whole document".to_owned())?;
    let parent = at(data, parents)?;
    let kind = parent.type_name();
    match &mut parent.data {
        Data::Map(map) => {
            Arc::make_mut(map).remove(last).ok_or_else(|| format!("can't remove a non-existent object '{last}'"))
        }
        Data::List(items) => {
            let index = place(last, items.len())?;
            Ok(Arc::make_mut(items).remove(index))
        }
        _ => Err(format!("can't remove from a {kind}")),
    }
}
