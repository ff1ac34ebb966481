//! Variables of one host as a stack of shared mappings: looked up from the top, merged only for dumps.
//!
//! Who knows a level pushes it: [`host`] those that belong to the host (groups, host, facts), the
//! engine those of play, role, block, task and run. Nothing is copied per host.

pub mod extra;
pub mod facts;
pub mod files;
pub mod host;
pub mod magic;
pub mod merge;

use std::sync::Arc;

use crate::data::{Data, Map, Value};
use crate::template::Scope;

pub use host::HostVariables;
pub use merge::HashBehaviour;

/// Where a variable comes from, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `defaults/main.yml` of roles.
    RoleDefaults,
    /// Groups: inventory text and `group_vars`, in the order of the setting VARIABLE_PRECEDENCE.
    Groups,
    /// The host: inventory text, then `host_vars` beside the inventory, then beside the playbook.
    Host,
    /// Facts, from this run or a cache.
    Facts,
    /// `vars:` of the play.
    Play,
    /// Answers to `vars_prompt`.
    Prompts,
    /// `vars_files` of the play.
    VarsFiles,
    /// `vars/main.yml` of roles.
    RoleVars,
    /// `vars:` of blocks, the outer ones first.
    BlockVars,
    /// `vars:` of the task.
    TaskVars,
    /// `include_vars`.
    IncludeVars,
    /// `set_fact` and `register`.
    SetFacts,
    /// Parameters of a role.
    RoleParams,
    /// `vars:` of a dynamic include.
    IncludeParams,
    /// `-e`.
    Extra,
    /// What the program itself says: `inventory_hostname`, `groups`, `omit`, loop variables.
    Magic,
}

/// One level of the stack.
pub type Layer = (Level, Arc<Map>);

/// The stack of one host at one moment. Cloning copies pointers.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The weakest first.
    stack: Vec<Layer>,
    behaviour: HashBehaviour,
}

impl Layers {
    pub fn new(behaviour: HashBehaviour) -> Self {
        Self { stack: Vec::new(), behaviour }
    }

    /// Adds a mapping on top of those of its level and below those of higher ones.
    pub fn push(&mut self, level: Level, variables: Arc<Map>) {
        if !variables.is_empty() {
            let at = self.stack.partition_point(|(other, _)| *other <= level);
            self.stack.insert(at, (level, variables));
        }
    }

    pub fn extend(&mut self, layers: impl IntoIterator<Item = Layer>) {
        for (level, variables) in layers {
            self.push(level, variables);
        }
    }

    /// Forgets what was pushed for a level.
    pub fn clear(&mut self, level: Level) {
        self.stack.retain(|(other, _)| *other != level);
    }

    /// The stack, the weakest first.
    pub fn layers(&self) -> &[Layer] {
        &self.stack
    }

    pub fn contains(&self, name: &str) -> bool {
        self.stack.iter().any(|(_, variables)| variables.contains_key(name))
    }

    /// The strongest level that has the name.
    pub fn level_of(&self, name: &str) -> Option<Level> {
        self.stack.iter().rev().find(|(_, variables)| variables.contains_key(name)).map(|(level, _)| *level)
    }

    /// The value as written. Where mappings are to be merged, those of all levels are.
    pub fn get(&self, name: &str) -> Option<Value> {
        let mut found = self.stack.iter().rev().filter_map(|(_, variables)| variables.get(name));
        let top = found.next()?;
        if self.behaviour == HashBehaviour::Replace || !matches!(top.data, Data::Map(_)) {
            return Some(top.clone());
        }
        Some(
            found
                .take_while(|value| value.as_map().is_some())
                .fold(top.clone(), |above, below| merge::values(below, &above)),
        )
    }

    /// All names, each once, from the weakest level to the strongest.
    pub fn all_names(&self) -> Vec<Arc<str>> {
        self.flatten().keys().filter_map(|name| name.as_text().map(|text| text.shared().clone())).collect()
    }

    /// One mapping of everything: for dumps.
    pub fn flatten(&self) -> Map {
        merge::all(self.stack.iter().map(|(_, variables)| &**variables), self.behaviour)
    }
}

impl Scope for Layers {
    fn variable(&self, name: &str) -> Option<Value> {
        self.get(name)
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.all_names()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(pairs: &[(&str, i64)]) -> Arc<Map> {
        Arc::new(pairs.iter().map(|(name, number)| (*name, *number)).collect())
    }

    fn nested(pairs: &[(&str, i64)]) -> Arc<Map> {
        Arc::new(Map::from([("d", Value { data: Data::Map(layer(pairs)), origin: Default::default() })]))
    }

    #[test]
    fn the_top_wins_whatever_the_order_of_pushing() {
        let mut layers = Layers::default();
        layers.push(Level::Extra, layer(&[("a", 9)]));
        layers.push(Level::Groups, layer(&[("a", 1), ("b", 1)]));
        layers.push(Level::Groups, layer(&[("b", 2)]));
        layers.push(Level::Host, layer(&[("a", 3), ("c", 3)]));
        let shown: Vec<_> = ["a", "b", "c", "d"].map(|name| layers.get(name).and_then(|value| value.as_int())).into();
        assert_eq!(shown, [Some(9), Some(2), Some(3), None]);
        assert_eq!(layers.level_of("a"), Some(Level::Extra));
        assert_eq!(layers.flatten(), *layer(&[("a", 9), ("b", 2), ("c", 3)]));
    }

    #[test]
    fn mappings_merge_only_when_asked() {
        let mut layers = Layers::new(HashBehaviour::Merge);
        layers.push(Level::Groups, nested(&[("x", 1), ("y", 1)]));
        layers.push(Level::Host, nested(&[("y", 2)]));
        let merged = layers.get("d").expect("it is there");
        assert_eq!(merged.as_map(), Some(&*layer(&[("x", 1), ("y", 2)])));
        let mut replacing = Layers::new(HashBehaviour::Replace);
        replacing.extend(layers.layers().to_vec());
        assert_eq!(replacing.get("d").expect("it is there").as_map(), Some(&*layer(&[("y", 2)])));
    }
}
