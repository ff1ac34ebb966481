//! Counting: a line for every failed case, a table of areas, `N passed, M failed` at the end.

use std::collections::BTreeMap;
use std::path::Path;

use super::corpus::glob_matches;

/// The outcomes of one kind of cases.
pub struct Score {
    kind: &'static str,
    /// Area, id, and what differs.
    cases: Vec<(String, String, Result<(), String>)>,
}

impl Score {
    pub fn new(kind: &'static str) -> Self {
        Self { kind, cases: Vec::new() }
    }

    pub fn add(&mut self, area: &str, id: &str, outcome: Result<(), String>) {
        self.cases.push((area.to_owned(), id.to_owned(), outcome));
    }

    /// Prints the score; the test fails when a case failed that is no known difference.
    #[expect(clippy::print_stdout, reason = "the score is what the test is run for")]
    pub fn finish(self) {
        let known = known_differences(self.kind);
        let verbose = std::env::var_os("MUSTER_VERBOSE").is_some();
        let mut areas: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let (mut passed, mut unexpected) = (0, 0);
        for (area, id, outcome) in &self.cases {
            let reason = known.iter().find(|(pattern, _)| glob_matches(pattern, id)).map(|(_, reason)| reason);
            let count = areas.entry(area).or_default();
            match (outcome, reason) {
                (Ok(()), None) => {}
                (Ok(()), Some(_)) => println!("PASSES {id}, although it is listed as a known difference"),
                (Err(_), Some(reason)) => println!("KNOWN {id}: {reason}"),
                (Err(difference), None) => {
                    unexpected += 1;
                    println!("FAIL {id}");
                    if verbose {
                        println!("    {}", difference.replace('\n', "\n    "));
                    }
                }
            }
            if outcome.is_ok() {
                passed += 1;
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
        println!("{:<24} {:>6} {:>6}", self.kind, "passed", "failed");
        for (area, (passed, failed)) in areas {
            println!("{area:<24} {passed:>6} {failed:>6}");
        }
        println!("{passed} passed, {} failed", self.cases.len() - passed);
        assert!(unexpected == 0, "{unexpected} cases of {} differ from the reference", self.kind);
    }
}

/// Lines `kind id-or-glob reason…` of `known-differences.txt` for this kind.
fn known_differences(kind: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/known-differences.txt");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut known = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.splitn(3, char::is_whitespace);
        if words.next() == Some(kind) {
            let pattern = words.next().unwrap_or_default().to_owned();
            let reason = words.next().unwrap_or_default().trim().to_owned();
            assert!(!reason.is_empty(), "a known difference needs a reason: {line}");
            known.push((pattern, reason));
        }
    }
    known
}

/// `Ok` when both are the same, else both.
pub fn same<T: PartialEq + std::fmt::Debug>(expected: &T, found: &T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("expected {expected:?}\nfound    {found:?}")) }
}

/// The id's part before the first separator: the area of a case.
pub fn area_of(id: &str, separator: char) -> &str {
    id.split(separator).next().unwrap_or(id)
}
