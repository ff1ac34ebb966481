//! Filters, a family a file.

use crate::template::Filter;

mod dicts;
mod encoding;
mod json;
mod lists;
mod logic;
mod math;
mod password;
mod paths;
mod random;
mod regex;
mod sets;
mod text;
mod time;
mod yaml;

/// Every family, for the registry.
pub const FAMILIES: &[&[Filter]] = &[
    dicts::FILTERS,
    encoding::FILTERS,
    json::FILTERS,
    lists::FILTERS,
    logic::FILTERS,
    math::FILTERS,
    password::FILTERS,
    paths::FILTERS,
    random::FILTERS,
    regex::FILTERS,
    sets::FILTERS,
    text::FILTERS,
    time::FILTERS,
    yaml::FILTERS,
];
