//! What happens on the hosts: modules, interpreters, temporary files.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("COVERAGE_REMOTE_OUTPUT", "Folder for coverage data on a host.")
        .kind("str")
        .env(&["_ANSIBLE_COVERAGE_REMOTE_OUTPUT"])
        .vars(&["_ansible_coverage_remote_output"])
        .since("2.9")
        .without_effect(),
    setting("COVERAGE_REMOTE_PATHS", "Which files coverage is measured for.")
        .kind("str")
        .default(Default::Text("*"))
        .env(&["_ANSIBLE_COVERAGE_REMOTE_PATH_FILTER"])
        .since("2.9")
        .without_effect(),
    setting("DEFAULT_EXECUTABLE", "The shell that runs commands on a host.")
        .default(Default::Text("/bin/sh"))
        .env(&["ANSIBLE_EXECUTABLE"])
        .ini(&[("defaults", "executable")]),
    setting("DEFAULT_KEEP_REMOTE_FILES", "Leave temporary files on hosts.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_KEEP_REMOTE_FILES"])
        .ini(&[("defaults", "keep_remote_files")]),
    setting("DEFAULT_LIBVIRT_LXC_NOSECLABEL", "Start LXC containers without a security label.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_LIBVIRT_LXC_NOSECLABEL"])
        .ini(&[("selinux", "libvirt_lxc_noseclabel")])
        .since("2.1")
        .deprecated("2.22")
        .without_effect(),
    setting("DEFAULT_LOCAL_TMP", "Folder for temporary files on the controlling machine.")
        .kind("tmppath")
        .default(Default::BelowHome("/tmp"))
        .env(&["ANSIBLE_LOCAL_TEMP"])
        .ini(&[("defaults", "local_tmp")]),
    setting("DEFAULT_MODULE_COMPRESSION", "How modules are packed.")
        .default(Default::Text("ZIP_DEFLATED"))
        .ini(&[("defaults", "module_compression")])
        .vars(&["ansible_module_compression"])
        .without_effect(),
    setting("DEFAULT_NO_TARGET_SYSLOG", "Keep modules from writing to a host's system log.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_NO_TARGET_SYSLOG"])
        .ini(&[("defaults", "no_target_syslog")])
        .vars(&["ansible_no_target_syslog"]),
    setting("DEFAULT_SELINUX_SPECIAL_FS", "File systems that treat SELinux labels in their own way.")
        .kind("list")
        .default(Default::Texts(&["fuse", "nfs", "vboxsf", "ramfs", "9p", "vfat"]))
        .env(&["ANSIBLE_SELINUX_SPECIAL_FS"])
        .ini(&[("selinux", "special_context_filesystems")]),
    setting("DEFAULT_SYSLOG_FACILITY", "Facility for entries in a host's system log.")
        .default(Default::Text("LOG_USER"))
        .env(&["ANSIBLE_SYSLOG_FACILITY"])
        .ini(&[("defaults", "syslog_facility")]),
    setting("INTERPRETER_PYTHON", "The Python interpreter on a host, or how to find it.")
        .default(Default::Text("auto"))
        .env(&["ANSIBLE_PYTHON_INTERPRETER"])
        .ini(&[("defaults", "interpreter_python")])
        .vars(&["ansible_python_interpreter"])
        .since("2.8"),
    setting("INTERPRETER_PYTHON_FALLBACK", "Interpreters that are tried, in this order.")
        .kind("list")
        .default(Default::Texts(&[
            "python3.13",
            "python3.12",
            "python3.11",
            "python3.10",
            "python3.9",
            "python3.8",
            "/usr/bin/python3",
            "python3",
        ]))
        .vars(&["ansible_interpreter_python_fallback"])
        .since("2.8"),
    setting("MODULE_STRICT_UTF8_RESPONSE", "Fail when a module's answer is not UTF-8.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_MODULE_STRICT_UTF8_RESPONSE"])
        .ini(&[("defaults", "module_strict_utf8_response")]),
    setting("PYTHON_MODULE_RLIMIT_NOFILE", "Limit of open files for Python modules.")
        .default(Default::Int(0))
        .env(&["ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE"])
        .ini(&[("defaults", "python_module_rlimit_nofile")])
        .vars(&["ansible_python_module_rlimit_nofile"])
        .since("2.8")
        .without_effect(),
    setting("TARGET_LOG_INFO", "Text added to entries in a host's system log.")
        .env(&["ANSIBLE_TARGET_LOG_INFO"])
        .ini(&[("defaults", "target_log_info")])
        .vars(&["ansible_target_log_info"])
        .since("2.17"),
    setting("WIN_ASYNC_STARTUP_TIMEOUT", "Seconds until a job must have started on Windows.")
        .kind("integer")
        .default(Default::Int(5))
        .env(&["ANSIBLE_WIN_ASYNC_STARTUP_TIMEOUT"])
        .ini(&[("defaults", "win_async_startup_timeout")])
        .vars(&["ansible_win_async_startup_timeout"])
        .since("2.10")
        .without_effect(),
    setting("_ANSIBALLZ_COVERAGE_CONFIG", "Coverage set-up of Python modules.")
        .env(&["_ANSIBLE_ANSIBALLZ_COVERAGE_CONFIG"])
        .vars(&["_ansible_ansiballz_coverage_config"])
        .since("2.19")
        .without_effect(),
    setting("_ANSIBALLZ_DEBUGPY_CONFIG", "Debugger set-up of Python modules (debugpy).")
        .env(&["_ANSIBLE_ANSIBALLZ_DEBUGPY_CONFIG"])
        .vars(&["_ansible_ansiballz_debugpy_config"])
        .since("2.20")
        .without_effect(),
    setting("_ANSIBALLZ_PYDEVD_CONFIG", "Debugger set-up of Python modules (pydevd).")
        .env(&["_ANSIBLE_ANSIBALLZ_PYDEVD_CONFIG"])
        .vars(&["_ansible_ansiballz_pydevd_config"])
        .since("2.20")
        .without_effect(),
    setting("_MODULE_METADATA", "Add internal data to results of modules.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["_ANSIBLE_MODULE_METADATA"])
        .since("2.19")
        .without_effect(),
];
