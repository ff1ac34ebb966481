//! The one integration test binary.

mod conformance;
mod docker;
mod linked;
mod mistakes;
mod readme;
mod reference;
mod runs;
mod ssh;
mod templates;
mod terminal;
mod tidy;
mod tools;
mod vault;
