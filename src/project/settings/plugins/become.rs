//! Options of the become plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "runas", options: RUNAS, deprecated: false },
    Plugin { name: "su", options: SU, deprecated: false },
    Plugin { name: "sudo", options: SUDO, deprecated: false },
];

const RUNAS: &[Setting] = &[
    setting("become_flags", "Options for the program.")
        .default(Default::Text(""))
        .env(&["ANSIBLE_BECOME_FLAGS", "ANSIBLE_RUNAS_FLAGS"])
        .ini(&[("privilege_escalation", "become_flags"), ("runas_become_plugin", "flags")])
        .vars(&["ansible_become_flags", "ansible_runas_flags"])
        .without_effect(),
    setting("become_pass", "The password of the method.")
        .env(&["ANSIBLE_BECOME_PASS", "ANSIBLE_RUNAS_PASS"])
        .ini(&[("runas_become_plugin", "password")])
        .vars(&["ansible_become_password", "ansible_become_pass", "ansible_runas_pass"])
        .without_effect(),
    setting("become_user", "Which user to become.")
        .env(&["ANSIBLE_BECOME_USER", "ANSIBLE_RUNAS_USER"])
        .ini(&[("privilege_escalation", "become_user"), ("runas_become_plugin", "user")])
        .vars(&["ansible_become_user", "ansible_runas_user"])
        .required()
        .without_effect(),
];

pub const SU: &[Setting] = &[
    setting("become_exe", "The program to call.")
        .default(Default::Text("su"))
        .env(&["ANSIBLE_BECOME_EXE", "ANSIBLE_SU_EXE"])
        .ini(&[("privilege_escalation", "become_exe"), ("su_become_plugin", "executable")])
        .vars(&["ansible_become_exe", "ansible_su_exe"])
        .keyword("become_exe"),
    setting("become_flags", "Options for the program.")
        .default(Default::Text(""))
        .env(&["ANSIBLE_BECOME_FLAGS", "ANSIBLE_SU_FLAGS"])
        .ini(&[("privilege_escalation", "become_flags"), ("su_become_plugin", "flags")])
        .vars(&["ansible_become_flags", "ansible_su_flags"])
        .keyword("become_flags"),
    setting("become_pass", "The password of the method.")
        .env(&["ANSIBLE_BECOME_PASS", "ANSIBLE_SU_PASS"])
        .ini(&[("su_become_plugin", "password")])
        .vars(&["ansible_become_password", "ansible_become_pass", "ansible_su_pass"]),
    setting("become_user", "Which user to become.")
        .default(Default::Text("root"))
        .env(&["ANSIBLE_BECOME_USER", "ANSIBLE_SU_USER"])
        .ini(&[("privilege_escalation", "become_user"), ("su_become_plugin", "user")])
        .vars(&["ansible_become_user", "ansible_su_user"])
        .keyword("become_user"),
    setting("prompt_l10n", "Words for \"password\" in other languages.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_SU_PROMPT_L10N"])
        .ini(&[("su_become_plugin", "localized_prompts")])
        .vars(&["ansible_su_prompt_l10n"]),
];

pub const SUDO: &[Setting] = &[
    setting("become_exe", "The program to call.")
        .default(Default::Text("sudo"))
        .env(&["ANSIBLE_BECOME_EXE", "ANSIBLE_SUDO_EXE"])
        .ini(&[("privilege_escalation", "become_exe"), ("sudo_become_plugin", "executable")])
        .vars(&["ansible_become_exe", "ansible_sudo_exe"])
        .keyword("become_exe"),
    setting("become_flags", "Options for the program.")
        .default(Default::Text("-H -S -n"))
        .env(&["ANSIBLE_BECOME_FLAGS", "ANSIBLE_SUDO_FLAGS"])
        .ini(&[("privilege_escalation", "become_flags"), ("sudo_become_plugin", "flags")])
        .vars(&["ansible_become_flags", "ansible_sudo_flags"])
        .keyword("become_flags"),
    setting("become_pass", "The password of the method.")
        .env(&["ANSIBLE_BECOME_PASS", "ANSIBLE_SUDO_PASS"])
        .ini(&[("sudo_become_plugin", "password")])
        .vars(&["ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"]),
    setting("become_user", "Which user to become.")
        .default(Default::Text("root"))
        .env(&["ANSIBLE_BECOME_USER", "ANSIBLE_SUDO_USER"])
        .ini(&[("privilege_escalation", "become_user"), ("sudo_become_plugin", "user")])
        .vars(&["ansible_become_user", "ansible_sudo_user"])
        .keyword("become_user"),
    setting("sudo_chdir", "Folder to change to first.")
        .kind("string")
        .env(&["ANSIBLE_SUDO_CHDIR"])
        .ini(&[("sudo_become_plugin", "chdir")])
        .vars(&["ansible_sudo_chdir"]),
];
