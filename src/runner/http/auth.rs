//! Telling a server who asks: by name and password, plainly or as a digest, from options or `.netrc`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Options, Request, Response, Url};
use crate::data::Environment;
use crate::runner::files::checksum;
use crate::runner::files::write::random_name;

/// The header's value for a name and a password.
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// What answers a server that wants to know who asks, if anything does.
pub fn answer(request: &Request, url: &Url, options: &Options, response: &Response) -> Option<String> {
    let name = options.username.as_deref()?;
    let password = options.password.as_deref().unwrap_or_default();
    let challenges: Vec<&str> = response
        .headers
        .iter()
        .filter(|(header, _)| header.eq_ignore_ascii_case("WWW-Authenticate"))
        .map(|(_, value)| value.as_str())
        .collect();
    let of_kind = |kind: &str| {
        challenges.iter().find(|value| value.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)))
    };
    if let Some(challenge) = of_kind("digest ") {
        return digest(request, url, name, password, &challenge["digest ".len()..]);
    }
    of_kind("basic").map(|_| basic(name, password))
}

fn digest(request: &Request, url: &Url, name: &str, password: &str, challenge: &str) -> Option<String> {
    let fields = fields(challenge);
    let get = |key: &str| fields.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    let algorithm = get("algorithm").unwrap_or("MD5");
    let hash = match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => "md5",
        "SHA" => "sha1",
        "SHA-256" => "sha256",
        _ => return None,
    };
    let sum = |text: String| checksum::of_bytes(text.as_bytes(), hash).ok();
    let (realm, nonce) = (get("realm")?, get("nonce")?);
    let who = sum(format!("{name}:{realm}:{password}"))?;
    let what = sum(format!("{}:{}", request.method, url.path))?;
    let mut answer = format!("Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{}\"", url.path);
    if get("qop").is_some_and(|qop| qop.split(',').any(|word| word.trim() == "auth")) {
        let own = random_name();
        let proof = sum(format!("{who}:{nonce}:00000001:{own}:auth:{what}"))?;
        answer.push_str(&format!(", response=\"{proof}\", qop=auth, nc=00000001, cnonce=\"{own}\""));
    } else {
        answer.push_str(&format!(", response=\"{}\"", sum(format!("{who}:{nonce}:{what}"))?));
    }
    if let Some(opaque) = get("opaque") {
        answer.push_str(&format!(", opaque=\"{opaque}\""));
    }
    Some(format!("{answer}, algorithm=\"{algorithm}\""))
}

/// `key="value", key=value` as pairs.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut rest = text.trim();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
            Some((value, next)) => (value, next),
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        fields.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        rest = next.trim_start_matches([',', ' ']);
    }
    fields
}

/// What the user's `.netrc` has for a host.
pub fn from_netrc(environment: &Environment, host: &str) -> Option<(String, String)> {
    let path = match environment.filled("NETRC") {
        Some(path) => environment.absolute(path),
        None => environment.home.join(".netrc"),
    };
    in_netrc(&std::fs::read_to_string(path).ok()?, host)
}

fn in_netrc(text: &str, host: &str) -> Option<(String, String)> {
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or(line)).filter(|line| !line.starts_with('#'));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let mut found = None;
    let mut fallback = None;
    let mut index = 0;
    while index < words.len() {
        let is_ours = match words[index] {
            "machine" => {
                index += 1;
                words.get(index) == Some(&host)
            }
            "default" => true,
            _ => {
                index += 1;
                continue;
            }
        };
        let is_default = words[index] == "default";
        index += 1;
        let (mut login, mut password) = (String::new(), String::new());
        while let (Some(key), Some(value)) = (words.get(index), words.get(index + 1)) {
            match *key {
                "login" | "user" => login = (*value).to_owned(),
                "password" => password = (*value).to_owned(),
                "account" => {}
                _ => break,
            }
            index += 2;
        }
        if is_ours && found.is_none() {
            *(if is_default { &mut fallback } else { &mut found }) = Some((login, password));
        }
    }
    found.or(fallback).filter(|(login, _)| !login.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netrc() {
        let text =
            "# mine\nmachine a login x password y\nmachine b\n  login z\n  password w\ndefault login d password e\n";
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(in_netrc(text, "a"), pair("x", "y"));
        assert_eq!(in_netrc(text, "b"), pair("z", "w"));
        assert_eq!(in_netrc(text, "c"), pair("d", "e"));
        assert_eq!(in_netrc("machine a login x", "b"), None);
    }

    #[test]
    fn digests_as_in_the_standard() {
        let request = Request { method: "GET".to_owned(), ..Request::default() };
        let url = Url::parse("http://h/dir/index.html").expect("an address");
        let challenge = r#"realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="o""#;
        let answer = digest(&request, &url, "Mufasa", "Circle Of Life", challenge).expect("an answer");
        assert!(answer.contains(r#"response="670fd8c2df070c60b045671b8b24ff02""#), "{answer}");
        assert!(answer.contains(r#"opaque="o""#), "{answer}");
    }
}
