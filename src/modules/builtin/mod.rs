//! ansible.builtin.

mod async_status;
mod command;
mod copy;
mod file;
mod ping;
mod script;
mod shell;
mod slurp;
mod stat;
mod tempfile;
mod wait_for;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[
    &async_status::MODULE,
    &command::MODULE,
    &copy::MODULE,
    &file::MODULE,
    &ping::MODULE,
    &script::MODULE,
    &shell::MODULE,
    &slurp::MODULE,
    &stat::MODULE,
    &tempfile::MODULE,
    &wait_for::MODULE,
];
