//! ansible.builtin.

mod async_status;
mod blockinfile;
mod command;
mod copy;
mod executable;
mod file;
mod lineinfile;
mod ping;
mod replace;
mod setup;
mod script;
mod shell;
mod slurp;
mod stat;
mod tempfile;
mod wait_for;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[
    &async_status::MODULE,
    &blockinfile::MODULE,
    &command::MODULE,
    &copy::MODULE,
    &executable::MODULE,
    &file::MODULE,
    &lineinfile::MODULE,
    &ping::MODULE,
    &replace::MODULE,
    &setup::MODULE,
    &script::MODULE,
    &shell::MODULE,
    &slurp::MODULE,
    &stat::MODULE,
    &tempfile::MODULE,
    &wait_for::MODULE,
];
