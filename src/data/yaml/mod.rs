//! YAML 1.1 as PyYAML over libyaml reads and writes it, with the reference's tags, warnings and
//! hints.

mod compose;
mod construct;
mod dump;
mod emitter;
mod hint;
mod load;
mod parser;
mod resolve;
mod scalar;
#[cfg(test)]
mod tests;

pub use dump::{Flow, MultiLine, Style, dump};
pub use emitter::ScalarStyle;
pub use load::{load, load_all, load_bytes, load_document};
