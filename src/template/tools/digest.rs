//! Checksums by the names that Python's `hashlib` knows.

use std::fmt::Write;

use sha2::Digest;

use crate::template::{Result, TemplateError};

/// The checksum in hexadecimal.
pub fn hexadecimal(name: &str, bytes: &[u8]) -> Result<String> {
    let digest: Vec<u8> = match name.to_ascii_lowercase().replace('-', "_").as_str() {
        "md5" => md5::Md5::digest(bytes).to_vec(),
        "sha1" => sha1::Sha1::digest(bytes).to_vec(),
        "sha224" => sha2::Sha224::digest(bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(bytes).to_vec(),
        "sha384" => sha2::Sha384::digest(bytes).to_vec(),
        "sha512" => sha2::Sha512::digest(bytes).to_vec(),
        "sha512_224" => sha2::Sha512_224::digest(bytes).to_vec(),
        "sha512_256" => sha2::Sha512_256::digest(bytes).to_vec(),
        "sha3_224" => sha3::Sha3_224::digest(bytes).to_vec(),
        "sha3_256" => sha3::Sha3_256::digest(bytes).to_vec(),
        "sha3_384" => sha3::Sha3_384::digest(bytes).to_vec(),
        "sha3_512" => sha3::Sha3_512::digest(bytes).to_vec(),
        "blake2b" => blake2::Blake2b512::digest(bytes).to_vec(),
        "blake2s" => blake2::Blake2s256::digest(bytes).to_vec(),
        "shake_128" | "shake_256" => return Err("hexdigest() missing required argument 'length' (pos 1)".into()),
        _ => return Err(TemplateError::failure(format!("unsupported hash type {name}"))),
    };
    Ok(to_hexadecimal(&digest))
}

pub fn to_hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (name, expected) in [
            ("md5", "0cc175b9c0f1b6a831c399e269772661"),
            ("SHA1", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
            ("sha512-256", "455e518824bc0601f9fb858ff5c37d417d67c2f8e0df2babe4808858aea830f8"),
            ("blake2s", "4a0d129873403037c2cd9b9048203687f6233fb6738956e0349bd4320fec3e90"),
        ] {
            assert_eq!(hexadecimal(name, b"a").expect("a known name"), expected, "{name}");
        }
        assert!(hexadecimal("nosuch", b"").is_err());
    }
}
