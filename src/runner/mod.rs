//! The target side: serves calls and runs modules. Sync and small; it knows nothing of playbooks.

pub mod become_user;
pub mod blobs;
pub mod cancel;
pub mod censor;
pub mod change;
pub mod command_line;
pub mod docker;
pub mod doorbell;
pub mod dpkg;
pub mod errors;
pub mod execute;
pub mod facts;
pub mod files;
pub mod fuse;
pub mod foreign;
pub mod glob;
pub mod http;
pub mod job;
pub mod module;
pub mod process;
pub mod outlet;
mod public_copy;
pub mod serve;
pub mod services;
mod syslog;
#[cfg(test)]
mod serve_tests;
pub mod target;
mod terminal;
#[cfg(test)]
pub mod testing;
pub mod users;
pub mod words;

pub use change::Change;
pub use execute::{Site, execute};
pub use module::{Failure, Module, Outcome, Registry, Run, Traits};
pub use process::{Command, Finished};
pub use serve::serve;
pub use target::Target;
