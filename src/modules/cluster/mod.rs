//! muster.cluster: what a small research cluster needs besides Docker.

mod alluxio_fuse;
mod fuse_mount;
mod weave;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[&alluxio_fuse::MODULE, &fuse_mount::MODULE, &weave::MODULE];
