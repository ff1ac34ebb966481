//! Tests, a family a file.

use crate::template::Test;

/// Every family, for the registry.
pub const FAMILIES: &[&[Test]] = &[];
