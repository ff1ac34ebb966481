//! Addresses taken apart as Python's `urllib.parse` does.

/// The five parts of an address, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    pub scheme: String,
    pub netloc: String,
    pub path: String,
    pub query: String,
    pub fragment: String,
}

impl Url {
    /// `urlsplit(text)`.
    pub fn split(text: &str) -> Result<Self, String> {
        let text: String = text
            .trim_start_matches(|character: char| character <= ' ')
            .chars()
            .filter(|character| !matches!(character, '\t' | '\r' | '\n'))
            .collect();
        let mut url = Self::default();
        let mut rest = text.as_str();
        if let Some((scheme, after)) = rest.split_once(':')
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        {
            url.scheme = scheme.to_ascii_lowercase();
            rest = after;
        }
        if let Some(after) = rest.strip_prefix("//") {
            let end = after.find(['/', '?', '#']).unwrap_or(after.len());
            url.netloc = after[..end].to_owned();
            rest = &after[end..];
            check_brackets(&url.netloc)?;
        }
        if let Some((before, fragment)) = rest.split_once('#') {
            url.fragment = fragment.to_owned();
            rest = before;
        }
        if let Some((before, query)) = rest.split_once('?') {
            url.query = query.to_owned();
            rest = before;
        }
        url.path = rest.to_owned();
        Ok(url)
    }

    fn user_info(&self) -> Option<&str> {
        self.netloc.rsplit_once('@').map(|(user, _)| user)
    }

    fn host_and_port(&self) -> (&str, Option<&str>) {
        let host = self.netloc.rsplit_once('@').map_or(self.netloc.as_str(), |(_, host)| host);
        if let Some((_, bracketed)) = host.split_once('[') {
            let (host, after) = bracketed.split_once(']').unwrap_or((bracketed, ""));
            return (host, after.split_once(':').map(|(_, port)| port));
        }
        match host.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host, None),
        }
    }

    pub fn user_name(&self) -> Option<&str> {
        self.user_info().map(|user| user.split_once(':').map_or(user, |(name, _)| name))
    }

    pub fn password(&self) -> Option<&str> {
        self.user_info()?.split_once(':').map(|(_, password)| password)
    }

    /// The host in lower case.
    pub fn host_name(&self) -> Option<String> {
        let (host, _) = self.host_and_port();
        let (name, zone) = host.split_once('%').map_or((host, None), |(name, zone)| (name, Some(zone)));
        (!host.is_empty()).then(|| match zone {
            Some(zone) => format!("{}%{zone}", name.to_lowercase()),
            None => name.to_lowercase(),
        })
    }

    pub fn port(&self) -> Result<Option<u16>, String> {
        let Some(port) = self.host_and_port().1.filter(|port| !port.is_empty()) else { return Ok(None) };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            let shown = crate::data::python::text_repr(port);
            return Err(format!("Port could not be cast to integer value as {shown}"));
        }
        port.parse::<u16>().map(Some).map_err(|_| "Port out of range 0-65535".to_owned())
    }
}

fn check_brackets(netloc: &str) -> Result<(), String> {
    if netloc.contains('[') != netloc.contains(']') {
        return Err("Invalid IPv6 URL".to_owned());
    }
    let Some((_, bracketed)) = netloc.split_once('[') else { return Ok(()) };
    let host = bracketed.split_once(']').map_or(bracketed, |(host, _)| host);
    if host.starts_with(['v', 'V'])
        || host.split('%').next().is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok())
    {
        return Ok(());
    }
    let shown = crate::data::python::text_repr(host);
    Err(format!("{shown} does not appear to be an IPv4 or IPv6 address"))
}

/// `unquote_plus(text)`: plus signs are blanks, `%XX` bytes; what is no UTF-8 is replaced.
pub fn unquote_plus(text: &str) -> String {
    let text = text.replace('+', " ");
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            Some(code) => {
                decoded.push(u8::from_str_radix(code, 16).unwrap_or_default());
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let url = Url::split("https://ana:pa55@Shop.example.org:8443/cat/item;v=1?id=7#part").expect("an address");
        assert_eq!(url.user_name(), Some("ana"));
        assert_eq!(url.password(), Some("pa55"));
        assert_eq!(url.host_name().as_deref(), Some("shop.example.org"));
        assert_eq!(url.port(), Ok(Some(8443)));
        assert_eq!((&*url.path, &*url.query, &*url.fragment), ("/cat/item;v=1", "id=7", "part"));
        assert_eq!(Url::split("http://[::1]:80/").expect("an address").host_name().as_deref(), Some("::1"));
        assert!(Url::split("http://[::1/").is_err());
        assert!(Url::split("http://h:99999/").expect("an address").port().is_err());
    }

    #[test]
    fn unquotes() {
        for (text, expected) in [("a%20b+c", "a b c"), ("%zz", "%zz"), ("sj%C3%B6", "sjö"), ("%", "%"), ("%2B", "+")] {
            assert_eq!(unquote_plus(text), expected);
        }
    }
}
