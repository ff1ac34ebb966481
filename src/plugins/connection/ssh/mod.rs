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
use tokio::sync::OnceCell;

use self::dial::Said;
use self::login::{Login, Logins};
use self::plan::Plan;
use crate::data::{Environment, Value};
use crate::transport::bootstrap::{Order, Shell, ShellCommand, bootstrap};
use crate::transport::payload::Payload;
use crate::transport::{BoxFuture, Connection, ConnectionPlugin, Endpoint, Link, Output, Unreachable};

pub use options::DECLARATION;

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &["smart", "paramiko", "paramiko_ssh"],
    summary: "Connect by the built-in SSH client",
    make: |surroundings| Arc::new(Ssh { logins: Logins::new(surroundings), payload: OnceCell::new() }),
};

/// How much of a command's stderr is kept.
const KEPT: usize = 16 * 1024 * 1024;

struct Ssh {
    logins: Logins,
    payload: OnceCell<Arc<Payload>>,
}

impl Ssh {
    async fn plan(&self, endpoint: &Endpoint) -> Result<Plan, Unreachable> {
        let environment = &self.logins.surroundings.environment;
        plan::for_endpoint(&endpoint.options, &endpoint.host, environment, self.logins.files()).map_err(|e| worded(&e))
    }

    /// This program as it is sent to hosts; made at the first need.
    async fn payload(&self) -> Result<Arc<Payload>, Unreachable> {
        let load = || async {
            let surroundings = self.logins.surroundings.clone();
            let load = move || {
                let cache = surroundings.environment.home.join(".cache/muster");
                Payload::load(&surroundings.program, &surroundings.build, &cache)
            };
            let loaded = tokio::task::spawn_blocking(load).await.map_err(|error| error.to_string()).flatten();
            loaded.map(Arc::new).map_err(|error| Unreachable::new(format!("The runner cannot be sent: {error}")))
        };
        self.payload.get_or_try_init(load).await.cloned()
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
    fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async move {
            let plan = self.plan(endpoint).await?;
            let shell = LoginShell { login: self.login(&plan).await? };
            let folder = endpoint.options.get("remote_tmp").and_then(Value::as_str);
            let surroundings = &self.logins.surroundings;
            let order = Order {
                build: &surroundings.build,
                // The usual one is for modules' files; programs have their own.
                folder: folder.filter(|folder| *folder != "~/.ansible/tmp"),
                host: &endpoint.host,
                notice: &*surroundings.notice,
                nonce: &nonce(&surroundings.environment),
            };
            bootstrap(&shell, &order, Box::pin(self.payload())).await
        })
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

/// A login as something that starts command lines.
struct LoginShell {
    login: Arc<Login>,
}

impl Shell for LoginShell {
    fn start<'a>(&'a self, line: &'a str) -> BoxFuture<'a, Result<ShellCommand, Unreachable>> {
        Box::pin(async move {
            let said = Said::default();
            let running = self.login.run(line, said.clone()).await.map_err(|error| worded(&error))?;
            let stderr = Arc::new(move || said.text());
            Ok(ShellCommand { stdout: Box::new(running.stdout), stdin: running.stdin, stderr })
        })
    }
}

fn nonce(environment: &Environment) -> String {
    let mut bytes = [0; 8];
    environment.dice.fill(&mut bytes);
    format!("{:016x}", u64::from_ne_bytes(bytes))
}

/// The reference's words before those of ssh.
fn worded(reason: &str) -> Unreachable {
    Unreachable::new(format!("Failed to connect to the host via ssh: {}", reason.trim_end()))
}
