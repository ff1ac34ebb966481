//! A result on its own, without banners: what `ansible` prints of a host, and the texts by which
//! equal results are put together.

use super::dump::{self, Layout};
use super::screen::{Screen, Stream, Tone};
use crate::data::{Map, Value, python};
use crate::engine::event::HostResult;
use crate::engine::result::Status;

/// What a result says, without the host's name: `CHANGED | rc=0 >>` and what follows.
pub fn text(result: &HostResult, layout: Layout) -> (String, Tone) {
    let dump = |output: &Map| dump::dump_with_indent(output, result.result.show, layout, Some(4));
    let cleaned = dump::cleaned(result);
    let all = &result.result.output;
    let command = dump::is_command(&result.task.action) && !all.contains_key("ansible_job_id");
    match result.result.status {
        Status::Ok if command => (command_output(all, "SUCCESS"), Tone::Ok),
        Status::Changed if command => (command_output(all, "CHANGED"), Tone::Changed),
        Status::Failed if command => (command_output(all, "FAILED"), Tone::Error),
        Status::Ok => (format!("SUCCESS => {}", dump(&cleaned)), Tone::Ok),
        Status::Changed => (format!("CHANGED => {}", dump(&cleaned)), Tone::Changed),
        Status::Failed => (format!("FAILED! => {}", dump(all)), Tone::Error),
        Status::Skipped => ("SKIPPED".to_owned(), Tone::Skipped),
        Status::Unreachable => (format!("UNREACHABLE! => {}", dump(all)), Tone::Unreachable),
    }
}

/// What a task warned of, and why it failed.
pub fn notices(result: &HostResult, screen: &mut Screen) {
    result.result.warnings.iter().for_each(|warning| screen.warning(warning));
    result.result.deprecations.iter().for_each(|warning| screen.deprecation(warning));
    if let Some(error) = &result.result.error {
        screen.error_on(Stream::Out, error);
    }
}

/// Head line, then what the command printed.
fn command_output(output: &Map, word: &str) -> String {
    let text = |key: &str| output.get(key).map(python::str).unwrap_or_default();
    let code = output.get("rc").map_or_else(|| "-1".to_owned(), |code: &Value| python::str(code));
    format!("{word} | rc={code} >>\n{}{}{}\n", text("stdout"), text("stderr"), text("msg"))
}

/// Names in the shortest form: `web[1-3,7],db1`.
pub fn folded_names(names: &[&str]) -> String {
    let mut families: Vec<(String, String, usize, Vec<u64>)> = Vec::new();
    let mut plain: Vec<&str> = Vec::new();
    for name in names {
        let Some((head, digits, tail)) = around_number(name) else {
            plain.push(name);
            continue;
        };
        // Numbers with leading zeros count by their width.
        let width = if digits.len() > 1 && digits.starts_with('0') { digits.len() } else { 0 };
        let Ok(number) = digits.parse() else {
            plain.push(name);
            continue;
        };
        let family = families.iter_mut().find(|(one, other, known, numbers)| {
            one == head && other == tail && (*known == width || *known == digits.len() && !numbers.is_empty())
        });
        match family {
            Some((.., numbers)) => numbers.push(number),
            None => families.push((head.to_owned(), tail.to_owned(), width, vec![number])),
        }
    }
    let mut shown: Vec<String> = families
        .into_iter()
        .map(|(head, tail, width, numbers)| {
            let ranges = ranges(numbers, width);
            let inner = if ranges.contains(['-', ',']) { format!("[{ranges}]") } else { ranges };
            format!("{head}{inner}{tail}")
        })
        .collect();
    shown.extend(plain.into_iter().map(str::to_owned));
    shown.join(",")
}

/// The name around its last number.
fn around_number(name: &str) -> Option<(&str, &str, &str)> {
    let stem = name.split('.').next().unwrap_or(name);
    let end = stem.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |at| at + stem[at..].chars().next().map_or(1, char::len_utf8));
    Some((&name[..start], &name[start..end], &name[end..]))
}

fn ranges(mut numbers: Vec<u64>, width: usize) -> String {
    numbers.sort_unstable();
    numbers.dedup();
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let shown = parts.into_iter().map(|(first, last)| {
        if first == last { format!("{first:0width$}") } else { format!("{first:0width$}-{last:0width$}") }
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::folded_names;

    fn check(names: &str, expected: &str) {
        let names: Vec<&str> = names.split_whitespace().collect();
        assert_eq!(folded_names(&names), expected);
    }

    #[test]
    fn names_are_folded_by_their_numbers() {
        check("web1 web2 web3 web7 db", "web[1-3,7],db");
        check("w001 w002 w010", "w[001-002,010]");
        check("n1.eu n2.eu n1.us", "n[1-2].eu,n1.us");
        check("localhost", "localhost");
        check("ö1 ö2", "ö[1-2]");
    }
}
