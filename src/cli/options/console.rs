//! `ansible-console`: tasks typed one by one.

use std::path::PathBuf;

use super::shared::{
    self, BASEDIR, BECOME, BECOME_PASSWORD, BecomeOptions, CHECK, CONNECTION_SECTION, CONNECTIONS, CheckOptions,
    ConnectionOptions, HostOptions, PRIVILEGES_SECTION, TASK_TIMEOUT, VAULT, VaultPasswordOptions,
};
use crate::cli::argparse::{Arity, Declaration, Parsed, Positional, flag};
use crate::project::settings::Settings;

#[derive(Clone, Debug)]
pub struct ConsoleOptions {
    pub pattern: String,
    pub hosts: HostOptions,
    pub connection: ConnectionOptions,
    pub r#become: BecomeOptions,
    pub vault: VaultPasswordOptions,
    pub check: CheckOptions,
    pub extra_vars: Vec<String>,
    pub forks: i64,
    pub module_path: Vec<PathBuf>,
    pub basedir: Option<PathBuf>,
    pub task_timeout: i64,
    pub step: bool,
}

impl ConsoleOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        Self {
            pattern: parsed.positionals().into_iter().next().unwrap_or_else(|| "all".to_owned()),
            hosts: HostOptions::read(parsed),
            connection: ConnectionOptions::read(parsed, settings),
            r#become: BecomeOptions::read(parsed, settings),
            vault: VaultPasswordOptions::read(parsed, settings),
            check: CheckOptions::read(parsed, settings),
            extra_vars: parsed.texts("extra_vars"),
            forks: shared::forks(parsed, settings),
            module_path: shared::module_path(parsed, settings),
            basedir: shared::basedir(parsed, settings),
            task_timeout: parsed.number("task_timeout").unwrap_or_else(|| settings.task_timeout()),
            step: parsed.is_set("step"),
        }
    }
}

pub(super) fn declaration() -> Declaration {
    let mut flags = shared::GENERAL.to_vec();
    flags.extend(BECOME);
    flags.extend(BECOME_PASSWORD);
    flags.extend(shared::HOSTS);
    flags.extend(CONNECTIONS);
    flags.extend(CHECK);
    flags.extend(VAULT);
    flags.push(shared::FORKS);
    flags.push(shared::MODULE_PATH);
    flags.push(BASEDIR);
    flags.push(shared::EXTRA_VARS);
    flags.push(TASK_TIMEOUT);
    flags.push(flag(&["--step"], "step", "Ask before every task."));
    Declaration {
        program: "ansible-console".to_owned(),
        about: "Runs tasks as they are typed.",
        epilog: "Without -i, the inventory of the settings counts.",
        flags,
        sections: vec![PRIVILEGES_SECTION, CONNECTION_SECTION],
        positional: Some(Positional { name: "pattern", arity: Arity::Optional, help: "The hosts (default: all)." }),
        actions: Vec::new(),
        is_action: false,
    }
}
