//! Jinja's filters for web pages: escapes, links, JSON.

use std::fmt::Write;

use crate::data::{Value, json, python};
use crate::template::operators::iterate;
use crate::template::text::text_of;
use crate::template::{Arguments, Filter, Markup, Object, Result};

pub const FILTERS: &[Filter] = &[
    Filter::raw("escape", escape, "Signs that mean something in HTML, written safely.").also(&["e"]),
    Filter::raw("forceescape", force_escape, "Escaped, even where that was done before."),
    Filter::raw("safe", safe, "The text as it is."),
    Filter::raw("striptags", striptags, "Text without its HTML tags."),
    Filter::plain("tojson", tojson, "JSON that can stand in HTML."),
    Filter::raw("urlencode", urlencode, "A text, or pairs, as they stand in a URL."),
    Filter::raw("urlize", urlize, "Addresses become links."),
    Filter::raw("xmlattr", xmlattr, "A mapping as attributes of a tag."),
];

fn text(input: Object) -> Result<String> {
    text_of(&input.usable()?)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

fn escape(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    if input.downcast::<Markup>().is_some() {
        return Ok(input);
    }
    Ok(Object::native(Markup::new(escaped(&text(input)?))))
}

fn force_escape(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(Object::native(Markup::new(escaped(&text(input)?))))
}

fn safe(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(Object::native(Markup::new(text(input)?)))
}

fn striptags(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let text = text(input)?;
    let mut out = String::new();
    let mut rest = text.as_str();
    // Comments first, then tags.
    let mut uncommented = String::new();
    while let Some(start) = rest.find("<!--") {
        let Some(end) = rest[start..].find("-->") else { break };
        uncommented.push_str(&rest[..start]);
        rest = &rest[start + end + 3..];
    }
    uncommented.push_str(rest);
    let mut rest = uncommented.as_str();
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else { break };
        out.push_str(&rest[..start]);
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(unescaped(&words).into())
}

fn unescaped(text: &str) -> String {
    const NAMED: [(&str, char); 6] =
        [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = rest.find(';').and_then(|end| {
            let name = &rest[1..end];
            let character = match name.strip_prefix('#') {
                Some(number) => {
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
                None => NAMED.iter().find(|(known, _)| *known == name)?.1,
            };
            Some((character, end + 1))
        });
        match found {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn tojson(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let indent = args.unless_null("indent")?.and_then(|indent| indent.as_int());
    let style = json::Style {
        sort_keys: true,
        indent: indent.map(|indent| " ".repeat(usize::try_from(indent).unwrap_or(0))),
        ..json::Style::default()
    };
    let text = json::try_dumps(input, &style).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\'' => out.push_str("\\u0027"),
            _ => out.push(c),
        }
    }
    Ok(out.into())
}

/// The bytes of a text as they stand in a URL; in a query a blank is a plus and a slash is no slash.
fn url_quoted(text: &str, in_query: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b'/' if !in_query => out.push('/'),
            b' ' if in_query => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn urlencode(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    let pairs = match &input {
        Object::Dict(dict) => dict
            .items()
            .into_iter()
            .map(|(key, value)| Ok((python::str(&key), text_of(&value)?)))
            .collect::<Result<Vec<_>>>()?,
        Object::List(_) | Object::Tuple(_) => {
            let mut pairs = Vec::new();
            for pair in iterate(&input)? {
                match iterate(&pair)?.as_slice() {
                    [key, value] => pairs.push((text_of(key)?, text_of(value)?)),
                    other => {
                        return Err(format!("not enough values to unpack (expected 2, got {})", other.len()).into());
                    }
                }
            }
            pairs
        }
        _ => return Ok(url_quoted(&text_of(&input)?, false).into()),
    };
    let pairs = pairs.iter().map(|(key, value)| format!("{}={}", url_quoted(key, true), url_quoted(value, true)));
    Ok(pairs.collect::<Vec<_>>().join("&").into())
}

/// Without an escaping environment, as here, links are not made; the text is only escaped.
fn urlize(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let limit = args.unless_null("trim_url_limit")?.and_then(|limit| limit.as_int());
    let nofollow = args.flag("nofollow", false)?;
    let target = args.unless_null("target")?.map(|target| python::str(&target));
    let rel = args.unless_null("rel")?.map(|rel| python::str(&rel));
    let schemes = args.unless_null("extra_schemes")?;
    let schemes: Vec<&str> = schemes.iter().filter_map(Value::as_items).flatten().filter_map(Value::as_str).collect();
    let text = text(input)?;
    let mut rels: Vec<String> = rel.iter().flat_map(|rel| rel.split_whitespace()).map(str::to_owned).collect();
    if nofollow {
        rels.push("nofollow".to_owned());
    }
    rels.push("noopener".to_owned());
    rels.sort();
    rels.dedup();
    let attributes = {
        let target = target.map(|target| format!(" target=\"{}\"", escaped(&target))).unwrap_or_default();
        format!(" rel=\"{}\"{target}", escaped(&rels.join(" ")))
    };
    let mut out = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        out.push_str(&link(word, &attributes, limit, &schemes));
        out.push_str(&piece[word.len()..]);
    }
    Ok(out.into())
}

fn link(word: &str, attributes: &str, limit: Option<i64>, schemes: &[&str]) -> String {
    let body = word.trim_start_matches(['(', '<']);
    let head = &word[..word.len() - body.len()];
    let middle = body.trim_end_matches([')', '>', '.', ',', '\n']);
    let tail = &body[middle.len()..];
    let has_scheme = middle.starts_with("http://") || middle.starts_with("https://");
    let has_extra_scheme = schemes.iter().any(|scheme| middle.len() > scheme.len() && middle.starts_with(scheme));
    let is_name = middle.starts_with("www.")
        || [".org", ".net", ".com"].iter().any(|end| middle.ends_with(end) && !middle.contains(['@', '/']));
    let shown = |text: &str| match limit.and_then(|limit| usize::try_from(limit).ok()) {
        Some(limit) if text.chars().count() > limit => text.chars().take(limit).collect::<String>() + "...",
        _ => text.to_owned(),
    };
    let middle = escaped(middle);
    let link = if has_scheme || has_extra_scheme {
        format!("<a href=\"{middle}\"{attributes}>{}</a>", shown(&middle))
    } else if is_name && middle.len() > 4 {
        format!("<a href=\"https://{middle}\"{attributes}>{}</a>", shown(&middle))
    } else if middle.contains('@') && !middle.starts_with('@') && middle.contains('.') && !middle.contains(':') {
        format!("<a href=\"mailto:{middle}\">{middle}</a>")
    } else {
        middle
    };
    format!("{}{link}{}", escaped(head), escaped(tail))
}

fn xmlattr(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let autospace = args.flag("autospace", true)?;
    let Object::Dict(dict) = input.usable()? else { return Err("'items' needs a mapping".into()) };
    let mut attributes = Vec::new();
    for (key, value) in dict.items() {
        let value = value.usable()?;
        if value.is_null() {
            continue;
        }
        let key = python::str(&key);
        if key.contains([' ', '\t', '\n', '\r', '\x0c', '/', '>', '=']) {
            return Err(format!("Invalid character in attribute name: {}", python::text_repr(&key)).into());
        }
        attributes.push(format!("{}=\"{}\"", escaped(&key), escaped(&text_of(&value)?)));
    }
    let text = attributes.join(" ");
    Ok(if autospace && !text.is_empty() { format!(" {text}") } else { text }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_for_urls() {
        assert_eq!(url_quoted("a b/ü", false), "a%20b/%C3%BC");
        assert_eq!(url_quoted("a b/ü", true), "a+b%2F%C3%BC");
        assert_eq!(unescaped("&lt;&#65;&#x42;&nope;"), "<AB&nope;");
    }
}
