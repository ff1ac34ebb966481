//! `ansible-inventory`.

use std::path::PathBuf;

use super::shared::{self, BASEDIR, FLUSH_CACHE, HostOptions, INVENTORY, LIMIT, VAULT, VaultPasswordOptions};
use crate::cli::argparse::{Action, Arity, Declaration, Parsed, Positional, flag};
use crate::project::settings::Settings;

/// What to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InventoryAction {
    List,
    Host(String),
    Graph,
}

#[derive(Clone, Debug)]
pub struct InventoryOptions {
    /// What was asked for; exactly one of them is right.
    pub actions: Vec<InventoryAction>,
    /// The group that a graph starts at.
    pub group: Option<String>,
    pub hosts: HostOptions,
    pub vault: VaultPasswordOptions,
    pub extra_vars: Vec<String>,
    pub basedir: Option<PathBuf>,
    pub yaml: bool,
    pub toml: bool,
    pub show_vars: bool,
    pub export: bool,
    pub output_file: Option<PathBuf>,
}

impl InventoryOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        let mut actions = Vec::new();
        if parsed.is_set("list") {
            actions.push(InventoryAction::List);
        }
        actions.extend(parsed.text("host").map(InventoryAction::Host));
        if parsed.is_set("graph") {
            actions.push(InventoryAction::Graph);
        }
        Self {
            actions,
            group: parsed.positionals().into_iter().next(),
            hosts: HostOptions {
                inventory: parsed.texts("inventory"),
                list_hosts: false,
                limit: parsed.text("subset"),
                flush_cache: parsed.is_set("flush_cache"),
            },
            vault: VaultPasswordOptions::read(parsed, settings),
            extra_vars: parsed.texts("extra_vars"),
            basedir: shared::basedir(parsed, settings),
            yaml: parsed.is_set("yaml"),
            toml: parsed.is_set("toml"),
            show_vars: parsed.is_set("show_vars"),
            export: parsed.is_set("export") || settings.inventory_export(),
            output_file: parsed.text("output_file").map(PathBuf::from),
        }
    }
}

const ACTIONS: &str = "Actions";

pub(super) fn declaration() -> Declaration {
    let mut flags = shared::GENERAL.to_vec();
    flags.extend([INVENTORY, LIMIT, FLUSH_CACHE]);
    flags.extend(VAULT);
    flags.push(BASEDIR);
    flags.push(shared::EXTRA_VARS);
    flags.push(flag(&["--list-hosts"], "list_hosts", "").action(Action::Unrecognized));
    flags.push(flag(&["--list"], "list", "Print all hosts, groups and variables.").within(ACTIONS));
    flags.push(
        flag(&["--host"], "host", "Print the variables of this host; a limit does not count.").takes().within(ACTIONS),
    );
    flags.push(flag(&["--graph"], "graph", "Draw the groups as a tree; a limit does not count.").within(ACTIONS));
    flags.push(flag(&["-y", "--yaml"], "yaml", "Print YAML instead of JSON; not with --graph."));
    flags.push(flag(&["--toml"], "toml", "Print TOML instead of JSON; not with --graph."));
    flags.push(flag(&["--vars"], "show_vars", "Add the variables to a graph."));
    flags.push(flag(
        &["--export"],
        "export",
        "With --list: print the variables where they were set, for others to read.",
    ));
    flags.push(flag(&["--output"], "output_file", "With --list: write to this file instead of the screen.").takes());
    Declaration {
        program: "ansible-inventory".to_owned(),
        about: "Shows what is known about hosts and groups, as JSON unless told otherwise.",
        epilog: "",
        flags,
        sections: vec![(ACTIONS, "Exactly one of these is needed")],
        positional: Some(Positional {
            name: "group",
            arity: Arity::Optional,
            help: "The group that a graph starts at.",
        }),
        actions: Vec::new(),
        is_action: false,
    }
}
