//! Vaulted data: envelopes of the formats 1.1 and 1.2 with the cipher AES256.

mod cipher;
mod envelope;
pub mod seal;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use cipher::Keys;
use envelope::{Envelope, Sealed};

use super::Vaulted;
use crate::diagnostic::{Diagnostic, Kind};

/// The id of secrets that were given none.
pub const DEFAULT_ID: &str = "default";
/// How many random bytes a new salt has.
pub const SALT_LENGTH: usize = 32;

/// A password with the name it goes by.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub id: String,
    pub password: Arc<[u8]>,
}

/// The password is never shown.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, ********)", self.id)
    }
}

impl Secret {
    pub fn new(id: impl Into<String>, password: impl Into<Arc<[u8]>>) -> Self {
        Self { id: id.into(), password: password.into() }
    }
}

/// What stands in the way of a plain text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Input is not vault encrypted data.")]
    NotVaulted,
    #[error("Attempting to decrypt but no vault secrets found.")]
    NoSecrets,
    #[error("Decryption failed (no vault secrets were found that could decrypt).")]
    NoSecretFits,
    #[error("Cipher '{0}' could not be found.")]
    UnknownCipher(String),
    #[error("Vault envelope format error: the header names no cipher")]
    Header,
    #[error("Vault format unhexlify error: {0}")]
    NotHexadecimal(&'static str),
    #[error("Vault vaulttext format error: not enough values to unpack (expected 3, got {0})")]
    Parts(usize),
    #[error("Empty or invalid salt passed to encrypt()")]
    EmptySalt,
    #[error("input is already encrypted")]
    AlreadyVaulted,
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Diagnostic::new(error.to_string()).kind(Kind::General)
    }
}

/// A plain text, and what opened it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    pub bytes: Vec<u8>,
    /// The label of the envelope; `default` where it has none.
    pub label: String,
    pub secret: Secret,
}

/// The secrets of a run. Cheap to clone; keys that were derived once are kept.
#[derive(Clone, Default)]
pub struct Vault {
    secrets: Arc<[Secret]>,
    /// What an envelope without a label is taken to be labelled, when that is not `default`.
    default_id: Option<Arc<str>>,
    /// Only secrets of the envelope's label are tried.
    only_matching: bool,
    /// Deriving is slow on purpose, so it is done once.
    derived: Arc<Mutex<DerivedKeys>>,
    /// Envelopes that were read and not opened yet: whoever waits for one derivation has those of the
    /// next ones done beside it.
    expected: Arc<Mutex<VecDeque<Arc<Vaulted>>>>,
}

/// How many derivations for each core are begun at once.
const AHEAD: usize = 2;

/// By password and salt.
type DerivedKeys = HashMap<(Arc<[u8]>, Vec<u8>), Arc<Keys>>;

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.secrets).finish()
    }
}

impl Vault {
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { secrets: secrets.into_iter().collect(), ..Self::default() }
    }

    /// The label of envelopes that have none.
    #[must_use]
    pub fn with_default_id(mut self, id: &str) -> Self {
        self.default_id = Some(id.into());
        self
    }

    /// Tries only the secrets whose id is the envelope's label.
    #[must_use]
    pub fn only_matching(mut self) -> Self {
        self.only_matching = true;
        self
    }

    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The plain text of a value.
    pub fn decrypt(&self, vaulted: &Vaulted) -> Result<Vec<u8>, Error> {
        Ok(self.open(vaulted.ciphertext.as_bytes())?.bytes)
    }

    /// The plain text of a file, as it is when it is none of ours.
    pub fn decrypt_file(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        if is_vaulted(&bytes) { Ok(self.open(&bytes)?.bytes) } else { Ok(bytes) }
    }

    /// Opens an envelope. Its label is only a hint: the secrets of that name are tried first, then
    /// all others.
    pub fn open(&self, bytes: &[u8]) -> Result<Opened, Error> {
        if !is_vaulted(bytes) {
            return Err(Error::NotVaulted);
        }
        if self.secrets.is_empty() {
            return Err(Error::NoSecrets);
        }
        let envelope = Envelope::parse(bytes)?;
        let label = envelope.label.or(self.default_id.as_deref()).unwrap_or(DEFAULT_ID);
        let sealed = Sealed::parse(envelope.body)?;
        let (named, mut others): (Vec<&Secret>, Vec<&Secret>) =
            self.secrets.iter().partition(|secret| secret.id == label);
        if self.only_matching {
            others.clear();
        }
        for secret in named.into_iter().chain(others) {
            if let Some(bytes) = self.keys(&secret.password, &sealed.salt).open(&sealed) {
                return Ok(Opened { bytes, label: label.to_owned(), secret: secret.clone() });
            }
        }
        Err(Error::NoSecretFits)
    }

    /// Says what will have to be opened, probably.
    pub fn expect(&self, envelopes: impl IntoIterator<Item = Arc<Vaulted>>) {
        if let Ok(mut expected) = self.expected.lock() {
            expected.extend(envelopes);
        }
    }

    fn keys(&self, password: &Arc<[u8]>, salt: &[u8]) -> Arc<Keys> {
        if let Some(known) = self.known_keys(password, salt) {
            return known;
        }
        // Not under the lock: other threads go on meanwhile.
        let ahead = self.next_salts(password, salt);
        std::thread::scope(|scope| {
            let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
            for share in ahead.chunks(ahead.len().div_ceil(cores).max(1)) {
                scope.spawn(move || share.iter().for_each(|salt| self.derive(password, salt)));
            }
        });
        self.known_keys(password, salt).unwrap_or_else(|| Arc::new(Keys::derive(password, salt)))
    }

    fn known_keys(&self, password: &Arc<[u8]>, salt: &[u8]) -> Option<Arc<Keys>> {
        self.derived.lock().ok()?.get(&(password.clone(), salt.to_vec())).cloned()
    }

    fn derive(&self, password: &Arc<[u8]>, salt: &[u8]) {
        let keys = Arc::new(Keys::derive(password, salt));
        if let Ok(mut derived) = self.derived.lock() {
            derived.insert((password.clone(), salt.to_vec()), keys);
        }
    }

    /// The salt that is wanted now, and some that will be.
    fn next_salts(&self, password: &Arc<[u8]>, salt: &[u8]) -> Vec<Vec<u8>> {
        let mut salts = vec![salt.to_vec()];
        let wanted = AHEAD * std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let Ok(mut expected) = self.expected.lock() else { return salts };
        while salts.len() < wanted {
            let Some(next) = expected.pop_front() else { break };
            let Some(sealed) =
                Envelope::parse(next.ciphertext.as_bytes()).ok().and_then(|envelope| Sealed::parse(envelope.body).ok())
            else {
                continue;
            };
            if !salts.contains(&sealed.salt) && self.known_keys(password, &sealed.salt).is_none() {
                salts.push(sealed.salt);
            }
        }
        salts
    }
}

/// Whether these bytes are an envelope: the header's word, and nothing beyond ASCII.
pub fn is_vaulted(bytes: &[u8]) -> bool {
    bytes.starts_with(envelope::MARK) && bytes.is_ascii()
}

/// Seals bytes with a password. An id other than `default` goes into the header as a label.
pub fn encrypt(bytes: &[u8], password: &[u8], id: Option<&str>, salt: &[u8]) -> Result<String, Error> {
    if is_vaulted(bytes) {
        return Err(Error::AlreadyVaulted);
    }
    if salt.is_empty() {
        return Err(Error::EmptySalt);
    }
    let sealed = Keys::derive(password, salt).seal(bytes, salt);
    Ok(envelope::write(&sealed, id.filter(|id| *id != DEFAULT_ID)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SALT: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn vault(passwords: &[&str]) -> Vault {
        Vault::new(passwords.iter().map(|password| Secret::new(DEFAULT_ID, password.as_bytes())))
    }

    #[test]
    fn envelopes_are_written_as_the_reference_does() {
        let expected = concat!(
            "$ANSIBLE_VAULT;1.1;AES256\n",
            "37333631366337343733363136633734373336313663373437333631366337343733363136633734\n",
            "3733363136633734373336313663373437333631366337340a623636303238653861336330363164\n",
            "33383330393561333666353136363461633830613866613335666132656539373665373063386430\n",
            "3961646265326433610a376232356464306662643533373263303534626361623132613563336130\n",
            "3136\n",
        );
        assert_eq!(encrypt(b"hello", b"pw", None, b"saltsaltsaltsaltsaltsaltsaltsalt").as_deref(), Ok(expected));
        let labelled = encrypt(b"hello", b"pw", Some("dev"), SALT).expect("the case can be sealed");
        assert!(labelled.starts_with("$ANSIBLE_VAULT;1.2;AES256;dev\n"));
    }

    #[test]
    fn any_secret_may_open() {
        let text = encrypt(b"hello", b"pw", Some("dev"), SALT).expect("the case can be sealed");
        let opened = vault(&["other", "pw"]).open(text.as_bytes()).expect("a secret fits");
        assert_eq!((opened.bytes.as_slice(), opened.label.as_str()), (&b"hello"[..], "dev"));
        let odd = text.replace('\n', "\r\n").to_uppercase().replace(";DEV", ";dev");
        assert!(vault(&["pw"]).open(odd.as_bytes()).is_ok());
    }

    #[test]
    fn errors() {
        let text = encrypt(b"hello", b"pw", None, SALT).expect("the case can be sealed");
        let check = |text: &str, secrets: &[&str], expected: Error| {
            assert_eq!(vault(secrets).open(text.as_bytes()).map(|opened| opened.bytes), Err(expected), "{text}");
        };
        check("hello", &["pw"], Error::NotVaulted);
        check(&format!(" {text}"), &["pw"], Error::NotVaulted);
        check(&text, &[], Error::NoSecrets);
        check(&text, &["bad"], Error::NoSecretFits);
        check(&text.replace("AES256", "ROT13"), &["pw"], Error::UnknownCipher("ROT13".to_owned()));
        check(&text.replace(";AES256", ""), &["pw"], Error::Header);
        check(&text.replacen("33", "3x", 1), &["pw"], Error::NotHexadecimal("Non-hexadecimal digit found"));
        check("$ANSIBLE_VAULT;1.1;AES256\n616", &["pw"], Error::NotHexadecimal("Odd-length string"));
        check("$ANSIBLE_VAULT;1.1;AES256\n", &["pw"], Error::Parts(1));
        assert_eq!(encrypt(text.as_bytes(), b"pw", None, SALT), Err(Error::AlreadyVaulted));
    }

    #[test]
    fn a_salt_is_derived_once_and_the_next_ones_beside_it() {
        let vault = vault(&["pw"]);
        let sealed = |salt: &str| {
            let text = encrypt(b"hello", b"pw", None, salt.as_bytes()).expect("the case can be sealed");
            Arc::new(Vaulted { ciphertext: text.into() })
        };
        let envelopes: Vec<Arc<Vaulted>> = ["a", "a", "b", "a", "b"].map(sealed).to_vec();
        vault.expect(envelopes.iter().cloned());
        assert_eq!(vault.decrypt(&envelopes[0]).as_deref(), Ok(&b"hello"[..]));
        let derived = || vault.derived.lock().expect("no thread broke").len();
        assert_eq!(derived(), 2, "the other salt was derived in passing");
        envelopes.iter().for_each(|envelope| assert!(vault.decrypt(envelope).is_ok()));
        assert_eq!(derived(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn what_is_sealed_opens(bytes in proptest::collection::vec(any::<u8>(), 0..70), salt in "[a-z]{1,40}") {
            prop_assume!(!is_vaulted(&bytes));
            let text = encrypt(&bytes, b"pw", None, salt.as_bytes()).expect("the case can be sealed");
            prop_assert_eq!(vault(&["pw"]).open(text.as_bytes()).map(|opened| opened.bytes), Ok(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(\\$ANSIBLE_VAULT)?[;0-9a-fA-F.ESx\n\r ]{0,60}") {
            let _ = vault(&["pw"]).open(text.as_bytes());
        }
    }
}
