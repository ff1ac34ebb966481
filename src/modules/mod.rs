//! One file a module, in folders by collection. Adding one is its file and a line in its folder's list.

pub mod builtin;
pub mod cluster;
pub mod docker;
pub mod general;
pub mod posix;

use crate::runner::Module;

/// Every module of this build.
pub static ALL: &[&[&Module]] =
    &[builtin::MODULES, cluster::MODULES, docker::MODULES, general::MODULES, posix::MODULES];

/// Every module of this build, one by one.
pub fn all() -> impl Iterator<Item = &'static Module> {
    ALL.iter().flat_map(|folder| folder.iter().copied())
}
