//! Addresses of the web, taken apart.

use super::HttpError;

/// `scheme://host:port/path?query`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub scheme: String,
    /// `name:password` before the host, still encoded.
    credentials: Option<String>,
    /// Without brackets.
    pub host: String,
    pub port: u16,
    /// Path and query, never empty.
    pub path: String,
}

impl Url {
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(HttpError::Url(format!("unknown url type: '{text}'")));
        };
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(HttpError::Request(format!("unknown url type: {scheme}"))),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (credentials, place) = match authority.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials.to_owned()), place),
            None => (None, authority),
        };
        let (host, port) = split_port(place);
        let port = match port {
            Some("") | None => default_port,
            Some(digits) => digits.parse().map_err(|_| HttpError::Url(format!("nonnumeric port: '{digits}'")))?,
        };
        if host.is_empty() {
            return Err(HttpError::Request("no host given".to_owned()));
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { encoded(path) } else { format!("/{}", encoded(path)) };
        Ok(Self { scheme, credentials, host: host.to_owned(), port, path })
    }

    /// Name and password that the address holds, which are not sent as part of it.
    pub fn take_credentials(&mut self) -> Option<(String, String)> {
        let credentials = self.credentials.take()?;
        let (name, password) = credentials.split_once(':').unwrap_or((&credentials, ""));
        Some((decoded(name), decoded(password)))
    }

    /// Host and, unless it goes without saying, port.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = matches!((self.scheme.as_str(), self.port), ("http", 80) | ("https", 443));
        if usual { host } else { format!("{host}:{}", self.port) }
    }

    pub fn shown(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.path)
    }

    /// Where a link on the page of this address leads.
    pub fn join(&self, link: &str) -> Result<Self, HttpError> {
        let link = link.trim().replace(' ', "%20");
        if let Some(rest) = link.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme));
        }
        if link.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
            return Self::parse(&link);
        }
        let base = self.path.split('?').next().unwrap_or("/");
        let path = match link.as_bytes().first() {
            None => self.path.clone(),
            Some(b'/') => link,
            Some(b'?') => format!("{base}{link}"),
            Some(_) => {
                let folder = &base[..=base.rfind('/').unwrap_or(0)];
                without_dots(&format!("{folder}{link}"))
            }
        };
        Self::parse(&format!("{}://{}{path}", self.scheme, self.authority()))
    }
}

fn split_port(place: &str) -> (&str, Option<&str>) {
    if let Some((host, after)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, after.strip_prefix(':'));
    }
    place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)))
}

fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.len() > 1 => {
                parts.pop();
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    format!("{}{query}", parts.join("/"))
}

/// Blanks, controls and what is no ASCII, in percent signs; what is encoded stays.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("http://h", "http://h/"),
            ("HTTPS://h:443/a b?q=ä", "https://h/a%20b?q=%C3%A4"),
            ("http://u:p@h:8080/x#frag", "http://h:8080/x"),
            ("http://[::1]:81?q", "http://[::1]:81/?q"),
        ] {
            assert_eq!(Url::parse(text).expect(text).shown(), shown);
        }
        assert_eq!(Url::parse("x"), Err(HttpError::Url("unknown url type: 'x'".to_owned())));
        assert_eq!(Url::parse("http://h:x/"), Err(HttpError::Url("nonnumeric port: 'x'".to_owned())));
        let mut url = Url::parse("http://me:a%40b@h/").expect("an address");
        assert_eq!(url.take_credentials(), Some(("me".to_owned(), "a@b".to_owned())));
    }

    #[test]
    fn links() {
        let base = Url::parse("http://h:81/a/b?q").expect("an address");
        for (link, shown) in [
            ("/x", "http://h:81/x"),
            ("c/../d?e=../f", "http://h:81/a/d?e=../f"),
            ("?z", "http://h:81/a/b?z"),
            ("//o/x", "http://o/x"),
            ("https://o/x", "https://o/x"),
            ("../../..", "http://h:81/"),
        ] {
            assert_eq!(base.join(link).expect(link).shown(), shown, "{link}");
        }
    }
}
