//! ssh: built in, no `ssh` program is run. What the options mean is settled by OpenSSH's client.

#[cfg(test)]
mod against_openssh;
mod algorithms;
mod arguments;
mod auth;
mod channel;
mod client;
mod config;
mod config_line;
mod dial;
mod host_config;
mod host_key;
mod keys;
mod known_hosts;
mod login;
mod options;
mod outside;
mod plan;
mod questions;
mod resolve;
mod socks;
mod stream;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::dial::Said;
use self::login::{Login, Logins};
use self::plan::Plan;
use crate::transport::{BoxFuture, Connection, ConnectionPlugin, Endpoint, Link, Output, Unreachable};

pub use options::DECLARATION;

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &["smart", "paramiko", "paramiko_ssh"],
    summary: "connect by the built-in SSH client",
    make: |surroundings| Arc::new(Ssh { logins: Logins::new(surroundings) }),
};

/// How much of a command's stderr is kept.
const KEPT: usize = 16 * 1024 * 1024;

struct Ssh {
    logins: Logins,
}

impl Ssh {
    async fn plan(&self, endpoint: &Endpoint) -> Result<Plan, Unreachable> {
        let environment = &self.logins.surroundings.environment;
        plan::for_endpoint(&endpoint.options, &endpoint.host, environment, self.logins.files()).map_err(|e| worded(&e))
    }

    /// The login of an endpoint, tried again as often as the user asked for.
    async fn login(&self, plan: &Plan) -> Result<Arc<Login>, Unreachable> {
        let mut pause = Duration::from_secs(1);
        for _ in 0..plan.retries {
            match self.logins.get(plan, 0).await {
                Ok(login) => return Ok(login),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        self.logins.get(plan, 0).await.map_err(|error| worded(&error))
    }
}

impl Connection for Ssh {
    fn open<'a>(&'a self, _endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async { Err(Unreachable::new("the runner cannot be brought to hosts yet")) })
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async move {
            let plan = self.plan(endpoint).await?;
            let login = self.login(&plan).await?;
            let mut running = login.run(command, Said::with_limit(KEPT)).await.map_err(|error| worded(&error))?;
            let mut input = running.stdin;
            let feed = async move {
                // A command that does not read its input closes it early, which is no failure.
                let _ = input.write_all(stdin).await;
                let _ = input.shutdown().await;
            };
            let mut stdout = Vec::new();
            let ((), read) = tokio::join!(feed, running.stdout.read_to_end(&mut stdout));
            read.map_err(|error| worded(&error.to_string()))?;
            let code =
                running.exit.await.map_err(|_| worded("the connection was lost before the command had ended"))?;
            Ok(Output { code, stdout, stderr: running.said.bytes() })
        })
    }

    fn reset<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>> {
        Box::pin(async move {
            let plan = self.plan(endpoint).await?;
            self.logins.forget(&plan).await;
            Ok(())
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.logins.close())
    }
}

/// The reference's words before those of ssh.
fn worded(reason: &str) -> Unreachable {
    Unreachable::new(format!("Failed to connect to the host via ssh: {}", reason.trim_end()))
}
