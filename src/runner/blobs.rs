//! Content from the controller: what came with the call, or is fetched piece by piece.

use std::io::{self, Read};
use std::sync::Arc;

use crate::wire::Blob;

/// Where content comes from that did not come with the call.
pub trait BlobReader: Send + Sync {
    /// The next piece at an offset, at most a window long; empty at the end.
    fn read(&self, blob: u32, offset: u64) -> io::Result<Vec<u8>>;
}

/// Everything came with the call.
pub struct Nothing;

impl BlobReader for Nothing {
    fn read(&self, _blob: u32, _offset: u64) -> io::Result<Vec<u8>> {
        Err(io::Error::other("the content did not come with the call"))
    }
}

/// One blob, read from its start.
pub struct Content {
    blob: Blob,
    index: u32,
    reader: Arc<dyn BlobReader>,
    offset: u64,
    /// A piece that is not yet used up, and how far it is.
    piece: Vec<u8>,
    used: usize,
}

impl Content {
    pub(super) fn new(blob: Blob, index: u32, reader: Arc<dyn BlobReader>) -> Self {
        Self { blob, index, reader, offset: 0, piece: Vec::new(), used: 0 }
    }

    pub fn size(&self) -> u64 {
        self.blob.size
    }

    /// The SHA-1 that the controller counted, in hexadecimal.
    pub fn checksum(&self) -> String {
        super::files::checksum::hex(&self.blob.sha1)
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            self.used = 0;
            self.piece = match self.blob.content.take() {
                Some(content) => content,
                None if self.offset >= self.blob.size => Vec::new(),
                None => self.reader.read(self.index, self.offset)?,
            };
            self.offset += self.piece.len() as u64;
        }
        let rest = &self.piece[self.used..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.used += length;
        Ok(length)
    }
}
