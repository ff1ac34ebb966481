//! Opening a stream to the engine.

use std::path::PathBuf;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::options::Settled;
use super::{ApiError, tls};

/// Where the engine listens.
pub(super) enum Endpoint {
    Unix(PathBuf),
    Tcp { host: String, port: u16, tls: Option<Tls> },
}

pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// Both directions of a connection.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Endpoint {
    pub fn new(settled: &Settled) -> Result<Self, ApiError> {
        let address = settled.docker_host.as_str();
        if let Some(path) = address.strip_prefix("unix://") {
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let secure = settled.tls || settled.validate_certs || address.starts_with("https://");
        let rest = ["tcp://", "http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme));
        let Some(rest) = rest else {
            return Err(ApiError::said(format!(
                "`{address}` is no address of an engine that muster can speak to: use unix:// or tcp://"
            )));
        };
        let (host, port) = host_and_port(rest.trim_end_matches('/'), if secure { 2376 } else { 2375 })
            .ok_or_else(|| ApiError::said(format!("`{address}` has no valid port")))?;
        let tls = if secure {
            let name = settled.tls_hostname.clone().unwrap_or_else(|| host.clone());
            let name = ServerName::try_from(name.clone())
                .map_err(|_| ApiError::said(format!("`{name}` cannot be the name in a certificate")))?;
            Some(Tls { config: Arc::new(tls::config(settled)?), name })
        } else {
            None
        };
        Ok(Self::Tcp { host, port, tls })
    }

    /// The address as errors show it.
    pub fn base(&self) -> String {
        match self {
            Self::Unix(_) => "http+docker://localhost".to_owned(),
            Self::Tcp { host, port, tls } => {
                format!("{}://{host}:{port}", if tls.is_some() { "https" } else { "http" })
            }
        }
    }

    pub fn host(&self) -> String {
        match self {
            Self::Unix(_) => "localhost".to_owned(),
            Self::Tcp { host, port, .. } => format!("{host}:{port}"),
        }
    }

    pub async fn dial(&self) -> Result<TokioIo<Box<dyn Duplex>>, ApiError> {
        let stream: Box<dyn Duplex> = match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(|error| {
                let words = crate::runner::errors::words(&error);
                let number = error.raw_os_error().unwrap_or_default();
                ApiError::transport(format!("{}({number}, '{words}')", python_class(&error)))
            })?),
            Self::Tcp { host, port, tls } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| {
                    ApiError::said(format!(
                        "{}: Failed to establish a new connection: {}",
                        self.base(),
                        crate::runner::errors::plain(&error)
                    ))
                })?;
                // Small requests and answers; waiting to fill packets only costs time.
                let _ = stream.set_nodelay(true);
                match tls {
                    None => Box::new(stream),
                    Some(tls) => {
                        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&tls.config));
                        let secure = connector.connect(tls.name.clone(), stream).await;
                        Box::new(secure.map_err(|error| ApiError::said(format!("{}: {error}", self.base())))?)
                    }
                }
            }
        };
        Ok(TokioIo::new(stream))
    }
}

fn python_class(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "FileNotFoundError",
        std::io::ErrorKind::PermissionDenied => "PermissionError",
        std::io::ErrorKind::ConnectionRefused => "ConnectionRefusedError",
        _ => "OSError",
    }
}

fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let port = port.strip_prefix(':').map_or(Some(default), |port| port.parse().ok())?;
        return Some((host.to_owned(), port));
    }
    match text.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((text.to_owned(), default)),
    }
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn addresses() {
        let of = |text: &str| host_and_port(text, 1).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(of("a:2").as_deref(), Some("a 2"));
        assert_eq!(of("a").as_deref(), Some("a 1"));
        assert_eq!(of("[::1]:3").as_deref(), Some("::1 3"));
        assert_eq!(of("a:b"), None);
    }
}
