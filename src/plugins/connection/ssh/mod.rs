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
pub mod holder;
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
pub mod socks_server;
mod stream;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::dial::Said;
use self::holder::client::{Answer, Holder};
use self::login::{Login, Logins};
use self::plan::Plan;
use crate::data::Value;
use crate::project::settings::Default;
use crate::project::settings::muster::{KEEP_CONNECTIONS, RECONNECT, RECONNECT_SECONDS};
use crate::transport::bootstrap::{self, Shell, ShellCommand, bootstrap};
use crate::transport::payload::Shared as SharedPayload;
use crate::transport::{BoxFuture, Connection, ConnectionPlugin, Endpoint, Link, Output, Surroundings, Unreachable};
use crate::wire::holder::{Around, Order, Wish};
use crate::wire::{PATIENCE_WORD, RETURN_WORD};

pub use options::DECLARATION;

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &["smart", "paramiko", "paramiko_ssh"],
    summary: "Connect by the built-in SSH client",
    make: |surroundings| Arc::new(Ssh { holder: Some(Holder::new(surroundings)), ..Ssh::direct(surroundings) }),
};

/// `ControlPersist yes` means until something ends it; a day is as good.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How much of a command's stderr is kept.
const KEPT: usize = 16 * 1024 * 1024;

pub(super) struct Ssh {
    logins: Logins,
    payload: SharedPayload,
    /// Nothing in the holder itself.
    holder: Option<Holder>,
}

impl Ssh {
    /// One that dials itself, whatever the settings say of keeping connections.
    fn direct(surroundings: &Surroundings) -> Self {
        Self { logins: Logins::new(surroundings), payload: SharedPayload::new(surroundings), holder: None }
    }

    /// Forgets a login by what is shown of its plan.
    async fn forget(&self, plan: &str) {
        self.logins.forget(plan).await;
    }

    /// What the holder is told, where the connection is to outlive the run.
    fn order(&self, endpoint: &Endpoint, plan: &Plan, wish: Wish) -> Option<(&Holder, Order)> {
        let holder = self.holder.as_ref()?;
        let keep = kept_for(endpoint, plan)?;
        let environment = &self.logins.surroundings.environment;
        let matters = |name: &str| {
            ["HOME", "PATH", "SHELL", "LANG", "SSH_AUTH_SOCK", "SSH_ASKPASS", "DISPLAY", "KRB5CCNAME"].contains(&name)
                || name.starts_with("LC_")
                || plan.config.send_env.iter().any(|pattern| config_line::wildcard(pattern, name))
        };
        let variables = environment.variables.iter().filter(|(name, _)| matters(name));
        let around = Around {
            variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
            working_directory: environment.working_directory.display().to_string(),
            home: environment.home.display().to_string(),
            user: environment.user.clone(),
        };
        let folder = endpoint.options.get("remote_tmp").and_then(Value::as_str).unwrap_or_default();
        let key = format!("{around:?} {plan:?} {folder} {:?}", self.patience(endpoint));
        let options = (*endpoint.options).clone();
        let host = endpoint.host.to_string();
        Some((holder, Order { wish, key, host, options, around, keep: keep.as_secs() }))
    }

    pub(super) async fn plan(&self, endpoint: &Endpoint) -> Result<Plan, Unreachable> {
        let environment = &self.logins.surroundings.environment;
        plan::for_endpoint(&endpoint.options, &endpoint.host, environment, self.logins.files()).map_err(|e| worded(&e))
    }

    /// Starts the runner, or what leads back to one, through the login's shell.
    async fn start(&self, endpoint: &Endpoint, plan: &Plan, words: &str) -> Result<Link, Unreachable> {
        let shell = LoginShell { login: self.login(plan).await? };
        let folder = endpoint.options.get("remote_tmp").and_then(Value::as_str);
        let surroundings = &self.logins.surroundings;
        let order = bootstrap::Order {
            build: &surroundings.build,
            // The usual one is for modules' files; programs have their own.
            folder: folder.filter(|folder| *folder != "~/.ansible/tmp"),
            host: &endpoint.host,
            notice: &*surroundings.notice,
            nonce: &bootstrap::nonce(&surroundings.environment),
            words,
        };
        bootstrap(&shell, &order, Box::pin(self.payload.get())).await
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
            if let Some((holder, order)) = self.order(endpoint, &plan, Wish::Runner)
                && let Some(answer) = holder.order(order).await
                && let Answer::Link(link) = answer?
            {
                return Ok(link);
            }
            // A lost controller may take its time to notice that it is lost.
            let words = match self.patience(endpoint) {
                Some(patience) => format!("{PATIENCE_WORD} {}", (patience * 2).as_secs()),
                None => String::new(),
            };
            self.start(endpoint, &plan, &words).await
        })
    }

    fn go_back<'a>(&'a self, endpoint: &'a Endpoint, instance: &'a str) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async move {
            let plan = self.plan(endpoint).await?;
            if let Some((holder, order)) = self.order(endpoint, &plan, Wish::Return(instance.to_owned()))
                && let Some(answer) = holder.order(order).await
                && let Answer::Link(link) = answer?
            {
                return Ok(link);
            }
            self.start(endpoint, &plan, &format!("{RETURN_WORD} {instance}")).await
        })
    }

    fn patience(&self, endpoint: &Endpoint) -> Option<Duration> {
        let seconds =
            endpoint.options.get(RECONNECT.name).map_or(RECONNECT_SECONDS, |value| value.as_int().unwrap_or(0));
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async move {
            let plan = self.plan(endpoint).await?;
            let wish = || Wish::Exec { command: command.to_owned(), stdin: stdin.to_vec() };
            if let Some((holder, order)) = self.order(endpoint, &plan, wish())
                && let Some(answer) = holder.order(order).await
                && let Answer::Output(output) = answer?
            {
                return Ok(output);
            }
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
            if let Some((holder, order)) = self.order(endpoint, &plan, Wish::Reset) {
                holder.order_from_running(order).await;
            }
            self.logins.forget(&format!("{plan:?}")).await;
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

/// How long the connection outlives a run: as ControlPersist says it, and the setting of our own. An
/// agent is not left forwarded.
fn kept_for(endpoint: &Endpoint, plan: &Plan) -> Option<Duration> {
    let persist = plan.config.persist.filter(|_| plan.config.forward_agent.is_none())?;
    let usual = KEEP_CONNECTIONS.default;
    match endpoint.options.get(KEEP_CONNECTIONS.name).and_then(Value::as_int) {
        Some(..=0) => None,
        Some(seconds) if usual != Default::Int(seconds) => Some(Duration::from_secs(seconds as u64)),
        _ => Some(persist.min(LONGEST)),
    }
}

/// The reference's words before those of ssh.
fn worded(reason: &str) -> Unreachable {
    Unreachable::new(format!("Failed to connect to the host via ssh: {}", reason.trim_end()))
}
