//! local: this machine, by the same program as a child. It starts in the playbook's folder with the
//! launcher's umask; a crash or a hung call stays out of the controller.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::data::{Environment, Value};
use crate::project::settings::plugins::connection as settings;
use crate::transport::{
    BoxFuture, Connection, ConnectionPlugin, Declaration, Endpoint, Link, OpenFiles, Output, Unreachable,
};

pub static DECLARATION: Declaration = Declaration { name: "local", options: &[settings::LOCAL], own: &[] };

pub static PLUGIN: ConnectionPlugin = ConnectionPlugin {
    declaration: &DECLARATION,
    aliases: &[],
    summary: "Work on this machine itself",
    make: |surroundings| {
        Arc::new(Local {
            program: surroundings.program.clone(),
            environment: surroundings.environment.clone(),
            open_files: OpenFiles::now(),
        })
    },
};

struct Local {
    program: PathBuf,
    environment: Environment,
    open_files: OpenFiles,
}

impl Connection for Local {
    fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
        Box::pin(async move {
            let mut command = Command::new(&self.program);
            command.arg("runner").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
            let mut child = self.spawn(command, endpoint)?;
            let writer = child.stdin.take().expect("it was asked for");
            let reader = child.stdout.take().expect("it was asked for");
            tokio::spawn(reap(child));
            Ok(Link { reader: Box::new(reader), writer: Box::new(writer) })
        })
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        line: &'a str,
        input: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, Unreachable>> {
        Box::pin(async move {
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(line);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = self.spawn(command, endpoint)?;
            let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
            let mut stdin = child.stdin.take().expect("it was asked for");
            let feed = async move {
                // A command that does not read its input closes it early, which is no failure.
                let _ = stdin.write_all(input).await;
            };
            let ((), output) = tokio::join!(feed, child.wait_with_output());
            group.0 = None;
            let output = output.map_err(|error| Unreachable::new(format!("cannot read from /bin/sh: {error}")))?;
            let code = output.status.code().unwrap_or_else(|| -signal(output.status));
            Ok(Output { code, stdout: output.stdout, stderr: output.stderr })
        })
    }
}

impl Local {
    /// In the folder of the playbook, or the launcher's, with its variables. A process group of its own keeps the terminal's
    /// interrupt away: the controller decides what ends.
    fn spawn(&self, mut command: Command, endpoint: &Endpoint) -> Result<Child, Unreachable> {
        let folder = endpoint.options.get("folder").and_then(Value::as_str).map(Path::new);
        command.current_dir(folder.unwrap_or(&self.environment.working_directory)).process_group(0);
        command.env_clear().envs(self.environment.variables.iter());
        self.open_files.restore_in(&mut command);
        let program = command.as_std().get_program().to_owned();
        command.spawn().map_err(|error| Unreachable::new(format!("cannot start {}: {error}", program.display())))
    }
}

/// The runner ends when its input does; this only keeps it from staying a zombie until then.
async fn reap(mut child: Child) {
    let _ = child.wait().await;
}

/// A command line with all that it started, ended when nobody waits for it any more.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may just have ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn signal(status: std::process::ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;
    use crate::transport::tests::surroundings;

    fn endpoint() -> Endpoint {
        Endpoint { host: "localhost".into(), connection: "local".into(), options: Arc::new(Map::new()) }
    }

    #[tokio::test]
    async fn a_command_line_is_run_by_the_shell() {
        let connection = (PLUGIN.make)(&surroundings());
        let output = connection.exec(&endpoint(), "cat; echo err >&2; pwd; exit 3", b"in\n").await.expect("it runs");
        assert_eq!(output, Output { code: 3, stdout: b"in\n/\n".to_vec(), stderr: b"err\n".to_vec() });
        let output = connection.exec(&endpoint(), "kill -9 $$", b"").await.expect("it runs");
        assert_eq!(output.code, -9);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_unreachable() {
        let mut surroundings = surroundings();
        surroundings.program = "/nonexistent/muster".into();
        let connection = (PLUGIN.make)(&surroundings);
        let error = connection.open(&endpoint()).await.err().expect("it cannot start");
        assert!(error.message.starts_with("cannot start /nonexistent/muster: "), "{error}");
    }
}
