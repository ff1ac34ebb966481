//! Versions in the four schemes that the `version` test knows, compared as there.

use std::cmp::Ordering;

use regex::Regex;

use crate::data::python::text_repr;

/// How a version is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Numbers and words as they come.
    Loose,
    /// Two or three numbers, at most an alpha or beta.
    Strict,
    /// semver.org
    Semantic,
    /// Python's own packages.
    Pep440,
}

/// The order of two versions, or why there is none.
pub fn compare(left: &str, right: &str, scheme: Scheme) -> Result<Ordering, String> {
    match scheme {
        Scheme::Loose => compare_loose(&loose(left), &loose(right)),
        Scheme::Strict => Ok(strict(left)?.cmp(&strict(right)?)),
        Scheme::Semantic => Ok(semantic(left)?.cmp(&semantic(right)?)),
        Scheme::Pep440 => Ok(pep440(left)?.cmp(&pep440(right)?)),
    }
}

/// A piece of a loose version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Number(String),
    Word(String),
}

/// Runs of digits, runs of small letters, and what stands between, without the dots.
pub fn loose(version: &str) -> Vec<Piece> {
    let kind = |c: char| match c {
        '0'..='9' => 0,
        'a'..='z' => 1,
        '.' => 2,
        _ => 3,
    };
    let mut pieces = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        let kind_of_run = kind(first);
        let end = match kind_of_run {
            2 => 1,
            _ => rest.find(|c| kind(c) != kind_of_run).unwrap_or(rest.len()),
        };
        let (run, after) = rest.split_at(end);
        rest = after;
        match kind_of_run {
            0 => pieces.push(Piece::Number(match run.trim_start_matches('0') {
                "" => "0".to_owned(),
                digits => digits.to_owned(),
            })),
            2 => {}
            _ => pieces.push(Piece::Word(run.to_owned())),
        }
    }
    pieces
}

fn compare_loose(left: &[Piece], right: &[Piece]) -> Result<Ordering, String> {
    for (a, b) in left.iter().zip(right) {
        let order = match (a, b) {
            (Piece::Number(a), Piece::Number(b)) => compare_numbers(a, b),
            (Piece::Word(a), Piece::Word(b)) => a.cmp(b),
            (Piece::Number(_), Piece::Word(_)) => return Err(mixed("int", "str")),
            (Piece::Word(_), Piece::Number(_)) => return Err(mixed("str", "int")),
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(left.len().cmp(&right.len()))
}

fn mixed(left: &str, right: &str) -> String {
    format!("'<' not supported between instances of '{left}' and '{right}'")
}

/// Numbers of any length without leading zeros.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("the expression is a constant of this file")
}

/// A number without its leading zeros, which orders as it should.
#[derive(Debug, PartialEq, Eq)]
struct Number(String);

impl Number {
    fn new(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_numbers(&self.0, &other.0)
    }
}

/// What stands for "nothing said": before or after everything that is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bound<T> {
    Lowest,
    Is(T),
    Highest,
}

type Strict = (Vec<Number>, Bound<(String, Number)>);

fn strict(version: &str) -> Result<Strict, String> {
    let form = expression(r"^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$");
    let found = form.captures(version).ok_or_else(|| format!("invalid version number {}", text_repr(version)))?;
    let number = |group: usize| Number::new(found.get(group).map_or("", |digits| digits.as_str()));
    let stage = found.get(4).map_or(Bound::Highest, |letter| Bound::Is((letter.as_str().to_owned(), number(5))));
    Ok((vec![number(1), number(2), number(3)], stage))
}

/// A piece of what is behind the dash: numbers come before words.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Word(String),
}

fn identifier(text: &str) -> Identifier {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Identifier::Number(Number::new(text));
    }
    Identifier::Word(text.to_owned())
}

type Semantic = (Vec<Number>, Bound<Vec<Identifier>>);

fn semantic(version: &str) -> Result<Semantic, String> {
    let number = r"(0|[1-9]\d*)";
    let part = r"(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)";
    let form = expression(&format!(
        r"^{number}\.{number}\.{number}(?:-({part}(?:\.{part})*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$"
    ));
    let found = form.captures(version).ok_or_else(|| format!("invalid semantic version {}", text_repr(version)))?;
    let core = (1..=3).map(|group| Number::new(&found[group])).collect();
    let stage =
        found.get(4).map_or(Bound::Highest, |stage| Bound::Is(stage.as_str().split('.').map(identifier).collect()));
    Ok((core, stage))
}

/// A piece of a local version: words come before numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(Number),
}

/// In the order in which they are compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pep440 {
    epoch: Number,
    release: Vec<Number>,
    before: Bound<(String, Number)>,
    after: Bound<Number>,
    development: Bound<Number>,
    local: Bound<Vec<Local>>,
}

fn pep440(version: &str) -> Result<Pep440, String> {
    let form = expression(
        r"(?xi)^\s*v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
          (?:[-_.]?(?P<stage>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<stage_number>[0-9]+)?)?
          (?P<post>-(?P<post_bare>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
          (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
          (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$",
    );
    let found = form.captures(version).ok_or_else(|| format!("Invalid version: {}", text_repr(version)))?;
    let text = |name: &str| found.name(name).map(|group| group.as_str().to_lowercase());
    let number = |name: &str| Number::new(&text(name).unwrap_or_default());
    let mut release: Vec<Number> = text("release").unwrap_or_default().split('.').map(Number::new).collect();
    while release.len() > 1 && release.last().is_some_and(|last| last.0.is_empty()) {
        release.pop();
    }
    let stage = text("stage").map(|stage| match stage.as_str() {
        "alpha" => "a".to_owned(),
        "beta" => "b".to_owned(),
        "c" | "pre" | "preview" => "rc".to_owned(),
        _ => stage,
    });
    let (has_post, has_dev) = (text("post").is_some(), text("dev").is_some());
    let local = text("local").map(|local| {
        let pieces = local.split(['-', '_', '.']).map(|piece| match identifier(piece) {
            Identifier::Number(number) => Local::Number(number),
            Identifier::Word(word) => Local::Word(word),
        });
        pieces.collect()
    });
    Ok(Pep440 {
        epoch: number("epoch"),
        release,
        before: match stage {
            Some(stage) => Bound::Is((stage, number("stage_number"))),
            // A development version of the release itself comes before its alphas.
            None if !has_post && has_dev => Bound::Lowest,
            None => Bound::Highest,
        },
        after: match text("post_bare") {
            Some(bare) => Bound::Is(Number::new(&bare)),
            None if has_post => Bound::Is(number("post_number")),
            None => Bound::Lowest,
        },
        development: if has_dev { Bound::Is(number("dev_number")) } else { Bound::Highest },
        local: local.map_or(Bound::Lowest, Bound::Is),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scheme: Scheme, cases: &[(&str, &str, Option<Ordering>)]) {
        for (left, right, expected) in cases {
            assert_eq!(compare(left, right, scheme).ok(), *expected, "{left} {right}");
        }
    }

    const LESS: Option<Ordering> = Some(Ordering::Less);
    const EQUAL: Option<Ordering> = Some(Ordering::Equal);
    const GREATER: Option<Ordering> = Some(Ordering::Greater);

    #[test]
    fn loose_ones() {
        check(
            Scheme::Loose,
            &[
                ("1.10", "1.9", GREATER),
                ("1.0", "1.0.0", LESS),
                ("1.2-3.el9", "1.2-10.el9", LESS),
                ("1.01", "1.1", EQUAL),
                ("1.2.b", "1.2.1", None),
                ("1.0-A", "1.0-a", GREATER),
            ],
        );
    }

    #[test]
    fn strict_and_semantic_ones() {
        check(Scheme::Strict, &[("1.2a1", "1.2", LESS), ("1.2", "1.2.0", EQUAL), ("1.2.3.4", "1.2", None)]);
        check(
            Scheme::Semantic,
            &[
                ("1.0.0-rc1", "1.0.0", LESS),
                ("1.2.3-a.1", "1.2.3-a.b", LESS),
                ("1.2.3-2", "1.2.3-11", LESS),
                ("1.2.3+x", "1.2.3+y", EQUAL),
                ("1.2", "1.2.0", None),
                ("01.2.3", "1.2.3", None),
            ],
        );
    }

    #[test]
    fn python_ones() {
        check(
            Scheme::Pep440,
            &[
                ("1.0.dev3", "1.0a1", LESS),
                ("1!1.0", "2.0", GREATER),
                ("1.0+local", "1.0", GREATER),
                ("1.0-1", "1.0.post1", EQUAL),
                ("v1.0.0", "1", EQUAL),
                ("1.0+5", "1.0+abc", GREATER),
                ("1.0alpha", "1.0a0", EQUAL),
                ("1.0a1.dev1", "1.0a1", LESS),
                ("x", "1", None),
            ],
        );
    }
}
