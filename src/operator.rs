//! The one who runs it: questions that only a person can answer.

/// Something only the operator knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text before the cursor, as `SSH password: `.
    pub prompt: String,
    /// Whether what is typed may be seen.
    pub echo: bool,
}

/// Asks the operator. One question at a time; never over the live line.
pub trait Operator: Send + Sync {
    /// The answer without its newline, or `None` where nobody can be asked (no terminal, end of input).
    fn ask(&self, question: &Question) -> Option<String>;

    /// Whether the last question was ended by Ctrl-C instead of an answer.
    fn was_interrupted(&self) -> bool {
        false
    }
}

/// Nobody is there.
pub struct Absent;

impl Operator for Absent {
    fn ask(&self, _question: &Question) -> Option<String> {
        None
    }
}
