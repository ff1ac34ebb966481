//! Places in nested data: naming them, finding by them; and which items of a list pass a test.

use std::sync::Arc;

use crate::data::{Data, Map, Text, Value, python};
use crate::template::{Context, ErrorKind, Object, Result, TemplateError, check_plain};

/// Every leaf by its place, as `a.b[0]`.
pub fn to_paths(value: &Value, prepend: &str) -> Value {
    if let (true, Some(nothing)) = (prepend.is_empty(), empty_container(value)) {
        return nothing;
    }
    let mut paths = Map::new();
    walk(value, prepend.to_owned(), &mut paths);
    paths.into()
}

fn empty_container(value: &Value) -> Option<Value> {
    matches!(&value.data, Data::List(_) | Data::Map(_)).then(|| value.clone()).filter(|value| !value.is_truthy())
}

fn walk(value: &Value, path: String, paths: &mut Map) {
    match &value.data {
        Data::Map(map) if !map.is_empty() => {
            for (key, item) in map.as_ref() {
                walk(item, below(&path, key), paths);
            }
        }
        Data::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{path}[{index}]"), paths);
            }
        }
        _ => {
            paths.insert(path, value.clone());
        }
    }
}

/// The place of a key: with a dot where it is a plain word, else in brackets.
fn below(path: &str, key: &Value) -> String {
    let Some(text) = key.as_str() else { return format!("{path}[{}]", python::str(key)) };
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match (is_word, path.is_empty()) {
        (true, true) => text.to_owned(),
        (true, false) => format!("{path}.{text}"),
        (false, _) => format!("{path}['{text}']"),
    }
}

/// What an expression finds among the keys of a mapping.
pub fn get_path(data: &Value, path: &Text, context: &Context) -> Result<Value> {
    let Some(map) = data.as_map() else {
        let kind = data.type_name();
        return Err(
            format!("jinja2.environment.Template.render() argument after ** must be a mapping, not {kind}").into()
        );
    };
    check_plain(path)?;
    let template = Value::template(format!("{{{{ {} }}}}", path.as_str()), data.origin.clone());
    let inner = context.with_variables(map.clone());
    let error = |error: TemplateError| match error.kind() {
        ErrorKind::Undefined => error,
        _ => TemplateError::failure(error.to_string()),
    };
    inner.resolve(&template).usable().and_then(|object| object.to_value()).map_err(error)
}

/// What is asked of the items of a list.
pub struct Question<'a> {
    pub test: &'a str,
    pub value: Option<Value>,
    /// The key of each item whose value is asked about.
    pub key: Option<&'a Value>,
    pub must_have_key: bool,
}

/// The places of the items that pass a test.
pub fn indexes_of(items: &[Value], question: &Question<'_>, context: &Context) -> Result<Vec<Value>> {
    let fail = |why: String| TemplateError::failure(format!("Error when using plugin 'index_of': {why}"));
    let (name, negated) = match question.test.strip_prefix("not ") {
        Some(name) => (name, true),
        None => (question.test, false),
    };
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let asked = match question.key {
            None => item,
            Some(key) => {
                let Some(map) = item.as_map() else {
                    let kind = item.type_name();
                    return Err(fail(format!(
                        "When a key name is provided, all list entries are required to be dictionaries, got  and {kind}"
                    )));
                };
                match map.get_value(key) {
                    Some(value) => value,
                    None if question.must_have_key => {
                        let (key, item) = (python::repr(key), python::str(item));
                        return Err(fail(format!(
                            " and {key} was not found in '{item}' at [{index}]. fail_on_missing=True"
                        )));
                    }
                    None => continue,
                }
            }
        };
        if context.registry().test(name).is_none() {
            let (shown, kind) = (python::str(asked), asked.type_name());
            let value = question.value.clone().unwrap_or(Value::NULL);
            let (against, against_kind) = (python::str(&value), value.type_name());
            return Err(fail(format!(
                "Error encountered when testing value '{shown}' (type={kind}) against '{against}' \
                 (type={against_kind}) with '{name}'.  Error was: the test '{name}' was not found."
            )));
        }
        let arguments: Vec<Object> = question.value.clone().map(Object::from).into_iter().collect();
        if context.test(name, asked.clone().into(), arguments, Vec::<(Arc<str>, Object)>::new())? != negated {
            found.push(Value::from(index));
        }
    }
    Ok(found)
}
