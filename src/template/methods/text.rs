//! Methods of texts.

use crate::data::{Data, Text, Value};
use crate::template::operators::iterate;
use crate::template::{Arguments, Object, Result, TemplateError, access};

pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

pub(super) fn call(text: &Text, object: &Object, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let s = text.as_str();
    if let Some(answer) = question(s, name) {
        return Ok(answer.into());
    }
    Ok(match name {
        "capitalize" => capitalize(s).into(),
        "casefold" => casefold(s).into(),
        "lower" => s.to_lowercase().into(),
        "upper" => s.to_uppercase().into(),
        "swapcase" => swapcase(s).into(),
        "title" => title(s).into(),
        "center" | "ljust" | "rjust" => justify(s, name, arguments)?.into(),
        "count" => {
            let part = needle(arguments)?;
            let s = range(s, arguments)?.map_or("", |(_, s)| s);
            (if part.is_empty() { s.chars().count() + 1 } else { s.matches(part.as_str()).count() }).into()
        }
        "encode" => encode(s, arguments)?,
        "startswith" | "endswith" => affix(s, name == "startswith", arguments)?.into(),
        "expandtabs" => expand_tabs(s, usize::try_from(arguments.int("tabsize", 8)?).unwrap_or(0)).into(),
        "find" | "rfind" | "index" | "rindex" => find(s, name, arguments)?,
        "format" => super::format::format(s, arguments)?.into(),
        "format_map" => {
            super::format::format_map(s, &arguments.required_object("mapping")?, arguments.context())?.into()
        }
        "join" => join(s, &arguments.required_object("iterable")?)?.into(),
        "strip" => strip(s, arguments)?.0.into(),
        "lstrip" => strip(s, arguments)?.1.into(),
        "rstrip" => strip(s, arguments)?.2.into(),
        "partition" => {
            let part = separator(arguments)?;
            let (before, part, after) = match s.split_once(&part) {
                Some((before, after)) => (before, part.as_str(), after),
                None => (s, "", ""),
            };
            triple(before, part, after)
        }
        "rpartition" => {
            let part = separator(arguments)?;
            let (before, part, after) = match s.rsplit_once(&part) {
                Some((before, after)) => (before, part.as_str(), after),
                None => ("", "", s),
            };
            triple(before, part, after)
        }
        "removeprefix" => {
            let part = needle(arguments)?;
            s.strip_prefix(part.as_str()).unwrap_or(s).into()
        }
        "removesuffix" => {
            let part = needle(arguments)?;
            s.strip_suffix(part.as_str()).unwrap_or(s).into()
        }
        "replace" => {
            let (old, new) = (needle(arguments)?, needle(arguments)?);
            let count = arguments.int("count", -1)?;
            match usize::try_from(count) {
                Ok(count) => s.replacen(old.as_str(), &new, count).into(),
                Err(_) => s.replace(old.as_str(), &new).into(),
            }
        }
        "split" | "rsplit" => split(s, name == "rsplit", arguments)?,
        "splitlines" => {
            let keep = arguments.flag("keepends", false)?;
            texts(split_lines(s, keep))
        }
        "zfill" => zfill(s, width(arguments, "width")?).into(),
        "translate" => translate(s, &arguments.required_object("table")?)?.into(),
        "maketrans" => make_table(arguments)?,
        _ => object.clone(),
    })
}

fn texts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Object {
    Object::list(parts.into_iter().map(Object::from).collect())
}

fn triple(before: &str, part: &str, after: &str) -> Object {
    Object::tuple(vec![before.into(), part.into(), after.into()])
}

/// A text argument by position.
fn needle(arguments: &mut Arguments<'_>) -> Result<String> {
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

fn separator(arguments: &mut Arguments<'_>) -> Result<String> {
    let part = needle(arguments)?;
    if part.is_empty() { Err("empty separator".into()) } else { Ok(part) }
}

fn width(arguments: &mut Arguments<'_>, name: &str) -> Result<usize> {
    let object = arguments.required_object(name)?;
    match &object {
        Object::Value(Value { data: Data::Int(number), .. }) => {
            Ok(usize::try_from(*number).unwrap_or(0).min(10_000_000))
        }
        _ => Err(format!("'{}' object cannot be interpreted as an integer", object.type_name()).into()),
    }
}

fn question(s: &str, name: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !s.is_empty() && s.chars().all(test);
    Some(match name {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => s.is_ascii(),
        "isdecimal" => {
            all(|c| c.is_ascii_digit() || (c.is_numeric() && crate::data::python::parse_int(&c.to_string()).is_some()))
        }
        "isdigit" => all(|c| {
            c.is_ascii_digit()
                || matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨')
                || (c.is_numeric() && crate::data::python::parse_int(&c.to_string()).is_some())
        }),
        "isnumeric" => all(char::is_numeric),
        "isidentifier" => {
            let mut characters = s.chars();
            characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && characters.all(|c| c.is_alphanumeric() || c == '_')
        }
        "islower" => s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase),
        "isupper" => s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase),
        "isprintable" => s.chars().all(crate::data::python::is_printable),
        "isspace" => all(|c| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)),
        "istitle" => is_title(s),
        _ => return None,
    })
}

fn is_title(s: &str) -> bool {
    let (mut cased, mut previous) = (false, false);
    for c in s.chars() {
        if c.is_uppercase() {
            if previous {
                return false;
            }
            (cased, previous) = (true, true);
        } else if c.is_lowercase() {
            if !previous {
                return false;
            }
            cased = true;
        } else {
            previous = false;
        }
    }
    cased
}

/// `str.capitalize`: the first character upper, all others lower.
pub fn capitalize(s: &str) -> String {
    let mut characters = s.chars();
    match characters.next() {
        Some(first) => {
            let upper: String = first.to_uppercase().collect();
            let mut upper_characters = upper.chars();
            // A ligature becomes a capital and small letters.
            let first: String =
                upper_characters.next().into_iter().chain(upper_characters.flat_map(char::to_lowercase)).collect();
            first + &characters.as_str().to_lowercase()
        }
        None => String::new(),
    }
}

fn casefold(s: &str) -> String {
    s.to_lowercase().replace('ß', "ss").replace('ς', "σ")
}

fn swapcase(s: &str) -> String {
    s.chars()
        .flat_map(|c| if c.is_uppercase() { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() })
        .collect()
}

fn title(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut previous = false;
    for c in s.chars() {
        let is_cased = c.is_uppercase() || c.is_lowercase();
        if is_cased && !previous {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        previous = is_cased;
    }
    out
}

fn justify(s: &str, name: &str, arguments: &mut Arguments<'_>) -> Result<String> {
    let width = width(arguments, "width")?;
    let fill = arguments.text("fillchar", " ")?;
    if fill.chars().count() != 1 {
        return Err("The fill character must be exactly one character long".into());
    }
    let missing = width.saturating_sub(s.chars().count());
    Ok(match name {
        "ljust" => format!("{s}{}", fill.repeat(missing)),
        "rjust" => format!("{}{s}", fill.repeat(missing)),
        _ => {
            let left = missing / 2 + (missing & width & 1);
            format!("{}{s}{}", fill.repeat(left), fill.repeat(missing - left))
        }
    })
}

fn encode(s: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    let encoding = arguments.text("encoding", "utf-8")?.to_lowercase().replace('_', "-");
    let errors = arguments.text("errors", "strict")?;
    let limit = match encoding.as_str() {
        "utf-8" | "utf8" => return Ok(bytes(s.as_bytes().to_vec())),
        "utf-16-le" => return Ok(bytes(s.encode_utf16().flat_map(u16::to_le_bytes).collect())),
        "utf-16-be" => return Ok(bytes(s.encode_utf16().flat_map(u16::to_be_bytes).collect())),
        "utf-16" => {
            let body = s.encode_utf16().flat_map(u16::to_le_bytes);
            return Ok(bytes([0xff, 0xfe].into_iter().chain(body).collect()));
        }
        "ascii" | "us-ascii" => 0x80,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => 0x100,
        _ => return Err(format!("unknown encoding: {encoding}").into()),
    };
    let mut out = Vec::new();
    for (place, c) in s.chars().enumerate() {
        let code = u32::from(c);
        match (code < limit, &*errors) {
            (true, _) => out.push(code as u8),
            (_, "ignore") => {}
            (_, "replace") => out.push(b'?'),
            (_, "xmlcharrefreplace") => out.extend(format!("&#{code};").bytes()),
            (_, "backslashreplace") => out.extend(escape(code).bytes()),
            _ => {
                let codec = if limit == 0x80 { "ascii" } else { "latin-1" };
                return Err(format!(
                    "'{codec}' codec can't encode character '{}' in position {place}: ordinal not in range({limit})",
                    escape(code)
                )
                .into());
            }
        }
    }
    Ok(bytes(out))
}

fn escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn bytes(bytes: Vec<u8>) -> Object {
    Object::Value(Data::Bytes(bytes.into()).into())
}

fn affix(s: &str, starts: bool, arguments: &mut Arguments<'_>) -> Result<bool> {
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

fn expand_tabs(s: &str, size: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in s.chars() {
        match c {
            '\t' => {
                let blanks = if size == 0 { 0 } else { size - column % size };
                out.push_str(&" ".repeat(blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

/// The part of a text that optional `start` and `end` select, and where it begins in characters.
fn range<'a>(s: &'a str, arguments: &mut Arguments<'_>) -> Result<Option<(usize, &'a str)>> {
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

fn find(s: &str, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
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
fn strip<'a>(s: &'a str, arguments: &mut Arguments<'_>) -> Result<(&'a str, &'a str, &'a str)> {
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

fn split(s: &str, from_right: bool, arguments: &mut Arguments<'_>) -> Result<Object> {
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

fn zfill(s: &str, width: usize) -> String {
    let missing = width.saturating_sub(s.chars().count());
    let (sign, digits) = if s.starts_with(['+', '-']) { s.split_at(1) } else { ("", s) };
    format!("{sign}{}{digits}", "0".repeat(missing))
}

fn translate(s: &str, table: &Object) -> Result<String> {
    let Object::Dict(table) = table else {
        return Err(format!("'{}' object is not subscriptable", table.type_name()).into());
    };
    let mut out = String::new();
    for c in s.chars() {
        match table.get(&Value::from(i64::from(u32::from(c)))) {
            None => out.push(c),
            Some(replacement) if replacement.is_null() => {}
            Some(Object::Value(Value { data: Data::Int(code), .. })) => {
                let replacement = u32::try_from(code).ok().and_then(char::from_u32);
                out.push(
                    replacement
                        .ok_or_else(|| TemplateError::failure("character mapping must be in range(0x110000)"))?,
                );
            }
            Some(replacement) => out.push_str(
                replacement
                    .as_str()
                    .ok_or_else(|| TemplateError::failure("character mapping must return integer, None or str"))?,
            ),
        }
    }
    Ok(out)
}

fn make_table(arguments: &mut Arguments<'_>) -> Result<Object> {
    let code = |c: char| Value::from(i64::from(u32::from(c)));
    let from = arguments.required_object("x")?;
    let Some(to) = arguments.optional_object("y")? else {
        let Object::Dict(dict) = from else {
            return Err("if you give only one argument to maketrans it must be a dict".into());
        };
        let mut pairs = Vec::new();
        for (key, value) in dict.items() {
            let key = match key.as_str() {
                Some(text) => match (text.chars().next(), text.chars().count()) {
                    (Some(c), 1) => code(c),
                    _ => return Err("string keys in translate table must be of length 1".into()),
                },
                None => access::key(&Object::Value(key))?,
            };
            pairs.push((key, value));
        }
        return Ok(Object::dict(pairs));
    };
    let dropped = arguments.text("z", "")?;
    let (Some(from), Some(to)) = (from.as_str(), to.as_str()) else {
        return Err("maketrans() arguments must be str".into());
    };
    if from.chars().count() != to.chars().count() {
        return Err("the first two maketrans arguments must have equal length".into());
    }
    let pairs = from.chars().zip(to.chars()).map(|(from, to)| (code(from), Object::Value(code(to))));
    Ok(Object::dict(pairs.chain(dropped.chars().map(|c| (code(c), Object::NULL)))))
}
