//! What configuration files mean is compared with what `ssh -G` says of them, where there is an ssh.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::config::{Settings, Subject, evaluate};
use super::host_config::{HostConfig, Proxy, Strict};
use super::outside::Files;
use crate::transport::tests::surroundings;

const FILES: &[&str] = &[
    "Host *\n",
    "Host web\n HostName 10.0.0.1\n Port 2222\n User deploy\n IdentityFile ~/.ssh/one\n IdentityFile ~/.ssh/two_%h_%r\n",
    "Host *.eolas\n User vpn-user\n ProxyCommand ssh vpn-host \"nc -w 60 `basename %h .eolas` %p\"\n",
    "Host !web *\n User not-web\nHost *\n User everybody\n",
    "Host web?\n Port 1\nhost WEB\n Port 2\n",
    "User=one\nPort = 7\n  ConnectTimeout 1m\n\tServerAliveInterval=15\n",
    "Match host web,db.eolas user root\n Port 3\nMatch originalhost db.eolas\n Port 4\nMatch all\n Port 5\n",
    "Match exec \"test %h = web\"\n Port 33\n",
    "Match !host web\n User other\nMatch final host 10.9.9.9\n Port 99\nHost web\n HostName 10.9.9.9\n",
    "ProxyJump a,me@b:2222\nHost *\n ProxyCommand none\n",
    "Host web\n ProxyJump none\nHost *\n ProxyJump bastion\n",
    "HostName %h.example.org\nHostKeyAlias shared\nUserKnownHostsFile ~/.ssh/%k /tmp/x\nStrictHostKeyChecking accept-new\n",
    "Compression yes\nForwardAgent yes\nIdentitiesOnly yes\nBatchMode yes\nNumberOfPasswordPrompts 1\n",
    "SetEnv A=b C=\"d e\"\nSetEnv X=y\nSendEnv LANG LC_*\nSendEnv FOO\n",
    "AddressFamily inet6\nBindAddress 127.0.0.1\nConnectionAttempts 4\nServerAliveCountMax 9\n",
    "# comment\n\nHost \"web\" 'db.eolas' # trailing\n User \"quoted user\"\n",
    "Tag blue\nMatch localuser root,me\n IdentityAgent none\n",
    "UserKnownHostsFile none\nGlobalKnownHostsFile /dev/null\nHashKnownHosts yes\nStrictHostKeyChecking off\n",
];

#[test]
fn files_mean_what_openssh_says() {
    let Ok(version) = Command::new("ssh").arg("-V").output() else {
        skipped("there is no ssh to compare with");
        return;
    };
    let version = String::from_utf8_lossy(&version.stderr).into_owned();
    let folder = std::env::temp_dir().join(format!("muster-ssh-G-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let mut differences = Vec::new();
    for (number, text) in FILES.iter().enumerate() {
        // `Match tagged` and `Tag` came with 9.4.
        let text = if version.contains("OpenSSH_9.2") { text.replace("Tag blue\n", "") } else { (*text).to_owned() };
        let file = folder.join(number.to_string());
        std::fs::write(&file, &text).expect("it can be written");
        for host in ["web", "db.eolas", "web1"] {
            let theirs = theirs(&file, host);
            for (key, ours) in ours(&file, host) {
                if let Some((_, value)) = theirs.iter().find(|(name, _)| *name == key)
                    && *value != ours
                {
                    differences.push(format!("{host}, {key}: ssh says {value:?}, we say {ours:?}, of\n{text}"));
                }
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A test that cannot run says so where people look.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub(super) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

fn theirs(file: &Path, host: &str) -> Vec<(String, String)> {
    let output = Command::new("ssh").arg("-G").arg("-F").arg(file).arg(host).output().expect("ssh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut values: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match values.iter_mut().find(|(name, _)| name == key) {
            Some((_, values)) => *values = format!("{values} {value}"),
            None => values.push((key.to_owned(), value.to_owned())),
        }
    }
    values
}

fn ours(file: &Path, host: &str) -> Vec<(String, String)> {
    let mut environment = surroundings().environment;
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id = rustix::process::getuid().as_raw().to_string();
    let me = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.get(2) == Some(&&*id));
    let me = me.expect("whoever runs tests is a user");
    environment.home = PathBuf::from(me[5]);
    let subject = Subject {
        host: host.to_owned(),
        local_user: me[0].to_owned(),
        local_host: "desk".to_owned(),
        home: environment.home.clone(),
        uid: id.parse().expect("a number"),
        variables: std::collections::HashMap::new(),
    };
    let mut settings = Settings::default();
    evaluate(&mut settings, &subject, &[(file.to_path_buf(), true, true)], &Files::new(environment.clone()));
    let config = HostConfig::new(&settings, &subject).expect("nothing is wrong with it");
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let mut ours = vec![
        ("hostname", config.host.clone()),
        ("port", config.port.to_string()),
        ("user", config.user.clone()),
        ("addressfamily", format!("{:?}", config.family).to_lowercase().replace("v4", "inet").replace("v6", "inet6")),
        ("connectionattempts", config.connection_attempts.to_string()),
        ("serveralivecountmax", config.keepalive_max.to_string()),
        ("compression", yes(config.compression)),
        ("identitiesonly", yes(config.keys.identities_only)),
        ("batchmode", yes(config.methods.batch)),
        ("hashknownhosts", yes(config.trust.hash)),
        ("forwardagent", yes(config.forward_agent.is_some())),
        ("numberofpasswordprompts", config.methods.password_prompts.to_string()),
        (
            "stricthostkeychecking",
            match config.trust.strict {
                Strict::Yes => "true",
                Strict::Ask => "ask",
                Strict::AcceptNew => "accept-new",
                Strict::No => "false",
            }
            .to_owned(),
        ),
    ];
    match &config.proxy {
        Proxy::None => {}
        Proxy::Jump(hops) => ours.push(("proxyjump", hops.join(","))),
        // Shown unexpanded there.
        Proxy::Command(_) => {
            ours.push(("proxycommand", settings.line("proxycommand").map(|line| line.rest.clone()).unwrap_or_default()))
        }
    }
    if config.keys.explicit {
        let shown = settings.lines("identityfile").iter().map(|line| line.words.join(" "));
        ours.push(("identityfile", shown.collect::<Vec<_>>().join(" ")));
    }
    if let Some(alias) = &config.trust.alias {
        ours.push(("hostkeyalias", alias.clone()));
    }
    if let Some(address) = &config.bind_address {
        ours.push(("bindaddress", address.clone()));
    }
    if settings.line("connecttimeout").is_some() {
        ours.push(("connecttimeout", config.connect_timeout.expect("it is set").as_secs().to_string()));
    }
    if !config.set_env.is_empty() {
        let shown = config.set_env.iter().map(|(name, value)| format!("{name}={value}"));
        ours.push(("setenv", shown.collect::<Vec<_>>().join(" ")));
    }
    if !config.send_env.is_empty() {
        ours.push(("sendenv", config.send_env.join(" ")));
    }
    if settings.line("userknownhostsfile").is_some() && !config.trust.user_files.is_empty() {
        let shown = config.trust.user_files.iter().map(|path| path.display().to_string());
        ours.push(("userknownhostsfile", shown.collect::<Vec<_>>().join(" ")));
    }
    ours.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
