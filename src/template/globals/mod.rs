//! The functions that every template sees: Jinja's own, and `lookup`, `query`, `now`, `undef`.

mod lookup;
mod objects;
mod range;

pub use range::Range;

use super::methods::pairs_of;
use super::{Arguments, Global, Object, Result, dates};
use crate::data::{Date, Value};

/// All of them, for the registry.
pub const GLOBALS: &[Global] = &[
    function("range", "type", "Whole numbers from a start to before an end.", range::range),
    function("dict", "type", "A mapping of pairs and keywords.", dict),
    function("lipsum", "function", "Words that mean nothing.", objects::lipsum),
    function("cycler", "type", "Goes through values again and again.", objects::cycler),
    function("joiner", "type", "A separator that is empty the first time.", objects::joiner),
    function("namespace", "type", "A place for values that outlive a loop.", objects::namespace),
    function("lookup", "function", "What a lookup finds, as one value.", lookup::lookup),
    function("query", "function", "What a lookup finds, as a list.", lookup::query),
    function("q", "function", "What a lookup finds, as a list.", lookup::query),
    function("now", "function", "The current moment.", now),
    function("undef", "function", "A value that is undefined, with a reason.", undef),
];

const fn function(
    name: &'static str,
    type_name: &'static str,
    doc: &'static str,
    run: fn(&mut Arguments<'_>) -> Result<Object>,
) -> Global {
    Global { name, type_name, doc, run }
}

fn dict(arguments: &mut Arguments<'_>) -> Result<Object> {
    let mut pairs = match arguments.rest_objects().as_slice() {
        [] => Vec::new(),
        [single] => pairs_of(single)?,
        more => return Err(format!("dict expected at most 1 argument, got {}", more.len()).into()),
    };
    pairs.extend(arguments.keyword_objects().into_iter().map(|(name, value)| (Value::text(name), value)));
    Ok(Object::dict(pairs))
}

fn now(arguments: &mut Arguments<'_>) -> Result<Object> {
    let is_utc = arguments.flag("utc", false)?;
    let format = arguments.unless_null("fmt")?;
    let mut now = arguments.context().environment().now();
    if is_utc {
        now = now.with_time_zone(jiff::tz::TimeZone::UTC);
    }
    // Python keeps microseconds.
    let nanosecond = now.subsec_nanosecond() / 1000 * 1000;
    let moment = now.datetime().with().subsec_nanosecond(nanosecond).build().unwrap_or(now.datetime());
    let date = Date::Moment(moment, None);
    Ok(match format.as_ref().and_then(Value::as_str) {
        Some(format) => dates::strftime(&date, format).into(),
        None => Object::Value(dates::date_value(date)),
    })
}

fn undef(arguments: &mut Arguments<'_>) -> Result<Object> {
    let hint = arguments.unless_null("hint")?;
    let hint = hint.as_ref().and_then(Value::as_str).unwrap_or("Mandatory variable has not been overridden");
    Ok(Object::undefined(hint))
}
