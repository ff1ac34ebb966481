//! Single keys of a terminal, which for that time neither shows what is typed nor acts on it.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    Byte(u8),
    Enter,
    /// Ctrl-C
    Interrupt,
    /// Ctrl-D
    End,
    /// Backspace
    Erase,
    /// Ctrl-U
    EraseLine,
    /// No key came in time, or nobody waits for one any more.
    TimeOver,
    /// The terminal went away.
    Gone,
}

/// How long it takes at most to notice that nobody waits any more.
const PATIENCE: Duration = Duration::from_millis(100);

/// While it lives, the terminal hands over keys as they are pressed.
pub struct Keys<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> Keys<'a> {
    /// `None` where it is no terminal.
    pub fn of(terminal: BorrowedFd<'a>) -> Option<Self> {
        let before = tcgetattr(terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        // What was typed before the question was seen is no answer to it.
        tcsetattr(terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Self { terminal, before })
    }

    /// The next key before `end`, as long as it is not given up.
    pub fn next(&self, end: Option<Instant>, given_up: &dyn Fn() -> bool) -> Stroke {
        loop {
            let left = end.map_or(PATIENCE, |end| end.saturating_duration_since(Instant::now()).min(PATIENCE));
            if given_up() || end.is_some_and(|end| Instant::now() >= end) {
                return Stroke::TimeOver;
            }
            let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
            let mut ready = [PollFd::new(&self.terminal, PollFlags::IN)];
            match poll(&mut ready, Some(&wait)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(_) => return Stroke::Gone,
            }
            let mut byte = [0];
            return match rustix::io::read(self.terminal, &mut byte) {
                Ok(1) => meaning(byte[0]),
                Err(rustix::io::Errno::INTR) => continue,
                _ => Stroke::Gone,
            };
        }
    }
}

fn meaning(byte: u8) -> Stroke {
    match byte {
        b'\n' | b'\r' => Stroke::Enter,
        3 => Stroke::Interrupt,
        4 => Stroke::End,
        8 | 127 => Stroke::Erase,
        21 => Stroke::EraseLine,
        other => Stroke::Byte(other),
    }
}

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}
