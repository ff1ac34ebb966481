//! Host names as written: an address with an optional port, and ranges as `web[01:20]`.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Diagnostic;

/// A host name as written and the port behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    pub host: &'a str,
    pub port: Option<u64>,
}

/// Splits `host:port` and `[address]:port`. `None` where the text can be no address at all;
/// ranges in the name are fine.
pub fn parse_address(text: &str) -> Option<Address<'_>> {
    let (host, port) = split_port(text).map_or((text, None), |(host, port)| (host, Some(port)));
    let known = is_plain_name(host) || ADDRESS_SHAPES.iter().any(|shape| shape.is_match(host));
    // A port that does not fit is no port, but the rest still counts as an address.
    known.then_some(Address { host, port: port.and_then(|port| port.parse().ok()).filter(|port| *port != 0) })
}

/// Why a name with ranges stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The range is readable, but against the rules.
    #[error("{0}")]
    Rule(&'static str),
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
}

impl From<RangeError> for Diagnostic {
    fn from(error: RangeError) -> Self {
        Diagnostic::new(error.to_string())
    }
}

/// The hosts that a name with ranges stands for, in order; the last range turns fastest.
pub fn expand(text: &str) -> Result<(Vec<String>, Option<u64>), RangeError> {
    let (pattern, port) = match parse_address(text) {
        Some(address) => (address.host, address.port),
        None => (text, None),
    };
    let mut names = Vec::new();
    expand_into(pattern, &mut names)?;
    Ok((names, port))
}

/// Whether a name has a range in it.
pub fn has_range(name: &str) -> bool {
    name.contains('[')
}

fn expand_into(pattern: &str, names: &mut Vec<String>) -> Result<(), RangeError> {
    if !has_range(pattern) {
        names.push(pattern.to_owned());
        return Ok(());
    }
    let (head, range, tail) = split_range(pattern)?;
    for item in range_items(range)? {
        expand_into(&format!("{head}{item}{tail}"), names)?;
    }
    Ok(())
}

fn split_range(pattern: &str) -> Result<(&str, &str, &str), RangeError> {
    let (head, rest) = pattern.split_once('[').expect("the caller looked for a bracket");
    match rest.split_once(']') {
        Some((range, tail)) if !pattern.contains('|') => Ok((head, range, tail)),
        _ => Err(RangeError::Malformed(format!("host range in {pattern:?} is not closed"))),
    }
}

/// The texts between begin and end: numbers, kept at their width where they begin with a zero, or letters.
fn range_items(range: &str) -> Result<Vec<String>, RangeError> {
    let bounds: Vec<&str> = range.split(':').collect();
    let (begin, end, step) = match bounds[..] {
        [begin, end] => (begin, end, "1"),
        [begin, end, step] => (begin, end, step),
        _ => return Err(RangeError::Rule("host range must be begin:end or begin:end:step")),
    };
    let begin = if begin.is_empty() { "0" } else { begin };
    if end.is_empty() {
        return Err(RangeError::Rule("host range must specify end value"));
    }
    let width = if begin.starts_with('0') && begin.len() > 1 { begin.len() } else { 0 };
    if width > 0 && width != end.len() {
        return Err(RangeError::Rule("host range must specify equal-length begin and end formats"));
    }
    let step_number = whole_number(step)?;
    if let (Some(first), Some(last)) = (letter_position(begin), letter_position(end)) {
        if first > last {
            return Err(RangeError::Rule("host range must have begin <= end"));
        }
        let step = usize::try_from(step_number).ok().filter(|step| *step > 0).ok_or_else(|| bad_step(step))?;
        return Ok((first..=last).step_by(step).map(|at| LETTERS[at..=at].to_owned()).collect());
    }
    numbers(whole_number(begin)?, whole_number(end)?, step_number)
        .ok_or_else(|| bad_step(step))
        .map(|numbers| numbers.into_iter().map(|number| format!("{number:0width$}")).collect())
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn letter_position(text: &str) -> Option<usize> {
    if text.len() == 1 { LETTERS.find(text) } else { None }
}

fn whole_number(text: &str) -> Result<i64, RangeError> {
    let digits = text.trim();
    digits.parse().map_err(|_| RangeError::Malformed(format!("invalid literal for int() with base 10: '{text}'")))
}

fn bad_step(step: &str) -> RangeError {
    RangeError::Malformed(format!("host range cannot go by steps of {step}"))
}

/// As Python's `range(begin, end + 1, step)`; `None` for a step of zero.
fn numbers(begin: i64, end: i64, step: i64) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    let mut number = begin;
    if step == 0 {
        return None;
    }
    while if step > 0 { number <= end } else { number > end + 1 } {
        numbers.push(number);
        number += step;
    }
    Some(numbers)
}

/// The text before a port and the port: `[anything]:22`, or `name:22` without other colons outside of ranges.
fn split_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(inner) =
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).filter(|inner| !inner.is_empty())
    {
        return Some((inner, port));
    }
    let mut inside = false;
    for character in host.chars() {
        match character {
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            ':' | '[' | ']' if !inside => return None,
            _ => {}
        }
    }
    (!inside).then_some((host, port))
}

/// A host name of ASCII letters without ranges, as nearly all are: the shapes are costly to make and to try.
fn is_plain_name(host: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    host.split('.').map(str::as_bytes).all(|label| {
        label.len() <= 63
            && label.first().is_some_and(is_word)
            && label.last().is_some_and(is_word)
            && label.iter().all(|byte| is_word(byte) || *byte == b'-')
    })
}

/// What an address may look like: IPv4, IPv6 or a host name, each with ranges in place of its parts.
static ADDRESS_SHAPES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    let decimal = r"\[[0-9]+:[0-9]+(?::[0-9]+)?\]";
    let octet = format!(r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{{1,2}}|{decimal})");
    let group = r"(?:[0-9a-f]{1,4}|\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\])";
    let ipv4 = format!(r"(?:{octet}\.){{3}}{octet}");
    let letters = r"\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]";
    let label = format!(r"(?:\w|{letters})(?:(?:[\w-]|{letters}){{0,61}}(?:\w|{letters}))?");
    [format!("^{ipv4}$"), ipv6_shape(group, &ipv4), format!(r"^{label}(?:\.{label})*$")]
        .map(|shape| Regex::new(&format!("(?i){shape}")).expect("the shapes are well formed"))
});

/// Eight groups; or fewer around one `::`; the last two may be an IPv4 address.
fn ipv6_shape(group: &str, ipv4: &str) -> String {
    let mut forms = vec![
        format!("(?:{group}:){{7}}{group}"),
        format!("(?:{group}:){{6}}{ipv4}"),
        format!("::(?:{group}:){{0,5}}{ipv4}"),
    ];
    for before in 0..=7 {
        let left = if before == 0 { String::new() } else { format!("{group}(?::{group}){{0,{}}}", before - 1) };
        let after = 7 - before;
        let right = if after == 0 { String::new() } else { format!("(?:{group}(?::{group}){{0,{}}})?", after - 1) };
        forms.push(format!("{left}::{right}"));
    }
    format!("^(?:{})$", forms.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match expand(text) {
            Ok((names, None)) => names.join(" "),
            Ok((names, Some(port))) => format!("{} :{port}", names.join(" ")),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn ranges_expand_in_order() {
        check("web", "web");
        check("w[1:3]", "w1 w2 w3");
        check("w[08:10].example", "w08.example w09.example w10.example");
        check("w[:2]", "w0 w1 w2");
        check("w[5:3]", "");
        check("db[a:g:3]x", "dbax dbdx dbgx");
        check("n[y:B]", "ny nz nA nB");
        check("r[1:2]-[a:b]", "r1-a r1-b r2-a r2-b");
        check("w[1:2]:2222", "w1 w2 :2222");
        check("2001:db8::[9:10]", "2001:db8::9 2001:db8::10");
    }

    #[test]
    fn ports_need_a_name() {
        check("h:22", "h :22");
        check("h:0", "h");
        check("[2001:db8::9]:2222", "2001:db8::9 :2222");
        check("2001:db8::9", "2001:db8::9");
        check("h:abc", "h:abc");
        check("host/with/slash", "host/with/slash");
    }

    #[test]
    fn broken_ranges_are_told() {
        check("w[01:100]", "error: host range must specify equal-length begin and end formats");
        check("w[1:2:3:4]", "error: host range must be begin:end or begin:end:step");
        check("w[1:]", "error: host range must specify end value");
        check("n[b:a]", "error: host range must have begin <= end");
        check("w[aa:ac]", "error: invalid literal for int() with base 10: 'aa'");
    }
}
