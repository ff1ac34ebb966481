//! Asks a JMESPath expression of data.

use std::cmp::Ordering;

use super::functions;
use super::parser::Node;
use crate::data::{Data, Map, Value};
use crate::template::operators::compare_values;

/// What an expression gives: data, or an expression that a function will ask.
pub enum Answer<'a> {
    Value(Value),
    Reference(&'a Node),
}

pub fn evaluate(node: &Node, value: &Value) -> Result<Value, String> {
    match answer(node, value)? {
        Answer::Value(value) => Ok(value),
        Answer::Reference(_) => Ok(Value::NULL),
    }
}

pub fn answer<'a>(node: &'a Node, value: &Value) -> Result<Answer<'a>, String> {
    Ok(Answer::Value(match node {
        Node::Current => value.clone(),
        Node::Field(name) => value.get(name).cloned().unwrap_or_default(),
        Node::Literal(literal) => literal.clone(),
        Node::Index(index) => list(value).and_then(|items| item(items, *index)).unwrap_or_default(),
        Node::Slice(start, stop, step) => match list(value) {
            Some(items) => slice(items, [*start, *stop, *step])?,
            None => Value::NULL,
        },
        Node::Chain(left, right) => {
            let left = evaluate(left, value)?;
            return answer(right, &left);
        }
        Node::Projection(left, right) => match list(&evaluate(left, value)?) {
            Some(items) => projected(items.iter(), right)?,
            None => Value::NULL,
        },
        Node::ValueProjection(left, right) => match evaluate(left, value)?.as_map() {
            Some(map) => projected(map.values(), right)?,
            None => Value::NULL,
        },
        Node::FilterProjection(left, right, condition) => {
            let left = evaluate(left, value)?;
            let Some(items) = list(&left) else { return Ok(Answer::Value(Value::NULL)) };
            let mut kept = Vec::new();
            for item in items {
                if is_true(&evaluate(condition, item)?) {
                    kept.push(item);
                }
            }
            projected(kept.into_iter(), right)?
        }
        Node::Flatten(inner) => match list(&evaluate(inner, value)?) {
            Some(items) => {
                let flat = items.iter().flat_map(|item| match list(item) {
                    Some(inner) => inner.to_vec(),
                    None => vec![item.clone()],
                });
                Value::list(flat)
            }
            None => Value::NULL,
        },
        Node::Or(left, right) => {
            let left = evaluate(left, value)?;
            if is_true(&left) { left } else { evaluate(right, value)? }
        }
        Node::And(left, right) => {
            let left = evaluate(left, value)?;
            if is_true(&left) { evaluate(right, value)? } else { left }
        }
        Node::Not(inner) => (!is_true(&evaluate(inner, value)?)).into(),
        Node::Compare(comparator, left, right) => {
            compared(comparator, &evaluate(left, value)?, &evaluate(right, value)?)?
        }
        Node::List(_) | Node::Object(_) if value.is_null() => Value::NULL,
        Node::List(nodes) => {
            let items = nodes.iter().map(|node| evaluate(node, value)).collect::<Result<Vec<_>, _>>()?;
            Value::from(items)
        }
        Node::Object(pairs) => {
            let mut map = Map::new();
            for (name, node) in pairs {
                map.insert(name.as_str(), evaluate(node, value)?);
            }
            map.into()
        }
        Node::Function(name, arguments) => {
            let arguments = arguments.iter().map(|node| answer(node, value)).collect::<Result<Vec<_>, _>>()?;
            functions::call(name, &arguments)?
        }
        Node::Reference(inner) => return Ok(Answer::Reference(inner)),
    }))
}

fn list(value: &Value) -> Option<&[Value]> {
    match &value.data {
        Data::List(items) => Some(items),
        _ => None,
    }
}

fn item(items: &[Value], index: i64) -> Option<Value> {
    let place = if index < 0 { index + items.len() as i64 } else { index };
    usize::try_from(place).ok().and_then(|place| items.get(place)).cloned()
}

/// What the expression gives for each item, without nulls.
fn projected<'v>(items: impl Iterator<Item = &'v Value>, node: &Node) -> Result<Value, String> {
    let mut results = Vec::new();
    for item in items {
        let result = evaluate(node, item)?;
        if !result.is_null() {
            results.push(result);
        }
    }
    Ok(results.into())
}

fn slice(items: &[Value], [start, stop, step]: [Option<i64>; 3]) -> Result<Value, String> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".to_owned());
    }
    let length = items.len() as i64;
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |bound: i64| (if bound < 0 { bound + length } else { bound }).clamp(lowest, highest);
    let start = start.map_or(if step > 0 { lowest } else { highest }, bound);
    let stop = stop.map_or(if step > 0 { highest } else { lowest }, bound);
    let mut taken = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        taken.push(items[at as usize].clone());
        at += step;
    }
    Ok(taken.into())
}

/// Null, false and everything empty are false; zero is not.
pub fn is_true(value: &Value) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => false,
        Data::Text(text) => !text.is_empty(),
        Data::List(items) => !items.is_empty(),
        Data::Map(map) => !map.is_empty(),
        _ => true,
    }
}

pub fn is_number(value: &Value) -> bool {
    matches!(value.data, Data::Int(_) | Data::Big(_) | Data::Float(_))
}

/// True is not 1 here.
fn are_equal(left: &Value, right: &Value) -> bool {
    let is_bool = |value: &Value| matches!(value.data, Data::Bool(_));
    if (is_bool(left) && is_number(right)) || (is_number(left) && is_bool(right)) {
        return false;
    }
    left == right
}

fn compared(comparator: &'static str, left: &Value, right: &Value) -> Result<Value, String> {
    match comparator {
        "==" => return Ok(are_equal(left, right).into()),
        "!=" => return Ok((!are_equal(left, right)).into()),
        _ => {}
    }
    let has_order = |value: &Value| is_number(value) || value.as_str().is_some();
    if !has_order(left) || !has_order(right) {
        return Ok(Value::NULL);
    }
    compare_values(left, right, comparator).map(Value::from).map_err(|error| error.to_string())
}

/// The order of numbers among themselves, or of texts.
pub fn order(left: &Value, right: &Value) -> Ordering {
    let less = |a: &Value, b: &Value| compare_values(a, b, "<").unwrap_or(false);
    if less(left, right) {
        Ordering::Less
    } else if less(right, left) {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}
