//! What deserves attention but stops nothing.

use super::Diagnostic;

/// A diagnostic that is shown and the work goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub severity: Severity,
    pub diagnostic: Diagnostic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Severity {
    Warning,
    /// Works still; with the version of ansible-core that takes it away, where one is named.
    Deprecated {
        removed_in: Option<String>,
    },
}

impl Warning {
    pub fn new(diagnostic: Diagnostic) -> Self {
        Self { severity: Severity::Warning, diagnostic }
    }

    pub fn deprecated(diagnostic: Diagnostic, removed_in: &str) -> Self {
        Self { severity: Severity::Deprecated { removed_in: Some(removed_in.to_owned()) }, diagnostic }
    }
}
