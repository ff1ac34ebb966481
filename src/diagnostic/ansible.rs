//! Diagnostics in the reference's words: `[ERROR]: …`, `Origin: …`, the excerpt, `<<< caused by >>>`.

use super::Diagnostic;

/// The text of a diagnostic as ansible-core 2.19 prints it, without the colour.
pub fn render(diagnostic: &Diagnostic) -> String {
    format!("[ERROR]: {}\n", diagnostic.joined())
}

/// The first deprecation of a run is preceded by this.
pub const DEPRECATIONS_CAN_BE_DISABLED: &str =
    "Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg.";

/// A warning, wrapped at the terminal's width, with its final newline.
pub fn warning(message: &str, width: usize) -> String {
    marked("WARNING", message, width)
}

/// A deprecation, wrapped at the terminal's width, with its final newline.
pub fn deprecation(message: &str, width: usize) -> String {
    marked("DEPRECATION WARNING", message, width)
}

fn marked(mark: &str, message: &str, width: usize) -> String {
    let text = format!("[{mark}]: {message}");
    let lines: Vec<String> = text.lines().flat_map(|line| super::wrap::wrap(line, width)).collect();
    lines.join("\n") + "\n"
}
