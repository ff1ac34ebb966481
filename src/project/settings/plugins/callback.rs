//! Options of the callback plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "default", options: DEFAULT, deprecated: false },
    Plugin { name: "junit", options: JUNIT, deprecated: false },
    Plugin { name: "minimal", options: MINIMAL, deprecated: false },
    Plugin { name: "oneline", options: &[], deprecated: false },
    Plugin { name: "tree", options: TREE, deprecated: false },
];

const DEFAULT: &[Setting] = &[
    setting("check_mode_markers", "Mark what only ran in check mode.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_CHECK_MODE_MARKERS"])
        .ini(&[("defaults", "check_mode_markers")]),
    setting("display_failed_stderr", "Print failed results on stderr.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_DISPLAY_FAILED_STDERR"])
        .ini(&[("defaults", "display_failed_stderr")]),
    setting("display_ok_hosts", "Show results that changed nothing.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_DISPLAY_OK_HOSTS"])
        .ini(&[("defaults", "display_ok_hosts")]),
    setting("display_skipped_hosts", "Show skipped results.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_DISPLAY_SKIPPED_HOSTS"])
        .ini(&[("defaults", "display_skipped_hosts")]),
    setting("pretty_results", "Spread results over several lines.")
        .kind("bool")
        .env(&["ANSIBLE_CALLBACK_FORMAT_PRETTY"])
        .ini(&[("defaults", "callback_format_pretty")]),
    setting("result_format", "Print results as JSON or YAML.")
        .kind("str")
        .default(Default::Text("json"))
        .env(&["ANSIBLE_CALLBACK_RESULT_FORMAT"])
        .ini(&[("defaults", "callback_result_format")])
        .choices(&["json", "yaml"]),
    setting("show_custom_stats", "Print what `set_stats` gathered.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SHOW_CUSTOM_STATS"])
        .ini(&[("defaults", "show_custom_stats")]),
    setting("show_per_host_start", "Say when a host begins a task.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SHOW_PER_HOST_START"])
        .ini(&[("defaults", "show_per_host_start")]),
    setting("show_task_path_on_failure", "Show where a failed task was written.")
        .kind("bool")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_SHOW_TASK_PATH_ON_FAILURE"])
        .ini(&[("defaults", "show_task_path_on_failure")]),
];

const JUNIT: &[Setting] = &[
    setting("fail_on_change", "Count changes as failures.")
        .default(Default::Bool(false))
        .env(&["JUNIT_FAIL_ON_CHANGE"]),
    setting("fail_on_ignore", "Count ignored failures as failures.")
        .default(Default::Bool(false))
        .env(&["JUNIT_FAIL_ON_IGNORE"]),
    setting("hide_task_arguments", "Leave out arguments of tasks.")
        .default(Default::Bool(false))
        .env(&["JUNIT_HIDE_TASK_ARGUMENTS"]),
    setting("include_setup_tasks_in_report", "Report the gathering of facts too.")
        .default(Default::Bool(true))
        .env(&["JUNIT_INCLUDE_SETUP_TASKS_IN_REPORT"]),
    setting("output_dir", "Folder for the reports.")
        .default(Default::Text("~/.ansible.log"))
        .env(&["JUNIT_OUTPUT_DIR"]),
    setting("replace_out_of_tree_path", "Folder to show for paths outside of the tree.")
        .default(Default::Text("none"))
        .env(&["JUNIT_REPLACE_OUT_OF_TREE_PATH"]),
    setting("task_class", "Make a class of each task.").default(Default::Bool(false)).env(&["JUNIT_TASK_CLASS"]),
    setting("task_relative_path", "Folder that paths are relative to.")
        .default(Default::Text("none"))
        .env(&["JUNIT_TASK_RELATIVE_PATH"]),
    setting("test_case_prefix", "Report only tasks whose name starts so.")
        .default(Default::Text("<empty>"))
        .env(&["JUNIT_TEST_CASE_PREFIX"]),
];

const MINIMAL: &[Setting] = &[
    setting("pretty_results", "Spread results over several lines.")
        .kind("bool")
        .env(&["ANSIBLE_CALLBACK_FORMAT_PRETTY"])
        .ini(&[("defaults", "callback_format_pretty")]),
    setting("result_format", "Print results as JSON or YAML.")
        .kind("str")
        .default(Default::Text("json"))
        .env(&["ANSIBLE_CALLBACK_RESULT_FORMAT"])
        .ini(&[("defaults", "callback_result_format")])
        .choices(&["json", "yaml"]),
];

const TREE: &[Setting] = &[setting("directory", "Folder for the results.")
    .kind("path")
    .default(Default::Text("~/.ansible/tree"))
    .env(&["ANSIBLE_CALLBACK_TREE_DIR"])
    .ini(&[("callback_tree", "directory")])];
