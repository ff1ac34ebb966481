//! What values are, how they are read and written, and what the process was given.

pub mod difflib;
pub mod build;
pub mod environment;
pub mod json;
pub mod map;
pub mod python;
mod text;
mod value;
pub mod vault;
pub mod yaml;

pub use environment::Environment;
pub use map::Map;
pub use text::{Text, Trust, Vaulted, has_template_marks};
pub use value::{Data, Date, Value};
