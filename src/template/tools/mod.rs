//! What several filters, tests and lookups share, and plugins may not import from each other.

pub mod charset;
pub mod crypt;
pub mod csv;
pub mod digest;
pub mod glob;
pub mod hash_order;
pub mod ini;
pub mod iterate;
pub mod merge;
pub mod mersenne;
pub mod options;
pub mod paths;
pub mod regex;

pub mod template_file;
pub mod url;
pub mod version;
