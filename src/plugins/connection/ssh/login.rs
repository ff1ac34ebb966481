//! Logins: dialled, checked, authenticated, shared. A jump host is a login like any other, made once
//! for all hosts behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{Config, Handle, connect_stream};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};

use super::algorithms;
use super::auth;
use super::channel::{self, Running};
use super::client::{Client, Judged};
use super::config_line::wildcard;
use super::dial::{self, Said};
use super::host_config::{HostConfig, Proxy};
use super::host_key::{KnownHosts, Verdict};
use super::outside::Files;
use super::plan::{self, Plan};
use super::questions::Questions;
use super::stream::{Duplex, Watched};
use crate::transport::{BoxFuture, Surroundings};

/// How many commands of `ProxyCommand` may be on their way to their first byte at a time: below the
/// point at which OpenSSH's servers start to drop strangers (`MaxStartups 10:30:100`).
const COMMANDS: usize = 6;

/// How often a server that hangs up before it has said who it is gets asked again.
const DROPPED: u32 = 6;

/// How long key exchange may take once the server has spoken, on a slow machine with much to do.
const KEY_EXCHANGE: Duration = Duration::from_secs(60);

/// How deep jump hosts may lie behind each other.
const HOPS: usize = 16;

/// All logins of a run.
pub struct Logins {
    pub surroundings: Surroundings,
    questions: Arc<Questions>,
    files: Files,
    commands: Semaphore,
    places: Mutex<HashMap<String, Arc<Place>>>,
}

/// The lock is held while the login is made, so that many hosts behind it make it once.
type Place = AsyncMutex<Option<Arc<Login>>>;

/// A connection on which we are logged in.
pub struct Login {
    handle: Handle<Client>,
    pub config: HostConfig,
    variables: Vec<(String, String)>,
}

/// Why there is none.
enum Failed {
    /// The server hung up before it had said anything that could be checked: too many at a time.
    Dropped(String),
    Final(String),
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self::Final(reason)
    }
}

impl Logins {
    pub fn new(surroundings: &Surroundings) -> Self {
        Self {
            surroundings: surroundings.clone(),
            questions: Arc::new(Questions::new(Arc::clone(&surroundings.operator))),
            files: Files::new(surroundings.environment.clone()),
            commands: Semaphore::new(COMMANDS),
            places: Mutex::default(),
        }
    }

    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The login of a plan; makes it where there is none or where it was lost.
    pub fn get<'a>(&'a self, plan: &'a Plan, depth: usize) -> BoxFuture<'a, Result<Arc<Login>, String>> {
        Box::pin(async move {
            let place = {
                let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(places.entry(format!("{plan:?}")).or_default())
            };
            let mut login = place.lock().await;
            if let Some(login) = login.as_ref().filter(|login| !login.handle.is_closed()) {
                return Ok(Arc::clone(login));
            }
            let fresh = Arc::new(self.connect(plan, depth).await?);
            *login = Some(Arc::clone(&fresh));
            Ok(fresh)
        })
    }

    /// Forgets a login, by what is shown of its plan, and hangs up.
    pub async fn forget(&self, plan: &str) {
        let place = self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(plan);
        if let Some(place) = place
            && let Some(login) = place.lock().await.take()
        {
            login.hang_up().await;
        }
    }

    /// Hangs up everywhere.
    pub async fn close(&self) {
        let places = std::mem::take(&mut *self.places.lock().unwrap_or_else(PoisonError::into_inner));
        for place in places.into_values() {
            if let Some(login) = place.lock().await.take() {
                login.hang_up().await;
            }
        }
    }

    async fn connect(&self, plan: &Plan, depth: usize) -> Result<Login, String> {
        let mut pause = Duration::from_millis(100);
        for attempt in 1.. {
            match self.connect_once(plan, depth).await {
                Ok(login) => return Ok(login),
                Err(Failed::Final(reason)) => return Err(reason),
                Err(Failed::Dropped(reason)) if attempt >= DROPPED => return Err(reason),
                Err(Failed::Dropped(_)) => {
                    // Spread, so that those who were dropped together do not come back together.
                    tokio::time::sleep(pause.mul_f64(0.5 + f64::from(spread(&plan.config.host, attempt)) / 255.0))
                        .await;
                    pause *= 2;
                }
            }
        }
        unreachable!("the loop has no end")
    }

    async fn connect_once(&self, plan: &Plan, depth: usize) -> Result<Login, Failed> {
        let config = &plan.config;
        // Held until the server has spoken.
        let _turn = match config.proxy {
            Proxy::Command(_) => Some(self.commands.acquire().await.expect("nobody closes the semaphore")),
            _ => None,
        };
        let (stream, address, said) = self.dial(plan, depth).await?;
        let spoken = Arc::new(Notify::new());
        let verdict = Judged::default();
        let known_hosts = KnownHosts::new(config, address);
        let russh_config = Arc::new(russh_config(config, &known_hosts)?);
        let client = Client {
            known_hosts,
            questions: Arc::clone(&self.questions),
            notice: Arc::clone(&self.surroundings.notice),
            verdict: verdict.clone(),
            forwarded_agent: config
                .forward_agent
                .as_ref()
                .and_then(|agent| plan::agent_socket(agent, &self.surroundings.environment)),
        };
        let stream = Watched::new(stream, Arc::clone(&spoken));
        let handshake = connect_stream(russh_config, stream, client);
        let mut handle = match limited(handshake, &spoken, config).await {
            Ok(handle) => handle,
            Err(error) => {
                said.finished().await;
                return Err(failed(&error, config, &verdict, &said));
            }
        };
        auth::authenticate(auth::Login {
            handle: &mut handle,
            config,
            secrets: &plan.secrets,
            questions: &self.questions,
            environment: &self.surroundings.environment,
            tolerated: verdict.get() == Some(Verdict::Tolerated),
            remarks: Vec::new(),
        })
        .await?;
        let variables = variables(config, &self.surroundings.environment);
        Ok(Login { handle, config: config.clone(), variables })
    }

    async fn dial(&self, plan: &Plan, depth: usize) -> Result<(Box<dyn Duplex>, Option<String>, Said), String> {
        let config = &plan.config;
        let said = Said::default();
        match &config.proxy {
            Proxy::Command(line) => {
                let (stream, said) = dial::by_command(line, &self.surroundings.environment)?;
                Ok((stream, None, said))
            }
            Proxy::Jump(_) if depth >= HOPS => Err("too many jump hosts behind each other".into()),
            Proxy::Jump(hops) => {
                let hop = plan::for_hop(hops, plan, &self.surroundings.environment, &self.files)?;
                let bastion = self.get(&hop, depth + 1).await?;
                let stream = bastion.through(&config.host, config.port).await?;
                Ok((stream, None, said))
            }
            Proxy::None => {
                let (stream, address) = match &plan.socks {
                    Some(proxy) => dial::by_socks(config, proxy).await?,
                    None => dial::tcp(config).await?,
                };
                Ok((stream, address, said))
            }
        }
    }
}

impl Login {
    /// Starts a command line in the login's shell.
    pub async fn run(&self, line: &str, said: Said) -> Result<Running, String> {
        let lost = |error: russh::Error| {
            format!("Connection to {} port {} was lost: {error}", self.config.host, self.config.port)
        };
        let channel = self.handle.channel_open_session().await.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(reason) => format!("{}: open failed: {reason:?}", self.config.host),
            error => lost(error),
        })?;
        if self.config.forward_agent.is_some() {
            channel.agent_forward(false).await.map_err(lost)?;
        }
        for (name, value) in &self.variables {
            channel.set_env(false, name.as_str(), value.as_str()).await.map_err(lost)?;
        }
        channel.exec(false, line).await.map_err(lost)?;
        Ok(channel::run(channel, said))
    }

    /// A stream through this host to another one.
    pub async fn through(&self, host: &str, port: u16) -> Result<Box<dyn Duplex>, String> {
        let channel = self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 65535).await;
        let channel = channel.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(reason) => {
                let reason = match reason {
                    russh::ChannelOpenFailure::ConnectFailed => "open failed: connect failed: Connection refused",
                    russh::ChannelOpenFailure::AdministrativelyProhibited => {
                        "open failed: administratively prohibited: open failed"
                    }
                    russh::ChannelOpenFailure::ResourceShortage => "open failed: resource shortage",
                    _ => "open failed",
                };
                format!(
                    "channel 0: {reason}\r\nstdio forwarding failed\r\n\
                     kex_exchange_identification: Connection closed by remote host ({host} port {port}, through {})",
                    self.config.alias
                )
            }
            error => format!("Connection to {} port {} was lost: {error}", self.config.host, self.config.port),
        })?;
        Ok(Box::new(channel::stream(channel)))
    }

    async fn hang_up(&self) {
        let _ = self.handle.disconnect(russh::Disconnect::ByApplication, "", "").await;
    }
}

/// The server's first byte within the time for connecting, the key exchange in its own time.
async fn limited(
    handshake: impl Future<Output = Result<Handle<Client>, russh::Error>>,
    spoken: &Notify,
    config: &HostConfig,
) -> Result<Handle<Client>, russh::Error> {
    let mut handshake = std::pin::pin!(handshake);
    if let Some(limit) = config.connect_timeout {
        tokio::select! {
            biased;
            result = &mut handshake => return result,
            () = spoken.notified() => {}
            () = tokio::time::sleep(limit) => return Err(russh::Error::ConnectionTimeout),
        }
    }
    // A question about the host key may stand in it, so there is no limit where one is asked.
    match config.trust.strict {
        super::host_config::Strict::Ask => handshake.await,
        _ => tokio::time::timeout(KEY_EXCHANGE, handshake).await.unwrap_or(Err(russh::Error::ConnectionTimeout)),
    }
}

/// The words for a handshake that did not end well.
fn failed(error: &russh::Error, config: &HostConfig, verdict: &Judged, said: &Said) -> Failed {
    if let Some(Verdict::Refused(reason)) = verdict.get() {
        return Failed::Final(reason);
    }
    let place = format!("{} port {}", config.host, config.port);
    // A proxy command usually knows better than we do.
    let prefix = match said.text() {
        text if text.is_empty() => String::new(),
        text => text + "\r\n",
    };
    let closed = format!(
        "{prefix}kex_exchange_identification: Connection closed by remote host\r\nConnection closed by {place}"
    );
    match error {
        russh::Error::ConnectionTimeout => Failed::Final(format!(
            "{prefix}Connection timed out during banner exchange\r\nConnection to {place} timed out"
        )),
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            let kind = match kind {
                russh::AlgorithmKind::Kex => "key exchange method",
                russh::AlgorithmKind::Key => "host key type",
                russh::AlgorithmKind::Cipher => "cipher",
                russh::AlgorithmKind::Compression => "compression",
                russh::AlgorithmKind::Mac => "MAC",
            };
            Failed::Final(format!(
                "Unable to negotiate with {place}: no matching {kind} found. Their offer: {}",
                theirs.join(",")
            ))
        }
        russh::Error::IO(error) if error.kind() == std::io::ErrorKind::ConnectionReset && verdict.get().is_none() => {
            Failed::Dropped(format!(
                "{prefix}kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by {place}"
            ))
        }
        russh::Error::IO(_) | russh::Error::Disconnect | russh::Error::HUP if verdict.get().is_none() => {
            Failed::Dropped(closed)
        }
        russh::Error::Version => Failed::Dropped(closed),
        error => Failed::Final(format!("{prefix}Connection to {place} failed: {error}")),
    }
}

fn russh_config(config: &HostConfig, known_hosts: &KnownHosts) -> Result<Config, String> {
    let (known, certificates) = known_hosts.known_algorithms();
    Ok(Config {
        preferred: algorithms::preferred(&config.algorithms, config.compression && COMPRESS, &known, certificates)?,
        window_size: 1024 * 1024,
        maximum_packet_size: 32 * 1024,
        channel_buffer_size: 32,
        keepalive_interval: config.keepalive,
        keepalive_max: config.keepalive_max,
        ..Config::default()
    })
}

/// The reference asks for compression by default (`-C`), which only costs time where everything that
/// is large is compressed already: the runner is pushed compressed, and frames are small.
const COMPRESS: bool = false;

/// What `SendEnv` and `SetEnv` give to the host.
fn variables(config: &HostConfig, environment: &crate::data::Environment) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = config.set_env.clone();
    for (name, value) in environment.variables.iter() {
        let sent = config.send_env.iter().any(|pattern| wildcard(pattern, name));
        if sent && !variables.iter().any(|(known, _)| known == name) {
            variables.push((name.clone(), value.clone()));
        }
    }
    variables
}

/// A number that differs between hosts and attempts.
fn spread(host: &str, attempt: u32) -> u8 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (host, attempt, std::process::id()).hash(&mut hasher);
    hasher.finish() as u8
}
