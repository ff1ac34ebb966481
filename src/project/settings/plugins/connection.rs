//! Options of the connection plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "local", options: LOCAL, deprecated: false },
    Plugin { name: "paramiko_ssh", options: PARAMIKO_SSH, deprecated: true },
    Plugin { name: "psrp", options: PSRP, deprecated: false },
    Plugin { name: "ssh", options: SSH, deprecated: false },
    Plugin { name: "winrm", options: WINRM, deprecated: false },
];

pub const LOCAL: &[Setting] = &[
    setting("become_strip_preamble", "Drop what the become program prints before the command.")
        .kind("bool")
        .default(Default::Bool(true))
        .vars(&["ansible_local_become_strip_preamble"]),
    setting("become_success_timeout", "Seconds until becoming must have worked.")
        .kind("int")
        .default(Default::Int(10))
        .vars(&["ansible_local_become_success_timeout"]),
    setting("pipelining", "Run modules without copying them first.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining")])
        .vars(&["ansible_pipelining"]),
];

const PARAMIKO_SSH: &[Setting] = &[
    setting("banner_timeout", "Seconds to wait for the banner.")
        .kind("float")
        .default(Default::Int(30))
        .env(&["ANSIBLE_PARAMIKO_BANNER_TIMEOUT"])
        .ini(&[("paramiko_connection", "banner_timeout")])
        .without_effect(),
    setting("host_key_auto_add", "Accept new host keys.")
        .kind("boolean")
        .env(&["ANSIBLE_PARAMIKO_HOST_KEY_AUTO_ADD"])
        .ini(&[("paramiko_connection", "host_key_auto_add")])
        .without_effect(),
    setting("host_key_checking", "Refuse hosts whose key is unknown or has changed.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING", "ANSIBLE_PARAMIKO_HOST_KEY_CHECKING"])
        .ini(&[("defaults", "host_key_checking"), ("paramiko_connection", "host_key_checking")])
        .vars(&["ansible_host_key_checking", "ansible_ssh_host_key_checking", "ansible_paramiko_host_key_checking"])
        .without_effect(),
    setting("look_for_keys", "Try the keys in the user's folder.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_PARAMIKO_LOOK_FOR_KEYS"])
        .ini(&[("paramiko_connection", "look_for_keys")])
        .without_effect(),
    setting("password", "The password to log in with.")
        .kind("string")
        .vars(&[
            "ansible_password",
            "ansible_ssh_pass",
            "ansible_ssh_password",
            "ansible_paramiko_pass",
            "ansible_paramiko_password",
        ])
        .without_effect(),
    setting("port", "The port to connect to.")
        .kind("int")
        .default(Default::Int(22))
        .env(&["ANSIBLE_REMOTE_PORT", "ANSIBLE_REMOTE_PARAMIKO_PORT"])
        .ini(&[("defaults", "remote_port"), ("paramiko_connection", "remote_port")])
        .vars(&["ansible_port", "ansible_ssh_port", "ansible_paramiko_port"])
        .without_effect(),
    setting("private_key_file", "The key to log in with.")
        .kind("string")
        .env(&["ANSIBLE_PRIVATE_KEY_FILE", "ANSIBLE_PARAMIKO_PRIVATE_KEY_FILE"])
        .ini(&[("defaults", "private_key_file"), ("paramiko_connection", "private_key_file")])
        .vars(&["ansible_private_key_file", "ansible_ssh_private_key_file", "ansible_paramiko_private_key_file"])
        .without_effect(),
    setting("proxy_command", "Program through which the connection goes.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_PARAMIKO_PROXY_COMMAND"])
        .ini(&[("paramiko_connection", "proxy_command")])
        .vars(&["ansible_paramiko_proxy_command"])
        .without_effect(),
    setting("pty", "Ask for a pseudo terminal.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_PARAMIKO_PTY"])
        .ini(&[("paramiko_connection", "pty")])
        .without_effect(),
    setting("record_host_keys", "Remember new host keys.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_PARAMIKO_RECORD_HOST_KEYS"])
        .ini(&[("paramiko_connection", "record_host_keys")])
        .without_effect(),
    setting("remote_addr", "The address to connect to.")
        .kind("string")
        .default(Default::Text("inventory_hostname"))
        .vars(&["inventory_hostname", "ansible_host", "ansible_ssh_host", "ansible_paramiko_host"])
        .without_effect(),
    setting("remote_user", "The user to log in as.")
        .kind("string")
        .env(&["ANSIBLE_REMOTE_USER", "ANSIBLE_PARAMIKO_REMOTE_USER"])
        .ini(&[("defaults", "remote_user"), ("paramiko_connection", "remote_user")])
        .vars(&["ansible_user", "ansible_ssh_user", "ansible_paramiko_user"])
        .without_effect(),
    setting("timeout", "Seconds until an attempt is given up.")
        .kind("int")
        .default(Default::Int(10))
        .env(&["ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT", "ANSIBLE_PARAMIKO_TIMEOUT"])
        .ini(&[("defaults", "timeout"), ("ssh_connection", "timeout"), ("paramiko_connection", "timeout")])
        .vars(&["ansible_ssh_timeout", "ansible_paramiko_timeout"])
        .without_effect(),
    setting("use_persistent_connections", "Keep connections for later.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_USE_PERSISTENT_CONNECTIONS"])
        .ini(&[("defaults", "use_persistent_connections")])
        .without_effect(),
    setting("use_rsa_sha2_algorithms", "Offer the newer signatures for RSA keys.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_PARAMIKO_USE_RSA_SHA2_ALGORITHMS"])
        .ini(&[("paramiko_connection", "use_rsa_sha2_algorithms")])
        .vars(&["ansible_paramiko_use_rsa_sha2_algorithms"])
        .without_effect(),
];

const PSRP: &[Setting] = &[
    setting("auth", "How to authenticate.")
        .kind("str")
        .default(Default::Text("negotiate"))
        .choices(&["basic", "certificate", "negotiate", "kerberos", "ntlm", "credssp"])
        .vars(&["ansible_psrp_auth"])
        .without_effect(),
    setting("ca_cert", "Certificates of authorities.")
        .kind("path")
        .vars(&["ansible_psrp_cert_trust_path", "ansible_psrp_ca_cert"])
        .without_effect(),
    setting("cert_validation", "Whether certificates are checked.")
        .kind("str")
        .default(Default::Text("validate"))
        .choices(&["validate", "ignore"])
        .vars(&["ansible_psrp_cert_validation"])
        .without_effect(),
    setting("certificate_key_pem", "Key of the client certificate.")
        .kind("path")
        .vars(&["ansible_psrp_certificate_key_pem"])
        .without_effect(),
    setting("certificate_pem", "The client certificate.")
        .kind("path")
        .vars(&["ansible_psrp_certificate_pem"])
        .without_effect(),
    setting("configuration_name", "Name of the endpoint.")
        .kind("str")
        .default(Default::Text("Microsoft.PowerShell"))
        .vars(&["ansible_psrp_configuration_name"])
        .without_effect(),
    setting("connection_timeout", "Seconds until an attempt to connect is given up.")
        .kind("int")
        .default(Default::Int(30))
        .vars(&["ansible_psrp_connection_timeout"])
        .without_effect(),
    setting("credssp_auth_mechanism", "Authentication within CredSSP.")
        .kind("str")
        .default(Default::Text("auto"))
        .choices(&["auto", "kerberos", "ntlm"])
        .vars(&["ansible_psrp_credssp_auth_mechanism"])
        .without_effect(),
    setting("credssp_disable_tlsv1_2", "Allow TLS older than 1.2.")
        .kind("bool")
        .default(Default::Bool(false))
        .vars(&["ansible_psrp_credssp_disable_tlsv1_2"])
        .without_effect(),
    setting("credssp_minimum_version", "Lowest version of CredSSP.")
        .kind("int")
        .default(Default::Int(2))
        .vars(&["ansible_psrp_credssp_minimum_version"])
        .without_effect(),
    setting("ignore_proxy", "Connect directly whatever the environment says.")
        .kind("bool")
        .default(Default::Bool(false))
        .vars(&["ansible_psrp_ignore_proxy"])
        .without_effect(),
    setting("max_envelope_size", "Largest message in kilobytes.")
        .kind("int")
        .default(Default::Int(153_600))
        .vars(&["ansible_psrp_max_envelope_size"])
        .without_effect(),
    setting("message_encryption", "When messages are encrypted.")
        .kind("str")
        .default(Default::Text("auto"))
        .choices(&["auto", "always", "never"])
        .vars(&["ansible_psrp_message_encryption"])
        .without_effect(),
    setting("negotiate_delegate", "Pass credentials on.")
        .kind("bool")
        .vars(&["ansible_psrp_negotiate_delegate"])
        .without_effect(),
    setting("negotiate_hostname_override", "Name of the host for authentication.")
        .kind("str")
        .vars(&["ansible_psrp_negotiate_hostname_override"])
        .without_effect(),
    setting("negotiate_send_cbt", "Bind authentication to the channel.")
        .kind("bool")
        .default(Default::Bool(true))
        .vars(&["ansible_psrp_negotiate_send_cbt"])
        .without_effect(),
    setting("negotiate_service", "Name of the service for authentication.")
        .kind("str")
        .default(Default::Text("WSMAN"))
        .vars(&["ansible_psrp_negotiate_service"])
        .without_effect(),
    setting("operation_timeout", "Seconds that an operation may take.")
        .kind("int")
        .default(Default::Int(20))
        .vars(&["ansible_psrp_operation_timeout"])
        .without_effect(),
    setting("path", "Path of the service.")
        .kind("str")
        .default(Default::Text("wsman"))
        .vars(&["ansible_psrp_path"])
        .without_effect(),
    setting("pipelining", "Run modules without copying them first.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining")])
        .vars(&["ansible_pipelining"])
        .without_effect(),
    setting("port", "The port to connect to.")
        .kind("int")
        .vars(&["ansible_port", "ansible_psrp_port"])
        .without_effect(),
    setting("protocol", "http or https.")
        .kind("str")
        .choices(&["http", "https"])
        .vars(&["ansible_psrp_protocol"])
        .without_effect(),
    setting("proxy", "Proxy to go through.").kind("str").vars(&["ansible_psrp_proxy"]).without_effect(),
    setting("read_timeout", "Seconds to wait for an answer.")
        .kind("int")
        .default(Default::Int(30))
        .vars(&["ansible_psrp_read_timeout"])
        .without_effect(),
    setting("reconnection_backoff", "Growth of the pause between attempts.")
        .kind("int")
        .default(Default::Int(2))
        .vars(&["ansible_psrp_connection_backoff", "ansible_psrp_reconnection_backoff"])
        .without_effect(),
    setting("reconnection_retries", "How often to try again.")
        .kind("int")
        .default(Default::Int(0))
        .vars(&["ansible_psrp_reconnection_retries"])
        .without_effect(),
    setting("remote_addr", "The address to connect to.")
        .kind("str")
        .default(Default::Text("inventory_hostname"))
        .vars(&["inventory_hostname", "ansible_host", "ansible_psrp_host"])
        .without_effect(),
    setting("remote_password", "The password to log in with.")
        .kind("str")
        .vars(&["ansible_password", "ansible_winrm_pass", "ansible_winrm_password"])
        .without_effect(),
    setting("remote_user", "The user to log in as.")
        .kind("str")
        .vars(&["ansible_user", "ansible_psrp_user"])
        .without_effect(),
];

pub const SSH: &[Setting] = &[
    setting("control_path", "Socket of ssh's shared connection.")
        .kind("string")
        .env(&["ANSIBLE_SSH_CONTROL_PATH"])
        .ini(&[("ssh_connection", "control_path")])
        .vars(&["ansible_control_path"]),
    setting("control_path_dir", "Folder of ssh's sockets.")
        .kind("string")
        .default(Default::Text("~/.ansible/cp"))
        .env(&["ANSIBLE_SSH_CONTROL_PATH_DIR"])
        .ini(&[("ssh_connection", "control_path_dir")])
        .vars(&["ansible_control_path_dir"]),
    setting("host", "The address to connect to.").kind("string").default(Default::Text("inventory_hostname")).vars(&[
        "inventory_hostname",
        "ansible_host",
        "ansible_ssh_host",
    ]),
    setting("host_key_checking", "Refuse hosts whose key is unknown or has changed.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING"])
        .ini(&[("defaults", "host_key_checking"), ("ssh_connection", "host_key_checking")])
        .vars(&["ansible_host_key_checking", "ansible_ssh_host_key_checking"]),
    setting("password", "The password to log in with.").kind("string").vars(&[
        "ansible_password",
        "ansible_ssh_pass",
        "ansible_ssh_password",
    ]),
    setting("password_mechanism", "How ssh gets the password.")
        .kind("string")
        .default(Default::Text("ssh_askpass"))
        .env(&["ANSIBLE_SSH_PASSWORD_MECHANISM"])
        .ini(&[("ssh_connection", "password_mechanism")])
        .choices(&["ssh_askpass", "sshpass", "disable"])
        .vars(&["ansible_ssh_password_mechanism"]),
    setting("pipelining", "Run modules without copying them first.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PIPELINING", "ANSIBLE_SSH_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining"), ("ssh_connection", "pipelining")])
        .vars(&["ansible_pipelining", "ansible_ssh_pipelining"]),
    setting("pkcs11_provider", "Library of a smart card.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_PKCS11_PROVIDER"])
        .ini(&[("ssh_connection", "pkcs11_provider")])
        .vars(&["ansible_ssh_pkcs11_provider"]),
    setting("port", "The port to connect to.")
        .kind("int")
        .env(&["ANSIBLE_REMOTE_PORT"])
        .ini(&[("defaults", "remote_port")])
        .vars(&["ansible_port", "ansible_ssh_port"])
        .keyword("port"),
    setting("private_key", "The key itself.")
        .kind("string")
        .env(&["ANSIBLE_PRIVATE_KEY"])
        .vars(&["ansible_private_key", "ansible_ssh_private_key"]),
    setting("private_key_file", "The key to log in with.")
        .kind("string")
        .env(&["ANSIBLE_PRIVATE_KEY_FILE"])
        .ini(&[("defaults", "private_key_file")])
        .vars(&["ansible_private_key_file", "ansible_ssh_private_key_file"])
        .cli("private_key_file"),
    setting("private_key_passphrase", "The passphrase of the key.")
        .kind("string")
        .env(&["ANSIBLE_PRIVATE_KEY_PASSPHRASE"])
        .vars(&["ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"]),
    setting("reconnection_retries", "How often to try again.")
        .kind("integer")
        .default(Default::Int(0))
        .env(&["ANSIBLE_SSH_RETRIES"])
        .ini(&[("connection", "retries"), ("ssh_connection", "retries")])
        .vars(&["ansible_ssh_retries"]),
    setting("remote_user", "The user to log in as.")
        .kind("string")
        .env(&["ANSIBLE_REMOTE_USER"])
        .ini(&[("defaults", "remote_user")])
        .vars(&["ansible_user", "ansible_ssh_user"])
        .keyword("remote_user")
        .cli("user"),
    setting("scp_executable", "The scp program.")
        .kind("string")
        .default(Default::Text("scp"))
        .env(&["ANSIBLE_SCP_EXECUTABLE"])
        .ini(&[("ssh_connection", "scp_executable")])
        .vars(&["ansible_scp_executable"]),
    setting("scp_extra_args", "Arguments for scp alone.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_SCP_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "scp_extra_args")])
        .vars(&["ansible_scp_extra_args"])
        .cli("scp_extra_args"),
    setting("sftp_batch_mode", "Let sftp stop at the first error.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_SFTP_BATCH_MODE"])
        .ini(&[("ssh_connection", "sftp_batch_mode")])
        .vars(&["ansible_sftp_batch_mode"]),
    setting("sftp_executable", "The sftp program.")
        .kind("string")
        .default(Default::Text("sftp"))
        .env(&["ANSIBLE_SFTP_EXECUTABLE"])
        .ini(&[("ssh_connection", "sftp_executable")])
        .vars(&["ansible_sftp_executable"]),
    setting("sftp_extra_args", "Arguments for sftp alone.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_SFTP_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "sftp_extra_args")])
        .vars(&["ansible_sftp_extra_args"])
        .cli("sftp_extra_args"),
    setting("ssh_args", "Arguments for ssh, sftp and scp.")
        .kind("string")
        .default(Default::Text("-C -o ControlMaster=auto -o ControlPersist=60s"))
        .env(&["ANSIBLE_SSH_ARGS"])
        .ini(&[("ssh_connection", "ssh_args")])
        .vars(&["ansible_ssh_args"]),
    setting("ssh_common_args", "Further arguments for ssh, sftp and scp.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_SSH_COMMON_ARGS"])
        .ini(&[("ssh_connection", "ssh_common_args")])
        .vars(&["ansible_ssh_common_args"])
        .cli("ssh_common_args"),
    setting("ssh_executable", "The ssh program.")
        .kind("string")
        .default(Default::Text("ssh"))
        .env(&["ANSIBLE_SSH_EXECUTABLE"])
        .ini(&[("ssh_connection", "ssh_executable")])
        .vars(&["ansible_ssh_executable"]),
    setting("ssh_extra_args", "Arguments for ssh alone.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_SSH_EXTRA_ARGS"])
        .ini(&[("ssh_connection", "ssh_extra_args")])
        .vars(&["ansible_ssh_extra_args"])
        .cli("ssh_extra_args"),
    setting("ssh_transfer_method", "How files are copied.")
        .kind("string")
        .default(Default::Text("smart"))
        .env(&["ANSIBLE_SSH_TRANSFER_METHOD"])
        .ini(&[("ssh_connection", "transfer_method")])
        .choices(&["piped", "scp", "sftp", "smart"])
        .vars(&["ansible_ssh_transfer_method"]),
    setting("sshpass_prompt", "The prompt that is answered with the password.")
        .kind("string")
        .default(Default::Text(""))
        .env(&["ANSIBLE_SSHPASS_PROMPT"])
        .ini(&[("ssh_connection", "sshpass_prompt")])
        .vars(&["ansible_sshpass_prompt"]),
    setting("timeout", "Seconds until an attempt is given up.")
        .kind("integer")
        .default(Default::Int(10))
        .env(&["ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"])
        .ini(&[("defaults", "timeout"), ("ssh_connection", "timeout")])
        .vars(&["ansible_ssh_timeout"])
        .cli("timeout"),
    setting("use_tty", "Ask for a pseudo terminal.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_SSH_USETTY"])
        .ini(&[("ssh_connection", "usetty")])
        .vars(&["ansible_ssh_use_tty"]),
    setting("verbosity", "Verbosity of ssh itself.")
        .kind("int")
        .default(Default::Int(0))
        .env(&["ANSIBLE_SSH_VERBOSITY"])
        .ini(&[("ssh_connection", "verbosity")])
        .vars(&["ansible_ssh_verbosity"]),
];

const WINRM: &[Setting] = &[
    setting("connection_timeout", "Seconds until an attempt to connect is given up.")
        .kind("int")
        .vars(&["ansible_winrm_connection_timeout"])
        .without_effect(),
    setting("kerberos_command", "Program that gets a ticket.")
        .kind("str")
        .default(Default::Text("kinit"))
        .vars(&["ansible_winrm_kinit_cmd"])
        .without_effect(),
    setting("kerberos_mode", "Who gets a ticket.")
        .kind("str")
        .choices(&["managed", "manual"])
        .vars(&["ansible_winrm_kinit_mode"])
        .without_effect(),
    setting("kinit_args", "Arguments for that program.")
        .kind("str")
        .vars(&["ansible_winrm_kinit_args"])
        .without_effect(),
    setting("kinit_env_vars", "Variables that are passed to that program.")
        .kind("list")
        .default(Default::Texts(&[]))
        .ini(&[("winrm", "kinit_env_vars")])
        .vars(&["ansible_winrm_kinit_env_vars"])
        .without_effect(),
    setting("path", "Path of the service.")
        .kind("str")
        .default(Default::Text("/wsman"))
        .vars(&["ansible_winrm_path"])
        .without_effect(),
    setting("pipelining", "Run modules without copying them first.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PIPELINING"])
        .ini(&[("defaults", "pipelining"), ("connection", "pipelining")])
        .vars(&["ansible_pipelining"])
        .without_effect(),
    setting("port", "The port to connect to.")
        .kind("integer")
        .default(Default::Int(5986))
        .vars(&["ansible_port", "ansible_winrm_port"])
        .without_effect(),
    setting("remote_addr", "The address to connect to.")
        .kind("str")
        .default(Default::Text("inventory_hostname"))
        .vars(&["inventory_hostname", "ansible_host", "ansible_winrm_host"])
        .without_effect(),
    setting("remote_password", "The password to log in with.")
        .kind("str")
        .vars(&["ansible_password", "ansible_winrm_pass", "ansible_winrm_password"])
        .without_effect(),
    setting("remote_user", "The user to log in as.")
        .kind("str")
        .vars(&["ansible_user", "ansible_winrm_user"])
        .without_effect(),
    setting("scheme", "http or https.")
        .kind("str")
        .choices(&["http", "https"])
        .vars(&["ansible_winrm_scheme"])
        .without_effect(),
    setting("transport", "Ways to authenticate.").kind("list").vars(&["ansible_winrm_transport"]).without_effect(),
];
