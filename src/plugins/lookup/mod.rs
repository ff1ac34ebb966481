//! Lookups, a family a file.

use crate::template::Lookup;

mod files;
mod lists;
mod password;
mod process;
mod sequence;
mod tables;
mod template;
mod utils;
mod variables;

/// Every family, for the registry.
pub const FAMILIES: &[&[Lookup]] = &[
    files::LOOKUPS,
    lists::LOOKUPS,
    password::LOOKUPS,
    process::LOOKUPS,
    sequence::LOOKUPS,
    tables::LOOKUPS,
    template::LOOKUPS,
    utils::LOOKUPS,
    variables::LOOKUPS,
];
