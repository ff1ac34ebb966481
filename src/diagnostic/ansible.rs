//! Diagnostics in the reference's words: `[ERROR]: …`, `Origin: …`, the excerpt, `<<< caused by >>>`.

use super::Diagnostic;

/// The text of a diagnostic as ansible-core 2.19 prints it, without the colour.
pub fn render(diagnostic: &Diagnostic) -> String {
    format!("[ERROR]: {}", diagnostic.joined())
}
