//! AES256: keys from PBKDF2, AES in counter mode, a checksum over the ciphertext.

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use super::envelope::Sealed;

pub const ROUNDS: u32 = 10_000;
const KEY_LENGTH: usize = 32;
const BLOCK_LENGTH: usize = 16;
/// Bytes that keys are made of.
pub const MATERIAL_LENGTH: usize = 2 * KEY_LENGTH + BLOCK_LENGTH;
pub const CHECKSUM_LENGTH: usize = 32;

/// What a password and a salt give.
pub struct Keys {
    cipher: [u8; KEY_LENGTH],
    checksum: [u8; KEY_LENGTH],
    counter: [u8; BLOCK_LENGTH],
}

impl Keys {
    pub fn derive(password: &[u8], salt: &[u8]) -> Self {
        let mut bytes = [0; MATERIAL_LENGTH];
        pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, &mut bytes);
        Self::from_material(&bytes)
    }

    /// The bytes of a derivation, each part in its place.
    pub fn from_material(bytes: &[u8; MATERIAL_LENGTH]) -> Self {
        let mut keys = Self { cipher: [0; KEY_LENGTH], checksum: [0; KEY_LENGTH], counter: [0; BLOCK_LENGTH] };
        keys.cipher.copy_from_slice(&bytes[..KEY_LENGTH]);
        keys.checksum.copy_from_slice(&bytes[KEY_LENGTH..2 * KEY_LENGTH]);
        keys.counter.copy_from_slice(&bytes[2 * KEY_LENGTH..]);
        keys
    }

    pub fn seal(&self, plain: &[u8], salt: &[u8]) -> Sealed {
        let padding = BLOCK_LENGTH - plain.len() % BLOCK_LENGTH;
        let mut ciphertext = plain.to_vec();
        ciphertext.extend(std::iter::repeat_n(padding as u8, padding));
        self.apply(&mut ciphertext);
        let checksum = self.checksum_of(&ciphertext).finalize().into_bytes().to_vec();
        Sealed { salt: salt.to_vec(), checksum, ciphertext }
    }

    /// `None` when the checksum is another: the wrong password, or damaged data.
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        self.checksum_of(&sealed.ciphertext).verify_slice(&sealed.checksum).ok()?;
        let mut plain = sealed.ciphertext.clone();
        self.apply(&mut plain);
        let padding = usize::from(*plain.last()?);
        let is_padding = (1..=BLOCK_LENGTH).contains(&padding) && padding <= plain.len();
        is_padding.then(|| {
            plain.truncate(plain.len() - padding);
            plain
        })
    }

    /// In counter mode both ways are the same.
    fn apply(&self, bytes: &mut [u8]) {
        Ctr128BE::<Aes256>::new(&self.cipher.into(), &self.counter.into()).apply_keystream(bytes);
    }

    fn checksum_of(&self, ciphertext: &[u8]) -> Hmac<Sha256> {
        let mut checksum = Hmac::<Sha256>::new_from_slice(&self.checksum).expect("a checksum key may have any length");
        checksum.update(ciphertext);
        checksum
    }
}
