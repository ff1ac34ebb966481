//! The way to a server: over TCP or a unix socket, through a proxy, encrypted.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::proxy::Proxy;
use super::{HttpError, Options, Url, resolve, said, tls};
use crate::data::Environment;

/// Bytes in both directions.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Opens the way for one request.
pub fn open(
    url: &Url,
    proxy: Option<&Proxy>,
    options: &Options,
    environment: &Environment,
) -> Result<Box<dyn Stream>, HttpError> {
    let failed = |error: io::Error| HttpError::Request(said(&error));
    let plain: Box<dyn Stream> = match (&options.unix_socket, proxy) {
        (Some(path), _) => {
            let stream = UnixStream::connect(path).map_err(failed)?;
            stream.set_read_timeout(Some(options.timeout)).map_err(failed)?;
            stream.set_write_timeout(Some(options.timeout)).map_err(failed)?;
            Box::new(stream)
        }
        (None, Some(proxy)) => {
            let tcp = connect(&proxy.host, proxy.port, options.timeout, environment).map_err(failed)?;
            let mut stream: Box<dyn Stream> = Box::new(tcp);
            if proxy.is_secure {
                stream = tls::wrap(stream, &proxy.host, options, environment)?;
            }
            if url.scheme == "https" {
                tunnel(&mut stream, url, proxy)?;
            }
            stream
        }
        (None, None) => Box::new(connect(&url.host, url.port, options.timeout, environment).map_err(failed)?),
    };
    if url.scheme == "https" { tls::wrap(plain, &url.host, options, environment) } else { Ok(plain) }
}

fn connect(host: &str, port: u16, timeout: Duration, environment: &Environment) -> io::Result<TcpStream> {
    let timeout = timeout.max(Duration::from_millis(1));
    let mut last = io::Error::other("[Errno -2] Name or service not known");
    for address in resolve(host, port, environment)? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks a proxy for a way through.
fn tunnel(stream: &mut Box<dyn Stream>, url: &Url, proxy: &Proxy) -> Result<(), HttpError> {
    let failed = |error: io::Error| HttpError::Request(said(&error));
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    let mut head = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n", port = url.port);
    if let Some(value) = proxy.authorization() {
        head.push_str(&format!("Proxy-Authorization: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).map_err(failed)?;
    // One byte at a time: what follows the head belongs to the tunnel.
    let mut reader = BufReader::with_capacity(1, stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let length = (&mut reader).take(64 * 1024).read_line(&mut line).map_err(failed)?;
        if length == 0 || line.trim().is_empty() || lines.len() > 256 {
            break;
        }
        lines.push(line);
    }
    let first = lines.first().map(|line| line.trim().to_owned()).unwrap_or_default();
    let mut words = first.splitn(3, ' ').skip(1);
    match (words.next(), words.next()) {
        (Some(code), _) if code.starts_with('2') => Ok(()),
        (Some(code), reason) => {
            Err(HttpError::Request(format!("Tunnel connection failed: {code} {}", reason.unwrap_or_default())))
        }
        (None, _) => Err(HttpError::Request("Remote end closed connection without response".to_owned())),
    }
}
