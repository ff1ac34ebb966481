//! Filters of community.general on mappings: made of lists, reduced to keys.

use crate::data::{Data, Map, Value, python};
use crate::template::tools::iterate::{is_hashable, items_of};
use crate::template::tools::regex::{Anchor, Flags, Pattern};
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("dict", dict, "Makes a mapping of pairs.").of(COLLECTION),
    Filter::plain("dict_kv", dict_kv, "Makes a mapping of one key.").of(COLLECTION),
    Filter::plain("groupby_as_dict", groupby_as_dict, "Makes a mapping of mappings by one of their values.")
        .of(COLLECTION),
    Filter::plain("counter", counter, "Counts the items of a list.").of(COLLECTION),
    Filter::plain("keep_keys", keep_keys, "Keeps these keys of mappings in a list.").of(COLLECTION),
    Filter::plain("remove_keys", remove_keys, "Removes these keys from mappings in a list.").of(COLLECTION),
    Filter::plain("replace_keys", replace_keys, "Renames keys of mappings in a list.").of(COLLECTION),
];

fn class(value: &Value) -> String {
    format!("<class '{}'>", value.type_name())
}

fn hashable(key: Value) -> Result<Value> {
    if is_hashable(&key) { Ok(key) } else { Err(format!("unhashable type: '{}'", key.type_name()).into()) }
}

fn dict(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    if matches!(input.data, Data::Map(_)) {
        return Ok(input.clone());
    }
    let mut map = Map::new();
    for (index, pair) in items_of(input)?.iter().enumerate() {
        let parts = items_of(pair).map_err(|_| {
            TemplateError::failure(format!("cannot convert dictionary update sequence element #{index} to a sequence"))
        })?;
        let [key, value] = parts.as_slice() else {
            let length = parts.len();
            return Err(
                format!("dictionary update sequence element #{index} has length {length}; 2 is required").into()
            );
        };
        map.insert(hashable(key.clone())?, value.clone());
    }
    Ok(map.into())
}

fn dict_kv(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let key = hashable(args.required("key")?)?;
    Ok(Map::from([(key, input.clone())]).into())
}

fn groupby_as_dict(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let attribute = args.required("attribute")?;
    if !matches!(input.data, Data::List(_) | Data::Tuple(_) | Data::Text(_)) {
        return Err("Input is not a sequence".into());
    }
    let mut map = Map::new();
    for (index, item) in items_of(input)?.into_iter().enumerate() {
        let Some(members) = item.as_map() else {
            return Err(format!("Sequence element #{index} is not a mapping").into());
        };
        let Some(key) = members.get_value(&attribute).cloned() else {
            return Err(format!("Attribute not contained in element #{index} of sequence").into());
        };
        let key = hashable(key)?;
        if map.contains_value_key(&key) {
            return Err(format!("Multiple sequence entries have attribute value {}", python::repr(&key)).into());
        }
        map.insert(key, item);
    }
    Ok(map.into())
}

fn counter(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    if !matches!(input.data, Data::List(_) | Data::Tuple(_) | Data::Text(_)) {
        let shown = python::repr(input);
        return Err(
            format!("Argument for counter must be a sequence (string or list). {shown} is {}", class(input)).into()
        );
    }
    let mut counts = Map::new();
    for item in items_of(input)? {
        let item = hashable(item).map_err(|error| {
            let why = error.message().to_owned();
            TemplateError::failure(format!(
                "counter needs a sequence with hashable elements (int, float or str) - {why}"
            ))
        })?;
        let count = counts.get_value(&item).and_then(Value::as_int).unwrap_or(0);
        counts.insert(item, count + 1);
    }
    Ok(counts.into())
}

/// Which keys of the mappings are meant.
enum Keys {
    Equal(Vec<String>),
    Start(Vec<String>),
    End(Vec<String>),
    Pattern(Pattern),
}

impl Keys {
    fn new(targets: Vec<String>, way: &str) -> Result<Self> {
        Ok(match (way, targets.as_slice()) {
            ("equal", _) => Self::Equal(targets),
            ("starts_with", _) => Self::Start(targets),
            ("ends_with", _) => Self::End(targets),
            (_, [one]) => Self::Pattern(Pattern::anchored(one, Flags::default(), Anchor::Start).map_err(|error| {
                TemplateError::failure(format!(
                    "The target must be a valid regex if matching_parameter=regex. target is {one}: {error}"
                ))
            })?),
            _ => return Err("Single item is required in the target list if matching_parameter=regex.".into()),
        })
    }

    fn has(&self, key: &str) -> Result<bool> {
        Ok(match self {
            Self::Equal(words) => words.iter().any(|word| word == key),
            Self::Start(words) => words.iter().any(|word| key.starts_with(word.as_str())),
            Self::End(words) => words.iter().any(|word| key.ends_with(word.as_str())),
            Self::Pattern(pattern) => pattern.search(key)?.is_some(),
        })
    }
}

const WAYS: [&str; 4] = ["equal", "starts_with", "ends_with", "regex"];

/// The mappings of a list, whose keys are texts.
fn mappings(input: &Value) -> Result<Vec<&Map>> {
    let Data::List(items) = &input.data else {
        return Err(format!("First argument must be a list. {} is {}", python::repr(input), class(input)).into());
    };
    let maps = items.iter().map(|item| {
        let map = item.as_map();
        map.ok_or_else(|| {
            let shown = python::repr(item);
            TemplateError::failure(format!("The data items must be dictionaries. {shown} is {}", class(item)))
        })
    });
    let maps = maps.collect::<Result<Vec<_>>>()?;
    for map in &maps {
        if map.keys().any(|key| key.as_str().is_none()) {
            let keys = Value::list(map.keys().cloned());
            return Err(format!("Top level keys must be strings. keys: dict_keys({})", python::repr(&keys)).into());
        }
    }
    Ok(maps)
}

fn way(args: &mut Arguments<'_>) -> Result<String> {
    let way = args.or("matching_parameter", "equal")?;
    let word = python::str(&way);
    if WAYS.contains(&word.as_str()) {
        return Ok(word);
    }
    let known = Value::list(WAYS.map(Value::from));
    Err(format!("The matching_parameter must be one of {}. matching_parameter is {word}", python::repr(&known)).into())
}

fn keys(args: &mut Arguments<'_>) -> Result<Keys> {
    let target = args.optional("target")?;
    let way = way(args)?;
    let Some(target) = target else { return Err("The target is required.".into()) };
    let texts: Option<Vec<String>> = match &target.data {
        Data::Text(text) => Some(vec![text.to_string()]),
        Data::List(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let texts = texts.ok_or_else(|| {
        let shown = python::repr(&target);
        TemplateError::failure(format!(
            "The target must be a string or a list of strings. {shown} is {}",
            class(&target)
        ))
    })?;
    if texts.is_empty() || texts == [""] {
        return Err("The target can't be empty.".into());
    }
    Keys::new(texts, &way)
}

fn reduced(input: &Value, args: &mut Arguments<'_>, keep: bool) -> Result<Value> {
    let maps = mappings(input)?;
    let keys = keys(args)?;
    let mut result = Vec::new();
    for map in maps {
        let mut rest = Map::new();
        for (key, value) in map {
            if keys.has(key.as_str().unwrap_or_default())? == keep {
                rest.insert(key.clone(), value.clone());
            }
        }
        result.push(Value::from(rest));
    }
    Ok(result.into())
}

fn keep_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    reduced(input, args, true)
}

fn remove_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    reduced(input, args, false)
}

fn replace_keys(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let maps = mappings(input)?;
    let target = args.optional("target")?;
    let way = way(args)?;
    let pairs = match target.as_ref().map(|target| &target.data) {
        Some(Data::List(items)) => items.as_ref().clone(),
        _ => return Err("The target must be a list of dictionaries.".into()),
    };
    if pairs.is_empty() {
        return Err("The target can't be empty.".into());
    }
    let mut renames = Vec::new();
    for pair in &pairs {
        let side = |name: &str| pair.get(name).and_then(Value::as_str).map(str::to_owned);
        if pair.as_map().is_some() && !["before", "after"].iter().all(|name| pair.get(name).is_some()) {
            return Err("All dictionaries in target must include attributes: after, before.".into());
        }
        let (Some(before), Some(after)) = (side("before"), side("after")) else {
            return Err("The attributes after and before in target must be strings.".into());
        };
        renames.push((Keys::new(vec![before], &way)?, after));
    }
    let mut result = Vec::new();
    for map in maps {
        let mut renamed = Map::new();
        for (key, value) in map {
            let text = key.as_str().unwrap_or_default();
            let mut new = None;
            for (keys, after) in &renames {
                if new.is_none() && keys.has(text)? {
                    new = Some(Value::from(after.as_str()));
                }
            }
            renamed.insert(new.unwrap_or_else(|| key.clone()), value.clone());
        }
        result.push(Value::from(renamed));
    }
    Ok(result.into())
}
