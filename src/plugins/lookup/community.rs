//! Lookups of community.general: products, variables by pattern, random texts, trees of files.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use base64::Engine as _;

use crate::data::{Data, Map, Value, python};
use crate::template::operators::iterate;
use crate::template::tools::iterate::items_of;
use crate::template::tools::mersenne::Random;
use crate::template::tools::options;
use crate::template::tools::regex::{Flags, Pattern};
use crate::template::{Arguments, Lookup, Object, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const LOOKUPS: &[Lookup] = &[
    Lookup::raw("cartesian", cartesian, "Gives every way to take one item of each list.")
        .of(COLLECTION)
        .also(&[".cartesian", "ansible.builtin.cartesian"]),
    Lookup::raw("flattened", flattened, "Gives the items of lists in lists one by one.")
        .of(COLLECTION)
        .also(&[".flattened", "ansible.builtin.flattened"]),
    Lookup::plain("dependent", dependent, "Loops in loops, where an inner list may depend on outer items.")
        .of(COLLECTION),
    Lookup::plain("filetree", file_tree, "Gives the files, folders and links below folders.")
        .of(COLLECTION)
        .also(&[".filetree", "ansible.builtin.filetree"]),
    Lookup::plain("merge_variables", merge_variables, "Merges all variables whose names fit.").of(COLLECTION),
    Lookup::plain("random_string", random_string, "Makes a text by chance.").of(COLLECTION),
];

fn cartesian(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    if terms.is_empty() {
        return Err("with_cartesian requires at least one element in each list".into());
    }
    let mut rows: Vec<Vec<Object>> = vec![Vec::new()];
    for term in terms {
        let term = term.resolved().usable()?;
        // A text or anything single is one item.
        let items = match &term {
            Object::List(_) | Object::Tuple(_) | Object::Dict(_) => iterate(&term)?,
            Object::Value(value) if value.as_str().is_some() => {
                items_of(value)?.into_iter().map(Object::from).collect()
            }
            _ => vec![term],
        };
        let longer = |row: &Vec<Object>| -> Vec<Vec<Object>> {
            items.iter().map(|item| row.iter().chain([item]).cloned().collect()).collect()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    rows.into_iter().map(|row| Ok(Object::list(flat_once(row)?))).collect()
}

/// Lists in a row are put into it.
fn flat_once(row: Vec<Object>) -> Result<Vec<Object>> {
    let mut flat = Vec::new();
    for item in row {
        match item.resolved().usable()? {
            list @ (Object::List(_) | Object::Tuple(_)) => flat.extend(iterate(&list)?),
            other => flat.push(other),
        }
    }
    Ok(flat)
}

const DEEPEST: usize = 200;

fn flattened(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let mut flat = Vec::new();
    for term in terms {
        flatten(&term, &mut flat, 0)?;
    }
    Ok(flat)
}

fn flatten(object: &Object, flat: &mut Vec<Object>, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err("maximum recursion depth exceeded".into());
    }
    let object = object.resolved().usable()?;
    match &object {
        Object::List(_) | Object::Tuple(_) => {
            for item in iterate(&object)? {
                // What older versions wrote for nothing ends a list.
                if matches!(item.resolved().as_str(), Some("None" | "null")) {
                    break;
                }
                flatten(&item, flat, depth + 1)?;
            }
            Ok(())
        }
        _ => {
            flat.push(object);
            Ok(())
        }
    }
}

fn dependent(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let mut seen: Vec<Value> = Vec::new();
    let mut parts = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        let Some((name, value)) = term.as_map().filter(|map| map.len() == 1).and_then(|map| map.get_index(0)) else {
            return Err(format!("Parameter {index} must be a one-element dictionary, got {}", python::str(term)).into());
        };
        if !matches!(value.data, Data::List(_) | Data::Map(_) | Data::Text(_) | Data::Tuple(_)) {
            let kind = value.type_name();
            return Err(format!(
                "Parameter {} (index {index}) must have a value of type string, dictionary or list, got type <class '{kind}'>",
                python::repr(name)
            )
            .into());
        }
        if seen.contains(name) {
            return Err(format!("The variable {} appears more than once", python::repr(name)).into());
        }
        seen.push(name.clone());
        parts.push((name.clone(), value.clone()));
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    descend(&parts, &Map::new(), args, &mut rows)?;
    Ok(rows)
}

fn descend(parts: &[(Value, Value)], item: &Map, args: &Arguments<'_>, rows: &mut Vec<Value>) -> Result<()> {
    let Some(((name, value), rest)) = parts.split_first() else {
        rows.push(item.clone().into());
        return Ok(());
    };
    let value = match value.as_text() {
        None => value.clone(),
        Some(expression) => args.context().evaluate_with_item(expression, item)?,
    };
    let values = match &value.data {
        Data::Map(map) => {
            let pair = |(key, value): (&Value, &Value)| -> Value {
                Map::from([("key", key.clone()), ("value", value.clone())]).into()
            };
            map.iter().map(pair).collect()
        }
        _ => items_of(&value)?,
    };
    for value in values {
        let mut item = item.clone();
        item.insert(name.clone(), value);
        descend(rest, &item, args, rows)?;
    }
    Ok(())
}

fn merge_variables(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let initial = args.keyword("initial_value")?;
    let way = options::choice(args, "pattern_type", &["prefix", "suffix", "regex"])?.unwrap_or("regex");
    let overriding = options::choice(args, "override", &["error", "warn", "ignore"])?.unwrap_or("error");
    if args.keyword("groups")?.is_some() {
        return Err("merge_variables does not take variables of other hosts; leave out 'groups'.".into());
    }
    let context = args.context();
    let mut results = Vec::new();
    for term in terms {
        let Some(pattern) = term.as_str() else {
            let kind = term.type_name();
            return Err(format!("Invalid search pattern: expected a string, got <class '{kind}'>").into());
        };
        let expression = Pattern::new(pattern, Flags::default())?;
        let mut result: Option<Value> = initial.clone();
        let mut names = context.scope().names();
        names.sort();
        for name in names {
            let fits = match way {
                "prefix" => name.starts_with(pattern),
                "suffix" => name.ends_with(pattern),
                _ => expression.search(&name)?.is_some(),
            };
            let Some(variable) = fits.then(|| context.variable(&name)).flatten() else { continue };
            let value = variable.usable()?.to_value()?;
            result = Some(match (result, &value.data) {
                (None, Data::Map(_) | Data::List(_)) => value,
                (Some(Value { data: Data::Map(older), .. }), Data::Map(newer)) => {
                    let refuse = |path: &str, old: &Value, new: &Value| {
                        let path = path.rsplit('.').next().unwrap_or(path);
                        let (old, new) = (python::str(old), python::str(new));
                        let message = format!(
                            "The key '{path}' with value '{old}' will be overwritten with value '{new}' from '{name}.{path}'"
                        );
                        match overriding {
                            "error" => return Err(TemplateError::failure(message)),
                            "warn" => context.world().warn(&message, &term.origin),
                            _ => {}
                        }
                        Ok(())
                    };
                    merged(&older, newer, "", &refuse)?.into()
                }
                (Some(Value { data: Data::List(older), .. }), Data::List(newer)) => {
                    Value::list(older.iter().chain(newer.iter()).cloned())
                }
                _ => return Err("Unable to merge, not all variables are of the same type".into()),
            });
        }
        results.push(result.unwrap_or_default());
    }
    Ok(results)
}

/// What to do where a value would be replaced by another one.
type OnConflict<'a> = &'a dyn Fn(&str, &Value, &Value) -> Result<()>;

/// One mapping laid over another: mappings inside are merged too, lists put together.
fn merged(older: &Map, newer: &Map, path: &str, on_conflict: OnConflict<'_>) -> Result<Map> {
    let mut result = older.clone();
    for (key, new) in newer {
        let path = format!("{path}.{}", python::str(key));
        let value = match (result.get_value(key).map(|old| &old.data), &new.data) {
            (Some(Data::Map(old)), Data::Map(new)) => merged(old, new, &path, on_conflict)?.into(),
            (Some(Data::List(old)), Data::List(new)) => Value::list(old.iter().chain(new.iter()).cloned()),
            (Some(_), _) => {
                let old = result.get_value(key).cloned().unwrap_or_default();
                if old != *new {
                    on_conflict(&path, &old, new)?;
                }
                new.clone()
            }
            (None, _) => new.clone(),
        };
        result.insert(key.clone(), value);
    }
    Ok(result)
}

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const SPECIAL: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

fn random_string(_: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let length = options::int(args, "length", 8)?;
    let override_all = args.keyword("override_all")?.filter(Value::is_truthy).map(|all| python::str(&all));
    let special = args.keyword("override_special")?.filter(Value::is_truthy).map(|text| python::str(&text));
    let special = special.unwrap_or_else(|| SPECIAL.to_owned());
    let similar = options::text(args, "similar_chars", "il1LoO0")?;
    let leave_out = if options::flag(args, "ignore_similar_chars", false)? { similar } else { String::new() };
    let kept = |characters: &str| -> Vec<char> { characters.chars().filter(|c| !leave_out.contains(*c)).collect() };
    let classes = [("upper", UPPER), ("lower", LOWER), ("numbers", DIGITS), ("special", special.as_str())];
    let mut available = Vec::new();
    for (name, characters) in classes {
        if options::flag(args, name, true)? {
            available.extend(kept(characters));
        }
    }
    let minima =
        [("min_numeric", DIGITS), ("min_lower", LOWER), ("min_upper", UPPER), ("min_special", special.as_str())];
    let minima = minima.map(|(name, characters)| (options::int(args, name, 0), characters));
    let is_base64 = options::flag(args, "base64", false)?;
    // A seed is a text, also where it looks like a number.
    let seed = args.keyword("seed")?.filter(|seed| !seed.is_null()).map(|seed| Value::text(python::str(&seed)));
    args.keywords()?;
    let world = args.context().world().clone();
    let mut random = Random::new(seed.as_ref(), &*world)?;
    let mut text: Vec<char> = Vec::new();
    match override_all {
        Some(all) => available = kept(&all),
        None => {
            for (count, characters) in minima {
                choose(&mut random, &kept(characters), count?, &mut text)?;
            }
        }
    }
    let has_minima = !text.is_empty();
    let rest = length - text.len() as i64;
    choose(&mut random, &available, rest, &mut text)?;
    if has_minima {
        Random::System(&*world).shuffle(&mut text);
    }
    let text: String = text.into_iter().collect();
    let text = if is_base64 { base64::engine::general_purpose::STANDARD.encode(text) } else { text };
    Ok(vec![text.into()])
}

fn choose(random: &mut Random<'_>, characters: &[char], count: i64, text: &mut Vec<char>) -> Result<()> {
    if characters.is_empty() && count > 0 {
        return Err("Available characters cannot be None, please change constraints".into());
    }
    for _ in 0..count {
        text.push(characters[random.choose(characters.len())?]);
    }
    Ok(())
}

fn file_tree(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let exclude = args.keyword("exclude")?.filter(Value::is_truthy);
    let exclude = exclude.map(|pattern| Pattern::new(&python::str(&pattern), Flags::default())).transpose()?;
    let context = args.context();
    let mut entries = Vec::new();
    for term in terms {
        let Some(name) = term.as_str() else {
            return Err(format!("'{}' object has no attribute 'rstrip'", term.type_name()).into());
        };
        let Some(root) = context.world().find_file("files", name.trim_end_matches('/')) else { continue };
        if root.is_dir() {
            walk(&root, &root, exclude.as_ref(), &mut entries)?;
        }
    }
    Ok(entries)
}

/// Files and links of a folder, then its folders, then what is in those.
fn walk(root: &Path, folder: &Path, exclude: Option<&Pattern>, entries: &mut Vec<Value>) -> Result<()> {
    let failed = |error: std::io::Error| TemplateError::failure(format!("{}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if exclude.is_some_and(|exclude| exclude.search(&name).ok().flatten().is_some()) {
            continue;
        }
        let Ok(status) = std::fs::symlink_metadata(&path) else { continue };
        let mut entry = Map::from([("root", Value::from(format!("{}/", root.display()))), ("path", relative.into())]);
        let kind = status.file_type();
        if kind.is_symlink() {
            let target = std::fs::read_link(&path).map_err(failed)?;
            entry.insert("state", "link");
            entry.insert("src", target.to_string_lossy().into_owned());
        } else if kind.is_dir() {
            entry.insert("state", "directory");
        } else {
            entry.insert("state", "file");
            entry.insert("src", path.to_string_lossy().into_owned());
        }
        let seconds = |whole: i64, nanos: i64| whole as f64 + nanos as f64 / 1e9;
        entry.insert("uid", status.uid());
        entry.insert("gid", status.gid());
        entry.insert("mode", format!("0{:03o}", status.permissions().mode() & 0o7777));
        entry.insert("size", status.size());
        entry.insert("mtime", seconds(status.mtime(), status.mtime_nsec()));
        entry.insert("ctime", seconds(status.ctime(), status.ctime_nsec()));
        entries.push(entry.into());
        if kind.is_dir() {
            walk(root, &path, exclude, entries)?;
        }
    }
    Ok(())
}
