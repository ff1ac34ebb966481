//! `ansible-config` and its actions.

use super::shared::{self, HELP, VERBOSE};
use crate::cli::argparse::{Arity, Declaration, Flag, Parsed, Positional, flag};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigAction {
    List,
    Dump,
    View,
    Init,
    Validate,
}

#[derive(Clone, Debug)]
pub struct ConfigOptions {
    pub action: ConfigAction,
    /// Names of plugins.
    pub plugins: Vec<String>,
    pub config_file: Option<String>,
    /// `base`, `all` or a type of plugins.
    pub plugin_type: String,
    pub format: String,
    pub only_changed: bool,
    pub commented: bool,
}

impl ConfigOptions {
    pub(super) fn read(parsed: &Parsed) -> Self {
        let (name, parsed) = parsed.action().unwrap_or(("list", parsed));
        let known = ACTIONS.iter().find(|known| known.name == name).unwrap_or(&ACTIONS[0]);
        let has_format = !known.formats.is_empty();
        Self {
            action: known.action,
            plugins: parsed.positionals(),
            config_file: parsed.text("config_file"),
            plugin_type: parsed.text("type").unwrap_or_else(|| "base".to_owned()),
            format: has_format.then(|| parsed.text("format")).flatten().unwrap_or_else(|| known.format.to_owned()),
            only_changed: known.action == ConfigAction::Dump && parsed.is_set("only_changed"),
            commented: known.action == ConfigAction::Init && parsed.is_set("commented"),
        }
    }
}

struct Known {
    name: &'static str,
    action: ConfigAction,
    about: &'static str,
    formats: &'static [&'static str],
    format: &'static str,
}

const ACTIONS: [Known; 5] = [
    Known {
        name: "list",
        action: ConfigAction::List,
        about: "List all settings that there are.",
        formats: &["json", "yaml"],
        format: "yaml",
    },
    Known {
        name: "dump",
        action: ConfigAction::Dump,
        about: "Show the values in use, and where each comes from.",
        formats: &["json", "yaml", "display"],
        format: "display",
    },
    Known { name: "view", action: ConfigAction::View, about: "Show the configuration file.", formats: &[], format: "" },
    Known {
        name: "init",
        action: ConfigAction::Init,
        about: "Print a configuration file with every setting in it.",
        formats: &["ini", "env", "vars"],
        format: "ini",
    },
    Known {
        name: "validate",
        action: ConfigAction::Validate,
        about: "Look for names that no setting has in the configuration file or the environment.",
        formats: &["ini", "env"],
        format: "ini",
    },
];

const TYPES: &[&str] = &[
    "all",
    "base",
    "become",
    "cache",
    "callback",
    "cliconf",
    "connection",
    "httpapi",
    "inventory",
    "lookup",
    "netconf",
    "shell",
    "vars",
];

fn flags(known: &Known) -> Vec<Flag> {
    let mut flags = vec![
        HELP,
        VERBOSE,
        flag(&["-c", "--config"], "config_file", "The configuration file to look at, instead of the one in use.")
            .takes(),
        flag(&["-t", "--type"], "type", "Only plugins of this type.").one_of(TYPES),
    ];
    if known.action == ConfigAction::Dump {
        let about = "Only settings that are not at their default.";
        flags.push(flag(&["--only-changed", "--changed-only"], "only_changed", about));
    }
    if !known.formats.is_empty() {
        flags.push(flag(&["--format", "-f"], "format", "How to print it.").one_of(known.formats));
    }
    if known.action == ConfigAction::Init {
        flags.push(flag(&["--disabled"], "commented", "Make every line a comment."));
    }
    flags
}

pub(super) fn declaration() -> Declaration {
    let actions = ACTIONS.iter().map(|known| {
        let declaration = Declaration {
            program: format!("ansible-config {}", known.name),
            about: known.about,
            epilog: "",
            flags: flags(known),
            sections: Vec::new(),
            positional: Some(Positional {
                name: "args",
                arity: Arity::Any,
                help: "Only these plugins; needs a type of plugins.",
            }),
            actions: Vec::new(),
            is_action: true,
        };
        (known.name, declaration)
    });
    Declaration {
        program: "ansible-config".to_owned(),
        about: "Shows the configuration.",
        epilog: "",
        flags: shared::GENERAL.to_vec(),
        sections: Vec::new(),
        positional: None,
        actions: actions.collect(),
        is_action: false,
    }
}
