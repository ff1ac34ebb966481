//! `node_set`: hosts as cluster tools write them, `node[1-99,160]` and one name or set a line.

use crate::diagnostic::{Diagnostic, Origin};
use crate::project::inventory::source::{InventorySource, SourceContext, add_host};
use crate::project::inventory::{GroupId, Inventory};

/// Only where the setting INVENTORY_ENABLED names it: its ranges are no ranges of other readers.
pub struct NodeSet;

impl InventorySource for NodeSet {
    fn name(&self) -> &'static str {
        "node_set"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.is_readable(source) || source.contains([',', '['])
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let path = context.path(source);
        if !path.exists() {
            return add_line(inventory, source, None);
        }
        let origin = Origin::file(&path);
        let text = String::from_utf8(context.reader.bytes(&path)?)
            .map_err(|_| Diagnostic::new("A list of hosts must be UTF-8 text.").at(&origin))?;
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let at = origin.at(number as u32 + 1, 0);
            add_line(inventory, line, Some(&at))?;
        }
        Ok(())
    }
}

/// Sets parted by commas or blanks; `group: sets` puts them into a group.
fn add_line(inventory: &mut Inventory, line: &str, origin: Option<&Origin>) -> Result<(), Diagnostic> {
    let (group, sets) = match line.split_once(": ") {
        Some((name, sets)) => (inventory.add_group(name.trim()), sets),
        None => (GroupId::UNGROUPED, line),
    };
    for set in split_sets(sets) {
        let names =
            expand(set).map_err(|error| origin.map_or_else(|| error.clone(), |origin| error.clone().at(origin)))?;
        for name in names {
            add_host(inventory, &name, Some(group), None)?;
        }
    }
    Ok(())
}

/// The sets of a line: commas and blanks inside of brackets belong to the set.
fn split_sets(line: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    line.split(|character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (character == ',' || character.is_whitespace())
    })
    .filter(|set| !set.is_empty())
    .collect()
}

/// `node[1-3,7]-ib[0-1]`: each bracket holds numbers and ranges, perhaps with `/step`.
fn expand(set: &str) -> Result<Vec<String>, Diagnostic> {
    let Some((head, rest)) = set.split_once('[') else { return Ok(vec![set.to_owned()]) };
    let wrong = || Diagnostic::new(format!("`{set}` is no set of nodes; it would read like node[1-99,160]"));
    let (inside, tail) = rest.split_once(']').ok_or_else(wrong)?;
    let tails = expand(tail)?;
    let mut names = Vec::new();
    for part in inside.split(',').map(str::trim) {
        for number in numbers(part).ok_or_else(wrong)? {
            names.extend(tails.iter().map(|tail| format!("{head}{number}{tail}")));
        }
    }
    Ok(names)
}

/// Numbers keep the width that they begin with.
fn numbers(part: &str) -> Option<Vec<String>> {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let step: usize = step.parse().ok().filter(|step| *step > 0)?;
    let (begin, end): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let width = if first.starts_with('0') { first.len() } else { 0 };
    Some((begin..=end).step_by(step).map(|number| format!("{number:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let mut inventory = Inventory::default();
        let shown = match add_line(&mut inventory, line, None) {
            Ok(()) => inventory.hosts().map(|host| inventory.host(host).name.to_string()).collect::<Vec<_>>().join(" "),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn sets_expand() {
        check("node[1-3,160]", "node1 node2 node3 node160");
        check("n[08-10]-ib[0-1], login", "n08-ib0 n08-ib1 n09-ib0 n09-ib1 n10-ib0 n10-ib1 login");
        check("n[0-6/3]", "n0 n3 n6");
        check("workers: a b", "a b");
        check("n[a-c]", "error: `n[a-c]` is no set of nodes; it would read like node[1-99,160]");
    }
}
