//! Filters, a family a file.

use crate::template::Filter;

/// Every family, for the registry.
pub const FAMILIES: &[&[Filter]] = &[];
