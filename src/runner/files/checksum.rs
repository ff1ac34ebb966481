//! Checksums, in hexadecimal.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// The hash of that name, as `sha256`.
pub fn hasher(name: &str) -> Option<Box<dyn DynDigest>> {
    Some(match name {
        "md5" => Box::new(Md5::default()),
        "sha1" => Box::new(Sha1::default()),
        "sha224" => Box::new(Sha224::default()),
        "sha256" => Box::new(Sha256::default()),
        "sha384" => Box::new(Sha384::default()),
        "sha512" => Box::new(Sha512::default()),
        _ => return None,
    })
}

/// The checksum of a file's content.
pub fn of_file(path: &Path, algorithm: &str) -> io::Result<String> {
    of_reader(&mut File::open(path)?, algorithm)
}

pub fn of_reader(reader: &mut dyn Read, algorithm: &str) -> io::Result<String> {
    let unknown = || io::Error::new(io::ErrorKind::Unsupported, format!("no such checksum: {algorithm}"));
    let mut hasher = hasher(algorithm).ok_or_else(unknown)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub fn of_bytes(mut bytes: &[u8], algorithm: &str) -> io::Result<String> {
    of_reader(&mut bytes, algorithm)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums() {
        for (algorithm, wanted) in [
            ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
            ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            assert_eq!(of_bytes(b"", algorithm).expect("known"), wanted);
        }
        assert!(of_bytes(b"", "crc32").is_err());
    }
}
