//! What a connection or become plugin can be told, and where from: the declaration from which the
//! engine builds `Endpoint.options` of a host without knowing the plugin.

use std::sync::Arc;

use crate::data::{Environment, Map};
use crate::operator::Operator;
use crate::project::settings::Setting;
use crate::wire::BecomeAs;

use super::Connection;

/// The declared options of one plugin. The strongest source wins: variables (of several that are set
/// the last in the list), the keyword, the command line, environment, settings file, default.
#[derive(Debug)]
pub struct Declaration {
    pub name: &'static str,
    /// Those that the table of settings has.
    pub options: &'static [&'static [Setting]],
    /// Those that only this program knows.
    pub own: &'static [Setting],
}

impl Declaration {
    pub fn all(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        self.options.iter().copied().flatten().chain(self.own)
    }
}

/// What connections need to know of the controller. Made once, in `main`.
#[derive(Clone)]
pub struct Surroundings {
    pub environment: Environment,
    pub operator: Arc<dyn Operator>,
    /// This program's file, started as `<program> runner` for local calls and pushed to hosts.
    pub program: std::path::PathBuf,
    /// The identity of this program; a runner must have the same.
    pub build: Arc<str>,
    /// The program's own speaking to the user, in place of stderr: warnings such as
    /// `Permanently added …`.
    pub notice: Arc<dyn Fn(&str) + Send + Sync>,
}

/// One kind of connection.
pub struct ConnectionPlugin {
    pub declaration: &'static Declaration,
    /// Other names, as `smart` and `paramiko_ssh` for `ssh`.
    pub aliases: &'static [&'static str],
    pub summary: &'static str,
    pub make: fn(&Surroundings) -> Arc<dyn Connection>,
}

/// One way to become another user.
pub struct BecomeMethod {
    pub declaration: &'static Declaration,
    pub summary: &'static str,
    /// From the rendered options: argv, prompts, password.
    pub prepare: fn(&Map) -> BecomeAs,
}
