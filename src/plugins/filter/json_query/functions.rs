//! The functions that JMESPath knows, with its checks of types.

use num_bigint::BigInt;
use num_traits::FromPrimitive;

use super::evaluate::{Answer, evaluate, is_number, order};
use super::parser::Node;
use crate::data::{Data, Map, Value, json, python};
use crate::template::tools::iterate::as_float;

/// What an argument may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Reference,
    Text,
    Number,
    List,
    Object,
    Texts,
    Numbers,
}

use Kind::{Any, List, Number, Numbers, Object, Reference, Text, Texts};

/// Name, the kinds of each argument, and whether the last may come again.
const SIGNATURES: [(&str, &[&[Kind]], bool); 26] = [
    ("abs", &[&[Number]], false),
    ("avg", &[&[Numbers]], false),
    ("ceil", &[&[Number]], false),
    ("contains", &[&[List, Text], &[Any]], false),
    ("ends_with", &[&[Text], &[Text]], false),
    ("floor", &[&[Number]], false),
    ("join", &[&[Text], &[Texts]], false),
    ("keys", &[&[Object]], false),
    ("length", &[&[Text, List, Object]], false),
    ("map", &[&[Reference], &[List]], false),
    ("max", &[&[Numbers, Texts]], false),
    ("max_by", &[&[List], &[Reference]], false),
    ("merge", &[&[Object]], true),
    ("min", &[&[Numbers, Texts]], false),
    ("min_by", &[&[List], &[Reference]], false),
    ("not_null", &[&[Any]], true),
    ("reverse", &[&[List, Text]], false),
    ("sort", &[&[Texts, Numbers]], false),
    ("sort_by", &[&[List], &[Reference]], false),
    ("starts_with", &[&[Text], &[Text]], false),
    ("sum", &[&[Numbers]], false),
    ("to_array", &[&[Any]], false),
    ("to_number", &[&[Any]], false),
    ("to_string", &[&[Any]], false),
    ("type", &[&[Any]], false),
    ("values", &[&[Object]], false),
];

pub fn call(name: &str, arguments: &[Answer<'_>]) -> Result<Value, String> {
    let Some((_, kinds, variadic)) = SIGNATURES.iter().find(|(known, ..)| *known == name) else {
        return Err(format!("Unknown function: {name}()"));
    };
    let wanted = kinds.len();
    if arguments.len() < wanted || (arguments.len() > wanted && !variadic) {
        let least = if *variadic { "at least " } else { "" };
        let plural = if wanted == 1 { "" } else { "s" };
        let received = arguments.len();
        return Err(format!("Expected {least}{wanted} argument{plural} for function {name}(), received {received}"));
    }
    for (place, argument) in arguments.iter().enumerate() {
        check(name, argument, kinds[place.min(wanted - 1)])?;
    }
    let mut values = Vec::new();
    let mut reference = None;
    for argument in arguments {
        match argument {
            Answer::Value(value) => values.push(value),
            Answer::Reference(node) => reference = Some(*node),
        }
    }
    match reference {
        Some(node) => by_reference(name, node, items(values[0])),
        None => by_values(name, &values),
    }
}

fn type_name(value: &Value) -> &'static str {
    match &value.data {
        Data::Null => "null",
        Data::Bool(_) => "boolean",
        Data::Int(_) | Data::Big(_) | Data::Float(_) => "number",
        Data::List(_) => "array",
        Data::Map(_) => "object",
        _ => "string",
    }
}

fn fits(value: &Value, kind: Kind) -> bool {
    let all = |check: fn(&Value) -> bool| matches!(&value.data, Data::List(items) if items.iter().all(check));
    match kind {
        Any => true,
        Reference => false,
        Text => value.as_str().is_some(),
        Number => is_number(value),
        List => matches!(value.data, Data::List(_)),
        Object => matches!(value.data, Data::Map(_)),
        Texts => all(|item| item.as_str().is_some()),
        Numbers => all(is_number),
    }
}

fn check(function: &str, argument: &Answer<'_>, kinds: &[Kind]) -> Result<(), String> {
    let names = kinds.iter().map(|kind| match kind {
        Any => "any",
        Reference => "expression",
        Text => "string",
        Number => "number",
        List => "array",
        Object => "object",
        Texts => "array-string",
        Numbers => "array-number",
    });
    let (fits, shown, received) = match argument {
        Answer::Reference(_) => (kinds.contains(&Reference), "expression".to_owned(), "expref"),
        Answer::Value(value) => (kinds.iter().any(|kind| fits(value, *kind)), python::str(value), type_name(value)),
    };
    if fits {
        return Ok(());
    }
    let expected: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    Err(format!(
        "In function {function}(), invalid type for value: {shown}, expected one of: [{}], received: \"{received}\"",
        expected.join(", ")
    ))
}

fn items(value: &Value) -> &[Value] {
    value.as_items().unwrap_or_default()
}

fn best(items: &[Value], wanted: std::cmp::Ordering) -> Value {
    let mut best: Option<&Value> = None;
    for item in items {
        if best.is_none_or(|best| order(item, best) == wanted) {
            best = Some(item);
        }
    }
    best.cloned().unwrap_or_default()
}

fn sum(items: &[Value]) -> Value {
    if items.iter().any(|item| matches!(item.data, Data::Float(_))) {
        return items.iter().filter_map(as_float).sum::<f64>().into();
    }
    let total = items.iter().map(|item| match &item.data {
        Data::Int(number) => BigInt::from(*number),
        Data::Big(number) => (**number).clone(),
        _ => BigInt::default(),
    });
    Value::big(total.sum())
}

/// Rounds up or down to a whole number.
fn rounded(value: &Value, round: fn(f64) -> f64) -> Value {
    match &value.data {
        Data::Float(number) => BigInt::from_f64(round(*number)).map(Value::big).unwrap_or_default(),
        _ => value.clone(),
    }
}

fn by_values(name: &str, values: &[&Value]) -> Result<Value, String> {
    let first = values[0];
    let text = |place: usize| values.get(place).and_then(|value| value.as_str()).unwrap_or_default();
    Ok(match name {
        "abs" => match &first.data {
            Data::Int(number) => number.checked_abs().map(Value::from).unwrap_or_default(),
            Data::Big(number) => Value::big(BigInt::from(number.magnitude().clone())),
            Data::Float(number) => number.abs().into(),
            _ => Value::NULL,
        },
        "avg" if items(first).is_empty() => Value::NULL,
        "avg" => (as_float(&sum(items(first))).unwrap_or_default() / items(first).len() as f64).into(),
        "ceil" => rounded(first, f64::ceil),
        "floor" => rounded(first, f64::floor),
        "contains" => match &first.data {
            Data::Text(chars) => values[1].as_str().is_some_and(|part| chars.contains(part)).into(),
            _ => items(first).contains(values[1]).into(),
        },
        "ends_with" => text(0).ends_with(text(1)).into(),
        "starts_with" => text(0).starts_with(text(1)).into(),
        "join" => {
            let parts: Vec<&str> = items(values[1]).iter().filter_map(Value::as_str).collect();
            parts.join(text(0)).into()
        }
        "keys" => Value::list(first.as_map().into_iter().flat_map(Map::keys).cloned()),
        "values" => Value::list(first.as_map().into_iter().flat_map(Map::values).cloned()),
        "length" => match &first.data {
            Data::Text(text) => text.chars().count().into(),
            Data::Map(map) => map.len().into(),
            _ => items(first).len().into(),
        },
        "max" => best(items(first), std::cmp::Ordering::Greater),
        "min" => best(items(first), std::cmp::Ordering::Less),
        "merge" => {
            let mut merged = Map::new();
            for map in values.iter().filter_map(|value| value.as_map()) {
                merged.extend(map.clone());
            }
            merged.into()
        }
        "not_null" => values.iter().find(|value| !value.is_null()).map(|value| (*value).clone()).unwrap_or_default(),
        "reverse" => match &first.data {
            Data::Text(text) => text.chars().rev().collect::<String>().into(),
            _ => Value::list(items(first).iter().rev().cloned()),
        },
        "sort" => {
            let mut sorted = items(first).to_vec();
            sorted.sort_by(order);
            Value::from(sorted)
        }
        "sum" => sum(items(first)),
        "to_array" if matches!(first.data, Data::List(_)) => first.clone(),
        "to_array" => Value::list([first.clone()]),
        "to_number" => match &first.data {
            Data::Text(text) => match python::parse_int(text) {
                Some(number) => Value::big(number),
                None => python::parse_float(text).into(),
            },
            _ if is_number(first) => first.clone(),
            _ => Value::NULL,
        },
        "to_string" if first.as_str().is_some() => first.clone(),
        "to_string" => json::dumps(first, &json::Style::compact()).into(),
        "type" => type_name(first).into(),
        _ => return Err(format!("Unknown function: {name}()")),
    })
}

/// Functions that ask an expression of each item.
fn by_reference(name: &str, node: &Node, items: &[Value]) -> Result<Value, String> {
    let keys = items.iter().map(|item| evaluate(node, item)).collect::<Result<Vec<_>, _>>()?;
    if name == "map" {
        return Ok(Value::from(keys));
    }
    for (key, item) in keys.iter().zip(items) {
        let same_kind = type_name(key) == type_name(&keys[0]);
        if !same_kind || !(is_number(key) || key.as_str().is_some()) {
            return Err(format!(
                "In function {name}(), invalid type for value: {}, expected one of: ['string', 'number'], received: \"{}\"",
                python::str(item),
                type_name(key)
            ));
        }
    }
    let mut places: Vec<usize> = (0..items.len()).collect();
    Ok(match name {
        "sort_by" => {
            places.sort_by(|a, b| order(&keys[*a], &keys[*b]));
            Value::list(places.into_iter().map(|place| items[place].clone()))
        }
        _ => {
            let wanted = if name == "max_by" { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
            let mut best: Option<usize> = None;
            for place in places {
                if best.is_none_or(|best| order(&keys[place], &keys[best]) == wanted) {
                    best = Some(place);
                }
            }
            best.map(|place| items[place].clone()).unwrap_or_default()
        }
    })
}
