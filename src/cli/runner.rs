//! `muster runner`: serves the modules of this machine on stdin and stdout.

use std::io::Write as _;
use std::time::Duration;

use crate::data::build;
use crate::modules;
use crate::runner::become_user::{self, BecomeRunners};
use crate::runner::serve::{NoRoutes, Wire};
use crate::runner::{Registry, doorbell, job, serve};
use crate::wire;

use super::Invocation;

/// Asks a program file which build it is; whoever brings runners to hosts does so before it trusts one.
const BUILD_WORD: &str = "--build";

/// Serves until the other side goes away; with `--job`, does one call that outlives it.
pub fn run(words: &[String], invocation: Invocation) -> u8 {
    if words.first().is_some_and(|word| word == BUILD_WORD) {
        return u8::from(writeln!(std::io::stdout(), "{}", build::id()).is_err());
    }
    let registry = Registry::new(modules::all());
    let environment = invocation.environment;
    if words.first().is_some_and(|word| word == job::JOB_WORD) {
        return u8::from(job::run(&registry, environment, std::io::stdin().lock()).is_err());
    }
    let build = build::id();
    match words.first().map(String::as_str) {
        Some(become_user::BECOME_WORD) => {
            let Ok(stream) = become_user::connect_back(&words[1..]) else { return 1 };
            let Ok(input) = stream.try_clone() else { return 1 };
            serve(&registry, environment, &build, Wire::new(input, stream), &mut NoRoutes, None);
        }
        Some(wire::RETURN_WORD) => {
            let instance = words.get(1).map(String::as_str).unwrap_or_default();
            return u8::from(doorbell::lead_back(instance, std::io::stdin(), std::io::stdout()).is_err());
        }
        first => {
            let told = if first == Some(wire::PATIENCE_WORD) { words.get(1) } else { None };
            let patience = told.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
            let Ok(wire) = doorbell::login_wire() else { return 1 };
            serve(&registry, environment, &build, wire, &mut BecomeRunners::new(&build), patience);
        }
    }
    0
}
