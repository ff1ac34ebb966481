//! Lookups, a family a file.

use crate::template::Lookup;

/// Every family, for the registry.
pub const FAMILIES: &[&[Lookup]] = &[];
