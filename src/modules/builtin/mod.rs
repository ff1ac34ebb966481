//! ansible.builtin.

mod command;
mod copy;
mod file;
mod ping;
mod shell;
mod stat;

use crate::runner::Module;

pub static MODULES: &[&Module] =
    &[&command::MODULE, &copy::MODULE, &file::MODULE, &ping::MODULE, &shell::MODULE, &stat::MODULE];
