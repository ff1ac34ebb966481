//! Proving who we are, in OpenSSH's order: keys of the agent and of files, then answers to the
//! server's questions, then the password. Several in a row where the server wants more than one.

use std::path::{Path, PathBuf};

use russh::client::{Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::{Certificate, HashAlg, PrivateKey};
use russh::{MethodKind, MethodSet};

use super::algorithms;
use super::client::Client;
use super::host_config::{AgentPath, HostConfig};
use super::keys::{self, Identity, KeyProblem, Signer, Source};
use super::questions::Questions;
use crate::data::Environment;

/// What is known besides the settings of ssh.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// `ansible_password`.
    pub password: Option<String>,
    /// `ansible_private_key`, the key itself, and its passphrase.
    pub key: Option<String>,
    pub passphrase: Option<String>,
    /// The agent of `ANSIBLE_SSH_AGENT`.
    pub agent: Option<PathBuf>,
}

/// Passwords stay out of logs; equality of logins looks at a debug form, so it must differ with them.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (&self.password, &self.key, &self.passphrase, &self.agent).hash(&mut hasher);
        write!(f, "Secrets({:x})", hasher.finish())
    }
}

type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

/// One authentication under way.
pub struct Login<'a> {
    pub handle: &'a mut Handle<Client>,
    pub config: &'a HostConfig,
    pub secrets: &'a Secrets,
    pub questions: &'a Questions,
    pub environment: &'a Environment,
    /// The host key was not checked: no password goes there.
    pub tolerated: bool,
    /// What a user would want to know if it fails.
    pub remarks: Vec<String>,
}

/// How one method ended.
enum Outcome {
    Success,
    /// What the server still takes, and whether it wants more besides what it got.
    Refused {
        remaining: MethodSet,
        partial: bool,
    },
    /// Not tried: nothing to try it with.
    Nothing,
}

/// Runs through the methods. The error is OpenSSH's last words.
pub async fn authenticate(mut login: Login<'_>) -> Result<(), String> {
    let mut remaining: Option<MethodSet> = None;
    let mut done: Vec<MethodKind> = Vec::new();
    loop {
        let allowed = |kind: MethodKind| remaining.as_ref().is_none_or(|set| set.contains(&kind));
        let next = login.config.methods.order.iter().filter_map(|name| method(name));
        let Some(kind) = next.filter(|kind| allowed(*kind)).find(|kind| !done.contains(kind)) else { break };
        done.push(kind);
        let outcome = match kind {
            MethodKind::PublicKey => login.public_keys().await,
            MethodKind::KeyboardInteractive => login.keyboard_interactive().await,
            _ => login.password().await,
        };
        match outcome.map_err(|error| login.broken(&error))? {
            Outcome::Success => return Ok(()),
            Outcome::Refused { remaining: set, partial } => {
                if partial {
                    done.clear();
                }
                remaining = Some(set);
            }
            Outcome::Nothing => {}
        }
    }
    // Nothing fits, or there was nothing to try: the server tells what it would take.
    if remaining.is_none() {
        match login.handle.authenticate_none(&login.config.user).await.map_err(|error| login.broken(&error))? {
            russh::client::AuthResult::Success => return Ok(()),
            russh::client::AuthResult::Failure { remaining_methods, .. } => remaining = Some(remaining_methods),
        }
    }
    Err(login.denied(&remaining.unwrap_or_else(MethodSet::empty)))
}

fn method(name: &str) -> Option<MethodKind> {
    match name {
        "publickey" => Some(MethodKind::PublicKey),
        "keyboard-interactive" => Some(MethodKind::KeyboardInteractive),
        "password" => Some(MethodKind::Password),
        _ => None,
    }
}

impl Login<'_> {
    fn denied(&self, remaining: &MethodSet) -> String {
        let mut text = self.remarks.iter().fold(String::new(), |text, remark| text + remark + "\r\n");
        let names: Vec<&str> = remaining.iter().map(<&str>::from).collect();
        if names.is_empty() && self.handle.is_closed() {
            text.push_str(&format!(
                "Received disconnect from {} port {}: Too many authentication failures",
                self.config.host, self.config.port
            ));
            return text;
        }
        text += &format!("{}@{}: Permission denied ({}).", self.config.user, self.config.host, names.join(","));
        text
    }

    fn broken(&self, error: &russh::Error) -> String {
        format!("Connection to {} port {} was lost while logging in: {error}", self.config.host, self.config.port)
    }

    async fn public_keys(&mut self) -> Result<Outcome, russh::Error> {
        let mut agent = self.agent().await;
        let identities = self.identities(agent.as_mut()).await;
        let mut hashes: Option<Vec<Option<HashAlg>>> = None;
        let mut last = Outcome::Nothing;
        for identity in identities {
            let hash = if identity.public.algorithm().is_rsa() {
                let hashes = match &mut hashes {
                    Some(hashes) => hashes,
                    place @ None => {
                        let server = self.handle.best_supported_rsa_hash().await?;
                        place.insert(algorithms::rsa_hashes(&self.config.algorithms, server))
                    }
                };
                match hashes.first() {
                    Some(hash) => *hash,
                    None => {
                        self.remark("sign_and_send_pubkey: no mutual signature supported: the server takes only SHA-1 signatures of RSA keys, which PubkeyAcceptedAlgorithms=+ssh-rsa allows");
                        continue;
                    }
                }
            } else {
                None
            };
            last = match self.offer(identity, hash, agent.as_mut()).await? {
                Outcome::Refused { remaining, partial: false } if remaining.contains(&MethodKind::PublicKey) => {
                    Outcome::Refused { remaining, partial: false }
                }
                Outcome::Nothing => last,
                decided => return Ok(decided),
            };
        }
        Ok(last)
    }

    /// Shows one key to the server and signs if it is wanted.
    async fn offer(
        &mut self,
        identity: Identity,
        hash: Option<HashAlg>,
        agent: Option<&mut Agent>,
    ) -> Result<Outcome, russh::Error> {
        let user = self.config.user.clone();
        let mut signer = Signer { source: identity.source, questions: self.questions, agent };
        let result = match identity.certificate {
            Some(certificate) => self.handle.authenticate_certificate_with(user, certificate, hash, &mut signer).await,
            None => self.handle.authenticate_publickey_with(user, identity.public, hash, &mut signer).await,
        };
        match result {
            Ok(result) => Ok(outcome(result)),
            Err(_) if self.handle.is_closed() => Err(russh::Error::Disconnect),
            // The agent or the passphrase failed; other keys may do.
            Err(error) => {
                self.remark(&format!("sign_and_send_pubkey: signing failed: {error}"));
                Ok(Outcome::Nothing)
            }
        }
    }

    /// All that may be offered, in order: keys of the agent that are also named as files, the other
    /// keys of the agent, the rest of the files.
    async fn identities(&mut self, agent: Option<&mut Agent>) -> Vec<Identity> {
        let sources = &self.config.keys;
        let mut listed = Vec::new();
        if let Some(text) = self.secrets.key.clone() {
            match self.given_key(&text).await {
                Some(key) => {
                    let public = key.public_key().clone();
                    listed.push(Identity { public, certificate: None, source: Source::Key(key.into()) });
                }
                None => self.remark("the private key given as a variable cannot be read"),
            }
        }
        for path in &sources.files {
            match keys::look(path) {
                Ok(identity) => {
                    for certificate in keys::certificates(path, &sources.certificates, &identity.public) {
                        listed.push(Identity { certificate: Some(certificate), ..identity.clone() });
                    }
                    listed.push(identity);
                }
                Err(problem) => self.problem(path, problem, sources.explicit),
            }
        }
        let held = match agent {
            Some(agent) => agent.request_identities().await.unwrap_or_default(),
            None => Vec::new(),
        };
        let mut ordered: Vec<Identity> = Vec::new();
        let of_agent: Vec<Identity> = held.into_iter().map(from_agent).collect();
        let same = |a: &Identity, b: &Identity| {
            a.public.key_data() == b.public.key_data() && a.certificate.is_some() == b.certificate.is_some()
        };
        ordered.extend(listed.iter().filter(|file| of_agent.iter().any(|held| same(held, file))).map(|file| {
            // The agent signs without asking for a passphrase.
            Identity { source: Source::Agent, ..file.clone() }
        }));
        if !sources.identities_only {
            let others = of_agent.iter().filter(|held| !listed.iter().any(|file| same(held, file)));
            ordered.extend(others.cloned());
        }
        for file in listed {
            let signable = !matches!(file.source, Source::Agent)
                || of_agent.iter().any(|held| held.public.key_data() == file.public.key_data());
            if signable && !ordered.iter().any(|known| same(known, &file)) {
                ordered.push(file);
            }
        }
        ordered
    }

    async fn given_key(&self, text: &str) -> Option<PrivateKey> {
        if let Ok(key) = russh::keys::decode_secret_key(text, self.secrets.passphrase.as_deref()) {
            return Some(key);
        }
        let prompts = ["Enter passphrase for the given private key: ".to_owned()];
        let tried = |passphrase: &str| russh::keys::decode_secret_key(text, Some(passphrase)).ok();
        self.questions.secret(text, &prompts, tried).await
    }

    fn problem(&mut self, path: &Path, problem: KeyProblem, explicit: bool) {
        let path = path.display();
        match problem {
            KeyProblem::Missing if explicit => {
                self.remark(&format!("no such identity: {path}: No such file or directory"));
            }
            KeyProblem::Missing => {}
            KeyProblem::TooOpen(mode) => self.remark(&format!(
                "Permissions 0{mode:o} for '{path}' are too open: it must be readable by its owner alone.\r\nLoad key \"{path}\": bad permissions"
            )),
            KeyProblem::Hidden => self.remark(&format!("Load key \"{path}\": its public half is not beside it, so it cannot be offered")),
            KeyProblem::Unusable(reason) => self.remark(&format!("Load key \"{path}\": {reason}")),
        }
    }

    async fn agent(&self) -> Option<Agent> {
        let path = match &self.config.keys.agent {
            AgentPath::None => return None,
            AgentPath::Path(path) => path.clone(),
            AgentPath::Variable(name) => PathBuf::from(self.environment.filled(name)?),
            AgentPath::Default => match &self.secrets.agent {
                Some(path) => path.clone(),
                None => PathBuf::from(self.environment.filled("SSH_AUTH_SOCK")?),
            },
        };
        AgentClient::connect_uds(path).await.ok().map(AgentClient::dynamic)
    }

    /// Answers what the server asks. A single hidden question about a password gets the one that is
    /// known; everything else is for the operator.
    async fn keyboard_interactive(&mut self) -> Result<Outcome, russh::Error> {
        if self.tolerated || (self.secrets.password.is_none() && self.config.methods.batch) {
            return Ok(Outcome::Nothing);
        }
        let mut password = self.secrets.password.clone();
        let mut last = Outcome::Nothing;
        for _ in 0..self.config.methods.password_prompts.max(1) {
            let user = self.config.user.clone();
            let mut response = self.handle.authenticate_keyboard_interactive_start(user, None::<String>).await?;
            let mut asked = false;
            last = loop {
                match response {
                    KeyboardInteractiveAuthResponse::Success => return Ok(Outcome::Success),
                    KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                        break Outcome::Refused { remaining: remaining_methods, partial: partial_success };
                    }
                    KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                        let mut answers = Vec::new();
                        for prompt in &prompts {
                            let about_password = !prompt.echo && prompt.prompt.to_lowercase().contains("assword");
                            let answer = match password.take_if(|_| about_password && prompts.len() == 1) {
                                Some(password) => password,
                                None if self.config.methods.batch || self.secrets.password.is_some() => {
                                    return Ok(last);
                                }
                                None => {
                                    asked = true;
                                    let text = format!("({}@{}) {}", self.config.user, self.config.host, prompt.prompt);
                                    match self.questions.once(&text, prompt.echo).await {
                                        Some(answer) => answer,
                                        None => return Ok(last),
                                    }
                                }
                            };
                            answers.push(answer);
                        }
                        response = self.handle.authenticate_keyboard_interactive_respond(answers).await?;
                    }
                }
            };
            let again = asked
                && matches!(&last, Outcome::Refused { remaining, partial: false } if remaining.contains(&MethodKind::KeyboardInteractive));
            if !again {
                break;
            }
        }
        Ok(last)
    }

    async fn password(&mut self) -> Result<Outcome, russh::Error> {
        if self.tolerated {
            self.remark("Password authentication is disabled to avoid man-in-the-middle attacks.");
            return Ok(Outcome::Nothing);
        }
        let user = self.config.user.clone();
        if let Some(password) = self.secrets.password.clone() {
            return Ok(outcome(self.handle.authenticate_password(user, password).await?));
        }
        if self.config.methods.batch {
            return Ok(Outcome::Nothing);
        }
        let mut last = Outcome::Nothing;
        for _ in 0..self.config.methods.password_prompts {
            let prompt = format!("{user}@{}'s password: ", self.config.host);
            let Some(answer) = self.questions.once(&prompt, false).await else { break };
            match outcome(self.handle.authenticate_password(user.clone(), answer).await?) {
                Outcome::Refused { remaining, partial: false } if remaining.contains(&MethodKind::Password) => {
                    last = Outcome::Refused { remaining, partial: false };
                }
                decided => return Ok(decided),
            }
        }
        Ok(last)
    }

    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }
}

fn outcome(result: russh::client::AuthResult) -> Outcome {
    match result {
        russh::client::AuthResult::Success => Outcome::Success,
        russh::client::AuthResult::Failure { remaining_methods, partial_success } => {
            Outcome::Refused { remaining: remaining_methods, partial: partial_success }
        }
    }
}

fn from_agent(identity: AgentIdentity) -> Identity {
    let public = identity.public_key().into_owned();
    let certificate: Option<Certificate> = match identity {
        AgentIdentity::Certificate { certificate, .. } => Some(certificate),
        AgentIdentity::PublicKey { .. } => None,
    };
    Identity { public, certificate, source: Source::Agent }
}
