//! Tests, a family a file.

mod collections;
mod community;
mod files;
mod jinja;
mod network;
mod results;
mod text;
mod vault;
mod version;

use crate::template::Test;

/// Every family, for the registry. A later one wins where names are equal.
pub const FAMILIES: &[&[Test]] = &[
    jinja::TESTS,
    collections::TESTS,
    community::TESTS,
    files::TESTS,
    network::TESTS,
    results::TESTS,
    text::TESTS,
    vault::TESTS,
    version::TESTS,
];
