//! Filters on text: for shells, comments, addresses, splitting.

use crate::data::{Data, Map, Value, python};
use crate::template::tools::iterate::to_int;
use crate::template::tools::url::{Url, unquote_plus};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("quote", quote, "Quotes a text for a shell."),
    Filter::plain("comment", comment, "Makes a comment of a text, in one of several styles."),
    Filter::plain("split", split, "Splits a text into a list."),
    Filter::plain("urlsplit", urlsplit, "Takes an address apart."),
    Filter::plain("urldecode", urldecode, "Undoes the escapes of an address."),
];

fn quote(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    if input.is_null() {
        return Ok("''".into());
    }
    let text = python::str(input);
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) {
        return Ok(text.into());
    }
    Ok(format!("'{}'", text.replace('\'', "'\"'\"'")).into())
}

/// What a style of comments is made of.
struct Style {
    beginning: &'static str,
    decoration: &'static str,
    end: &'static str,
}

fn style(name: &str) -> Option<Style> {
    let (beginning, decoration, end) = match name {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        _ => return None,
    };
    Some(Style { beginning, decoration, end })
}

fn comment(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let name = args.or("style", "plain")?;
    let style = name.as_str().and_then(style);
    let style = style.ok_or_else(|| TemplateError::failure(format!("Invalid style {}.", python::repr(&name))))?;
    let mut option = |name: &str, default: &str| -> Result<String> {
        Ok(args.keyword(name)?.map_or_else(|| default.to_owned(), |value| python::str(&value)))
    };
    let newline = option("newline", "\n")?;
    let beginning = option("beginning", style.beginning)?;
    let decoration = option("decoration", style.decoration)?;
    let end = option("end", style.end)?;
    let prefix = option("prefix", decoration.trim_end())?;
    let postfix = option("postfix", decoration.trim_end())?;
    let mut count = |name: &str| -> Result<usize> {
        let value = args.keyword(name)?;
        Ok(value.as_ref().map(to_int).transpose()?.map_or(1, |count| usize::try_from(count).unwrap_or(0)))
    };
    let (prefix_count, postfix_count) = (count("prefix_count")?, count("postfix_count")?);
    // Other keywords are taken and mean nothing.
    args.keyword_objects();
    let Data::Text(text) = &input.data else {
        return Err(format!("'{}' object has no attribute 'replace'", input.type_name()).into());
    };

    let mut out = String::new();
    if !beginning.is_empty() {
        out.push_str(&format!("{beginning}{newline}"));
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { newline.clone() } else { format!("{prefix}{newline}") };
        out.push_str(&line.repeat(prefix_count));
    }
    let lines = format!("{decoration}{}", text.replace(&newline, &format!("{newline}{decoration}")));
    // A line with nothing on it shall not end in blanks.
    out.push_str(&lines.replace(&format!("{decoration}{newline}"), &format!("{}{newline}", decoration.trim_end())));
    out.push_str(&format!("{newline}{postfix}").repeat(postfix_count));
    if !end.is_empty() {
        out.push_str(&format!("{newline}{end}"));
    }
    Ok(out.into())
}

/// What Python's `split` without a separator splits at.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

fn split(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let separator = args.unless_null("sep")?;
    let most = args.int("maxsplit", -1)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let Data::Text(text) = &input.data else {
        let kind = input.type_name();
        return Err(format!("descriptor 'split' for 'str' objects doesn't apply to a '{kind}' object").into());
    };
    let Some(separator) = separator else { return Ok(Value::list(split_blanks(text, most).map(Value::from))) };
    match separator.as_str() {
        None => Err(format!("must be str or None, not {}", separator.type_name()).into()),
        Some("") => Err("empty separator".into()),
        Some(separator) => Ok(Value::list(text.splitn(most.saturating_add(1), separator).map(Value::from))),
    }
}

fn split_blanks(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start_matches(is_blank);
    let mut done = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if done == most {
            return Some(std::mem::take(&mut rest).trim_end_matches(is_blank));
        }
        done += 1;
        let end = rest.find(is_blank).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after.trim_start_matches(is_blank);
        Some(word)
    })
}

fn urlsplit(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let wanted = args.text("query", "")?;
    let Some(address) = input.as_str() else {
        return Err(format!("'{}' object has no attribute 'decode'", input.type_name()).into());
    };
    let url = Url::split(address)?;
    let parts = Map::from([
        ("fragment", Value::from(url.fragment.as_str())),
        ("hostname", url.host_name().into()),
        ("netloc", url.netloc.as_str().into()),
        ("password", url.password().into()),
        ("path", url.path.as_str().into()),
        ("port", url.port()?.into()),
        ("query", url.query.as_str().into()),
        ("scheme", url.scheme.as_str().into()),
        ("username", url.user_name().into()),
    ]);
    if wanted.is_empty() {
        return Ok(parts.into());
    }
    match parts.get(&wanted) {
        Some(part) => Ok(part.clone()),
        None => Err(format!("urlsplit: unknown URL component: {wanted}").into()),
    }
}

fn urldecode(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    match input.as_str() {
        Some(text) => Ok(unquote_plus(text).into()),
        None => Err(format!("'{}' object has no attribute 'replace'", input.type_name()).into()),
    }
}
