//! An SSH server inside this process, on a port of the loopback: a small host of its own with a
//! scratch home. The demo runs on three of them; tests use it for what OpenSSH's server cannot be
//! made to do without root.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, VerifiedPublicKey, run_stream};
use russh::{Channel, ChannelId, ChannelMsg, ChannelOpenFailure, MethodKind, MethodSet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::{JoinHandle, JoinSet};

/// What the host is and whom it lets in.
#[derive(Clone, Default)]
pub struct DemoHost {
    /// Where commands start, and their `HOME`.
    pub home: PathBuf,
    /// More of their environment, as `PATH`.
    pub variables: Vec<(String, String)>,
    /// The key that opens it.
    pub key: Option<PublicKey>,
    pub password: Option<String>,
    /// Questions with whether their answers may be seen, and the answers.
    pub questions: Vec<(String, bool, String)>,
    /// The key is not enough: the questions come after it.
    pub wants_both: bool,
    /// Lets connections pass to other ports of the loopback.
    pub is_bastion: bool,
}

impl DemoHost {
    fn methods(&self) -> MethodSet {
        let mut methods = MethodSet::empty();
        for (kind, offered) in [
            (MethodKind::PublicKey, self.key.is_some()),
            (MethodKind::KeyboardInteractive, !self.questions.is_empty()),
            (MethodKind::Password, self.password.is_some()),
        ] {
            if offered {
                methods.push(kind);
            }
        }
        methods
    }
}

/// A host that runs until this is dropped.
pub struct RunningHost {
    pub port: u16,
    pub host_key: PublicKey,
    accepting: JoinHandle<()>,
}

impl Drop for RunningHost {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Starts a host on a free port.
pub async fn start(host: DemoHost) -> io::Result<RunningHost> {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), russh::keys::Algorithm::Ed25519)
        .map_err(io::Error::other)?;
    let host_key = key.public_key().clone();
    let config = Arc::new(Config {
        keys: vec![key],
        methods: host.methods(),
        auth_rejection_time: Duration::from_millis(10),
        auth_rejection_time_initial: Some(Duration::ZERO),
        nodelay: true,
        ..Config::default()
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let host = Arc::new(host);
    let accepting = tokio::spawn(async move {
        // Connections end with the host.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let guest = Guest { host: Arc::clone(&host), channels: HashMap::new() };
            let config = Arc::clone(&config);
            connections.spawn(async move {
                let _ = stream.set_nodelay(true);
                if let Ok(session) = run_stream(config, stream, guest).await {
                    let _ = session.await;
                }
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Ok(RunningHost { port, host_key, accepting })
}

/// One connection.
struct Guest {
    host: Arc<DemoHost>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Guest {
    /// Names everything that may be tried, again too, as OpenSSH's server does.
    fn rejection(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.host.methods()), partial_success: false }
    }

    fn ask(&self) -> Auth {
        let prompts = self.host.questions.iter().map(|(prompt, echo, _)| (Cow::Owned(prompt.clone()), *echo));
        Auth::Partial { name: Cow::Borrowed(""), instructions: Cow::Borrowed(""), prompts: prompts.collect() }
    }
}

impl Handler for Guest {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let fits = self.host.key.as_ref().is_some_and(|own| own.key_data() == key.public_key.key_data());
        if fits && self.host.wants_both {
            let more = MethodSet::from(&[MethodKind::KeyboardInteractive][..]);
            return Ok(Auth::Reject { proceed_with_methods: Some(more), partial_success: true });
        }
        Ok(if fits { Auth::Accept } else { self.rejection() })
    }

    async fn auth_password(&mut self, _user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(if self.host.password.as_deref() == Some(password) { Auth::Accept } else { self.rejection() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if self.host.questions.is_empty() {
            return Ok(self.rejection());
        }
        let Some(response) = response else { return Ok(self.ask()) };
        let given: Vec<Vec<u8>> = response.map(|answer| answer.to_vec()).collect();
        let right = self.host.questions.iter().map(|(_, _, answer)| answer.clone().into_bytes());
        Ok(if given == right.collect::<Vec<_>>() { Auth::Accept } else { self.rejection() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        self.channels.insert(channel.id(), channel);
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, line: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        let line = String::from_utf8_lossy(line).into_owned();
        // Ends with the channel: the client hangs up, or the command has ended.
        tokio::spawn(execute(Arc::clone(&self.host), channel, line));
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        _host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if !self.host.is_bastion {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        match TcpStream::connect(("127.0.0.1", port as u16)).await {
            Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
            Ok(mut stream) => {
                let _ = stream.set_nodelay(true);
                reply.accept().await;
                tokio::spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut stream).await;
                });
            }
        }
        Ok(())
    }
}

/// Runs a command line for a channel.
async fn execute(host: Arc<DemoHost>, channel: Channel<Msg>, line: String) {
    let (mut from_client, to_client) = channel.split();
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).current_dir(&host.home).env_clear().env("HOME", &host.home);
    command.envs(host.variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        let _ = to_client.exit_status(127).await;
        let _ = to_client.close().await;
        return;
    };
    let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return;
    };
    let feed = async {
        while let Some(message) = from_client.wait().await {
            match message {
                ChannelMsg::Data { data } if stdin.write_all(&data).await.is_err() => break,
                ChannelMsg::Eof | ChannelMsg::Close => break,
                _ => {}
            }
        }
        drop(stdin);
        std::future::pending::<()>().await;
    };
    let bring = async {
        let (mut out, mut err) = ([0; 16 * 1024], [0; 4 * 1024]);
        let (mut out_open, mut err_open) = (true, true);
        while out_open || err_open {
            tokio::select! {
                read = stdout.read(&mut out), if out_open => match read {
                    Ok(length @ 1..) => drop(to_client.data_bytes(out[..length].to_vec()).await),
                    _ => out_open = false,
                },
                read = stderr.read(&mut err), if err_open => match read {
                    Ok(length @ 1..) => drop(to_client.extended_data_bytes(1, err[..length].to_vec()).await),
                    _ => err_open = false,
                },
            }
        }
        child.wait().await
    };
    let status = tokio::select! {
        () = feed => return,
        status = bring => status,
    };
    let code = status.ok().and_then(|status| status.code()).unwrap_or(255);
    let _ = to_client.exit_status(code as u32).await;
    let _ = to_client.eof().await;
    let _ = to_client.close().await;
}
