//! `ansible-playbook`.

use std::path::PathBuf;

use super::shared::{
    self, BECOME, BECOME_PASSWORD, BecomeOptions, CHECK, CONNECTION_SECTION, CONNECTIONS, CheckOptions,
    ConnectionOptions, HostOptions, OLD_BECOME, PRIVILEGES_SECTION, VAULT, VaultPasswordOptions,
};
use crate::cli::argparse::{Arity, Declaration, Parsed, Positional, flag};
use crate::project::settings::Settings;

#[derive(Clone, Debug)]
pub struct PlaybookOptions {
    pub playbooks: Vec<String>,
    pub hosts: HostOptions,
    pub connection: ConnectionOptions,
    pub r#become: BecomeOptions,
    pub vault: VaultPasswordOptions,
    pub check: CheckOptions,
    pub extra_vars: Vec<String>,
    pub forks: i64,
    pub module_path: Vec<PathBuf>,
    /// Split at commas; `all` where none are given.
    pub tags: Vec<String>,
    pub skip_tags: Vec<String>,
    pub force_handlers: bool,
    pub live: bool,
    pub syntax_check: bool,
    pub list_tasks: bool,
    pub list_tags: bool,
    pub step: bool,
    pub start_at_task: Option<String>,
}

impl PlaybookOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        Self {
            playbooks: parsed.positionals(),
            hosts: HostOptions::read(parsed),
            connection: ConnectionOptions::read(parsed, settings),
            r#become: BecomeOptions::read(parsed, settings),
            vault: VaultPasswordOptions::read(parsed, settings),
            check: CheckOptions::read(parsed, settings),
            extra_vars: parsed.texts("extra_vars"),
            forks: shared::forks(parsed, settings),
            module_path: shared::module_path(parsed, settings),
            tags: tags(parsed.texts("tags"), settings.tags_run(), &["all"]),
            skip_tags: tags(parsed.texts("skip_tags"), settings.tags_skip(), &[]),
            live: parsed.is_set("live"),
            force_handlers: parsed.is_set("force_handlers") || settings.force_handlers(),
            syntax_check: parsed.is_set("syntax"),
            list_tasks: parsed.is_set("listtasks"),
            list_tags: parsed.is_set("listtags"),
            step: parsed.is_set("step"),
            start_at_task: parsed.text("start_at_task"),
        }
    }
}

/// Each option may hold several tags between commas.
fn tags(typed: Vec<String>, configured: Vec<String>, otherwise: &[&str]) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in configured.iter().chain(&typed).flat_map(|text| text.split(',')).map(str::trim) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.is_empty() { otherwise.iter().map(|tag| (*tag).to_owned()).collect() } else { tags }
}

pub(super) fn declaration() -> Declaration {
    let mut flags = shared::GENERAL.to_vec();
    flags.extend(CONNECTIONS);
    flags.push(flag(&["--force-handlers"], "force_handlers", "Run notified handlers even where a task has failed."));
    flags.extend(BECOME);
    flags.extend(BECOME_PASSWORD);
    flags.push(flag(&["-t", "--tags"], "tags", "Only what has one of these tags. Can be repeated.").appended());
    flags.push(flag(&["--skip-tags"], "skip_tags", "Only what has none of these tags. Can be repeated.").appended());
    flags.extend(CHECK);
    flags.extend(shared::HOSTS);
    flags.push(shared::EXTRA_VARS);
    flags.extend(VAULT);
    flags.push(shared::FORKS);
    flags.push(shared::MODULE_PATH);
    flags.push(flag(&["--syntax-check"], "syntax", "Check that the playbook can be read, and stop."));
    flags.push(flag(&["--list-tasks"], "listtasks", "Only list the tasks that would run."));
    flags.push(flag(&["--list-tags"], "listtags", "Only list the tags that there are."));
    flags.push(flag(&["--step"], "step", "Ask before every task."));
    flags.push(flag(&["--start-at-task"], "start_at_task", "Begin with the task of this name.").takes());
    flags.push(flag(&["--live"], "live", "Show the output of running commands as it comes."));
    flags.extend(OLD_BECOME);
    Declaration {
        program: "ansible-playbook".to_owned(),
        about: "Runs the plays of playbooks on the hosts that they name.",
        epilog: "",
        flags,
        sections: vec![CONNECTION_SECTION, PRIVILEGES_SECTION],
        positional: Some(Positional { name: "playbook", arity: Arity::Several, help: "The playbooks, in order." }),
        actions: Vec::new(),
        is_action: false,
    }
}
