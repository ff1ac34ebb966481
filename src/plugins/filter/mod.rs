//! Filters, a family a file.

mod community_dicts;
mod community_lists;
mod community_text;
mod community_time;
mod dicts;
mod encoding;
mod hashids;
mod ipaddr;
mod jinja_lists;
mod jinja_map;
mod jinja_numbers;
mod jinja_text;
mod jinja_web;
mod json;
mod json_patch;
mod json_query;
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
mod utils_compare;
mod utils_keys;
mod utils_paths;
mod utils_xml;
mod vault;
mod yaml;

use crate::template::Filter;

/// Every family, for the registry. A later one wins where names are equal.
pub const FAMILIES: &[&[Filter]] = &[
    jinja_lists::FILTERS,
    jinja_map::FILTERS,
    jinja_numbers::FILTERS,
    jinja_text::FILTERS,
    jinja_web::FILTERS,
    community_dicts::FILTERS,
    community_lists::FILTERS,
    community_text::FILTERS,
    community_time::FILTERS,
    dicts::FILTERS,
    encoding::FILTERS,
    hashids::FILTERS,
    ipaddr::FILTERS,
    json::FILTERS,
    json_patch::FILTERS,
    json_query::FILTERS,
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
    utils_compare::FILTERS,
    utils_keys::FILTERS,
    utils_paths::FILTERS,
    utils_xml::FILTERS,
    vault::FILTERS,
    yaml::FILTERS,
];
