//! Content that goes from here to a target: small things ride in the call, larger ones are read
//! piece by piece when the runner asks.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::transport::BlobSource;
use crate::wire::Blob;

/// Content up to this size is part of the call.
const INLINE: u64 = 64 * 1024;

/// The only blob of a call.
pub struct Content {
    pub blob: Blob,
    file: Option<PathBuf>,
}

impl Content {
    /// Bytes that are in memory anyway.
    pub fn bytes(option: &str, bytes: Vec<u8>) -> Self {
        let sha1 = Sha1::digest(&bytes).into();
        Self {
            blob: Blob { name: option.to_owned(), sha1, size: bytes.len() as u64, content: Some(bytes) },
            file: None,
        }
    }

    /// A file, which is read in full only to know its checksum.
    pub fn file(option: &str, path: &Path) -> std::io::Result<Self> {
        let size = std::fs::metadata(path)?.len();
        if size <= INLINE {
            return Ok(Self::bytes(option, std::fs::read(path)?));
        }
        let mut file = std::fs::File::open(path)?;
        let (mut sha1, mut piece) = (Sha1::new(), vec![0; 256 * 1024]);
        loop {
            let length = file.read(&mut piece)?;
            if length == 0 {
                break;
            }
            sha1.update(&piece[..length]);
        }
        let blob = Blob { name: option.to_owned(), sha1: sha1.finalize().into(), size, content: None };
        Ok(Self { blob, file: Some(path.to_path_buf()) })
    }

    /// Where the rest is read from, if the blob does not hold it.
    pub fn source(&self) -> Option<&dyn BlobSource> {
        self.file.is_some().then_some(self as &dyn BlobSource)
    }
}

impl BlobSource for Content {
    fn read(&self, _blob: u32, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let Some(path) = &self.file else { return Ok(Vec::new()) };
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(length);
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
