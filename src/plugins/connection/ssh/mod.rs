//! ssh: built in, no `ssh` program is run. What the options mean is settled by OpenSSH's client.

mod options;

use std::sync::Arc;

use crate::transport::{BoxFuture, Connection, ConnectionPlugin, Endpoint, Link, Output, Unreachable};

pub use options::DECLARATION;

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &["smart", "paramiko", "paramiko_ssh"],
    summary: "connect by the built-in SSH client",
    make: |_| Arc::new(Ssh),
};

struct Ssh;

impl Connection for Ssh {
    fn open<'a>(&'a self, _endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async { Err(Unreachable::new("the ssh connection is not built yet")) })
    }

    fn exec<'a>(
        &'a self,
        _endpoint: &'a Endpoint,
        _command: &'a str,
        _stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async { Err(Unreachable::new("the ssh connection is not built yet")) })
    }
}
