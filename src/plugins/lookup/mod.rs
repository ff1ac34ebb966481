//! Lookups, a family a file.

use crate::template::Lookup;

mod collections;
mod community;
mod files;
mod lists;
mod password;
mod process;
mod sequence;
mod tables;
mod template;
mod unavailable;
mod url;
mod utils;
mod variables;

/// Every family, for the registry.
pub const FAMILIES: &[&[Lookup]] = &[
    collections::LOOKUPS,
    community::LOOKUPS,
    files::LOOKUPS,
    lists::LOOKUPS,
    password::LOOKUPS,
    process::LOOKUPS,
    sequence::LOOKUPS,
    tables::LOOKUPS,
    template::LOOKUPS,
    unavailable::LOOKUPS,
    url::LOOKUPS,
    utils::LOOKUPS,
    variables::LOOKUPS,
];
