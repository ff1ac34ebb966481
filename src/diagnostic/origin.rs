//! Where a piece of the user's input comes from: source, line, column.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was read: a file, or something that has only a description, as `<CLI option '-e'>`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Source {
    File(PathBuf),
    Described(String),
    /// Something without a file, shown as a whole: `<adhoc 'ping' task>` and the task as Python shows it.
    Quoted {
        description: String,
        text: String,
    },
}

/// A place in the user's input. Cheap to clone; 16 bytes, so that every value can have one.
/// Line and column count from 1; 0 means that it is not known.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    source: Option<Arc<Source>>,
    line: u32,
    column: u32,
}

impl Origin {
    /// Nowhere: a value that muster itself made.
    pub const fn none() -> Self {
        Self { source: None, line: 0, column: 0 }
    }

    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { source: Some(Arc::new(Source::File(path.into()))), line: 0, column: 0 }
    }

    pub fn described(description: impl Into<String>) -> Self {
        Self { source: Some(Arc::new(Source::Described(description.into()))), line: 0, column: 0 }
    }

    pub fn quoting(description: impl Into<String>, text: impl Into<String>) -> Self {
        let source = Source::Quoted { description: description.into(), text: text.into() };
        Self { source: Some(Arc::new(source)), line: 0, column: 0 }
    }

    /// The same source at another place.
    pub fn at(&self, line: u32, column: u32) -> Self {
        Self { source: self.source.clone(), line, column }
    }

    pub fn is_none(&self) -> bool {
        self.source.is_none()
    }

    pub fn source(&self) -> Option<&Source> {
        self.source.as_deref()
    }

    pub fn path(&self) -> Option<&Path> {
        match self.source() {
            Some(Source::File(path)) => Some(path),
            _ => None,
        }
    }

    pub fn line(&self) -> u32 {
        self.line
    }

    pub fn column(&self) -> u32 {
        self.column
    }
}

/// `path:line:column` as Ansible prints it; unknown parts are left out.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source() {
            None => f.write_str("<unknown>")?,
            Some(Source::File(path)) => write!(f, "{}", path.display())?,
            Some(Source::Described(description) | Source::Quoted { description, .. }) => f.write_str(description)?,
        }
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
