//! Filters that keep, remove and rename keys at any depth.

use std::sync::Arc;

use crate::args::Kind;
use crate::data::{Data, Map, Value, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::regex::{Anchor, Flags, Pattern};
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "ansible.utils";

pub const FILTERS: &[Filter] = &[
    Filter::plain("keep_keys", keep_keys, "Keeps these keys of nested data.").of(COLLECTION),
    Filter::plain("remove_keys", remove_keys, "Removes these keys from nested data.").of(COLLECTION),
    Filter::plain("replace_keys", replace_keys, "Renames keys of nested data.").of(COLLECTION),
];

const WAYS: &[&str] = &["starts_with", "ends_with", "regex"];

const PARAMETERS: [Parameter; 3] = [
    Parameter::required("data", Kind::Raw),
    Parameter::required("target", Kind::List),
    Parameter::optional("matching_parameter", Kind::Str).one_of(WAYS),
];

/// Which keys are meant.
enum Matcher {
    Equal(Value),
    Start(String),
    End(String),
    Pattern(Pattern),
}

impl Matcher {
    fn new(target: &Value, way: Option<&str>) -> Result<Self> {
        let text = || python::str(target);
        Ok(match way {
            Some("starts_with") => Self::Start(text()),
            Some("ends_with") => Self::End(text()),
            Some("regex") => Self::Pattern(Pattern::anchored(&text(), Flags::default(), Anchor::Start)?),
            _ => Self::Equal(target.clone()),
        })
    }

    fn matches(&self, key: &Value) -> Result<bool> {
        if let Self::Equal(wanted) = self {
            return Ok(wanted == key);
        }
        let Some(text) = key.as_str() else {
            return Err(format!("'{}' object has no attribute 'startswith'", key.type_name()).into());
        };
        Ok(match self {
            Self::Start(start) => text.starts_with(start.as_str()),
            Self::End(end) => text.ends_with(end.as_str()),
            Self::Pattern(pattern) => pattern.search(text)?.is_some(),
            Self::Equal(_) => false,
        })
    }
}

fn prepared(filter: &str, what: &str, input: &Value, args: &mut Arguments<'_>) -> Result<Map> {
    let map = bind(input, args, &PARAMETERS)?;
    if matches!(input.data, Data::List(_) | Data::Map(_)) {
        return Ok(map);
    }
    Err(format!("Error when using plugin '{filter}': Input is not valid for {what}").into())
}

fn matchers(map: &Map) -> Result<Vec<Matcher>> {
    let way = bound(map, "matching_parameter").as_str();
    let targets = bound(map, "target").as_items().unwrap_or_default();
    // The reference compiles a bad pattern only when it meets a key.
    targets.iter().map(|target| Matcher::new(target, way)).collect()
}

/// Whether there is a key in the data at all.
fn has_keys(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => !map.is_empty(),
        Data::List(items) => items.iter().any(has_keys),
        _ => false,
    }
}

fn keep_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = prepared("keep_keys", "keep operation", input, args)?;
    if has_keys(input) { kept(input, &matchers(&map)?) } else { Ok(input.clone()) }
}

fn kept(value: &Value, matchers: &[Matcher]) -> Result<Value> {
    match &value.data {
        Data::List(items) => Ok(Value::list(kept_items(items, matchers)?)),
        Data::Map(map) => {
            let mut result = Map::new();
            for (key, item) in map.as_ref() {
                if let Some(item) = kept_item(key, item, matchers)? {
                    result.insert(key.clone(), item);
                }
            }
            Ok(result.into())
        }
        _ => Ok(value.clone()),
    }
}

fn kept_items(items: &[Value], matchers: &[Matcher]) -> Result<Vec<Value>> {
    items.iter().map(|item| kept(item, matchers)).collect()
}

/// One target after the other: whole where it is meant, else what is left of it; the last one wins.
fn kept_item(key: &Value, item: &Value, matchers: &[Matcher]) -> Result<Option<Value>> {
    let rest = || -> Result<Option<Value>> {
        Ok(match &item.data {
            Data::Map(_) => Some(kept(item, matchers)?).filter(Value::is_truthy),
            Data::List(items) => {
                let items = kept_items(items, matchers)?;
                let filled: Vec<Value> = items.iter().filter(|item| item.is_truthy()).cloned().collect();
                let items = if filled.is_empty() || matchers.is_empty() { items } else { filled };
                Some(Value::list(items)).filter(Value::is_truthy)
            }
            _ => None,
        })
    };
    if matchers.is_empty() {
        return rest();
    }
    let mut result = None;
    for matcher in matchers {
        let found = if matcher.matches(key)? { Some(item.clone()) } else { rest()? };
        result = found.or(result);
    }
    Ok(result)
}

fn remove_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = prepared("remove_keys", "attribute removal", input, args)?;
    if has_keys(input) { removed(input, &matchers(&map)?) } else { Ok(emptied(input)) }
}

/// Items of lists that are empty go too.
fn emptied(value: &Value) -> Value {
    match &value.data {
        Data::List(items) => Value::list(items.iter().map(emptied).filter(is_something)),
        _ => value.clone(),
    }
}

fn removed(value: &Value, matchers: &[Matcher]) -> Result<Value> {
    match &value.data {
        Data::List(items) => {
            // An item goes that is empty before or after, but a list that only became empty stays.
            let items = items.iter().filter(|item| is_something(item)).map(|item| removed(item, matchers));
            let items = items.collect::<Result<Vec<_>>>()?;
            let is_empty_map = |item: &Value| item.as_map().is_some_and(Map::is_empty);
            Ok(Value::list(items.into_iter().filter(|item| !is_empty_map(item))))
        }
        Data::Map(map) => {
            let mut result = Map::new();
            for (key, item) in map.as_ref() {
                let mut is_meant = false;
                for matcher in matchers {
                    is_meant = is_meant || matcher.matches(key)?;
                }
                if !is_meant {
                    result.insert(key.clone(), removed(item, matchers)?);
                }
            }
            Ok(result.into())
        }
        _ => Ok(value.clone()),
    }
}

fn is_something(value: &Value) -> bool {
    match &value.data {
        Data::List(_) | Data::Map(_) | Data::Null => value.is_truthy(),
        _ => true,
    }
}

fn replace_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &PARAMETERS)?;
    let way = bound(&map, "matching_parameter").as_str();
    let mut renames = Vec::new();
    for target in bound(&map, "target").as_items().unwrap_or_default() {
        let Some(pair) = target.as_map() else {
            return Err(TemplateError::failure(
                "['dictionary requested, could not parse JSON or key=value', \"Elements value for option 'target' is \
                 of type str and we were unable to convert to dict: dictionary requested, could not parse JSON or \
                 key=value\"]",
            ));
        };
        let side = |name: &str| pair.get(name).cloned().unwrap_or_default();
        renames.push((Matcher::new(&side("before"), way)?, side("after")));
    }
    match &input.data {
        Data::List(_) | Data::Map(_) => renamed(input, &renames),
        _ => Err("Error when using plugin 'replace_keys': Input is not valid for replace operation".into()),
    }
}

/// Keys with a new name stand at the end, in the order of the renames.
fn renamed(value: &Value, renames: &[(Matcher, Value)]) -> Result<Value> {
    match &value.data {
        Data::List(items) => {
            let items = items.iter().map(|item| renamed(item, renames)).collect::<Result<Vec<_>>>()?;
            Ok(Value::new(Data::List(Arc::new(items)), value.origin.clone()))
        }
        Data::Map(map) => {
            let mut result = Map::new();
            for (key, item) in map.as_ref() {
                result.insert(key.clone(), renamed(item, renames)?);
            }
            for (matcher, after) in renames {
                let keys: Vec<Value> = result.keys().cloned().collect();
                for key in keys {
                    if matcher.matches(&key)?
                        && let Some(item) = result.remove_value_key(&key)
                    {
                        result.insert(after.clone(), item);
                    }
                }
            }
            Ok(result.into())
        }
        _ => Ok(value.clone()),
    }
}
