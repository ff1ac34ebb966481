//! Groups of options that several tools have, and the flags that fill them.

use std::path::PathBuf;

use crate::cli::argparse::{Action, Flag, Parsed, flag};
use crate::project::settings::Settings;

/// `-i`, `-l` and what concerns hosts.
#[derive(Clone, Debug, Default)]
pub struct HostOptions {
    /// As typed: paths, and lists with a comma. Empty: the settings say.
    pub inventory: Vec<String>,
    pub list_hosts: bool,
    pub limit: Option<String>,
    pub flush_cache: bool,
}

/// How hosts are reached.
#[derive(Clone, Debug, Default)]
pub struct ConnectionOptions {
    pub private_key_file: Option<PathBuf>,
    pub remote_user: Option<String>,
    pub connection: String,
    pub timeout: Option<i64>,
    pub ssh_common_args: Option<String>,
    pub sftp_extra_args: Option<String>,
    pub scp_extra_args: Option<String>,
    pub ssh_extra_args: Option<String>,
    pub ask_pass: bool,
    pub password_file: Option<String>,
}

/// Becoming another user.
#[derive(Clone, Debug, Default)]
pub struct BecomeOptions {
    pub r#become: bool,
    pub method: String,
    /// Only what was typed.
    pub user: Option<String>,
    pub ask_pass: bool,
    pub password_file: Option<String>,
    /// Spellings of early Ansible that were used.
    pub old: Vec<OldBecome>,
}

/// A spelling of early Ansible, and what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldBecome {
    pub written: &'static str,
    pub instead: &'static str,
}

/// Where vault passwords come from.
#[derive(Clone, Debug, Default)]
pub struct VaultPasswordOptions {
    pub ids: Vec<String>,
    pub ask: bool,
    pub password_files: Vec<String>,
}

/// `--check` and `--diff`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions {
    pub check: bool,
    pub diff: bool,
}

impl HostOptions {
    pub(super) fn read(parsed: &Parsed) -> Self {
        Self {
            inventory: parsed.texts("inventory"),
            list_hosts: parsed.is_set("listhosts"),
            limit: parsed.text("subset"),
            flush_cache: parsed.is_set("flush_cache"),
        }
    }
}

impl ConnectionOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        let text_of = |path: PathBuf| path.to_string_lossy().into_owned();
        Self {
            private_key_file: parsed.text("private_key_file").map(PathBuf::from).or(settings.private_key_file()),
            remote_user: parsed.text("remote_user").or(settings.remote_user().map(str::to_owned)),
            connection: parsed.text("connection").unwrap_or_else(|| settings.transport().to_owned()),
            timeout: parsed.number("timeout"),
            ssh_common_args: parsed.text("ssh_common_args"),
            sftp_extra_args: parsed.text("sftp_extra_args"),
            scp_extra_args: parsed.text("scp_extra_args"),
            ssh_extra_args: parsed.text("ssh_extra_args"),
            ask_pass: parsed.is_set("ask_pass") || settings.ask_pass(),
            password_file: parsed.text("connection_password_file").or(settings.connection_password_file().map(text_of)),
        }
    }
}

impl BecomeOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        let old: Vec<OldBecome> = [
            ("old_sudo", OldBecome { written: "--sudo", instead: "--become" }),
            ("old_su", OldBecome { written: "--su", instead: "--become --become-method su" }),
        ]
        .into_iter()
        .filter(|(key, _)| parsed.is_set(key))
        .map(|(_, old)| old)
        .collect();
        let old_user = parsed.text("old_sudo_user");
        let mut options = Self {
            r#become: parsed.is_set("become") || settings.become_by_default() || !old.is_empty() || old_user.is_some(),
            method: parsed.text("become_method").unwrap_or_else(|| {
                if parsed.is_set("old_su") { "su".to_owned() } else { settings.become_method().to_owned() }
            }),
            user: parsed.text("become_user").or_else(|| old_user.clone()),
            ask_pass: parsed.is_set("become_ask_pass") || settings.become_ask_pass(),
            password_file: parsed
                .text("become_password_file")
                .or(settings.become_password_file().map(|path| path.to_string_lossy().into_owned())),
            old,
        };
        if old_user.is_some() {
            options.old.push(OldBecome { written: "--sudo-user", instead: "--become-user" });
        }
        options
    }
}

impl VaultPasswordOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        Self {
            ids: parsed.texts("vault_ids"),
            ask: parsed.is_set("ask_vault_pass") || settings.ask_vault_pass(),
            password_files: parsed.texts("vault_password_files"),
        }
    }
}

impl CheckOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        Self { check: parsed.is_set("check"), diff: parsed.is_set("diff") || settings.diff_always() }
    }
}

/// How many hosts are worked on at once.
pub(super) fn forks(parsed: &Parsed, settings: &Settings) -> i64 {
    parsed.number("forks").unwrap_or_else(|| settings.forks())
}

pub(super) const HELP: Flag = flag(&["-h", "--help"], "help", "Print this page.").action(Action::Help);
pub(super) const VERSION: Flag =
    flag(&["--version"], "version", "Print the version, the configuration file and the search paths that are in use.")
        .action(Action::Version);
pub(super) const VERBOSE: Flag =
    flag(&["-v", "--verbose"], "verbosity", "Say more; every further -v says more still, up to -vvvvvv.")
        .action(Action::Count);

/// Help, version and verbosity, which every tool has.
pub(super) const GENERAL: [Flag; 3] = [HELP, VERSION, VERBOSE];

const CONNECTION: &str = "Connection Options";
const PRIVILEGES: &str = "Privilege Escalation Options";

/// Titles of sections with their descriptions.
pub(super) const CONNECTION_SECTION: (&str, &str) = (CONNECTION, "How to reach the hosts, and as whom");
pub(super) const PRIVILEGES_SECTION: (&str, &str) = (PRIVILEGES, "Which user to become on the hosts, and how");

pub(super) const CONNECTIONS: [Flag; 10] = [
    flag(&["--private-key", "--key-file"], "private_key_file", "The key to log in with.").takes().within(CONNECTION),
    flag(&["-u", "--user"], "remote_user", "The user to log in as.").takes().within(CONNECTION),
    flag(&["-c", "--connection"], "connection", "The kind of connection to use (default: ssh).")
        .takes()
        .within(CONNECTION),
    flag(&["-T", "--timeout"], "timeout", "Seconds until an attempt to connect is given up.")
        .number()
        .within(CONNECTION),
    flag(&["--ssh-common-args"], "ssh_common_args", "Arguments for ssh, sftp and scp alike, as -o ProxyCommand=....")
        .takes()
        .within(CONNECTION),
    flag(&["--sftp-extra-args"], "sftp_extra_args", "Arguments for sftp alone.").takes().within(CONNECTION),
    flag(&["--scp-extra-args"], "scp_extra_args", "Arguments for scp alone.").takes().within(CONNECTION),
    flag(&["--ssh-extra-args"], "ssh_extra_args", "Arguments for ssh alone.").takes().within(CONNECTION),
    flag(&["-k", "--ask-pass"], "ask_pass", "Ask for the connection password.").excludes("connection password"),
    flag(
        &["--connection-password-file", "--conn-pass-file"],
        "connection_password_file",
        "Take the connection password from this file or program.",
    )
    .takes()
    .excludes("connection password"),
];

pub(super) const BECOME: [Flag; 3] = [
    flag(&["-b", "--become"], "become", "Become another user on the hosts; asks for no password by itself.")
        .within(PRIVILEGES),
    flag(&["--become-method"], "become_method", "How to become that user (default: sudo).").takes().within(PRIVILEGES),
    flag(&["--become-user"], "become_user", "Which user to become (default: root).").takes().within(PRIVILEGES),
];

pub(super) const BECOME_PASSWORD: [Flag; 2] = [
    flag(&["-K", "--ask-become-pass"], "become_ask_pass", "Ask for the become password.").excludes("become password"),
    flag(
        &["--become-password-file", "--become-pass-file"],
        "become_password_file",
        "Take the become password from this file or program.",
    )
    .takes()
    .excludes("become password"),
];

/// The spellings of early Ansible.
pub(super) const OLD_BECOME: [Flag; 3] = [
    flag(&["-s", "--sudo"], "old_sudo", "").hidden(),
    flag(&["-U", "--sudo-user"], "old_sudo_user", "").takes().hidden(),
    flag(&["-S", "--su"], "old_su", "").hidden(),
];

pub(super) const INVENTORY: Flag = flag(
    &["-i", "--inventory", "--inventory-file"],
    "inventory",
    "A source of hosts: a file, a folder, or names with a comma. Can be repeated.",
)
.appended();
pub(super) const LIST_HOSTS: Flag = flag(&["--list-hosts"], "listhosts", "Only list the hosts that match.");
pub(super) const LIMIT: Flag =
    flag(&["-l", "--limit"], "subset", "Of the hosts, only those that match this too.").takes();
pub(super) const FLUSH_CACHE: Flag = flag(&["--flush-cache"], "flush_cache", "Forget the cached facts of all hosts.");

pub(super) const HOSTS: [Flag; 4] = [INVENTORY, LIST_HOSTS, LIMIT, FLUSH_CACHE];

pub(super) const VAULT: [Flag; 3] = [
    flag(&["--vault-id"], "vault_ids", "A vault secret, as LABEL@SOURCE. Can be repeated.").appended(),
    flag(&["-J", "--ask-vault-password", "--ask-vault-pass"], "ask_vault_pass", "Ask for the vault password.")
        .excludes("vault password"),
    flag(
        &["--vault-password-file", "--vault-pass-file"],
        "vault_password_files",
        "Take the vault password from this file or program. Can be repeated.",
    )
    .appended()
    .excludes("vault password"),
];

pub(super) const CHECK: [Flag; 2] = [
    flag(&["-C", "--check"], "check", "Change nothing; say what would be changed as far as that can be known."),
    flag(&["-D", "--diff"], "diff", "Show the differences of small files and templates that change."),
];

pub(super) const EXTRA_VARS: Flag = flag(
    &["-e", "--extra-vars"],
    "extra_vars",
    "Variables that override all others: key=value, YAML, JSON or @file. Can be repeated.",
)
.appended();
pub(super) const FORKS: Flag =
    flag(&["-f", "--forks"], "forks", "How many hosts are worked on at once (default: 5).").number();
pub(super) const MODULE_PATH: Flag =
    flag(&["-M", "--module-path"], "module_path", "Folders with further modules, between colons. Can be repeated.")
        .appended();
pub(super) const BASEDIR: Flag = flag(
    &["--playbook-dir"],
    "basedir",
    "The folder that stands in for a playbook's, for roles, group_vars and the like.",
)
.takes();
pub(super) const TASK_TIMEOUT: Flag =
    flag(&["--task-timeout"], "task_timeout", "Seconds after which a task fails; 0 for never.").number();

/// Folders with further modules: what was typed comes before the settings, the last first.
pub(super) fn module_path(parsed: &Parsed, settings: &Settings) -> Vec<PathBuf> {
    let typed = parsed.texts("module_path");
    let typed = typed.iter().rev().flat_map(|text| text.split(':')).filter(|text| !text.is_empty());
    let mut folders: Vec<PathBuf> = typed.map(|text| full_path(text, settings)).collect();
    folders.extend(settings.module_path());
    folders
}

pub(super) fn basedir(parsed: &Parsed, settings: &Settings) -> Option<PathBuf> {
    parsed.text("basedir").map(|text| full_path(&text, settings)).or(settings.playbook_dir())
}

/// As typed, made absolute.
pub(super) fn full_path(text: &str, settings: &Settings) -> PathBuf {
    let environment = settings.environment();
    environment.full_path(text, &environment.working_directory)
}
