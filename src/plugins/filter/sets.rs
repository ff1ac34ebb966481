//! Filters that take lists for sets.

use indexmap::IndexSet;

use crate::data::{Data, Value};
use crate::template::tools::hash_order::{HashSet, is_repeatable};
use crate::template::tools::iterate::{is_hashable, items_of};
use crate::template::{Arguments, Filter, Result};

pub const FILTERS: &[Filter] = &[
    Filter::plain("union", union, "Gives what is in one list or the other."),
    Filter::plain("intersect", intersect, "Gives what is in both lists."),
    Filter::plain("difference", difference, "Gives what is in the first list alone."),
    Filter::plain("symmetric_difference", symmetric_difference, "Gives what is in one of the lists alone."),
];

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

fn union(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let other = args.required("b")?;
    let concatenated =
        matches!((&input.data, &other.data), (Data::List(_), Data::List(_)) | (Data::Tuple(_), Data::Tuple(_)));
    match sides(input, &other) {
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

fn intersect(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let other = args.required("b")?;
    Ok(match sides(input, &other)? {
        Sides::Hashed(a, b) => Value::list(a.intersection(&b).iter().cloned()),
        Sides::Ordered(a, b) => Value::list(a.intersection(&b).cloned()),
        Sides::Lists(a, b) => once(a.into_iter().filter(|item| b.contains(item))),
    })
}

fn difference(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let other = args.required("b")?;
    Ok(match sides(input, &other)? {
        Sides::Hashed(a, b) => Value::from(a.difference(&b)),
        Sides::Ordered(a, b) => Value::list(a.difference(&b).cloned()),
        Sides::Lists(a, b) => once(a.into_iter().filter(|item| !b.contains(item))),
    })
}

fn symmetric_difference(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let other = args.required("b")?;
    Ok(match sides(input, &other)? {
        Sides::Hashed(a, b) => Value::list(a.symmetric_difference(&b).iter().cloned()),
        Sides::Ordered(a, b) => Value::list(a.symmetric_difference(&b).cloned()),
        Sides::Lists(a, b) => {
            let in_both = |item: &Value| a.contains(item) && b.contains(item);
            once(a.iter().chain(&b).filter(|item| !in_both(item)).cloned())
        }
    })
}
