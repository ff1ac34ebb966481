//! The options of the ssh connection and where they come from. Names are the reference's, so that
//! inventories and settings files work as they are.

use crate::args::{DefaultValue, Kind};
use crate::transport::{Declaration, PluginOption};

pub static DECLARATION: Declaration = Declaration { name: "ssh", options: OPTIONS };

const OPTIONS: &[PluginOption] = &[
    PluginOption::new("host", Kind::Str).variables(&["inventory_hostname", "ansible_host", "ansible_ssh_host"]),
    PluginOption::new("port", Kind::Int)
        .variables(&["ansible_port", "ansible_ssh_port"])
        .keyword("port")
        .env(&["ANSIBLE_REMOTE_PORT"])
        .ini(&[("defaults", "remote_port")]),
    PluginOption::new("remote_user", Kind::Str)
        .variables(&["ansible_user", "ansible_ssh_user"])
        .keyword("remote_user")
        .cli("user")
        .env(&["ANSIBLE_REMOTE_USER"])
        .ini(&[("defaults", "remote_user")]),
    PluginOption::new("password", Kind::Str)
        .variables(&["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"])
        .cli("password")
        .secret(),
    PluginOption::new("password_mechanism", Kind::Str)
        .variables(&["ansible_ssh_password_mechanism"])
        .env(&["ANSIBLE_SSH_PASSWORD_MECHANISM"])
        .ini(&[("ssh_connection", "password_mechanism")])
        .choices(&["ssh_askpass", "sshpass", "disable"])
        .default(DefaultValue::Str("ssh_askpass")),
    PluginOption::new("sshpass_prompt", Kind::Str)
        .variables(&["ansible_sshpass_prompt"])
        .env(&["ANSIBLE_SSHPASS_PROMPT"])
        .ini(&[("ssh_connection", "sshpass_prompt")])
        .default(DefaultValue::Str("")),
    PluginOption::new("host_key_checking", Kind::Bool)
        .variables(&["ansible_host_key_checking", "ansible_ssh_host_key_checking"])
        .env(&["ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING"])
        .ini(&[("defaults", "host_key_checking"), ("ssh_connection", "host_key_checking")])
        .default(DefaultValue::Bool(true)),
    PluginOption::new("ssh_args", Kind::Str)
        .variables(&["ansible_ssh_args"])
        .env(&["ANSIBLE_SSH_ARGS"])
        .ini(&[("ssh_connection", "ssh_args")])
        .default(DefaultValue::Str("-C -o ControlMaster=auto -o ControlPersist=60s")),
    PluginOption::new("ssh_common_args", Kind::Str)
        .variables(&["ansible_ssh_common_args"])
        .cli("ssh_common_args")
        .env(&["ANSIBLE_SSH_COMMON_ARGS"])
        .ini(&[("ssh_connection", "ssh_common_args")])
        .default(DefaultValue::Str("")),
    PluginOption::new("ssh_extra_args", Kind::Str)
        .variables(&["ansible_ssh_extra_args"])
        .cli("ssh_extra_args")
        .env(&["ANSIBLE_SSH_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "ssh_extra_args")])
        .default(DefaultValue::Str("")),
    PluginOption::new("scp_extra_args", Kind::Str)
        .variables(&["ansible_scp_extra_args"])
        .cli("scp_extra_args")
        .env(&["ANSIBLE_SCP_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "scp_extra_args")])
        .default(DefaultValue::Str("")),
    PluginOption::new("sftp_extra_args", Kind::Str)
        .variables(&["ansible_sftp_extra_args"])
        .cli("sftp_extra_args")
        .env(&["ANSIBLE_SFTP_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "sftp_extra_args")])
        .default(DefaultValue::Str("")),
    PluginOption::new("ssh_executable", Kind::Str)
        .variables(&["ansible_ssh_executable"])
        .env(&["ANSIBLE_SSH_EXECUTABLE"])
        .ini(&[("ssh_connection", "ssh_executable")])
        .default(DefaultValue::Str("ssh")),
    PluginOption::new("sftp_executable", Kind::Str)
        .variables(&["ansible_sftp_executable"])
        .env(&["ANSIBLE_SFTP_EXECUTABLE"])
        .ini(&[("ssh_connection", "sftp_executable")])
        .default(DefaultValue::Str("sftp")),
    PluginOption::new("scp_executable", Kind::Str)
        .variables(&["ansible_scp_executable"])
        .env(&["ANSIBLE_SCP_EXECUTABLE"])
        .ini(&[("ssh_connection", "scp_executable")])
        .default(DefaultValue::Str("scp")),
    PluginOption::new("reconnection_retries", Kind::Int)
        .variables(&["ansible_ssh_retries"])
        .env(&["ANSIBLE_SSH_RETRIES"])
        .ini(&[("connection", "retries"), ("ssh_connection", "retries")])
        .default(DefaultValue::Int(0)),
    PluginOption::new("timeout", Kind::Int)
        .variables(&["ansible_ssh_timeout"])
        .cli("timeout")
        .env(&["ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"])
        .ini(&[("defaults", "timeout"), ("ssh_connection", "timeout")])
        .default(DefaultValue::Int(10)),
    PluginOption::new("private_key_file", Kind::Str)
        .variables(&["ansible_private_key_file", "ansible_ssh_private_key_file"])
        .cli("private_key_file")
        .env(&["ANSIBLE_PRIVATE_KEY_FILE"])
        .ini(&[("defaults", "private_key_file")]),
    PluginOption::new("private_key", Kind::Str)
        .variables(&["ansible_private_key", "ansible_ssh_private_key"])
        .env(&["ANSIBLE_PRIVATE_KEY"])
        .secret(),
    PluginOption::new("private_key_passphrase", Kind::Str)
        .variables(&["ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"])
        .env(&["ANSIBLE_PRIVATE_KEY_PASSPHRASE"])
        .secret(),
    PluginOption::new("pipelining", Kind::Bool)
        .variables(&["ansible_pipelining", "ansible_ssh_pipelining"])
        .env(&["ANSIBLE_PIPELINING", "ANSIBLE_SSH_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining"), ("ssh_connection", "pipelining")])
        .default(DefaultValue::Bool(false)),
    PluginOption::new("control_path", Kind::Str)
        .variables(&["ansible_control_path"])
        .env(&["ANSIBLE_SSH_CONTROL_PATH"])
        .ini(&[("ssh_connection", "control_path")]),
    PluginOption::new("control_path_dir", Kind::Str)
        .variables(&["ansible_control_path_dir"])
        .env(&["ANSIBLE_SSH_CONTROL_PATH_DIR"])
        .ini(&[("ssh_connection", "control_path_dir")])
        .default(DefaultValue::Str("~/.ansible/cp")),
    PluginOption::new("sftp_batch_mode", Kind::Bool)
        .variables(&["ansible_sftp_batch_mode"])
        .env(&["ANSIBLE_SFTP_BATCH_MODE"])
        .ini(&[("ssh_connection", "sftp_batch_mode")])
        .default(DefaultValue::Bool(true)),
    PluginOption::new("ssh_transfer_method", Kind::Str)
        .variables(&["ansible_ssh_transfer_method"])
        .env(&["ANSIBLE_SSH_TRANSFER_METHOD"])
        .ini(&[("ssh_connection", "transfer_method")])
        .choices(&["sftp", "scp", "piped", "smart"])
        .default(DefaultValue::Str("smart")),
    PluginOption::new("use_tty", Kind::Bool)
        .variables(&["ansible_ssh_use_tty"])
        .env(&["ANSIBLE_SSH_USETTY"])
        .ini(&[("ssh_connection", "usetty")])
        .default(DefaultValue::Bool(true)),
    PluginOption::new("pkcs11_provider", Kind::Str)
        .variables(&["ansible_ssh_pkcs11_provider"])
        .env(&["ANSIBLE_PKCS11_PROVIDER"])
        .ini(&[("ssh_connection", "pkcs11_provider")])
        .default(DefaultValue::Str("")),
    PluginOption::new("verbosity", Kind::Int)
        .variables(&["ansible_ssh_verbosity"])
        .env(&["ANSIBLE_SSH_VERBOSITY"])
        .ini(&[("ssh_connection", "verbosity")])
        .default(DefaultValue::Int(0)),
    // Where the runner's cache may go, and the proxy that people set as a variable.
    PluginOption::new("remote_tmp", Kind::Str)
        .variables(&["ansible_remote_tmp"])
        .env(&["ANSIBLE_REMOTE_TEMP", "ANSIBLE_REMOTE_TMP"])
        .ini(&[("defaults", "remote_tmp")])
        .default(DefaultValue::Str("~/.ansible/tmp")),
    PluginOption::new("socks_proxy", Kind::Str).variables(&["ansible_socks_proxy"]).secret(),
    // How `ANSIBLE_SSH_AGENT` and `[connection] ssh_agent` choose the agent: none, auto, or a path.
    PluginOption::new("ssh_agent", Kind::Str)
        .env(&["ANSIBLE_SSH_AGENT"])
        .ini(&[("connection", "ssh_agent")])
        .default(DefaultValue::Str("none")),
];
