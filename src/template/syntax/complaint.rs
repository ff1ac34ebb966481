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
            _ => format!("expected token '{}', got '{got}'", expected_words(expected)),
        });
    }
    if detail.starts_with("unexpected ") && detail != "unexpected input after expression" {
        return syntax_error(format!("unexpected '{got}'"));
    }
    if detail == "unexpected input after expression" {
        return syntax_error(format!("chunk after expression: '{got}'"));
    }
    if let Some(name) = detail.strip_prefix("cannot assign to reserved variable name ") {
        return syntax_error(format!("can't assign to '{name}'"));
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
        "identifier or integer" => "name or number",
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
