//! Host patterns: `web:&dc1:!db`, globs, `~regexes`, `[x:y]` positions. Pure: inventory in, hosts out.

use std::sync::LazyLock;

use regex::Regex;

use super::range::parse_address;
use super::{HostId, Inventory, LOCALHOST_NAMES};
use crate::diagnostic::{Diagnostic, Warning};

/// What to do about a name in a pattern that matches nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mismatch {
    #[default]
    Warn,
    Fail,
    Ignore,
}

/// The order in which a play takes its hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostOrder {
    #[default]
    Inventory,
    ReverseInventory,
    Sorted,
    ReverseSorted,
    Shuffle,
}

impl HostOrder {
    /// The play keyword `order`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "inventory" => Self::Inventory,
            "reverse_inventory" => Self::ReverseInventory,
            "sorted" => Self::Sorted,
            "reverse_sorted" => Self::ReverseSorted,
            "shuffle" => Self::Shuffle,
            _ => return None,
        })
    }
}

/// The words of a pattern, parted by commas, or by colons where it is no address as a whole.
pub fn split_pattern(pattern: &str) -> Vec<String> {
    static COLON_PARTS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:[^\s:\[\]]|\[[^\]]*\])+").expect("the expression is well formed"));
    let trimmed = |words: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    if pattern.contains(',') {
        return trimmed(&mut pattern.split(','));
    }
    if parse_address(pattern).is_some() {
        return trimmed(&mut std::iter::once(pattern));
    }
    trimmed(&mut COLON_PARTS.find_iter(pattern).map(|word| word.as_str()))
}

/// Selects hosts, and remembers what names matched nothing.
pub struct Matcher<'a> {
    inventory: &'a Inventory,
    mismatch: Mismatch,
    /// What there is to say about the patterns, in order and once each.
    pub warnings: Vec<Warning>,
}

impl<'a> Matcher<'a> {
    pub fn new(inventory: &'a Inventory, mismatch: Mismatch) -> Self {
        Self { inventory, mismatch, warnings: Vec::new() }
    }

    /// The hosts of a pattern that are in the limit too, each once, in the order of the pattern.
    pub fn select(&mut self, pattern: &[String], limit: Option<&[String]>) -> Result<Vec<HostId>, Diagnostic> {
        let mut hosts = self.evaluate(pattern)?;
        if let Some(limit) = limit {
            let limit = self.evaluate(limit)?;
            let allowed = self.marks(&limit);
            hosts.retain(|host| allowed[host.index()]);
        }
        let mut seen = vec![false; self.inventory.id_count()];
        hosts.retain(|host| !std::mem::replace(&mut seen[host.index()], true));
        Ok(hosts)
    }

    fn marks(&self, hosts: &[HostId]) -> Vec<bool> {
        let mut marks = vec![false; self.inventory.id_count()];
        for host in hosts {
            marks[host.index()] = true;
        }
        marks
    }

    fn evaluate(&mut self, patterns: &[String]) -> Result<Vec<HostId>, Diagnostic> {
        let mut hosts: Vec<HostId> = Vec::new();
        for pattern in in_order(patterns) {
            if let Some(host) = self.inventory.find_host(pattern) {
                hosts.push(host);
                continue;
            }
            let found = self.one_pattern(pattern.strip_prefix(['!', '&']).unwrap_or(pattern))?;
            let mut marks;
            match pattern.as_bytes()[0] {
                b'!' => {
                    marks = self.marks(&found);
                    hosts.retain(|host| !marks[host.index()]);
                }
                b'&' => {
                    marks = self.marks(&found);
                    hosts.retain(|host| marks[host.index()]);
                }
                _ => {
                    marks = self.marks(&hosts);
                    hosts.extend(found.into_iter().filter(|host| !std::mem::replace(&mut marks[host.index()], true)));
                }
            }
        }
        Ok(hosts)
    }

    /// One word without its sign: an expression and perhaps a position in what it matches.
    fn one_pattern(&mut self, pattern: &str) -> Result<Vec<HostId>, Diagnostic> {
        let (expression, position) = split_position(pattern);
        if matches!(position, Some(Position { dash: true, .. })) {
            self.warn("Use [x:y] inclusive subscripts instead of [x-y] which has been removed");
        }
        let hosts = self.matches(expression)?;
        match position {
            Some(position) if !hosts.is_empty() => position
                .apply(&hosts)
                .ok_or_else(|| Diagnostic::new(format!("No hosts matched the subscripted pattern '{pattern}'"))),
            _ => Ok(hosts),
        }
    }

    /// The hosts of all groups that match, then hosts that match; a host may come more than once.
    fn matches(&mut self, expression: &str) -> Result<Vec<HostId>, Diagnostic> {
        let inventory = self.inventory;
        let mut hosts = Vec::new();
        let mut group_matched = false;
        let may_be_glob = expression.starts_with('~') || expression.contains(['.', '?', '*', '[']);
        if may_be_glob {
            let matcher = NameMatcher::new(expression)?;
            for group in inventory.groups().filter(|group| matcher.is_match(&inventory.group(*group).name)) {
                group_matched = true;
                hosts.extend(inventory.hosts_of(group));
            }
            // A host that a refresh took away has a place, but is not found by its name.
            let is_there = |host: &HostId| inventory.find_host(&inventory.host(*host).name) == Some(*host);
            let hits = inventory.hosts().filter(|host| matcher.is_match(&inventory.host(*host).name));
            hosts.extend(hits.filter(is_there));
        } else if let Some(group) = inventory.find_group(expression) {
            group_matched = true;
            hosts = inventory.hosts_of(group);
        } else {
            hosts.extend(inventory.find_host(expression));
        }
        if hosts.is_empty() && LOCALHOST_NAMES.contains(&expression) {
            hosts.extend(inventory.resolve_host(expression));
        }
        if hosts.is_empty() && !group_matched && expression != "all" {
            let message = format!("Could not match supplied host pattern, ignoring: {expression}");
            match self.mismatch {
                Mismatch::Warn => self.warn(&message),
                Mismatch::Fail => return Err(Diagnostic::new(message)),
                Mismatch::Ignore => {}
            }
        }
        Ok(hosts)
    }

    fn warn(&mut self, message: &str) {
        let warning = Warning::new(Diagnostic::new(message));
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// What adds hosts first, then intersections, then exclusions; everything where nothing adds.
fn in_order(patterns: &[String]) -> Vec<&str> {
    let words = || patterns.iter().map(String::as_str).filter(|word| !word.is_empty());
    let mut ordered: Vec<&str> = words().filter(|word| !word.starts_with(['!', '&'])).collect();
    if ordered.is_empty() {
        ordered.push("all");
    }
    ordered.extend(words().filter(|word| word.starts_with('&')));
    ordered.extend(words().filter(|word| word.starts_with('!')));
    ordered
}

/// `[3]`, `[-1]`, `[2:5]` (both ends count), `[2:]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    start: i64,
    /// `None` for a single position, -1 for everything up to the end.
    end: Option<i64>,
    dash: bool,
}

impl Position {
    fn apply(self, hosts: &[HostId]) -> Option<Vec<HostId>> {
        let count = hosts.len() as i64;
        match self.end {
            // A range that ends at 0 is the single position it begins with.
            None | Some(0) => {
                let at = if self.start < 0 { self.start + count } else { self.start };
                hosts.get(usize::try_from(at).ok()?).map(|host| vec![*host])
            }
            Some(end) => {
                let end = if end == -1 { count } else { count.min(end + 1) };
                let start = self.start.min(count);
                Some(hosts[start as usize..end.max(start) as usize].to_vec())
            }
        }
    }
}

fn split_position(pattern: &str) -> (&str, Option<Position>) {
    static POSITION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$").expect("the expression is well formed")
    });
    if pattern.starts_with('~') {
        return (pattern, None);
    }
    let Some(found) = POSITION.captures(pattern) else { return (pattern, None) };
    let number = |index: usize| found.get(index).and_then(|digits| digits.as_str().parse::<i64>().ok());
    let position = match number(2) {
        Some(start) => Some(Position { start, end: None, dash: false }),
        None => number(3).map(|start| Position {
            start,
            end: Some(number(5).unwrap_or(-1)),
            dash: found.get(4).is_some_and(|sign| sign.as_str() == "-"),
        }),
    };
    match position {
        Some(position) => (found.get(1).map_or(pattern, |expression| expression.as_str()), Some(position)),
        None => (pattern, None),
    }
}

/// A `~regex` that must match from the start, or a shell glob that must match as a whole.
enum NameMatcher {
    Glob(Regex),
    Regex(Box<fancy_regex::Regex>),
}

impl NameMatcher {
    fn new(expression: &str) -> Result<Self, Diagnostic> {
        let invalid = || Diagnostic::new(format!("Invalid host list pattern: {expression}"));
        match expression.strip_prefix('~') {
            Some(source) => {
                // On its own first, so that a stray bracket does not become valid inside of ours.
                fancy_regex::Regex::new(source).map_err(|_| invalid())?;
                let anchored = fancy_regex::Regex::new(&format!(r"\A(?:{source})")).map_err(|_| invalid())?;
                Ok(Self::Regex(Box::new(anchored)))
            }
            None => Regex::new(&glob_to_regex(expression)).map(Self::Glob).map_err(|_| invalid()),
        }
    }

    fn is_match(&self, name: &str) -> bool {
        match self {
            Self::Glob(regex) => regex.is_match(name),
            Self::Regex(regex) => regex.is_match(name).unwrap_or(false),
        }
    }
}

/// A shell glob as a regular expression: `*`, `?`, `[abc]`, `[!abc]`; a bracket that is never closed is itself.
pub fn glob_to_regex(glob: &str) -> String {
    let mut regex = String::from(r"(?s)\A");
    let mut rest = glob;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => match closing_bracket(rest) {
                None => regex.push_str(r"\["),
                Some(end) => {
                    regex.push_str(&character_class(&rest[..end]));
                    rest = &rest[end + 1..];
                }
            },
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(r"\z");
    regex
}

/// A bracket right after the opening one, or after `!`, is a member and not the end.
fn closing_bracket(rest: &str) -> Option<usize> {
    let skip = if rest.starts_with('!') { 1 } else { 0 };
    let skip = skip + usize::from(rest[skip..].starts_with(']'));
    rest[skip..].find(']').map(|end| end + skip)
}

fn character_class(members: &str) -> String {
    let (negated, members) = members.strip_prefix('!').map_or((false, members), |members| (true, members));
    let characters: Vec<char> = members.chars().collect();
    let mut class = String::new();
    let mut at = 0;
    let escaped = |character: char| regex::escape(character.encode_utf8(&mut [0; 4]));
    while at < characters.len() {
        if at + 2 < characters.len() && characters[at + 1] == '-' {
            if characters[at] <= characters[at + 2] {
                class.push_str(&format!("{}-{}", escaped(characters[at]), escaped(characters[at + 2])));
            }
            at += 3;
        } else {
            class.push_str(&escaped(characters[at]));
            at += 1;
        }
    }
    match (class.is_empty(), negated) {
        (true, true) => ".".to_owned(),
        (true, false) => r"[^\s\S]".to_owned(),
        (false, true) => format!("[^{class}]"),
        (false, false) => format!("[{class}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::GroupId;
    use super::*;

    fn fleet() -> Inventory {
        let mut inventory = Inventory::default();
        for (group, hosts) in [("web", "w1.eu w2.eu w3.eu"), ("db", "d2 d1"), ("dc1", "w3.eu d1"), ("cafe", "c1")] {
            let group = inventory.add_group(group);
            for host in hosts.split(' ') {
                inventory.add_host(host, Some(group), None);
            }
        }
        inventory.add_host("fe80::1", None, None);
        inventory.reconcile().expect("no loops");
        inventory
    }

    fn check(pattern: &str, limit: Option<&str>, expected: &str) {
        let inventory = fleet();
        let mut matcher = Matcher::new(&inventory, Mismatch::Warn);
        let limit = limit.map(split_pattern);
        let shown = match matcher.select(&split_pattern(pattern), limit.as_deref()) {
            Ok(hosts) => hosts.iter().map(|host| &*inventory.host(*host).name).collect::<Vec<_>>().join(" "),
            Err(error) => format!("error: {error}"),
        };
        let warnings: String = matcher.warnings.iter().map(|warning| format!(" ({})", warning.diagnostic)).collect();
        assert_eq!(shown + &warnings, expected, "{pattern}");
    }

    #[test]
    fn words_combine() {
        check("all", None, "fe80::1 w1.eu w2.eu w3.eu d2 d1 c1");
        check("db:web", None, "d2 d1 w1.eu w2.eu w3.eu");
        check("web:&dc1", None, "w3.eu");
        check("!web", None, "fe80::1 d2 d1 c1");
        check("&dc1,web,!w3.eu", None, "");
        check("fe80::1,c1", None, "fe80::1 c1");
        check("web", Some("dc1:w1.eu"), "w1.eu w3.eu");
        check("localhost", None, "localhost");
    }

    #[test]
    fn globs_and_regexes_match_groups_first() {
        check("c*", None, "c1");
        check("d*", None, "d2 d1 w3.eu");
        check("w[!1].eu", None, "w2.eu w3.eu");
        check("~w[12]", None, "w1.eu w2.eu");
        check("~^(?!w)d\\d", None, "d2 d1");
        check("*.eu", None, "w1.eu w2.eu w3.eu");
        check("~(", None, "error: Invalid host list pattern: ~(");
    }

    #[test]
    fn positions_count_from_zero() {
        check("web[0]", None, "w1.eu");
        check("web[-1]", None, "w3.eu");
        check("web[1:]", None, "w2.eu w3.eu");
        check("web[1:1]", None, "w2.eu");
        check("web[2:1]", None, "");
        check("web[2:0]", None, "w3.eu");
        check("web[9]", None, "error: No hosts matched the subscripted pattern 'web[9]'");
        check("web[0-1]", None, "w1.eu w2.eu (Use [x:y] inclusive subscripts instead of [x-y] which has been removed)");
    }

    #[test]
    fn unknown_names_are_told_once() {
        check("nope:nope:c1", None, "c1 (Could not match supplied host pattern, ignoring: nope)");
    }

    #[test]
    fn loops_of_groups_are_refused() {
        let mut inventory = fleet();
        let [a, b, c] = ["a", "b", "c"].map(|name| inventory.add_group(name));
        assert_eq!(inventory.add_child_group(a, b), Ok(true));
        assert_eq!(inventory.add_child_group(b, c), Ok(true));
        let error = inventory.add_child_group(c, a).expect_err("a loop");
        assert_eq!(error.hints, ["the loop is a -> b -> c -> a"]);
        inventory.reconcile().expect("no loops");
        assert_eq!(inventory.group(c).depth, 3);
        assert_eq!(inventory.parents_of(a), [GroupId::ALL]);
    }
}
