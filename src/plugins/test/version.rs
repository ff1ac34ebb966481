//! version: compares versions, in one of four schemes.

use std::cmp::Ordering;

use crate::data::{Value, python};
use crate::template::tools::version::{Scheme, compare};
use crate::template::{Arguments, Result, Test};

pub const TESTS: &[Test] =
    &[Test::plain("version", version, "Compares versions, in one of four schemes.").also(&["version_compare"])];

/// The orders in which an operator is true.
fn orders(operator: &str) -> Option<&'static [Ordering]> {
    use Ordering::{Equal, Greater, Less};
    Some(match operator {
        "==" | "=" | "eq" => &[Equal],
        "<" | "lt" => &[Less],
        "<=" | "le" => &[Less, Equal],
        ">" | "gt" => &[Greater],
        ">=" | "ge" => &[Greater, Equal],
        "!=" | "<>" | "ne" => &[Less, Greater],
        _ => return None,
    })
}

fn scheme(strict: Option<&Value>, named: Option<&Value>) -> Result<Scheme> {
    if strict.is_some() && named.is_some() {
        return Err("Cannot specify both 'strict' and 'version_type'".into());
    }
    if strict.is_some_and(Value::is_truthy) {
        return Ok(Scheme::Strict);
    }
    let Some(named) = named else { return Ok(Scheme::Loose) };
    Ok(match python::str(named).as_str() {
        "loose" => Scheme::Loose,
        "strict" => Scheme::Strict,
        "semver" | "semantic" => Scheme::Semantic,
        "pep440" => Scheme::Pep440,
        other => {
            return Err(format!(
                "Invalid version type ({other}). Must be one of 'loose', 'strict', 'semver', 'semantic', 'pep440'"
            )
            .into());
        }
    })
}

fn version(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let other = args.required("version")?;
    let operator = args.or("operator", "eq")?;
    let strict = args.unless_null("strict")?;
    let named = args.unless_null("version_type")?.filter(|named| named.is_truthy());
    if !input.is_truthy() {
        return Err("Input version value cannot be empty".into());
    }
    if !other.is_truthy() {
        return Err("Version parameter to compare against cannot be empty".into());
    }
    let scheme = scheme(strict.as_ref(), named.as_ref())?;
    let operator = python::str(&operator);
    let Some(orders) = orders(&operator) else {
        return Err(format!(
            "Invalid operator type ({operator}). Must be one of '==', '=', 'eq', '<', 'lt', '<=', 'le', '>', 'gt', \
             '>=', 'ge', '!=', '<>', 'ne'"
        )
        .into());
    };
    match compare(&python::str(input), &python::str(&other), scheme) {
        Ok(order) => Ok(orders.contains(&order)),
        Err(message) => Err(format!("Version comparison failed: {message}").into()),
    }
}
