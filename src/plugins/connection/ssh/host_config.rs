//! What is known about one host before it is dialled: the typed form of its settings, with the
//! defaults of OpenSSH's client.

use std::path::PathBuf;
use std::time::Duration;

use super::config::{Settings, Subject, host_name};
use super::tokens::Tokens;

/// How to reach and to trust one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// The name as it was asked for.
    pub alias: String,
    /// The name or address to connect to.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub proxy: Proxy,
    pub bind_address: Option<String>,
    pub family: Family,
    pub connect_timeout: Option<Duration>,
    pub connection_attempts: u32,
    pub keepalive: Option<Duration>,
    pub keepalive_max: usize,
    pub compression: bool,
    pub keys: KeySources,
    pub methods: Methods,
    pub trust: Trust,
    pub algorithms: Algorithms,
    pub forward_agent: Option<AgentPath>,
    pub send_env: Vec<String>,
    pub set_env: Vec<(String, String)>,
    /// How long the connection is kept after a run; `None` for not at all.
    pub persist: Option<Duration>,
}

/// Whether and how the way leads through something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    None,
    /// The hops, nearest first, as `user@host:port`.
    Jump(Vec<String>),
    /// A command line for the user's shell.
    Command(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Any,
    V4,
    V6,
}

/// Which agent is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentPath {
    /// That of the environment.
    Default,
    Path(PathBuf),
    /// The socket's name is in this variable.
    Variable(String),
    None,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySources {
    /// In the order in which they are tried.
    pub files: Vec<PathBuf>,
    /// The user named files; else they are the usual ones, and missing ones are no surprise.
    pub explicit: bool,
    pub certificates: Vec<PathBuf>,
    pub identities_only: bool,
    pub agent: AgentPath,
}

/// Which ways to prove who we are may be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods {
    /// In the order of preference: `publickey`, `keyboard-interactive`, `password`.
    pub order: Vec<String>,
    /// Ask nobody.
    pub batch: bool,
    pub password_prompts: u32,
}

/// What is known about host keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The name under which keys are looked up, in place of the host's.
    pub alias: Option<String>,
    pub user_files: Vec<PathBuf>,
    pub global_files: Vec<PathBuf>,
    pub strict: Strict,
    pub hash: bool,
}

/// What happens with a host key that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strict {
    Yes,
    Ask,
    AcceptNew,
    No,
}

/// Lists of algorithms as the user wrote them: whole, or changes to the default (`+a`, `-b`, `^c`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms {
    pub kex: Option<String>,
    pub ciphers: Option<String>,
    pub macs: Option<String>,
    pub host_keys: Option<String>,
    pub public_keys: Option<String>,
}

/// The key files that are tried where none is named.
const USUAL_KEYS: &[&str] = &["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa"];

/// A connection that says nothing is asked this often whether it still lives. OpenSSH does not ask by
/// itself; but a link through a firewall or `nc -w` that is silent in a long call would be cut.
const KEEPALIVE: Duration = Duration::from_secs(20);

impl HostConfig {
    pub fn new(settings: &Settings, subject: &Subject) -> Result<Self, String> {
        if let Some(error) = settings.errors.first() {
            return Err(error.clone());
        }
        let tokens = Tokens::new(settings, subject);
        let port = match settings.word("port") {
            None => 22,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| format!("Bad port '{port}'."))?,
        };
        let interval = settings.word("serveraliveinterval").map(seconds).transpose()?.flatten();
        Ok(Self {
            alias: subject.host.clone(),
            host: host_name(settings, subject),
            port,
            user: settings.word("user").unwrap_or(&subject.local_user).to_owned(),
            proxy: proxy(settings, &tokens)?,
            bind_address: settings.word("bindaddress").map(str::to_owned),
            family: match settings.word("addressfamily") {
                Some("inet") => Family::V4,
                Some("inet6") => Family::V6,
                _ => Family::Any,
            },
            connect_timeout: settings.word("connecttimeout").map(seconds).transpose()?.flatten(),
            connection_attempts: settings.word("connectionattempts").and_then(|count| count.parse().ok()).unwrap_or(1),
            keepalive: Some(interval.filter(|interval| !interval.is_zero()).unwrap_or(KEEPALIVE)),
            keepalive_max: settings.word("serveralivecountmax").and_then(|count| count.parse().ok()).unwrap_or(3),
            compression: settings.word("compression") == Some("yes"),
            keys: key_sources(settings, subject, &tokens)?,
            methods: methods(settings),
            trust: trust(settings, subject, &tokens)?,
            algorithms: algorithms(settings),
            forward_agent: forward_agent(settings, &tokens)?,
            send_env: settings.lines("sendenv").iter().flat_map(|line| line.words.clone()).collect(),
            set_env: settings.line("setenv").map_or_else(Vec::new, |line| {
                line.words.iter().filter_map(|word| word.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
            }),
            persist: persist(settings)?,
        })
    }
}

fn proxy(settings: &Settings, tokens: &Tokens<'_>) -> Result<Proxy, String> {
    if let Some(jump) = settings.word("proxyjump") {
        if jump.eq_ignore_ascii_case("none") {
            return Ok(Proxy::None);
        }
        // The whole rest counts: blanks after the commas are not allowed there anyway.
        let hops = jump.split(',').map(|hop| tokens.expand(hop.trim()));
        return Ok(Proxy::Jump(hops.collect::<Result<_, _>>()?));
    }
    match settings.line("proxycommand") {
        Some(line) if !line.rest.eq_ignore_ascii_case("none") => {
            Ok(Proxy::Command(tokens.expand(command(&line.rest))?))
        }
        _ => Ok(Proxy::None),
    }
}

/// A command is taken as it stands; `-o 'ProxyCommand="…"'` may quote the whole of it.
fn command(rest: &str) -> &str {
    match rest.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) if !inner.contains('"') => inner,
        _ => rest,
    }
}

fn key_sources(settings: &Settings, subject: &Subject, tokens: &Tokens<'_>) -> Result<KeySources, String> {
    let paths = |keyword: &str| -> Result<Vec<PathBuf>, String> {
        let words = settings.lines(keyword).iter().filter_map(|line| line.words.first());
        let words = words.filter(|word| !word.eq_ignore_ascii_case("none"));
        let mut paths: Vec<PathBuf> = Vec::new();
        for word in words {
            let path = tokens.expand_path(word)?;
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        Ok(paths)
    };
    let explicit = !settings.lines("identityfile").is_empty();
    let files = match explicit {
        true => paths("identityfile")?,
        false => USUAL_KEYS.iter().map(|name| subject.home.join(".ssh").join(name)).collect(),
    };
    Ok(KeySources {
        files,
        explicit,
        certificates: paths("certificatefile")?,
        identities_only: settings.word("identitiesonly") == Some("yes"),
        agent: match settings.word("identityagent") {
            None | Some("SSH_AUTH_SOCK") => AgentPath::Default,
            Some(word) => agent_path(word, tokens)?,
        },
    })
}

fn agent_path(word: &str, tokens: &Tokens<'_>) -> Result<AgentPath, String> {
    Ok(match word.strip_prefix('$') {
        _ if word.eq_ignore_ascii_case("none") => AgentPath::None,
        Some(name) if !name.starts_with('{') => AgentPath::Variable(name.to_owned()),
        _ => AgentPath::Path(tokens.expand_path(word)?),
    })
}

fn forward_agent(settings: &Settings, tokens: &Tokens<'_>) -> Result<Option<AgentPath>, String> {
    Ok(match settings.word("forwardagent") {
        None | Some("no" | "false") => None,
        Some("yes" | "true") => Some(AgentPath::Default),
        Some(word) => Some(agent_path(word, tokens)?),
    })
}

fn methods(settings: &Settings) -> Methods {
    let preferred = settings.word("preferredauthentications");
    let preferred = preferred.unwrap_or("gssapi-with-mic,hostbased,publickey,keyboard-interactive,password");
    let off = |keyword: &str| settings.word(keyword) == Some("no");
    let usable = |method: &&str| match *method {
        "publickey" => !off("pubkeyauthentication"),
        "keyboard-interactive" => !off("kbdinteractiveauthentication"),
        "password" => !off("passwordauthentication"),
        _ => false,
    };
    Methods {
        order: preferred.split(',').filter(usable).map(str::to_owned).collect(),
        batch: settings.word("batchmode") == Some("yes"),
        password_prompts: settings.word("numberofpasswordprompts").and_then(|count| count.parse().ok()).unwrap_or(3),
    }
}

fn trust(settings: &Settings, subject: &Subject, tokens: &Tokens<'_>) -> Result<Trust, String> {
    let files = |keyword: &str, usual: [PathBuf; 2]| -> Result<Vec<PathBuf>, String> {
        match settings.line(keyword) {
            None => Ok(usual.to_vec()),
            Some(line) => {
                let words = line.words.iter().filter(|word| !word.eq_ignore_ascii_case("none"));
                words.map(|word| tokens.expand_path(word)).collect()
            }
        }
    };
    let ssh = subject.home.join(".ssh");
    Ok(Trust {
        alias: settings.word("hostkeyalias").map(str::to_owned),
        user_files: files("userknownhostsfile", [ssh.join("known_hosts"), ssh.join("known_hosts2")])?,
        global_files: files(
            "globalknownhostsfile",
            ["/etc/ssh/ssh_known_hosts".into(), "/etc/ssh/ssh_known_hosts2".into()],
        )?,
        strict: match settings.word("stricthostkeychecking").map(str::to_ascii_lowercase).as_deref() {
            Some("yes" | "true") => Strict::Yes,
            Some("no" | "false" | "off") => Strict::No,
            Some("accept-new") => Strict::AcceptNew,
            None | Some("ask") => Strict::Ask,
            Some(other) => return Err(format!("unsupported option \"{other}\".")),
        },
        hash: settings.word("hashknownhosts") == Some("yes"),
    })
}

fn algorithms(settings: &Settings) -> Algorithms {
    let list = |keyword: &str| settings.word(keyword).map(str::to_owned);
    Algorithms {
        kex: list("kexalgorithms"),
        ciphers: list("ciphers"),
        macs: list("macs"),
        host_keys: list("hostkeyalgorithms"),
        public_keys: list("pubkeyacceptedalgorithms"),
    }
}

/// Connections are kept where ControlMaster would keep them: it is on, and persistence with it.
fn persist(settings: &Settings) -> Result<Option<Duration>, String> {
    let on = matches!(settings.word("controlmaster"), Some("auto" | "yes" | "autoask" | "ask"));
    if !on || settings.word("controlpath") == Some("none") {
        return Ok(None);
    }
    match settings.word("controlpersist") {
        None | Some("no" | "false") => Ok(None),
        Some("yes" | "true") => Ok(Some(Duration::MAX)),
        Some(time) => Ok(seconds(time)?.map(|time| if time.is_zero() { Duration::MAX } else { time })),
    }
}

/// Times as `90`, `1m30s`, `2h`; `none` is none.
fn seconds(text: &str) -> Result<Option<Duration>, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let bad = || format!("invalid time value \"{text}\".");
    let (mut total, mut digits) = (0_u64, String::new());
    for char in text.chars() {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let unit = match char.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'w' => 604_800,
            _ => return Err(bad()),
        };
        total += digits.parse::<u64>().map_err(|_| bad())? * unit;
        digits.clear();
    }
    if !digits.is_empty() {
        total += digits.parse::<u64>().map_err(|_| bad())?;
    }
    if text.is_empty() { Err(bad()) } else { Ok(Some(Duration::from_secs(total))) }
}

/// `[user@]host[:port]`, `ssh://…` and `[address]:port`: one hop of a ProxyJump.
pub fn parse_hop(hop: &str) -> Result<(Option<String>, String, Option<u16>), String> {
    let bad = || format!("Invalid ProxyJump hop \"{hop}\"");
    let text = hop.strip_prefix("ssh://").unwrap_or(hop).trim_end_matches('/');
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, text),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').ok_or_else(bad)?;
            (host, rest.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            // More than one colon: an address without brackets.
            Some((_, port)) if port.contains(':') => (place, None),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if host.is_empty() {
        return Err(bad());
    }
    let port = port.map(|port| port.parse().map_err(|_| bad())).transpose()?;
    Ok((user, host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::connection::ssh::config::tests::subject;

    fn config(options: &[&str]) -> Result<HostConfig, String> {
        let mut settings = Settings::default();
        for option in options {
            settings.offer_option(option);
        }
        HostConfig::new(&settings, &subject("web.eolas"))
    }

    #[test]
    fn defaults_are_those_of_openssh() {
        let config = config(&[]).expect("nothing is wrong");
        assert_eq!((config.host.as_str(), config.port, config.user.as_str()), ("web.eolas", 22, "me"));
        assert_eq!(config.proxy, Proxy::None);
        assert_eq!(config.trust.strict, Strict::Ask);
        assert_eq!(config.keys.files.first(), Some(&PathBuf::from("/home/me/.ssh/id_rsa")));
        assert_eq!(config.persist, None);
        assert_eq!(config.keepalive, Some(KEEPALIVE));
    }

    #[test]
    fn proxies_are_expanded() {
        let check = |option: &str, expected: Proxy| assert_eq!(config(&[option]).expect("fine").proxy, expected);
        check(
            "ProxyCommand ssh vpn-host \"nc -w 60 `basename %h .eolas` %p\"",
            Proxy::Command("ssh vpn-host \"nc -w 60 `basename web.eolas .eolas` 22\"".into()),
        );
        check("ProxyCommand=\"ssh -W %h:%p b\"", Proxy::Command("ssh -W web.eolas:22 b".into()));
        check("ProxyCommand none", Proxy::None);
        check("ProxyJump a,me@b:2222", Proxy::Jump(vec!["a".into(), "me@b:2222".into()]));
        check("ProxyJump none", Proxy::None);
    }

    #[test]
    fn times_and_persistence() {
        for (text, expected) in [("90", 90), ("1m30s", 90), ("2h", 7200), ("1d", 86400)] {
            assert_eq!(seconds(text), Ok(Some(Duration::from_secs(expected))));
        }
        assert!(seconds("x").is_err());
        let persist = |options: &[&str]| config(options).expect("fine").persist;
        assert_eq!(persist(&["ControlMaster=auto", "ControlPersist=60s"]), Some(Duration::from_mins(1)));
        assert_eq!(persist(&["ControlMaster=no", "ControlPersist=60s"]), None);
        assert_eq!(persist(&["ControlMaster=auto", "ControlPersist=60s", "ControlPath=none"]), None);
        assert_eq!(persist(&["ControlMaster=auto", "ControlPersist=yes"]), Some(Duration::MAX));
    }

    #[test]
    fn hops_are_parsed() {
        let check = |hop: &str, user: Option<&str>, host: &str, port: Option<u16>| {
            assert_eq!(parse_hop(hop), Ok((user.map(str::to_owned), host.to_owned(), port)));
        };
        check("b", None, "b", None);
        check("me@b:22", Some("me"), "b", Some(22));
        check("ssh://me@b:22/", Some("me"), "b", Some(22));
        check("[::1]:22", None, "::1", Some(22));
        check("::1", None, "::1", None);
        assert!(parse_hop("me@").is_err());
    }

    #[test]
    fn bad_values_are_errors() {
        for option in ["Port=x", "Port=0", "ConnectTimeout=soon", "StrictHostKeyChecking=perhaps", "ProxyCommand=%z"] {
            assert!(config(&[option]).is_err(), "{option}");
        }
    }
}
