//! How playbooks and tasks run.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("ANY_ERRORS_FATAL", "End the play for all hosts when one fails.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_ANY_ERRORS_FATAL"])
        .ini(&[("defaults", "any_errors_fatal")])
        .since("2.4"),
    setting("DEFAULT_FORCE_HANDLERS", "Run notified handlers on a host that has failed.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_FORCE_HANDLERS"])
        .ini(&[("defaults", "force_handlers")])
        .since("1.9.1"),
    setting("DEFAULT_FORKS", "How many hosts are worked on at once.")
        .kind("integer")
        .default(Default::Int(5))
        .env(&["ANSIBLE_FORKS"])
        .ini(&[("defaults", "forks")]),
    setting("DEFAULT_INTERNAL_POLL_INTERVAL", "Pause of the main loop between looks at its workers.")
        .kind("float")
        .default(Default::Float(0.001))
        .ini(&[("defaults", "internal_poll_interval")])
        .since("2.2")
        .without_effect(),
    setting("DEFAULT_MODULE_ARGS", "Arguments of an ad-hoc run that names none.")
        .env(&["ANSIBLE_MODULE_ARGS"])
        .ini(&[("defaults", "module_args")]),
    setting("DEFAULT_MODULE_NAME", "Module of an ad-hoc run that names none.")
        .default(Default::Text("command"))
        .ini(&[("defaults", "module_name")]),
    setting("DEFAULT_NO_LOG", "Hide all results from output and logs.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_NO_LOG"])
        .ini(&[("defaults", "no_log")]),
    setting("DEFAULT_POLL_INTERVAL", "Seconds between looks at a job in the background.")
        .kind("integer")
        .default(Default::Int(15))
        .env(&["ANSIBLE_POLL_INTERVAL"])
        .ini(&[("defaults", "poll_interval")]),
    setting("DEFAULT_PRIVATE_ROLE_VARS", "Keep the variables of a role to itself.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_PRIVATE_ROLE_VARS"])
        .ini(&[("defaults", "private_role_vars")]),
    setting("DEFAULT_STRATEGY", "In which order hosts go through tasks.")
        .default(Default::Text("linear"))
        .env(&["ANSIBLE_STRATEGY"])
        .ini(&[("defaults", "strategy")])
        .since("2.3"),
    setting("DEFAULT_STRATEGY_PLUGIN_PATH", "Folders with further strategy plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/strategy:/usr/share/ansible/plugins/strategy"))
        .env(&["ANSIBLE_STRATEGY_PLUGINS"])
        .ini(&[("defaults", "strategy_plugins")])
        .without_effect(),
    setting("ENABLE_TASK_DEBUGGER", "Open the debugger when a task fails.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_ENABLE_TASK_DEBUGGER"])
        .ini(&[("defaults", "enable_task_debugger")])
        .since("2.5"),
    setting("ERROR_ON_MISSING_HANDLER", "Fail, not just warn, when a notified handler does not exist.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_ERROR_ON_MISSING_HANDLER"])
        .ini(&[("defaults", "error_on_missing_handler")]),
    setting("INVALID_TASK_ATTRIBUTE_FAILED", "Fail, not just warn, on an unknown keyword of a task.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_INVALID_TASK_ATTRIBUTE_FAILED"])
        .ini(&[("defaults", "invalid_task_attribute_failed")])
        .since("2.7"),
    setting("PLAYBOOK_DIR", "Folder that stands in for a playbook's in tools without one.")
        .kind("path")
        .env(&["ANSIBLE_PLAYBOOK_DIR"])
        .ini(&[("defaults", "playbook_dir")])
        .since("2.9"),
    setting("RETRY_FILES_ENABLED", "Write the failed hosts of a playbook to a file.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_RETRY_FILES_ENABLED"])
        .ini(&[("defaults", "retry_files_enabled")]),
    setting("RETRY_FILES_SAVE_PATH", "Folder for files of failed hosts.")
        .kind("path")
        .env(&["ANSIBLE_RETRY_FILES_SAVE_PATH"])
        .ini(&[("defaults", "retry_files_save_path")]),
    setting("TAGS_RUN", "Run only what has one of these tags.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_RUN_TAGS"])
        .ini(&[("tags", "run")])
        .since("2.5"),
    setting("TAGS_SKIP", "Leave out what has one of these tags.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_SKIP_TAGS"])
        .ini(&[("tags", "skip")])
        .since("2.5"),
    setting("TASK_DEBUGGER_IGNORE_ERRORS", "Whether the debugger opens for failures that are ignored.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_TASK_DEBUGGER_IGNORE_ERRORS"])
        .ini(&[("defaults", "task_debugger_ignore_errors")])
        .since("2.7"),
    setting("TASK_TIMEOUT", "Seconds after which a task fails; 0 for never.")
        .kind("integer")
        .default(Default::Int(0))
        .env(&["ANSIBLE_TASK_TIMEOUT"])
        .ini(&[("defaults", "task_timeout")])
        .since("2.10"),
    setting("VALIDATE_ACTION_GROUP_METADATA", "Check what collections say about their action groups.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_VALIDATE_ACTION_GROUP_METADATA"])
        .ini(&[("defaults", "validate_action_group_metadata")])
        .since("2.12")
        .without_effect(),
    setting("WORKER_SHUTDOWN_POLL_COUNT", "How often to look for workers that end.")
        .kind("integer")
        .default(Default::Int(0))
        .env(&["ANSIBLE_WORKER_SHUTDOWN_POLL_COUNT"])
        .since("2.10")
        .without_effect(),
    setting("WORKER_SHUTDOWN_POLL_DELAY", "Seconds between looks for workers that end.")
        .kind("float")
        .default(Default::Float(0.1))
        .env(&["ANSIBLE_WORKER_SHUTDOWN_POLL_DELAY"])
        .since("2.10")
        .without_effect(),
];
