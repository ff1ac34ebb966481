//! Running commands on the target: in a process group of their own, with output read until the
//! command itself ends, even where something in its background keeps the pipe open.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::cancel::Cancel;
use super::errors;
use super::{Failure, Target};
use crate::wire::Stream;

/// Gets output while a command runs.
pub type Live = dyn Fn(Stream, &[u8]) + Send + Sync;

/// A command to be run: a builder.
pub struct Command<'t> {
    target: &'t Target,
    argv: Vec<OsString>,
    stdin: Vec<u8>,
    folder: Option<PathBuf>,
    variables: Vec<(String, String)>,
    umask: Option<u32>,
    live: bool,
    timeout: Option<Duration>,
    /// Shown instead of the program's name as the first argument.
    argv0: Option<OsString>,
}

/// A command that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The exit code, or the negative number of the signal that ended it.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// It was ended because its time was over.
    pub timed_out: bool,
}

impl Finished {
    pub fn is_success(&self) -> bool {
        self.code == 0
    }

    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

impl<'t> Command<'t> {
    pub(super) fn new(target: &'t Target, argv: Vec<OsString>) -> Self {
        Self {
            target,
            argv,
            stdin: Vec::new(),
            folder: None,
            variables: Vec::new(),
            umask: None,
            live: false,
            timeout: None,
            argv0: None,
        }
    }

    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.argv.push(argument.into());
        self
    }

    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Where it starts; otherwise where the runner was started.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// One more environment variable, over those of the task.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Messages of the program in English, for whoever reads them by pattern.
    #[must_use]
    pub fn in_english(self) -> Self {
        self.variable("LANG", "C.UTF-8").variable("LC_ALL", "C.UTF-8").variable("LC_MESSAGES", "C.UTF-8")
    }

    #[must_use]
    pub fn umask(mut self, umask: Option<u32>) -> Self {
        self.umask = umask;
        self
    }

    /// Lets the user watch, where the call asks for it.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs it to its end. An error means that it could not be started.
    pub fn run(self) -> io::Result<Finished> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error()));
        };
        let environment = self.target.environment();
        let mut command = std::process::Command::new(program);
        command.args(arguments).env_clear().envs(environment.variables.iter());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let folder = self.folder.as_ref().unwrap_or(&environment.working_directory);
        // Where the runner stands already, a command may stand even without the right to enter.
        let can_enter = rustix::fs::access(folder, rustix::fs::Access::EXEC_OK).is_ok();
        if can_enter || *folder != environment.working_directory {
            command.current_dir(folder);
        }
        command.stdin(if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(name) = &self.argv0 {
            command.arg0(name);
        }
        if let Some(umask) = self.umask {
            // SAFETY: umask is a bare system call, which is allowed between fork and exec.
            unsafe {
                command.pre_exec(move || {
                    rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
                    Ok(())
                });
            }
        }
        let child = command.spawn()?;
        let live = if self.live { self.target.live() } else { None };
        let deadline = self.timeout.map(|timeout| Instant::now() + timeout);
        follow(child, &self.stdin, live, self.target.cancel(), deadline)
    }

    /// Runs it; that it cannot be started is the module's failure.
    pub fn run_or_fail(self) -> Result<Finished, Failure> {
        let shown = self.shown();
        self.run().map_err(|error| start_failure(&shown, self_program(&shown), &error))
    }

    /// Runs it; that it cannot be started or ends with an error is the module's failure.
    pub fn run_successfully(self) -> Result<Finished, Failure> {
        let shown = self.shown();
        let finished = self.run_or_fail()?;
        if finished.is_success() { Ok(finished) } else { Err(exit_failure(&shown, &finished)) }
    }

    /// The command line as a shell would take it.
    pub fn shown(&self) -> String {
        self.argv.iter().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }
}

fn self_program(shown: &str) -> &str {
    shown.split(' ').next().unwrap_or(shown)
}

/// The failure of a command that could not be started.
pub fn start_failure(shown: &str, program: &str, error: &io::Error) -> Failure {
    Failure::new("Error executing command.")
        .caused_by(format!("{}: b'{program}'", errors::plain(error)))
        .with("rc", error.raw_os_error().unwrap_or(257))
        .with("stdout", "")
        .with("stderr", "")
        .with("cmd", shown)
}

/// The failure of a command that ended with an error.
pub fn exit_failure(shown: &str, finished: &Finished) -> Failure {
    let stderr = finished.stderr_text();
    Failure::new(stderr.trim_end())
        .with("cmd", shown)
        .with("rc", finished.code)
        .with("stdout", finished.stdout_text())
        .with("stderr", stderr)
}

/// A word as a shell would need it.
pub fn quoted(word: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "@%+=:,./-_".contains(character);
    if !word.is_empty() && word.chars().all(is_safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\"'\"'"))
    }
}

/// Feeds and reads a child until it ends.
fn follow(
    mut child: Child,
    stdin: &[u8],
    live: Option<&Live>,
    cancel: &Cancel,
    deadline: Option<Instant>,
) -> io::Result<Finished> {
    let group = child.id() as i32;
    cancel.register(group);
    let (ended, announce) = io::pipe()?;
    let result = thread::scope(|scope| {
        scope.spawn(move || wait_without_reaping(group, announce));
        let mut pipes = Pipes::of(&mut child, stdin)?;
        let timed_out = pipes.pump(&ended, live, deadline, group)?;
        Ok::<_, io::Error>((pipes.stdout, pipes.stderr, timed_out))
    });
    // Not reaped yet, so its number cannot be somebody else's while it is still registered.
    cancel.unregister(group);
    let status = child.wait()?;
    let (stdout, stderr, timed_out) = result?;
    Ok(Finished { code: code_of(status), stdout, stderr, timed_out })
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

/// Blocks until the child has ended, then lets go of the pipe, which wakes its reader.
fn wait_without_reaping(id: i32, announce: io::PipeWriter) {
    if let Some(pid) = Pid::from_raw(id) {
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {
        }
    }
    drop(announce);
}

/// The three pipes of a child and what has been read.
struct Pipes<'a> {
    stdin: Option<ChildStdin>,
    to_write: &'a [u8],
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl<'a> Pipes<'a> {
    fn of(child: &mut Child, to_write: &'a [u8]) -> io::Result<Self> {
        let pipes = Self {
            stdin: child.stdin.take(),
            to_write,
            out: child.stdout.take(),
            err: child.stderr.take(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        for pipe in [
            pipes.stdin.as_ref().map(AsFd::as_fd),
            pipes.out.as_ref().map(AsFd::as_fd),
            pipes.err.as_ref().map(AsFd::as_fd),
        ] {
            if let Some(pipe) = pipe {
                rustix::io::ioctl_fionbio(pipe, true)?;
            }
        }
        Ok(pipes)
    }

    /// Moves bytes until the child has ended. Tells whether its time was over.
    fn pump(
        &mut self,
        ended: &io::PipeReader,
        live: Option<&Live>,
        deadline: Option<Instant>,
        group: i32,
    ) -> io::Result<bool> {
        let mut timed_out = false;
        loop {
            let (has_ended, is_over) = self.wait(ended, deadline.filter(|_| !timed_out))?;
            self.write();
            self.read(live)?;
            if has_ended {
                // What it wrote before it ended is in the pipes; what others write later is not ours.
                self.read(live)?;
                return Ok(timed_out);
            }
            if is_over {
                timed_out = true;
                if let Some(group) = Pid::from_raw(group) {
                    let _ = kill_process_group(group, Signal::KILL);
                }
            }
        }
    }

    /// Waits for something to happen: has the child ended, is its time over?
    fn wait(&self, ended: &io::PipeReader, deadline: Option<Instant>) -> io::Result<(bool, bool)> {
        let mut waiting = vec![PollFd::new(ended, PollFlags::empty())];
        waiting.extend(self.out.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        waiting.extend(self.err.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        waiting.extend(self.stdin.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT)));
        let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = rest.and_then(|rest| Timespec::try_from(rest).ok());
        match poll(&mut waiting, timeout.as_ref()) {
            Ok(0) => Ok((false, true)),
            Ok(_) => Ok((!waiting[0].revents().is_empty(), false)),
            Err(rustix::io::Errno::INTR) => Ok((false, false)),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        match stdin.write(self.to_write) {
            Ok(length) => self.to_write = &self.to_write[length..],
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => return,
            // It does not read what it is given, which is its own affair.
            Err(_) => self.to_write = &[],
        }
        if self.to_write.is_empty() {
            self.stdin = None;
        }
    }

    fn read(&mut self, live: Option<&Live>) -> io::Result<()> {
        if let Some(pipe) = &mut self.out {
            if drain(pipe, &mut self.stdout, &|bytes| live.into_iter().for_each(|live| live(Stream::Stdout, bytes)))? {
                self.out = None;
            }
        }
        if let Some(pipe) = &mut self.err {
            if drain(pipe, &mut self.stderr, &|bytes| live.into_iter().for_each(|live| live(Stream::Stderr, bytes)))? {
                self.err = None;
            }
        }
        Ok(())
    }
}

/// Reads what is there. Tells whether it was the end.
fn drain(pipe: &mut impl Read, into: &mut Vec<u8>, live: &dyn Fn(&[u8])) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(length) => {
                live(&buffer[..length]);
                into.extend_from_slice(&buffer[..length]);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::Scratch;

    #[test]
    fn a_command_is_fed_and_read() {
        let scratch = Scratch::new();
        let target = scratch.target();
        let finished = target
            .command(["sh", "-c", "cat; echo err >&2; pwd; umask; echo $WORD; exit 3"])
            .stdin("in ")
            .folder("/")
            .umask(Some(0o27))
            .variable("WORD", "given")
            .run()
            .expect("there is a shell");
        assert_eq!(finished.stdout_text(), "in /\n0027\ngiven\n");
        assert_eq!((finished.stderr_text().as_str(), finished.code), ("err\n", 3));
    }

    #[test]
    fn a_grandchild_does_not_keep_it() {
        let scratch = Scratch::new();
        let start = Instant::now();
        let finished = scratch.target().command(["sh", "-c", "sleep 5 & echo done"]).run().expect("there is a shell");
        assert_eq!(finished.stdout_text(), "done\n");
        assert!(start.elapsed() < Duration::from_secs(3));
    }

    #[test]
    fn time_and_signals() {
        let scratch = Scratch::new();
        let target = scratch.target();
        let over = target.command(["sleep", "9"]).timeout(Some(Duration::from_millis(50))).run().expect("starts");
        assert_eq!((over.code, over.timed_out), (-9, true));
        let error = target.command(["/nonexistent/program"]).run_or_fail().expect_err("there is none");
        assert_eq!(error.causes, ["[Errno 2] No such file or directory: b'/nonexistent/program'"]);
    }

    #[test]
    fn words_are_quoted() {
        for (word, wanted) in [("a-b", "a-b"), ("", "''"), ("it's", "'it'\"'\"'s'"), ("a b", "'a b'")] {
            assert_eq!(quoted(word), wanted);
        }
    }
}
