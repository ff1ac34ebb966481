//! One file (or family) a plugin; each folder lists its own.

pub mod action;
pub mod r#become;
pub mod callback;
pub mod connection;
pub mod filter;
pub mod inventory;
pub mod lookup;
pub mod strategy;
pub mod test;

use crate::template::{Registry, globals};

/// All that templates can call.
pub fn template_registry() -> Registry {
    Registry::new(filter::FAMILIES, test::FAMILIES, lookup::FAMILIES, &[globals::GLOBALS])
}
