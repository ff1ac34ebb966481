//! `muster holder`: keeps connections for later runs; muster starts this itself.

use std::path::Path;
use std::sync::Arc;

use super::Invocation;
use crate::data::build;
use crate::operator::Absent;
use crate::plugins::connection::ssh::holder::server;
use crate::transport::{OpenFiles, Surroundings};

/// Holds until nothing is left to be held.
pub fn run(words: &[String], invocation: Invocation) -> u8 {
    let Some(socket) = words.first() else { return 2 };
    // It belongs to no terminal, and no terminal's end is its own.
    let _ = rustix::process::setsid();
    OpenFiles::raise();
    let surroundings = Surroundings {
        environment: invocation.environment,
        operator: Arc::new(Absent),
        program: invocation.executable,
        build: build::id().into(),
        notice: Arc::new(|_| {}),
    };
    match super::play::block_on(server::serve(Path::new(socket), surroundings)) {
        Ok(Ok(())) => 0,
        _ => 1,
    }
}
