//! The program at a terminal: a pseudo terminal, somebody who types, and a small screen on which the
//! output is looked at as a person sees it.
//!
//! What is expected was recorded from the reference; with `MUSTER_PROGRAMS` naming a folder that has
//! it, the same tests run against it.

mod live;
mod questions;
mod screen;
mod stopping;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::conformance::program::{Programs, Scratch};
pub use screen::Screen;

const PATIENCE: Duration = Duration::from_secs(40);

/// A program that runs at a terminal of its own.
pub struct Session {
    child: Child,
    keyboard: File,
    pieces: Receiver<Vec<u8>>,
    output: Vec<u8>,
    /// Up to where the output has been waited for.
    seen: usize,
    pub scratch: Scratch,
    _programs: Programs,
}

/// How a session ended.
pub struct End {
    pub code: i32,
    pub screen: Screen,
    /// Every byte that came.
    pub output: String,
}

impl Session {
    /// Starts a tool with words in a folder with these files.
    pub fn start(files: &[(&str, &str)], words: &[&str], variables: &[(&str, &str)]) -> Self {
        let (scratch, programs) = (Scratch::new(0o755), Programs::new());
        for (name, content) in files {
            std::fs::write(scratch.path().join(name), content).expect("the folder takes files");
        }
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
        let name = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("the name is text");
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("it takes a size");
        let open = || File::options().read(true).write(true).open(&name).expect("it can be opened");
        let mut command = Command::new(programs.folder().join(words[0]));
        command.args(&words[1..]).current_dir(scratch.path()).env_clear();
        command.envs(surroundings(scratch.path(), programs.folder())).envs(variables.iter().copied());
        command.stdin(Stdio::from(open())).stdout(Stdio::from(open())).stderr(Stdio::from(open()));
        // Safety: both calls are safe to make between fork and exec.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                Ok(rustix::process::ioctl_tiocsctty(std::io::stdin())?)
            });
        }
        let child = command.spawn().expect("the program can be started");
        // The command holds the other side open until it is dropped.
        drop(command);
        let master = File::from(OwnedFd::from(master));
        let keyboard = master.try_clone().expect("a file can be shared");
        let pieces = listen(master);
        Self { child, keyboard, pieces, output: Vec::new(), seen: 0, scratch, _programs: programs }
    }

    /// Waits until a text comes, after the last one that was waited for.
    pub fn expect(&mut self, text: &str) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.output[self.seen..].windows(text.len()).position(|part| part == text.as_bytes());
            if let Some(place) = found {
                self.seen += place + text.len();
                return self;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.output.extend(piece),
                Err(error) => {
                    let reason = if error == RecvTimeoutError::Timeout { "did not come" } else { "came no more" };
                    panic!("{text:?} {reason} after:\n{}", String::from_utf8_lossy(&self.output));
                }
            }
        }
    }

    /// Types, a moment after the program has shown what it waits for.
    pub fn send(&mut self, keys: &str) -> &mut Self {
        thread::sleep(Duration::from_millis(250));
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal is there");
        self
    }

    /// Looks at the terminal now.
    pub fn look(&mut self) -> Screen {
        while let Ok(piece) = self.pieces.recv_timeout(Duration::from_millis(20)) {
            self.output.extend(piece);
        }
        Screen::of(&String::from_utf8_lossy(&self.output), 80)
    }

    /// Waits for the end.
    pub fn finish(&mut self) -> End {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            while let Ok(piece) = self.pieces.recv_timeout(Duration::from_millis(20)) {
                self.output.extend(piece);
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", String::from_utf8_lossy(&self.output));
        };
        while let Ok(piece) = self.pieces.recv_timeout(Duration::from_millis(200)) {
            self.output.extend(piece);
        }
        let output = String::from_utf8_lossy(&self.output).into_owned();
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        End { code, screen: Screen::of(&output, 80), output }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that fails leaves its program running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn surroundings(home: &Path, programs: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.display())),
        ("HOME", home.display().to_string()),
        ("TERM", "xterm".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("ANSIBLE_NOCOWS", "1".to_owned()),
        ("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3".to_owned()),
        ("ANSIBLE_DEPRECATION_WARNINGS", "0".to_owned()),
    ]
}

fn listen(mut terminal: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // The last program that leaves a terminal ends it with an error.
        while let Ok(length @ 1..) = terminal.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
