//! What a module sees of the machine it runs on: the call's surroundings, and the one place where
//! check mode, diff and `changed` exist.

use crate::data::{Map, Value};

/// The machine, for the length of one call.
pub struct Target {
    pub(super) check: bool,
    pub(super) diff: bool,
    pub(super) changed: bool,
    pub(super) diffs: Vec<Map>,
    pub(super) warnings: Vec<Value>,
}
