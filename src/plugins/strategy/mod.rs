//! Which hosts run next: one file a strategy.

mod debug;
mod free;
mod host_pinned;
mod linear;

use crate::engine::strategy::{Kind, Strategy};

/// All strategies of this build.
pub static ALL: &[&Kind] = &[&linear::STRATEGY, &free::STRATEGY, &host_pinned::STRATEGY, &debug::STRATEGY];

/// The steps of `linear`, for strategies that differ from it in other things.
fn linear_steps(forks: usize) -> Box<dyn Strategy> {
    (linear::STRATEGY.make)(forks)
}

#[cfg(test)]
mod tests;
