//! Which engine, and how to reach it: the options that all Docker modules have, and the environment.

use std::path::PathBuf;

use crate::args::{Args, TargetPath};
use crate::data::Environment;

/// The options that every module of the group `docker` has.
#[derive(Args, Clone, Default)]
#[args(required_together("client_cert", "client_key"))]
pub struct EngineOptions {
    /// Where the engine listens: `unix:///var/run/docker.sock` or `tcp://host:2376`.
    #[arg(alias = "docker_url")]
    docker_host: Option<String>,
    /// The name that the engine's certificate must have.
    tls_hostname: Option<String>,
    /// The version of the API to speak, or `auto`.
    #[arg(alias = "docker_api_version")]
    api_version: Option<String>,
    /// Seconds that the engine may take for an answer.
    timeout: Option<u64>,
    /// The certificate of the authority that signed the engine's.
    #[arg(alias = "ca_cert", alias = "tls_ca_cert", alias = "cacert_path")]
    ca_path: Option<TargetPath>,
    /// The client's certificate.
    #[arg(alias = "tls_client_cert", alias = "cert_path")]
    client_cert: Option<TargetPath>,
    /// The client's key.
    #[arg(alias = "tls_client_key", alias = "key_path")]
    client_key: Option<TargetPath>,
    /// Whether to speak TLS, whoever answers.
    tls: Option<bool>,
    /// Whether to speak TLS and check the engine's certificate.
    #[arg(alias = "tls_verify")]
    validate_certs: Option<bool>,
    /// Accepted; `ssh://` endpoints are not spoken.
    #[arg(default = false)]
    #[expect(dead_code, reason = "declared so that tasks that set it are understood")]
    use_ssh_client: bool,
    /// Accepted for the sake of old tasks.
    #[arg(default = false)]
    pub debug: bool,
}

/// The options with what the environment says where they are silent.
pub(super) struct Settled {
    pub docker_host: String,
    pub tls_hostname: Option<String>,
    pub api_version: String,
    pub timeout: u64,
    pub ca_path: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub tls: bool,
    pub validate_certs: bool,
}

const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";
const DEFAULT_TIMEOUT: u64 = 60;

impl EngineOptions {
    /// Those of an address alone.
    pub fn of_host(docker_host: Option<String>) -> Self {
        Self { docker_host, ..Self::default() }
    }

    /// The arguments of the `docker` program that reach the same engine.
    pub fn command_line(&self) -> Vec<String> {
        let mut words = Vec::new();
        let pairs = [
            ("--host", self.docker_host.clone()),
            ("--tlscacert", self.ca_path.as_ref().map(TargetPath::text)),
            ("--tlscert", self.client_cert.as_ref().map(TargetPath::text)),
            ("--tlskey", self.client_key.as_ref().map(TargetPath::text)),
        ];
        for (option, value) in pairs {
            words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        }
        if self.validate_certs == Some(true) {
            words.push("--tlsverify".to_owned());
        } else if self.tls == Some(true) {
            words.push("--tls".to_owned());
        }
        words
    }

    pub(super) fn settle(&self, environment: &Environment) -> Settled {
        let variable = |name: &str| environment.filled(name).map(str::to_owned);
        let folder = variable("DOCKER_CERT_PATH").map(PathBuf::from);
        let file = |given: &Option<TargetPath>, name: &str| match given {
            Some(path) => Some(environment.working_directory.join(path)),
            None => folder.as_ref().map(|folder| folder.join(name)),
        };
        let flag = |given: Option<bool>, name: &str| match given {
            Some(flag) => flag,
            None => variable(name).is_some_and(|text| is_true(&text)),
        };
        Settled {
            docker_host: self
                .docker_host
                .clone()
                .or_else(|| variable("DOCKER_HOST"))
                .unwrap_or_else(|| DEFAULT_HOST.to_owned()),
            tls_hostname: self.tls_hostname.clone().or_else(|| variable("DOCKER_TLS_HOSTNAME")),
            api_version: self
                .api_version
                .clone()
                .or_else(|| variable("DOCKER_API_VERSION"))
                .unwrap_or_else(|| "auto".to_owned()),
            timeout: self
                .timeout
                .or_else(|| variable("DOCKER_TIMEOUT").and_then(|text| text.parse().ok()))
                .unwrap_or(DEFAULT_TIMEOUT),
            ca_path: file(&self.ca_path, "ca.pem"),
            client_cert: file(&self.client_cert, "cert.pem"),
            client_key: file(&self.client_key, "key.pem"),
            tls: flag(self.tls, "DOCKER_TLS"),
            validate_certs: flag(self.validate_certs, "DOCKER_TLS_VERIFY"),
        }
    }
}

fn is_true(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "t" | "y")
}
