//! ansible.posix.authorized_key: the keys that may log in as a user.

use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::real_path;
use crate::runner::{Change, Failure, Module, Outcome, Run, Target, errors, http};

pub static MODULE: Module =
    Module::of::<AuthorizedKey>("ansible.posix.authorized_key", "Manage the keys that may log in");

#[derive(Args)]
struct AuthorizedKey {
    /// Whose keys.
    user: String,
    /// The keys, one a line, or an address of a file of keys.
    key: String,
    /// The file; otherwise the one in the user's home.
    path: Option<TargetPath>,
    /// Whether the folder's owner and permissions are looked after.
    #[arg(default = true)]
    manage_dir: bool,
    /// Whether the keys are to be there.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
    /// What stands before each key.
    key_options: Option<String>,
    /// Whether other keys go.
    #[arg(default = false)]
    exclusive: bool,
    /// Whether the certificate of an address must be one that the host trusts.
    #[arg(default = true)]
    validate_certs: bool,
    /// The keys' comment.
    comment: Option<String>,
    /// Whether a link is followed in place of being replaced.
    #[arg(default = false)]
    follow: bool,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq)]
enum Line {
    Key { options: String, kind: String, key: String, comment: String },
    Other(String),
}

impl Run for AuthorizedKey {
    fn run(self, target: &mut Target) -> Outcome {
        let user = target.users().user(&self.user);
        let Some(user) = user.or_else(|| self.user.parse().ok().and_then(|uid| target.users().user_by_id(uid))) else {
            if target.is_check() && self.path.is_some() {
                target.mark_changed();
                return Ok(Map::new());
            }
            let message =
                format!("Failed to lookup user {}: \"getpwnam(): name not found: '{}'\"", self.user, self.user);
            return Err(message.into());
        };
        let path = match &self.path {
            Some(path) => target.absolute(path),
            None => Path::new(&user.home).join(".ssh/authorized_keys"),
        };
        let path = if self.follow { real_path(&path) } else { path };
        let wanted = self.wanted(target)?;
        let before = target.read_text(&path)?.unwrap_or_default();
        let mut lines: Vec<Line> = before.lines().map(parse).collect();
        let differs = if self.state == "present" { self.add(&mut lines, wanted) } else { remove(&mut lines, &wanted) };
        let after: String = lines.iter().map(|line| line.text() + "\n").collect();
        let mut result = self.described(&path);
        let shown = path.to_string_lossy().into_owned();
        let change =
            if differs { Change::text(&before, &after).headers(shown.clone(), shown) } else { Change::when(false) };
        let change = if differs && !change.differs() { Change::new() } else { change };
        target.converge(change, |target| {
            if self.manage_dir {
                manage_folder(&path, user.uid, user.gid)?;
            }
            let is_new = !path.exists();
            target.write_file(&path, after.as_bytes(), false)?;
            let failed = |error: std::io::Error| errors::file_failure(&error, &path);
            if is_new || self.manage_dir {
                chown(&path, Some(user.uid), Some(user.gid)).map_err(failed)?;
                std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(failed)?;
            }
            Ok(())
        })?;
        // The reference tells the file's properties under the path that was given.
        if self.path.is_none() {
            result.insert("path", Value::NULL);
        }
        result.insert("changed", target.has_changed());
        Ok(result)
    }
}

impl AuthorizedKey {
    fn described(&self, path: &Path) -> Map {
        Map::from([
            ("user", Value::from(self.user.as_str())),
            ("key", self.key.as_str().into()),
            ("path", path.to_string_lossy().into_owned().into()),
            ("manage_dir", self.manage_dir.into()),
            ("state", self.state.as_str().into()),
            ("key_options", self.key_options.clone().into()),
            ("exclusive", self.exclusive.into()),
            ("validate_certs", self.validate_certs.into()),
            ("comment", self.comment.clone().into()),
            ("follow", self.follow.into()),
            ("keyfile", path.to_string_lossy().into_owned().into()),
        ])
    }

    /// The keys of the option, or of the file that it points to.
    fn wanted(&self, target: &Target) -> Result<Vec<Line>, Failure> {
        let text = if self.key.starts_with("http") { self.fetch(target)? } else { self.key.clone() };
        let mut wanted = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut parsed = parse(line);
            let Line::Key { options, comment, .. } = &mut parsed else {
                return Err(Failure::new(format!("invalid key specified: {line}")));
            };
            if let Some(own) = &self.key_options {
                *options = own.clone();
            }
            if let Some(own) = &self.comment {
                *comment = own.clone();
            }
            wanted.push(parsed);
        }
        Ok(wanted)
    }

    fn fetch(&self, target: &Target) -> Result<String, Failure> {
        let request = http::Request { method: "GET".to_owned(), url: self.key.clone(), ..http::Request::default() };
        let options = http::Options { validate_certs: self.validate_certs, ..http::Options::default() };
        let failed = |why: String| Failure::new(format!("Error getting key from: {} ({why})", self.key));
        let mut response =
            http::send(&request, &options, target.environment()).map_err(|error| failed(error.to_string()))?;
        if response.status != 200 {
            return Err(failed(format!("HTTP Error {}: {}", response.status, response.reason)));
        }
        let bytes = response.bytes().map_err(|error| failed(error.to_string()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Tells whether anything differed.
    fn add(&self, lines: &mut Vec<Line>, wanted: Vec<Line>) -> bool {
        let before = lines.clone();
        for new in &wanted {
            match lines.iter_mut().find(|line| line.key() == new.key() && line.key().is_some()) {
                Some(line) => {
                    if let (Line::Key { options, comment, .. }, Line::Key { options: own, comment: word, .. }) =
                        (&mut *line, new)
                    {
                        if self.key_options.is_some() || self.exclusive {
                            *options = own.clone();
                        }
                        if !word.is_empty() {
                            *comment = word.clone();
                        }
                    }
                }
                None => lines.push(new.clone()),
            }
        }
        if self.exclusive {
            lines.retain(|line| line.key().is_none() || wanted.iter().any(|new| new.key() == line.key()));
        }
        *lines != before
    }
}

fn remove(lines: &mut Vec<Line>, wanted: &[Line]) -> bool {
    let before = lines.len();
    lines.retain(|line| line.key().is_none() || !wanted.iter().any(|key| key.key() == line.key()));
    lines.len() != before
}

impl Line {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::Other(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Other(text) => text.clone(),
            Self::Key { options, kind, key, comment } => {
                let parts = [options, kind, key, comment];
                parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start))
}

/// Options may hold blanks within quotes.
fn parse(line: &str) -> Line {
    let other = || Line::Other(line.to_owned());
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return other();
    }
    let mut words = Vec::new();
    let mut rest = trimmed;
    while !rest.is_empty() && words.len() < 3 {
        let mut is_quoted = false;
        let end = rest
            .char_indices()
            .find(|(_, character)| {
                is_quoted ^= *character == '"';
                !is_quoted && character.is_whitespace()
            })
            .map_or(rest.len(), |(index, _)| index);
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
        if words.len() == 2 && is_kind(words[0]) {
            break;
        }
    }
    let (options, kind, key) = match words[..] {
        [kind, key] if is_kind(kind) => ("", kind, key),
        [options, kind, key] if is_kind(kind) => (options, kind, key),
        _ => return other(),
    };
    Line::Key { options: options.to_owned(), kind: kind.to_owned(), key: key.to_owned(), comment: rest.to_owned() }
}

/// The folder belongs to the user, and to nobody else.
fn manage_folder(path: &Path, uid: u32, gid: u32) -> Result<(), Failure> {
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let failed = |error: std::io::Error| errors::file_failure(&error, &folder);
    if !folder.exists() {
        std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(failed)?;
    }
    let metadata = folder.metadata().map_err(failed)?;
    if metadata.uid() != uid || metadata.gid() != gid {
        chown(&folder, Some(uid), Some(gid)).map_err(failed)?;
    }
    if metadata.mode() & 0o777 != 0o700 {
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, check_cases};

    #[test]
    fn keys() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"user": "root", "key": "ssh-rsa AAAA me", "path": "@/k", "manage_dir": false}"#,
                    r#"{"changed": true, "keyfile": "@/k", "comment": null, "exclusive": false, "mode": "0600", "user": "root"}"#,
                    &[("k", "ssh-rsa AAAA me\n")],
                ),
                Case::new(
                    &[("k", "# c\nssh-rsa AAAA me\n")],
                    r#"{"user": "root", "key": "ssh-rsa BBBB two", "key_options": "no-pty,command=\"a b\"", "path": "@/k", "manage_dir": false}"#,
                    r#"{"changed": true}"#,
                    &[("k", "# c\nssh-rsa AAAA me\nno-pty,command=\"a b\" ssh-rsa BBBB two\n")],
                ),
                Case::new(
                    &[("k", "ssh-rsa AAAA me\nno-pty,command=\"a b\" ssh-rsa BBBB two\n")],
                    r#"{"user": "root", "key": "ssh-rsa BBBB two", "comment": "c2", "exclusive": true, "path": "@/k", "manage_dir": false}"#,
                    r#"{"changed": true, "comment": "c2"}"#,
                    &[("k", "ssh-rsa BBBB c2\n")],
                ),
                Case::new(
                    &[("k", "ssh-rsa AAAA me\nx=\"1 2\" ssh-rsa BBBB two\n")],
                    r#"{"user": "root", "key": "ssh-rsa BBBB", "state": "absent", "path": "@/k", "manage_dir": false}"#,
                    r#"{"changed": true}"#,
                    &[("k", "ssh-rsa AAAA me\n")],
                ),
                Case::new(
                    &[],
                    r#"{"user": "root", "key": "nonsense", "path": "@/k"}"#,
                    r#"{"failed": true, "msg": "invalid key specified: nonsense"}"#,
                    &[("k", "<absent>")],
                ),
                Case::new(
                    &[],
                    r#"{"user": "no such", "key": "ssh-rsa AAAA"}"#,
                    r#"{"failed": true, "msg": "Failed to lookup user no such: \"getpwnam(): name not found: 'no such'\""}"#,
                    &[],
                ),
            ],
        );
    }
}
