//! What is printed: callbacks, warnings, diffs, verbosity, the log.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("ACTION_WARNINGS", "Show the warnings that a task's module or action returns.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_ACTION_WARNINGS"])
        .ini(&[("defaults", "action_warnings")])
        .since("2.5"),
    setting("ANSIBLE_COW_ACCEPTLIST", "Which cowsay figures may be drawn at random.")
        .kind("list")
        .default(Default::Texts(&[
            "bud-frogs",
            "bunny",
            "cheese",
            "daemon",
            "default",
            "dragon",
            "elephant-in-snake",
            "elephant",
            "eyes",
            "hellokitty",
            "kitty",
            "luke-koala",
            "meow",
            "milk",
            "moofasa",
            "moose",
            "ren",
            "sheep",
            "small",
            "stegosaurus",
            "stimpy",
            "supermilker",
            "three-eyes",
            "turkey",
            "turtle",
            "tux",
            "udder",
            "vader-koala",
            "vader",
            "www",
        ]))
        .env(&["ANSIBLE_COW_ACCEPTLIST"])
        .ini(&[("defaults", "cowsay_enabled_stencils")])
        .without_effect(),
    setting("ANSIBLE_COW_PATH", "Where cowsay is.")
        .kind("string")
        .env(&["ANSIBLE_COW_PATH"])
        .ini(&[("defaults", "cowpath")])
        .without_effect(),
    setting("ANSIBLE_COW_SELECTION", "The cowsay figure, or `random`.")
        .default(Default::Text("default"))
        .env(&["ANSIBLE_COW_SELECTION"])
        .ini(&[("defaults", "cow_selection")])
        .without_effect(),
    setting("ANSIBLE_FORCE_COLOR", "Colour the output even where it is no terminal.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_FORCE_COLOR"])
        .ini(&[("defaults", "force_color")]),
    setting("ANSIBLE_NOCOLOR", "Never colour the output.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_NOCOLOR", "NO_COLOR"])
        .ini(&[("defaults", "nocolor")]),
    setting("ANSIBLE_NOCOWS", "Never draw cows around banners.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_NOCOWS"])
        .ini(&[("defaults", "nocows")])
        .without_effect(),
    setting("CALLBACKS_ENABLED", "Additional callbacks that run beside the one for stdout.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_CALLBACKS_ENABLED"])
        .ini(&[("defaults", "callbacks_enabled")]),
    setting("DEFAULT_CALLBACK_PLUGIN_PATH", "Folders with further callback plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/callback:/usr/share/ansible/plugins/callback"))
        .env(&["ANSIBLE_CALLBACK_PLUGINS"])
        .ini(&[("defaults", "callback_plugins")])
        .without_effect(),
    setting("DEFAULT_DEBUG", "Print debugging output about the program itself.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_DEBUG"])
        .ini(&[("defaults", "debug")]),
    setting("DEFAULT_LOAD_CALLBACK_PLUGINS", "Let ad-hoc runs use the configured callbacks too.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_LOAD_CALLBACK_PLUGINS"])
        .ini(&[("defaults", "bin_ansible_callbacks")])
        .since("1.8"),
    setting("DEFAULT_LOG_FILTER", "Loggers that are left out of the log file.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_LOG_FILTER"])
        .ini(&[("defaults", "log_filter")])
        .without_effect(),
    setting("DEFAULT_LOG_PATH", "File to which all output is appended as well.")
        .kind("path")
        .env(&["ANSIBLE_LOG_PATH"])
        .ini(&[("defaults", "log_path")]),
    setting("DEFAULT_STDOUT_CALLBACK", "The callback that writes to stdout.")
        .default(Default::Text("default"))
        .env(&["ANSIBLE_STDOUT_CALLBACK"])
        .ini(&[("defaults", "stdout_callback")]),
    setting("DEFAULT_VERBOSITY", "How many `-v` count as given already.")
        .kind("integer")
        .default(Default::Int(0))
        .env(&["ANSIBLE_VERBOSITY"])
        .ini(&[("defaults", "verbosity")]),
    setting("DEPRECATION_WARNINGS", "Show deprecation warnings.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_DEPRECATION_WARNINGS"])
        .ini(&[("defaults", "deprecation_warnings")])
        .vars(&["ansible_deprecation_warnings"]),
    setting("DEVEL_WARNING", "Warn when a development version runs.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_DEVEL_WARNING"])
        .ini(&[("defaults", "devel_warning")])
        .without_effect(),
    setting("DIFF_ALWAYS", "Show differences as if `--diff` were given.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_DIFF_ALWAYS"])
        .ini(&[("diff", "always")]),
    setting("DIFF_CONTEXT", "Unchanged lines shown around a difference.")
        .kind("integer")
        .default(Default::Int(3))
        .env(&["ANSIBLE_DIFF_CONTEXT"])
        .ini(&[("diff", "context")]),
    setting("DISPLAY_ARGS_TO_STDOUT", "Show a task's arguments in its banner.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_DISPLAY_ARGS_TO_STDOUT"])
        .ini(&[("defaults", "display_args_to_stdout")])
        .since("2.1"),
    setting("DISPLAY_SKIPPED_HOSTS", "Show results of skipped tasks.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_DISPLAY_SKIPPED_HOSTS"])
        .ini(&[("defaults", "display_skipped_hosts")]),
    setting("DISPLAY_TRACEBACK", "For which kinds of messages a traceback is shown.")
        .kind("list")
        .default(Default::Texts(&["never"]))
        .env(&["ANSIBLE_DISPLAY_TRACEBACK"])
        .ini(&[("defaults", "display_traceback")])
        .choices(&["error", "warning", "deprecated", "deprecated_value", "always", "never"])
        .since("2.19")
        .without_effect(),
    setting("DOCSITE_ROOT_URL", "The site that links in documentation are made for.")
        .default(Default::Text("https://docs.ansible.com/ansible-core/"))
        .ini(&[("defaults", "docsite_root_url")])
        .since("2.8"),
    setting("EDITOR", "Program that opens files for editing.")
        .default(Default::Text("vi"))
        .env(&["ANSIBLE_EDITOR", "EDITOR"])
        .ini(&[("defaults", "editor")]),
    setting("LOCALHOST_WARNING", "Warn when nothing but the implicit localhost is available.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_LOCALHOST_WARNING"])
        .ini(&[("defaults", "localhost_warning")])
        .since("2.6"),
    setting("LOG_VERBOSITY", "Verbosity for the log file alone.")
        .kind("int")
        .env(&["ANSIBLE_LOG_VERBOSITY"])
        .ini(&[("defaults", "log_verbosity")])
        .since("2.17"),
    setting("MAX_FILE_SIZE_FOR_DIFF", "Files above this many bytes get no difference shown.")
        .kind("int")
        .default(Default::Int(104_448))
        .env(&["ANSIBLE_MAX_DIFF_SIZE"])
        .ini(&[("defaults", "max_diff_size")]),
    setting("PAGER", "Program that shows long documentation.")
        .default(Default::Text("less"))
        .env(&["ANSIBLE_PAGER", "PAGER"])
        .ini(&[("defaults", "pager")]),
    setting("SHOW_CUSTOM_STATS", "Print what `set_stats` gathered after the recap.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SHOW_CUSTOM_STATS"])
        .ini(&[("defaults", "show_custom_stats")]),
    setting("SYSTEM_WARNINGS", "Show warnings about the system that runs the program.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_SYSTEM_WARNINGS"])
        .ini(&[("defaults", "system_warnings")]),
    setting("VERBOSE_TO_STDERR", "Send verbose messages to stderr.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_VERBOSE_TO_STDERR"])
        .ini(&[("defaults", "verbose_to_stderr")])
        .since("2.8"),
    setting("_CALLBACK_DISPATCH_ERROR_BEHAVIOR", "What happens when a callback fails.")
        .kind("choices")
        .default(Default::Text("warning"))
        .env(&["_ANSIBLE_CALLBACK_DISPATCH_ERROR_BEHAVIOR"])
        .choices(&["error", "warning", "ignore"])
        .since("2.19")
        .without_effect(),
];
