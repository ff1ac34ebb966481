//! What a connection or become plugin can be told, and where from: the declaration from which the
//! engine builds `Endpoint.options` of a host without knowing the plugin.

use std::sync::Arc;

use crate::args::{DefaultValue, Kind};
use crate::data::{Environment, Map};
use crate::operator::Operator;
use crate::wire::BecomeAs;

use super::Connection;

/// The declared options of one plugin.
#[derive(Debug)]
pub struct Declaration {
    pub name: &'static str,
    pub options: &'static [PluginOption],
}

/// One option and its sources. The strongest wins: variables (of several that are set the last in
/// the list), the keyword, the command line, environment (the last again), settings (the last
/// again), default.
#[derive(Clone, Copy, Debug)]
pub struct PluginOption {
    pub name: &'static str,
    pub kind: Kind,
    pub variables: &'static [&'static str],
    /// The play's or task's keyword.
    pub keyword: Option<&'static str>,
    /// The destination of the command-line option.
    pub cli: Option<&'static str>,
    pub env: &'static [&'static str],
    /// Section and key of the settings file.
    pub ini: &'static [(&'static str, &'static str)],
    pub default: DefaultValue,
    pub choices: &'static [&'static str],
    /// Never shown.
    pub secret: bool,
}

impl PluginOption {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            variables: &[],
            keyword: None,
            cli: None,
            env: &[],
            ini: &[],
            default: DefaultValue::None,
            choices: &[],
            secret: false,
        }
    }

    #[must_use]
    pub const fn variables(mut self, variables: &'static [&'static str]) -> Self {
        self.variables = variables;
        self
    }

    #[must_use]
    pub const fn keyword(mut self, keyword: &'static str) -> Self {
        self.keyword = Some(keyword);
        self
    }

    #[must_use]
    pub const fn cli(mut self, cli: &'static str) -> Self {
        self.cli = Some(cli);
        self
    }

    #[must_use]
    pub const fn env(mut self, env: &'static [&'static str]) -> Self {
        self.env = env;
        self
    }

    #[must_use]
    pub const fn ini(mut self, ini: &'static [(&'static str, &'static str)]) -> Self {
        self.ini = ini;
        self
    }

    #[must_use]
    pub const fn default(mut self, default: DefaultValue) -> Self {
        self.default = default;
        self
    }

    #[must_use]
    pub const fn choices(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }

    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

impl Declaration {
    pub fn find(&self, name: &str) -> Option<&'static PluginOption> {
        self.options.iter().find(|option| option.name == name)
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
