//! Filters that search and replace by regular expressions.

use crate::data::{Value, python};
use crate::template::tools::regex::{Anchor, Flags, Match, Replacement, escape};
use crate::template::{Arguments, Filter, Result};

pub const FILTERS: &[Filter] = &[
    Filter::plain("regex_replace", regex_replace, "Replaces what a regular expression finds."),
    Filter::plain("regex_search", regex_search, "Gives the first text (or groups) that a regular expression finds."),
    Filter::plain("regex_findall", regex_findall, "Gives all texts (or groups) that a regular expression finds."),
    Filter::plain("regex_escape", regex_escape, "Escapes a text for use in a regular expression."),
];

fn expression(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| "first argument must be string or compiled pattern".into())
}

fn regex_replace(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let written = args.or("pattern", "")?;
    let template = args.or("replacement", "")?;
    let flags = Flags {
        ignore_case: args.flag("ignorecase", false)?,
        multi_line: args.flag("multiline", false)?,
        ..Flags::default()
    };
    let count = args.int("count", 0)?;
    let mandatory_count = args.int("mandatory_count", 0)?;
    let text = python::str(input);
    let pattern = args.context().pattern(expression(&written)?, flags, Anchor::Anywhere)?;
    let Some(template) = template.as_str() else {
        let kind = template.type_name();
        return Err(format!("decoding to str: need a bytes-like object, {kind} found").into());
    };
    let replacement = Replacement::new(template, &pattern)?;
    let most = if count == 0 { usize::MAX } else { usize::try_from(count).unwrap_or(0) };
    let (replaced, times) = pattern.replace(&replacement, &text, most)?;
    if mandatory_count != 0 && times as i64 != mandatory_count {
        return Err(format!(
            "'{}' should match {mandatory_count} times, but matches {times} times in '{text}'",
            expression(&written)?
        )
        .into());
    }
    Ok(replaced.into())
}

/// Which part of a match `regex_search` is asked for.
enum Wanted {
    Number(usize),
    Name(String),
}

fn wanted(value: &Value) -> Result<Wanted> {
    let Some(text) = value.as_str() else {
        return Err(format!("'{}' object has no attribute 'startswith'", value.type_name()).into());
    };
    if let Some((name, _)) = text.strip_prefix("\\g<").and_then(|rest| rest.rsplit_once('>'))
        && !name.is_empty()
        && !name.contains(char::is_whitespace)
    {
        return Ok(Wanted::Name(name.to_owned()));
    }
    let digits = text.strip_prefix('\\').map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number) => Ok(Wanted::Number(number)),
        None => Err("Unknown argument".into()),
    }
}

fn regex_search(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let flags = Flags {
        ignore_case: args.keyword("ignorecase")?.is_some_and(|flag| flag.is_truthy()),
        multi_line: args.keyword("multiline")?.is_some_and(|flag| flag.is_truthy()),
        ..Flags::default()
    };
    let pattern = args.required("regex")?;
    // Other keywords are taken and mean nothing.
    args.keyword_objects();
    let groups = args.rest()?.iter().map(wanted).collect::<Result<Vec<_>>>()?;
    let text = python::str(input);
    let pattern = args.context().pattern(expression(&pattern)?, flags, Anchor::Anywhere)?;
    let Some(found) = pattern.search(&text)? else { return Ok(Value::NULL) };
    if groups.is_empty() {
        return Ok(found.group(0).into());
    }
    let taken = groups.iter().map(|group| {
        let number = match group {
            Wanted::Number(number) => Some(*number).filter(|number| *number <= pattern.groups()),
            Wanted::Name(name) => pattern.group_named(name),
        };
        number.map(|number| Value::from(found.group(number))).ok_or_else(|| "no such group".into())
    });
    Ok(Value::from(taken.collect::<Result<Vec<_>>>()?))
}

fn regex_findall(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let pattern = args.required("regex")?;
    let flags = Flags {
        multi_line: args.flag("multiline", false)?,
        ignore_case: args.flag("ignorecase", false)?,
        ..Flags::default()
    };
    let text = python::str(input);
    let pattern = args.context().pattern(expression(&pattern)?, flags, Anchor::Anywhere)?;
    let found = pattern.find_all(&text, usize::MAX)?;
    let group = |one: &Match<'_>, index| Value::from(one.group(index).unwrap_or_default());
    Ok(Value::list(found.iter().map(|one| match pattern.groups() {
        0 => group(one, 0),
        1 => group(one, 1),
        groups => Value::tuple((1..=groups).map(|index| group(one, index))),
    })))
}

fn regex_escape(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let kind = args.text("re_type", "python")?;
    let text = python::str(input);
    match &*kind {
        "python" => Ok(escape(&text).into()),
        "posix_basic" => {
            let mut escaped = String::with_capacity(text.len() + 8);
            for character in text.chars() {
                if "[].*^$\\".contains(character) {
                    escaped.push('\\');
                }
                escaped.push(character);
            }
            Ok(escaped.into())
        }
        "posix_extended" => Err(format!("Regex type ({kind}) not yet implemented").into()),
        _ => Err(format!("Invalid regex type ({kind})").into()),
    }
}
