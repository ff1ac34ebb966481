//! minijinja's syntax errors in Jinja's words.

use super::canonical::Canonical;
use super::syntax_error;
use super::token::{Kind, Token};
use crate::template::TemplateError;

/// Says what Jinja would say.
pub(super) fn reword(error: &minijinja::Error, canonical: &Canonical) -> TemplateError {
    let detail = error.detail().unwrap_or("invalid syntax");
    let got = got(error, canonical);
    if let Some((_, expected)) = detail.split_once(", expected ") {
        return syntax_error(match expected {
            "expression" => format!("unexpected '{got}'"),
            "identifier or integer" => "expected name or number".to_owned(),
            _ => format!("expected token '{}', got '{got}'", expected_words(expected)),
        });
    }
    if detail.starts_with("unexpected ") && detail != "unexpected input after expression" {
        return syntax_error(format!("unexpected '{got}'"));
    }
    if detail == "unexpected input after expression" {
        return syntax_error(format!("chunk after expression: '{got}'"));
    }
    if detail.ends_with("reserved variable name loop") {
        return syntax_error("Can't assign to special loop variable in for-loop target");
    }
    if detail.starts_with("cannot assign to reserved variable name ") {
        return syntax_error("can't assign to 'const'");
    }
    if detail == "expected a filter" {
        return syntax_error(format!("expected token 'name', got '{got}'"));
    }
    if detail.starts_with("expected call expression in call block") {
        return syntax_error("expected call");
    }
    if detail == "non-keyword arg after keyword arg" {
        return syntax_error("invalid syntax for function call expression");
    }
    if detail == "empty subscript" {
        return syntax_error("Expected an expression, got ']'");
    }
    syntax_error(detail)
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "end of variable block" => "end of print statement",
        "end of block" | "end of statement" => "end of statement block",
        "identifier" => "name",
        "assignment operator" => "=",
        "comma" => ",",
        "missing keyword" => "missing",
        other => other.trim_matches('`'),
    }
}

/// The token at which the parser stopped.
fn got(error: &minijinja::Error, canonical: &Canonical) -> String {
    let Some(range) = error.range() else { return "end of template".to_owned() };
    let rest = canonical.text.get(range.start..).unwrap_or_default();
    if rest.starts_with("}}") {
        return "end of print statement".to_owned();
    }
    if rest.starts_with("%}") {
        return "end of statement block".to_owned();
    }
    let place = canonical.tokens.partition_point(|(at, _)| *at <= range.start);
    match place.checked_sub(1).and_then(|place| canonical.tokens.get(place)) {
        Some((_, token)) => words(token),
        None => "end of template".to_owned(),
    }
}

fn words(token: &Token) -> String {
    match token.kind {
        Kind::Name | Kind::Operator => token.text.clone(),
        Kind::Integer(_) => "integer".to_owned(),
        Kind::Float(_) => "float".to_owned(),
        Kind::Text => "string".to_owned(),
    }
}
