//! The built-in SSH client against real OpenSSH servers on loopback.

mod authentication;
mod become_user;
mod demo;
mod host_keys;
mod runner;
mod server;
mod ways;
