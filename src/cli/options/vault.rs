//! `ansible-vault` and its actions.

use super::shared::{self, HELP, VAULT, VERBOSE, VaultPasswordOptions};
use crate::cli::argparse::{Arity, Declaration, Flag, Parsed, Positional, flag};
use crate::project::settings::Settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultAction {
    Create,
    Decrypt,
    Edit,
    View,
    Encrypt,
    EncryptString,
    Rekey,
}

#[derive(Clone, Debug)]
pub struct VaultOptions {
    pub action: VaultAction,
    /// Files, or the strings to encrypt.
    pub words: Vec<String>,
    pub vault: VaultPasswordOptions,
    pub encrypt_vault_id: Option<String>,
    pub output_file: Option<String>,
    pub skip_tty_check: bool,
    pub new_vault_password_file: Option<String>,
    pub new_vault_id: Option<String>,
    /// encrypt_string: ask for the text.
    pub prompt: bool,
    pub show_input: bool,
    pub names: Vec<String>,
    pub stdin_name: Option<String>,
}

impl VaultOptions {
    pub(super) fn read(parsed: &Parsed, settings: &Settings) -> Self {
        let (name, parsed) = parsed.action().unwrap_or(("create", parsed));
        let action =
            ACTIONS.iter().find(|(known, ..)| *known == name).map_or(VaultAction::Create, |(_, action, _)| *action);
        let encrypts = !matches!(action, VaultAction::Decrypt | VaultAction::View);
        let writes = matches!(action, VaultAction::Decrypt | VaultAction::Encrypt | VaultAction::EncryptString);
        let is_string = action == VaultAction::EncryptString;
        let is_rekey = action == VaultAction::Rekey;
        let text = |known: bool, key: &str| known.then(|| parsed.text(key)).flatten();
        Self {
            action,
            words: parsed.positionals(),
            vault: VaultPasswordOptions::read(parsed, settings),
            encrypt_vault_id: text(encrypts, "encrypt_vault_id")
                .or(settings.vault_encrypt_identity().map(str::to_owned)),
            output_file: text(writes, "output_file"),
            skip_tty_check: action == VaultAction::Create && parsed.is_set("skip_tty_check"),
            new_vault_password_file: text(is_rekey, "new_vault_password_file"),
            new_vault_id: text(is_rekey, "new_vault_id"),
            prompt: is_string && parsed.is_set("encrypt_string_prompt"),
            show_input: is_string && parsed.is_set("show_string_input"),
            names: if is_string { parsed.texts("encrypt_string_names") } else { Vec::new() },
            stdin_name: text(is_string, "encrypt_string_stdin_name"),
        }
    }
}

const ACTIONS: [(&str, VaultAction, &str); 7] = [
    ("create", VaultAction::Create, "Write a new encrypted file in the editor."),
    ("decrypt", VaultAction::Decrypt, "Turn encrypted files into plain ones."),
    ("edit", VaultAction::Edit, "Change encrypted files in the editor."),
    ("view", VaultAction::View, "Show encrypted files."),
    ("encrypt", VaultAction::Encrypt, "Turn plain files into encrypted ones."),
    ("encrypt_string", VaultAction::EncryptString, "Encrypt a text for use in a YAML file."),
    ("rekey", VaultAction::Rekey, "Encrypt files anew with another password."),
];

const ENCRYPT_ID: Flag =
    flag(&["--encrypt-vault-id"], "encrypt_vault_id", "Which vault id encrypts; needed where there are several.")
        .takes();
const OUTPUT: Flag = flag(&["--output"], "output_file", "Where to write; - for stdout.").takes();

fn flags(action: VaultAction) -> Vec<Flag> {
    let mut flags = vec![HELP];
    let first = match action {
        VaultAction::Create | VaultAction::Edit => Some(ENCRYPT_ID),
        VaultAction::Decrypt => Some(OUTPUT),
        _ => None,
    };
    flags.extend(first);
    flags.extend(VAULT);
    flags.push(VERBOSE);
    match action {
        VaultAction::Create => {
            flags.push(flag(&["--skip-tty-check"], "skip_tty_check", "Open the editor even without a terminal."));
        }
        VaultAction::Encrypt => flags.extend([OUTPUT, ENCRYPT_ID]),
        VaultAction::EncryptString => flags.extend([
            OUTPUT,
            ENCRYPT_ID,
            flag(&["-p", "--prompt"], "encrypt_string_prompt", "Ask for the text."),
            flag(&["--show-input"], "show_string_input", "Show the text while it is typed."),
            flag(&["-n", "--name"], "encrypt_string_names", "The name of the variable. Can be repeated.").appended(),
            flag(
                &["--stdin-name"],
                "encrypt_string_stdin_name",
                "The name of the variable whose text comes from stdin.",
            )
            .takes(),
        ]),
        VaultAction::Rekey => flags.extend([
            ENCRYPT_ID,
            flag(&["--new-vault-password-file"], "new_vault_password_file", "Where the new password comes from.")
                .takes()
                .excludes("new password"),
            flag(&["--new-vault-id"], "new_vault_id", "The new vault id.").takes().excludes("new password"),
        ]),
        _ => {}
    }
    flags
}

pub(super) fn declaration() -> Declaration {
    let actions = ACTIONS.into_iter().map(|(name, action, about)| {
        let positional = if action == VaultAction::EncryptString {
            Positional { name: "string_to_encrypt", arity: Arity::Any, help: "The texts." }
        } else {
            Positional { name: "file_name", arity: Arity::Any, help: "The files." }
        };
        let declaration = Declaration {
            program: format!("ansible-vault {name}"),
            about,
            epilog: "",
            flags: flags(action),
            sections: Vec::new(),
            positional: Some(positional),
            actions: Vec::new(),
            is_action: true,
        };
        (name, declaration)
    });
    Declaration {
        program: "ansible-vault".to_owned(),
        about: "Encrypts and decrypts files and texts.",
        epilog: "'ansible-vault <action> --help' tells more about an action.",
        flags: shared::GENERAL.to_vec(),
        sections: Vec::new(),
        positional: None,
        actions: actions.collect(),
        is_action: false,
    }
}
