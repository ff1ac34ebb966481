//! From an endpoint's options to what is dialled: the arguments that the reference would give to
//! `ssh`, in its order (the first one decides), then the configuration files.

use std::collections::HashMap;
use std::path::PathBuf;

use super::arguments;
use super::auth::Secrets;
use super::config::{Outside, Settings, Subject, evaluate};
use super::host_config::{AgentPath, HostConfig, Proxy, parse_hop};
use super::socks::SocksProxy;
use super::tokens::expand_home;
use crate::data::{Environment, Map, Value};
use crate::transport::shell;

/// Everything that decides about one connection. Equal plans share it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub config: HostConfig,
    pub secrets: Secrets,
    pub socks: Option<SocksProxy>,
    /// The file of `-F`, which jump hosts use too.
    pub config_file: Option<String>,
    pub retries: u32,
}

/// The plan for a host of the inventory.
pub fn for_endpoint(
    options: &Map,
    host: &str,
    environment: &Environment,
    outside: &dyn Outside,
) -> Result<Plan, String> {
    let text = |name: &str| options.get(name).map(plain).filter(|text| !text.is_empty());
    let name = text("host").unwrap_or_else(|| host.to_owned());
    let password = text("password");
    let mut settings = Settings::default();
    let mut config_file = None;
    let mut arguments = |settings: &mut Settings, name: &str| -> Result<(), String> {
        let words = shell::split(&text(name).unwrap_or_default())?;
        if let Some(file) = arguments::apply(settings, &words)? {
            config_file = Some(file);
        }
        Ok(())
    };
    arguments(&mut settings, "ssh_args")?;
    if options.get("host_key_checking").is_some_and(|checking| !truth(checking)) {
        settings.offer_option("StrictHostKeyChecking=no");
    }
    if let Some(port) = text("port") {
        settings.offer_option(&format!("Port={port}"));
    }
    if let Some(file) = text("private_key_file") {
        let path = expand_home(&file, &environment.home);
        settings.offer_option(&format!("IdentityFile=\"{}\"", path.display().to_string().replace('%', "%%")));
    }
    if password.is_none() {
        // Nobody can answer where tasks run side by side, so only what needs no answer is tried.
        settings.offer_option("KbdInteractiveAuthentication=no");
        settings.offer_option("PreferredAuthentications=gssapi-with-mic,gssapi-keyex,hostbased,publickey");
        settings.offer_option("PasswordAuthentication=no");
    }
    if let Some(user) = text("remote_user") {
        settings.offer_option(&format!("User=\"{user}\""));
    }
    settings.offer_option(&format!("ConnectTimeout={}", text("timeout").unwrap_or_else(|| "10".to_owned())));
    arguments(&mut settings, "ssh_common_args")?;
    arguments(&mut settings, "ssh_extra_args")?;

    let subject = subject(&name, environment);
    evaluate(&mut settings, &subject, &files(config_file.as_deref(), environment), outside);
    let config = HostConfig::new(&settings, &subject)?;
    let agent = text("ssh_agent").filter(|agent| agent != "none" && agent != "auto").map(PathBuf::from);
    let secrets = Secrets { password, key: text("private_key"), passphrase: text("private_key_passphrase"), agent };
    let socks = text("socks_proxy").map(|proxy| SocksProxy::parse(&proxy)).transpose()?;
    let retries = text("reconnection_retries").and_then(|count| count.parse().ok()).unwrap_or(0);
    Ok(Plan { config: without_loop(config), secrets, socks, config_file, retries })
}

/// The plan for the last hop on the way to another host: as a user's own `ssh` to it would do it. The
/// hops before it lead there.
pub fn for_hop(
    hops: &[String],
    outer: &Plan,
    environment: &Environment,
    outside: &dyn Outside,
) -> Result<Plan, String> {
    let (last, before) = hops.split_last().ok_or("ProxyJump names no host")?;
    let (user, host, port) = parse_hop(last)?;
    let mut settings = Settings::default();
    if let Some(user) = user {
        settings.offer_option(&format!("User=\"{user}\""));
    }
    if let Some(port) = port {
        settings.offer_option(&format!("Port={port}"));
    }
    if !before.is_empty() {
        settings.offer_option(&format!("ProxyJump={}", before.join(",").replace('%', "%%")));
    }
    let subject = subject(&host, environment);
    evaluate(&mut settings, &subject, &files(outer.config_file.as_deref(), environment), outside);
    let mut config = HostConfig::new(&settings, &subject)?;
    config.connect_timeout = config.connect_timeout.or(outer.config.connect_timeout);
    config.forward_agent = None;
    let secrets = Secrets { agent: outer.secrets.agent.clone(), ..Secrets::default() };
    // A proxy of the outer host leads to its first hop.
    let socks = if before.is_empty() { outer.socks.clone() } else { None };
    Ok(Plan { config: without_loop(config), secrets, socks, config_file: outer.config_file.clone(), retries: 0 })
}

/// `Host * ProxyJump bastion` means the bastion too, which is then reached directly.
fn without_loop(mut config: HostConfig) -> HostConfig {
    if let Proxy::Jump(hops) = &config.proxy
        && let Some(Ok((_, host, port))) = hops.last().map(|hop| parse_hop(hop))
        && (host == config.host || host == config.alias)
        && port.unwrap_or(config.port) == config.port
    {
        config.proxy = Proxy::None;
    }
    config
}

/// The agent's socket behind a setting.
pub fn agent_socket(path: &AgentPath, environment: &Environment) -> Option<PathBuf> {
    match path {
        AgentPath::None => None,
        AgentPath::Path(path) => Some(path.clone()),
        AgentPath::Variable(name) => environment.filled(name).map(PathBuf::from),
        AgentPath::Default => environment.filled("SSH_AUTH_SOCK").map(PathBuf::from),
    }
}

fn subject(host: &str, environment: &Environment) -> Subject {
    Subject {
        host: host.to_owned(),
        local_user: environment.user.clone(),
        local_host: environment.hostname.clone(),
        home: environment.home.clone(),
        uid: rustix::process::getuid().as_raw(),
        variables: environment.variables.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<HashMap<_, _>>(),
    }
}

fn files(config_file: Option<&str>, environment: &Environment) -> Vec<(PathBuf, bool, bool)> {
    match config_file {
        Some("none") => Vec::new(),
        Some(file) => vec![(environment.absolute(file), true, true)],
        None => vec![
            (environment.home.join(".ssh/config"), false, true),
            (PathBuf::from("/etc/ssh/ssh_config"), false, false),
        ],
    }
}

/// Options come checked, but a number may stand where text is expected.
fn plain(value: &Value) -> String {
    match &value.data {
        crate::data::Data::Text(text) => text.as_str().to_owned(),
        crate::data::Data::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

fn truth(value: &Value) -> bool {
    match value.as_str() {
        Some(text) => matches!(text.to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1" | "y" | "t"),
        None => value.is_truthy(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::connection::ssh::config::tests::Memory;
    use crate::plugins::connection::ssh::host_config::Strict;
    use crate::transport::tests::surroundings;
    use std::time::Duration;

    const CONFIG: &str = "Host b\n User jumper\nHost *\n ProxyJump b\n IdentityFile ~/k\n";

    fn plan(options: Map) -> Plan {
        let environment = surroundings().environment;
        let memory = Memory(vec![("/c", CONFIG.to_owned())]);
        for_endpoint(&options, "web", &environment, &memory).expect("nothing is wrong")
    }

    #[test]
    fn the_first_argument_decides() {
        let plan = plan(Map::from([
            ("ssh_args", Value::text("-o Port=1 -o User=first")),
            ("port", Value::from(2)),
            ("remote_user", Value::text("second")),
            ("ssh_common_args", Value::text("-o ConnectTimeout=99 -o StrictHostKeyChecking=yes")),
            ("host_key_checking", Value::from(false)),
        ]));
        assert_eq!((plan.config.port, plan.config.user.as_str()), (1, "first"));
        assert_eq!(plan.config.connect_timeout, Some(Duration::from_secs(10)));
        assert_eq!(plan.config.trust.strict, Strict::No);
    }

    #[test]
    fn only_a_known_password_is_offered() {
        assert_eq!(plan(Map::new()).config.methods.order, ["publickey"]);
        let order = plan(Map::from([("password", "x")])).config.methods.order;
        assert_eq!(order, ["publickey", "keyboard-interactive", "password"]);
    }

    #[test]
    fn jump_hosts_are_logins_of_their_own() {
        let environment = surroundings().environment;
        let memory = Memory(vec![("/c", CONFIG.to_owned())]);
        let outer = plan(Map::from([("ssh_common_args", "-F /c"), ("remote_user", "deploy")]));
        assert_eq!(outer.config.proxy, Proxy::Jump(vec!["b".into()]));
        let hop = for_hop(&["b".into()], &outer, &environment, &memory).expect("a hop");
        assert_eq!((hop.config.user.as_str(), &hop.config.proxy), ("jumper", &Proxy::None));
        let hop = for_hop(&["a".into(), "x@b:7".into()], &outer, &environment, &memory).expect("a hop");
        assert_eq!((hop.config.user.as_str(), hop.config.port), ("x", 7));
        assert_eq!(hop.config.proxy, Proxy::Jump(vec!["a".into()]));
    }

    #[test]
    fn secrets_are_not_shown() {
        let plan = plan(Map::from([("password", "geheim")]));
        assert!(!format!("{plan:?}").contains("geheim"));
    }
}
