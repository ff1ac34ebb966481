//! Filters that take lists for sets.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::data::{Data, Value};
use crate::template::tools::hash_order::{HashSet, is_repeatable};
use crate::template::tools::iterate::{is_hashable, items_of};
use crate::template::{Arguments, Filter, Object, Result};

pub const FILTERS: &[Filter] = &[
    Filter::raw("union", |input, args| on_objects(input, args, union), "Gives what is in one list or the other."),
    Filter::raw("intersect", |input, args| on_objects(input, args, intersect), "Gives what is in both lists."),
    Filter::raw(
        "difference",
        |input, args| on_objects(input, args, difference),
        "Gives what is in the first list alone.",
    ),
    Filter::raw(
        "symmetric_difference",
        |input, args| on_objects(input, args, symmetric_difference),
        "Gives what is in one of the lists alone.",
    ),
];

/// Stands for an item that is to be omitted while lists are compared as data.
fn omitted() -> Value {
    Data::Bytes(Arc::from(&b"\0omit"[..])).into()
}

fn on_objects(input: Object, args: &mut Arguments<'_>, run: fn(&Value, &Value) -> Result<Value>) -> Result<Object> {
    let other = args.required_object("b")?;
    let result = run(&with_omitted(input)?, &with_omitted(other)?)?;
    let omitted = omitted();
    let back = |item: Value| if item == omitted { Object::Omit } else { Object::from(item) };
    Ok(Object::list(items_of(&result)?.into_iter().map(back).collect()))
}

fn with_omitted(object: Object) -> Result<Value> {
    let object = object.resolved().usable()?;
    let Object::List(list) = &object else { return object.to_value() };
    if !list.items().iter().any(|item| matches!(item, Object::Omit)) {
        return object.to_value();
    }
    let items = list.items().into_iter().map(|item| match item {
        Object::Omit => Ok(omitted()),
        other => other.to_value(),
    });
    Ok(Value::from(items.collect::<Result<Vec<_>>>()?))
}

/// The two sides of an operation.
enum Sides {
    /// Numbers: in the order of Python's sets.
    Hashed(HashSet, HashSet),
    /// Other things that can be in a set: in the order of the lists, as Python's order changes
    /// from run to run.
    Ordered(IndexSet<Value>, IndexSet<Value>),
    /// With items that no set can hold.
    Lists(Vec<Value>, Vec<Value>),
}

fn sides(left: &Value, right: &Value) -> Result<Sides> {
    let hashable = |value: &Value| match &value.data {
        Data::List(items) | Data::Tuple(items) => items.iter().all(is_hashable),
        _ => true,
    };
    if items_of(left).is_ok() && hashable(left) && items_of(right).is_ok() && hashable(right) {
        let (left, right) = (items_of(left)?, items_of(right)?);
        if is_repeatable(&left) && is_repeatable(&right) {
            return Ok(Sides::Hashed(HashSet::from_items(&left), HashSet::from_items(&right)));
        }
        return Ok(Sides::Ordered(left.into_iter().collect(), right.into_iter().collect()));
    }
    Ok(Sides::Lists(items_of(left)?, items_of_operand(right)?))
}

fn items_of_operand(value: &Value) -> Result<Vec<Value>> {
    items_of(value).map_err(|_| format!("argument of type '{}' is not iterable", value.type_name()).into())
}

/// Each value once, in order.
fn once(items: impl IntoIterator<Item = Value>) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    Value::from(kept)
}

fn union(input: &Value, other: &Value) -> Result<Value> {
    let concatenated =
        matches!((&input.data, &other.data), (Data::List(_), Data::List(_)) | (Data::Tuple(_), Data::Tuple(_)));
    match sides(input, other) {
        Ok(Sides::Hashed(a, b)) => Ok(Value::list(a.union(&b).iter().cloned())),
        Ok(Sides::Ordered(a, b)) => Ok(Value::list(a.union(&b).cloned())),
        Ok(Sides::Lists(a, b)) if concatenated => Ok(once(a.into_iter().chain(b))),
        _ => {
            let (left, right) = (input.type_name(), other.type_name());
            items_of(input)?;
            Err(format!("can only concatenate {left} (not \"{right}\") to {left}").into())
        }
    }
}

fn intersect(input: &Value, other: &Value) -> Result<Value> {
    Ok(match sides(input, other)? {
        Sides::Hashed(a, b) => Value::list(a.intersection(&b).iter().cloned()),
        Sides::Ordered(a, b) => Value::list(a.intersection(&b).cloned()),
        Sides::Lists(a, b) => once(a.into_iter().filter(|item| b.contains(item))),
    })
}

fn difference(input: &Value, other: &Value) -> Result<Value> {
    Ok(match sides(input, other)? {
        Sides::Hashed(a, b) => Value::from(a.difference(&b)),
        Sides::Ordered(a, b) => Value::list(a.difference(&b).cloned()),
        Sides::Lists(a, b) => once(a.into_iter().filter(|item| !b.contains(item))),
    })
}

fn symmetric_difference(input: &Value, other: &Value) -> Result<Value> {
    Ok(match sides(input, other)? {
        Sides::Hashed(a, b) => Value::list(a.symmetric_difference(&b).iter().cloned()),
        Sides::Ordered(a, b) => Value::list(a.symmetric_difference(&b).cloned()),
        Sides::Lists(a, b) => {
            let in_both = |item: &Value| a.contains(item) && b.contains(item);
            once(a.iter().chain(&b).filter(|item| !in_both(item)).cloned())
        }
    })
}
