//! `ansible-doc`.

use std::path::PathBuf;

use super::shared::{self, BASEDIR, MODULE_PATH};
use crate::cli::argparse::{Arity, Declaration, Parsed, Positional, flag};
use crate::project::settings::Settings;

#[derive(Clone, Debug)]
pub struct DocOptions {
    pub names: Vec<String>,
    pub plugin_type: String,
    pub list: bool,
    pub list_files: bool,
    pub snippet: bool,
    pub json: bool,
    pub metadata_dump: bool,
    pub entry_point: Option<String>,
    pub roles_path: Vec<PathBuf>,
    pub module_path: Vec<PathBuf>,
    pub basedir: Option<PathBuf>,
}

impl DocOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        let typed = parsed.texts("roles_path");
        let typed = typed.iter().flat_map(|text| text.split(':')).filter(|text| !text.is_empty());
        let mut roles_path: Vec<PathBuf> = typed.map(|text| shared::full_path(text, settings)).collect();
        roles_path.extend(settings.roles_path());
        Self {
            names: parsed.positionals(),
            plugin_type: parsed.text("type").unwrap_or_else(|| "module".to_owned()),
            list: parsed.is_set("list_dir"),
            list_files: parsed.is_set("list_files"),
            snippet: parsed.is_set("show_snippet"),
            json: parsed.is_set("json_format"),
            metadata_dump: parsed.is_set("dump"),
            entry_point: parsed.text("entry_point"),
            roles_path,
            module_path: shared::module_path(parsed, settings),
            basedir: shared::basedir(parsed, settings),
        }
    }
}

const TYPES: &[&str] = &[
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
    "module",
    "strategy",
    "test",
    "filter",
    "role",
    "keyword",
];

/// Only one way of showing at a time.
const VIEW: &str = "view";

pub(super) fn declaration() -> Declaration {
    let mut flags = shared::GENERAL.to_vec();
    flags.extend([
        MODULE_PATH,
        BASEDIR,
        flag(&["-t", "--type"], "type", "The type of plugin (default: module).").one_of(TYPES),
        flag(&["-j", "--json"], "json_format", "Print JSON."),
        flag(&["-r", "--roles-path"], "roles_path", "Folders with roles. Can be repeated.").appended(),
        flag(&["-e", "--entry-point"], "entry_point", "The entry point of the roles.").takes().excludes(VIEW),
        flag(&["-s", "--snippet"], "show_snippet", "Print a task to copy, for a module.").excludes(VIEW),
        flag(&["-F", "--list_files"], "list_files", "List names with where they are from.").excludes(VIEW),
        flag(&["-l", "--list"], "list_dir", "List names with a line on each.").excludes(VIEW),
        flag(&["--metadata-dump"], "dump", "Print everything as JSON.").excludes(VIEW),
        flag(&["--no-fail-on-errors"], "no_fail_on_errors", "With --metadata-dump: report errors in the JSON."),
    ]);
    Declaration {
        program: "ansible-doc".to_owned(),
        about: "Tells what modules and plugins do and which options they take.",
        epilog: "",
        flags,
        sections: Vec::new(),
        positional: Some(Positional { name: "plugin", arity: Arity::Any, help: "Names of plugins." }),
        actions: Vec::new(),
        is_action: false,
    }
}
