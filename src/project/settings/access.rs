//! The settings that the engine and the tools use, each under a name of its own and with its type.

use std::path::PathBuf;

use super::{Resolved, Settings, find};
use crate::data::Value;

macro_rules! settings {
    ($($method:ident -> $type:ty: $convert:ident($name:literal),)*) => {
        impl Settings {
            $(
                #[doc = concat!("`", $name, "`")]
                pub fn $method(&self) -> $type {
                    $convert(self.value($name))
                }
            )*
        }

        /// The names that have a method; a test checks that each is in the table.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$($name),*];
    };
}

settings! {
    forks -> i64: int("DEFAULT_FORKS"),
    roles_path -> Vec<PathBuf>: paths("DEFAULT_ROLES_PATH"),
    collections_paths -> Vec<PathBuf>: paths("COLLECTIONS_PATHS"),
    collections_scan_sys_path -> bool: flag("COLLECTIONS_SCAN_SYS_PATH"),
    module_path -> Vec<PathBuf>: paths("DEFAULT_MODULE_PATH"),
    module_utils_path -> Vec<PathBuf>: paths("DEFAULT_MODULE_UTILS_PATH"),
    ansible_home -> PathBuf: path("ANSIBLE_HOME"),
    inventory_sources -> Vec<String>: texts("DEFAULT_HOST_LIST"),
    inventory_enabled -> Vec<String>: texts("INVENTORY_ENABLED"),
    inventory_ignore_extensions -> Vec<String>: texts("INVENTORY_IGNORE_EXTS"),
    inventory_ignore_patterns -> Vec<String>: texts("INVENTORY_IGNORE_PATTERNS"),
    inventory_any_unparsed_is_failed -> bool: flag("INVENTORY_ANY_UNPARSED_IS_FAILED"),
    inventory_unparsed_is_failed -> bool: flag("INVENTORY_UNPARSED_IS_FAILED"),
    inventory_unparsed_warning -> bool: flag("INVENTORY_UNPARSED_WARNING"),
    inventory_export -> bool: flag("INVENTORY_EXPORT"),
    transform_invalid_group_chars -> &str: text("TRANSFORM_INVALID_GROUP_CHARS"),
    host_pattern_mismatch -> &str: text("HOST_PATTERN_MISMATCH"),
    yaml_filename_extensions -> Vec<String>: texts("YAML_FILENAME_EXTENSIONS"),
    localhost_warning -> bool: flag("LOCALHOST_WARNING"),
    host_key_checking -> bool: flag("HOST_KEY_CHECKING"),
    transport -> &str: text("DEFAULT_TRANSPORT"),
    remote_user -> Option<&str>: optional("DEFAULT_REMOTE_USER"),
    remote_port -> Option<i64>: optional_int("DEFAULT_REMOTE_PORT"),
    private_key_file -> Option<PathBuf>: optional_path("DEFAULT_PRIVATE_KEY_FILE"),
    timeout -> i64: int("DEFAULT_TIMEOUT"),
    ask_pass -> bool: flag("DEFAULT_ASK_PASS"),
    connection_password_file -> Option<PathBuf>: optional_path("CONNECTION_PASSWORD_FILE"),
    pipelining -> bool: flag("ANSIBLE_PIPELINING"),
    executable -> &str: text("DEFAULT_EXECUTABLE"),
    interpreter_python -> &str: text("INTERPRETER_PYTHON"),
    interpreter_python_fallback -> Vec<String>: texts("INTERPRETER_PYTHON_FALLBACK"),
    keep_remote_files -> bool: flag("DEFAULT_KEEP_REMOTE_FILES"),
    local_tmp -> PathBuf: path("DEFAULT_LOCAL_TMP"),
    no_target_syslog -> bool: flag("DEFAULT_NO_TARGET_SYSLOG"),
    syslog_facility -> &str: text("DEFAULT_SYSLOG_FACILITY"),
    selinux_special_fs -> Vec<String>: texts("DEFAULT_SELINUX_SPECIAL_FS"),
    become_by_default -> bool: flag("DEFAULT_BECOME"),
    become_method -> &str: text("DEFAULT_BECOME_METHOD"),
    become_user -> Option<&str>: optional("DEFAULT_BECOME_USER"),
    become_exe -> Option<&str>: optional("DEFAULT_BECOME_EXE"),
    become_flags -> Option<&str>: optional("DEFAULT_BECOME_FLAGS"),
    become_ask_pass -> bool: flag("DEFAULT_BECOME_ASK_PASS"),
    become_password_file -> Option<PathBuf>: optional_path("BECOME_PASSWORD_FILE"),
    become_allow_same_user -> bool: flag("BECOME_ALLOW_SAME_USER"),
    agnostic_become_prompt -> bool: flag("AGNOSTIC_BECOME_PROMPT"),
    ask_vault_pass -> bool: flag("DEFAULT_ASK_VAULT_PASS"),
    vault_identity -> &str: text("DEFAULT_VAULT_IDENTITY"),
    vault_identity_list -> Vec<String>: texts("DEFAULT_VAULT_IDENTITY_LIST"),
    vault_encrypt_identity -> Option<&str>: optional("DEFAULT_VAULT_ENCRYPT_IDENTITY"),
    vault_encrypt_salt -> Option<&str>: optional("VAULT_ENCRYPT_SALT"),
    vault_id_match -> bool: flag("DEFAULT_VAULT_ID_MATCH"),
    vault_password_file -> Option<PathBuf>: optional_path("DEFAULT_VAULT_PASSWORD_FILE"),
    gathering -> &str: text("DEFAULT_GATHERING"),
    hash_behaviour -> &str: text("DEFAULT_HASH_BEHAVIOUR"),
    inject_facts_as_vars -> bool: flag("INJECT_FACTS_AS_VARS"),
    facts_modules -> Vec<String>: texts("FACTS_MODULES"),
    cache_plugin -> &str: text("CACHE_PLUGIN"),
    cache_plugin_connection -> Option<&str>: optional("CACHE_PLUGIN_CONNECTION"),
    cache_plugin_prefix -> &str: text("CACHE_PLUGIN_PREFIX"),
    cache_plugin_timeout -> i64: int("CACHE_PLUGIN_TIMEOUT"),
    duplicate_yaml_dict_key -> &str: text("DUPLICATE_YAML_DICT_KEY"),
    playbook_vars_root -> &str: text("PLAYBOOK_VARS_ROOT"),
    run_vars_plugins -> &str: text("RUN_VARS_PLUGINS"),
    variable_precedence -> Vec<String>: texts("VARIABLE_PRECEDENCE"),
    variable_plugins_enabled -> Vec<String>: texts("VARIABLE_PLUGINS_ENABLED"),
    any_errors_fatal -> bool: flag("ANY_ERRORS_FATAL"),
    force_handlers -> bool: flag("DEFAULT_FORCE_HANDLERS"),
    error_on_missing_handler -> bool: flag("ERROR_ON_MISSING_HANDLER"),
    invalid_task_attribute_failed -> bool: flag("INVALID_TASK_ATTRIBUTE_FAILED"),
    strategy -> &str: text("DEFAULT_STRATEGY"),
    no_log -> bool: flag("DEFAULT_NO_LOG"),
    poll_interval -> i64: int("DEFAULT_POLL_INTERVAL"),
    private_role_vars -> bool: flag("DEFAULT_PRIVATE_ROLE_VARS"),
    task_timeout -> i64: int("TASK_TIMEOUT"),
    playbook_dir -> Option<PathBuf>: optional_path("PLAYBOOK_DIR"),
    retry_files_enabled -> bool: flag("RETRY_FILES_ENABLED"),
    retry_files_save_path -> Option<PathBuf>: optional_path("RETRY_FILES_SAVE_PATH"),
    tags_run -> Vec<String>: texts("TAGS_RUN"),
    tags_skip -> Vec<String>: texts("TAGS_SKIP"),
    enable_task_debugger -> bool: flag("ENABLE_TASK_DEBUGGER"),
    task_debugger_ignore_errors -> bool: flag("TASK_DEBUGGER_IGNORE_ERRORS"),
    module_name -> &str: text("DEFAULT_MODULE_NAME"),
    module_args -> Option<&str>: optional("DEFAULT_MODULE_ARGS"),
    allow_broken_conditionals -> bool: flag("ALLOW_BROKEN_CONDITIONALS"),
    allow_embedded_templates -> bool: flag("ALLOW_EMBEDDED_TEMPLATES"),
    managed_text -> &str: text("DEFAULT_MANAGED_STR"),
    jinja2_extensions -> Vec<String>: texts("DEFAULT_JINJA2_EXTENSIONS"),
    stdout_callback -> &str: text("DEFAULT_STDOUT_CALLBACK"),
    callbacks_enabled -> Vec<String>: texts("CALLBACKS_ENABLED"),
    load_callback_plugins -> bool: flag("DEFAULT_LOAD_CALLBACK_PLUGINS"),
    display_args_to_stdout -> bool: flag("DISPLAY_ARGS_TO_STDOUT"),
    display_skipped_hosts -> bool: flag("DISPLAY_SKIPPED_HOSTS"),
    show_custom_stats -> bool: flag("SHOW_CUSTOM_STATS"),
    action_warnings -> bool: flag("ACTION_WARNINGS"),
    system_warnings -> bool: flag("SYSTEM_WARNINGS"),
    deprecation_warnings -> bool: flag("DEPRECATION_WARNINGS"),
    force_color -> bool: flag("ANSIBLE_FORCE_COLOR"),
    no_color -> bool: flag("ANSIBLE_NOCOLOR"),
    diff_always -> bool: flag("DIFF_ALWAYS"),
    diff_context -> i64: int("DIFF_CONTEXT"),
    max_file_size_for_diff -> i64: int("MAX_FILE_SIZE_FOR_DIFF"),
    verbosity -> i64: int("DEFAULT_VERBOSITY"),
    verbose_to_stderr -> bool: flag("VERBOSE_TO_STDERR"),
    log_path -> Option<PathBuf>: optional_path("DEFAULT_LOG_PATH"),
    editor -> &str: text("EDITOR"),
    pager -> &str: text("PAGER"),
}

impl Settings {
    /// A color of the output, as `bright red`: `color("CHANGED")` is the setting `COLOR_CHANGED`.
    pub fn color(&self, part: &str) -> &str {
        text(self.value(&format!("COLOR_{part}")))
    }

    /// Folders with further plugins of a type: `plugin_path("filter")`.
    pub fn plugin_path(&self, plugin_type: &str) -> Vec<PathBuf> {
        let plugin_type = plugin_type.to_uppercase();
        let names = [format!("DEFAULT_{plugin_type}_PLUGIN_PATH"), format!("{plugin_type}_PLUGIN_PATH")];
        names.iter().find_map(|name| self.get(name)).map(|found| paths(&found.value)).unwrap_or_default()
    }

    /// One of muster's own settings, as `MUSTER_LIVE`.
    pub fn own(&self, name: &str) -> Option<&Resolved> {
        find(&self.own, name)
    }

    fn value(&self, name: &str) -> &Value {
        static NULL: Value = Value::NULL;
        self.get(name).map_or(&NULL, |resolved| &resolved.value)
    }
}

fn flag(value: &Value) -> bool {
    match value.as_str() {
        Some(text) => super::is_true(text),
        None => value.is_truthy(),
    }
}

fn int(value: &Value) -> i64 {
    value.as_int().unwrap_or_default()
}

fn optional_int(value: &Value) -> Option<i64> {
    value.as_int()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn optional(value: &Value) -> Option<&str> {
    value.as_str()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_items().unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn path(value: &Value) -> PathBuf {
    PathBuf::from(text(value))
}

fn optional_path(value: &Value) -> Option<PathBuf> {
    value.as_str().map(PathBuf::from)
}

fn paths(value: &Value) -> Vec<PathBuf> {
    texts(value).into_iter().map(PathBuf::from).collect()
}
