//! `--graph`: groups and hosts as a tree of lines.

use super::View;
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::inventory::GroupId;
use crate::project::world::decrypt;

pub fn draw(view: &View<'_>, start: &str) -> Result<String, Diagnostic> {
    let Some(group) = view.inventory().find_group(start) else {
        return Err(Diagnostic::new("Pattern must be valid group name when using --graph").kind(Kind::Options));
    };
    let mut tree = Tree { view, lines: Vec::new() };
    tree.group(group, 0)?;
    Ok(tree.lines.join("\n"))
}

struct Tree<'a> {
    view: &'a View<'a>,
    lines: Vec<String>,
}

impl Tree<'_> {
    fn group(&mut self, group: GroupId, depth: usize) -> Result<(), Diagnostic> {
        let inventory = self.view.inventory();
        self.line(&format!("@{}:", inventory.group(group).name), depth);
        for child in inventory.children_of(group) {
            self.group(child, depth + 1)?;
        }
        if group != GroupId::ALL {
            for host in &inventory.group(group).hosts {
                self.line(&inventory.host(*host).name, depth + 1);
                if self.view.options.show_vars {
                    self.variables(&self.view.host_variables(*host)?, depth + 2)?;
                }
            }
        }
        if self.view.options.show_vars {
            self.variables(&self.view.group_variables(group)?, depth + 1)?;
        }
        Ok(())
    }

    fn variables(&mut self, variables: &Map, depth: usize) -> Result<(), Diagnostic> {
        let mut pairs = Vec::new();
        for (name, value) in variables {
            pairs.push((python::str(name), python::str(&self.opened(value)?)));
        }
        pairs.sort();
        for (name, value) in pairs {
            self.line(&format!("{{{name} = {value}}}"), depth);
        }
        Ok(())
    }

    /// A tree shows what is inside of vault envelopes.
    fn opened(&self, value: &Value) -> Result<Value, Diagnostic> {
        let each = |items: &[Value]| items.iter().map(|item| self.opened(item)).collect::<Result<Vec<_>, _>>();
        Ok(match &value.data {
            Data::Vaulted(vaulted) => decrypt(&self.view.services.reader, vaulted)?.into(),
            Data::List(items) | Data::Tuple(items) => each(items)?.into(),
            Data::Map(map) => {
                let entries = map.iter().map(|(key, item)| Ok((key.clone(), self.opened(item)?)));
                entries.collect::<Result<Map, Diagnostic>>()?.into()
            }
            _ => value.clone(),
        })
    }

    fn line(&mut self, text: &str, depth: usize) {
        let lead = if depth == 0 { String::new() } else { format!("{}--", "  |".repeat(depth)) };
        self.lines.push(format!("{lead}{text}"));
    }
}
