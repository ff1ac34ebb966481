//! One request to the engine.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::client::conn::http1;

use super::stream::{Hijacked, Response};
use super::{ApiError, Engine, quoted};
use crate::data::json::{self, Style};
use crate::data::{Map, Value};

/// A request that is being put together.
pub struct Request {
    method: hyper::Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    body: Content,
}

/// What is sent along.
pub(super) enum Content {
    Text(Option<Bytes>),
    /// Read while it is sent, piece by piece.
    Stream(Box<dyn Read + Send>),
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(hyper::Method::GET, path)
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new(hyper::Method::POST, path)
    }

    pub fn put(path: impl Into<String>) -> Self {
        Self::new(hyper::Method::PUT, path)
    }

    pub fn head(path: impl Into<String>) -> Self {
        Self::new(hyper::Method::HEAD, path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(hyper::Method::DELETE, path)
    }

    fn new(method: hyper::Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), headers: Vec::new(), body: Content::Text(None) }
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// `filters={"label":["a=b"]}`: what a user gave as text, number, boolean or list of them.
    #[must_use]
    pub fn filters(self, filters: Option<&Map>) -> Self {
        match filters.filter(|filters| !filters.is_empty()) {
            Some(filters) => self.query("filters", json::dumps(&clean_filters(filters).into(), &Style::compact())),
            None => self,
        }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn json(mut self, body: impl Into<Value>) -> Self {
        self.headers.push(("Content-Type", "application/json".to_owned()));
        self.body = Content::Text(Some(json::dumps(&body.into(), &Style::compact()).into()));
        self
    }

    #[must_use]
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.headers.push(("Content-Type", "application/x-tar".to_owned()));
        self.body = Content::Text(Some(body.into()));
        self
    }

    #[must_use]
    pub fn stream(mut self, body: impl Read + Send + 'static) -> Self {
        self.headers.push(("Content-Type", "application/x-tar".to_owned()));
        self.body = Content::Stream(Box::new(body));
        self
    }

    /// Sends it; an answer that is no success is an error.
    pub fn send(self, engine: &Engine) -> Result<Response<'_>, ApiError> {
        let (url, request) = self.build(engine)?;
        let answer = engine.wait(async {
            let (mut sender, connection) =
                http1::handshake(engine.endpoint.dial().await?).await.map_err(ApiError::transport)?;
            tokio::spawn(connection.with_upgrades());
            sender.send_request(request).await.map_err(ApiError::transport)
        })?;
        Response::new(engine, &url, answer)
    }

    /// Sends it and takes the connection over.
    pub fn hijack(self, engine: &Engine) -> Result<Hijacked<'_>, ApiError> {
        let request = self.header("Connection", "Upgrade").header("Upgrade", "tcp");
        request.send(engine)?.hijack()
    }

    fn build(self, engine: &Engine) -> Result<(String, hyper::Request<Content>), ApiError> {
        let mut path = match engine.api_version.as_str() {
            "" => self.path,
            version => format!("/v{version}{}", self.path),
        };
        for (index, (name, value)) in self.query.iter().enumerate() {
            path.push_str(if index == 0 { "?" } else { "&" });
            path.push_str(&format!("{name}={}", quoted(value)));
        }
        let url = format!("{}{path}", engine.endpoint.base());
        let mut builder = hyper::Request::builder()
            .method(self.method)
            .uri(path)
            .header("Host", engine.endpoint.host())
            .header("User-Agent", "muster");
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        let request = builder.body(self.body).map_err(|error| ApiError::said(error.to_string()))?;
        Ok((url, request))
    }
}

/// The engine wants a list of texts for each filter.
pub fn clean_filters(filters: &Map) -> Map {
    let text = |value: &Value| match value.as_bool() {
        Some(flag) => Value::text(if flag { "true" } else { "false" }),
        None => Value::text(crate::data::python::str(value)),
    };
    filters
        .iter()
        .map(|(name, value)| {
            let items = match value.as_items() {
                Some(items) => items.iter().map(text).collect(),
                None => vec![text(value)],
            };
            (name.clone(), Value::list(items))
        })
        .collect()
}

const PIECE: usize = 64 * 1024;

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let piece = match &mut *self {
            Self::Text(text) => text.take().map(Ok),
            // The runtime is ours alone: nobody else waits while a file is read.
            Self::Stream(reader) => {
                let mut buffer = vec![0; PIECE];
                match reader.read(&mut buffer) {
                    Ok(0) => None,
                    Ok(count) => {
                        buffer.truncate(count);
                        Some(Ok(buffer.into()))
                    }
                    Err(error) => Some(Err(error)),
                }
            }
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Text(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
