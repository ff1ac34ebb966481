//! Unified diffs as Python's difflib finds them: the longest run of equal lines first, then left and
//! right of it. Lines that are all over a long text do not anchor a run.

use std::collections::HashMap;
use std::ops::Range;

/// One piece of the way from `before` to `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    equal: bool,
    before: Range<usize>,
    after: Range<usize>,
}

/// The lines of a unified diff, heads included; none where the texts are equal.
pub fn unified(before: &[String], after: &[String], from: &str, to: &str, context: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for group in groups(pieces(before, after), context) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if lines.is_empty() {
            lines.push(format!("--- {from}\n"));
            lines.push(format!("+++ {to}\n"));
        }
        let (start, end) = (first.before.start..last.before.end, first.after.start..last.after.end);
        lines.push(format!("@@ -{} +{} @@\n", range(&start), range(&end)));
        for piece in &group {
            if piece.equal {
                lines.extend(before[piece.before.clone()].iter().map(|line| format!(" {line}")));
            } else {
                lines.extend(before[piece.before.clone()].iter().map(|line| format!("-{line}")));
                lines.extend(after[piece.after.clone()].iter().map(|line| format!("+{line}")));
            }
        }
    }
    lines
}

/// A range as the head of a hunk has it.
fn range(range: &Range<usize>) -> String {
    match range.len() {
        1 => format!("{}", range.start + 1),
        0 => format!("{},0", range.start),
        length => format!("{},{length}", range.start + 1),
    }
}

/// Changes with their surroundings; far ones apart.
fn groups(mut pieces: Vec<Piece>, context: usize) -> Vec<Vec<Piece>> {
    if let Some(first) = pieces.first_mut().filter(|piece| piece.equal) {
        let skip = first.before.len().saturating_sub(context);
        first.before.start += skip;
        first.after.start += skip;
    }
    if let Some(last) = pieces.last_mut().filter(|piece| piece.equal) {
        let keep = last.before.len().min(context);
        last.before.end = last.before.start + keep;
        last.after.end = last.after.start + keep;
    }
    let mut groups = Vec::new();
    let mut group: Vec<Piece> = Vec::new();
    for piece in pieces {
        if piece.equal && piece.before.len() > 2 * context {
            let mut head = piece.clone();
            head.before.end = head.before.start + context;
            head.after.end = head.after.start + context;
            group.push(head);
            groups.push(std::mem::take(&mut group));
            let mut tail = piece;
            tail.before.start = tail.before.end - context;
            tail.after.start = tail.after.end - context;
            group.push(tail);
        } else {
            group.push(piece);
        }
    }
    groups.push(group);
    groups.retain(|group| group.iter().any(|piece| !piece.equal));
    groups
}

fn pieces(before: &[String], after: &[String]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut left, mut right) = (0, 0);
    for (start, other, length) in matches(before, after) {
        if left < start || right < other {
            pieces.push(Piece { equal: false, before: left..start, after: right..other });
        }
        if length > 0 {
            pieces.push(Piece { equal: true, before: start..start + length, after: other..other + length });
        }
        (left, right) = (start + length, other + length);
    }
    pieces
}

/// Runs of equal lines in order, ended by an empty one.
fn matches(before: &[String], after: &[String]) -> Vec<(usize, usize, usize)> {
    let places = places(after);
    let mut runs = Vec::new();
    let mut todo = vec![(0..before.len(), 0..after.len())];
    while let Some((left, right)) = todo.pop() {
        let (start, other, length) = longest(before, after, &places, &left, &right);
        if length == 0 {
            continue;
        }
        runs.push((start, other, length));
        todo.push((left.start..start, right.start..other));
        todo.push((start + length..left.end, other + length..right.end));
    }
    runs.sort_unstable();
    let mut joined: Vec<(usize, usize, usize)> = Vec::new();
    for (start, other, length) in runs {
        match joined.last_mut() {
            Some(last) if last.0 + last.2 == start && last.1 + last.2 == other => last.2 += length,
            _ => joined.push((start, other, length)),
        }
    }
    joined.push((before.len(), after.len(), 0));
    joined
}

/// Where each line stands, without those that make up more than a hundredth of a long text.
fn places(lines: &[String]) -> HashMap<&str, Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if lines.len() >= 200 {
        let most = lines.len() / 100 + 1;
        places.retain(|_, found| found.len() <= most);
    }
    places
}

/// The longest run of equal lines within the ranges; the earliest of several.
fn longest(
    before: &[String],
    after: &[String],
    places: &HashMap<&str, Vec<usize>>,
    left: &Range<usize>,
    right: &Range<usize>,
) -> (usize, usize, usize) {
    let (mut start, mut other, mut length) = (left.start, right.start, 0);
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for index in left.clone() {
        let mut next = HashMap::new();
        for &place in places.get(before[index].as_str()).into_iter().flatten() {
            if place < right.start {
                continue;
            }
            if place >= right.end {
                break;
            }
            let run = place.checked_sub(1).and_then(|place| lengths.get(&place)).copied().unwrap_or(0) + 1;
            next.insert(place, run);
            if run > length {
                (start, other, length) = (index + 1 - run, place + 1 - run, run);
            }
        }
        lengths = next;
    }
    // Popular lines anchor no run, but may lengthen one.
    while start > left.start && other > right.start && before[start - 1] == after[other - 1] {
        (start, other, length) = (start - 1, other - 1, length + 1);
    }
    while start + length < left.end && other + length < right.end && before[start + length] == after[other + length] {
        length += 1;
    }
    (start, other, length)
}

#[cfg(test)]
mod tests {
    use super::unified;

    fn check(before: &str, after: &str, expected: &str) {
        let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(unified(&lines(before), &lines(after), "before", "after", 3).concat(), expected);
    }

    #[test]
    fn hunks_as_difflib_makes_them() {
        check("a\n", "a\n", "");
        check("", "x\n", "--- before\n+++ after\n@@ -0,0 +1 @@\n+x\n");
        check("a\nb\nc\n", "a\nc\n", "--- before\n+++ after\n@@ -1,3 +1,2 @@\n a\n-b\n c\n");
        check(
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            "0\n2\n3\n4\n5\n6\n7\n8\nx\n",
            "--- before\n+++ after\n@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n",
        );
    }
}
