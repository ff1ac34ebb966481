//! Methods of texts.

use super::text_parts::{affix, find, join, needle, range, separator, split, split_lines, strip, texts};
use crate::data::{Data, Text, Value};
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

fn triple(before: &str, part: &str, after: &str) -> Object {
    Object::tuple(vec![before.into(), part.into(), after.into()])
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
