//! The operator at the terminal: questions there, answers from there, secrets unseen.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::operator::{Operator, Question};

/// Asks on the controlling terminal; without one on stderr, with the answer from stdin.
#[derive(Default)]
pub struct Terminal {
    /// One question at a time.
    turn: Mutex<()>,
    interrupted: AtomicBool,
}

/// What Ctrl-C and Ctrl-D send while the terminal does not act on them.
const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACES: [u8; 2] = [8, 127];
/// Ctrl-U takes the whole line back.
const ERASE_LINE: u8 = 21;

impl Operator for Terminal {
    fn ask(&self, question: &Question) -> Option<String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.interrupted.store(false, Ordering::Relaxed);
        match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(terminal) if question.echo => ask_aloud(&terminal, &question.prompt),
            Ok(terminal) => self.ask_quietly(&terminal, &question.prompt),
            Err(_) => ask_on_standard_streams(question),
        }
    }

    fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Terminal {
    fn ask_quietly(&self, terminal: &File, prompt: &str) -> Option<String> {
        let mut writer = terminal;
        writer.write_all(prompt.as_bytes()).ok()?;
        let line = {
            let _silence = Silence::on(terminal)?;
            read_line(terminal)
        };
        if !matches!(line, Line::Interrupted) {
            let _ = writer.write_all(b"\n");
        }
        match line {
            Line::Text(text) => Some(text),
            Line::End => None,
            Line::Interrupted => {
                self.interrupted.store(true, Ordering::Relaxed);
                None
            }
        }
    }
}

enum Line {
    Text(String),
    End,
    Interrupted,
}

/// One line, byte by byte, as the terminal does not edit it.
fn read_line(mut terminal: &File) -> Line {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while matches!(terminal.read(&mut byte), Ok(1)) {
        match byte[0] {
            b'\n' | b'\r' => return Line::Text(String::from_utf8_lossy(&line).into_owned()),
            INTERRUPT => return Line::Interrupted,
            END if line.is_empty() => return Line::End,
            END => {}
            ERASE_LINE => line.clear(),
            other if BACKSPACES.contains(&other) => {
                // A character may have several bytes.
                while line.pop().is_some_and(|last| last & 0xc0 == 0x80) {}
            }
            other => line.push(other),
        }
    }
    Line::End
}

/// While it lives, the terminal neither shows what is typed nor acts on its keys.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn on(terminal: &'a File) -> Option<Self> {
        let before = tcgetattr(terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn ask_aloud(mut terminal: &File, prompt: &str) -> Option<String> {
    terminal.write_all(prompt.as_bytes()).ok()?;
    let mut line = String::new();
    let length = std::io::BufReader::new(terminal).read_line(&mut line).ok()?;
    (length > 0).then(|| without_line_end(&line))
}

fn ask_on_standard_streams(question: &Question) -> Option<String> {
    let mut stderr = std::io::stderr().lock();
    if !question.echo && !std::io::stdin().is_terminal() {
        let _ = stderr.write_all(b"Warning: Password input may be echoed.\n");
    }
    let _ = stderr.write_all(question.prompt.as_bytes());
    let mut line = String::new();
    let length = std::io::stdin().lock().read_line(&mut line).ok()?;
    if length > 0 && !question.echo {
        let _ = stderr.write_all(b"\n");
    }
    (length > 0).then(|| without_line_end(&line))
}

fn without_line_end(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line).to_owned()
}
