//! sequence: counts, as text.

use crate::args::Kind;
use crate::args::key_value::{RAW_PARAMS, parse_kv};
use crate::data::{Data, Map, Text, Value, python};
use crate::diagnostic::Origin;
use crate::template::operators::arithmetic;
use crate::template::syntax::Operator;
use crate::template::tools::options::typed;
use crate::template::tools::regex::{Anchor, Flags, Pattern};
use crate::template::{Arguments, Lookup, Object, Result, TemplateError};

pub const LOOKUPS: &[Lookup] =
    &[Lookup::plain("sequence", sequence, "Counts, with a start, an end, a stride and a form.")];

const OPTIONS: [&str; 5] = ["start", "end", "count", "stride", "format"];

fn sequence(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let mut given = Map::new();
    for option in OPTIONS {
        if let Some(value) = args.keyword(option)?.filter(|value| !value.is_null()) {
            given.insert(option, value);
        }
    }
    if terms.is_empty() {
        return if given.is_empty() { Ok(Vec::new()) } else { Count::new(&given)?.texts() };
    }
    let mut texts = Vec::new();
    for term in terms {
        let mut options = given.clone();
        options.extend(term_options(term)?);
        texts.extend(Count::new(&options)?.texts()?);
    }
    Ok(texts)
}

/// The options of a term: `start-end/stride:format`, or words.
fn term_options(term: &Value) -> Result<Map> {
    let refuse = |reason: String| {
        let shown = python::str(term);
        TemplateError::failure(format!("unknown error parsing with_sequence arguments: {shown}. Error was: {reason}"))
    };
    let Some(text) = term.as_str() else {
        return Err(refuse(format!("expected string or bytes-like object, got '{}'", term.type_name())));
    };
    let number = "(0?x?[0-9a-f]+)";
    let short = Pattern::anchored(
        &format!("^({number}-)?{number}(/{number})?(:(.+))?$"),
        Flags { ignore_case: true, ..Flags::default() },
        Anchor::Start,
    )?;
    if let Some(found) = short.search(text)? {
        let parts = [("start", 2), ("end", 3), ("stride", 5), ("format", 7)];
        let parts = parts.into_iter().filter_map(|(name, group)| Some((name, found.group(group)?)));
        return Ok(parts.map(|(name, part)| (Value::from(name), Value::from(part))).collect());
    }
    let mut options = parse_kv(&Text::plain(text), &Origin::none(), false).map_err(|error| refuse(error.joined()))?;
    options.remove(RAW_PARAMS);
    let unknown: Vec<Value> =
        options.keys().filter(|key| !key.as_str().is_some_and(|key| OPTIONS.contains(&key))).cloned().collect();
    if !unknown.is_empty() {
        let shown = python::repr(&Value::from(unknown));
        return Err(format!("unrecognized arguments to with_sequence: {shown}").into());
    }
    Ok(options)
}

struct Count {
    start: i64,
    end: i64,
    stride: i64,
    format: String,
}

impl Count {
    fn new(options: &Map) -> Result<Self> {
        let int = |name: &str| -> Result<Option<i64>> {
            let value = options.get(name).map(|value| typed("sequence", name, value, Kind::Int)).transpose()?;
            Ok(value.and_then(|value| value.as_int()))
        };
        let (start, end, count, stride) =
            (int("start")?.unwrap_or(1), int("end")?, int("count")?, int("stride")?.unwrap_or(1));
        let format = options.get("format").map_or_else(|| "%d".to_owned(), python::str);
        let (end, stride) = match (count, end) {
            (None, None) => return Err("must specify count or end in with_sequence".into()),
            (Some(_), Some(_)) => return Err("can't specify both count and end in with_sequence".into()),
            (Some(0), None) => return Ok(Self { start: 0, end: 0, stride: 0, format }),
            (Some(count), None) => (start + count * stride - 1, stride),
            (None, Some(end)) => (end, stride),
        };
        if stride > 0 && end < start {
            return Err("to count backwards make stride negative".into());
        }
        if stride < 0 && end > start {
            return Err("to count forward don't make stride negative".into());
        }
        if format.matches('%').count() != 1 {
            return Err(format!("bad formatting string: {format}").into());
        }
        Ok(Self { start, end, stride, format })
    }

    fn texts(&self) -> Result<Vec<Value>> {
        let mut texts = Vec::new();
        let mut number = self.start;
        while self.stride != 0 && (if self.stride > 0 { number <= self.end } else { number >= self.end }) {
            let text = arithmetic(Operator::Remainder, &Object::text(&*self.format), &Object::from(number));
            let refuse = |_| TemplateError::failure(format!("problem formatting {number} with '{}'", self.format));
            match text.and_then(|text| text.to_value()).map_err(refuse)? {
                Value { data: Data::Text(text), .. } => texts.push(Value::from(text)),
                other => texts.push(other),
            }
            number += self.stride;
        }
        Ok(texts)
    }
}
