//! What several filters, tests and lookups share, and plugins may not import from each other.

pub mod charset;
pub mod crypt;
pub mod digest;
pub mod glob;
pub mod hash_order;
pub mod iterate;
pub mod merge;
pub mod mersenne;
pub mod paths;
pub mod regex;

pub mod url;
pub mod version;
