//! Reaching a host: what an endpoint is, and the contracts of connections and of whoever carries
//! calls to runners. Async, because bytes move here.

pub mod bootstrap;
mod declaration;
mod in_process;
mod open_files;
pub mod payload;
mod pool;
mod pump;
pub mod session;
#[cfg(test)]
mod session_tests;
pub mod shell;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::data::Map;
use crate::wire::{BecomeAs, BecomeFailure, Call, Reply, Stream};

pub use declaration::{BecomeMethod, ConnectionPlugin, Declaration, Surroundings};
pub use in_process::InProcess;
pub use open_files::OpenFiles;
pub use pool::Pool;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything that decides which runner a call goes to. Equal endpoints share a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The name in the inventory; for messages only.
    pub host: Arc<str>,
    /// The connection plugin: `ssh`, `local`, `openssh`, `docker`.
    pub connection: Arc<str>,
    /// The plugin's options, rendered and checked against its declaration (`host`, `port`,
    /// `remote_user`, `private_key_file`, …).
    pub options: Arc<Map>,
}

/// No way to the host. The message is the one the reference gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreachable {
    pub message: String,
}

impl Unreachable {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Why a call has no reply.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The other user cannot be become; the reference says "failed", not "unreachable", to some.
    #[error("{}", become_message(method, failure))]
    Become { method: String, failure: BecomeFailure },
    /// Stopped by the operator or by the task's timeout.
    #[error("the call was cancelled")]
    Cancelled,
}

/// What the reference says when another user cannot be become.
pub fn become_message(method: &str, failure: &BecomeFailure) -> String {
    match failure {
        BecomeFailure::MissingPassword => format!("Missing {method} password"),
        BecomeFailure::WrongPassword => format!("Incorrect {method} password"),
        BecomeFailure::Timeout => "Timed out waiting for become success or become password prompt.".to_owned(),
        BecomeFailure::Ended { output, code } => match (output.trim(), code) {
            ("", Some(code)) => format!("{method} ended with code {code} and said nothing"),
            ("", None) => format!("{method} could not be started"),
            (output, _) => output.to_owned(),
        },
    }
}

/// A two-way stream of bytes to a runner.
pub struct Link {
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
}

/// What a command run without a runner printed (`raw`, bootstrap).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A way to reach a host; one file (or folder) of `plugins/connection`.
pub trait Connection: Send + Sync {
    /// A stream to a runner of this build on the host, brought there if need be.
    fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>>;

    /// Runs a command line in the login's shell.
    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>>;

    /// A new stream to a runner that was left behind when its stream was lost, by its name.
    fn go_back<'a>(&'a self, endpoint: &'a Endpoint, _instance: &'a str) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async { Err(Unreachable::new(format!("no way leads back to {}", endpoint.host))) })
    }

    /// For how long a lost stream is to be made again; nothing where that cannot be.
    fn patience(&self, _endpoint: &Endpoint) -> Option<Duration> {
        None
    }

    /// Forgets what it keeps open to the host, a kept connection of an earlier run too.
    fn reset<'a>(&'a self, _endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    /// Hangs up everywhere: the run ends.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// Content that a call may want: small things are in the call, larger ones are read here by chunks.
pub trait BlobSource: Send + Sync {
    /// Reads at an offset; an empty answer is the end.
    fn read(&self, blob: u32, offset: u64, length: usize) -> std::io::Result<Vec<u8>>;
}

/// A call and what goes with it.
pub struct Request<'a> {
    pub endpoint: &'a Endpoint,
    pub become_as: Option<&'a BecomeAs>,
    pub call: Call,
    pub blobs: Option<&'a dyn BlobSource>,
    /// Gets the output of running commands, where `call.live` asks for it.
    pub live: Option<&'a (dyn Fn(Stream, &[u8]) + Send + Sync)>,
}

/// Carries calls to the runners of hosts. The engine knows only this; the real one is the pool of
/// sessions, tests have one that runs modules in this process.
///
/// Dropping the future of a call cancels it: the runner ends the call's process group.
pub trait Carrier: Send + Sync {
    fn call<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, CallError>>;

    /// A command line in the login's shell, without a runner (`raw`).
    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        become_as: Option<&'a BecomeAs>,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, CallError>>;

    /// Forgets the connection to a host (`meta: reset_connection`); the next call dials again.
    fn reset<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>>;

    /// Says goodbye to all runners.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// The command line by which a login's shell runs a command as another user. In `argv`, `{}` stands
/// for the command as one word.
pub fn become_line(become_as: &BecomeAs, command: &str) -> String {
    let words = become_as.argv.iter().map(|word| if word == "{}" { shell::quote(command) } else { shell::quote(word) });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data::Environment;
    use crate::data::environment::{SystemClock, SystemDice};

    /// A controller without anything.
    pub(crate) fn surroundings() -> Surroundings {
        Surroundings {
            environment: Environment {
                variables: Arc::default(),
                working_directory: "/".into(),
                home: "/nonexistent".into(),
                user: "tester".into(),
                hostname: "controller".into(),
                time_zone: jiff::tz::TimeZone::UTC,
                clock: Arc::new(SystemClock),
                dice: Arc::new(SystemDice),
            },
            operator: Arc::new(crate::operator::Absent),
            program: "/proc/self/exe".into(),
            build: "b".into(),
            notice: Arc::new(|_| {}),
        }
    }

    #[test]
    fn a_command_as_another_user_is_one_word() {
        let become_as = BecomeAs {
            user: "root".into(),
            argv: ["sudo", "-u", "root", "/bin/sh", "-c", "{}"].map(str::to_owned).to_vec(),
            prompts: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            password: None,
            method: "sudo".into(),
        };
        assert_eq!(become_line(&become_as, "echo 'a b'"), r#"sudo -u root /bin/sh -c 'echo '"'"'a b'"'"''"#);
    }
}
