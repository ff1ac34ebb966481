//! community.general.

mod ini_file;
mod timezone;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[&ini_file::MODULE, &timezone::MODULE];
