//! The servers of ansible-galaxy: muster never asks one, but shows what is configured.

use super::declare::{Default, Setting, setting};
use super::{Resolved, Settings, ValueOrigin};
use crate::diagnostic::Diagnostic;

/// What a server can have, in the order of the reference.
const OPTIONS: &[Setting] = &[
    setting("url", "The address.").kind("str").required(),
    setting("username", "The user name.").kind("str"),
    setting("password", "The password.").kind("str"),
    setting("token", "The access token.").kind("str"),
    setting("auth_url", "Where tokens come from.").kind("str"),
    setting("api_version", "The version of its interface.").kind("int"),
    setting("validate_certs", "Check certificates.").kind("bool"),
    setting("client_id", "The name of the client.").kind("str"),
    setting("client_secret", "The secret of the client.").kind("str"),
    setting("timeout", "Seconds until an answer is given up.").kind("int").default(Default::Int(60)),
];

/// The keys that a server's section may have.
pub fn keys() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|option| option.name)
}

impl Settings {
    /// Every server of `server_list` with its options.
    pub fn galaxy_servers(&self) -> Result<Vec<(String, Vec<Resolved>)>, Diagnostic> {
        let timeout = self.get("GALAXY_SERVER_TIMEOUT").map(|resolved| resolved.value.clone());
        let names = self.get("GALAXY_SERVER_LIST").and_then(|list| list.value.as_items()).unwrap_or_default();
        let names = names.iter().filter_map(|name| name.as_str()).filter(|name| !name.is_empty());
        names
            .map(|server| {
                let options = OPTIONS.iter().map(|option| {
                    let mut resolved = self.server_option(server, option)?;
                    if let (ValueOrigin::Default, "timeout", Some(timeout)) = (&resolved.origin, option.name, &timeout)
                    {
                        resolved.value = timeout.clone();
                    }
                    Ok::<_, Diagnostic>(resolved)
                });
                Ok((server.to_owned(), options.collect::<Result<_, _>>()?))
            })
            .collect()
    }

    fn server_option(&self, server: &str, option: &'static Setting) -> Result<Resolved, Diagnostic> {
        let variable = format!("ANSIBLE_GALAXY_SERVER_{}_{}", server.to_uppercase(), option.name.to_uppercase());
        let from_variable = self.environment().variable(&variable).map(|text| (text, ValueOrigin::Variable(variable)));
        let written = from_variable.or_else(|| {
            let text = self.file().content.get(&format!("galaxy_server.{server}"), option.name)?;
            Some((text, ValueOrigin::File(self.config_file()?.to_path_buf())))
        });
        self.value_of(option, written, &format!("'{}' for '{server}' galaxy_server plugin", option.name), "")
    }
}
