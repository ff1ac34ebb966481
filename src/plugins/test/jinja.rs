//! Jinja's tests.

use std::rc::Rc;

use crate::data::{Data, Value};
use crate::template::operators::{arithmetic, compare, equal, iterate, length};
use crate::template::syntax::{Comparison, Operator};
use crate::template::text::text_of;
use crate::template::{Arguments, Marker, Markup, Object, Result, Test};

pub const TESTS: &[Test] = &[
    Test::raw("boolean", boolean, "Whether it is true or false."),
    Test::raw("callable", callable, "Whether it can be called."),
    Test::raw("defined", defined, "Whether it is there."),
    Test::raw("divisibleby", divisibleby, "Whether a division leaves no rest."),
    Test::raw("eq", eq, "Whether both are equal.").also(&["==", "equalto"]),
    Test::raw("escaped", escaped, "Whether the text was escaped."),
    Test::raw("even", even, "Whether a number is even."),
    Test::raw("false", is_false, "Whether it is false itself."),
    Test::raw("filter", filter, "Whether there is a filter of this name."),
    Test::raw("float", float, "Whether it is a floating point number."),
    Test::raw("ge", ge, "Whether it is at least this.").also(&[">="]),
    Test::raw("gt", gt, "Whether it is more than this.").also(&[">", "greaterthan"]),
    Test::raw("in", contained, "Whether the other one contains it."),
    Test::raw("integer", integer, "Whether it is a whole number."),
    Test::raw("iterable", iterable, "Whether it can be looped over."),
    Test::raw("le", le, "Whether it is at most this.").also(&["<="]),
    Test::raw("lower", lower, "Whether the text is lower case."),
    Test::raw("lt", lt, "Whether it is less than this.").also(&["<", "lessthan"]),
    Test::raw("mapping", mapping, "Whether it has items by key."),
    Test::raw("ne", ne, "Whether both differ.").also(&["!="]),
    Test::raw("none", none, "Whether it is none."),
    Test::raw("number", number, "Whether it is a number."),
    Test::raw("odd", odd, "Whether a number is odd."),
    Test::raw("sameas", sameas, "Whether both are the very same."),
    Test::raw("sequence", sequence, "Whether it has items in order."),
    Test::raw("string", string, "Whether it is a text."),
    Test::raw("test", test, "Whether there is a test of this name."),
    Test::raw("true", is_true, "Whether it is true itself."),
    Test::raw("undefined", undefined, "Whether it is not there."),
    Test::raw("upper", upper, "Whether the text is upper case."),
];

/// The data of an input that is no container.
fn data(input: Object) -> Result<Option<Data>> {
    Ok(match input.usable()? {
        Object::Value(value) => Some(value.data),
        Object::Native(native) => match native.as_object() {
            Some(Object::Value(value)) => Some(value.data),
            _ => None,
        },
        _ => None,
    })
}

fn defined(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    is_there(&input)
}

fn undefined(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(!is_there(&input)?)
}

/// Errors of other kinds are raised.
fn is_there(input: &Object) -> Result<bool> {
    match input {
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) if !error.is_undefined() => Err(error.clone()),
            _ => Ok(false),
        },
        _ => Ok(true),
    }
}

fn boolean(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Bool(_))))
}

fn is_true(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Bool(true))))
}

fn is_false(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Bool(false))))
}

fn integer(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Int(_) | Data::Big(_))))
}

fn float(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Float(_))))
}

fn number(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Int(_) | Data::Big(_) | Data::Float(_) | Data::Bool(_))))
}

fn none(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Null)))
}

fn string(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(matches!(data(input)?, Some(Data::Text(_))))
}

fn callable(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(match input.usable()? {
        Object::Native(native) => native.is_callable(),
        _ => false,
    })
}

fn escaped(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(input.usable()?.downcast::<Markup>().is_some())
}

fn mapping(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(match input.usable()? {
        Object::Dict(_) => true,
        Object::Native(native) => native.is_mapping(),
        _ => false,
    })
}

fn iterable(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(match input.usable()? {
        Object::List(_) | Object::Dict(_) | Object::Tuple(_) => true,
        other => iterate(&other).is_ok(),
    })
}

/// What has a length and items by key or place.
fn sequence(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    Ok(match input.usable()? {
        Object::List(_) | Object::Dict(_) | Object::Tuple(_) => true,
        Object::Value(Value { data: Data::Set(_), .. }) => false,
        other => length(&other).is_ok(),
    })
}

fn remainder(input: Object, divisor: Object) -> Result<Object> {
    arithmetic(Operator::Remainder, &input.usable()?, &divisor.usable()?)
}

fn divisibleby(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let divisor = args.required_object("num")?;
    equal(&remainder(input, divisor)?, &0_i64.into())
}

fn even(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    equal(&remainder(input, 2_i64.into())?, &0_i64.into())
}

fn odd(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    equal(&remainder(input, 2_i64.into())?, &1_i64.into())
}

fn lower(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    let text = text_of(&input.usable()?)?;
    Ok(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))
}

fn upper(input: Object, _args: &mut Arguments<'_>) -> Result<bool> {
    let text = text_of(&input.usable()?)?;
    Ok(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))
}

fn by(comparison: Comparison, input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required_object("b")?;
    compare(comparison, &input.usable()?, &other.usable()?)
}

fn eq(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::Equal, input, args)
}

fn ne(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::NotEqual, input, args)
}

fn lt(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::Less, input, args)
}

fn le(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::LessOrEqual, input, args)
}

fn gt(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::Greater, input, args)
}

fn ge(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::GreaterOrEqual, input, args)
}

fn contained(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    by(Comparison::In, input, args)
}

/// Containers are the same only where they are one; data is the same where type and value are.
fn sameas(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required_object("other")?.usable()?;
    Ok(match (&input.usable()?, &other) {
        (Object::List(a), Object::List(b)) => Rc::ptr_eq(a, b),
        (Object::Dict(a), Object::Dict(b)) => Rc::ptr_eq(a, b),
        (Object::Tuple(a), Object::Tuple(b)) => Rc::ptr_eq(a, b) || (a.is_empty() && b.is_empty()),
        (Object::Native(a), Object::Native(b)) => {
            std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)) || (a.is_callable() && a.text() == b.text())
        }
        (Object::Omit, Object::Omit) => true,
        (Object::Value(a), Object::Value(b)) => a.type_name() == b.type_name() && a == b,
        _ => false,
    })
}

fn filter(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let registry = args.context().registry();
    Ok(input.usable()?.as_str().is_some_and(|name| registry.filter(name).is_some()))
}

fn test(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let registry = args.context().registry();
    Ok(input.usable()?.as_str().is_some_and(|name| registry.test(name).is_some()))
}
