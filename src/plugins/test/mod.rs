//! Tests, a family a file.

use crate::template::Test;

mod collections;
mod files;
mod results;
mod text;
mod vault;
mod version;

/// Every family, for the registry.
pub const FAMILIES: &[&[Test]] =
    &[collections::TESTS, files::TESTS, results::TESTS, text::TESTS, vault::TESTS, version::TESTS];
