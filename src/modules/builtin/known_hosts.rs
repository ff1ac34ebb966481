//! ansible.builtin.known_hosts: the keys by which servers are known.

use std::os::unix::fs::DirBuilderExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::real_path;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module =
    Module::of::<KnownHosts>("ansible.builtin.known_hosts", "Manage the keys by which servers are known");

#[derive(Args)]
struct KnownHosts {
    /// The server's name.
    #[arg(alias = "host")]
    name: String,
    /// The line of the key, the server's name included.
    key: Option<String>,
    /// The file.
    #[arg(default = "~/.ssh/known_hosts")]
    path: TargetPath,
    /// Whether names are written so that nobody can read them.
    #[arg(default = false)]
    hash_host: bool,
    /// Whether the key is to be there.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
}

impl Run for KnownHosts {
    fn run(self, target: &mut Target) -> Outcome {
        let is_present = self.state == "present";
        let key = self.key.as_deref().map(str::trim).filter(|key| !key.is_empty());
        if is_present && key.is_none() {
            return Err("No key specified when adding a host".into());
        }
        if let Some(line) = key {
            self.check_key(line)?;
        }
        let path = target.absolute(&self.path);
        let shown = self.path.text();
        let before = target.read_text(&path)?;
        let after = self.edited(before.as_deref().unwrap_or_default(), key, is_present, target);
        let header = if before.is_some() { shown.as_str() } else { "/dev/null" };
        let diff = Map::from([
            ("before_header", Value::from(header)),
            ("after_header", shown.as_str().into()),
            ("before", before.clone().unwrap_or_default().into()),
            ("after", after.as_str().into()),
        ]);
        if after != before.clone().unwrap_or_default() {
            target.effect(|target| {
                if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
                    let made = std::fs::DirBuilder::new().mode(0o700).create(folder);
                    made.map_err(|error| errors::file_failure(&error, folder))?;
                }
                target.write_file(&real_path(&path), after.as_bytes(), false)
            })?;
        }
        Ok(Map::from([
            ("name", Value::from(self.name.as_str())),
            ("key", self.key.clone().into()),
            ("path", shown.into()),
            ("hash_host", self.hash_host.into()),
            ("state", self.state.as_str().into()),
            ("diff", diff.into()),
        ]))
    }
}

/// Marker, names, kind and key of a line.
fn fields(line: &str) -> Option<(Option<&str>, &str, &str, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [marker, names, kind, key, ..] if marker.starts_with('@') => Some((Some(marker), names, kind, key)),
        [names, kind, key, ..] if !names.starts_with('#') => Some((None, names, kind, key)),
        _ => None,
    }
}

/// Whether a list of names, perhaps unreadable ones, has this one.
fn has_name(names: &str, name: &str) -> bool {
    if let Some(rest) = names.strip_prefix("|1|") {
        let Some((salt, hash)) = rest.split_once('|') else { return false };
        return STANDARD.decode(salt).is_ok_and(|salt| hashed(&salt, name) == hash);
    }
    names.split(',').any(|known| known.eq_ignore_ascii_case(name))
}

fn hashed(salt: &[u8], name: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).expect("any length will do for a key");
    mac.update(name.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

impl KnownHosts {
    fn check_key(&self, line: &str) -> Result<(), Failure> {
        let names = match fields(line) {
            Some((_, names, ..)) => names,
            None => line.split_whitespace().next().unwrap_or_default(),
        };
        if !has_name(names, &self.name) {
            return Err(Failure::new("Host parameter does not match hashed host field in supplied key"));
        }
        let is_key = fields(line).is_some_and(|(.., key)| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() > 8));
        if is_key { Ok(()) } else { Err(Failure::new("Failed to parse the supplied key: it is no public key")) }
    }

    fn edited(&self, text: &str, key: Option<&str>, is_present: bool, target: &Target) -> String {
        let wanted = key.and_then(fields);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let concerns = |line: &str| fields(line).is_some_and(|(_, names, ..)| has_name(names, &self.name));
        let Some((_, _, kind, value)) = wanted else {
            lines.retain(|line| !concerns(line));
            return joined(&lines);
        };
        if !is_present {
            lines.retain(|line| {
                !(concerns(line) && fields(line).is_some_and(|(_, _, own, other)| own == kind && other == value))
            });
            return joined(&lines);
        }
        let of_kind = |line: &str| concerns(line) && fields(line).is_some_and(|(_, _, own, _)| own == kind);
        let is_right = |line: &str| {
            of_kind(line)
                && fields(line)
                    .is_some_and(|(_, names, _, other)| other == value && names.starts_with("|1|") == self.hash_host)
        };
        if lines.iter().any(|line| is_right(line)) {
            return text.to_owned();
        }
        let new = if self.hash_host {
            self.unreadable(key.unwrap_or_default(), target)
        } else {
            key.unwrap_or_default().to_owned()
        };
        lines.retain(|line| !of_kind(line));
        lines.push(new);
        joined(&lines)
    }

    /// The line with the name so that it can only be recognized.
    fn unreadable(&self, line: &str, target: &Target) -> String {
        let mut salt = [0; 20];
        target.environment().dice.fill(&mut salt);
        let hash = hashed(&salt, &self.name);
        let Some((marker, names, ..)) = fields(line) else { return line.to_owned() };
        let rest = line.split_once(names).map_or("", |(_, rest)| rest);
        let marker = marker.map(|marker| format!("{marker} ")).unwrap_or_default();
        format!("{marker}|1|{}|{hash}{rest}", STANDARD.encode(salt))
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases};

    #[test]
    fn files() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"name": "h1", "key": "h1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "path": "@/d/k"}"#,
                    r#"{"changed": true, "name": "h1", "hash_host": false, "path": "@/d/k", "state": "file"}"#,
                    &[("d/k", "h1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n")],
                ),
                Case::new(
                    &[("k", "# c\nh1,h2 ssh-rsa AAAAB3NzaC1yc2E=\nh1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n")],
                    r#"{"name": "h1", "key": "h1 ssh-ed25519 BBBBC3NzaC1lZDI1NTE5", "path": "@/k"}"#,
                    r#"{"changed": true}"#,
                    &[("k", "# c\nh1,h2 ssh-rsa AAAAB3NzaC1yc2E=\nh1 ssh-ed25519 BBBBC3NzaC1lZDI1NTE5\n")],
                ),
                Case::new(
                    &[(
                        "k",
                        "h1 ssh-rsa A\n|1|ftiDRpBgci6b71BlHkZmpWOSYWQ=|4TqDs1NAdu+ch+lgDov7KtHBVtc= ssh-ed25519 B\n",
                    )],
                    r#"{"name": "h2", "state": "absent", "path": "@/k"}"#,
                    r#"{"changed": true, "key": null}"#,
                    &[("k", "h1 ssh-rsa A\n")],
                ),
                Case::new(
                    &[],
                    r#"{"name": "h2", "path": "@/k"}"#,
                    r#"{"failed": true, "msg": "No key specified when adding a host"}"#,
                    &[("k", "<absent>")],
                ),
                Case::new(
                    &[],
                    r#"{"name": "h2", "key": "zz", "path": "@/k"}"#,
                    r#"{"failed": true, "msg": "Host parameter does not match hashed host field in supplied key"}"#,
                    &[("k", "<absent>")],
                ),
            ],
        );
    }

    #[test]
    fn unreadable_names_are_recognized() {
        let scratch = Scratch::new();
        let args = r#"{"name": "h2", "key": "h2 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "path": "@/k", "hash_host": true}"#;
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": true}"#);
        assert!(scratch.text("k").starts_with("|1|"), "{}", scratch.text("k"));
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": false}"#);
    }
}
