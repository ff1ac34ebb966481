//! How Python shows values as text (`str`, `repr`) and reads them back (numbers, literals).

mod literal;
mod number;
mod quote;
pub mod regex;

pub use literal::{LiteralError, literal_eval};
pub use number::{float_repr, parse_float, parse_int, parse_int_in_base};
pub use quote::{bytes_repr, is_printable, text_repr};

use super::{Data, Date, Value};

/// `str(value)`: texts as they are, all else as `repr` shows it.
pub fn str(value: &Value) -> String {
    match &value.data {
        Data::Text(text) => text.as_str().to_owned(),
        Data::Vaulted(vaulted) => vaulted.ciphertext.to_string(),
        Data::Date(date) => date_str(date),
        _ => repr(value),
    }
}

/// `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

/// Appends `repr(value)`.
pub fn write_repr(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null => out.push_str("None"),
        Data::Bool(true) => out.push_str("True"),
        Data::Bool(false) => out.push_str("False"),
        Data::Int(number) => out.push_str(&number.to_string()),
        Data::Big(number) => out.push_str(&number.to_string()),
        Data::Float(number) => out.push_str(&float_repr(*number)),
        Data::Text(text) => quote::write_text(text, out),
        Data::Vaulted(vaulted) => quote::write_text(&vaulted.ciphertext, out),
        Data::Bytes(bytes) => quote::write_bytes(bytes, out),
        Data::Date(date) => out.push_str(&date_repr(date)),
        Data::List(items) => write_items("[", items.iter(), "]", out),
        Data::Tuple(items) if items.len() == 1 => write_items("(", items.iter(), ",)", out),
        Data::Tuple(items) => write_items("(", items.iter(), ")", out),
        Data::Set(items) if items.is_empty() => out.push_str("set()"),
        Data::Set(items) => write_items("{", items.iter(), "}", out),
        Data::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
    }
}

fn write_items<'a>(open: &str, items: impl Iterator<Item = &'a Value>, close: &str, out: &mut String) {
    out.push_str(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_repr(item, out);
    }
    out.push_str(close);
}

/// `str` of an OSError about a path: `[Errno 2] No such file or directory: '/x'`.
pub fn os_error(error: &std::io::Error, path: &std::path::Path) -> String {
    let text = error.to_string();
    let Some(code) = error.raw_os_error() else { return text };
    let reason = text.strip_suffix(&format!(" (os error {code})")).unwrap_or(&text);
    format!("[Errno {code}] {reason}: {}", text_repr(&path.to_string_lossy()))
}

/// `str` of a date, datetime or time: as `isoformat`, but with a blank between day and time.
pub fn date_str(date: &Date) -> String {
    date_text(date, ' ')
}

/// `date.isoformat()`.
pub fn date_isoformat(date: &Date) -> String {
    date_text(date, 'T')
}

fn date_text(date: &Date, separator: char) -> String {
    match date {
        Date::Day(day) => format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
        Date::Time(time) => time_text(*time),
        Date::Moment(moment, offset) => {
            let day = date_text(&Date::Day(moment.date()), separator);
            format!("{day}{separator}{}{}", time_text(moment.time()), offset.map(offset_text).unwrap_or_default())
        }
    }
}

fn time_text(time: jiff::civil::Time) -> String {
    let microseconds = time.subsec_nanosecond() / 1000;
    let mut text = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    if microseconds > 0 {
        text.push_str(&format!(".{microseconds:06}"));
    }
    text
}

/// An offset from UTC as `isoformat` writes it: `+05:30`, with seconds only where there are some.
fn offset_text(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = offset.unsigned_abs();
    let mut text = format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if !seconds.is_multiple_of(60) {
        text.push_str(&format!(":{:02}", seconds % 60));
    }
    text
}

fn date_repr(date: &Date) -> String {
    match date {
        Date::Day(day) => format!("datetime.date({}, {}, {})", day.year(), day.month(), day.day()),
        Date::Time(time) => format!("datetime.time({})", time_arguments(*time)),
        Date::Moment(moment, offset) => {
            let zone = match offset {
                None => String::new(),
                Some(0) => ", tzinfo=datetime.timezone.utc".to_owned(),
                Some(offset) => format!(", tzinfo=datetime.timezone({})", timedelta_repr(*offset)),
            };
            let (year, month, day) = (moment.year(), moment.month(), moment.day());
            format!("datetime.datetime({year}, {month}, {day}, {}{zone})", time_arguments(moment.time()))
        }
    }
}

fn time_arguments(time: jiff::civil::Time) -> String {
    let microseconds = time.subsec_nanosecond() / 1000;
    let mut text = format!("{}, {}", time.hour(), time.minute());
    if time.second() > 0 || microseconds > 0 {
        text.push_str(&format!(", {}", time.second()));
    }
    if microseconds > 0 {
        text.push_str(&format!(", {microseconds}"));
    }
    text
}

/// `repr` of a timedelta of whole seconds; Python keeps the seconds positive and counts days.
pub fn timedelta_repr(seconds: i32) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    match (days, rest) {
        (0, rest) => format!("datetime.timedelta(seconds={rest})"),
        (days, 0) => format!("datetime.timedelta(days={days})"),
        (days, rest) => format!("datetime.timedelta(days={days}, seconds={rest})"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use num_bigint::BigInt;

    use super::*;
    use crate::data::Map;

    fn check(value: impl Into<Value>, expected_repr: &str, expected_str: &str) {
        let value = value.into();
        assert_eq!(repr(&value), expected_repr);
        assert_eq!(str(&value), expected_str);
    }

    #[test]
    fn scalars() {
        check(Value::NULL, "None", "None");
        check(true, "True", "True");
        check(-7_i64, "-7", "-7");
        check(Value::big(BigInt::from(10).pow(20)), "100000000000000000000", "100000000000000000000");
        check(1.0, "1.0", "1.0");
        check("it's", "\"it's\"", "it's");
        check(Data::Bytes(Arc::from(&b"a\x00'"[..])), "b\"a\\x00'\"", "b\"a\\x00'\"");
    }

    #[test]
    fn containers() {
        check(Value::list([1.into(), "a".into()]), "[1, 'a']", "[1, 'a']");
        check(Value::tuple([1.into()]), "(1,)", "(1,)");
        check(Value::tuple([]), "()", "()");
        check(Data::Set(Arc::default()), "set()", "set()");
        check(Map::from([("k", Value::list([Value::NULL]))]), "{'k': [None]}", "{'k': [None]}");
    }

    #[test]
    fn dates() {
        let day = jiff::civil::date(2024, 1, 2);
        check(Data::Date(Date::Day(day)), "datetime.date(2024, 1, 2)", "2024-01-02");
        let moment = day.at(3, 4, 5, 600_000_000);
        check(
            Data::Date(Date::Moment(moment, Some(-18_000))),
            "datetime.datetime(2024, 1, 2, 3, 4, 5, 600000, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400)))",
            "2024-01-02 03:04:05.600000-05:00",
        );
        check(
            Data::Date(Date::Moment(day.at(0, 0, 0, 0), Some(0))),
            "datetime.datetime(2024, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)",
            "2024-01-02 00:00:00+00:00",
        );
        check(Data::Date(Date::Time(jiff::civil::time(1, 2, 0, 0))), "datetime.time(1, 2)", "01:02:00");
    }
}
