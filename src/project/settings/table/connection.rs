//! Reaching hosts.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("ANSIBLE_CONNECTION_PATH", "Without effect.")
        .kind("path")
        .env(&["ANSIBLE_CONNECTION_PATH"])
        .ini(&[("persistent_connection", "ansible_connection_path")])
        .since("2.8")
        .deprecated("2.22")
        .without_effect(),
    setting("ANSIBLE_PIPELINING", "Run modules without copying them first; muster always does.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining")]),
    setting("CONNECTION_PASSWORD_FILE", "File or program that yields the connection password.")
        .kind("path")
        .env(&["ANSIBLE_CONNECTION_PASSWORD_FILE"])
        .ini(&[("defaults", "connection_password_file")])
        .since("2.12"),
    setting("DEFAULT_ASK_PASS", "Ask for the connection password.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_ASK_PASS"])
        .ini(&[("defaults", "ask_pass")]),
    setting("DEFAULT_CONNECTION_PLUGIN_PATH", "Folders with further connection plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/connection:/usr/share/ansible/plugins/connection"))
        .env(&["ANSIBLE_CONNECTION_PLUGINS"])
        .ini(&[("defaults", "connection_plugins")])
        .without_effect(),
    setting("DEFAULT_PRIVATE_KEY_FILE", "The key to authenticate with.")
        .kind("path")
        .env(&["ANSIBLE_PRIVATE_KEY_FILE"])
        .ini(&[("defaults", "private_key_file")]),
    setting("DEFAULT_REMOTE_PORT", "The port to connect to where the host names none.")
        .kind("integer")
        .env(&["ANSIBLE_REMOTE_PORT"])
        .ini(&[("defaults", "remote_port")]),
    setting("DEFAULT_REMOTE_USER", "The user to log in as where the host names none.")
        .env(&["ANSIBLE_REMOTE_USER"])
        .ini(&[("defaults", "remote_user")]),
    setting("DEFAULT_TIMEOUT", "Seconds until a connection attempt is given up.")
        .kind("integer")
        .default(Default::Int(10))
        .env(&["ANSIBLE_TIMEOUT"])
        .ini(&[("defaults", "timeout")]),
    setting("DEFAULT_TRANSPORT", "The connection plugin for hosts that name none.")
        .default(Default::Text("ssh"))
        .env(&["ANSIBLE_TRANSPORT"])
        .ini(&[("defaults", "transport")]),
    setting("HOST_KEY_CHECKING", "Refuse hosts whose key is unknown or has changed.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_HOST_KEY_CHECKING"])
        .ini(&[("defaults", "host_key_checking")]),
    setting("NETCONF_SSH_CONFIG", "SSH client configuration for netconf connections.")
        .env(&["ANSIBLE_NETCONF_SSH_CONFIG"])
        .ini(&[("netconf_connection", "ssh_config")])
        .without_effect(),
    setting("PARAMIKO_HOST_KEY_AUTO_ADD", "Accept new host keys without asking (paramiko).")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PARAMIKO_HOST_KEY_AUTO_ADD"])
        .ini(&[("paramiko_connection", "host_key_auto_add")])
        .deprecated("2.20")
        .without_effect(),
    setting("PARAMIKO_LOOK_FOR_KEYS", "Try the keys in the user's folder (paramiko).")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_PARAMIKO_LOOK_FOR_KEYS"])
        .ini(&[("paramiko_connection", "look_for_keys")])
        .deprecated("2.20")
        .without_effect(),
    setting("PERSISTENT_COMMAND_TIMEOUT", "Seconds that a command on a persistent connection may take.")
        .kind("int")
        .default(Default::Int(30))
        .env(&["ANSIBLE_PERSISTENT_COMMAND_TIMEOUT"])
        .ini(&[("persistent_connection", "command_timeout")])
        .without_effect(),
    setting("PERSISTENT_CONNECT_RETRY_TIMEOUT", "Seconds to retry reaching a persistent connection.")
        .kind("integer")
        .default(Default::Int(15))
        .env(&["ANSIBLE_PERSISTENT_CONNECT_RETRY_TIMEOUT"])
        .ini(&[("persistent_connection", "connect_retry_timeout")])
        .without_effect(),
    setting("PERSISTENT_CONNECT_TIMEOUT", "Seconds that an idle persistent connection stays.")
        .kind("integer")
        .default(Default::Int(30))
        .env(&["ANSIBLE_PERSISTENT_CONNECT_TIMEOUT"])
        .ini(&[("persistent_connection", "connect_timeout")])
        .without_effect(),
    setting("PERSISTENT_CONTROL_PATH_DIR", "Folder of the sockets of persistent connections.")
        .kind("path")
        .default(Default::BelowHome("/pc"))
        .env(&["ANSIBLE_PERSISTENT_CONTROL_PATH_DIR"])
        .ini(&[("persistent_connection", "control_path_dir")])
        .without_effect(),
    setting("SSH_AGENT", "Whether to use an SSH agent: none, one that is started, or the socket of one that runs.")
        .kind("string")
        .default(Default::Text("none"))
        .env(&["ANSIBLE_SSH_AGENT"])
        .ini(&[("connection", "ssh_agent")])
        .since("2.19"),
    setting("SSH_AGENT_EXECUTABLE", "The SSH agent to start.")
        .kind("str")
        .default(Default::Text("ssh-agent"))
        .env(&["ANSIBLE_SSH_AGENT_EXECUTABLE"])
        .ini(&[("connection", "ssh_agent_executable")])
        .since("2.19"),
    setting("SSH_AGENT_KEY_LIFETIME", "Seconds that a key stays in the agent.")
        .kind("int")
        .env(&["ANSIBLE_SSH_AGENT_KEY_LIFETIME"])
        .ini(&[("connection", "ssh_agent_key_lifetime")])
        .since("2.19"),
    setting("USE_PERSISTENT_CONNECTIONS", "Without effect: connections always outlive a run as far as they may.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_USE_PERSISTENT_CONNECTIONS"])
        .ini(&[("defaults", "use_persistent_connections")])
        .without_effect(),
    setting("_ANSIBLE_CONNECTION_PATH", "Program that keeps persistent connections.")
        .kind("path")
        .env(&["_ANSIBLE_CONNECTION_PATH"])
        .since("2.18")
        .without_effect(),
];
