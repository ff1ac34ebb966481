//! known_hosts files as OpenSSH reads them: plain and hashed names, `[host]:port`, patterns,
//! `@cert-authority` and `@revoked`. Pure; the files are read and written by `host_key`.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use russh::keys::PublicKey;
use russh::keys::ssh_key::public::KeyData;
use sha1::Sha1;

use super::config_line::pattern_list;

/// One line that speaks of the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub marker: Marker,
    pub key: KeyData,
    /// Counts from 1.
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    None,
    Authority,
    Revoked,
}

/// The name under which a host on a port is kept.
pub fn name(host: &str, port: u16) -> String {
    let host = host.to_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

/// The lines of a file that speak of a name.
pub fn entries(text: &str, name: &str) -> Vec<Entry> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(number, line)| entry(line, name).map(|(marker, key)| Entry { marker, key, line: number + 1 }))
        .collect()
}

fn entry(line: &str, name: &str) -> Option<(Marker, KeyData)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let mut first = words.next()?;
    let marker = match first {
        "@cert-authority" => Marker::Authority,
        "@revoked" => Marker::Revoked,
        _ => Marker::None,
    };
    if marker != Marker::None {
        first = words.next()?;
    }
    if !speaks_of(first, name) {
        return None;
    }
    let (kind, blob) = (words.next()?, words.next()?);
    let key = PublicKey::from_openssh(&format!("{kind} {blob}")).ok()?;
    Some((marker, key.key_data().clone()))
}

/// Whether the first word of a line means the name.
fn speaks_of(names: &str, name: &str) -> bool {
    match names.strip_prefix("|1|") {
        Some(hashed) => {
            let Some((salt, hash)) = hashed.split_once('|') else { return false };
            let (Ok(salt), Ok(hash)) = (BASE64.decode(salt.as_bytes()), BASE64.decode(hash.as_bytes())) else {
                return false;
            };
            digest(&salt, name) == hash
        }
        None => pattern_list(names.to_lowercase().split(','), name),
    }
}

/// A line for a new key.
pub fn line(name: &str, key: &PublicKey, salt: Option<[u8; 20]>) -> String {
    let name = match salt {
        Some(salt) => format!("|1|{}|{}", BASE64.encode(&salt), BASE64.encode(&digest(&salt, name))),
        None => name.to_owned(),
    };
    let mut key = key.clone();
    key.set_comment("");
    format!("{name} {}\n", key.to_openssh().unwrap_or_default().trim_end())
}

fn digest(salt: &[u8], name: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).expect("a MAC takes keys of any length");
    mac.update(name.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn check(file: &str, host: &str, port: u16, expected: &[(Marker, usize)]) {
        let found = entries(file, &name(host, port));
        let found: Vec<_> = found.iter().map(|entry| (entry.marker, entry.line)).collect();
        assert_eq!(found, expected, "{host}:{port} in\n{file}");
    }

    #[test]
    fn names_and_patterns() {
        let file =
            format!("# comment\n\nweb,10.0.0.1 {KEY}\n*.example.org,!x.example.org {KEY} me@desk\n[web]:2222 {KEY}\n");
        check(&file, "web", 22, &[(Marker::None, 3)]);
        check(&file, "WEB", 22, &[(Marker::None, 3)]);
        check(&file, "10.0.0.1", 22, &[(Marker::None, 3)]);
        check(&file, "a.example.org", 22, &[(Marker::None, 4)]);
        check(&file, "x.example.org", 22, &[]);
        check(&file, "web", 2222, &[(Marker::None, 5)]);
        check(&file, "web", 23, &[]);
    }

    #[test]
    fn markers_are_told() {
        let file = format!("@cert-authority *.org {KEY}\n@revoked * {KEY}\n");
        check(&file, "a.org", 22, &[(Marker::Authority, 1), (Marker::Revoked, 2)]);
    }

    #[test]
    fn broken_lines_are_passed_over() {
        check(
            &format!("web\nweb ssh-ed25519 x\n|1|x {KEY}\n|1|!|! {KEY}\nweb {KEY}\n"),
            "web",
            22,
            &[(Marker::None, 5)],
        );
    }

    #[test]
    fn what_is_written_is_found_again() {
        let key = PublicKey::from_openssh(KEY).expect("a key");
        for salt in [None, Some([7; 20])] {
            let text = line(&name("web", 2222), &key, salt);
            check(&text, "web", 2222, &[(Marker::None, 1)]);
            check(&text, "web", 22, &[]);
        }
        assert_eq!(line("web", &key, None), format!("web {KEY}\n"));
    }
}
