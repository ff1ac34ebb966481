//! Tests on collections and numbers.

use indexmap::IndexSet;

use crate::data::{Data, Value};
use crate::template::operators::compare;
use crate::template::syntax::Comparison;
use crate::template::tools::iterate::{is_hashable, items_of};
use crate::template::{Arguments, Object, Result, Test};

pub const TESTS: &[Test] = &[
    Test::plain("all", all, "Whether all items are true."),
    Test::plain("any", any, "Whether one item is true."),
    Test::raw("contains", contains, "Whether it holds a value."),
    Test::plain("subset", subset, "Whether all its items are in another list.").also(&["issubset"]),
    Test::plain("superset", superset, "Whether it has all items of another list.").also(&["issuperset"]),
    Test::plain("nan", nan, "Whether it is the number that is none.").also(&["isnan"]),
];

fn all(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(items_of(input)?.iter().all(Value::is_truthy))
}

fn any(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(items_of(input)?.iter().any(Value::is_truthy))
}

fn contains(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let value = args.required_object("value")?.usable()?;
    compare(Comparison::In, &value, &input.usable()?)
}

fn set(value: &Value) -> Result<IndexSet<Value>> {
    let items = items_of(value)?;
    match items.iter().find(|item| !is_hashable(item)) {
        Some(item) => Err(format!("unhashable type: '{}'", item.type_name()).into()),
        None => Ok(items.into_iter().collect()),
    }
}

fn subset(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required("b")?;
    Ok(set(input)?.is_subset(&set(&other)?))
}

fn superset(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required("b")?;
    Ok(set(input)?.is_superset(&set(&other)?))
}

fn nan(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(input.data, Data::Float(number) if number.is_nan()))
}
