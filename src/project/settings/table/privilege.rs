//! Becoming another user.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("AGNOSTIC_BECOME_PROMPT", "Ask for the become password without naming the method.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_AGNOSTIC_BECOME_PROMPT"])
        .ini(&[("privilege_escalation", "agnostic_become_prompt")])
        .since("2.5"),
    setting("BECOME_ALLOW_SAME_USER", "Run the become method even for the user one already is.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_BECOME_ALLOW_SAME_USER"])
        .ini(&[("privilege_escalation", "become_allow_same_user")]),
    setting("BECOME_PASSWORD_FILE", "File or program that yields the become password.")
        .kind("path")
        .env(&["ANSIBLE_BECOME_PASSWORD_FILE"])
        .ini(&[("defaults", "become_password_file")])
        .since("2.12"),
    setting("BECOME_PLUGIN_PATH", "Folders with further become plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/become:/usr/share/ansible/plugins/become"))
        .env(&["ANSIBLE_BECOME_PLUGINS"])
        .ini(&[("defaults", "become_plugins")])
        .since("2.8")
        .without_effect(),
    setting("DEFAULT_BECOME", "Become another user unless told otherwise.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_BECOME"])
        .ini(&[("privilege_escalation", "become")]),
    setting("DEFAULT_BECOME_ASK_PASS", "Ask for the become password.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_BECOME_ASK_PASS"])
        .ini(&[("privilege_escalation", "become_ask_pass")]),
    setting("DEFAULT_BECOME_EXE", "The program of the become method.")
        .env(&["ANSIBLE_BECOME_EXE"])
        .ini(&[("privilege_escalation", "become_exe")]),
    setting("DEFAULT_BECOME_FLAGS", "Options for the program of the become method.")
        .default(Default::Text(""))
        .env(&["ANSIBLE_BECOME_FLAGS"])
        .ini(&[("privilege_escalation", "become_flags")]),
    setting("DEFAULT_BECOME_METHOD", "How to become another user.")
        .default(Default::Text("sudo"))
        .env(&["ANSIBLE_BECOME_METHOD"])
        .ini(&[("privilege_escalation", "become_method")]),
    setting("DEFAULT_BECOME_USER", "Which user to become.")
        .default(Default::Text("root"))
        .env(&["ANSIBLE_BECOME_USER"])
        .ini(&[("privilege_escalation", "become_user")]),
    setting("DEFAULT_SU", "Formerly: use su.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SU"])
        .ini(&[("defaults", "su")])
        .without_effect(),
];
