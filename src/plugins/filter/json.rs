//! Filters that read and write JSON.

use crate::data::{Data, Value, json, python};
use crate::diagnostic::Origin;
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("to_json", to_json, "Writes data as JSON."),
    Filter::plain("to_nice_json", to_nice_json, "Writes data as JSON for people, sorted and indented."),
    Filter::plain("from_json", from_json, "Reads data from JSON."),
];

fn to_json(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    write(input, args, json::Style::default(), true)
}

fn to_nice_json(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let indent = args.or("indent", 4_i64)?;
    let sort_keys = args.flag("sort_keys", true)?;
    // The separators of a nice text are not the caller's.
    args.keyword("separators")?;
    let style = json::Style { indent: indentation(&indent)?, sort_keys, ..json::Style::default() };
    write(input, args, style, false)
}

fn indentation(indent: &Value) -> Result<Option<String>> {
    match &indent.data {
        Data::Null => Ok(None),
        Data::Int(width) => Ok(Some(" ".repeat(usize::try_from(*width).unwrap_or(0)))),
        Data::Bool(flag) => Ok(Some(" ".repeat(usize::from(*flag)))),
        Data::Text(text) => Ok(Some(text.to_string())),
        _ => Err(format!("can't multiply sequence by non-int of type '{}'", indent.type_name()).into()),
    }
}

/// The options that Python's `json.dumps` knows.
fn write(input: &Value, args: &mut Arguments<'_>, mut style: json::Style, layout: bool) -> Result<Value> {
    if layout {
        if let Some(indent) = args.keyword("indent")? {
            style.indent = indentation(&indent)?;
        }
        style.sort_keys = args.keyword("sort_keys")?.is_some_and(|flag| flag.is_truthy());
        if let Some(separators) = args.keyword("separators")?.filter(|separators| !separators.is_null()) {
            let texts: Option<Vec<&str>> =
                separators.as_items().map(|items| items.iter().filter_map(Value::as_str).collect());
            let Some([between, after]) = texts.as_deref() else {
                return Err("separators must be a pair of strings".into());
            };
            style.separators = Some(((*between).to_owned(), (*after).to_owned()));
        }
    }
    if let Some(flag) = args.keyword("ensure_ascii")? {
        style.ensure_ascii = flag.is_truthy();
    }
    if let Some(flag) = args.keyword("vault_to_text")? {
        style.show_envelopes = !flag.is_truthy();
    }
    let allow_nan = args.keyword("allow_nan")?.is_none_or(|flag| flag.is_truthy());
    check_profile(args)?;
    for ignored in ["skipkeys", "check_circular", "preprocess_unsafe"] {
        args.keyword(ignored)?;
    }
    if let Some(kind) = odd_key(input) {
        return Err(format!("Key of type '{kind}' is not JSON serializable by the 'tagless' profile.").into());
    }
    if !allow_nan && holds_no_json_number(input) {
        return Err("Out of range float values are not JSON compliant".into());
    }
    Ok(json::dumps(input, &style).into())
}

/// The reference has several ways to write values that JSON lacks; users see only the plain one.
fn check_profile(args: &mut Arguments<'_>) -> Result<()> {
    let Some(profile) = args.keyword("profile")?.filter(|profile| !profile.is_null()) else { return Ok(()) };
    match profile.as_str() {
        Some("tagless") => Ok(()),
        _ => Err(format!("Unknown profile name {}.", python::repr(&profile)).into()),
    }
}

/// The type of a key that JSON cannot have.
fn odd_key(value: &Value) -> Option<&'static str> {
    match &value.data {
        Data::List(items) | Data::Tuple(items) => items.iter().find_map(odd_key),
        Data::Map(map) => map.iter().find_map(|(key, value)| match key.data {
            Data::Tuple(_) | Data::Set(_) | Data::Bytes(_) => Some(key.type_name()),
            _ => odd_key(value),
        }),
        _ => None,
    }
}

fn holds_no_json_number(value: &Value) -> bool {
    match &value.data {
        Data::Float(number) => !number.is_finite(),
        Data::List(items) | Data::Tuple(items) => items.iter().any(holds_no_json_number),
        Data::Map(map) => map.values().any(holds_no_json_number),
        _ => false,
    }
}

fn from_json(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_profile(args)?;
    let text = match &input.data {
        Data::Text(text) => text.to_string(),
        Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => {
            let kind = input.type_name();
            return Err(format!("the JSON object must be str, bytes or bytearray, not {kind}").into());
        }
    };
    let value = json::parse(&text, &Origin::none()).map_err(|error| TemplateError::failure(error.to_string()))?;
    match marked_type(&value) {
        Some(kind) => {
            Err(format!("Object of type '{kind}' is not JSON deserializable by the 'tagless' profile.").into())
        }
        None => Ok(value),
    }
}

/// The type of an object that the reference writes for values that plain JSON cannot hold.
fn marked_type(value: &Value) -> Option<String> {
    match &value.data {
        Data::List(items) => items.iter().find_map(marked_type),
        Data::Map(map) => {
            let marked = ["__ansible_unsafe", "__ansible_vault"].into_iter().find(|key| map.contains_key(key));
            let named = || map.get("__ansible_type").map(python::str);
            marked.map(str::to_owned).or_else(named).or_else(|| map.values().find_map(marked_type))
        }
        _ => None,
    }
}
