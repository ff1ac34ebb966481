//! Options of the shell plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "cmd", options: CMD, deprecated: false },
    Plugin { name: "powershell", options: POWERSHELL, deprecated: false },
    Plugin { name: "sh", options: SH, deprecated: false },
];

/// Connections need it too: the runner goes there where the user asks for it.
pub const REMOTE_TMP: Setting = setting("remote_tmp", "Folder for temporary files on a host.")
    .default(Default::Text("~/.ansible/tmp"))
    .env(&["ANSIBLE_REMOTE_TEMP", "ANSIBLE_REMOTE_TMP"])
    .ini(&[("defaults", "remote_tmp")])
    .vars(&["ansible_remote_tmp"]);

const CMD: &[Setting] = &[
    setting("async_dir", "Folder of background jobs on a host.")
        .default(Default::Text("%USERPROFILE%\\.ansible_async"))
        .ini(&[("powershell", "async_dir")])
        .vars(&["ansible_async_dir"])
        .without_effect(),
    setting("remote_tmp", "Folder for temporary files on a host.")
        .default(Default::Text("%TEMP%"))
        .ini(&[("powershell", "remote_tmp")])
        .vars(&["ansible_remote_tmp"])
        .without_effect(),
    setting("set_module_language", "Set the locale for modules.")
        .kind("bool")
        .default(Default::Text("no"))
        .choices(&["no", "False"])
        .without_effect(),
];

const POWERSHELL: &[Setting] = &[
    setting("async_dir", "Folder of background jobs on a host.")
        .default(Default::Text("%USERPROFILE%\\.ansible_async"))
        .ini(&[("powershell", "async_dir")])
        .vars(&["ansible_async_dir"])
        .without_effect(),
    setting("remote_tmp", "Folder for temporary files on a host.")
        .default(Default::Text("%TEMP%"))
        .ini(&[("powershell", "remote_tmp")])
        .vars(&["ansible_remote_tmp"])
        .without_effect(),
    setting("set_module_language", "Set the locale for modules.")
        .kind("bool")
        .default(Default::Text("no"))
        .choices(&["no", "False"])
        .without_effect(),
];

const SH: &[Setting] = &[
    setting("admin_users", "Users with all rights.")
        .kind("list")
        .default(Default::Texts(&["root", "toor"]))
        .env(&["ANSIBLE_ADMIN_USERS"])
        .ini(&[("defaults", "admin_users")])
        .vars(&["ansible_admin_users"]),
    setting("async_dir", "Folder of background jobs on a host.")
        .default(Default::Text("~/.ansible_async"))
        .env(&["ANSIBLE_ASYNC_DIR"])
        .ini(&[("defaults", "async_dir")])
        .vars(&["ansible_async_dir"]),
    setting("common_remote_group", "Group that both users are in.")
        .env(&["ANSIBLE_COMMON_REMOTE_GROUP"])
        .ini(&[("defaults", "common_remote_group")])
        .vars(&["ansible_common_remote_group"]),
    REMOTE_TMP,
    setting("system_tmpdirs", "Folders for temporary files of all users.")
        .kind("list")
        .default(Default::Texts(&["/var/tmp", "/tmp"]))
        .env(&["ANSIBLE_SYSTEM_TMPDIRS"])
        .ini(&[("defaults", "system_tmpdirs")])
        .vars(&["ansible_system_tmpdirs"]),
    setting("world_readable_temp", "Let everyone read temporary files when nothing else works.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP"])
        .ini(&[("defaults", "allow_world_readable_tmpfiles")])
        .vars(&["ansible_shell_allow_world_readable_temp"]),
];
