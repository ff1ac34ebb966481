//! What the engine answers: a value, lines of JSON while it works, bytes, or a connection taken over.

use std::io::{self, BufRead, BufReader, Read};

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{ApiError, Engine};
use crate::data::{Value, json};
use crate::diagnostic::Origin;

/// A successful answer whose body has not been read yet.
pub struct Response<'a> {
    engine: &'a Engine,
    answer: hyper::Response<Incoming>,
    piece: Bytes,
}

impl<'a> Response<'a> {
    pub(super) fn new(engine: &'a Engine, url: &str, answer: hyper::Response<Incoming>) -> Result<Self, ApiError> {
        let status = answer.status();
        let mut response = Self { engine, answer, piece: Bytes::new() };
        if status.is_success() || status.is_informational() || status.as_u16() == 304 {
            return Ok(response);
        }
        let body = response.text()?;
        Err(ApiError::answer(status.as_u16(), status.canonical_reason().unwrap_or_default(), url, &body))
    }

    pub fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    fn text(&mut self) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).map_err(ApiError::transport)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The whole body as a value; null where there is none, text where it is no JSON.
    pub fn value(mut self) -> Result<Value, ApiError> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return Ok(Value::NULL);
        }
        Ok(json::parse(&text, &Origin::none()).unwrap_or_else(|_| Value::text(text)))
    }

    /// The messages of a pull, build, load or push, one by one. A message with an error ends it.
    pub fn messages(self, mut each: impl FnMut(&Value)) -> Result<(), ApiError> {
        for line in BufReader::new(self).lines() {
            let line = line.map_err(ApiError::transport)?;
            let Ok(message) = json::parse(line.trim(), &Origin::none()) else { continue };
            each(&message);
            if let Some(error) = message.get("error").and_then(Value::as_str) {
                return Err(ApiError::said(error));
            }
        }
        Ok(())
    }

    /// The output of a container, its two streams apart unless it has a terminal.
    pub fn output(mut self, has_terminal: bool) -> Result<(Vec<u8>, Vec<u8>), ApiError> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).map_err(ApiError::transport)?;
        Ok(if has_terminal { (bytes, Vec::new()) } else { split(&bytes) })
    }

    pub(super) fn hijack(self) -> Result<Hijacked<'a>, ApiError> {
        let engine = self.engine;
        let upgraded = engine.wait(async { hyper::upgrade::on(self.answer).await.map_err(ApiError::transport) })?;
        Ok(Hijacked { engine, stream: TokioIo::new(upgraded) })
    }
}

impl Read for Response<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let body = self.answer.body_mut();
            let frame = self.engine.wait(async { Ok(body.frame().await) }).map_err(io::Error::other)?;
            match frame {
                None => return Ok(0),
                Some(frame) => {
                    if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                        self.piece = data;
                    }
                }
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

/// A connection that carries the input and output of a process in a container.
pub struct Hijacked<'a> {
    engine: &'a Engine,
    stream: TokioIo<hyper::upgrade::Upgraded>,
}

impl Hijacked<'_> {
    /// Sends the input, ends it, and reads output and errors until the process is done.
    pub fn converse(self, input: &[u8], has_terminal: bool) -> Result<(Vec<u8>, Vec<u8>), ApiError> {
        let (mut reader, mut writer) = tokio::io::split(self.stream);
        let mut bytes = Vec::new();
        self.engine.wait(async {
            let send = async {
                // Who does not read its input may be gone before all of it is there.
                let _ = writer.write_all(input).await;
                let _ = writer.shutdown().await;
                Ok(())
            };
            let receive = reader.read_to_end(&mut bytes);
            tokio::try_join!(send, receive).map_err(ApiError::transport)
        })?;
        Ok(if has_terminal { (bytes, Vec::new()) } else { split(&bytes) })
    }
}

/// Frames of eight bytes (stream, three zeros, length) and content.
fn split(mut bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    while let Some((head, rest)) = bytes.split_at_checked(8) {
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let (content, rest) = rest.split_at(length.min(rest.len()));
        if head[0] == 2 {
            errors.extend_from_slice(content)
        } else {
            output.extend_from_slice(content)
        }
        bytes = rest;
    }
    (output, errors)
}

#[cfg(test)]
mod tests {
    #[test]
    fn streams_are_told_apart() {
        let frames = b"\x01\0\0\0\0\0\0\x02ab\x02\0\0\0\0\0\0\x01c\x01\0\0\0\0\0\0\x05d";
        assert_eq!(super::split(frames), (b"abd".to_vec(), b"c".to_vec()));
    }
}
