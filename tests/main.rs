//! The one integration test binary.

mod conformance;
mod reference;
mod ssh;
mod tidy;
mod tools;
