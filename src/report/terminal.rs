//! The operator at the terminal: questions there, answers from there, secrets unseen.

use std::fs::OpenOptions;
use std::io::{BufRead, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::bottom::Bottom;
use super::keys::{Keys, Stroke};
use crate::operator::{Ended, Halt, Operator, Question, Until};

/// Asks on the controlling terminal; without one on stderr, with the answer from stdin.
#[derive(Default)]
pub struct Terminal {
    bottom: Arc<Bottom>,
    /// One question at a time.
    turn: Mutex<()>,
    interrupted: AtomicBool,
    dismissed: AtomicBool,
}

/// Takes back what stands in the line.
const ERASE: &[u8] = b"\r\x1b[K";

impl Operator for Terminal {
    fn ask(&self, question: &Question) -> Option<String> {
        let _turn = self.turn()?;
        match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(terminal) => self.ask_on(&terminal, &terminal, question),
            Err(_) => ask_on_standard_streams(question),
        }
    }

    fn ask_openly(&self, prompt: &str) -> Option<String> {
        let _turn = self.turn()?;
        let question = Question { prompt: prompt.to_owned(), echo: true };
        if self.is_present() {
            return self.ask_on(std::io::stdin().as_fd(), std::io::stdout(), &question);
        }
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(prompt.as_bytes()).and_then(|()| stdout.flush());
        read_standard_line()
    }

    fn is_present(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn halt(&self, halt: &Halt) -> Ended {
        if !self.is_present() {
            return Ended::Alone;
        }
        let Some(_turn) = self.turn() else { return Ended::Interrupted };
        let mut stdout = std::io::stdout();
        let _ = stdout.write_all(halt.text.as_bytes()).and_then(|()| stdout.flush());
        let stdin = std::io::stdin();
        let given_up = || halt.given_up.load(Ordering::Relaxed) || self.dismissed.load(Ordering::Relaxed);
        let end = match Keys::of(stdin.as_fd()) {
            Some(keys) => wait_for(&keys, halt, &mut stdout, &given_up),
            None => Ended::Alone,
        };
        if !matches!(end, Ended::TimeOver) {
            let _ = stdout.write_all(ERASE).and_then(|()| stdout.flush());
        }
        end
    }

    fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn dismiss(&self) {
        self.dismissed.store(true, Ordering::Relaxed);
    }
}

impl Terminal {
    /// Shares the bottom of the terminal with the screen.
    pub fn new(bottom: Arc<Bottom>) -> Self {
        Self { bottom, ..Self::default() }
    }

    /// Waits until nobody else asks; `None` where nothing is asked any more.
    fn turn(&self) -> Option<Turn<'_>> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.interrupted.store(false, Ordering::Relaxed);
        if self.dismissed.load(Ordering::Relaxed) {
            return None;
        }
        Some(Turn { _asking: self.bottom.question(), _turn: turn })
    }

    /// One line from a terminal, byte by byte, as it does not edit lines meanwhile.
    fn ask_on(&self, input: impl AsFd, mut output: impl Write, question: &Question) -> Option<String> {
        output.write_all(question.prompt.as_bytes()).and_then(|()| output.flush()).ok()?;
        let keys = Keys::of(input.as_fd())?;
        let mut line = Line { bytes: Vec::new(), echo: question.echo };
        let given_up = || self.dismissed.load(Ordering::Relaxed);
        let answer = loop {
            match keys.next(None, &given_up) {
                Stroke::Enter => break Some(line.text()),
                Stroke::Interrupt => {
                    self.interrupted.store(true, Ordering::Relaxed);
                    line.echo(&mut output, b"^C");
                    break None;
                }
                Stroke::End if line.bytes.is_empty() => break None,
                Stroke::End => {}
                Stroke::Erase => line.erase(&mut output),
                Stroke::EraseLine => (0..line.text().chars().count()).for_each(|_| line.erase(&mut output)),
                Stroke::Byte(byte) => line.push(byte, &mut output),
                Stroke::TimeOver => {
                    self.interrupted.store(true, Ordering::Relaxed);
                    break None;
                }
                Stroke::Gone => break None,
            }
        };
        if answer.is_some() {
            let _ = output.write_all(b"\n").and_then(|()| output.flush());
        }
        answer
    }
}

/// While it lives, the terminal belongs to one question.
struct Turn<'a> {
    _asking: super::bottom::Asking<'a>,
    _turn: std::sync::MutexGuard<'a, ()>,
}

/// What has been typed so far.
struct Line {
    bytes: Vec<u8>,
    echo: bool,
}

impl Line {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn push(&mut self, byte: u8, output: &mut impl Write) {
        self.bytes.push(byte);
        if byte >= b' ' {
            self.echo(output, &[byte]);
        }
    }

    fn erase(&mut self, output: &mut impl Write) {
        let mut some = false;
        // A character may have several bytes.
        while let Some(last) = self.bytes.pop() {
            some = true;
            if last & 0xc0 != 0x80 {
                break;
            }
        }
        if some {
            self.echo(output, b"\x08 \x08");
        }
    }

    fn echo(&self, output: &mut impl Write, bytes: &[u8]) {
        if self.echo {
            let _ = output.write_all(bytes).and_then(|()| output.flush());
        }
    }
}

fn wait_for(keys: &Keys<'_>, halt: &Halt, output: &mut impl Write, given_up: &dyn Fn() -> bool) -> Ended {
    let end = match halt.until {
        Until::Time(time) => Some(Instant::now() + time),
        _ => None,
    };
    let mut line = Line { bytes: Vec::new(), echo: halt.echo && end.is_none() };
    loop {
        match (keys.next(end, given_up), halt.until) {
            (Stroke::Enter, Until::Line) => return Ended::Line(line.text()),
            (Stroke::Byte(byte), Until::OneOf(letters)) => {
                let letter = char::from(byte).to_ascii_lowercase();
                line.push(byte, output);
                if letters.contains(letter) {
                    return Ended::Key(letter);
                }
            }
            (Stroke::Byte(byte), Until::Line) => line.push(byte, output),
            (Stroke::Erase, Until::Line) => line.erase(output),
            (Stroke::Interrupt, _) => return Ended::Interrupted,
            (Stroke::TimeOver, Until::Time(_)) => return Ended::TimeOver,
            (Stroke::TimeOver, _) => return Ended::Interrupted,
            (Stroke::Gone, _) => return Ended::Alone,
            _ => {}
        }
    }
}

fn ask_on_standard_streams(question: &Question) -> Option<String> {
    let mut stderr = std::io::stderr().lock();
    if !question.echo && !std::io::stdin().is_terminal() {
        let _ = stderr.write_all(b"Warning: Password input may be echoed.\n");
    }
    let _ = stderr.write_all(question.prompt.as_bytes());
    let line = read_standard_line();
    if line.is_some() && !question.echo {
        let _ = stderr.write_all(b"\n");
    }
    line
}

fn read_standard_line() -> Option<String> {
    let mut line = String::new();
    let length = std::io::stdin().lock().read_line(&mut line).ok()?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    (length > 0).then(|| line.strip_suffix('\r').unwrap_or(line).to_owned())
}
