//! docker: a container of the engine that the `docker` program here reaches.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::data::Value;
use crate::project::settings::plugins::shell::REMOTE_TMP;
use crate::project::settings::{Default as Preset, Setting, setting};
use crate::transport::bootstrap::{self, Order, Shell, ShellCommand, bootstrap};
use crate::transport::payload::Shared as SharedPayload;
use crate::transport::{
    BoxFuture, Connection, ConnectionPlugin, Declaration, Endpoint, Link, Output, Surroundings, Unreachable, shell,
};

/// The options, under the reference's names.
static OPTIONS: &[Setting] = &[
    REMOTE_TMP,
    setting("host", "The container.").kind("string").default(Preset::Text("inventory_hostname")).vars(&[
        "inventory_hostname",
        "ansible_host",
        "ansible_docker_host",
    ]),
    setting("remote_user", "The user in the container.").kind("string").vars(&["ansible_user", "ansible_docker_user"]),
    setting("docker_command", "The docker program.")
        .kind("string")
        .default(Preset::Text("docker"))
        .vars(&["ansible_docker_command"]),
    setting("docker_extra_args", "More words for the docker program.")
        .kind("string")
        .default(Preset::Text(""))
        .vars(&["ansible_docker_extra_args"]),
    setting("working_dir", "The folder in the container.").kind("string").vars(&["ansible_docker_working_dir"]),
];

pub static DECLARATION: Declaration = Declaration { name: "docker", options: &[OPTIONS], own: &[] };

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &["community.docker.docker", "community.docker.docker_api"],
    summary: "Work in a Docker container",
    make: |surroundings| {
        Arc::new(Docker { surroundings: surroundings.clone(), payload: SharedPayload::new(surroundings) })
    },
};

/// What `docker` ends with when it has not reached the container.
const NOT_REACHED: i32 = 125;

/// How much of what `docker` says on stderr is kept.
const KEPT: usize = 64 * 1024;

struct Docker {
    surroundings: Surroundings,
    payload: SharedPayload,
}

impl Connection for Docker {
    fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async move {
            let folder = endpoint.options.get("remote_tmp").and_then(Value::as_str);
            let nonce = bootstrap::nonce(&self.surroundings.environment);
            let order = Order {
                build: &self.surroundings.build,
                folder: folder.filter(|folder| *folder != "~/.ansible/tmp"),
                host: &endpoint.host,
                notice: &*self.surroundings.notice,
                nonce: &nonce,
                words: "",
            };
            let shell = Program { docker: self, endpoint, said: Said::default() };
            let started = bootstrap(&shell, &order, Box::pin(self.payload.get())).await;
            started.map_err(|unreachable| match shell.said.text() {
                text if text.is_empty() => unreachable,
                text => worded(&text),
            })
        })
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async move {
            let mut child = self.spawn(endpoint, command)?;
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
}

impl Docker {
    fn spawn(&self, endpoint: &Endpoint, line: &str) -> Result<Child, Unreachable> {
        let words = arguments(endpoint, line)?;
        let environment = &self.surroundings.environment;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&environment.working_directory).process_group(0);
        command.env_clear().envs(environment.variables.iter());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(|error| worded(&format!("{}: {error}", words[0])))
    }
}

/// The program, `exec`, the container and the shell that runs the line.
fn arguments(endpoint: &Endpoint, line: &str) -> Result<Vec<String>, Unreachable> {
    let given = |name: &str| endpoint.options.get(name).filter(|value| !value.is_null()).map(crate::data::python::str);
    let text = |name: &str| given(name).filter(|text| !text.is_empty());
    let mut words = vec![text("docker_command").unwrap_or_else(|| "docker".to_owned())];
    words.extend(shell::split(&text("docker_extra_args").unwrap_or_default()).map_err(Unreachable::new)?);
    words.extend(["exec", "-i"].map(str::to_owned));
    for (name, option) in [("remote_user", "-u"), ("working_dir", "-w")] {
        if let Some(value) = text(name) {
            words.extend([option.to_owned(), value]);
        }
    }
    words.push(text("host").unwrap_or_else(|| endpoint.host.to_string()));
    words.extend(["/bin/sh", "-c", line].map(str::to_owned));
    Ok(words)
}

/// `docker` as something that starts command lines.
struct Program<'a> {
    docker: &'a Docker,
    endpoint: &'a Endpoint,
    said: Said,
}

/// The last words of a program.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn add(&self, piece: &[u8]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(piece);
        let excess = said.len().saturating_sub(KEPT);
        said.drain(..excess);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).trim().to_owned()
    }
}

impl Shell for Program<'_> {
    fn start<'a>(&'a self, line: &'a str) -> BoxFuture<'a, Result<ShellCommand, Unreachable>> {
        Box::pin(async move {
            let mut child = self.docker.spawn(self.endpoint, line)?;
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
                let _ = child.wait().await;
            });
            let said = self.said.clone();
            let stderr = Arc::new(move || said.text());
            Ok(ShellCommand { stdout: Box::new(stdout), stdin: Box::new(stdin), stderr })
        })
    }
}

fn worded(reason: &str) -> Unreachable {
    Unreachable::new(format!("Failed to connect to the container via docker: {}", reason.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;

    #[test]
    fn options_become_arguments() {
        let check = |options: Map, expected: &str| {
            let endpoint = Endpoint { host: "web".into(), connection: "docker".into(), options: Arc::new(options) };
            let words = arguments(&endpoint, "id").map(|words| words.join(" ")).map_err(|error| error.message);
            assert_eq!(words.as_deref(), Ok(expected));
        };
        check(Map::new(), "docker exec -i web /bin/sh -c id");
        let options = Map::from([("host", "c1"), ("remote_user", "ada"), ("docker_extra_args", "-H 'unix:///x'")]);
        check(options, "docker -H unix:///x exec -i -u ada c1 /bin/sh -c id");
    }
}
