//! Private keys: files in OpenSSH's and PEM formats, their public halves, passphrases asked once,
//! and the signer that reads a key only when the server wants its signature.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::AgentAuthError;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::ssh_encoding::Encode;
use russh::keys::{Certificate, HashAlg, PrivateKey, PublicKey};

use super::questions::Questions;

/// Something to prove who we are with.
#[derive(Clone)]
pub struct Identity {
    pub public: PublicKey,
    pub certificate: Option<Certificate>,
    pub source: Source,
}

/// Where the signature comes from.
#[derive(Clone)]
pub enum Source {
    Agent,
    /// Read when it is needed: it may want a passphrase.
    File(PathBuf),
    Key(Arc<PrivateKey>),
}

/// What a key file shows without its passphrase: from the `.pub` beside it, from the OpenSSH format,
/// or the whole key where it is not encrypted. `Err` tells why it cannot be used.
pub fn look(path: &Path) -> Result<Identity, KeyProblem> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => KeyProblem::Missing,
        _ => KeyProblem::Unusable(super::dial::reason(&error)),
    })?;
    if too_open(path) {
        return Err(KeyProblem::TooOpen(permissions(path)));
    }
    // A public key in the place of a private one: the agent holds the other half.
    if let Ok(public) = PublicKey::from_openssh(&text) {
        return Ok(Identity { public, certificate: None, source: Source::Agent });
    }
    match russh::keys::decode_secret_key(&text, None) {
        Ok(key) => {
            let public = key.public_key().clone();
            return Ok(Identity { public, certificate: None, source: Source::Key(Arc::new(key)) });
        }
        Err(russh::keys::Error::KeyIsEncrypted) => {}
        Err(_) if text.contains("ENCRYPTED") => {}
        Err(error) => return Err(KeyProblem::Unusable(format!("invalid format ({error})"))),
    }
    let beside = std::fs::read_to_string(with_suffix(path, ".pub")).ok();
    let public = PrivateKey::from_openssh(&text)
        .map(|key| key.public_key().clone())
        .ok()
        .or_else(|| PublicKey::from_openssh(beside?.trim()).ok())
        .ok_or(KeyProblem::Hidden)?;
    Ok(Identity { public, certificate: None, source: Source::File(path.to_path_buf()) })
}

/// Why a key file is passed over.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyProblem {
    Missing,
    /// Others could read it.
    TooOpen(u32),
    /// Encrypted in a format that does not show its public half.
    Hidden,
    Unusable(String),
}

/// Certificates that belong to a key: `<file>-cert.pub`, and those named on their own.
pub fn certificates(path: &Path, named: &[PathBuf], public: &PublicKey) -> Vec<Certificate> {
    let beside = with_suffix(path, "-cert.pub");
    let read = |path: &PathBuf| Certificate::from_openssh(std::fs::read_to_string(path).ok()?.trim()).ok();
    let all = named.iter().chain([&beside]).filter_map(read);
    all.filter(|certificate| certificate.public_key() == public.key_data()).collect()
}

/// The key of a file, whose passphrase is asked where it has one.
pub async fn unlock(path: &Path, questions: &Questions) -> Option<PrivateKey> {
    let text = tokio::fs::read_to_string(path).await.ok()?;
    let prompt = format!("Enter passphrase for key '{}': ", path.display());
    let tried = |passphrase: &str| russh::keys::decode_secret_key(&text, Some(passphrase)).ok();
    questions.secret(&path.display().to_string(), &[prompt.clone(), prompt.clone(), prompt], tried).await
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn permissions(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map_or(0, |metadata| metadata.mode() & 0o777)
}

/// Only one's own files are judged, as OpenSSH does.
fn too_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = std::fs::metadata(path).is_ok_and(|metadata| metadata.uid() == rustix::process::getuid().as_raw());
    own && permissions(path) & 0o077 != 0
}

/// Signs with a key of this process or lets the agent sign.
pub struct Signer<'a> {
    pub source: Source,
    pub questions: &'a Questions,
    pub agent: Option<&'a mut AgentClient<Box<dyn AgentStream + Send + Unpin>>>,
}

impl russh::Signer for Signer<'_> {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        identity: &AgentIdentity,
        hash: Option<HashAlg>,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, Self::Error> {
        let key = match &self.source {
            Source::Agent => {
                let agent = self.agent.as_mut().ok_or(russh::keys::Error::AgentFailure)?;
                return agent.auth_sign(identity, hash, data).await;
            }
            Source::Key(key) => Arc::clone(key),
            Source::File(path) => {
                Arc::new(unlock(path, self.questions).await.ok_or(russh::keys::Error::KeyIsEncrypted)?)
            }
        };
        Ok(signed(&key, hash, data)?)
    }
}

/// What is to be signed, and the signature behind it: the form in which the library wants it.
fn signed(key: &PrivateKey, hash: Option<HashAlg>, mut data: Vec<u8>) -> Result<Vec<u8>, russh::keys::Error> {
    use russh::keys::signature::Signer as _;
    let signature = match key.key_data() {
        russh::keys::ssh_key::private::KeypairData::Rsa(pair) => (pair, hash).try_sign(&data),
        other => other.try_sign(&data),
    };
    let signature = signature.map_err(|_| russh::keys::Error::InvalidSignature)?;
    let mut encoded = Vec::new();
    signature.encode(&mut encoded)?;
    encoded.as_slice().encode(&mut data)?;
    Ok(data)
}
