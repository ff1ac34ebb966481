//! ansible-galaxy's settings; muster leaves that tool to Ansible.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("GALAXY_CACHE_DIR", "Folder for cached answers of servers.")
        .kind("path")
        .default(Default::BelowHome("/galaxy_cache"))
        .env(&["ANSIBLE_GALAXY_CACHE_DIR"])
        .ini(&[("galaxy", "cache_dir")])
        .since("2.11")
        .without_effect(),
    setting("GALAXY_COLLECTIONS_PATH_WARNING", "Warn about installing outside of the known folders.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_GALAXY_COLLECTIONS_PATH_WARNING"])
        .ini(&[("galaxy", "collections_path_warning")])
        .since("2.16")
        .without_effect(),
    setting("GALAXY_COLLECTION_IMPORT_POLL_FACTOR", "Growth of the pause while an import is awaited.")
        .kind("float")
        .default(Default::Float(1.5))
        .env(&["ANSIBLE_GALAXY_COLLECTION_IMPORT_POLL_FACTOR"])
        .since("2.18")
        .without_effect(),
    setting("GALAXY_COLLECTION_IMPORT_POLL_INTERVAL", "First pause while an import is awaited.")
        .kind("float")
        .default(Default::Float(2.0))
        .env(&["ANSIBLE_GALAXY_COLLECTION_IMPORT_POLL_INTERVAL"])
        .since("2.18")
        .without_effect(),
    setting("GALAXY_COLLECTION_SKELETON", "Template folder for new collections.")
        .kind("path")
        .env(&["ANSIBLE_GALAXY_COLLECTION_SKELETON"])
        .ini(&[("galaxy", "collection_skeleton")])
        .without_effect(),
    setting("GALAXY_COLLECTION_SKELETON_IGNORE", "Files of the template folder that are left out.")
        .kind("list")
        .default(Default::Texts(&["^.git$", "^.*/.git_keep$"]))
        .env(&["ANSIBLE_GALAXY_COLLECTION_SKELETON_IGNORE"])
        .ini(&[("galaxy", "collection_skeleton_ignore")])
        .without_effect(),
    setting("GALAXY_DISABLE_GPG_VERIFY", "Install without looking at signatures.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_GALAXY_DISABLE_GPG_VERIFY"])
        .ini(&[("galaxy", "disable_gpg_verify")])
        .since("2.13")
        .without_effect(),
    setting("GALAXY_DISPLAY_PROGRESS", "Show progress.")
        .kind("bool")
        .env(&["ANSIBLE_GALAXY_DISPLAY_PROGRESS"])
        .ini(&[("galaxy", "display_progress")])
        .since("2.10")
        .without_effect(),
    setting("GALAXY_GPG_KEYRING", "Keys for signatures.")
        .kind("path")
        .env(&["ANSIBLE_GALAXY_GPG_KEYRING"])
        .ini(&[("galaxy", "gpg_keyring")])
        .since("2.13")
        .without_effect(),
    setting("GALAXY_IGNORE_CERTS", "Take servers whose certificate is not valid.")
        .kind("boolean")
        .env(&["ANSIBLE_GALAXY_IGNORE"])
        .ini(&[("galaxy", "ignore_certs")])
        .without_effect(),
    setting("GALAXY_IGNORE_INVALID_SIGNATURE_STATUS_CODES", "Signature problems that are passed over.")
        .kind("list")
        .env(&["ANSIBLE_GALAXY_IGNORE_SIGNATURE_STATUS_CODES"])
        .ini(&[("galaxy", "ignore_signature_status_codes")])
        .choices(&[
            "EXPSIG",
            "EXPKEYSIG",
            "REVKEYSIG",
            "BADSIG",
            "ERRSIG",
            "NO_PUBKEY",
            "MISSING_PASSPHRASE",
            "BAD_PASSPHRASE",
            "NODATA",
            "UNEXPECTED",
            "ERROR",
            "FAILURE",
            "BADARMOR",
            "KEYEXPIRED",
            "KEYREVOKED",
            "NO_SECKEY",
        ])
        .without_effect(),
    setting("GALAXY_REQUIRED_VALID_SIGNATURE_COUNT", "How many signatures must be good.")
        .kind("str")
        .default(Default::Int(1))
        .env(&["ANSIBLE_GALAXY_REQUIRED_VALID_SIGNATURE_COUNT"])
        .ini(&[("galaxy", "required_valid_signature_count")])
        .without_effect(),
    setting("GALAXY_ROLE_SKELETON", "Template folder for new roles.")
        .kind("path")
        .env(&["ANSIBLE_GALAXY_ROLE_SKELETON"])
        .ini(&[("galaxy", "role_skeleton")])
        .without_effect(),
    setting("GALAXY_ROLE_SKELETON_IGNORE", "Files of the template folder that are left out.")
        .kind("list")
        .default(Default::Texts(&["^.git$", "^.*/.git_keep$"]))
        .env(&["ANSIBLE_GALAXY_ROLE_SKELETON_IGNORE"])
        .ini(&[("galaxy", "role_skeleton_ignore")])
        .without_effect(),
    setting("GALAXY_SERVER", "The server when no list is given.")
        .default(Default::Text("https://galaxy.ansible.com"))
        .env(&["ANSIBLE_GALAXY_SERVER"])
        .ini(&[("galaxy", "server")])
        .without_effect(),
    setting("GALAXY_SERVERS", "The servers, each with its own options.").without_effect(),
    setting("GALAXY_SERVER_LIST", "Names of servers, in order.")
        .kind("list")
        .env(&["ANSIBLE_GALAXY_SERVER_LIST"])
        .ini(&[("galaxy", "server_list")])
        .since("2.9")
        .without_effect(),
    setting("GALAXY_SERVER_TIMEOUT", "Seconds until a server's answer is given up.")
        .kind("int")
        .default(Default::Int(60))
        .env(&["ANSIBLE_GALAXY_SERVER_TIMEOUT"])
        .ini(&[("galaxy", "server_timeout")])
        .without_effect(),
    setting("GALAXY_TOKEN_PATH", "File with the access token.")
        .kind("path")
        .default(Default::BelowHome("/galaxy_token"))
        .env(&["ANSIBLE_GALAXY_TOKEN_PATH"])
        .ini(&[("galaxy", "token_path")])
        .since("2.9")
        .without_effect(),
];
