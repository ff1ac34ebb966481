//! `debug`: `linear`, with the debugger opened where a task fails.

use crate::engine::strategy::Kind;

use super::linear_steps;

pub static STRATEGY: Kind = Kind {
    name: "debug",
    summary: "As linear, with the debugger for tasks that fail",
    debugs: true,
    make: linear_steps,
};
