//! Whether a server is the one it claims to be: the known hosts, the rules of
//! `StrictHostKeyChecking`, the question for a new key.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::ssh_key::HashAlg;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, Certificate, PublicKey, PublicKeyOrCertificate};

use super::host_config::{HostConfig, Strict};
use super::known_hosts::{self, Entry, Marker};
use super::questions::Questions;

/// What is found out about the key that a server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Trusted,
    /// Not trusted, but the user asked for no checks: passwords are not sent to it.
    Tolerated,
    /// Why the connection ends, in OpenSSH's words.
    Refused(String),
}

/// The files and names of one host.
#[derive(Clone)]
pub struct KnownHosts {
    /// The name that is looked up, with the port where it is not 22.
    name: String,
    shown: String,
    address: Option<String>,
    user_files: Vec<PathBuf>,
    files: Vec<PathBuf>,
    strict: Strict,
    hash: bool,
}

/// A line and the file it is in.
type Found = (PathBuf, Entry);

impl KnownHosts {
    pub fn new(config: &HostConfig, address: Option<String>) -> Self {
        let trust = &config.trust;
        let name = match &trust.alias {
            Some(alias) => alias.to_lowercase(),
            None => known_hosts::name(&config.host, config.port),
        };
        Self {
            shown: name.clone(),
            name,
            address,
            user_files: trust.user_files.clone(),
            files: trust.user_files.iter().chain(&trust.global_files).cloned().collect(),
            strict: trust.strict,
            hash: trust.hash,
        }
    }

    fn entries(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for path in &self.files {
            if let Ok(text) = std::fs::read_to_string(path) {
                found.extend(known_hosts::entries(&text, &self.name).into_iter().map(|entry| (path.clone(), entry)));
            }
        }
        found
    }

    /// Algorithms of the keys that are known, so that the server is asked for one of those; and whether
    /// certificates would be believed.
    pub fn known_algorithms(&self) -> (Vec<Algorithm>, bool) {
        let entries = self.entries();
        let authority = entries.iter().any(|(_, entry)| entry.marker == Marker::Authority);
        let plain = entries.into_iter().filter(|(_, entry)| entry.marker == Marker::None);
        (plain.map(|(_, entry)| entry.key.algorithm()).collect(), authority)
    }

    /// Judges what the server showed; asks where that is the rule.
    pub async fn judge(&self, shown: &PublicKeyOrCertificate, questions: &Questions, notice: &Notice) -> Verdict {
        let key = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.clone(),
            PublicKeyOrCertificate::Certificate(certificate) => match self.certificate(certificate) {
                Some(verdict) => return verdict,
                // Not signed by anybody known: its key alone is judged.
                None => PublicKey::new(certificate.public_key().clone(), ""),
            },
        };
        if let Some(verdict) = self.known(&key) {
            return verdict;
        }
        match self.strict {
            Strict::Yes => Verdict::Refused(format!(
                "No {} host key is known for {} and you have requested strict checking.\r\n{FAILED}",
                kind(&key),
                self.shown
            )),
            Strict::No | Strict::AcceptNew => self.learn(&key, notice),
            Strict::Ask => self.ask(&key, questions, notice).await,
        }
    }

    /// What the files say of a key; `None` where they do not speak of the host.
    fn known(&self, key: &PublicKey) -> Option<Verdict> {
        let entries = self.entries();
        let same = |entry: &Entry| entry.key == *key.key_data();
        if entries.iter().any(|(_, entry)| entry.marker == Marker::Revoked && same(entry)) {
            return Some(Verdict::Refused(revoked(key, &self.shown)));
        }
        let mut plain = entries.iter().filter(|(_, entry)| entry.marker == Marker::None).peekable();
        let first = (*plain.peek()?).clone();
        if plain.any(|(_, entry)| same(entry)) {
            return Some(Verdict::Trusted);
        }
        if self.strict == Strict::No {
            return Some(Verdict::Tolerated);
        }
        let of_kind =
            entries.iter().find(|(_, entry)| entry.marker == Marker::None && entry.key.algorithm() == key.algorithm());
        Some(Verdict::Refused(self.changed(key, of_kind.unwrap_or(&first))))
    }

    /// A certificate signed by a known authority is decided here.
    fn certificate(&self, certificate: &Certificate) -> Option<Verdict> {
        let entries = self.entries();
        let signer = certificate.signature_key();
        let authority = entries.iter().any(|(_, entry)| entry.marker == Marker::Authority && entry.key == *signer);
        let revoked_key =
            |key: &KeyData| entries.iter().any(|(_, entry)| entry.marker == Marker::Revoked && entry.key == *key);
        if revoked_key(signer) || revoked_key(certificate.public_key()) {
            let key = PublicKey::new(certificate.public_key().clone(), "");
            return Some(Verdict::Refused(revoked(&key, &self.shown)));
        }
        if !authority {
            return None;
        }
        let host = self.name.trim_start_matches('[').split("]:").next().unwrap_or(&self.name);
        let principals = certificate.valid_principals();
        let named =
            principals.is_empty() || principals.iter().any(|principal| super::config_line::wildcard(principal, host));
        let fingerprint = signer.fingerprint(HashAlg::Sha256);
        let reason = match certificate.validate([&fingerprint]) {
            Ok(()) if certificate.cert_type() != CertType::Host => "Certificate invalid: not a host certificate",
            Ok(()) if !named => "Certificate invalid: name is not a listed principal",
            Ok(()) => return Some(Verdict::Trusted),
            Err(_) => "Certificate invalid: expired or not yet valid",
        };
        Some(Verdict::Refused(format!("{reason}\r\n{FAILED}")))
    }

    async fn ask(&self, key: &PublicKey, questions: &Questions, notice: &Notice) -> Verdict {
        let place = match &self.address {
            Some(address) if *address != self.shown => format!("{} ({address})", self.shown),
            _ => self.shown.clone(),
        };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let mut prompt = format!(
            "The authenticity of host '{place}' can't be established.\n{} key fingerprint is {fingerprint}.\n\
             Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
            kind(key)
        );
        loop {
            // Whoever asked before may have brought the same key into the file.
            let answer = match questions.plain(&prompt, || self.known(key)).await {
                Err(verdict) => return verdict,
                Ok(answer) => answer.map(|answer| answer.trim().to_owned()),
            };
            match answer.as_deref() {
                Some(answer) if answer.eq_ignore_ascii_case("yes") || answer == fingerprint => {
                    return self.learn(key, notice);
                }
                Some(answer) if !answer.eq_ignore_ascii_case("no") => {
                    "Please type 'yes', 'no' or the fingerprint: ".clone_into(&mut prompt);
                }
                _ => return Verdict::Refused(FAILED.to_owned()),
            }
        }
    }

    /// Writes a new key down. That it cannot be written is worth a warning, not the connection.
    fn learn(&self, key: &PublicKey, notice: &Notice) -> Verdict {
        let Some(path) = self.user_files.first() else { return Verdict::Trusted };
        let salt = self.hash.then(|| russh_salt());
        match append(path, &known_hosts::line(&self.name, key, salt)) {
            Ok(()) => notice(&format!(
                "Warning: Permanently added '{}' ({}) to the list of known hosts.",
                self.shown,
                kind(key)
            )),
            Err(error) => {
                notice(&format!("Failed to add the host to the list of known hosts ({}): {error}", path.display()))
            }
        }
        Verdict::Trusted
    }

    fn changed(&self, key: &PublicKey, (path, entry): &Found) -> String {
        let path = path.display();
        let frame = "@".repeat(59);
        let lines = [
            frame.clone(),
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @".to_owned(),
            frame,
            format!("The host shows another {} key than the one that is known; its fingerprint is", kind(key)),
            format!("{}.", key.fingerprint(HashAlg::Sha256)),
            "Either it was installed anew, or somebody else answers in its place.".to_owned(),
            format!("Offending {} key in {path}:{}", kind(&PublicKey::new(entry.key.clone(), "")), entry.line),
            "  remove with:".to_owned(),
            format!("  ssh-keygen -f \"{path}\" -R \"{}\"", self.shown),
            format!("Host key for {} has changed and you have requested strict checking.", self.shown),
            FAILED.to_owned(),
        ];
        lines.join("\r\n")
    }
}

/// How the program says something in passing.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

const FAILED: &str = "Host key verification failed.";

fn revoked(key: &PublicKey, name: &str) -> String {
    let frame = "@".repeat(59);
    format!(
        "{frame}\r\n@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n{frame}\r\n\
         The {} host key for {name} is marked as revoked.\r\n{FAILED}",
        kind(key)
    )
}

/// `ED25519`, as messages name a key's type.
fn kind(key: &PublicKey) -> &'static str {
    match key.algorithm() {
        Algorithm::Ed25519 => "ED25519",
        Algorithm::Ecdsa { .. } => "ECDSA",
        Algorithm::Rsa { .. } => "RSA",
        Algorithm::Dsa => "DSA",
        Algorithm::SkEd25519 => "ED25519-SK",
        Algorithm::SkEcdsaSha2NistP256 => "ECDSA-SK",
        _ => "UNKNOWN",
    }
}

/// Appends in one write, so that two programs do not mix their lines.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let ends_in_line = std::fs::read(path).map_or(true, |bytes| bytes.last().is_none_or(|byte| *byte == b'\n'));
    let text = if ends_in_line { line.to_owned() } else { format!("\n{line}") };
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

fn russh_salt() -> [u8; 20] {
    use russh::keys::ssh_key::rand_core::Rng;
    let mut salt = [0; 20];
    russh::keys::key::safe_rng().fill_bytes(&mut salt);
    salt
}
