//! What can go wrong while a template is rendered, as a chain of causes with origins.

use std::fmt;

use crate::diagnostic::{Diagnostic, Origin};

/// Which rule an error falls under; `default` and friends treat them differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorKind {
    /// Anything else: an operator on wrong types, a division by zero, a loop of variables.
    #[default]
    Failure,
    /// A name, attribute or item that is not there. `default` covers only this kind.
    Undefined,
    /// The template does not parse, or names a filter or test that does not exist.
    Syntax,
    /// A failure that was reported for the template that it is in.
    Rendering,
    /// A filter, test or lookup failed.
    Plugin,
    /// The whole value was `omit`; whoever asked drops the key.
    Omitted,
    /// A condition that is not a boolean, or is written in a way that is refused.
    Conditional,
    /// A vaulted value that cannot be decrypted.
    Vault,
}

/// One link of the chain, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError(Box<Link>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    kind: ErrorKind,
    message: String,
    origin: Origin,
    hints: Vec<String>,
    cause: Option<TemplateError>,
}

pub type Result<T, E = TemplateError> = std::result::Result<T, E>;

impl TemplateError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Link { kind, message: message.into(), origin: Origin::none(), hints: Vec::new(), cause: None }))
    }

    /// A plain failure; what a filter, test or lookup returns.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failure, message)
    }

    pub fn undefined(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Undefined, message)
    }

    pub fn syntax(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax, message)
    }

    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.0.origin = origin.clone();
        self
    }

    /// Sets the place unless a more exact one is known already.
    #[must_use]
    pub fn at_or(mut self, origin: &Origin) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = origin.clone();
        }
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Puts this error below a new outermost link.
    #[must_use]
    pub fn under(self, kind: ErrorKind, message: impl Into<String>) -> Self {
        let mut outer = Self::new(kind, message);
        outer.0.cause = Some(self);
        outer
    }

    /// The same error with words before its message; it stays one link.
    #[must_use]
    pub fn prefixed(mut self, kind: ErrorKind, words: &str) -> Self {
        self.0.message = format!("{words}: {}", self.0.message);
        self.0.kind = kind;
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message of the outermost link alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    pub fn cause(&self) -> Option<&TemplateError> {
        self.0.cause.as_ref()
    }

    pub fn is_undefined(&self) -> bool {
        self.kind() == ErrorKind::Undefined
    }
}

impl From<TemplateError> for Diagnostic {
    fn from(error: TemplateError) -> Self {
        let link = *error.0;
        let mut diagnostic = Diagnostic::new(link.message).at(&link.origin);
        for hint in link.hints {
            diagnostic = diagnostic.hint(hint);
        }
        match link.cause {
            Some(cause) => diagnostic.caused_by(cause.into()),
            None => diagnostic,
        }
    }
}

impl From<&str> for TemplateError {
    fn from(message: &str) -> Self {
        Self::failure(message)
    }
}

impl From<String> for TemplateError {
    fn from(message: String) -> Self {
        Self::failure(message)
    }
}

/// The whole chain in one line, as the reference words it.
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Diagnostic::from(self.clone()).joined())
    }
}

impl std::error::Error for TemplateError {}
