//! Who we are to a registry: docker's own configuration file and its credential programs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::ImageName;
use crate::data::json::{self, Style};
use crate::data::{Environment, Map, Value};
use crate::diagnostic::Origin;
use crate::object;

/// The registry that is meant where a name has none.
pub const HUB: &str = "https://index.docker.io/v1/";

/// A name and password, or the token `<token>` in place of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// `config.json`, read and written as a whole so that nothing in it is lost.
pub struct ConfigFile {
    pub path: PathBuf,
    content: Map,
}

/// The value of the header with which an image is pulled or pushed.
pub fn header(name: &ImageName, environment: &Environment) -> Option<String> {
    let registry = name.registry().unwrap_or(HUB);
    let folder = environment.filled("DOCKER_CONFIG").map_or_else(|| environment.home.join(".docker"), PathBuf::from);
    let credentials = ConfigFile::read(&folder.join("config.json")).ok()?.find(registry, environment)?;
    let content = if credentials.username == "<token>" {
        object! { "identitytoken" => credentials.password }
    } else {
        object! { "username" => credentials.username, "password" => credentials.password, "serveraddress" => registry }
    };
    Some(URL_SAFE.encode(json::dumps(&content.into(), &Style::compact())))
}

/// The value of the header with which an image is built: all that the file itself knows.
pub fn all(environment: &Environment) -> Option<String> {
    let folder = environment.filled("DOCKER_CONFIG").map_or_else(|| environment.home.join(".docker"), PathBuf::from);
    let file = ConfigFile::read(&folder.join("config.json")).ok()?;
    let auths = file.content.get("auths").and_then(Value::as_map)?;
    let entries: Map = auths
        .keys()
        .filter_map(|registry| {
            let name = registry.as_str()?;
            let found = file.find(name, environment)?;
            let entry = object! { "username" => found.username, "password" => found.password, "serveraddress" => name };
            Some((registry.clone(), Value::from(entry)))
        })
        .collect();
    (!entries.is_empty()).then(|| URL_SAFE.encode(json::dumps(&entries.into(), &Style::compact())))
}

/// Without scheme and path, so that `https://host/v1/` and `host` are one.
fn host(registry: &str) -> &str {
    let rest = registry.split_once("://").map_or(registry, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    if host == "docker.io" || host == "registry-1.docker.io" { "index.docker.io" } else { host }
}

impl ConfigFile {
    /// A file that is not there is an empty one.
    pub fn read(path: &Path) -> Result<Self, String> {
        let content = match std::fs::read_to_string(path) {
            Ok(text) if text.trim().is_empty() => Map::new(),
            Ok(text) => json::parse(&text, &Origin::none())
                .map_err(|error| format!("{}: {error}", path.display()))?
                .as_map()
                .cloned()
                .unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        Ok(Self { path: path.to_owned(), content })
    }

    /// The program that keeps secrets for a registry.
    pub fn helper(&self, registry: &str) -> Option<String> {
        let helpers = self.content.get("credHelpers").and_then(Value::as_map);
        let own = helpers.and_then(|helpers| helpers.get(host(registry)).or_else(|| helpers.get(registry)));
        let store = own.or_else(|| self.content.get("credsStore")).and_then(Value::as_str);
        store.filter(|name| !name.is_empty()).map(|name| format!("docker-credential-{name}"))
    }

    pub fn find(&self, registry: &str, environment: &Environment) -> Option<Credentials> {
        if let Some(program) = self.helper(registry) {
            return ask(&program, registry, environment);
        }
        let auths = self.content.get("auths").and_then(Value::as_map)?;
        let (_, entry) =
            auths.iter().find(|(name, _)| name.as_str().is_some_and(|name| host(name) == host(registry)))?;
        if let Some(token) = entry.get("identitytoken").and_then(Value::as_str) {
            return Some(Credentials { username: "<token>".to_owned(), password: token.to_owned() });
        }
        let decoded = STANDARD.decode(entry.get("auth").and_then(Value::as_str)?).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (username, password) = text.split_once(':')?;
        Some(Credentials { username: username.to_owned(), password: password.to_owned() })
    }

    pub fn put(&mut self, registry: &str, credentials: &Credentials) {
        let auth = STANDARD.encode(format!("{}:{}", credentials.username, credentials.password));
        let mut auths = self.content.get("auths").and_then(Value::as_map).cloned().unwrap_or_default();
        auths.insert(registry, object! { "auth" => auth });
        self.content.insert("auths", auths);
    }

    pub fn remove(&mut self, registry: &str) {
        let mut auths = self.content.get("auths").and_then(Value::as_map).cloned().unwrap_or_default();
        auths.retain(|name, _| name.as_str().is_none_or(|name| host(name) != host(registry)));
        self.content.insert("auths", auths);
    }

    /// Only its owner may read it.
    pub fn write(&self) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.path.display());
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let text = json::dumps(&self.content.clone().into(), &Style::indented(5));
        let temporary = self.path.with_extension(format!("muster-{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create(true).truncate(true), 0o600);
        options.open(&temporary).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
        std::fs::rename(&temporary, &self.path).map_err(failed)
    }
}

/// Runs a credential program: `get`, `store`, `erase`.
pub fn run_helper(program: &str, verb: &str, input: &str, environment: &Environment) -> Result<String, String> {
    let mut child = Command::new(program)
        .arg(verb)
        .env_clear()
        .envs(environment.variables.iter())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(|error| format!("{program}: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{program}: {}", text.trim())) }
}

fn ask(program: &str, registry: &str, environment: &Environment) -> Option<Credentials> {
    let answer = run_helper(program, "get", registry, environment).ok()?;
    let answer = json::parse(&answer, &Origin::none()).ok()?;
    let part = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Credentials { username: part("Username")?, password: part("Secret")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_known_by_its_host() {
        assert_eq!(host("https://index.docker.io/v1/"), "index.docker.io");
        assert_eq!(host("docker.io"), "index.docker.io");
        assert_eq!(host("localhost:5000/x"), "localhost:5000");
    }

    #[test]
    fn what_is_put_is_found() {
        let folder = std::env::temp_dir().join(format!("muster-auth-{}", std::process::id()));
        let mut file = ConfigFile::read(&folder.join("config.json")).expect("a missing file is empty");
        let who = Credentials { username: "ada".to_owned(), password: "x:y".to_owned() };
        file.put("localhost:5000", &who);
        file.write().expect("the folder is ours");
        let mut file = ConfigFile::read(&file.path).expect("it was written");
        let environment = crate::runner::testing::Scratch::new().environment();
        assert_eq!(file.find("http://localhost:5000/v2/", &environment), Some(who));
        file.remove("localhost:5000");
        assert_eq!(file.find("localhost:5000", &environment), None);
        let _ = std::fs::remove_dir_all(folder);
    }
}
