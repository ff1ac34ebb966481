//! Colours of the output.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("COLOR_CHANGED", "Results that changed something.")
        .default(Default::Text("yellow"))
        .env(&["ANSIBLE_COLOR_CHANGED"])
        .ini(&[("colors", "changed")]),
    setting("COLOR_CONSOLE_PROMPT", "The prompt of the console.")
        .default(Default::Text("white"))
        .env(&["ANSIBLE_COLOR_CONSOLE_PROMPT"])
        .ini(&[("colors", "console_prompt")])
        .since("2.7"),
    setting("COLOR_DEBUG", "Debugging output.")
        .default(Default::Text("dark gray"))
        .env(&["ANSIBLE_COLOR_DEBUG"])
        .ini(&[("colors", "debug")]),
    setting("COLOR_DEPRECATE", "Deprecation warnings.")
        .default(Default::Text("purple"))
        .env(&["ANSIBLE_COLOR_DEPRECATE"])
        .ini(&[("colors", "deprecate")]),
    setting("COLOR_DIFF_ADD", "Added lines of a difference.")
        .default(Default::Text("green"))
        .env(&["ANSIBLE_COLOR_DIFF_ADD"])
        .ini(&[("colors", "diff_add")]),
    setting("COLOR_DIFF_LINES", "Line numbers of a difference.")
        .default(Default::Text("cyan"))
        .env(&["ANSIBLE_COLOR_DIFF_LINES"])
        .ini(&[("colors", "diff_lines")]),
    setting("COLOR_DIFF_REMOVE", "Removed lines of a difference.")
        .default(Default::Text("red"))
        .env(&["ANSIBLE_COLOR_DIFF_REMOVE"])
        .ini(&[("colors", "diff_remove")]),
    setting("COLOR_DOC_CONSTANT", "Constants in documentation.")
        .default(Default::Text("dark gray"))
        .env(&["ANSIBLE_COLOR_DOC_CONSTANT"])
        .ini(&[("colors", "doc_constant")])
        .since("2.18"),
    setting("COLOR_DOC_DEPRECATED", "Deprecated things in documentation.")
        .default(Default::Text("magenta"))
        .env(&["ANSIBLE_COLOR_DOC_DEPRECATED"])
        .ini(&[("colors", "doc_deprecated")])
        .since("2.18"),
    setting("COLOR_DOC_LINK", "Links in documentation.")
        .default(Default::Text("cyan"))
        .env(&["ANSIBLE_COLOR_DOC_LINK"])
        .ini(&[("colors", "doc_link")])
        .since("2.18"),
    setting("COLOR_DOC_MODULE", "Names of modules in documentation.")
        .default(Default::Text("yellow"))
        .env(&["ANSIBLE_COLOR_DOC_MODULE"])
        .ini(&[("colors", "doc_module")])
        .since("2.18"),
    setting("COLOR_DOC_PLUGIN", "Names of plugins in documentation.")
        .default(Default::Text("yellow"))
        .env(&["ANSIBLE_COLOR_DOC_PLUGIN"])
        .ini(&[("colors", "doc_plugin")])
        .since("2.18"),
    setting("COLOR_DOC_REFERENCE", "References in documentation.")
        .default(Default::Text("magenta"))
        .env(&["ANSIBLE_COLOR_DOC_REFERENCE"])
        .ini(&[("colors", "doc_reference")])
        .since("2.18"),
    setting("COLOR_ERROR", "Errors and failed results.")
        .default(Default::Text("red"))
        .env(&["ANSIBLE_COLOR_ERROR"])
        .ini(&[("colors", "error")]),
    setting("COLOR_HIGHLIGHT", "Highlighted text.")
        .default(Default::Text("white"))
        .env(&["ANSIBLE_COLOR_HIGHLIGHT"])
        .ini(&[("colors", "highlight")]),
    setting("COLOR_INCLUDED", "Included files.")
        .default(Default::Text("cyan"))
        .env(&["ANSIBLE_COLOR_INCLUDED"])
        .ini(&[("colors", "included")])
        .since("2.18"),
    setting("COLOR_OK", "Results that were fine already.")
        .default(Default::Text("green"))
        .env(&["ANSIBLE_COLOR_OK"])
        .ini(&[("colors", "ok")]),
    setting("COLOR_SKIP", "Skipped results.")
        .default(Default::Text("cyan"))
        .env(&["ANSIBLE_COLOR_SKIP"])
        .ini(&[("colors", "skip")]),
    setting("COLOR_UNREACHABLE", "Hosts that cannot be reached.")
        .default(Default::Text("bright red"))
        .env(&["ANSIBLE_COLOR_UNREACHABLE"])
        .ini(&[("colors", "unreachable")]),
    setting("COLOR_VERBOSE", "Verbose messages.")
        .default(Default::Text("blue"))
        .env(&["ANSIBLE_COLOR_VERBOSE"])
        .ini(&[("colors", "verbose")]),
    setting("COLOR_WARN", "Warnings.")
        .default(Default::Text("bright purple"))
        .env(&["ANSIBLE_COLOR_WARN"])
        .ini(&[("colors", "warn")]),
];
