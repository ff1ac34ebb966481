//! A small HTTP client for modules and lookups: one request, one answer, one connection. Small and
//! sync, with proxies, trust and secrets from the task's environment.

mod auth;
mod body;
pub mod options;
mod proxy;
mod resolve;
mod stream;
mod tls;
mod url;

pub use resolve::resolve;
pub use url::{Url, decoded as unquoted};

use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::data::Environment;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// In capitals.
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// Headers that are not sent again to where a redirect leads.
    pub unredirected_headers: Vec<String>,
    pub body: Option<Body>,
}

/// What is sent along.
#[derive(Clone, Debug)]
pub enum Body {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Those that Python's own library follows: all but with methods that change something and 307.
    #[default]
    Usual,
    All,
    /// Only where the method only reads.
    Safe,
    None,
}

/// How to reach the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest wait for a connection, and for each piece of the answer.
    pub timeout: Duration,
    pub follow: Follow,
    pub use_proxy: bool,
    pub validate_certs: bool,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    /// Certificates that are trusted besides the system's.
    pub ca_path: Option<PathBuf>,
    pub unix_socket: Option<PathBuf>,
    /// Whether a packed answer is unpacked.
    pub decompress: bool,
    pub username: Option<String>,
    pub password: Option<String>,
    /// Whether name and password are sent before the server asks.
    pub force_basic_auth: bool,
    pub use_netrc: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            follow: Follow::Usual,
            use_proxy: true,
            validate_certs: true,
            client_cert: None,
            client_key: None,
            ca_path: None,
            unix_socket: None,
            decompress: true,
            username: None,
            password: None,
            force_basic_auth: false,
            use_netrc: true,
        }
    }
}

/// What came back, whatever its status.
pub struct Response {
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    /// Where it came from in the end.
    pub url: String,
    pub body: Box<dyn Read>,
}

/// There was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address makes no sense.
    #[error("{0}")]
    Url(String),
    /// The server could not be reached, in the words of Python's `URLError`.
    #[error("Request failed: <urlopen error {0}>")]
    Request(String),
    /// The connection broke.
    #[error("Connection failure: {0}")]
    Connection(String),
}

/// No server leads further than this.
const MOST_REDIRECTS: usize = 10;
/// An answer's head may not be longer.
const LONGEST_HEAD: u64 = 256 * 1024;

impl Response {
    /// All values of a header, joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The whole body.
    pub fn bytes(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        self.body.read_to_end(&mut bytes).map_err(|error| HttpError::Connection(said(&error)))?;
        Ok(bytes)
    }
}

/// Sends a request, follows where it leads, answers when the server wants to know who asks.
pub fn send(request: &Request, options: &Options, environment: &Environment) -> Result<Response, HttpError> {
    let mut request = request.clone();
    let mut options = options.clone();
    let mut url = Url::parse(&request.url)?;
    if let Some((name, password)) = url.take_credentials() {
        options.username.get_or_insert(name);
        options.password.get_or_insert(password);
    } else if options.username.is_none() && options.use_netrc && !request.has_header("Authorization") {
        if let Some((name, password)) = auth::from_netrc(environment, &url.host) {
            options.username = Some(name);
            options.password = Some(password);
            options.force_basic_auth = true;
        }
    }
    if options.force_basic_auth {
        if let Some(name) = &options.username {
            let value = auth::basic(name, options.password.as_deref().unwrap_or_default());
            request.set_header("Authorization", value);
        }
    }
    let mut has_answered = false;
    for _ in 0..=MOST_REDIRECTS {
        let response = once(&request, &url, &options, environment)?;
        if response.status == 401 && !has_answered && !request.has_header("Authorization") {
            if let Some(value) = auth::answer(&request, &url, &options, &response) {
                has_answered = true;
                request.set_header("Authorization", value);
                continue;
            }
        }
        let Some(next) = follow(&mut request, &url, options.follow, &response)? else { return Ok(response) };
        url = next;
    }
    Err(HttpError::Request("The HTTP server returned a redirect error that would lead to an infinite loop.".to_owned()))
}

impl Request {
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }
}

/// Where an answer leads, with the request changed to what is asked there.
fn follow(request: &mut Request, url: &Url, follow: Follow, response: &Response) -> Result<Option<Url>, HttpError> {
    let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    let Some(location) = response.header("Location").filter(|_| is_redirect) else { return Ok(None) };
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    let goes = match follow {
        Follow::None => false,
        Follow::All => true,
        Follow::Safe => reads,
        Follow::Usual => reads || (request.method == "POST" && matches!(response.status, 301..=303)),
    };
    if !goes {
        return Ok(None);
    }
    let next = url.join(&location)?;
    let becomes_get = match response.status {
        303 => request.method != "HEAD",
        301 | 302 => request.method == "POST" || (response.status == 302 && request.method != "HEAD"),
        _ => false,
    };
    if becomes_get {
        request.method = "GET".to_owned();
        request.body = None;
    }
    let dropped = std::mem::take(&mut request.unredirected_headers);
    let is_elsewhere = next.host != url.host || next.port != url.port || next.scheme != url.scheme;
    request.headers.retain(|(name, _)| {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let of_body =
            becomes_get && ["Content-Length", "Content-Type", "Transfer-Encoding"].iter().any(|name| is(name));
        // Who one is concerns only the server that one meant.
        let secret = is_elsewhere && (is("Authorization") || is("Cookie"));
        !of_body && !secret && !is("Host") && !dropped.iter().any(|name| is(name))
    });
    Ok(Some(next))
}

/// One request on one connection.
fn once(request: &Request, url: &Url, options: &Options, environment: &Environment) -> Result<Response, HttpError> {
    let proxy = if options.use_proxy && options.unix_socket.is_none() { proxy::of(url, environment)? } else { None };
    let mut stream = stream::open(url, proxy.as_ref(), options, environment)?;
    let failed = |error: io::Error| HttpError::Request(said(&error));
    let head = head(request, url, proxy.as_ref())?;
    stream.write_all(head.as_bytes()).map_err(failed)?;
    match &request.body {
        Some(Body::Bytes(bytes)) => stream.write_all(bytes).map_err(failed)?,
        Some(Body::File(path)) => {
            let mut file = std::fs::File::open(path).map_err(failed)?;
            io::copy(&mut file, &mut stream).map_err(failed)?;
        }
        None => {}
    }
    stream.flush().map_err(failed)?;
    let mut reader = BufReader::new(stream);
    let (status, reason, headers) = loop {
        let head = read_head(&mut reader)?;
        // 100 and its like only come before the real answer.
        if !(100..200).contains(&head.0) {
            break head;
        }
    };
    let body = body::reader(Box::new(reader), &request.method, status, &headers, options.decompress);
    Ok(Response { status, reason, headers, url: url.shown(), body })
}

fn head(request: &Request, url: &Url, proxy: Option<&proxy::Proxy>) -> Result<String, HttpError> {
    let is_plain_proxy = proxy.is_some() && url.scheme == "http";
    let place = if is_plain_proxy { format!("http://{}{}", url.authority(), url.path) } else { url.path.clone() };
    let mut lines = vec![format!("{} {place} HTTP/1.1", request.method)];
    let mut add = |name: &str, value: &str| -> Result<(), HttpError> {
        if value.contains(['\r', '\n', '\0']) || name.contains(['\r', '\n', '\0', ':', ' ']) {
            return Err(HttpError::Url(format!("Invalid header value b'{}'", value.escape_debug())));
        }
        lines.push(format!("{name}: {value}"));
        Ok(())
    };
    if !request.has_header("Accept-Encoding") {
        add("Accept-Encoding", "identity")?;
    }
    if let Some(body) = &request.body {
        let length = match body {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File(path) => path.metadata().map_err(|error| HttpError::Request(said(&error)))?.len(),
        };
        if !request.has_header("Content-Type") {
            add("Content-Type", "application/x-www-form-urlencoded")?;
        }
        if !request.has_header("Content-Length") {
            add("Content-Length", &length.to_string())?;
        }
    }
    if !request.has_header("Host") {
        add("Host", &url.authority())?;
    }
    if let Some(value) = proxy.filter(|_| is_plain_proxy).and_then(proxy::Proxy::authorization) {
        add("Proxy-Authorization", &value)?;
    }
    for (name, value) in &request.headers {
        if !name.eq_ignore_ascii_case("Connection") {
            add(&titled(name), value)?;
        }
    }
    add("Connection", "close")?;
    Ok(lines.join("\r\n") + "\r\n\r\n")
}

/// `x-tOKEN` as `X-Token`.
fn titled(name: &str) -> String {
    let title = |part: &str| {
        let mut characters = part.chars();
        let first = characters.next().map(|character| character.to_ascii_uppercase());
        first.into_iter().chain(characters.map(|character| character.to_ascii_lowercase())).collect::<String>()
    };
    name.split('-').map(title).collect::<Vec<_>>().join("-")
}

type Head = (u16, String, Vec<(String, String)>);

fn read_head(reader: &mut impl io::BufRead) -> Result<Head, HttpError> {
    let mut bytes = Vec::new();
    let mut limited = reader.take(LONGEST_HEAD);
    loop {
        let start = bytes.len();
        let length = io::BufRead::read_until(&mut limited, b'\n', &mut bytes)
            .map_err(|error| HttpError::Connection(said(&error)))?;
        if length == 0 {
            let message = if start == 0 {
                "Remote end closed connection without response"
            } else {
                "got more than 65536 bytes when reading header line"
            };
            return Err(HttpError::Connection(message.to_owned()));
        }
        if start > 0 && matches!(&bytes[start..], b"\r\n" | b"\n") {
            break;
        }
    }
    let mut room = [httparse::EMPTY_HEADER; 256];
    let mut parsed = httparse::Response::new(&mut room);
    let mut config = httparse::ParserConfig::default();
    config.allow_spaces_after_header_name_in_responses(true).allow_obsolete_multiline_headers_in_responses(true);
    if config.parse_response(&mut parsed, &bytes).is_err() {
        let line = String::from_utf8_lossy(&bytes);
        return Err(HttpError::Connection(line.lines().next().unwrap_or_default().to_owned()));
    }
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let headers = parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    Ok((parsed.code.unwrap_or(0), parsed.reason.unwrap_or_default().to_owned(), headers))
}

/// `Wed, 01 Jan 2020 00:00:00 GMT`.
pub fn date(time: std::time::SystemTime) -> String {
    let seconds = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let moment = jiff::Timestamp::from_second(seconds as i64).unwrap_or_default();
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The name of a file for what has not come in full.
pub fn temporary_name() -> String {
    format!(".ansible_tmp{}", super::files::write::random_name())
}

/// An error as Python would say it.
fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        _ => super::errors::plain(error),
    }
}

#[cfg(test)]
pub mod tests;
