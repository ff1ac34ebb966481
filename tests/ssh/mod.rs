//! The built-in SSH client against real OpenSSH servers on loopback.

mod authentication;
mod become_user;
mod crowd;
mod cut;
mod demo;
mod holder;
mod host_keys;
mod hostile;
mod lost_link;
mod runner;
pub mod server;
mod tools;
mod ways;
