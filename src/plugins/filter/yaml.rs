//! Filters that read and write YAML.

use crate::data::yaml::{Flow, ScalarStyle, Style, dump, load_all, load_document};
use crate::data::{Data, Trust, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::template::tools::iterate::to_int;
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("to_yaml", to_yaml, "Writes data as YAML."),
    Filter::plain("to_nice_yaml", to_nice_yaml, "Writes data as YAML for people, indented."),
    Filter::plain("from_yaml", from_yaml, "Reads data from YAML."),
    Filter::plain("from_yaml_all", from_yaml_all, "Reads all documents of a YAML text."),
];

fn to_yaml(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let style = Style { flow: Flow::Leaves, allow_unicode: true, ..Style::default() };
    let flow = args.unless_null("default_flow_style")?;
    write(input, args, style, flow.as_ref())
}

fn to_nice_yaml(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let indent = args.or("indent", 4_i64)?;
    let style = Style { flow: Flow::Never, indent: small(&indent)?, allow_unicode: true, ..Style::default() };
    let flow = args.keyword("default_flow_style")?;
    if flow.as_ref().is_some_and(Value::is_null) {
        return write(input, args, Style { flow: Flow::Leaves, ..style }, None);
    }
    write(input, args, style, flow.as_ref())
}

fn small(value: &Value) -> Result<i32> {
    if value.is_null() {
        return Ok(0);
    }
    let number = match &value.data {
        Data::Int(_) | Data::Bool(_) => to_int(value)?,
        _ => return Err("an integer is required".into()),
    };
    Ok(i32::try_from(number).unwrap_or(if number > 0 { i32::MAX } else { -1 }))
}

/// The options that `yaml.dump` knows.
fn write(input: &Value, args: &mut Arguments<'_>, mut style: Style, flow: Option<&Value>) -> Result<Value> {
    if let Some(flow) = flow {
        style.flow = if flow.is_truthy() { Flow::Always } else { Flow::Never };
    }
    if let Some(indent) = args.keyword("indent")? {
        style.indent = small(&indent)?;
    }
    if let Some(width) = args.keyword("width")? {
        style.width = small(&width)?;
    }
    let mut flag = |name: &str, default: bool| -> Result<bool> {
        Ok(args.keyword(name)?.map_or(default, |flag| flag.is_truthy()))
    };
    style.sort_keys = flag("sort_keys", true)?;
    style.explicit_start = flag("explicit_start", false)?;
    style.explicit_end = flag("explicit_end", false)?;
    style.show_envelopes = flag("dump_vault_tags", true)?;
    if let Some(scalars) = args.keyword("default_style")?.filter(|style| !style.is_null()) {
        style.scalars = match scalars.as_str() {
            Some("'") => ScalarStyle::SingleQuoted,
            Some("\"") => ScalarStyle::DoubleQuoted,
            Some("|") => ScalarStyle::Literal,
            Some(">") => ScalarStyle::Folded,
            _ => ScalarStyle::Any,
        };
    }
    if args.has_keyword("allow_unicode") {
        return Err("dump() got multiple values for keyword argument 'allow_unicode'".into());
    }
    for ignored in ["canonical", "encoding", "line_break", "version", "tags"] {
        args.keyword(ignored)?;
    }
    Ok(dump(input, &style).into())
}

/// The YAML text, or the value itself where it is none.
fn text(input: &Value) -> Option<String> {
    match &input.data {
        Data::Text(text) => Some(text.to_string()),
        Data::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn failure(diagnostic: Diagnostic) -> TemplateError {
    TemplateError::failure(diagnostic.joined())
}

fn from_yaml(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let Some(text) = text(input) else {
        warn_of(input, args);
        return Ok(input.clone());
    };
    let mut warnings = Vec::new();
    let value = load_document(&text, &Origin::none(), Trust::Plain, &mut warnings).map_err(failure)?;
    for warning in warnings {
        args.context().world().warn(&warning.diagnostic.joined(), &Origin::none());
    }
    Ok(value)
}

fn from_yaml_all(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let Some(text) = text(input) else {
        if input.is_null() {
            return Ok(Value::list([]));
        }
        warn_of(input, args);
        return Ok(input.clone());
    };
    let mut warnings = Vec::new();
    Ok(Value::from(load_all(&text, &Origin::none(), Trust::Plain, &mut warnings).map_err(failure)?))
}

fn warn_of(input: &Value, args: &Arguments<'_>) {
    if input.is_null() {
        return;
    }
    let message = format!(
        "The {} filter ignored non-string input '{}' of type '{}'.",
        args.function(),
        python::str(input),
        input.type_name()
    );
    args.context().world().deprecated(&message, "2.23", &Origin::none());
}
