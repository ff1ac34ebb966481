//! Methods of lists and tuples.

use std::rc::Rc;

use crate::data::{Data, Value, python};
use crate::template::operators::{equal, iterate, less_than};
use crate::template::text::write_repr;
use crate::template::{Arguments, Context, List, Object, Result, TemplateError};

pub(super) const NAMES: &[&str] =
    &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
pub(super) const TUPLE_NAMES: &[&str] = &["count", "index"];

pub(super) fn call(list: &Rc<List>, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    match name {
        "append" => {
            let item = one(arguments, "append")?;
            list.change(|items| items.push(item));
        }
        "clear" => list.change(Vec::clear),
        "copy" => return Ok(Object::list(list.untouched())),
        "count" => {
            let wanted = arguments.required_object("value")?;
            return if list.is_unread() { Ok(0_i64.into()) } else { count(&list.items(), &wanted) };
        }
        "extend" => {
            let more = one(arguments, "extend")?;
            let more = match &more {
                Object::List(other) => other.untouched(),
                other => iterate(other)?,
            };
            list.change(|items| items.extend(more));
        }
        "index" => return index(&list.items(), arguments, "list"),
        "insert" => {
            let place = integer(&arguments.required_object("index")?)?;
            let item = arguments.required_object("object")?;
            list.change(|items| {
                let length = items.len() as i64;
                let place = if place < 0 { (place + length).max(0) } else { place.min(length) };
                items.insert(place as usize, item);
            });
        }
        "pop" => return pop(list, arguments),
        "remove" => {
            let wanted = arguments.required_object("value")?;
            let place = position(&list.items(), &wanted, 0)?;
            let place = place.ok_or_else(|| TemplateError::failure("list.remove(x): x not in list"))?;
            list.change(|items| items.remove(place));
        }
        "reverse" => list.change(|items| items.reverse()),
        "sort" => {
            let key = arguments.keyword_object("key").filter(|key| !key.is_null());
            let reverse = arguments.keyword("reverse")?.is_some_and(|value| value.is_truthy());
            let sorted = sorted(list.items(), key.as_ref(), reverse, arguments.context())?;
            list.change(|items| *items = sorted);
        }
        _ => return Err(format!("'list' object has no attribute '{name}'").into()),
    }
    Ok(Object::NULL)
}

fn one(arguments: &mut Arguments<'_>, name: &str) -> Result<Object> {
    match arguments.remaining() {
        1 => arguments.required_object("object"),
        count => Err(format!("list.{name}() takes exactly one argument ({count} given)").into()),
    }
}

pub(super) fn call_tuple(items: &Rc<[Object]>, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let items: Vec<Object> = items.iter().map(Object::resolved).collect();
    match name {
        "count" => count(&items, &arguments.required_object("value")?),
        _ => index(&items, arguments, "tuple"),
    }
}

fn count(items: &[Object], wanted: &Object) -> Result<Object> {
    let mut count = 0_usize;
    for item in items {
        count += usize::from(equal(item, wanted)?);
    }
    Ok(count.into())
}

fn position(items: &[Object], wanted: &Object, start: usize) -> Result<Option<usize>> {
    for (place, item) in items.iter().enumerate().skip(start) {
        if equal(item, wanted)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

fn index(items: &[Object], arguments: &mut Arguments<'_>, what: &str) -> Result<Object> {
    let wanted = arguments.required_object("value")?;
    let length = items.len() as i64;
    let place = |bound: i64| if bound < 0 { (bound + length).max(0) } else { bound.min(length) } as usize;
    let start = arguments.optional_object("start")?.map(|start| integer(&start)).transpose()?.map_or(0, place);
    let stop = arguments.optional_object("stop")?.map(|stop| integer(&stop)).transpose()?.map_or(items.len(), place);
    match position(&items[..stop.max(start).min(items.len())], &wanted, start)? {
        Some(place) => Ok(place.into()),
        None if what == "tuple" => Err("tuple.index(x): x not in tuple".into()),
        None => {
            let mut shown = String::new();
            write_repr(&wanted, &mut shown)?;
            Err(format!("{shown} is not in list").into())
        }
    }
}

fn integer(object: &Object) -> Result<i64> {
    match object {
        Object::Value(Value { data: Data::Int(number), .. }) => Ok(*number),
        Object::Value(Value { data: Data::Bool(flag), .. }) => Ok(i64::from(*flag)),
        _ => Err(format!("'{}' object cannot be interpreted as an integer", object.type_name()).into()),
    }
}

fn pop(list: &Rc<List>, arguments: &mut Arguments<'_>) -> Result<Object> {
    let place = arguments.optional_object("index")?.map_or(Ok(-1), |place| integer(&place))?;
    let length = list.len() as i64;
    if length == 0 {
        return Err("pop from empty list".into());
    }
    let place = if place < 0 { place + length } else { place };
    if !(0..length).contains(&place) {
        return Err("pop index out of range".into());
    }
    Ok(list.change(|items| items.remove(place as usize)).resolved())
}

/// The items in order; equal ones keep theirs.
fn sorted(items: Vec<Object>, key: Option<&Object>, reverse: bool, context: &Context) -> Result<Vec<Object>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let key = match key {
            Some(key) => context.call(key, vec![item.clone()], Vec::new())?,
            None => item.clone(),
        };
        keyed.push((key.usable()?, item));
    }
    sort_objects(&mut keyed, reverse, |pair| &pair.0)?;
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// Sorts by keys that may not be comparable; stable, also when reversed.
pub fn sort_objects<T>(items: &mut [T], reverse: bool, key: impl Fn(&T) -> &Object) -> Result<()> {
    let mut failure = None;
    items.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        let mut less = |a: &Object, b: &Object| {
            less_than(a, b).unwrap_or_else(|error| {
                failure.get_or_insert(error);
                false
            })
        };
        let ordering = if less(a, b) {
            std::cmp::Ordering::Less
        } else if less(b, a) {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        };
        if reverse { ordering.reverse() } else { ordering }
    });
    failure.map_or(Ok(()), Err)
}

/// How Python shows a key that is missing.
pub(super) fn missing_key(key: &Value) -> TemplateError {
    TemplateError::failure(python::repr(key))
}
