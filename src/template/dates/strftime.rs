//! `strftime`, as the C library does it in the plain locale, and as Python's dates call it.

use jiff::civil::DateTime;

use super::{moment_of, zone_text};
use crate::data::Date;

pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
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
    // Python puts these three in itself and leaves the rest to the C library.
    let mut prepared = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        prepared.push(character);
        if character != '%' {
            continue;
        }
        let own = match characters.next() {
            Some('f') => format!("{:06}", moment.subsec_nanosecond() / 1000),
            Some('z') => offset.map(|offset| zone_text(offset, "")).unwrap_or_default(),
            Some('Z') => zone_name(offset),
            Some(other) => {
                prepared.push(other);
                continue;
            }
            None => continue,
        };
        prepared.pop();
        prepared.push_str(&own);
    }
    strftime_in_zone(&moment, offset.unwrap_or(0), "", &prepared)
}

fn zone_name(offset: Option<i32>) -> String {
    match offset {
        None => String::new(),
        Some(0) => "UTC".to_owned(),
        Some(offset) => format!("UTC{}", zone_text(offset, ":")),
    }
}

/// What a directive stands for: a number has digits and a padding, a text may be changed in case.
enum Field {
    Number(i64, usize, char),
    Text(String),
    /// Text whose case the flag `#` turns to lower.
    Lowered(String),
}

/// `time.strftime`: with the flags `-`, `_`, `0`, `^` and `#`, and widths.
pub fn strftime_in_zone(moment: &DateTime, offset: i32, zone: &str, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        out.push_str(&rest[..percent]);
        let directive = &rest[percent..];
        let flags_end = 1 + directive[1..].len() - directive[1..].trim_start_matches(['-', '_', '0', '^', '#']).len();
        let after_flags = &directive[flags_end..];
        let width_end = after_flags.len() - after_flags.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let width: usize = after_flags[..width_end].parse().unwrap_or(0).min(4096);
        let letters = after_flags[width_end..].trim_start_matches(['E', 'O']);
        let Some(letter) = letters.chars().next() else {
            out.push_str(directive);
            return out;
        };
        let length = directive.len() - letters.len() + letter.len_utf8();
        match field(letter, moment, offset, zone) {
            Some(field) => write_field(field, &directive[1..flags_end], width, &mut out),
            None => out.push_str(&directive[..length]),
        }
        rest = &directive[length..];
    }
    out.push_str(rest);
    out
}

fn write_field(field: Field, flags: &str, width: usize, out: &mut String) {
    let pad_flag = flags.chars().rev().find(|flag| matches!(flag, '-' | '_' | '0'));
    let change_case = |text: String, lowers: bool| match flags {
        _ if flags.contains('#') && lowers => text.to_lowercase(),
        _ if flags.contains(['^', '#']) => text.to_uppercase(),
        _ => text,
    };
    let (text, digits, pad) = match field {
        Field::Number(number, digits, pad) => (number.to_string(), digits, pad),
        Field::Text(text) => (change_case(text, false), 0, ' '),
        Field::Lowered(text) => (change_case(text, true), 0, ' '),
    };
    let (pad, wanted) = match pad_flag {
        Some('-') => (pad, width),
        Some('_') => (' ', digits.max(width)),
        Some(_) => ('0', digits.max(width)),
        None => (pad, digits.max(width)),
    };
    out.extend(std::iter::repeat_n(pad, wanted.saturating_sub(text.len())));
    out.push_str(&text);
}

fn field(directive: char, moment: &DateTime, offset: i32, zone: &str) -> Option<Field> {
    let day = moment.date();
    let weekday = day.weekday().to_monday_zero_offset() as usize;
    let month = moment.month() as usize - 1;
    let sunday_weekday = (weekday + 1) % 7;
    let year_day = i64::from(day.day_of_year());
    let hour = i64::from(moment.hour());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let year = i64::from(moment.year());
    let two = |number: i64| Field::Number(number, 2, '0');
    let combined = |format: &str| Field::Text(strftime_in_zone(moment, offset, zone, format));
    Some(match directive {
        'a' => Field::Text(DAYS[weekday][..3].to_owned()),
        'A' => Field::Text(DAYS[weekday].to_owned()),
        'b' | 'h' => Field::Text(MONTHS[month][..3].to_owned()),
        'B' => Field::Text(MONTHS[month].to_owned()),
        'c' => combined("%a %b %e %H:%M:%S %Y"),
        'C' => two(year.div_euclid(100)),
        'd' => two(i64::from(moment.day())),
        'D' | 'x' => combined("%m/%d/%y"),
        'e' => Field::Number(i64::from(moment.day()), 2, ' '),
        'F' => combined("%Y-%m-%d"),
        'g' => two(i64::from(day.iso_week_date().year()).rem_euclid(100)),
        'G' => Field::Number(i64::from(day.iso_week_date().year()), 1, '0'),
        'H' => two(hour),
        'I' => two(hour12),
        'j' => Field::Number(year_day, 3, '0'),
        'k' => Field::Number(hour, 2, ' '),
        'l' => Field::Number(hour12, 2, ' '),
        'm' => two(i64::from(moment.month())),
        'M' => two(i64::from(moment.minute())),
        'n' => Field::Text("\n".to_owned()),
        'p' => Field::Lowered(if hour < 12 { "AM" } else { "PM" }.to_owned()),
        'P' => Field::Text(if hour < 12 { "am" } else { "pm" }.to_owned()),
        'r' => combined("%I:%M:%S %p"),
        'R' => combined("%H:%M"),
        's' => Field::Number(epoch(moment, offset), 1, '0'),
        'S' => two(i64::from(moment.second())),
        't' => Field::Text("\t".to_owned()),
        'T' | 'X' => combined("%H:%M:%S"),
        'u' => Field::Number(weekday as i64 + 1, 1, '0'),
        'U' => two((year_day + 6 - sunday_weekday as i64) / 7),
        'V' => two(i64::from(day.iso_week_date().week())),
        'w' => Field::Number(sunday_weekday as i64, 1, '0'),
        'W' => two((year_day + 6 - weekday as i64) / 7),
        'y' => two(year.rem_euclid(100)),
        'Y' => Field::Number(year, 1, '0'),
        'z' => Field::Text(zone_text(offset, "")),
        'Z' => Field::Lowered(zone.to_owned()),
        '%' => Field::Text("%".to_owned()),
        _ => return None,
    })
}

/// Seconds since 1970.
fn epoch(moment: &DateTime, offset: i32) -> i64 {
    let zone = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC);
    zone.to_timestamp(*moment).map_or(0, jiff::Timestamp::as_second)
}
