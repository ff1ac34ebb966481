//! report
pub mod screen;
