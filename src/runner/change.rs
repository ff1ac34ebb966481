//! A difference between what is and what is wanted, with the diff that shows it.

use crate::data::{Map, Value};

/// What `Target::converge` gets: whether anything differs, and the diff.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(super) differs: bool,
    pub(super) diff: Option<Map>,
}

impl Change {
    /// A difference without a diff.
    pub fn new() -> Self {
        Self { differs: true, diff: None }
    }

    /// A difference if so.
    pub fn when(differs: bool) -> Self {
        Self { differs, diff: None }
    }

    /// A file's text before and after; no difference where they are equal.
    pub fn text(before: &str, after: &str) -> Self {
        let diff = Map::from([("before", before), ("after", after)]);
        Self { differs: before != after, diff: Some(diff) }
    }

    /// The names over the two sides of the diff.
    #[must_use]
    pub fn headers(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        if let Some(diff) = &mut self.diff {
            diff.insert("before_header", before.into());
            diff.insert("after_header", after.into());
        }
        self
    }

    /// The diff as a module words it.
    #[must_use]
    pub fn with_diff(mut self, diff: Map) -> Self {
        self.diff = Some(diff);
        self
    }

    pub fn differs(&self) -> bool {
        self.differs
    }
}

/// Properties before and after, as `owner` and `mode` of a file: gathered while they are brought
/// about, shown as one diff.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    pub before: Map,
    pub after: Map,
}

impl Properties {
    pub fn note(&mut self, name: &str, before: impl Into<Value>, after: impl Into<Value>) {
        self.before.insert(name, before);
        self.after.insert(name, after);
    }

    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    pub fn into_diff(self) -> Map {
        Map::from([("before", Value::from(self.before)), ("after", Value::from(self.after))])
    }
}
