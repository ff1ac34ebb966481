//! `%h`, `%r` and the other tokens of ssh_config values, `~` and `${VARIABLE}`.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::config::{Settings, Subject, host_name};

/// What the tokens stand for.
pub struct Tokens<'a> {
    subject: &'a Subject,
    host: String,
    port: String,
    user: String,
    alias: String,
    jump: String,
}

impl<'a> Tokens<'a> {
    pub fn new(settings: &Settings, subject: &'a Subject) -> Self {
        let host = host_name(settings, subject);
        Self {
            alias: settings.word("hostkeyalias").unwrap_or(&subject.host).to_owned(),
            port: settings.word("port").unwrap_or("22").to_owned(),
            user: settings.word("user").unwrap_or(&subject.local_user).to_owned(),
            jump: settings.word("proxyjump").filter(|jump| *jump != "none").unwrap_or_default().to_owned(),
            host,
            subject,
        }
    }

    /// Tokens alone; an unknown one is an error.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        expand_with(text, |token| self.value(token))
    }

    /// A path: `~` first, then tokens and `${…}`.
    pub fn expand_path(&self, text: &str) -> Result<PathBuf, String> {
        let text = expand_environment(&self.expand(text)?, &self.subject.variables)?;
        Ok(expand_home(&text, &self.subject.home))
    }

    fn value(&self, token: char) -> Option<String> {
        let local = &self.subject.local_host;
        Some(match token {
            'h' => self.host.clone(),
            'n' => self.subject.host.clone(),
            'p' => self.port.clone(),
            'r' => self.user.clone(),
            'u' => self.subject.local_user.clone(),
            'd' => self.subject.home.display().to_string(),
            'l' => local.clone(),
            'L' => local.split('.').next().unwrap_or_default().to_owned(),
            'i' => self.subject.uid.to_string(),
            'k' => self.alias.clone(),
            'j' => self.jump.clone(),
            'C' => {
                let text = format!("{local}{}{}{}{}", self.host, self.port, self.user, self.jump);
                Sha1::digest(text).iter().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
            }
            _ => return None,
        })
    }
}

/// Replaces `%x` by what the function says, `%%` by a percent sign.
pub fn expand_with(text: &str, value: impl Fn(char) -> Option<String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            expanded.push(char);
            continue;
        }
        match chars.next() {
            Some('%') => expanded.push('%'),
            Some(token) => match value(token) {
                Some(value) => expanded.push_str(&value),
                None => return Err(format!("unknown key %{token}")),
            },
            None => return Err("invalid format".into()),
        }
    }
    Ok(expanded)
}

/// `${NAME}`; a name that is not set is an error.
pub fn expand_environment(text: &str, variables: &HashMap<String, String>) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, remaining) = after.split_once('}').ok_or("environment variable missing closing '}'")?;
        let value = variables.get(name).ok_or_else(|| format!("env var ${{{name}}} has no value"))?;
        expanded.push_str(before);
        expanded.push_str(value);
        rest = remaining;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// `~` and `~/…`. Homes of other users are not looked up.
pub fn expand_home(text: &str, home: &Path) -> PathBuf {
    match text.strip_prefix('~') {
        Some("") => home.to_path_buf(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::connection::ssh::config::tests::subject;

    #[test]
    fn tokens_stand_for_their_values() {
        let mut settings = Settings::default();
        settings.offer_option("HostName %h.example.org");
        settings.offer_option("Port=2222");
        settings.offer_option("User=deploy");
        let subject = subject("web");
        let tokens = Tokens::new(&settings, &subject);
        for (text, expected) in [
            ("%h %n %p %r %u %%", Ok("web.example.org web 2222 deploy me %")),
            ("%d %l %L %i %k", Ok("/home/me desk.example.org desk 1000 web")),
            ("%z", Err("unknown key %z")),
            ("a%", Err("invalid format")),
        ] {
            assert_eq!(tokens.expand(text), expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
        assert_eq!(tokens.expand("%C").map(|hash| hash.len()), Ok(40));
    }

    #[test]
    fn paths_know_home_and_variables() {
        let subject = subject("web");
        let settings = Settings::default();
        let tokens = Tokens::new(&settings, &subject);
        for (text, expected) in [("~/.ssh/id_%n", "/home/me/.ssh/id_web"), ("${DIR}/k", "/env/k"), ("rel", "rel")] {
            assert_eq!(tokens.expand_path(text), Ok(expected.into()));
        }
        assert!(tokens.expand_path("${NOT_SET}").is_err());
    }
}
