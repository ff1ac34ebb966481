//! Filters of community.general on lists: sets that keep their order, sums, versions, merged tables.

use indexmap::IndexMap;

use crate::data::{Data, Map, Value, python};
use crate::template::operators::{arithmetic, less_than_values};
use crate::template::syntax::Operator;
use crate::template::tools::iterate::{is_hashable, items_of};
use crate::template::tools::merge::{ListMerge, Merge};
use crate::template::tools::version::{Scheme, compare};
use crate::template::{Arguments, Filter, Object, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("lists_union", lists_union, "All items of several lists, each once.").of(COLLECTION),
    Filter::plain("lists_intersect", lists_intersect, "The items that all of several lists have.").of(COLLECTION),
    Filter::plain("lists_difference", lists_difference, "The items that only the first of several lists has.")
        .of(COLLECTION),
    Filter::plain("lists_symmetric_difference", lists_symmetric_difference, "The items that one of two lists has.")
        .of(COLLECTION),
    Filter::plain("lists_mergeby", lists_mergeby, "Merges lists of mappings by a key.").of(COLLECTION),
    Filter::plain("accumulate", accumulate, "The sums of the first, the first two … items.").of(COLLECTION),
    Filter::plain("version_sort", version_sort, "Sorts versions.").of(COLLECTION),
];

/// How two lists become one.
type Join = fn(&Value, &Value) -> Result<Vec<Value>>;

/// Takes one list after the other, from the left.
fn fold(input: &Value, args: &mut Arguments<'_>, join: Join) -> Result<Value> {
    let mut lists = vec![input.clone()];
    lists.extend(args.rest()?);
    if args.keyword("flatten")?.is_some_and(|flag| flag.is_truthy()) {
        lists = flattened(&lists);
    }
    let mut lists = lists.into_iter();
    let mut result = lists.next().unwrap_or_else(|| Value::list([]));
    for list in lists {
        result = join(&result, &list)?.into();
    }
    Ok(result)
}

/// A list of nothing but lists stands for these.
fn flattened(lists: &[Value]) -> Vec<Value> {
    let mut flat = Vec::new();
    for list in lists {
        match &list.data {
            Data::List(items) if items.iter().all(|item| matches!(item.data, Data::List(_) | Data::Tuple(_))) => {
                flat.extend(items.iter().cloned());
            }
            _ => flat.push(list.clone()),
        }
    }
    flat
}

fn unique(items: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    let mut hashed = indexmap::IndexSet::new();
    for item in items {
        let is_new = if is_hashable(&item) { hashed.insert(item.clone()) } else { !seen.contains(&item) };
        if is_new {
            seen.push(item);
        }
    }
    seen
}

fn has(list: &Value, item: &Value) -> Result<bool> {
    match &list.data {
        Data::Map(map) => Ok(map.contains_value_key(item)),
        _ => Ok(items_of(list)?.contains(item)),
    }
}

/// Python's `a + b` of two lists.
fn sum(a: &Value, b: &Value) -> Result<Vec<Value>> {
    match (&a.data, &b.data) {
        (Data::List(a), Data::List(b)) => Ok(a.iter().chain(b.iter()).cloned().collect()),
        _ => {
            let (a, b) = (a.type_name(), b.type_name());
            Err(TemplateError::failure(format!("unsupported operand type(s) for +: '{a}' and '{b}'")))
        }
    }
}

fn lists_union(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    fold(input, args, |a, b| Ok(unique(sum(a, b)?)))
}

fn lists_intersect(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    fold(input, args, |a, b| {
        let mut common = Vec::new();
        for item in items_of(a)? {
            if has(b, &item)? {
                common.push(item);
            }
        }
        Ok(unique(common))
    })
}

fn without(a: &Value, b: &Value) -> Result<Vec<Value>> {
    let mut rest = Vec::new();
    for item in items_of(a)? {
        if !has(b, &item)? {
            rest.push(item);
        }
    }
    Ok(unique(rest))
}

fn lists_difference(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    fold(input, args, without)
}

fn lists_symmetric_difference(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    fold(input, args, |a, b| {
        let all = unique(sum(a, b)?);
        let mut alone = Vec::new();
        for item in all {
            if has(a, &item)? != has(b, &item)? {
                alone.push(item);
            }
        }
        Ok(alone)
    })
}

fn lists_mergeby(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let recursive = args.keyword("recursive")?.is_some_and(|flag| flag.is_truthy());
    let list_merge = args.keyword("list_merge")?.map_or_else(|| "replace".to_owned(), |name| python::str(&name));
    if !args.keywords()?.is_empty() {
        return Err("'recursive' and 'list_merge' are the only valid keyword arguments.".into());
    }
    let mut terms = vec![input.clone()];
    terms.extend(args.rest()?);
    let Some(index) = terms.pop().filter(|_| !terms.is_empty()) else {
        return Err("At least one list and index are needed.".into());
    };
    let is_sequence = |value: &Value| matches!(value.data, Data::List(_) | Data::Tuple(_) | Data::Text(_));
    let mut lists: Vec<Value> = Vec::new();
    for term in terms {
        if !is_sequence(&term) {
            let shown = python::repr(&term);
            return Err(format!(
                "All arguments before the argument index for lists_mergeby must be lists. {shown} is <class '{}'>",
                term.type_name()
            )
            .into());
        }
        let items = items_of(&term)?;
        match items.iter().all(is_sequence) {
            true => lists.extend(items),
            false => lists.push(term),
        }
    }
    if lists.len() < 2 {
        return Ok(lists.pop().unwrap_or_else(|| Value::list([])));
    }
    if index.as_str().is_none() {
        let shown = python::repr(&index);
        let kind = index.type_name();
        return Err(format!(
            "First argument after the lists for lists_mergeby must be string. {shown} is <class '{kind}'>"
        )
        .into());
    }
    let merge = Merge { recursive, lists: ListMerge::named(&list_merge)? };
    let mut result = lists.pop().unwrap_or_default();
    while let Some(weaker) = lists.pop() {
        result = merged(&weaker, &result, &index, merge)?;
    }
    Ok(result)
}

/// The mappings of two lists that have the same value under a key laid over each other, in its order.
fn merged(weaker: &Value, stronger: &Value, index: &Value, merge: Merge) -> Result<Value> {
    let mut rows: IndexMap<Value, Object> = IndexMap::new();
    for item in items_of(weaker)?.into_iter().chain(items_of(stronger)?) {
        let Some(map) = item.as_map() else {
            let shown = python::repr(&item);
            let kind = item.type_name();
            return Err(format!(
                "Elements of list arguments for lists_mergeby must be dictionaries. {shown} is <class '{kind}'>"
            )
            .into());
        };
        let Some(key) = map.get_value(index).cloned() else { continue };
        if !is_hashable(&key) {
            return Err(format!("unhashable type: '{}'", key.type_name()).into());
        }
        let newer = Object::from(item);
        let row = match rows.get(&key) {
            Some(older) => merge.over(older, &newer)?,
            None => newer,
        };
        rows.insert(key, row);
    }
    let rows = rows.values().map(Object::to_value).collect::<Result<Vec<_>>>()?;
    let key = |row: &Value| row.as_map().and_then(|map: &Map| map.get_value(index).cloned()).unwrap_or_default();
    sorted(rows, |a, b| less_than_values(&key(a), &key(b)))
}

/// Sorted in place by a comparison that may fail.
fn sorted(mut items: Vec<Value>, less: impl Fn(&Value, &Value) -> Result<bool>) -> Result<Value> {
    let mut failure = None;
    items.sort_by(|a, b| {
        let ordering = || -> Result<std::cmp::Ordering> {
            Ok(match (less(a, b)?, less(b, a)?) {
                (true, _) => std::cmp::Ordering::Less,
                (_, true) => std::cmp::Ordering::Greater,
                _ => std::cmp::Ordering::Equal,
            })
        };
        ordering().unwrap_or_else(|error| {
            failure.get_or_insert(error);
            std::cmp::Ordering::Equal
        })
    });
    failure.map_or(Ok(items.into()), Err)
}

fn accumulate(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    if !matches!(input.data, Data::List(_) | Data::Tuple(_) | Data::Text(_)) {
        return Err("Passed value is not a sequence".into());
    }
    let mut sums: Vec<Value> = Vec::new();
    for item in items_of(input)? {
        let sum = match sums.last() {
            Some(last) => arithmetic(Operator::Add, &last.clone().into(), &item.into())?.to_value()?,
            None => item,
        };
        sums.push(sum);
    }
    Ok(sums.into())
}

fn version_sort(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let reverse = args.flag("reverse", false)?;
    let items = items_of(input)?;
    if let Some(odd) = items.iter().find(|item| item.as_str().is_none()) {
        return Err(format!("expected string or bytes-like object, got '{}'", odd.type_name()).into());
    }
    if items.len() > 1 && items.iter().any(|item| item.as_str() == Some("")) {
        return Err("'LooseVersion' object has no attribute 'version'".into());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let less = |a: &Value, b: &Value| -> Result<bool> {
        Ok(compare(&text(a), &text(b), Scheme::Loose).map_err(TemplateError::failure)?.is_lt())
    };
    // Python keeps equal items in order also when it sorts backwards.
    sorted(items, |a, b| if reverse { less(b, a) } else { less(a, b) })
}
