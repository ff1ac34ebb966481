//! `strftime`, as the C library does it in the plain locale.

use std::fmt::Write;

use jiff::civil::DateTime;

use super::{moment_of, zone_text};
use crate::data::Date;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The date in this form. Directives that nobody knows stay as they are.
pub fn strftime(date: &Date, format: &str) -> String {
    let (moment, offset) = match date {
        Date::Time(time) => (jiff::civil::date(1900, 1, 1).to_datetime(*time), None),
        other => moment_of(other).unwrap_or_default(),
    };
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(mut directive) = characters.next() else {
            out.push('%');
            break;
        };
        // A dash takes the padding away, an underscore makes it blanks.
        let flag = if matches!(directive, '-' | '_' | '0' | '^' | '#') {
            let flag = directive;
            let Some(next) = characters.next() else { break };
            directive = next;
            Some(flag)
        } else {
            None
        };
        let text = field(directive, &moment, offset).unwrap_or_else(|| format!("%{directive}"));
        match flag {
            Some('-') if text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') => {
                let stripped = text.trim_start_matches(['0', ' ']);
                out.push_str(if stripped.is_empty() { "0" } else { stripped });
            }
            Some('_') => {
                let digits = text.trim_start_matches('0');
                out.push_str(&" ".repeat(text.len() - digits.len()));
                out.push_str(digits);
            }
            Some('^') => out.push_str(&text.to_uppercase()),
            _ => out.push_str(&text),
        }
    }
    out
}

fn field(directive: char, moment: &DateTime, offset: Option<i32>) -> Option<String> {
    let day = moment.date();
    let weekday = day.weekday().to_monday_zero_offset() as usize;
    let sunday_weekday = (weekday + 1) % 7;
    let month = moment.month() as usize - 1;
    let year_day = i64::from(day.day_of_year());
    let hour12 = if moment.hour() % 12 == 0 { 12 } else { moment.hour() % 12 };
    let combined = |format: &str| strftime(&Date::Moment(*moment, offset), format);
    let mut text = String::new();
    let _ = match directive {
        'a' => write!(text, "{}", &DAYS[weekday][..3]),
        'A' => write!(text, "{}", DAYS[weekday]),
        'b' | 'h' => write!(text, "{}", &MONTHS[month][..3]),
        'B' => write!(text, "{}", MONTHS[month]),
        'c' => write!(text, "{}", combined("%a %b %e %H:%M:%S %Y")),
        'C' => write!(text, "{:02}", moment.year() / 100),
        'd' => write!(text, "{:02}", moment.day()),
        'D' | 'x' => write!(text, "{}", combined("%m/%d/%y")),
        'e' => write!(text, "{:2}", moment.day()),
        'f' => write!(text, "{:06}", moment.subsec_nanosecond() / 1000),
        'F' => write!(text, "{}", combined("%Y-%m-%d")),
        'g' => write!(text, "{:02}", day.iso_week_date().year() % 100),
        'G' => write!(text, "{}", day.iso_week_date().year()),
        'H' => write!(text, "{:02}", moment.hour()),
        'I' => write!(text, "{hour12:02}"),
        'j' => write!(text, "{year_day:03}"),
        'k' => write!(text, "{:2}", moment.hour()),
        'l' => write!(text, "{hour12:2}"),
        'm' => write!(text, "{:02}", moment.month()),
        'M' => write!(text, "{:02}", moment.minute()),
        'n' => write!(text, "\n"),
        'p' => write!(text, "{}", if moment.hour() < 12 { "AM" } else { "PM" }),
        'P' => write!(text, "{}", if moment.hour() < 12 { "am" } else { "pm" }),
        'r' => write!(text, "{}", combined("%I:%M:%S %p")),
        'R' => write!(text, "{}", combined("%H:%M")),
        's' => write!(text, "{}", epoch(moment, offset)),
        'S' => write!(text, "{:02}", moment.second()),
        't' => write!(text, "\t"),
        'T' | 'X' => write!(text, "{}", combined("%H:%M:%S")),
        'u' => write!(text, "{}", weekday + 1),
        'U' => write!(text, "{:02}", (year_day + 6 - sunday_weekday as i64) / 7),
        'V' => write!(text, "{:02}", day.iso_week_date().week()),
        'w' => write!(text, "{sunday_weekday}"),
        'W' => write!(text, "{:02}", (year_day + 6 - weekday as i64) / 7),
        'y' => write!(text, "{:02}", moment.year().rem_euclid(100)),
        'Y' => write!(text, "{}", moment.year()),
        'z' => write!(text, "{}", offset.map(|offset| zone_text(offset, "")).unwrap_or_default()),
        'Z' => write!(text, "{}", zone_name(offset)),
        '%' => write!(text, "%"),
        _ => return None,
    };
    Some(text)
}

fn zone_name(offset: Option<i32>) -> String {
    match offset {
        None => String::new(),
        Some(0) => "UTC".to_owned(),
        Some(offset) => format!("UTC{}", zone_text(offset, ":")),
    }
}

fn epoch(moment: &DateTime, offset: Option<i32>) -> i64 {
    let seconds = moment.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second());
    seconds - i64::from(offset.unwrap_or(0))
}
