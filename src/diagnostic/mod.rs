//! Failures of the user's files: a chain of causes with origins and hints. Two renderings live
//! beside it: `ansible` (the reference's text) and `snippet` (as rustc prints).

pub mod ansible;
mod origin;
pub mod snippet;
pub mod suggest;
mod warning;
pub mod wrap;

pub use origin::{Origin, Source};
pub use warning::{Severity, Warning};

/// Which exit code a diagnostic ends the program with, when it ends the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anything else that the user's files got wrong: 1.
    #[default]
    General,
    /// The command line does not make sense: 2.
    Usage,
    /// A playbook, role or inventory cannot be read: 4.
    Parse,
    /// Options or settings contradict each other: 5.
    Options,
    /// The user stopped it: 99.
    Interrupted,
    /// Another program stopped it: as a shell tells of the signal.
    Terminated,
    HungUp,
    /// A bug of muster, or where the reference ends with an unexpected exception: 250.
    Bug,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::General => 1,
            Self::Usage => 2,
            Self::Parse => 4,
            Self::Options => 5,
            Self::Interrupted => 99,
            Self::Terminated => 143,
            Self::HungUp => 129,
            Self::Bug => 250,
        }
    }
}

/// One thing that is wrong in what the user wrote.
///
/// `message` is a full sentence or clause; `origin` is where it is wrong; `hints` say what to do.
/// `cause` is the next link of the chain (the reference prints `<<< caused by >>>` between them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub kind: Kind,
    pub message: String,
    pub origin: Origin,
    pub hints: Vec<String>,
    /// Other places that explain how we got here: `role web, listed at site.yml:4:7`.
    pub notes: Vec<(String, Origin)>,
    pub cause: Option<Box<Diagnostic>>,
    /// Shown as a link of its own, even where it speaks of the same place as the one above.
    pub apart: bool,
    /// What only the rustc-like rendering says. Boxed, for few have it and errors are moved about.
    pub aside: Option<Box<Aside>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// What the carets say, where that differs from the message.
    pub label: Option<String>,
    /// What may have been meant. Ansible does not guess.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::General,
            message: message.into(),
            origin: Origin::none(),
            hints: Vec::new(),
            notes: Vec::new(),
            cause: None,
            apart: false,
            aside: None,
        }
    }

    #[must_use]
    pub fn suggest(mut self, name: &str) -> Self {
        self.aside.get_or_insert_default().suggestion = Some(format!("did you mean `{name}`?"));
        self
    }

    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.aside.get_or_insert_default().label = Some(label.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>, origin: &Origin) -> Self {
        self.notes.push((note.into(), origin.clone()));
        self
    }

    /// Appends a link at the end of the chain.
    #[must_use]
    pub fn caused_by(mut self, cause: Diagnostic) -> Self {
        self.cause = Some(Box::new(match self.cause.take() {
            None => cause,
            Some(first) => first.caused_by(cause),
        }));
        self
    }

    /// The links of the chain, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Diagnostic> {
        std::iter::successors(Some(self), |link| link.cause.as_deref())
    }

    /// All messages of the chain in one line, as the reference words a failed task: each is followed
    /// by a colon instead of its full stop, and one that ends in its cause's words is not repeated.
    pub fn joined(&self) -> String {
        joined(&self.chain().map(|link| link.message.as_str()).collect::<Vec<_>>())
    }
}

/// Messages of a chain, outermost first, in one line.
pub(crate) fn joined(messages: &[&str]) -> String {
    let mut messages = messages.iter().rev();
    let mut text = messages.next().map(|message| (*message).to_owned()).unwrap_or_default();
    for message in messages {
        text = if message.ends_with(&text) {
            (*message).to_owned()
        } else {
            format!("{}: {text}", message.trim_end_matches(['.', ' ']))
        };
    }
    text
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.joined())
    }
}

impl std::error::Error for Diagnostic {}
