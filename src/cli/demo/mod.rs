//! `muster demo`: three SSH hosts inside this process, a playbook that runs over real SSH against
//! them, one of them behind another; nothing to install, nothing left.

pub mod host;

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};

use super::options::Tool;
use super::{Context, Invocation, Manner, run_tool};
use crate::data::Environment;
use crate::diagnostic::Diagnostic;
use host::{DemoHost, RunningHost};

/// The playbook, which is a file of the source like any other.
const PLAYBOOK: &str = include_str!("../../../playbooks/demo.yml");

/// The hosts; the first is also the way to the last.
const HOSTS: [&str; 3] = ["demo-1", "demo-2", "demo-3"];

/// Starts the hosts, runs the playbook as `muster playbook` would, and takes everything away.
pub fn run(invocation: Invocation, context: &Context) -> Result<u8, Diagnostic> {
    let start = Instant::now();
    let broken = |error: io::Error| Diagnostic::new(format!("The demo cannot be set up: {error}"));
    let scratch = Scratch::new(&context.environment).map_err(broken)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(broken)?;
    let hosts = runtime.block_on(open(&scratch, &context.environment)).map_err(broken)?;
    scratch.write_files(&hosts).map_err(broken)?;
    let say = |text: &str| context.screen.line(text);
    say("Three SSH hosts inside this process, each with an empty home:");
    for (name, host) in HOSTS.iter().zip(&hosts) {
        let way = if *name == HOSTS[2] { format!(", through {}", HOSTS[0]) } else { String::new() };
        say(&format!("  {name}  127.0.0.1:{}{way}", host.port));
    }
    let words = ["-i", "inventory.yml", "demo.yml"].map(str::to_owned);
    let environment = surroundings(&context.environment, &scratch);
    let code =
        run_tool(Tool::Playbook, "muster playbook", Manner::Muster, &words, Invocation { environment, ..invocation });
    drop(hosts);
    runtime.shutdown_background();
    drop(scratch);
    say(&format!("The demo took {:.2} s and left nothing behind.", start.elapsed().as_secs_f64()));
    Ok(code)
}

/// The user's surroundings, without what would change how the demo runs.
fn surroundings(environment: &Environment, scratch: &Scratch) -> Environment {
    let own = |name: &str| !name.starts_with("ANSIBLE_") && !name.starts_with("MUSTER_") && name != "SSH_AUTH_SOCK";
    let variables =
        environment.variables.iter().filter(|(name, _)| own(name)).map(|(name, value)| (name.clone(), value.clone()));
    let mut variables: indexmap::IndexMap<String, String> = variables.collect();
    let home = scratch.folder.join("home");
    variables.insert("HOME".to_owned(), home.display().to_string());
    // The hosts end with the demo.
    variables.insert("MUSTER_KEEP_CONNECTIONS".to_owned(), "0".to_owned());
    Environment {
        variables: Arc::new(variables),
        working_directory: scratch.folder.clone(),
        home,
        ..environment.clone()
    }
}

async fn open(scratch: &Scratch, environment: &Environment) -> io::Result<Vec<RunningHost>> {
    let mut hosts = Vec::new();
    for name in HOSTS {
        let home = scratch.folder.join(name);
        fs::DirBuilder::new().mode(0o700).create(&home)?;
        let variables = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
            ("LANG", "C.UTF-8"),
            ("USER", &environment.user),
        ];
        let host = DemoHost {
            home,
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            key: Some(scratch.key.public_key().clone()),
            is_bastion: name == HOSTS[0],
            ..DemoHost::default()
        };
        hosts.push(host::start(host).await?);
    }
    Ok(hosts)
}

/// A folder of the demo's own, gone when it is dropped.
struct Scratch {
    folder: PathBuf,
    key: PrivateKey,
}

impl Scratch {
    fn new(environment: &Environment) -> io::Result<Self> {
        let mut number = [0; 8];
        environment.dice.fill(&mut number);
        let parent = environment.filled("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        let folder = parent.join(format!("muster-demo-{:016x}", u64::from_ne_bytes(number)));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let key =
            PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).map_err(io::Error::other)?;
        Ok(Self { folder, key })
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The controller's home with key, known hosts and settings of ssh; inventory and playbook.
    fn write_files(&self, hosts: &[RunningHost]) -> io::Result<()> {
        for folder in ["home", "home/.ssh"] {
            fs::DirBuilder::new().mode(0o700).create(self.folder.join(folder))?;
        }
        let key = self.key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
        let mut known = String::new();
        let mut config = "Host demo-*\n HostName 127.0.0.1\n StrictHostKeyChecking yes\n".to_owned();
        let mut inventory = "demo:\n  hosts:\n".to_owned();
        for (name, host) in HOSTS.iter().zip(hosts) {
            let host_key = host.host_key.to_openssh().map_err(io::Error::other)?;
            known += &format!("[127.0.0.1]:{} {host_key}\n", host.port);
            let way = if *name == HOSTS[2] { format!(" ProxyJump {}\n", HOSTS[0]) } else { String::new() };
            config += &format!("Host {name}\n Port {}\n{way}", host.port);
            inventory += &format!("    {name}: {{root: {}}}\n", self.path(name));
        }
        self.write("home/.ssh/id_ed25519", &key)?;
        self.write("home/.ssh/known_hosts", &known)?;
        self.write("home/.ssh/config", &config)?;
        self.write("demo.yml", PLAYBOOK)?;
        self.write("inventory.yml", &inventory)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.folder.join(name));
        io::Write::write_all(&mut file?, text.as_bytes())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is only litter in the folder for such things.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
