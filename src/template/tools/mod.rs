//! What several filters, tests and lookups share, and plugins may not import from each other.

pub mod charset;
pub mod crypt;
pub mod csv;
pub mod declared;
pub mod digest;
pub mod glob;
pub mod hash_order;
pub mod ini;
pub mod iterate;
pub mod merge;
pub mod mersenne;
pub mod nested;
pub mod net;
pub mod options;
pub mod paths;

pub mod template_file;
pub mod url;
pub mod version;
pub mod xml;

pub use crate::data::python::regex;

impl From<regex::PatternError> for super::TemplateError {
    fn from(error: regex::PatternError) -> Self {
        super::TemplateError::failure(error.to_string())
    }
}
