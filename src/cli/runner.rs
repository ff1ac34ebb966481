//! `muster runner`: serves the modules of this machine on stdin and stdout.

use std::io::Write as _;

use crate::data::build;
use crate::modules;
use crate::runner::become_user::{self, BecomeRunners};
use crate::runner::serve::NoRoutes;
use crate::runner::{Registry, job, serve};

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
    if words.first().is_some_and(|word| word == become_user::BECOME_WORD) {
        let Ok(stream) = become_user::connect_back(&words[1..]) else { return 1 };
        let Ok(input) = stream.try_clone() else { return 1 };
        serve(&registry, environment, &build, std::io::BufReader::new(input), stream, &mut NoRoutes);
        return 0;
    }
    let input = std::io::BufReader::new(std::io::stdin().lock());
    serve(&registry, environment, &build, input, std::io::stdout(), &mut BecomeRunners::new(&build));
    0
}
