//! Jinja's filters that make text.

use std::sync::Arc;

use crate::data::{Data, Value, python};
use crate::template::methods::{capitalize as capitalized, split_lines};
use crate::template::operators;
use crate::template::text::text_of;
use crate::template::{Arguments, Filter, Object, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::raw("capitalize", capitalize, "The first character upper, all others lower."),
    Filter::raw("center", center, "Blanks on both sides up to a width."),
    Filter::raw("format", format, "Puts values into a printf-style text."),
    Filter::raw("indent", indent, "Blanks before every line, or all but the first."),
    Filter::raw("lower", lower, "Everything lower."),
    Filter::raw("replace", replace, "One text in the place of another."),
    Filter::raw("string", string, "The text of a value."),
    Filter::raw("title", title, "Words begin with a capital."),
    Filter::raw("trim", trim, "Without the blanks at both ends."),
    Filter::raw("truncate", truncate, "Cut to a length."),
    Filter::raw("upper", upper, "Everything upper."),
    Filter::raw("wordcount", wordcount, "The number of words."),
    Filter::raw("wordwrap", wordwrap, "Lines broken at a width."),
    Filter::plain("pprint", pprint, "A value as Python shows it to people."),
];

/// The text of the input.
fn text(input: Object) -> Result<String> {
    text_of(&input.usable()?)
}

fn capitalize(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(capitalized(&text(input)?).into())
}

fn lower(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(text(input)?.to_lowercase().into())
}

fn upper(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(text(input)?.to_uppercase().into())
}

/// A text stays what it is, a template in a constant too.
fn string(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    if input.as_text().is_some() { Ok(input) } else { Ok(text_of(&input)?.into()) }
}

fn center(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let width = usize::try_from(args.int("width", 80)?).unwrap_or(0);
    let text = text(input)?;
    let missing = width.saturating_sub(text.chars().count());
    let left = missing / 2 + (missing & width & 1);
    Ok(std::format!("{}{text}{}", " ".repeat(left), " ".repeat(missing - left)).into())
}

fn format(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let template = Object::text(text(input)?);
    let positional = args.rest_objects();
    let keywords = args.keyword_objects();
    if !positional.is_empty() && !keywords.is_empty() {
        return Err("can't handle positional and keyword arguments at the same time".into());
    }
    let values = if keywords.is_empty() {
        Object::tuple(positional)
    } else {
        Object::dict(keywords.into_iter().map(|(name, value)| (Value::text(name), value)))
    };
    operators::arithmetic(crate::template::syntax::Operator::Remainder, &template, &values)
}

fn indent(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let width = args.or("width", 4_i64)?;
    let (first, blank) = (args.flag("first", false)?, args.flag("blank", false)?);
    let indention: Arc<str> = match &width.data {
        Data::Text(text) => text.shared().clone(),
        Data::Int(width) => " ".repeat(usize::try_from(*width).unwrap_or(0)).into(),
        Data::Bool(width) => " ".repeat(usize::from(*width)).into(),
        _ => return Err(std::format!("can't multiply sequence by non-int of type '{}'", width.type_name()).into()),
    };
    let input = input.usable()?;
    let Some(text) = input.as_str() else {
        return Err(std::format!("unsupported operand type(s) for +=: '{}' and 'str'", input.type_name()).into());
    };
    let text = std::format!("{text}\n");
    let mut lines = split_lines(&text, false).into_iter();
    let mut out = String::new();
    if first {
        out.push_str(&indention);
    }
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        if blank || !line.is_empty() {
            out.push_str(&indention);
        }
        out.push_str(line);
    }
    Ok(out.into())
}

fn replace(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let text = text(input)?;
    let old = text_of(&args.required_object("old")?.usable()?)?;
    let new = text_of(&args.required_object("new")?.usable()?)?;
    let count = args.unless_null("count")?;
    Ok(match count.and_then(|count| count.as_int()).and_then(|count| usize::try_from(count).ok()) {
        Some(count) => text.replacen(&old, &new, count).into(),
        None => text.replace(&old, &new).into(),
    })
}

/// Words here begin after blanks, dashes and opening brackets.
fn title(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let text = text(input)?;
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if c.is_whitespace() || matches!(c, '-' | '(' | '{' | '[' | '<') {
            begins = true;
            out.push(c);
        } else if begins {
            out.extend(c.to_uppercase());
            begins = false;
        } else {
            out.extend(c.to_lowercase());
        }
    }
    Ok(out.into())
}

fn trim(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let text = text(input)?;
    let Some(set) = args.unless_null("chars")? else { return Ok(text.trim().into()) };
    let set = set.as_str().ok_or_else(|| TemplateError::failure("strip arg must be None or str"))?;
    Ok(text.trim_matches(|c| set.contains(c)).into())
}

fn truncate(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let length = args.int("length", 255)?;
    let killwords = args.flag("killwords", false)?;
    let end = args.text("end", "...")?;
    let leeway = args.unless_null("leeway")?.and_then(|leeway| leeway.as_int()).unwrap_or(5);
    let end_length = end.chars().count() as i64;
    if length < end_length {
        return Err(std::format!("expected length >= {end_length}, got {length}").into());
    }
    if leeway < 0 {
        return Err(std::format!("expected leeway >= 0, got {leeway}").into());
    }
    let text = text(input)?;
    if text.chars().count() as i64 <= length + leeway {
        return Ok(text.into());
    }
    let kept: String = text.chars().take(usize::try_from(length - end_length).unwrap_or(0)).collect();
    if killwords {
        return Ok((kept + &end).into());
    }
    let kept = kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept);
    Ok(std::format!("{kept}{end}").into())
}

fn wordcount(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let text = text(input)?;
    Ok(text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).count().into())
}

fn wordwrap(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let width = args.int("width", 79)?;
    let break_long = args.flag("break_long_words", true)?;
    let separator = args.unless_null("wrapstring")?.map_or_else(|| "\n".to_owned(), |value| python::str(&value));
    let break_hyphens = args.flag("break_on_hyphens", true)?;
    let Ok(width @ 1..) = usize::try_from(width) else {
        return Err(std::format!("invalid width {width} (must be > 0)").into());
    };
    let input = input.usable()?;
    let Some(text) = input.as_str() else {
        return Err(std::format!("'{}' object has no attribute 'splitlines'", input.type_name()).into());
    };
    let wrapped =
        split_lines(text, false).into_iter().map(|line| wrap(line, width, break_long, break_hyphens).join(&separator));
    Ok(wrapped.collect::<Vec<_>>().join(&separator).into())
}

/// One line in pieces that fit the width; blanks where it breaks go.
fn wrap(line: &str, width: usize, break_long: bool, break_hyphens: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for chunk in chunks(line, break_hyphens) {
        let mut chunk = chunk;
        loop {
            let used = current.chars().count();
            let length = chunk.chars().count();
            if used + length <= width {
                current.push_str(&chunk);
                break;
            }
            if chunk.trim().is_empty() {
                // Blanks at the end of a line go with the break.
                lines.push(std::mem::take(&mut current));
                break;
            }
            if length > width && break_long {
                let room = width - used.min(width);
                let (head, tail) = split_at_char(&chunk, room);
                if !head.is_empty() {
                    current.push_str(head);
                }
                let tail = tail.to_owned();
                lines.push(std::mem::take(&mut current));
                chunk = tail;
                continue;
            }
            if current.is_empty() {
                current.push_str(&chunk);
                break;
            }
            lines.push(std::mem::take(&mut current));
        }
        if current.trim().is_empty() && !lines.is_empty() {
            current.clear();
        }
    }
    if !current.trim().is_empty() {
        lines.push(current);
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn split_at_char(text: &str, count: usize) -> (&str, &str) {
    let place = text.char_indices().nth(count).map_or(text.len(), |(place, _)| place);
    text.split_at(place)
}

/// Words and the blanks between them; words also break behind their hyphens.
fn chunks(line: &str, break_hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    let characters: Vec<char> = line.chars().collect();
    for (place, c) in characters.iter().enumerate() {
        let previous = place.checked_sub(1).and_then(|place| characters.get(place));
        let next = characters.get(place + 1);
        let begins = match previous {
            None => true,
            Some(previous) if previous.is_whitespace() != c.is_whitespace() => true,
            Some('-') if break_hyphens => {
                let before = place.checked_sub(2).and_then(|place| characters.get(place));
                before.is_some_and(|before| before.is_alphabetic())
                    && c.is_alphabetic()
                    && next.is_some_and(|next| next.is_alphabetic() || *next == '-')
            }
            _ => false,
        };
        match chunks.last_mut() {
            Some(chunk) if !begins => chunk.push(*c),
            _ => chunks.push(c.to_string()),
        }
    }
    chunks
}

/// The containers of templates print on one line.
fn pprint(input: &Value, _args: &mut Arguments<'_>) -> Result<Value> {
    Ok(python::repr(input).into())
}
