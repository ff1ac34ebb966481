//! A real OpenSSH server on loopback, run by whoever runs the tests, with a home of its own.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use muster::data::environment::{Environment, SystemClock, SystemDice};
use muster::data::{Map, Value};
use muster::operator::{Operator, Question};
use muster::transport::{Connection, Endpoint, Output, Surroundings, Unreachable};

/// The server and its folder, both gone when it is dropped.
pub struct Server {
    pub port: u16,
    pub folder: PathBuf,
    process: Child,
}

/// Why a test about ssh does not run here; said where people look. `MUSTER_TEST_ALL=1` takes no excuse.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn skipped(why: &str) {
    assert!(std::env::var("MUSTER_TEST_ALL").as_deref() != Ok("1"), "a test cannot run here: {why}");
    eprintln!("SKIPPED: {why}");
}

impl Server {
    /// `None` where there is no sshd. `extra` goes into its configuration.
    pub fn start(extra: &str) -> Option<Self> {
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let Some(sshd) = sshd else {
            skipped("there is no sshd on this machine");
            return None;
        };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("muster-sshd-{}-{number}", std::process::id()));
        for part in ["home/.ssh", "controller/.ssh"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("own folder");
        // sshd wants this folder when it is run by root.
        let _ = fs::create_dir_all("/run/sshd");
        for (name, kind) in [("host_ed25519", "ed25519"), ("host_ecdsa", "ecdsa"), ("user", "ed25519")] {
            make_key(&folder.join(name), kind, "");
        }
        fs::copy(folder.join("user.pub"), folder.join("authorized_keys")).expect("the key was made");
        let server = (0..20).find_map(|attempt| {
            let port = 20000
                + (std::process::id() as u16).wrapping_mul(13).wrapping_add(number as u16 * 31 + attempt * 7) % 20000;
            Self::start_on(sshd, &folder, port, extra)
        });
        Some(server.expect("sshd starts on a free port"))
    }

    fn start_on(sshd: &str, folder: &Path, port: u16, extra: &str) -> Option<Self> {
        let at = folder.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_ed25519\nHostKey {at}/host_ecdsa\nPidFile {at}/pid\n\
             AuthorizedKeysFile {at}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nSetEnv HOME={at}/home\nMaxSessions 100\n{extra}"
        );
        fs::write(folder.join("sshd_config"), config).expect("own folder");
        let mut process = Command::new(sshd)
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).expect("own folder"))
            .spawn()
            .expect("sshd runs");
        let limit = Instant::now() + Duration::from_secs(20);
        while Instant::now() < limit {
            if process.try_wait().expect("own child").is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(Self { port, folder: folder.to_path_buf(), process });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = process.kill();
        None
    }

    /// A controller whose home holds no keys and no known hosts.
    pub fn surroundings(&self) -> Surroundings {
        let id = rustix::process::getuid().as_raw().to_string();
        let passwd = fs::read_to_string("/etc/passwd").expect("there are users");
        let me =
            passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.get(2) == Some(&&*id));
        let mut variables: indexmap::IndexMap<String, String> =
            std::env::vars().filter(|(name, _)| name == "PATH" || name == "LANG").collect();
        variables.insert("HOME".into(), self.folder.join("controller").display().to_string());
        Surroundings {
            environment: Environment {
                variables: Arc::new(variables),
                working_directory: self.folder.clone(),
                home: self.folder.join("controller"),
                user: me.expect("whoever runs tests is a user")[0].to_owned(),
                hostname: "controller".into(),
                time_zone: jiff::tz::TimeZone::UTC,
                clock: Arc::new(SystemClock),
                dice: Arc::new(SystemDice),
            },
            operator: Arc::new(muster::operator::Absent),
            program: "/proc/self/exe".into(),
            build: "test".into(),
            notice: Arc::new(|_| {}),
        }
    }

    /// The endpoint as an inventory names it: this server, its user key, no check of the host key;
    /// `more` replaces any of that.
    pub fn endpoint<const N: usize>(&self, more: [(&str, Value); N]) -> Endpoint {
        let mut options = Map::from([
            ("host", Value::text("127.0.0.1")),
            ("port", Value::from(self.port)),
            ("private_key_file", Value::text(self.path("user"))),
            ("host_key_checking", Value::from(false)),
        ]);
        options.extend(more);
        Endpoint { host: "server".into(), connection: "ssh".into(), options: Arc::new(options) }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// What the server says of a known host.
    pub fn host_key(&self, name: &str) -> String {
        let text = fs::read_to_string(self.folder.join(format!("{name}.pub"))).expect("the key was made");
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn make_key(path: &Path, kind: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()
        .expect("ssh-keygen runs");
    assert!(made.success());
}

pub fn connection(surroundings: &Surroundings) -> Arc<dyn Connection> {
    (muster::plugins::connection::find("ssh").expect("it is built in").make)(surroundings)
}

pub async fn exec(surroundings: &Surroundings, endpoint: &Endpoint, line: &str) -> Result<Output, Unreachable> {
    let connection = connection(surroundings);
    let output = connection.exec(endpoint, line, b"").await;
    connection.close().await;
    output
}

/// Says its lines in order and keeps the questions.
#[derive(Default)]
pub struct Script {
    pub answers: std::sync::Mutex<Vec<String>>,
    pub asked: std::sync::Mutex<Vec<String>>,
}

impl Script {
    pub fn new(answers: &[&str]) -> Arc<Self> {
        let answers = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        Arc::new(Self { answers: std::sync::Mutex::new(answers), asked: std::sync::Mutex::default() })
    }
}

impl Operator for Script {
    fn ask(&self, question: &Question) -> Option<String> {
        self.asked.lock().expect("nobody panics").push(question.prompt.clone());
        self.answers.lock().expect("nobody panics").pop()
    }
}
