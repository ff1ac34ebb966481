//! Parts of texts: finding, splitting, joining, stripping.

use crate::template::operators::iterate;
use crate::template::{Arguments, Object, Result, TemplateError};

pub(super) fn texts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Object {
    Object::list(parts.into_iter().map(Object::from).collect())
}

/// A text argument by position.
pub(super) fn needle(arguments: &mut Arguments<'_>) -> Result<String> {
    let function = arguments.function().to_owned();
    let object = arguments.required_object("sub")?;
    match object.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(match function.as_str() {
            "replace" | "removeprefix" | "removesuffix" => {
                format!("{function}() argument 1 must be str, not {}", object.type_name()).into()
            }
            _ => format!("must be str, not {}", object.type_name()).into(),
        }),
    }
}

pub(super) fn separator(arguments: &mut Arguments<'_>) -> Result<String> {
    let part = needle(arguments)?;
    if part.is_empty() { Err("empty separator".into()) } else { Ok(part) }
}

pub(super) fn affix(s: &str, starts: bool, arguments: &mut Arguments<'_>) -> Result<bool> {
    let function = arguments.function().to_owned();
    let affix = arguments.required_object("prefix")?;
    let Some((_, s)) = range(s, arguments)? else { return Ok(false) };
    let fits = |part: &str| if starts { s.starts_with(part) } else { s.ends_with(part) };
    let wrong = |object: &Object| {
        TemplateError::failure(format!(
            "{function} first arg must be str or a tuple of str, not {}",
            object.type_name()
        ))
    };
    match &affix {
        Object::Tuple(parts) => {
            for part in parts.iter() {
                let part = part.resolved();
                if fits(part.as_str().ok_or_else(|| wrong(&affix))?) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(fits(affix.as_str().ok_or_else(|| wrong(&affix))?)),
    }
}

/// The part of a text that optional `start` and `end` select, and where it begins in characters.
pub(super) fn range<'a>(s: &'a str, arguments: &mut Arguments<'_>) -> Result<Option<(usize, &'a str)>> {
    let mut bound = |name: &str| -> Result<Option<i64>> {
        Ok(match arguments.unless_null(name)? {
            None => None,
            Some(value) => Some(value.as_int().ok_or_else(|| {
                TemplateError::failure("slice indices must be integers or None or have an __index__ method")
            })?),
        })
    };
    let (start, end) = (bound("start")?, bound("end")?);
    if start.is_none() && end.is_none() {
        return Ok(Some((0, s)));
    }
    let length = s.chars().count() as i64;
    let place = |bound: i64| if bound < 0 { (bound + length).max(0) } else { bound.min(length) };
    if start.is_some_and(|start| start > length) {
        return Ok(None);
    }
    let (start, end) = (start.map_or(0, place), end.map_or(length, place));
    if start > end {
        return Ok(None);
    }
    let offset = |count: i64| s.char_indices().nth(count as usize).map_or(s.len(), |(offset, _)| offset);
    Ok(Some((start as usize, &s[offset(start)..offset(end)])))
}

pub(super) fn find(s: &str, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let part = needle(arguments)?;
    let found = range(s, arguments)?.and_then(|(start, s)| {
        let offset = if name.starts_with('r') { s.rfind(&part) } else { s.find(&part) }?;
        Some(start + s[..offset].chars().count())
    });
    match found {
        Some(place) => Ok(place.into()),
        None if name.ends_with("find") => Ok(Object::from(-1_i64)),
        None => Err("substring not found".into()),
    }
}

/// `separator.join(items)`, where every item must be a text.
pub fn join(separator: &str, items: &Object) -> Result<String> {
    let items = iterate(items)
        .map_err(|error| if error.is_undefined() { error } else { "can only join an iterable".into() })?;
    let mut out = String::new();
    for (index, item) in items.into_iter().enumerate() {
        let item = item.usable()?;
        let text = item.as_str().ok_or_else(|| {
            TemplateError::failure(format!("sequence item {index}: expected str instance, {} found", item.type_name()))
        })?;
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(text);
    }
    Ok(out)
}

/// The text stripped at both ends, at the left, at the right.
pub(super) fn strip<'a>(s: &'a str, arguments: &mut Arguments<'_>) -> Result<(&'a str, &'a str, &'a str)> {
    let function = arguments.function().to_owned();
    let set = match arguments.unless_null("chars")? {
        None => None,
        Some(value) => Some(
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| TemplateError::failure(format!("{function} arg must be None or str")))?,
        ),
    };
    let out = |c: char| match &set {
        None => c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c),
        Some(set) => set.contains(c),
    };
    Ok((s.trim_matches(out), s.trim_start_matches(out), s.trim_end_matches(out)))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

pub(super) fn split(s: &str, from_right: bool, arguments: &mut Arguments<'_>) -> Result<Object> {
    let separator = match arguments.unless_null("sep")? {
        None => None,
        Some(value) => Some(
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| TemplateError::failure(format!("must be str or None, not {}", value.type_name())))?,
        ),
    };
    let most = usize::try_from(arguments.int("maxsplit", -1)?).ok();
    let Some(separator) = separator else { return Ok(texts(split_blanks(s, most, from_right))) };
    if separator.is_empty() {
        return Err("empty separator".into());
    }
    Ok(match (most, from_right) {
        (None, _) => texts(s.split(separator.as_str())),
        (Some(most), false) => texts(s.splitn(most.saturating_add(1), separator.as_str())),
        (Some(most), true) => {
            let mut parts: Vec<&str> = s.rsplitn(most.saturating_add(1), separator.as_str()).collect();
            parts.reverse();
            texts(parts)
        }
    })
}

fn split_blanks(s: &str, most: Option<usize>, from_right: bool) -> Vec<&str> {
    let Some(most) = most else { return s.split(is_blank).filter(|part| !part.is_empty()).collect() };
    let mut parts = Vec::new();
    let mut rest = if from_right { s.trim_end_matches(is_blank) } else { s.trim_start_matches(is_blank) };
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(if from_right { rest } else { rest.trim_end_matches('\0') });
            break;
        }
        if from_right {
            let begin =
                rest.rfind(is_blank).map_or(0, |place| place + rest[place..].chars().next().map_or(1, char::len_utf8));
            parts.push(&rest[begin..]);
            rest = rest[..begin].trim_end_matches(is_blank);
        } else {
            let end = rest.find(is_blank).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = rest[end..].trim_start_matches(is_blank);
        }
    }
    if from_right {
        parts.reverse();
    }
    parts
}

/// `str.splitlines`.
pub fn split_lines(s: &str, keep: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = s.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let ends = matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if !ends {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && characters.next_if(|(_, next)| *next == '\n').is_some() {
            end += 1;
        }
        lines.push(&s[start..if keep { end } else { at }]);
        start = end;
    }
    if start < s.len() {
        lines.push(&s[start..]);
    }
    lines
}
