//! Lookups that only rearrange what they are given: what the loops of old are made of.

use indexmap::IndexMap;

use crate::data::{Data, Map, Value, python};
use crate::template::operators::iterate;
use crate::template::tools::iterate::items_of;
use crate::template::tools::mersenne::Random;
use crate::template::{Arguments, Lookup, Object, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[
    Lookup::raw("items", items, "Gives its terms, those of lists one by one."),
    Lookup::raw("list", list, "Gives its terms as they are."),
    Lookup::raw("dict", dict, "Gives the keys and values of mappings."),
    Lookup::raw("indexed_items", indexed_items, "Pairs each item with its number."),
    Lookup::raw("nested", nested, "Gives every way to take one item of each list."),
    Lookup::raw("together", together, "Pairs the items of lists, up to the longest."),
    Lookup::plain("subelements", subelements, "Pairs mappings with the items of a list in them."),
    Lookup::raw("random_choice", random_choice, "Gives one of its terms by chance."),
];

/// Lists are put into the list around them, one level deep.
fn flattened(terms: Vec<Object>) -> Result<Vec<Object>> {
    let mut flat = Vec::new();
    for term in terms {
        match term.resolved().usable()? {
            list @ (Object::List(_) | Object::Tuple(_)) => flat.extend(iterate(&list)?),
            other => flat.push(other),
        }
    }
    Ok(flat)
}

fn items(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    flattened(terms)
}

fn list(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    Ok(terms)
}

fn dict(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let mut pairs = Vec::new();
    for term in terms {
        let term = term.resolved().usable()?;
        let Object::Dict(dict) = &term else {
            let shown = term.to_value().map(|value| python::str(&value)).unwrap_or_default();
            let value = term.to_value().unwrap_or_default();
            let kind =
                if value.origin.is_none() { format!("<class '{}'>", value.type_name()) } else { value.class_name() };
            return Err(format!("the 'dict' lookup plugin expects a dictionary, got '{shown}' of type {kind})").into());
        };
        pairs.extend(dict.items().into_iter().map(|(key, value)| {
            Object::dict([(Value::from("key"), Object::from(key)), (Value::from("value"), value)])
        }));
    }
    Ok(pairs)
}

fn indexed_items(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let pair = |(index, item)| Object::tuple(vec![Object::from(index), item]);
    Ok(flattened(terms)?.into_iter().enumerate().map(pair).collect())
}

fn nested(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let mut lists = terms.into_iter();
    let Some(first) = lists.next() else {
        return Err("with_nested requires at least one element in the nested list".into());
    };
    let mut rows = iterate(&first.resolved())?;
    for list in lists {
        let others = iterate(&list.resolved())?;
        let mut longer = Vec::new();
        for row in &rows {
            for other in &others {
                longer.push(Object::list(flattened(vec![row.clone(), other.clone()])?));
            }
        }
        rows = longer;
    }
    rows.into_iter().map(|row| Ok(Object::list(flattened(iterate(&row.resolved())?)?))).collect()
}

fn together(terms: Vec<Object>, _: &mut Arguments<'_>) -> Result<Vec<Object>> {
    if terms.is_empty() {
        return Err("with_together requires at least one element in each list".into());
    }
    let columns = terms.iter().map(|term| iterate(&term.resolved())).collect::<Result<Vec<_>>>()?;
    let longest = columns.iter().map(Vec::len).max().unwrap_or_default();
    let row = |place: usize| {
        let cells = columns.iter().map(|column| column.get(place).cloned().unwrap_or(Object::NULL)).collect();
        Ok(Object::list(flattened(cells)?))
    };
    (0..longest).map(row).collect()
}

fn random_choice(terms: Vec<Object>, args: &mut Arguments<'_>) -> Result<Vec<Object>> {
    if terms.is_empty() {
        return Ok(terms);
    }
    let world = args.context().world().clone();
    let chosen = Random::System(&*world).choose(terms.len())?;
    Ok(vec![terms[chosen].clone()])
}

fn subelements(terms: &[Value], _: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let shape = "subelements lookup expects a list of two or three items, first a dict or a list, second a string \
                 pointing to the subkey";
    let (elements, path, flags) = match terms {
        [elements, path] => (elements, path, None),
        [elements, path, flags] => (elements, path, Some(flags)),
        _ => return Err(shape.into()),
    };
    let (Some(path), Data::List(_) | Data::Map(_) | Data::Tuple(_)) = (path.as_str(), &elements.data) else {
        return Err(shape.into());
    };
    if let Some(flags) = flags {
        items_of(flags)?;
    }
    let skip_missing = flags
        .and_then(|flags| flags.get("skip_missing"))
        .is_some_and(|flag| crate::args::coerce::boolean(flag).unwrap_or_else(|_| flag.is_truthy()));
    let elements: Vec<Value> = match &elements.data {
        Data::Map(map) => map.values().cloned().collect(),
        _ => items_of(elements)?,
    };
    let path: Vec<&str> = path.split('.').collect();
    let mut pairs = Vec::new();
    for element in &elements {
        let Some(map) = element.as_map() else {
            let shown = python::str(element);
            return Err(format!("subelements lookup expects a dictionary, got '{shown}'").into());
        };
        // An item that was skipped in a registered loop.
        if map.get("skipped").is_some_and(|skipped| skipped.as_bool() != Some(false)) {
            continue;
        }
        if let Some((rest, items)) = taken_out(map, &path, skip_missing, element)? {
            pairs.extend(items.into_iter().map(|item| Value::tuple([rest.clone(), item])));
        }
    }
    Ok(pairs)
}

/// The list at the end of the path, and the mapping without it.
fn taken_out(map: &Map, path: &[&str], skip_missing: bool, whole: &Value) -> Result<Option<(Value, Vec<Value>)>> {
    let (key, deeper) = (path[0], &path[1..]);
    let missing =
        || TemplateError::failure(format!("could not find '{key}' key in iterated item '{}'", python::str(whole)));
    let Some(found) = map.get(key) else {
        return match (skip_missing, deeper.is_empty()) {
            (false, _) => Err(missing()),
            (true, true) => Ok(None),
            // As in the reference: what is missing on the way is left out of the path.
            (true, false) => taken_out(map, deeper, skip_missing, whole),
        };
    };
    let replaced = |value: Option<Value>| -> Value {
        let mut pairs: IndexMap<Value, Value> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        match value {
            Some(value) => pairs.insert(Value::from(key), value),
            None => pairs.shift_remove(&Value::from(key)),
        };
        pairs.into_iter().collect::<Map>().into()
    };
    if deeper.is_empty() {
        let Data::List(items) = &found.data else {
            return Err(format!("the key {key} should point to a list, got '{}'", python::str(found)).into());
        };
        return Ok(Some((replaced(None), items.as_ref().clone())));
    }
    let Some(inner) = found.as_map() else {
        return Err(format!("the key {key} should point to a dictionary, got '{}'", python::str(found)).into());
    };
    Ok(taken_out(inner, deeper, skip_missing, whole)?.map(|(rest, items)| (replaced(Some(rest)), items)))
}
