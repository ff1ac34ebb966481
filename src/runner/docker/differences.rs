//! What is wanted against what is: gathered option by option, shown as a diff.

use crate::data::{Map, Value};
use crate::runner::Change;

/// Options that differ.
#[derive(Default)]
pub struct Differences {
    entries: Vec<(String, Value, Value)>,
}

impl Differences {
    /// Notes a difference.
    pub fn add(&mut self, name: impl Into<String>, wanted: impl Into<Value>, current: impl Into<Value>) {
        self.entries.push((name.into(), wanted.into(), current.into()));
    }

    /// Notes a difference if there is one.
    pub fn compare(&mut self, name: &str, wanted: impl Into<Value>, current: impl Into<Value>) {
        let (wanted, current) = (wanted.into(), current.into());
        if wanted != current {
            self.add(name, wanted, current);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(known, ..)| known == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, ..)| name.as_str())
    }

    pub fn extend(&mut self, others: Differences) {
        self.entries.extend(others.entries);
    }

    /// `{"name": {"parameter": wanted, "container": current}}`, as some modules list them.
    pub fn listed(&self) -> Value {
        Value::list(self.entries.iter().map(|(name, wanted, current)| {
            let pair = Map::from([("parameter", wanted.clone()), ("container", current.clone())]);
            Map::from([(name.as_str(), Value::from(pair))]).into()
        }))
    }

    pub fn before(&self) -> Map {
        self.entries.iter().map(|(name, _, current)| (name.as_str(), current.clone())).collect()
    }

    pub fn after(&self) -> Map {
        self.entries.iter().map(|(name, wanted, _)| (name.as_str(), wanted.clone())).collect()
    }

    pub fn change(&self) -> Change {
        let diff = Map::from([("before", Value::from(self.before())), ("after", self.after().into())]);
        Change::when(!self.is_empty()).with_diff(diff)
    }
}
