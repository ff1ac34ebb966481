//! Python's dates, times and time spans inside of templates.

mod span;
mod strftime;
mod strptime;

use jiff::civil::{Date as Day, DateTime};

pub use span::{TimeSpan, arithmetic, compare, negative};
pub use strftime::{strftime, strftime_in_zone};
pub use strptime::strptime;

use super::{Arguments, Object, Result, TemplateError};
use crate::data::{Data, Date, Value, python};

const DAY_METHODS: &[&str] =
    &["ctime", "isocalendar", "isoformat", "isoweekday", "replace", "strftime", "toordinal", "weekday"];
const MOMENT_METHODS: &[&str] = &[
    "astimezone",
    "ctime",
    "date",
    "isocalendar",
    "isoformat",
    "isoweekday",
    "replace",
    "strftime",
    "time",
    "timestamp",
    "toordinal",
    "utcoffset",
    "weekday",
];
const TIME_METHODS: &[&str] = &["isoformat", "replace", "strftime"];

/// The methods of a date.
pub(super) fn names(date: &Date) -> &'static [&'static str] {
    match date {
        Date::Day(_) => DAY_METHODS,
        Date::Moment(..) => MOMENT_METHODS,
        Date::Time(_) => TIME_METHODS,
    }
}

/// The value of a date.
pub fn date_value(date: Date) -> Value {
    Data::Date(date).into()
}

/// The day and time of a date; a day begins at midnight.
pub(super) fn moment_of(date: &Date) -> Option<(DateTime, Option<i32>)> {
    match date {
        Date::Day(day) => Some((day.at(0, 0, 0, 0), None)),
        Date::Moment(moment, offset) => Some((*moment, *offset)),
        Date::Time(_) => None,
    }
}

/// `date.year` and its like.
pub(super) fn attribute(date: &Date, name: &str) -> Option<Object> {
    let number = |number: i64| Some(Object::from(number));
    if let Some((moment, offset)) = moment_of(date) {
        match name {
            "year" => return number(i64::from(moment.year())),
            "month" => return number(i64::from(moment.month())),
            "day" => return number(i64::from(moment.day())),
            "tzinfo" if matches!(date, Date::Moment(..)) => {
                return Some(match offset {
                    None => Object::NULL,
                    Some(0) => Object::text("UTC"),
                    Some(offset) => Object::text(format!("UTC{}", zone_text(offset, ":"))),
                });
            }
            _ => {}
        }
    }
    let time = match date {
        Date::Time(time) => *time,
        Date::Moment(moment, _) => moment.time(),
        Date::Day(_) => return None,
    };
    match name {
        "hour" => number(i64::from(time.hour())),
        "minute" => number(i64::from(time.minute())),
        "second" => number(i64::from(time.second())),
        "microsecond" => number(i64::from(time.subsec_nanosecond() / 1000)),
        _ => None,
    }
}

/// `+0530` or `+05:30`.
pub(super) fn zone_text(offset: i32, separator: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

/// Calls a method of a date.
pub(super) fn call(date: &Date, name: &str, arguments: &mut Arguments<'_>) -> Result<Object> {
    match name {
        "isoformat" => {
            let separator = arguments.text("sep", "T")?;
            let text = python::date_isoformat(date);
            return Ok(if &*separator == "T" { text } else { text.replacen('T', &separator, 1) }.into());
        }
        "strftime" => return Ok(strftime(date, &arguments.required_text("format")?).into()),
        "replace" => return replace(date, arguments),
        _ => {}
    }
    let Some((moment, offset)) = moment_of(date) else {
        return Err(format!("'datetime.time' object has no attribute '{name}'").into());
    };
    let weekday = i64::from(moment.date().weekday().to_monday_zero_offset());
    Ok(match name {
        "date" => Object::Value(date_value(Date::Day(moment.date()))),
        "time" => Object::Value(date_value(Date::Time(moment.time()))),
        "weekday" => weekday.into(),
        "isoweekday" => (weekday + 1).into(),
        "isocalendar" => {
            let week = moment.date().iso_week_date();
            let parts = [i64::from(week.year()), i64::from(week.week()), weekday + 1];
            Object::tuple(parts.map(Object::from).to_vec())
        }
        "toordinal" => {
            let first = Day::constant(1, 1, 1);
            Object::from(i64::from((moment.date() - first).get_days()) + 1)
        }
        "ctime" => strftime(date, "%a %b %e %H:%M:%S %Y").into(),
        "timestamp" => {
            let zone = match offset {
                Some(offset) => fixed_zone(offset)?,
                None => arguments.context().environment().time_zone.clone(),
            };
            let zoned = moment.to_zoned(zone).map_err(|error| TemplateError::failure(error.to_string()))?;
            Object::Value((zoned.timestamp().as_microsecond() as f64 / 1e6).into())
        }
        "utcoffset" => offset.map_or(Object::NULL, |offset| Object::native(TimeSpan::seconds(i64::from(offset)))),
        "astimezone" => {
            let environment = arguments.context().environment();
            let zone = offset.map_or_else(|| Ok(environment.time_zone.clone()), fixed_zone)?;
            let zoned = moment.to_zoned(zone).map_err(|error| TemplateError::failure(error.to_string()))?;
            let local = zoned.with_time_zone(environment.time_zone.clone());
            Object::Value(date_value(Date::Moment(local.datetime(), Some(local.offset().seconds()))))
        }
        _ => return Err(format!("'{}' object has no attribute '{name}'", date_value(*date).type_name()).into()),
    })
}

fn fixed_zone(offset: i32) -> Result<jiff::tz::TimeZone> {
    let offset = jiff::tz::Offset::from_seconds(offset).map_err(|error| TemplateError::failure(error.to_string()))?;
    Ok(jiff::tz::TimeZone::fixed(offset))
}

fn replace(date: &Date, arguments: &mut Arguments<'_>) -> Result<Object> {
    let mut part =
        |name: &str| -> Result<Option<i64>> { Ok(arguments.optional(name)?.and_then(|value| value.as_int())) };
    let wrong = |error: jiff::Error| TemplateError::failure(error.to_string());
    let small = |number: i64| i8::try_from(number).unwrap_or(i8::MAX);
    let replaced = match date {
        Date::Time(time) => {
            let (hour, minute, second) = (part("hour")?, part("minute")?, part("second")?);
            let mut with = time.with();
            with = hour.map_or(with, |hour| with.hour(small(hour)));
            with = minute.map_or(with, |minute| with.minute(small(minute)));
            with = second.map_or(with, |second| with.second(small(second)));
            Date::Time(with.build().map_err(wrong)?)
        }
        _ => {
            let (moment, offset) = moment_of(date).unwrap_or_default();
            let mut with = moment.with();
            with = part("year")?.map_or(with, |year| with.year(i16::try_from(year).unwrap_or(i16::MAX)));
            with = part("month")?.map_or(with, |month| with.month(small(month)));
            with = part("day")?.map_or(with, |day| with.day(small(day)));
            if let Date::Day(_) = date {
                Date::Day(with.build().map_err(wrong)?.date())
            } else {
                with = part("hour")?.map_or(with, |hour| with.hour(small(hour)));
                with = part("minute")?.map_or(with, |minute| with.minute(small(minute)));
                with = part("second")?.map_or(with, |second| with.second(small(second)));
                if let Some(microsecond) = part("microsecond")? {
                    with = with.subsec_nanosecond(i32::try_from(microsecond * 1000).unwrap_or(i32::MAX));
                }
                Date::Moment(with.build().map_err(wrong)?, offset)
            }
        }
    };
    Ok(Object::Value(date_value(replaced)))
}
