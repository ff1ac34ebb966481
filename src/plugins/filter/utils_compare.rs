//! Filters that compare data: lists of names, facts, tables from several sources.

use indexmap::IndexSet;

use crate::args::Kind;
use crate::data::difflib::{split_lines, unified_diff};
use crate::data::{Data, Map, Value, json, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::iterate::items_of;
use crate::template::tools::regex::{Anchor, Flags, Pattern};
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "ansible.utils";

pub const FILTERS: &[Filter] = &[
    Filter::plain("param_list_compare", param_list_compare, "Tells which names of a list are known.").of(COLLECTION),
    Filter::plain("fact_diff", fact_diff, "Shows what differs between two states.").of(COLLECTION),
    Filter::plain("consolidate", consolidate, "Puts tables together by a key.").of(COLLECTION),
];

fn param_list_compare(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let target = args.required("target")?;
    if matches!(input.data, Data::Map(_)) {
        return Err("argspec validation failed for param_list_compare filter plugin".into());
    }
    let targets = items_of(&target)?;
    let known = match &input.data {
        Data::List(items) | Data::Tuple(items) => items.as_ref().clone(),
        Data::Text(_) => vec![input.clone()],
        _ if targets.is_empty() => Vec::new(),
        _ => return Err(format!("argument of type '{}' is not iterable", input.type_name()).into()),
    };
    let text = |value: &Value| python::str(value);
    let wants_all = targets.iter().any(|target| text(target) == "all");
    let is_refused = |name: &Value| targets.iter().any(|target| text(target).strip_prefix('!') == Some(&*text(name)));
    let is_chosen = |name: &Value| if wants_all { !is_refused(name) } else { targets.contains(name) };
    let is_part = |name: &Value| input.as_str().is_some_and(|whole| whole.contains(&text(name)));
    let actionable: Vec<Value> = if input.as_str().is_some() {
        targets.iter().filter(|target| is_part(target)).cloned().collect()
    } else {
        let mut seen = IndexSet::new();
        known.iter().filter(|name| is_chosen(name) && seen.insert((*name).clone())).cloned().collect()
    };
    let is_unknown = |target: &&Value| {
        let name = text(target);
        name != "all" && !name.starts_with('!') && !known.contains(target) && !is_part(target)
    };
    let unsupported: Vec<Value> = targets.iter().filter(is_unknown).cloned().collect();
    Ok(Map::from([("actionable", Value::from(actionable)), ("unsupported", unsupported.into())]).into())
}

const NATIVE: &str = "ansible.utils.native";

fn fact_diff(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let parameters = [
        Parameter::required("before", Kind::Raw),
        Parameter::required("after", Kind::Raw),
        Parameter::optional("plugin", Kind::Dict),
        Parameter::optional("common", Kind::Bool),
    ];
    let map = bind(input, args, &parameters)?;
    let plugin = bound(&map, "plugin");
    if let Some(name) = plugin.get("name").map(python::str).filter(|name| name != NATIVE && name != "native") {
        return Err(format!("There is no way '{name}' to compare facts.").into());
    }
    let skip = match plugin.get("vars").and_then(|vars| vars.get("skip_lines")).filter(|skip| skip.is_truthy()) {
        None => Vec::new(),
        Some(Value { data: Data::List(items), .. }) => items.iter().map(python::str).collect(),
        Some(one) => vec![python::str(one)],
    };
    let skip = skip
        .iter()
        .map(|pattern| Ok(Pattern::anchored(pattern, Flags::default(), Anchor::Start)?))
        .collect::<Result<Vec<_>>>()?;
    let (before, after) = (compared(input, &skip)?, compared(bound(&map, "after"), &skip)?);
    let mut lines = Vec::new();
    for line in unified_diff(&split_lines(&before), &split_lines(&after), "before", "after", 3) {
        match line.strip_suffix('\n') {
            Some(line) => lines.push(line.to_owned()),
            None => lines.extend([line, "\\ No newline at end of file".to_owned()]),
        }
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if bound(&map, "common").is_truthy() {
        lines.retain(|line| !line.starts_with(['+', '-']));
    }
    let lines = Value::list(lines.into_iter().map(Value::from));
    Ok(python::repr(&lines).into())
}

/// The text of a state: mappings as JSON, lists line by line.
fn compared(value: &Value, skip: &[Pattern]) -> Result<String> {
    let lines: Vec<String> = match &value.data {
        Data::Map(map) if skip.is_empty() => {
            let text =
                if map.is_empty() { String::new() } else { json::dumps(value, &json::Style::indented(4)) + "\n" };
            return Ok(text);
        }
        Data::Null => return Ok(String::new()),
        Data::Text(text) if skip.is_empty() => return Ok(text.to_string()),
        Data::Text(text) => text.lines().map(str::to_owned).collect(),
        Data::Map(map) => map.keys().map(python::str).collect(),
        Data::List(items) => items.iter().map(python::str).collect(),
        _ => return Err(format!("'{}' object has no attribute 'splitlines'", value.type_name()).into()),
    };
    let mut kept = Vec::new();
    for line in lines {
        let mut is_skipped = false;
        for pattern in skip {
            is_skipped = is_skipped || pattern.search(&line)?.is_some();
        }
        if !is_skipped {
            kept.push(line);
        }
    }
    Ok(kept.join("\n") + "\n")
}

/// One source of `consolidate`.
struct Source<'a> {
    name: Value,
    rows: Vec<(Option<Value>, &'a Value)>,
}

fn consolidate(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let parameters = [
        Parameter::required("data_sources", Kind::List),
        Parameter::optional("fail_missing_match_key", Kind::Bool),
        Parameter::optional("fail_missing_match_value", Kind::Bool),
        Parameter::optional("fail_duplicate", Kind::Bool),
    ];
    let map = bind(input, args, &parameters)?;
    let must = |name: &str| bound(&map, name).as_bool().unwrap_or(true);
    let fail = |check: &str, what: String| {
        TemplateError::failure(format!("Error when using plugin 'consolidate': '{check}' reported {what}"))
    };
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    for (number, source) in bound(&map, "data_sources").as_items().unwrap_or_default().iter().enumerate() {
        let number = number + 1;
        let (data, key, name) = source_parts(source)?;
        let mut rows = Vec::new();
        for (entry, row) in data.iter().enumerate() {
            let Some(members) = row.as_map() else {
                return Err(format!("'{}' object is not subscriptable", row.type_name()).into());
            };
            let value = members.get_value(&key).cloned();
            if value.is_none() {
                let (key, entry) = (python::repr(&key), entry + 1);
                problems.push(format!("missing match key {key} in data source {number} in list entry {entry}"));
            }
            rows.push((value, row));
        }
        sources.push((number, Source { name, rows }));
    }
    if must("fail_missing_match_key") && !problems.is_empty() {
        return Err(fail("fail_missing_match_key", problems.join(", ")));
    }
    for (number, source) in &sources {
        let values: Vec<&Value> = source.rows.iter().filter_map(|(value, _)| value.as_ref()).collect();
        let distinct: IndexSet<&Value> = values.iter().copied().collect();
        if must("fail_duplicate") && distinct.len() < values.len() {
            return Err(fail("fail_duplicate", format!("duplicate values in data source {number}")));
        }
    }
    joined(&sources, must("fail_missing_match_value"), fail)
}

fn source_parts(source: &Value) -> Result<(&[Value], Value, Value)> {
    let missing: Vec<&str> =
        ["data", "match_key", "name"].into_iter().filter(|name| source.get(name).is_none()).collect();
    if !missing.is_empty() {
        let names = missing.join(", ");
        return Err(format!("['missing required arguments: {names} found in data_sources']").into());
    }
    let data = source.get("data").and_then(Value::as_items).ok_or("string indices must be integers, not 'str'")?;
    let text = |name: &str| Value::text(source.get(name).map(python::str).unwrap_or_default());
    Ok((data, text("match_key"), text("name")))
}

/// Every value of the keys, in order, with what each source has for it.
fn joined(
    sources: &[(usize, Source<'_>)],
    must_match: bool,
    fail: impl Fn(&str, String) -> TemplateError,
) -> Result<Value> {
    let rows = sources.iter().flat_map(|(_, source)| &source.rows);
    let mut values: Vec<Value> = rows.filter_map(|(value, _)| value.clone()).collect();
    values.sort_by(|a, b| python::str(a).cmp(&python::str(b)));
    values.dedup();
    let mut result = Map::new();
    for value in values {
        let mut members = Map::new();
        for (number, source) in sources {
            let found = source.rows.iter().rfind(|(known, _)| known.as_ref() == Some(&value)).map(|(_, row)| *row);
            if must_match && found.is_none() {
                let what = format!("missing match value {} in data source {number}", python::str(&value));
                return Err(fail("fail_missing_match_value", what));
            }
            members.insert(source.name.clone(), found.cloned().unwrap_or_else(|| Map::new().into()));
        }
        result.insert(value, members);
    }
    Ok(result.into())
}
