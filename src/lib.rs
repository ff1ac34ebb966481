//! muster runs Ansible playbooks, inventories and roles as they are.
//!
//! The modules are floors in one straight line; each imports only from the floors above it in this
//! list, which `tests/tidy.rs` checks. The order is the reading order.

/// What went wrong in the user's files, and how it is shown.
pub mod diagnostic;
/// The person who runs it: questions to them.
pub mod operator;
/// What values are: data with origin and trust, YAML, vault, the process's environment.
pub mod data;
/// Typed options: declarations, Ansible's coercions, checks.
pub mod args;
/// All that crosses the channel between controller and target.
pub mod wire;
/// Templates over minijinja's syntax tree, and the contracts of filters, tests and lookups.
pub mod template;
/// What the user wrote: settings, inventory, playbooks, variables.
pub mod project;
/// Reaching a host: endpoints, sessions, bootstrap.
pub mod transport;
/// The target side: serves calls, runs modules.
pub mod runner;
/// Running a play: plan, cursor, strategy, the one loop.
pub mod engine;
/// What people read: events to text, recap, exit code.
pub mod report;
/// One file a module.
pub mod modules;
/// One file (or family) a plugin.
pub mod plugins;
/// One file a command.
pub mod cli;
