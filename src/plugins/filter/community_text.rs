//! Filters of community.general on text: checksums, durations, tables, files with sections.

use unicode_normalization::UnicodeNormalization;

use crate::data::{Data, Map, Value, python};
use crate::template::tools::csv::{Dialect, rows};
use crate::template::tools::ini::{Ini, Options};
use crate::template::tools::mersenne::Random;
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("crc32", crc32, "The CRC-32 checksum of a text.").of(COLLECTION),
    Filter::plain("unicode_normalize", unicode_normalize, "Writes the same characters in one way.").of(COLLECTION),
    Filter::plain("from_csv", from_csv, "Reads a table with separators.").of(COLLECTION),
    Filter::plain("from_ini", from_ini, "Reads a file with sections.").of(COLLECTION),
    Filter::plain("to_ini", to_ini, "Writes a file with sections.").of(COLLECTION),
    Filter::plain("random_mac", random_mac, "Completes the address of a network card by chance.")
        .of(COLLECTION)
        .also(&[".random_mac", "ansible.builtin.random_mac"]),
    Filter::plain("reveal_ansible_type", reveal_ansible_type, "Names the type of data and of what is in it.")
        .of(COLLECTION),
    Filter::plain("to_prettytable", to_pretty_table, "Is known, but draws no tables.").of(COLLECTION),
    Filter::plain("jc", jc, "Is known, but needs programs that are not there.").of(COLLECTION),
];

fn crc32(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let Some(text) = input.as_str() else {
        let shown = python::str(input);
        return Err(format!("Invalid value type (<class '{}'>) for crc32 ({shown})", input.type_name()).into());
    };
    let mut checksum = flate2::Crc::new();
    checksum.update(text.as_bytes());
    Ok(format!("{:x}", checksum.sum()).into())
}

fn unicode_normalize(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let form = args.or("form", "NFC")?;
    let Some(text) = input.as_str() else {
        return Err(format!("<class '{}'> is not a valid input type", input.type_name()).into());
    };
    let normalized: String = match form.as_str() {
        Some("NFC") => text.nfc().collect(),
        Some("NFD") => text.nfd().collect(),
        Some("NFKC") => text.nfkc().collect(),
        Some("NFKD") => text.nfkd().collect(),
        _ => return Err(format!("{} is not a valid form", python::str(&form)).into()),
    };
    Ok(normalized.into())
}

fn from_csv(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let name = args.text("dialect", "excel")?;
    let field_names = args.unless_null("fieldnames")?;
    let delimiter = args.unless_null("delimiter")?;
    let skip_initial_space = args.unless_null("skipinitialspace")?;
    let strict = args.unless_null("strict")?;
    let Some(mut dialect) = Dialect::named(&name) else {
        return Err(format!("Dialect '{name}' is not supported by your version of python.").into());
    };
    if let Some(delimiter) = delimiter {
        dialect = dialect.with_delimiter(&python::str(&delimiter))?;
    }
    if let Some(flag) = skip_initial_space {
        dialect.skip_initial_space = flag.is_truthy();
    }
    if let Some(flag) = strict {
        dialect.strict = flag.is_truthy();
    }
    let text = python::str(input);
    let failed = |error: TemplateError| TemplateError::failure(format!("Unable to process file: {}", error.message()));
    let mut rows = rows(&text, &dialect).map_err(failed)?.into_iter();
    let names = match field_names {
        Some(names) => crate::template::tools::iterate::items_of(&names)?,
        None => rows.next().unwrap_or_default().into_iter().map(Value::from).collect(),
    };
    let records = rows.filter(|row| !row.is_empty()).map(|row| Value::from(record(&names, row)));
    Ok(Value::list(records))
}

/// Cells by name; what has no name is a list under null.
fn record(names: &[Value], row: Vec<String>) -> Map {
    let mut cells = row.into_iter();
    let mut record = Map::new();
    for name in names {
        record.insert(name.clone(), cells.next().map_or(Value::NULL, Value::from));
    }
    let rest: Vec<Value> = cells.map(Value::from).collect();
    if !rest.is_empty() {
        record.insert(Value::NULL, rest);
    }
    record
}

fn from_ini(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let Some(text) = input.as_str() else {
        return Err(format!("from_ini requires a str, got <class '{}'>", input.type_name()).into());
    };
    let failed = |error: TemplateError| {
        TemplateError::failure(format!("from_ini failed to parse given string: {}", error.message()))
    };
    let options = Options { case_sensitive: true, allow_no_value: false, name: "<???>" };
    let ini = Ini::parse(text, &options).map_err(failed)?;
    let section = |name: &str| -> Result<Map> {
        let mut values = Map::new();
        for key in ini.keys(name)? {
            values.insert(key, ini.raw(name, key)?.flatten());
        }
        Ok(values)
    };
    let mut sections = Map::new();
    for name in ini.sections.keys() {
        sections.insert(name.as_str(), section(name)?);
    }
    let defaults = section("DEFAULT")?;
    if !defaults.is_empty() {
        sections.insert("DEFAULT", defaults);
    }
    Ok(sections.into())
}

fn to_ini(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let Some(map) = input.as_map() else {
        return Err(format!("to_ini requires a dict, got <class '{}'>", input.type_name()).into());
    };
    if map.is_empty() {
        return Err("to_ini received an empty dict. An empty dict cannot be converted.".into());
    }
    let failed = |why: String| TemplateError::failure(format!("to_ini failed to parse given dict:{why}"));
    let mut sections = Vec::new();
    for (name, values) in map {
        let Some(values) = values.as_map() else {
            return Err(failed(format!("'{}' object has no attribute 'items'", values.type_name())));
        };
        let mut lines = format!("[{}]\n", python::str(name));
        for (key, value) in values {
            if value.is_null() {
                return Err(failed("option values must be strings".to_owned()));
            }
            lines.push_str(&format!("{} = {}\n", python::str(key), python::str(value).replace('\n', "\n\t")));
        }
        sections.push(lines);
    }
    Ok(sections.join("\n").into())
}

fn random_mac(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let seed = args.optional("seed")?;
    let shown = python::str(input);
    let Some(text) = input.as_str() else {
        return Err(format!("Invalid value type (<class '{}'>) for random_mac ({shown})", input.type_name()).into());
    };
    let text = text.to_lowercase();
    let bytes: Vec<&str> = text.split(':').collect();
    let refuse = |why: String| TemplateError::failure(format!("Invalid value ({shown}) for random_mac: {why}"));
    if bytes.len() > 5 {
        return Err(refuse("5 colon(:) separated items max".to_owned()));
    }
    let is_byte = |byte: &&str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    if let Some(odd) = bytes.iter().find(|byte| !is_byte(byte)) {
        return Err(refuse(format!("{odd} not hexa byte")));
    }
    let world = args.context().world().clone();
    let mut random = Random::new(seed.as_ref(), &*world)?;
    // Ten digits, the first of which is not zero.
    let digits = format!("{:x}", random.range(0x10_0000_0000, 0x100_0000_0000, 1)?);
    let more: Vec<&str> = (0..6 - bytes.len()).filter_map(|place| digits.get(place * 2..place * 2 + 2)).collect();
    Ok(format!("{text}:{}", more.join(":")).into())
}

fn reveal_ansible_type(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let alias = args.unless_null("alias")?;
    let named = |value: &Value| -> String {
        let kind = value.type_name();
        let other = alias.as_ref().and_then(|alias| alias.get(kind)).map(python::str);
        other.unwrap_or_else(|| kind.to_owned())
    };
    let joined = |items: &mut dyn Iterator<Item = &Value>| {
        let mut kinds: Vec<String> = items.map(named).collect();
        kinds.sort();
        kinds.dedup();
        kinds.join("|")
    };
    Ok(match &input.data {
        Data::List(items) if !items.is_empty() => format!("{}[{}]", named(input), joined(&mut items.iter())),
        Data::Map(map) if !map.is_empty() => {
            format!("{}[{}, {}]", named(input), joined(&mut map.keys()), joined(&mut map.values()))
        }
        _ => named(input),
    }
    .into())
}

fn to_pretty_table(_: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    args.rest()?;
    args.keywords()?;
    Err("Tables are not drawn. Use a loop in a template instead.".into())
}

fn jc(_: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    args.required("parser")?;
    Err("The parsers of jc are programs in Python, which are not built in. Use json_query or regex_search.".into())
}
