//! `datetime.strptime`: text to a moment by a format, as Python does in the plain locale.

use jiff::civil::{Date as Day, DateTime, ISOWeekDate, Weekday};
use regex::{Captures, RegexBuilder};

use super::strftime::{DAYS, MONTHS};
use crate::data::{Date, python};
use crate::template::{Result, TemplateError};

/// The moment that the text says.
pub fn strptime(text: &str, format: &str) -> Result<Date> {
    let expression = expression(format)?;
    let regex = RegexBuilder::new(&format!("^(?:{expression})"))
        .case_insensitive(true)
        .build()
        .map_err(|error| TemplateError::failure(error.to_string()))?;
    let Some(found) = regex.captures(text) else {
        let (text, format) = (python::text_repr(text), python::text_repr(format));
        return Err(format!("time data {text} does not match format {format}").into());
    };
    let rest = &text[found.get_match().end()..];
    if !rest.is_empty() {
        return Err(format!("unconverted data remains: {rest}").into());
    }
    Fields(&found).moment()
}

/// The format as a regular expression with a group for each directive.
fn expression(format: &str) -> Result<String> {
    let mut expression = String::new();
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            while characters.next_if(|next| next.is_whitespace()).is_some() {}
            expression.push_str(r"\s+");
        } else if character == '%' {
            let shown = python::text_repr(format);
            let Some(directive) = characters.next() else {
                return Err(format!("stray % in format {shown}").into());
            };
            match directive_expression(directive)? {
                Some(part) => expression.push_str(&part),
                None => return Err(format!("'{directive}' is a bad directive in format {shown}").into()),
            }
        } else {
            expression.push_str(&regex::escape(&character.to_string()));
        }
    }
    Ok(expression)
}

fn directive_expression(directive: char) -> Result<Option<String>> {
    let names = |names: &[&str]| names.join("|");
    let short = |names: &[&str]| names.iter().map(|name| &name[..3]).collect::<Vec<_>>().join("|");
    let inner = match directive {
        'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]".to_owned(),
        'f' => "[0-9]{1,6}".to_owned(),
        'H' => r"2[0-3]|[0-1]\d|\d".to_owned(),
        'I' | 'm' => "1[0-2]|0[1-9]|[1-9]".to_owned(),
        'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]".to_owned(),
        'M' => r"[0-5]\d|\d".to_owned(),
        'S' => r"6[0-1]|[0-5]\d|\d".to_owned(),
        'U' | 'W' => r"5[0-3]|[0-4]\d|\d".to_owned(),
        'w' => "[0-6]".to_owned(),
        'u' => "[1-7]".to_owned(),
        'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d".to_owned(),
        'y' => r"\d\d".to_owned(),
        'Y' | 'G' => r"\d\d\d\d".to_owned(),
        'z' => r"[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|(?-i:Z)".to_owned(),
        'A' => names(&DAYS),
        'a' => short(&DAYS),
        'B' => names(&MONTHS),
        'b' => short(&MONTHS),
        'p' => "am|pm".to_owned(),
        'Z' => "utc|gmt".to_owned(),
        '%' => return Ok(Some("%".to_owned())),
        'c' => return expression("%a %b %d %H:%M:%S %Y").map(Some),
        'x' => return expression("%m/%d/%y").map(Some),
        'X' => return expression("%H:%M:%S").map(Some),
        _ => return Ok(None),
    };
    Ok(Some(format!("(?P<{directive}>{inner})")))
}

/// What the groups found.
struct Fields<'a>(&'a Captures<'a>);

impl Fields<'_> {
    fn text(&self, directive: &str) -> Option<&str> {
        self.0.name(directive).map(|found| found.as_str())
    }

    fn number(&self, directive: &str) -> Option<i16> {
        self.text(directive)?.trim().parse().ok()
    }

    /// The place of a name among others, by its first three letters.
    fn name(&self, directives: [&str; 2], names: &[&str]) -> Option<i16> {
        let name = directives.iter().find_map(|directive| self.text(directive))?.to_lowercase();
        let place = names.iter().position(|known| known.to_lowercase().starts_with(&name[..3]))?;
        i16::try_from(place).ok()
    }

    fn hour(&self) -> i16 {
        let Some(hour) = self.number("I") else { return self.number("H").unwrap_or(0) };
        let is_afternoon = self.text("p").is_some_and(|half| half.eq_ignore_ascii_case("pm"));
        hour % 12 + if is_afternoon { 12 } else { 0 }
    }

    fn year(&self) -> Option<i16> {
        self.number("Y").or_else(|| self.number("y").map(|year| if year <= 68 { year + 2000 } else { year + 1900 }))
    }

    /// The day of the week from Monday, 0.
    fn weekday(&self) -> Option<i16> {
        self.name(["A", "a"], &DAYS)
            .or_else(|| self.number("w").map(|day| (day + 6) % 7))
            .or_else(|| self.number("u").map(|day| day - 1))
    }

    fn offset(&self) -> Option<i32> {
        let text = self.text("z")?;
        if text == "Z" {
            return Some(0);
        }
        let digits: String = text[1..].chars().filter(char::is_ascii_digit).take(6).collect();
        let part = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse::<i32>().ok()).unwrap_or(0);
        let seconds = part(0) * 3600 + part(2) * 60 + part(4);
        Some(if text.starts_with('-') { -seconds } else { seconds })
    }

    fn day(&self) -> Result<Day> {
        let weekday_words = "a weekday directive ('%A', '%a', '%w', or '%u').";
        let (week, iso_year) = (self.number("V"), self.number("G"));
        if iso_year.is_some() && (week.is_none() || self.weekday().is_none()) {
            return Err(format!(
                "ISO year directive '%G' must be used with the ISO week directive '%V' and {weekday_words}"
            )
            .into());
        }
        let out_of_range = || TemplateError::failure("day is out of range for month");
        if let Some(week) = week {
            let (Some(year), Some(weekday)) = (iso_year, self.weekday()) else {
                return Err(format!(
                    "ISO week directive '%V' must be used with the ISO year directive '%G' and {weekday_words}"
                )
                .into());
            };
            let weekday = Weekday::from_monday_zero_offset(weekday as i8).map_err(|_| out_of_range())?;
            let invalid = |_| TemplateError::failure(format!("Invalid week: {week}"));
            return Ok(ISOWeekDate::new(year, week as i8, weekday).map_err(invalid)?.date());
        }
        let year = self.year();
        let first = Day::new(year.unwrap_or(1900), 1, 1).map_err(|_| TemplateError::failure("year is out of range"))?;
        let day_of_year = self.number("j").or_else(|| self.day_of_week(first));
        if let Some(day_of_year) = day_of_year.filter(|_| self.number("j").is_some() || year.is_some()) {
            let days = jiff::Span::new().days(i64::from(day_of_year) - 1);
            return first.checked_add(days).map_err(|_| out_of_range());
        }
        let month = self.number("m").or_else(|| self.name(["B", "b"], &MONTHS).map(|month| month + 1)).unwrap_or(1);
        let day = self.number("d").unwrap_or(1);
        Day::new(year.unwrap_or(1900), month as i8, day as i8).map_err(|_| out_of_range())
    }

    /// The day of the year that a week and a day of it mean.
    fn day_of_week(&self, first: Day) -> Option<i16> {
        let weekday = self.weekday()?;
        let (week, from_monday) = match (self.number("U"), self.number("W")) {
            (_, Some(week)) => (week, true),
            (Some(week), None) => (week, false),
            (None, None) => return None,
        };
        let first = i16::from(first.weekday().to_monday_zero_offset());
        let (first, weekday) = if from_monday { (first, weekday) } else { ((first + 1) % 7, (weekday + 1) % 7) };
        let before = (7 - first) % 7;
        Some(if week == 0 { 1 + weekday - first } else { 1 + before + 7 * (week - 1) + weekday })
    }

    fn moment(&self) -> Result<Date> {
        let second = self.number("S").unwrap_or(0);
        if second > 59 {
            return Err("second must be in 0..59".into());
        }
        let microseconds: i32 = self.text("f").map_or(0, |digits| format!("{digits:0<6}").parse().unwrap_or(0));
        let (hour, minute) = (self.hour(), self.number("M").unwrap_or(0));
        let moment: DateTime = self.day()?.at(hour as i8, minute as i8, second as i8, microseconds * 1000);
        Ok(Date::Moment(moment, self.offset()))
    }
}
