//! Filters on mappings: from and to lists of items, laid over each other, walked into.

use std::rc::Rc;

use crate::data::{Data, Value, python};
use crate::template::operators::iterate;
use crate::template::tools::iterate::{is_hashable, usable_items};
use crate::template::tools::merge::{ListMerge, Merge};
use crate::template::{Arguments, Dict, Filter, Object, Result, TemplateError, item};

pub const FILTERS: &[Filter] = &[
    Filter::raw("combine", combine, "Lays mappings over each other."),
    Filter::raw("dict2items", dict_to_items, "Makes a list of key and value of a mapping."),
    Filter::raw("items2dict", items_to_dict, "Makes a mapping of a list of key and value."),
    Filter::raw("subelements", subelements, "Pairs each mapping of a list with the items of a list in it."),
    Filter::raw("extract", extract, "Takes an item of a container by the input."),
    Filter::raw("rekey_on_member", rekey_on_member, "Makes a mapping of mappings by one of their values."),
];

fn combine(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let recursive = args.keyword("recursive")?.is_some_and(|flag| flag.is_truthy());
    let list_merge = args.keyword("list_merge")?;
    if !args.keyword_objects().is_empty() {
        return Err("'recursive' and 'list_merge' are the only valid keyword arguments".into());
    }
    let mut dicts = Vec::new();
    for term in std::iter::once(input).chain(args.rest_objects()) {
        match term.resolved().usable()? {
            list @ (Object::List(_) | Object::Tuple(_)) => dicts.extend(usable_items(&list)?),
            other => dicts.push(other),
        }
    }
    dicts.retain(|dict| !is_nothing(dict));
    let Some(mut result) = dicts.pop() else { return Ok(Object::dict([])) };
    // From the strongest down: so the keys of the weakest come first.
    while let Some(weaker) = dicts.pop() {
        let lists = list_merge.as_ref().map_or(Ok(ListMerge::Replace), |name| ListMerge::named(&python::str(name)))?;
        result = Merge { recursive, lists }.over(&weaker, &result)?;
    }
    Ok(result)
}

/// What lists of terms may hold without meaning anything.
pub fn is_nothing(object: &Object) -> bool {
    object.is_null() || object.as_str().is_some_and(|text| text == "None" || text == "null")
}

/// A mapping, also one that stands for something else, as `hostvars`.
fn as_dict(object: &Object) -> Option<Rc<Dict>> {
    match object {
        Object::Dict(dict) => Some(dict.clone()),
        Object::Native(native) if native.is_mapping() => native.as_object().and_then(|object| as_dict(&object)),
        _ => None,
    }
}

/// How an object of the wrong type is named.
fn class(object: &Object) -> String {
    format!("<class '{}'>", object.type_name())
}

fn dict_to_items(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let key_name = args.or("key_name", "key")?;
    let value_name = args.or("value_name", "value")?;
    let input = input.usable()?;
    let Some(dict) = as_dict(&input) else {
        return Err(format!("dict2items requires a dictionary, got {} instead.", class(&input)).into());
    };
    let mut items = Vec::new();
    for (key, value) in dict.items() {
        items.push(Object::dict([(key_name.clone(), Object::from(key)), (value_name.clone(), value.usable()?)]));
    }
    Ok(Object::list(items))
}

/// `item[key]` of an item of a list: of a mapping, or of a sequence by number.
enum Member {
    Found(Object),
    Missing,
    NoSuchType,
}

fn member(item: &Object, key: &Value) -> Member {
    let by_place = |items: Vec<Object>| {
        let Some(place) = key.as_int() else { return Member::NoSuchType };
        let place = if place < 0 { place + items.len() as i64 } else { place };
        match usize::try_from(place).ok().and_then(|place| items.into_iter().nth(place)) {
            Some(found) => Member::Found(found),
            None => Member::Missing,
        }
    };
    match item {
        Object::Dict(dict) => dict.get(key).map_or(Member::Missing, Member::Found),
        Object::List(_) | Object::Tuple(_) | Object::Value(Value { data: Data::Text(_), .. }) => {
            by_place(usable_items(item).unwrap_or_default())
        }
        _ => Member::NoSuchType,
    }
}

fn shown(object: &Object) -> String {
    object.to_value().map_or_else(|_| object.type_name().to_owned(), |value| python::repr(&value))
}

fn items_to_dict(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let key_name = args.or("key_name", "key")?;
    let value_name = args.or("value_name", "value")?;
    let input = input.usable()?;
    if !matches!(input, Object::List(_) | Object::Tuple(_)) {
        return Err(format!("items2dict requires a list, got {} instead.", class(&input)).into());
    }
    let mut pairs = Vec::new();
    for item in usable_items(&input)? {
        match (member(&item, &key_name), member(&item, &value_name)) {
            (Member::Found(key), Member::Found(value)) => pairs.push((hashable(&key)?, value)),
            (Member::NoSuchType, _) | (_, Member::NoSuchType) => {
                let shown = shown(&input);
                return Err(format!("items2dict requires a list of dictionaries, got {shown} instead.").into());
            }
            _ => {
                return Err(format!(
                    "items2dict requires each dictionary in the list to contain the keys '{}' and '{}', got {} instead.",
                    python::str(&key_name),
                    python::str(&value_name),
                    shown(&input)
                )
                .into());
            }
        }
    }
    Ok(Object::dict(pairs))
}

/// The value of a key; lists and mappings cannot be one.
fn hashable(key: &Object) -> Result<Value> {
    let key = key.clone().usable()?.to_value()?;
    if is_hashable(&key) {
        return Ok(key);
    }
    Err(format!("unhashable type: '{}'", key.type_name()).into())
}

fn subelements(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let path = args.required("subelements")?;
    let skip_missing = args.flag("skip_missing", false)?;
    let input = input.usable()?;
    let elements = match &input {
        Object::Dict(dict) => dict.items().into_iter().map(|(_, value)| value.usable()).collect::<Result<_>>()?,
        Object::List(_) => usable_items(&input)?,
        _ => return Err("obj must be a list of dicts or a nested dict".into()),
    };
    let path: Vec<Value> = match &path.data {
        Data::List(items) => items.as_ref().clone(),
        Data::Text(text) => text.split('.').map(Value::from).collect(),
        _ => return Err("subelements must be a list or a string".into()),
    };
    let mut pairs = Vec::new();
    for element in elements {
        for item in items_below(&element, &path, skip_missing)? {
            pairs.push(Object::tuple(vec![element.clone(), item]));
        }
    }
    Ok(Object::list(pairs))
}

fn items_below(element: &Object, path: &[Value], skip_missing: bool) -> Result<Vec<Object>> {
    let mut values = element.clone();
    for key in path {
        values = match member(&values, key) {
            Member::Found(found) => found.usable()?,
            Member::Missing if skip_missing => return Ok(Vec::new()),
            Member::Missing => {
                let (key, item) = (python::repr(key), shown(&values));
                return Err(format!("could not find {key} key in iterated item {item}").into());
            }
            Member::NoSuchType => {
                let kind = values.type_name();
                let (key, item) = (python::str(key), shown(&values));
                return Err(format!(
                    "the key {key} should point to a dictionary, got '{item}': '{kind}' object is not subscriptable"
                )
                .into());
            }
        };
    }
    if !matches!(values, Object::List(_)) {
        let key = path.last().map(python::repr).unwrap_or_default();
        return Err(format!("the key {key} should point to a list, got {}", shown(&values)).into());
    }
    usable_items(&values)
}

fn rekey_on_member(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let key = args.required("key")?;
    let duplicates = args.or("duplicates", "error")?;
    let overwrite = match duplicates.as_str() {
        Some("error") => false,
        Some("overwrite") => true,
        _ => {
            let shown = python::repr(&duplicates);
            return Err(format!("duplicates parameter to rekey_on_member has unknown value {shown}").into());
        }
    };
    let input = input.usable()?;
    let items = match &input {
        Object::Dict(dict) => dict.items().into_iter().map(|(_, value)| value.usable()).collect::<Result<_>>()?,
        Object::List(_) | Object::Tuple(_) | Object::Native(_) | Object::Value(Value { data: Data::Set(_), .. }) => {
            usable_items(&input)?
        }
        _ => return Err("Type is not a valid list, set, or dict".into()),
    };
    let mut rekeyed: indexmap::IndexMap<Value, Object> = indexmap::IndexMap::new();
    for item in items {
        let Some(dict) = as_dict(&item) else {
            return Err("List item is not a valid dict".into());
        };
        let member = dict.get(&key);
        let member =
            member.ok_or_else(|| TemplateError::failure(format!("Key {} was not found.", python::repr(&key))))?;
        let member = hashable(&member)?;
        if !overwrite && rekeyed.contains_key(&member) {
            return Err(format!("Key {} is not unique, cannot convert to dict.", python::repr(&member)).into());
        }
        rekeyed.insert(member, item);
    }
    Ok(Object::dict(rekeyed))
}

fn extract(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let mut found = args.required_object("container")?;
    let more = args.optional_object("morekeys")?.filter(|more| !more.is_null());
    let mut keys = vec![input.usable()?];
    match more.map(Object::usable).transpose()? {
        None => {}
        Some(list @ Object::List(_)) => keys.extend(iterate(&list)?),
        Some(single) => keys.push(single),
    }
    for key in &keys {
        found = item(&found, &key.resolved().usable()?, args.context())?;
    }
    Ok(found)
}
