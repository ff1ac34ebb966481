//! The options that modules share which ask servers of the web.

use std::time::Duration;

use super::{Follow, Options, Request};
use crate::args::{Args, TargetPath};
use crate::data::{Map, python};
use crate::runner::{Failure, Target};

/// How to reach the server, and who one is.
#[derive(Args)]
pub struct UrlOptions {
    /// Whether proxies of the environment are used.
    #[arg(default = true)]
    pub use_proxy: bool,
    /// Whether the server's certificate must be one that the host trusts.
    #[arg(default = true)]
    pub validate_certs: bool,
    /// A file with the certificate by which one is known, and its key if `client_key` names no other.
    pub client_cert: Option<TargetPath>,
    /// A file with the certificate's key.
    pub client_key: Option<TargetPath>,
    /// Names of ciphers, which are left to the program here.
    pub ciphers: Option<Vec<String>>,
    /// Whether name and password are sent without being asked for.
    #[arg(default = false)]
    pub force_basic_auth: bool,
    /// Whether a packed answer is unpacked.
    #[arg(default = true)]
    pub decompress: bool,
    /// The name by which the program introduces itself.
    #[arg(default = "ansible-httpget")]
    pub http_agent: String,
    /// Headers that are not sent on to where a redirect leads.
    #[arg(default = [])]
    pub unredirected_headers: Vec<String>,
    /// Kerberos, which is not supported.
    #[arg(default = false)]
    pub use_gssapi: bool,
    /// Whether `.netrc` is asked for name and password.
    #[arg(default = true)]
    pub use_netrc: bool,
    /// Whether caches on the way are told to ask again.
    #[arg(default = false)]
    pub force: bool,
}

impl UrlOptions {
    /// The client's options.
    pub fn client(
        &self,
        timeout: i64,
        username: Option<&str>,
        password: Option<&str>,
        target: &mut Target,
    ) -> Result<Options, Failure> {
        if self.use_gssapi {
            return Err("use_gssapi is not supported: this build of muster has no Kerberos".into());
        }
        if self.ciphers.is_some() {
            target.warn("The option ciphers is left out of account: only safe ciphers are offered");
        }
        Ok(Options {
            timeout: Duration::from_secs(timeout.max(1) as u64),
            follow: Follow::Usual,
            use_proxy: self.use_proxy,
            validate_certs: self.validate_certs,
            client_cert: self.client_cert.as_ref().map(|path| target.absolute(path)),
            client_key: self.client_key.as_ref().map(|path| target.absolute(path)),
            decompress: self.decompress,
            username: username.map(str::to_owned),
            password: password.map(str::to_owned),
            force_basic_auth: self.force_basic_auth,
            use_netrc: self.use_netrc,
            ..Options::default()
        })
    }

    /// A request with the user's headers.
    pub fn request(&self, method: &str, url: &str, headers: &Map) -> Request {
        let mut request = Request {
            method: method.to_owned(),
            url: url.to_owned(),
            unredirected_headers: self.unredirected_headers.clone(),
            ..Request::default()
        };
        request.set_header("User-Agent", self.http_agent.as_str());
        if self.force {
            request.set_header("Cache-Control", "no-cache");
        }
        for (name, value) in headers {
            request.set_header(&python::str(name), python::str(value));
        }
        request
    }
}
