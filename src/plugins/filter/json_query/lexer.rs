//! The words of a JMESPath expression.

use crate::data::{Value, json};
use crate::diagnostic::Origin;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Identifier(String),
    Quoted(String),
    Literal(Value),
    Number(i64),
    /// Everything that is written with signs.
    Sign(&'static str),
    End,
}

/// Signs, longer ones before those that begin them.
const SIGNS: [&str; 22] = [
    "[]", "[?", "||", "&&", "<=", ">=", "!=", "==", ".", "*", "]", ",", ":", "@", "(", ")", "{", "}", "[", "|", "&",
    "<",
];
const LATE_SIGNS: [&str; 2] = [">", "!"];

/// The tokens with the places where they begin.
pub fn tokens(expression: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = expression[at..].chars().next() {
        let rest = &expression[at..];
        if matches!(first, ' ' | '\t' | '\n' | '\r') {
            at += 1;
            continue;
        }
        let bad =
            |message: String| Err(format!("Bad jmespath expression: {message}:\n{expression}\n{}^", " ".repeat(at)));
        let (token, length) = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Token::Identifier(rest[..end].to_owned()), end)
            }
            '0'..='9' | '-' => {
                let end = 1 + rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
                match rest[..end].parse() {
                    Ok(number) => (Token::Number(number), end),
                    Err(_) => return bad("Unknown token '-'".to_owned()),
                }
            }
            '"' | '\'' | '`' => {
                let Some(end) = delimited(rest, first) else { return bad(format!("Unclosed {first} delimiter")) };
                let inner = &rest[1..end];
                let token = match first {
                    '"' => match json::parse(&rest[..=end], &Origin::none()) {
                        Ok(name) => Token::Quoted(name.as_str().unwrap_or_default().to_owned()),
                        Err(error) => return bad(format!("error {error}")),
                    },
                    '\'' => Token::Literal(Value::from(inner.replace("\\'", "'"))),
                    _ => match literal(&inner.replace("\\`", "`")) {
                        Some(value) => Token::Literal(value),
                        None => return bad(format!("Bad token {inner}")),
                    },
                };
                (token, end + 1)
            }
            _ => match SIGNS.iter().chain(&LATE_SIGNS).find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return bad(format!("Unknown token {first}")),
            },
        };
        tokens.push((token, at));
        at += length;
    }
    tokens.push((Token::End, expression.len()));
    Ok(tokens)
}

/// Where the delimiter that opens the text closes it; a backslash takes the next character along.
fn delimited(text: &str, delimiter: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == delimiter {
            return Some(at);
        }
    }
    None
}

/// JSON, or (from older times) a text without its quotes.
fn literal(text: &str) -> Option<Value> {
    let parse = |text: &str| json::parse(text, &Origin::none()).ok();
    parse(text).or_else(|| parse(&format!("\"{}\"", text.trim_start())))
}
