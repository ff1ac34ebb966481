//! The one who runs it: questions that only a person can answer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Something only the operator knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text before the cursor, as `SSH password: `.
    pub prompt: String,
    /// Whether what is typed may be seen.
    pub echo: bool,
}

/// A stop on the way, until the operator presses a key or time is over.
#[derive(Clone, Debug)]
pub struct Halt {
    /// Lines that say what is waited for.
    pub text: String,
    /// Whether what is typed may be seen.
    pub echo: bool,
    pub until: Until,
    /// Set by whoever no longer wants to wait.
    pub given_up: Arc<AtomicBool>,
}

/// What ends a halt, besides Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Line,
    Time(Duration),
    /// One of these letters, whether large or small.
    OneOf(&'static str),
}

/// How a halt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Line(String),
    /// The letter, small.
    Key(char),
    TimeOver,
    Interrupted,
    /// Nobody is there who could have ended it.
    Alone,
}

/// Asks the operator. One question at a time; never over the live line.
pub trait Operator: Send + Sync {
    /// Asks on the terminal. The answer without its newline, or `None` where nobody can be asked (no
    /// terminal, end of input).
    fn ask(&self, question: &Question) -> Option<String>;

    /// Asks on the standard streams, whatever these are.
    fn ask_openly(&self, prompt: &str) -> Option<String> {
        self.ask(&Question { prompt: prompt.to_owned(), echo: true })
    }

    /// Whether somebody sits at standard input.
    fn is_present(&self) -> bool {
        false
    }

    fn halt(&self, _halt: &Halt) -> Ended {
        Ended::Alone
    }

    /// Whether the last question was ended by Ctrl-C instead of an answer.
    fn was_interrupted(&self) -> bool {
        false
    }

    /// Ends the open question and asks no further ones: the run is to stop.
    fn dismiss(&self) {}
}

/// Nobody is there.
pub struct Absent;

impl Operator for Absent {
    fn ask(&self, _question: &Question) -> Option<String> {
        None
    }
}
