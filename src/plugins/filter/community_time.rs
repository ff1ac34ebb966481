//! Filters of community.general that turn durations as `1h 30min` into numbers.

use crate::data::{Data, Value, python};
use crate::template::tools::iterate::to_float;
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("to_time_unit", to_time_unit, "A duration as a number of units.").of(COLLECTION),
    Filter::plain("to_milliseconds", to_milliseconds, "A duration in milliseconds.").of(COLLECTION),
    Filter::plain("to_seconds", to_seconds, "A duration in seconds.").of(COLLECTION),
    Filter::plain("to_minutes", to_minutes, "A duration in minutes.").of(COLLECTION),
    Filter::plain("to_hours", to_hours, "A duration in hours.").of(COLLECTION),
    Filter::plain("to_days", to_days, "A duration in days.").of(COLLECTION),
    Filter::plain("to_weeks", to_weeks, "A duration in weeks.").of(COLLECTION),
    Filter::plain("to_months", to_months, "A duration in months.").of(COLLECTION),
    Filter::plain("to_years", to_years, "A duration in years.").of(COLLECTION),
];

#[derive(Clone, Copy)]
enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// How many days a month and a year have.
#[derive(Clone, Copy)]
struct Calendar {
    month: f64,
    year: f64,
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ms" => Self::Millisecond,
            "s" => Self::Second,
            "m" => Self::Minute,
            "h" => Self::Hour,
            "d" => Self::Day,
            "w" => Self::Week,
            "mo" => Self::Month,
            "y" => Self::Year,
            _ => match name.strip_suffix('s').unwrap_or(name) {
                "millisecond" | "msec" | "msecond" => Self::Millisecond,
                "sec" | "second" => Self::Second,
                "min" | "minute" => Self::Minute,
                "hour" => Self::Hour,
                "day" => Self::Day,
                "week" => Self::Week,
                "month" => Self::Month,
                "year" => Self::Year,
                _ => return None,
            },
        })
    }

    fn milliseconds(self, calendar: Calendar) -> f64 {
        const DAY: f64 = 86_400_000.0;
        match self {
            Self::Millisecond => 1.0,
            Self::Second => 1_000.0,
            Self::Minute => 60_000.0,
            Self::Hour => 3_600_000.0,
            Self::Day => DAY,
            Self::Week => 7.0 * DAY,
            Self::Month => calendar.month * DAY,
            Self::Year => calendar.year * DAY,
        }
    }
}

fn to_time_unit(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let unit = args.or("unit", "ms")?;
    let unit = python::str(&unit);
    let Some(unit) = Unit::named(&unit) else {
        return Err(format!(
            "to_time_unit() can not convert to the following unit: {unit}. Available units (singular or plural): \
             millisecond, msec, msecond, sec, second, hour, min, minute, day, week, month, year. Available short \
             units: ms, s, m, h, d, w, mo, y."
        )
        .into());
    };
    converted(input, args, unit)
}

fn converted(input: &Value, args: &mut Arguments<'_>, unit: Unit) -> Result<Value> {
    let mut days =
        |name: &str, default: f64| -> Result<f64> { args.keyword(name)?.map_or(Ok(default), |value| to_float(&value)) };
    let calendar = Calendar { month: days("month", 30.0)?, year: days("year", 365.0)? };
    if let Some(name) = args.keywords()?.keys().next() {
        return Err(format!("to_time_unit() got unknown keyword arguments: {}", python::str(name)).into());
    }
    let Data::Text(text) = &input.data else {
        return Err(format!("'{}' object has no attribute 'split'", input.type_name()).into());
    };
    let mut sum = 0.0;
    for part in text.split_whitespace() {
        sum += milliseconds(part, calendar)?;
    }
    let value = sum / unit.milliseconds(calendar);
    Ok(rounded(value).into())
}

/// A number and its unit, as `-3min`.
fn milliseconds(part: &str, calendar: Calendar) -> Result<f64> {
    let refuse = || TemplateError::failure(format!("to_time_unit() can not interpret following string: {part}"));
    let digits = part.strip_prefix('-').unwrap_or(part);
    let end = digits.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
    let (number, unit) = digits.split_at(end);
    let number: f64 = number.parse().map_err(|_| refuse())?;
    let unit = Unit::named(unit).ok_or_else(refuse)?;
    let sign = if part.starts_with('-') { -1.0 } else { 1.0 };
    Ok(sign * number * unit.milliseconds(calendar))
}

/// To twelve places, as Python rounds: by the decimal digits of the number.
fn rounded(value: f64) -> f64 {
    format!("{value:.12}").parse().unwrap_or(value)
}

macro_rules! units {
    ($($name:ident $unit:ident)*) => {
        $(fn $name(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
            converted(input, args, Unit::$unit)
        })*
    };
}

units! {
    to_milliseconds Millisecond
    to_seconds Second
    to_minutes Minute
    to_hours Hour
    to_days Day
    to_weeks Week
    to_months Month
    to_years Year
}
