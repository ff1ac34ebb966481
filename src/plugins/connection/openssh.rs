//! openssh: the system's `ssh` program, for what only it can do, as Kerberos. Its own ControlMaster
//! shares connections and keeps them after a run.

use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::data::Value;
use crate::project::settings::muster::{RECONNECT, RECONNECT_SECONDS};
use crate::project::settings::plugins::connection::SSH;
use crate::project::settings::plugins::shell::REMOTE_TMP;
use crate::transport::bootstrap::{self, Order, Shell, ShellCommand, bootstrap};
use crate::transport::payload::Shared as SharedPayload;
use crate::transport::{
    BoxFuture, Connection, ConnectionPlugin, Declaration, Endpoint, Link, Output, Surroundings, Unreachable, shell,
};
use crate::wire::{PATIENCE_WORD, RETURN_WORD};

pub static DECLARATION: Declaration = Declaration { name: "openssh", options: &[SSH], own: &[REMOTE_TMP, RECONNECT] };

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &[],
    summary: "Connect by the system's ssh program",
    make: |surroundings| {
        Arc::new(OpenSsh { surroundings: surroundings.clone(), payload: SharedPayload::new(surroundings) })
    },
};

/// What `ssh` ends with when it has not reached the host.
const NOT_REACHED: i32 = 255;

/// How much of what `ssh` says on stderr is kept.
const KEPT: usize = 64 * 1024;

struct OpenSsh {
    surroundings: Surroundings,
    payload: SharedPayload,
}

impl Connection for OpenSsh {
    fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        let words = match self.patience(endpoint) {
            Some(patience) => format!("{PATIENCE_WORD} {}", (patience * 2).as_secs()),
            None => String::new(),
        };
        Box::pin(async move { self.start(endpoint, &words).await })
    }

    fn go_back<'a>(&'a self, endpoint: &'a Endpoint, instance: &'a str) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async move { self.start(endpoint, &format!("{RETURN_WORD} {instance}")).await })
    }

    fn patience(&self, endpoint: &Endpoint) -> Option<Duration> {
        let seconds = endpoint.options.get(RECONNECT.name).map_or(Some(RECONNECT_SECONDS), Value::as_int);
        seconds.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async move {
            let mut child = self.spawn(endpoint, &[command])?;
            let mut input = child.stdin.take().expect("it was asked for");
            let feed = async move {
                // A command that does not read its input closes it early, which is no failure.
                let _ = input.write_all(stdin).await;
            };
            let ((), output) = tokio::join!(feed, child.wait_with_output());
            let output = output.map_err(|error| worded(&error.to_string()))?;
            let code = output.status.code().unwrap_or(NOT_REACHED);
            if code == NOT_REACHED {
                return Err(worded(&String::from_utf8_lossy(&output.stderr)));
            }
            Ok(Output { code, stdout: output.stdout, stderr: output.stderr })
        })
    }

    fn reset<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>> {
        Box::pin(async move {
            let mut words = self.arguments(endpoint)?;
            let host = words.pop().unwrap_or_default();
            words.extend(["-O".to_owned(), "exit".to_owned(), host]);
            let mut command = self.command(&words);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // Without a kept connection there is nothing to forget.
            let _ = command.status().await;
            Ok(())
        })
    }
}

impl OpenSsh {
    async fn start(&self, endpoint: &Endpoint, words: &str) -> Result<Link, Unreachable> {
        let folder = endpoint.options.get("remote_tmp").and_then(Value::as_str);
        let nonce = bootstrap::nonce(&self.surroundings.environment);
        let order = Order {
            build: &self.surroundings.build,
            folder: folder.filter(|folder| *folder != "~/.ansible/tmp"),
            host: &endpoint.host,
            notice: &*self.surroundings.notice,
            nonce: &nonce,
            words,
        };
        let shell = Program { ssh: self, endpoint, said: Said::default() };
        let started = bootstrap(&shell, &order, Box::pin(self.payload.get())).await;
        match started {
            Ok(link) => Ok(link),
            Err(unreachable) => Err(match shell.said.ended().await {
                Some(NOT_REACHED) => worded(&shell.said.text()),
                _ => unreachable,
            }),
        }
    }

    fn spawn(&self, endpoint: &Endpoint, line: &[&str]) -> Result<Child, Unreachable> {
        let mut words = self.arguments(endpoint)?;
        words.extend(line.iter().map(|word| (*word).to_owned()));
        let mut command = self.command(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(|error| worded(&format!("{}: {error}", words[0])))
    }

    fn command(&self, words: &[String]) -> Command {
        let environment = &self.surroundings.environment;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&environment.working_directory).process_group(0);
        command.env_clear().envs(environment.variables.iter());
        command
    }

    /// The program and its arguments up to the host, in the reference's order: the first one decides.
    fn arguments(&self, endpoint: &Endpoint) -> Result<Vec<String>, Unreachable> {
        let text =
            |name: &str| endpoint.options.get(name).map(crate::data::python::str).filter(|text| !text.is_empty());
        let text = |name: &str| text(name).filter(|_| endpoint.options.get(name).is_some_and(|value| !value.is_null()));
        if text("password").is_some() {
            return Err(Unreachable::new("the openssh connection gives no passwords: use ssh, which is built in"));
        }
        let mut words = vec![text("ssh_executable").unwrap_or_else(|| "ssh".to_owned())];
        let option = |words: &mut Vec<String>, name: &str, value: &str| {
            words.extend(["-o".to_owned(), format!("{name}={value}")]);
        };
        let split = |name: &str| shell::split(&text(name).unwrap_or_default()).map_err(Unreachable::new);
        words.extend(split("ssh_args")?);
        if endpoint.options.get("host_key_checking").is_some_and(|checking| !checking.is_truthy()) {
            option(&mut words, "StrictHostKeyChecking", "no");
        }
        option(&mut words, "KbdInteractiveAuthentication", "no");
        option(&mut words, "PasswordAuthentication", "no");
        for (name, keyword) in [
            ("port", "Port"),
            ("private_key_file", "IdentityFile"),
            ("remote_user", "User"),
            ("timeout", "ConnectTimeout"),
        ] {
            if let Some(value) = text(name) {
                option(&mut words, keyword, &format!("\"{value}\""));
            }
        }
        words.extend(split("ssh_common_args")?);
        words.extend(split("ssh_extra_args")?);
        let says = |word: &str| words.iter().any(|written| written.contains(word));
        if says("ControlPersist") && !says("ControlPath") {
            let path = text("control_path").unwrap_or_else(|| self.control_path(endpoint, &words));
            option(&mut words, "ControlPath", &format!("\"{path}\""));
        }
        words.extend(["-T".to_owned(), text("host").unwrap_or_else(|| endpoint.host.to_string())]);
        Ok(words)
    }

    /// A short name for what decides about the connection, in the folder for such things.
    fn control_path(&self, endpoint: &Endpoint, words: &[String]) -> String {
        use sha2::{Digest, Sha256};
        let environment = &self.surroundings.environment;
        let folder = endpoint.options.get("control_path_dir").and_then(Value::as_str).unwrap_or("~/.ansible/cp");
        let folder = environment.absolute(folder);
        // Where it cannot be made, ssh says so.
        let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        let digest = Sha256::digest(format!("{words:?} {:?}", endpoint.options.get("host")));
        let mut name = String::new();
        for byte in &digest[..5] {
            let _ = write!(name, "{byte:02x}");
        }
        folder.join(name).display().to_string()
    }
}

/// `ssh` as something that starts command lines.
struct Program<'a> {
    ssh: &'a OpenSsh,
    endpoint: &'a Endpoint,
    said: Said,
}

/// The last words of a program and how it ended.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<(Vec<u8>, Option<i32>)>>);

impl Said {
    fn add(&self, piece: &[u8]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.0.extend_from_slice(piece);
        let excess = said.0.len().saturating_sub(KEPT);
        said.0.drain(..excess);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner).0).trim().to_owned()
    }

    /// The exit code, for which is waited a moment: the streams may be closed before the end is seen.
    async fn ended(&self) -> Option<i32> {
        for _ in 0..50 {
            if let Some(code) = self.code() {
                return Some(code);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    fn code(&self) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl Shell for Program<'_> {
    fn start<'a>(&'a self, line: &'a str) -> BoxFuture<'a, Result<ShellCommand, Unreachable>> {
        Box::pin(async move {
            let mut child = self.ssh.spawn(self.endpoint, &[line])?;
            let stdin = child.stdin.take().expect("it was asked for");
            let stdout = child.stdout.take().expect("it was asked for");
            let mut stderr = child.stderr.take().expect("it was asked for");
            let said = self.said.clone();
            // Ends with the program, which ends when its input does.
            tokio::spawn(async move {
                let mut piece = [0; 1024];
                while let Ok(length @ 1..) = stderr.read(&mut piece).await {
                    said.add(&piece[..length]);
                }
                let code = child.wait().await.ok().and_then(|status| status.code());
                said.0.lock().unwrap_or_else(PoisonError::into_inner).1 = code;
            });
            let said = self.said.clone();
            let stderr = Arc::new(move || said.text());
            Ok(ShellCommand { stdout: Box::new(stdout), stdin: Box::new(stdin), stderr })
        })
    }
}

fn worded(reason: &str) -> Unreachable {
    Unreachable::new(format!("Failed to connect to the host via ssh: {}", reason.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;
    use crate::transport::tests::surroundings;

    #[test]
    fn options_become_arguments() {
        let ssh = OpenSsh { surroundings: surroundings(), payload: SharedPayload::new(&surroundings()) };
        let check = |options: Map, expected: &str| {
            let endpoint = Endpoint { host: "web".into(), connection: "openssh".into(), options: Arc::new(options) };
            let arguments = ssh.arguments(&endpoint).map(|words| words.join(" ")).map_err(|error| error.message);
            assert_eq!(arguments.unwrap_or_else(|message| message), expected);
        };
        let quiet = "-o KbdInteractiveAuthentication=no -o PasswordAuthentication=no";
        check(Map::new(), &format!("ssh {quiet} -T web"));
        let options = Map::from([
            ("host", Value::text("10.0.0.1")),
            ("port", Value::from(22)),
            ("host_key_checking", Value::from(false)),
            ("ssh_args", Value::text("-C -o ControlPersist=1m -o ControlPath=/x")),
            ("ssh_common_args", Value::text("-J 'a b'")),
        ]);
        let expected = format!(
            "ssh -C -o ControlPersist=1m -o ControlPath=/x -o StrictHostKeyChecking=no {quiet} -o Port=\"22\" -J a b -T 10.0.0.1"
        );
        check(options, &expected);
        let refusal = "the openssh connection gives no passwords: use ssh, which is built in";
        check(Map::from([("password", "x")]), refusal);
    }
}
