//! The options of the ssh connection: the reference's, so that inventories and settings files work as
//! they are, and a few of our own.

use crate::project::settings::muster::{KEEP_CONNECTIONS, RECONNECT};
use crate::project::settings::plugins::{connection, shell};
use crate::project::settings::{Default, Setting, setting};
use crate::transport::Declaration;

pub static DECLARATION: Declaration = Declaration { name: "ssh", options: &[connection::SSH], own: OPTIONS };

const OPTIONS: &[Setting] = &[
    // Where the runner's cache may go.
    shell::REMOTE_TMP,
    // The proxy that people set as a variable.
    setting("socks_proxy", "A SOCKS5 proxy on the way to the host.").vars(&["ansible_socks_proxy"]),
    KEEP_CONNECTIONS,
    RECONNECT,
    // A setting of everything that dials.
    setting("ssh_agent", "The agent that signs: none, auto, or the path of its socket.")
        .default(Default::Text("none"))
        .env(&["ANSIBLE_SSH_AGENT"])
        .ini(&[("connection", "ssh_agent")]),
];
