//! The target side: serves calls and runs modules. Sync and small; it knows nothing of playbooks.

pub mod module;
pub mod target;

pub use module::{Failure, Module, Outcome, Registry, Run};
