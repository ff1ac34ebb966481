//! Lookups in tables: INI files, properties, CSV.

use crate::args::Kind;
use crate::args::key_value::{RAW_PARAMS, parse_kv};
use crate::data::{Data, Map, Text, Value, python};
use crate::diagnostic::Origin;
use crate::template::tools::csv::{Dialect, rows};
use crate::template::tools::ini::{Ini, Options};
use crate::template::tools::regex::{Anchor, Flags, Pattern};
use crate::template::tools::{charset, options};
use crate::template::{Arguments, Context, Lookup, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[
    Lookup::plain("ini", ini, "Reads values of INI files and of properties."),
    Lookup::plain("csvfile", csvfile, "Reads cells of a CSV file by a key."),
];

/// The options of a call, which the words of a term can override.
fn declared(args: &mut Arguments<'_>, kinds: &[(&'static str, Kind)]) -> Result<Map> {
    let mut given = Map::new();
    for (name, kind) in kinds {
        if let Some(value) = options::option(args, name, *kind)? {
            given.insert(*name, value);
        }
    }
    Ok(given)
}

fn text(options: &Map, name: &str, default: &str) -> String {
    options.get(name).map_or_else(|| default.to_owned(), python::str)
}

fn read(context: &Context, term: &str, encoding: &str) -> Result<String> {
    let Some(path) = options::find_file(context, "files", &Value::from(term))? else {
        return Err(format!("Could not find file: {term}").into());
    };
    charset::decode(&context.world().read_file(&path)?, encoding)
}

const INI_OPTIONS: [(&str, Kind); 8] = [
    ("type", Kind::Str),
    ("file", Kind::Str),
    ("section", Kind::Str),
    ("re", Kind::Bool),
    ("encoding", Kind::Str),
    ("interpolation", Kind::Bool),
    ("case_sensitive", Kind::Bool),
    ("allow_no_value", Kind::Bool),
];

fn ini(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    if let Some(kind) = args.keyword("allow_none")? {
        let flag = options::typed("ini", "allow_no_value", &kind, Kind::Bool)?;
        return ini_with(terms, args, Some(flag));
    }
    ini_with(terms, args, None)
}

fn ini_with(terms: &[Value], args: &mut Arguments<'_>, allow_no_value: Option<Value>) -> Result<Vec<Value>> {
    let default = args.keyword("default")?.unwrap_or_else(|| Value::from(""));
    let mut given = declared(args, &INI_OPTIONS)?;
    if let Some(flag) = allow_no_value {
        given.insert("allow_no_value", flag);
    }
    let mut found = Vec::new();
    for term in terms {
        let Some(words) = term.as_str() else {
            return Err(format!("argument of type '{}' is not iterable", term.type_name()).into());
        };
        let (key, options) = ini_term(words, &given)?;
        match ini_values(&key, &options, args.context())? {
            Some(values) => found.extend(values.into_iter().map(Value::from)),
            None => match &default.data {
                Data::List(items) | Data::Tuple(items) => found.extend(items.iter().cloned()),
                _ => found.push(default.clone()),
            },
        }
    }
    Ok(found)
}

/// The key of a term and the options, those in the term's own words included.
fn ini_term(words: &str, given: &Map) -> Result<(String, Map)> {
    let known = ["type", "section", "file", "re", "default", "encoding"];
    let mut parts: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let is_option = known.iter().any(|name| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
        match parts.last_mut() {
            Some(last) if !is_option => {
                last.push(' ');
                last.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
    }
    let mut options = given.clone();
    let mut key = words.to_owned();
    if parts.iter().any(|part| part.contains('=')) {
        for part in &parts {
            let pieces: Vec<&str> = part.split('=').collect();
            match pieces.as_slice() {
                [name] => key = (*name).to_owned(),
                [name, value] if known.contains(name) => {
                    let kind = if *name == "re" { Kind::Bool } else { Kind::Str };
                    options.insert(*name, options::typed("ini", name, &Value::from(*value), kind)?);
                }
                [name, _] => return Err(format!("{} is not a valid option.", python::text_repr(name)).into()),
                _ => {
                    let parts = Value::list(parts.iter().map(|part| Value::from(part.as_str())));
                    return Err(format!(
                        "Could not use {} from {}: too many values to unpack (expected 2)",
                        python::text_repr(part),
                        python::repr(&parts)
                    )
                    .into());
                }
            }
        }
    }
    Ok((key, options))
}

/// The values of a key, or of all keys that an expression fits; `None` where the key is not there.
fn ini_values(key: &str, options: &Map, context: &Context) -> Result<Option<Vec<String>>> {
    let is_properties = match text(options, "type", "ini").as_str() {
        "ini" => false,
        "properties" => true,
        other => {
            let shown = python::text_repr(other);
            return Err(format!("Invalid value {shown} for config 'type' for 'ini' lookup plugin.").into());
        }
    };
    let flag = |name: &str, default: bool| options.get(name).map_or(default, Value::is_truthy);
    let mut content = read(context, &text(options, "file", "ansible.ini"), &text(options, "encoding", "utf-8"))?;
    let mut section = text(options, "section", "global");
    if is_properties {
        section = "java_properties".to_owned();
        content = format!("[{section}]\n{content}");
    }
    let case_sensitive = flag("case_sensitive", false);
    let ini = Ini::parse(
        &content,
        &Options { case_sensitive, allow_no_value: flag("allow_no_value", false), name: "<???>" },
    )?;
    let value = |key: &str| -> Result<Option<Option<String>>> {
        if flag("interpolation", true) {
            return ini.value(&section, key);
        }
        Ok(ini.raw(&section, key)?.map(|value| value.map(str::to_owned)))
    };
    if flag("re", false) {
        let expression = Pattern::anchored(key, Flags::default(), Anchor::Start)?;
        let mut values = Vec::new();
        for key in ini.keys(&section)? {
            if expression.search(key)?.is_some() {
                values.extend(value(key)?.flatten());
            }
        }
        return Ok(Some(values));
    }
    let key = if case_sensitive { key.to_owned() } else { key.to_lowercase() };
    Ok(value(&key)?.map(|value| value.into_iter().collect()))
}

const CSV_OPTIONS: [(&str, Kind); 5] =
    [("col", Kind::Str), ("keycol", Kind::Str), ("delimiter", Kind::Str), ("file", Kind::Str), ("encoding", Kind::Str)];

fn csvfile(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let default = args.keyword("default")?.filter(|default| !default.is_null());
    let given = declared(args, &CSV_OPTIONS)?;
    let mut found = Vec::new();
    for term in terms {
        let Some(words) = term.as_str() else {
            return Err(format!("'{}' object has no attribute 'split'", term.type_name()).into());
        };
        let parsed = parse_kv(&Text::plain(words), &Origin::none(), false);
        let parsed = parsed.map_err(|error| TemplateError::failure(error.joined()))?;
        let Some(key) = parsed.get(RAW_PARAMS).map(python::str) else {
            return Err("Search key is required but was not found".into());
        };
        let mut options = given.clone();
        let mut default = default.clone();
        for (name, value) in parsed.iter().filter(|(name, _)| name.as_str() != Some(RAW_PARAMS)) {
            let name = python::str(name);
            match name.as_str() {
                "default" => default = Some(value.clone()),
                known if CSV_OPTIONS.iter().any(|(option, _)| *option == known) => {
                    options.insert(name, value.clone());
                }
                _ => return Err(format!("{name} is not a valid option").into()),
            }
        }
        match csv_cell(&key, &options, args.context())? {
            Some(cell) => found.push(cell.into()),
            None => match default {
                None => {}
                Some(Value { data: Data::List(items), .. }) => found.extend(items.iter().cloned()),
                Some(other) => found.push(other),
            },
        }
    }
    Ok(found)
}

fn csv_cell(key: &str, options: &Map, context: &Context) -> Result<Option<String>> {
    let column = |name: &str, default: i64| -> Result<i64> {
        let value = options.get(name).map(|value| options::typed("csvfile", name, value, Kind::Int)).transpose()?;
        Ok(value.and_then(|value| value.as_int()).unwrap_or(default))
    };
    let (wanted, key_column) = (column("col", 1)?, column("keycol", 0)?);
    let delimiter = match text(options, "delimiter", "TAB") {
        tab if tab == "TAB" => "\t".to_owned(),
        other => other,
    };
    let dialect = Dialect::default().with_delimiter(&delimiter)?;
    let content = read(context, &text(options, "file", "ansible.csv"), &text(options, "encoding", "utf-8"))?;
    let cell = |row: &[String], column: i64| -> Result<String> {
        let column = if column < 0 { column + row.len() as i64 } else { column };
        let cell = usize::try_from(column).ok().and_then(|column| row.get(column));
        cell.cloned().ok_or_else(|| "list index out of range".into())
    };
    for row in rows(&content, &dialect)?.iter().filter(|row| !row.is_empty()) {
        if cell(row, key_column)? == key {
            return cell(row, wanted).map(Some);
        }
    }
    Ok(None)
}
