//! JSON as Python's `json` module reads and writes it.

mod dump;
mod parse;

pub use dump::{DumpError, Style, dumps, quoted, try_dumps};
pub use parse::{Error, parse};
