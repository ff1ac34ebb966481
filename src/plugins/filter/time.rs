//! Filters on dates and times.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::data::{Data, Value, python};
use crate::template::dates::{strftime_in_zone, strptime};
use crate::template::tools::iterate::to_float;
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("strftime", strftime, "Writes a time in a form of its own."),
    Filter::plain("to_datetime", to_datetime, "Reads a time from a text."),
];

fn strftime(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let second = args.unless_null("second")?;
    let utc = args.flag("utc", false)?;
    let Some(format) = input.as_str() else {
        return Err(format!("strftime() argument 1 must be str, not {}", input.type_name()).into());
    };
    let environment = args.context().environment();
    let moment = match second {
        None => environment.now().timestamp(),
        Some(second) => {
            let seconds = to_float(&second).map_err(|_| {
                TemplateError::failure(format!("Invalid value for epoch value ({})", python::str(&second)))
            })?;
            timestamp(seconds)?
        }
    };
    let (local, offset, name): (DateTime, i32, String) = if utc {
        (moment.to_zoned(TimeZone::UTC).datetime(), 0, "GMT".to_owned())
    } else {
        let zone = &environment.time_zone;
        let info = zone.to_offset_info(moment);
        let name = info.abbreviation().to_owned();
        (zone.to_datetime(moment), info.offset().seconds(), name)
    };
    Ok(strftime_in_zone(&local, offset, &name, format).into())
}

fn timestamp(seconds: f64) -> Result<Timestamp> {
    let out_of_range = || TemplateError::failure("timestamp out of range for platform time_t");
    if !seconds.is_finite() || seconds.abs() > 1e15 {
        return Err(out_of_range());
    }
    // What is below a second is cut off towards the past.
    let duration = SignedDuration::from_secs(seconds.floor() as i64);
    Timestamp::from_duration(duration).map_err(|_| out_of_range())
}

fn to_datetime(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let format = args.text("format", "%Y-%m-%d %H:%M:%S")?;
    let Some(text) = input.as_str() else {
        let kind = if input.is_null() { "None" } else { input.type_name() };
        return Err(format!("strptime() argument 1 must be str, not {kind}").into());
    };
    Ok(Data::Date(strptime(text, &format)?).into())
}
