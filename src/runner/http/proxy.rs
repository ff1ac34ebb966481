//! Which proxy a request goes through, by the variables of the task's environment.

use super::{HttpError, Url, auth};
use crate::data::Environment;

/// A proxy and who one is to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub host: String,
    pub port: u16,
    /// Whether the way to the proxy itself is encrypted.
    pub is_secure: bool,
    credentials: Option<(String, String)>,
}

impl Proxy {
    /// The header that tells who one is.
    pub fn authorization(&self) -> Option<String> {
        self.credentials.as_ref().map(|(name, password)| auth::basic(name, password))
    }
}

/// The proxy for an address, if it does not go there directly.
pub fn of(url: &Url, environment: &Environment) -> Result<Option<Proxy>, HttpError> {
    let variable = |name: &str| environment.variable(name).or_else(|| environment.variable(&name.to_uppercase()));
    let Some(named) = variable(&format!("{}_proxy", url.scheme)).filter(|named| !named.is_empty()) else {
        return Ok(None);
    };
    if is_exempt(url, variable("no_proxy").unwrap_or_default()) {
        return Ok(None);
    }
    let address = if named.contains("://") { named.to_owned() } else { format!("http://{named}") };
    let mut proxy = Url::parse(&address)?;
    let credentials = proxy.take_credentials();
    Ok(Some(Proxy { is_secure: proxy.scheme == "https", host: proxy.host, port: proxy.port, credentials }))
}

fn is_exempt(url: &Url, no_proxy: &str) -> bool {
    let host = url.host.to_ascii_lowercase();
    let with_port = format!("{host}:{}", url.port);
    no_proxy.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).any(|name| {
        let name = name.trim_start_matches('.');
        let below = format!(".{name}");
        name == "*" || [&host, &with_port].into_iter().any(|own| own == name || own.ends_with(&below))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::runner::testing::Scratch;

    #[test]
    fn variables_decide() {
        let rows: [(&str, &[(&str, &str)], Option<&str>); 7] = [
            ("http://h/", &[], None),
            ("http://h/", &[("http_proxy", "http://p:3128")], Some("p:3128")),
            ("https://h/", &[("http_proxy", "http://p:3128")], None),
            ("https://h/", &[("HTTPS_PROXY", "me:word@p:1")], Some("p:1")),
            ("http://a.b.c/", &[("http_proxy", "p"), ("no_proxy", "x, .b.c")], None),
            ("http://ab.c/", &[("http_proxy", "p"), ("no_proxy", "b.c")], Some("p:80")),
            ("http://h:8/", &[("http_proxy", "p"), ("NO_PROXY", "h:8")], None),
        ];
        for (url, variables, wanted) in rows {
            let mut environment = Scratch::new().environment();
            environment.variables =
                Arc::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
            let proxy = of(&Url::parse(url).expect(url), &environment).expect("a proxy or none");
            assert_eq!(proxy.map(|proxy| format!("{}:{}", proxy.host, proxy.port)).as_deref(), wanted, "{url}");
        }
    }
}
