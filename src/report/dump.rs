//! Results as text: which keys are shown, as JSON or YAML, on one line or several.

use crate::data::{Map, Value, json, yaml};
use crate::engine::event::HostResult;
use crate::engine::result::Show;

/// `result_format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Json,
    Yaml,
}

/// How a callback writes results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub format: Format,
    /// `pretty_results`: over several lines or not; `None` lets the result decide.
    pub pretty: Option<bool>,
    pub verbosity: u8,
}

/// Whether the result is shown in full.
pub fn is_verbose(show: Show, verbosity: u8, from: u8) -> bool {
    (verbosity > from || show.always) && !show.never
}

/// What `debug` leaves of its result; other actions show all.
pub fn cleaned(result: &HostResult) -> Map {
    let mut output = result.result.output.clone();
    let is_debug = matches!(result.task.action.as_str(), "debug" | "ansible.builtin.debug" | "ansible.legacy.debug");
    // A templated name is known by what `debug` alone does: it is always shown in full.
    if is_debug || result.result.show.always && result.task.action.contains("{{") {
        if output.contains_key("msg") {
            output.retain(|key, _| matches!(key.as_str(), Some("msg" | "exception" | "warnings" | "deprecations")));
        } else {
            for key in ["changed", "failed", "skipped", "invocation", "skip_reason", "ansible_loop_var"] {
                output.remove(key);
            }
        }
    }
    output
}

/// Whether the action is one whose output is shown as it is.
pub fn is_command(action: &str) -> bool {
    let short = action.strip_prefix("ansible.builtin.").or(action.strip_prefix("ansible.legacy.")).unwrap_or(action);
    matches!(short, "command" | "shell" | "raw" | "win_command" | "win_shell")
}

/// The text of a result after `=>`.
pub fn dump(output: &Map, show: Show, layout: Layout) -> String {
    dump_with_indent(output, show, layout, None)
}

/// The same with an indent of the caller's choice.
pub fn dump_with_indent(output: &Map, show: Show, layout: Layout, indent: Option<usize>) -> String {
    let mut output = output.clone();
    for key in ["warnings", "deprecations", "exception", "failed", "skipped"] {
        output.remove(key);
    }
    if layout.verbosity < 3 {
        output.remove("invocation");
        output.remove("diff");
    }
    let wide = show.always || layout.verbosity > 2;
    match layout.format {
        Format::Json => {
            let indent = match layout.pretty {
                Some(true) => Some(4),
                Some(false) => None,
                None if wide && indent.unwrap_or(0) == 0 => Some(4),
                None => indent,
            };
            as_json(output, indent)
        }
        Format::Yaml => as_yaml(output, layout.pretty),
    }
}

/// One line, or indented by so many blanks.
pub fn as_json(output: Map, indent: Option<usize>) -> String {
    let style = json::Style {
        indent: indent.map(|width| " ".repeat(width)),
        sort_keys: true,
        ensure_ascii: false,
        ..json::Style::default()
    };
    json::dumps(&output.into(), &style)
}

/// Over several lines, indented.
pub fn as_yaml(mut output: Map, pretty: Option<bool>) -> String {
    let lossy = pretty != Some(false);
    if lossy {
        for (text, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
            if output.contains_key(text) && output.contains_key(lines) {
                output.insert(lines, "<omitted>");
            }
        }
    }
    let style = yaml::Style {
        indent: if lossy { 4 } else { 2 },
        width: 1000,
        allow_unicode: true,
        multi_line: if lossy { yaml::MultiLine::LossyBlock } else { yaml::MultiLine::Block },
        ..yaml::Style::default()
    };
    let text = yaml::dump(&Value::from(output), &style);
    let mut indented = String::from("\n");
    for line in text.lines() {
        if !line.trim().is_empty() {
            indented.push_str("    ");
        }
        indented.push_str(line);
        indented.push('\n');
    }
    indented
}
