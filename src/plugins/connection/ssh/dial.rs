//! The way to a server's SSH port: TCP, a SOCKS5 proxy or a command's pipes. Jump hosts are in
//! `login`, as they need logins of their own.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::sync::Mutex as AsyncMutex;

use super::host_config::HostConfig;
use super::resolve::resolve;
use super::socks::{self, SocksProxy};
use super::stream::{ChildStream, Duplex};
use crate::data::Environment;

/// A stream and the address at its end, where it is known.
pub type Dialled = (Box<dyn Duplex>, Option<String>);

/// Connects by TCP: every address in turn, as often as the settings say.
pub async fn tcp(config: &HostConfig) -> Result<Dialled, String> {
    let mut error = String::new();
    for attempt in 0..config.connection_attempts.max(1) {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        for address in resolve(&config.host, config.port, config.family).await? {
            match limited(config.connect_timeout, connect(address, config.bind_address.as_deref())).await {
                Ok(stream) => return Ok((Box::new(stream), Some(address.ip().to_string()))),
                Err(reason) => error = format!("ssh: connect to host {} port {}: {reason}", config.host, config.port),
            }
        }
    }
    Err(error)
}

/// Connects through a SOCKS5 proxy.
pub async fn by_socks(config: &HostConfig, proxy: &SocksProxy) -> Result<Dialled, String> {
    let work = async {
        let mut error = String::new();
        for address in resolve(&proxy.host, proxy.port, config.family).await? {
            match connect(address, None).await {
                Err(reason) => error = format!("ssh: connect to proxy {} port {}: {reason}", proxy.host, proxy.port),
                Ok(mut stream) => {
                    let host = match proxy.remote_names {
                        true => config.host.clone(),
                        false => resolve(&config.host, config.port, config.family).await?[0].ip().to_string(),
                    };
                    socks::connect(&mut stream, proxy, &host, config.port).await.map_err(|reason| {
                        format!("ssh: connect to host {} port {}: {reason}", config.host, config.port)
                    })?;
                    return Ok((Box::new(stream) as Box<dyn Duplex>, None));
                }
            }
        }
        Err(error)
    };
    limited(config.connect_timeout, work).await
}

/// Starts the command of a `ProxyCommand`. It leaves the terminal's foreground group, so that Ctrl-C
/// does not cut what the controller still needs, but keeps the terminal for its questions. What it
/// says on stderr is kept for the error message.
pub fn by_command(line: &str, environment: &Environment) -> Result<(Box<dyn Duplex>, Said), String> {
    let shell = environment.filled("SHELL").unwrap_or("/bin/sh");
    let mut command = Command::new(shell);
    command.arg("-c").arg(format!("exec {line}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.current_dir(&environment.working_directory).env_clear().envs(environment.variables.iter());
    command.process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("{shell}: {}", reason(&error)))?;
    let said = Said::default();
    if let Some(stderr) = child.stderr.take() {
        let listening = Arc::clone(&said.listening).try_lock_owned().expect("nobody else has it yet");
        let listener = said.clone();
        // Ends with the command, which ends with its stream.
        tokio::spawn(async move {
            listener.listen(stderr).await;
            drop(listening);
        });
    }
    let stream = ChildStream::new(child).expect("pipes were asked for");
    Ok((Box::new(stream), said))
}

/// The last of what a command said on stderr.
#[derive(Clone)]
pub struct Said {
    text: Arc<Mutex<Vec<u8>>>,
    /// Held by whoever listens.
    listening: Arc<AsyncMutex<()>>,
    limit: usize,
}

impl Default for Said {
    fn default() -> Self {
        Self::with_limit(4096)
    }
}

impl Said {
    pub fn with_limit(limit: usize) -> Self {
        Self { text: Arc::default(), listening: Arc::default(), limit }
    }

    /// Listens until the other end is closed, so that the command never waits for a reader.
    async fn listen(self, mut stderr: impl AsyncRead + Unpin) {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = stderr.read(&mut piece).await {
            self.add(&piece[..length]);
        }
    }

    pub fn add(&self, piece: &[u8]) {
        let mut said = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(piece);
        let excess = said.len().saturating_sub(self.limit);
        said.drain(..excess);
    }

    /// Waits a moment for the command's last words: it may have closed its output before them.
    pub async fn finished(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(300), self.listening.lock()).await;
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner)).trim().to_owned()
    }
}

async fn connect(address: SocketAddr, bind: Option<&str>) -> Result<TcpStream, String> {
    let open = async {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(bind) = bind.and_then(|bind| bind.parse().ok()) {
            socket.bind(SocketAddr::new(bind, 0))?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok::<_, std::io::Error>(stream)
    };
    open.await.map_err(|error| reason(&error))
}

/// An error of the system in its own words, without Rust's `(os error 111)`.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

async fn limited<T>(limit: Option<Duration>, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err("Connection timed out".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::connection::ssh::config::{Settings, tests::subject};
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn a_refused_connection_is_worded_as_openssh_does() {
        let mut settings = Settings::default();
        settings.offer_option("HostName=127.0.0.1");
        settings.offer_option("Port=1");
        let config = HostConfig::new(&settings, &subject("web")).expect("fine");
        let error = tcp(&config).await.err().expect("nobody listens on port 1");
        assert_eq!(error, "ssh: connect to host 127.0.0.1 port 1: Connection refused");
    }

    #[tokio::test]
    async fn a_command_is_a_stream() {
        let (mut stream, _) =
            by_command("cat", &crate::transport::tests::surroundings().environment).expect("it starts");
        stream.write_all(b"hello").await.expect("it reads");
        let mut read = [0; 5];
        stream.read_exact(&mut read).await.expect("it answers");
        assert_eq!(&read, b"hello");
    }
}
