//! Differences of texts line by line, exactly as Python's `difflib.unified_diff` finds them.

use std::collections::HashMap;

/// A run of lines that both texts have, by where it begins in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    a: usize,
    b: usize,
    length: usize,
}

/// What turns a part of one text into a part of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    equal: bool,
    a: (usize, usize),
    b: (usize, usize),
}

/// The lines of a unified diff, each with its own end. `from` and `to` head it; lines keep the
/// ends that they have, and headers get a line break. Empty when nothing differs.
pub fn unified_diff(a: &[&str], b: &[&str], from: &str, to: &str, context: usize) -> Vec<String> {
    let groups = grouped(&changes(a, b), context);
    let mut lines = Vec::new();
    for group in groups {
        if lines.is_empty() {
            lines.push(format!("--- {from}\n"));
            lines.push(format!("+++ {to}\n"));
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let range = |start: usize, end: usize| match end - start {
            1 => format!("{}", start + 1),
            0 => format!("{start},0"),
            length => format!("{},{length}", start + 1),
        };
        lines.push(format!("@@ -{} +{} @@\n", range(first.a.0, last.a.1), range(first.b.0, last.b.1)));
        for change in &group {
            if change.equal {
                lines.extend(a[change.a.0..change.a.1].iter().map(|line| format!(" {line}")));
                continue;
            }
            lines.extend(a[change.a.0..change.a.1].iter().map(|line| format!("-{line}")));
            lines.extend(b[change.b.0..change.b.1].iter().map(|line| format!("+{line}")));
        }
    }
    lines
}

/// `text.splitlines(keepends=True)`: every kind of line break that Python knows.
pub fn split_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let is_break =
            matches!(character, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if !is_break {
            continue;
        }
        let mut end = at + character.len_utf8();
        if character == '\r' && characters.next_if(|(_, next)| *next == '\n').is_some() {
            end += 1;
        }
        lines.push(&text[start..end]);
        start = end;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// Texts with more lines than this leave out those that are in one line of a hundred.
const POPULAR_FROM: usize = 200;

/// Where each line of the second text stands, without those that are too common to tell anything.
fn places<'a>(b: &[&'a str]) -> HashMap<&'a str, Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, line) in b.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if b.len() >= POPULAR_FROM {
        let most = b.len() / 100 + 1;
        places.retain(|_, indices| indices.len() <= most);
    }
    places
}

/// The longest run that both have within these bounds; of several the first in `a`, then in `b`.
fn longest_match(
    a: &[&str],
    b: &[&str],
    places: &HashMap<&str, Vec<usize>>,
    (a_start, a_end): (usize, usize),
    (b_start, b_end): (usize, usize),
) -> Match {
    let mut best = Match { a: a_start, b: b_start, length: 0 };
    // For each place in `b`: how long a run ends there and at the line of `a` before.
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for (i, line) in a.iter().enumerate().take(a_end).skip(a_start) {
        let mut next = HashMap::new();
        for &j in places.get(line).into_iter().flatten() {
            if j < b_start {
                continue;
            }
            if j >= b_end {
                break;
            }
            let length = j.checked_sub(1).and_then(|before| lengths.get(&before)).copied().unwrap_or(0) + 1;
            next.insert(j, length);
            if length > best.length {
                best = Match { a: i + 1 - length, b: j + 1 - length, length };
            }
        }
        lengths = next;
    }
    // The run may go on over lines that were too common to be looked at.
    while best.a > a_start && best.b > b_start && a[best.a - 1] == b[best.b - 1] {
        best = Match { a: best.a - 1, b: best.b - 1, length: best.length + 1 };
    }
    while best.a + best.length < a_end
        && best.b + best.length < b_end
        && a[best.a + best.length] == b[best.b + best.length]
    {
        best.length += 1;
    }
    best
}

/// All runs that both have, in order, none overlapping, neighbours joined.
fn matches(a: &[&str], b: &[&str]) -> Vec<Match> {
    let places = places(b);
    let mut open = vec![((0, a.len()), (0, b.len()))];
    let mut found = Vec::new();
    while let Some((a_range, b_range)) = open.pop() {
        let run = longest_match(a, b, &places, a_range, b_range);
        if run.length == 0 {
            continue;
        }
        found.push(run);
        if a_range.0 < run.a && b_range.0 < run.b {
            open.push(((a_range.0, run.a), (b_range.0, run.b)));
        }
        let (a_after, b_after) = (run.a + run.length, run.b + run.length);
        if a_after < a_range.1 && b_after < b_range.1 {
            open.push(((a_after, a_range.1), (b_after, b_range.1)));
        }
    }
    found.sort_by_key(|run| (run.a, run.b));
    let mut joined: Vec<Match> = Vec::new();
    for run in found {
        match joined.last_mut() {
            Some(last) if last.a + last.length == run.a && last.b + last.length == run.b => last.length += run.length,
            _ => joined.push(run),
        }
    }
    joined
}

fn changes(a: &[&str], b: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    let end = Match { a: a.len(), b: b.len(), length: 0 };
    for run in matches(a, b).into_iter().chain([end]) {
        if i < run.a || j < run.b {
            changes.push(Change { equal: false, a: (i, run.a), b: (j, run.b) });
        }
        i = run.a + run.length;
        j = run.b + run.length;
        if run.length > 0 {
            changes.push(Change { equal: true, a: (run.a, i), b: (run.b, j) });
        }
    }
    changes
}

/// Changes with this many equal lines around them; far ones in groups of their own.
fn grouped(changes: &[Change], context: usize) -> Vec<Vec<Change>> {
    let mut changes = changes.to_vec();
    if let Some(first) = changes.first_mut().filter(|first| first.equal) {
        first.a.0 = first.a.0.max(first.a.1.saturating_sub(context));
        first.b.0 = first.b.0.max(first.b.1.saturating_sub(context));
    }
    if let Some(last) = changes.last_mut().filter(|last| last.equal) {
        last.a.1 = last.a.1.min(last.a.0 + context);
        last.b.1 = last.b.1.min(last.b.0 + context);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for mut change in changes {
        if change.equal && change.a.1 - change.a.0 > 2 * context {
            let (a_end, b_end) = (change.a.1.min(change.a.0 + context), change.b.1.min(change.b.0 + context));
            group.push(Change { equal: true, a: (change.a.0, a_end), b: (change.b.0, b_end) });
            groups.push(std::mem::take(&mut group));
            change.a.0 = change.a.0.max(change.a.1.saturating_sub(context));
            change.b.0 = change.b.0.max(change.b.1.saturating_sub(context));
        }
        group.push(change);
    }
    if !group.is_empty() && group.iter().any(|change| !change.equal) {
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(a: &str, b: &str, expected: &str) {
        assert_eq!(unified_diff(&split_lines(a), &split_lines(b), "a", "b", 3).concat(), expected);
    }

    #[test]
    fn diffs() {
        check("one\n", "one\n", "");
        check("", "one\n", "--- a\n+++ b\n@@ -0,0 +1 @@\n+one\n");
        check("one\ntwo\n", "one\nthree\n", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n");
        let (a, b) = ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\nx\n4\n5\n6\n7\n8\n");
        check(a, b, "--- a\n+++ b\n@@ -1,9 +1,8 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n 7\n 8\n-9\n");
    }

    #[test]
    fn lines() {
        assert_eq!(split_lines("a\r\nb\rc\u{2028}d\n\ne"), ["a\r\n", "b\r", "c\u{2028}", "d\n", "\n", "e"]);
    }

    proptest! {
        /// Taking the lines of one side out of a diff with all context gives that side back.
        #[test]
        fn both_sides_can_be_read_back(a in "[ab\n]{0,30}", b in "[abc\n]{0,30}") {
            let (a_lines, b_lines) = (split_lines(&a), split_lines(&b));
            let diff = unified_diff(&a_lines, &b_lines, "", "", 1000);
            prop_assert_eq!(diff.is_empty(), a == b);
            let side = |mark: char| -> String {
                diff.iter().skip(3).filter_map(|line| line.strip_prefix([mark, ' '])).collect()
            };
            prop_assert!(diff.is_empty() || (side('-') == a && side('+') == b));
        }
    }
}
