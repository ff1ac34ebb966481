//! `timedelta`: what lies between two dates.

use std::cmp::Ordering;
use std::rc::Rc;

use jiff::civil::DateTime;

use super::{date_value, moment_of};
use crate::data::{Data, Date, Value};
use crate::template::syntax::Operator;
use crate::template::{Arguments, Context, Native, Object, Result, TemplateError};

const DAY: i128 = 86_400_000_000;

/// A span of time, in microseconds.
pub struct TimeSpan(i128);

impl TimeSpan {
    pub fn seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * 1_000_000)
    }

    pub fn microseconds(microseconds: i128) -> Self {
        Self(microseconds)
    }

    fn parts(&self) -> (i128, i128, i128) {
        let rest = self.0.rem_euclid(DAY);
        (self.0.div_euclid(DAY), rest / 1_000_000, rest % 1_000_000)
    }
}

impl Native for TimeSpan {
    fn type_name(&self) -> &'static str {
        "timedelta"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        let (days, seconds, microseconds) = self.parts();
        let number = |number: i128| Some(Ok(Object::from(number as i64)));
        match name {
            "days" => number(days),
            "seconds" => number(seconds),
            "microseconds" => number(microseconds),
            "total_seconds" => Some(Ok(Object::native(TotalSeconds(self.0)))),
            _ => None,
        }
    }

    fn is_truthy(&self) -> bool {
        self.0 != 0
    }

    fn is_comparable(&self) -> bool {
        true
    }

    fn text(&self) -> String {
        let (days, seconds, microseconds) = self.parts();
        let mut text = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        text += &format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        if microseconds > 0 {
            text += &format!(".{microseconds:06}");
        }
        text
    }
}

/// The method `total_seconds`, bound.
struct TotalSeconds(i128);

impl Native for TotalSeconds {
    fn type_name(&self) -> &'static str {
        "builtin_function_or_method"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(self: Rc<Self>, arguments: Arguments<'_>) -> Result<Object> {
        arguments.finish()?;
        Ok(Object::Value((self.0 as f64 / 1e6).into()))
    }
}

/// `-span`.
pub fn negative(object: &Object) -> Option<Object> {
    Some(Object::native(TimeSpan(-object.downcast::<TimeSpan>()?.0)))
}

/// The order of two spans.
pub fn compare(left: &Object, right: &Object) -> Option<Ordering> {
    Some(left.downcast::<TimeSpan>()?.0.cmp(&right.downcast::<TimeSpan>()?.0))
}

fn date_of(object: &Object) -> Option<Date> {
    match object {
        Object::Value(Value { data: Data::Date(date), .. }) => Some(*date),
        _ => None,
    }
}

/// An operator on dates and spans; `None` where the operands are something else.
pub fn arithmetic(operator: Operator, left: &Object, right: &Object) -> Option<Result<Object>> {
    let spans = (left.downcast::<TimeSpan>(), right.downcast::<TimeSpan>());
    let dates = (date_of(left), date_of(right));
    let span = |microseconds: i128| Some(Ok(Object::native(TimeSpan(microseconds))));
    match (operator, spans, dates) {
        (Operator::Subtract, _, (Some(a), Some(b))) => difference(&a, &b),
        (Operator::Add, (_, Some(span)), (Some(date), _)) | (Operator::Add, (Some(span), _), (_, Some(date))) => {
            Some(moved(&date, span.0))
        }
        (Operator::Subtract, (_, Some(span)), (Some(date), _)) => Some(moved(&date, -span.0)),
        (Operator::Add, (Some(a), Some(b)), _) => span(a.0 + b.0),
        (Operator::Subtract, (Some(a), Some(b)), _) => span(a.0 - b.0),
        (Operator::Divide, (Some(a), Some(b)), _) if b.0 != 0 => {
            Some(Ok(Object::Value((a.0 as f64 / b.0 as f64).into())))
        }
        (Operator::FloorDivide, (Some(a), Some(b)), _) if b.0 != 0 => {
            Some(Ok(Object::from(a.0.div_euclid(b.0) as i64)))
        }
        (Operator::Multiply, (Some(a), None), _) => span(scaled(a.0, right, false)?),
        (Operator::Multiply, (None, Some(b)), _) => span(scaled(b.0, left, false)?),
        (Operator::Divide | Operator::FloorDivide, (Some(a), None), _) => match scaled(a.0, right, true) {
            Some(microseconds) => span(microseconds),
            None => Some(Err(TemplateError::failure("integer division or modulo by zero"))),
        },
        _ => None,
    }
}

fn scaled(microseconds: i128, factor: &Object, divide: bool) -> Option<i128> {
    let Object::Value(value) = factor else { return None };
    match (&value.data, divide) {
        (Data::Int(factor), false) => Some(microseconds * i128::from(*factor)),
        (Data::Float(factor), false) => Some((microseconds as f64 * factor).round_ties_even() as i128),
        (Data::Int(factor), true) if *factor != 0 => {
            Some((microseconds as f64 / *factor as f64).round_ties_even() as i128)
        }
        (Data::Float(factor), true) if *factor != 0.0 => Some((microseconds as f64 / factor).round_ties_even() as i128),
        _ => None,
    }
}

fn microseconds_of(moment: &DateTime) -> i128 {
    let zoned = moment.to_zoned(jiff::tz::TimeZone::UTC);
    zoned.map_or(0, |zoned| zoned.timestamp().as_nanosecond() / 1000)
}

fn difference(left: &Date, right: &Date) -> Option<Result<Object>> {
    if matches!(left, Date::Day(_)) != matches!(right, Date::Day(_)) {
        return None;
    }
    let ((a, a_offset), (b, b_offset)) = (moment_of(left)?, moment_of(right)?);
    if a_offset.is_some() != b_offset.is_some() {
        return Some(Err("can't subtract offset-naive and offset-aware datetimes".into()));
    }
    let utc =
        |moment: &DateTime, offset: Option<i32>| microseconds_of(moment) - i128::from(offset.unwrap_or(0)) * 1_000_000;
    Some(Ok(Object::native(TimeSpan(utc(&a, a_offset) - utc(&b, b_offset)))))
}

fn moved(date: &Date, microseconds: i128) -> Result<Object> {
    let Some((moment, offset)) = moment_of(date) else {
        return Err("unsupported operand type(s) for +: 'datetime.time' and 'datetime.timedelta'".into());
    };
    let total = microseconds_of(&moment) + microseconds;
    let timestamp = i64::try_from(total).ok().and_then(|total| jiff::Timestamp::from_microsecond(total).ok());
    let timestamp = timestamp.ok_or_else(|| TemplateError::failure("date value out of range"))?;
    let moment = timestamp.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    Ok(Object::Value(date_value(match date {
        Date::Day(_) => Date::Day(moment.date()),
        _ => Date::Moment(moment, offset),
    })))
}
