//! ansible.builtin.

mod command;
mod ping;
mod shell;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[&command::MODULE, &ping::MODULE, &shell::MODULE];
