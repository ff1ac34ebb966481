//! Passwords and encrypted content.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("DEFAULT_ASK_VAULT_PASS", "Ask for the vault password.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_ASK_VAULT_PASS"])
        .ini(&[("defaults", "ask_vault_pass")]),
    setting("DEFAULT_VAULT_ENCRYPT_IDENTITY", "The vault id that encrypts when there are several.")
        .env(&["ANSIBLE_VAULT_ENCRYPT_IDENTITY"])
        .ini(&[("defaults", "vault_encrypt_identity")]),
    setting("DEFAULT_VAULT_IDENTITY", "The label of a vault secret that has none.")
        .default(Default::Text("default"))
        .env(&["ANSIBLE_VAULT_IDENTITY"])
        .ini(&[("defaults", "vault_identity")]),
    setting("DEFAULT_VAULT_IDENTITY_LIST", "Vault secrets, each as `label@source`.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_VAULT_IDENTITY_LIST"])
        .ini(&[("defaults", "vault_identity_list")]),
    setting("DEFAULT_VAULT_ID_MATCH", "Decrypt only with the secret whose label is named.")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_VAULT_ID_MATCH"])
        .ini(&[("defaults", "vault_id_match")]),
    setting("DEFAULT_VAULT_PASSWORD_FILE", "File or program that yields the vault password.")
        .kind("path")
        .env(&["ANSIBLE_VAULT_PASSWORD_FILE"])
        .ini(&[("defaults", "vault_password_file")]),
    setting("VAULT_ENCRYPT_SALT", "Fixed salt, so that the same text encrypts to the same.")
        .env(&["ANSIBLE_VAULT_ENCRYPT_SALT"])
        .ini(&[("defaults", "vault_encrypt_salt")])
        .since("2.15"),
];
