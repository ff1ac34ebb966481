//! muster runs Ansible playbooks, inventories and roles as they are.
//!
//! The modules are floors in one straight line; each imports only from the floors above it in this
//! list, which `tests/tidy.rs` checks. The order is the reading order.

/// Typed options: declarations, Ansible's coercions, checks.
pub mod args;
/// One file a command.
pub mod cli;
/// What values are: data with origin and trust, YAML, vault, the process's environment.
pub mod data;
/// What went wrong in the user's files, and how it is shown.
pub mod diagnostic;
/// Running a play: plan, cursor, strategy, the one loop.
pub mod engine;
/// One file a module.
pub mod modules;
/// The person who runs it: questions to them.
pub mod operator;
/// One file (or family) a plugin.
pub mod plugins;
/// What the user wrote: settings, inventory, playbooks, variables.
pub mod project;
/// What people read: events to text, recap, exit code.
pub mod report;
/// The target side: serves calls, runs modules.
pub mod runner;
/// Templates over minijinja's syntax tree, and the contracts of filters, tests and lookups.
pub mod template;
/// Reaching a host: endpoints, sessions, bootstrap.
pub mod transport;
/// All that crosses the channel between controller and target.
pub mod wire;
