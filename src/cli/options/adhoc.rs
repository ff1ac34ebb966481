//! `ansible`: one task on some hosts.

use std::path::PathBuf;

use super::shared::{
    self, BASEDIR, BECOME, BECOME_PASSWORD, BecomeOptions, CHECK, CONNECTION_SECTION, CONNECTIONS, CheckOptions,
    ConnectionOptions, HostOptions, OLD_BECOME, PRIVILEGES_SECTION, TASK_TIMEOUT, VAULT, VaultPasswordOptions,
};
use crate::cli::argparse::{Arity, Declaration, Parsed, Positional, flag};
use crate::project::settings::Settings;

#[derive(Clone, Debug)]
pub struct AdhocOptions {
    pub pattern: String,
    pub module_name: String,
    pub module_args: Option<String>,
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
    /// Seconds that the task may run in the background; 0 for the foreground.
    pub background: i64,
    pub poll_interval: i64,
    pub one_line: bool,
    pub fold: bool,
    pub live: bool,
    pub tree: Option<PathBuf>,
}

impl AdhocOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        Self {
            pattern: parsed.positionals().into_iter().next().unwrap_or_default(),
            module_name: parsed.text("module_name").unwrap_or_else(|| settings.module_name().to_owned()),
            module_args: parsed.text("module_args").or(settings.module_args().map(str::to_owned)),
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
            background: parsed.number("seconds").unwrap_or(0),
            poll_interval: parsed.number("poll_interval").unwrap_or_else(|| settings.poll_interval()),
            one_line: parsed.is_set("one_line"),
            fold: parsed.is_set("fold"),
            live: parsed.is_set("live"),
            tree: parsed.text("tree").map(PathBuf::from),
        }
    }
}

pub(super) fn declaration() -> Declaration {
    let mut flags = shared::GENERAL.to_vec();
    flags.extend(BECOME);
    flags.extend(BECOME_PASSWORD);
    flags.extend(shared::HOSTS);
    flags.push(
        flag(&["-P", "--poll"], "poll_interval", "Seconds between looks at a task in the background (default: 15).")
            .number(),
    );
    flags.push(
        flag(&["-B", "--background"], "seconds", "Run in the background, for at most this many seconds.").number(),
    );
    flags.push(flag(&["-o", "--one-line"], "one_line", "Print one line for each host."));
    flags.push(flag(&["-t", "--tree"], "tree", "Write each host's result to a file in this folder.").takes());
    flags.extend(CONNECTIONS);
    flags.extend(CHECK);
    flags.push(shared::EXTRA_VARS);
    flags.extend(VAULT);
    flags.push(shared::FORKS);
    flags.push(shared::MODULE_PATH);
    flags.push(BASEDIR);
    flags.push(TASK_TIMEOUT);
    flags.push(flag(&["-a", "--args"], "module_args", "The module's options: key=value, or a JSON object.").takes());
    flags.push(flag(&["-m", "--module-name"], "module_name", "The module to run (default: command).").takes());
    flags.push(flag(&["--live"], "live", "Show the output of running commands as it comes."));
    flags.push(flag(&["--fold"], "fold", "Show equal results of several hosts once."));
    flags.extend(OLD_BECOME);
    Declaration {
        program: "ansible".to_owned(),
        about: "Runs one task on the hosts that match.",
        epilog: "Actions that only make sense between other tasks, as include or meta, are of no use here.",
        flags,
        sections: vec![PRIVILEGES_SECTION, CONNECTION_SECTION],
        positional: Some(Positional { name: "pattern", arity: Arity::One, help: "The hosts." }),
        actions: Vec::new(),
        is_action: false,
    }
}
