//! ansible.posix.

mod authorized_key;
mod mount;
mod sysctl;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[&authorized_key::MODULE, &mount::MODULE, &sysctl::MODULE];
