//! Sealing what is written again and again within one file: the slow derivation is done once, and
//! each piece has keys of its own.

use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use super::cipher::{CHECKSUM_LENGTH, Keys, MATERIAL_LENGTH, ROUNDS};
use super::envelope::Sealed;

/// How many random bytes tell pieces apart.
pub const NONCE_LENGTH: usize = 16;

/// What a password and a file's salt give.
pub struct Seal([u8; 32]);

impl Seal {
    pub fn new(password: &[u8], salt: &[u8]) -> Self {
        let mut master = [0; 32];
        pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, &mut master);
        Self(master)
    }

    /// The nonce, the checksum, and the bytes made unreadable. A nonce must not come twice.
    pub fn seal(&self, nonce: [u8; NONCE_LENGTH], plain: &[u8]) -> Vec<u8> {
        let sealed = self.keys(&nonce).seal(plain, &[]);
        [&nonce[..], &sealed.checksum, &sealed.ciphertext].concat()
    }

    /// `None` for another password or damaged bytes.
    pub fn open(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = bytes.split_at_checked(NONCE_LENGTH)?;
        let (checksum, ciphertext) = rest.split_at_checked(CHECKSUM_LENGTH)?;
        let sealed = Sealed { salt: Vec::new(), checksum: checksum.to_vec(), ciphertext: ciphertext.to_vec() };
        self.keys(nonce).open(&sealed)
    }

    fn keys(&self, nonce: &[u8]) -> Keys {
        let mut material = [0; MATERIAL_LENGTH];
        for (number, piece) in material.chunks_mut(32).enumerate() {
            let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
            mac.update(nonce);
            mac.update(&[number as u8]);
            piece.copy_from_slice(&mac.finalize().into_bytes()[..piece.len()]);
        }
        Keys::from_material(&material)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_password_alone() {
        let seal = Seal::new(b"pw", b"salt");
        let bytes = seal.seal([7; NONCE_LENGTH], b"hello");
        assert!(!bytes.windows(5).any(|window| window == b"hello"));
        assert_ne!(bytes[NONCE_LENGTH..], seal.seal([8; NONCE_LENGTH], b"hello")[NONCE_LENGTH..]);
        assert_eq!(seal.open(&bytes).as_deref(), Some(&b"hello"[..]));
        assert_eq!(Seal::new(b"other", b"salt").open(&bytes), None);
        assert_eq!(seal.open(&bytes[..20]), None);
    }
}
