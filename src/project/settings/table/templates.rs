//! Templates and conditions.

use super::super::declare::{Default, Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting("ALLOW_BROKEN_CONDITIONALS", "Take conditions whose result is no boolean.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_ALLOW_BROKEN_CONDITIONALS"])
        .ini(&[("defaults", "allow_broken_conditionals")])
        .since("2.19"),
    setting("ALLOW_EMBEDDED_TEMPLATES", "Render templates inside conditions and lookup terms.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_ALLOW_EMBEDDED_TEMPLATES"])
        .ini(&[("defaults", "allow_embedded_templates")])
        .since("2.19"),
    setting("DEFAULT_ALLOW_UNSAFE_LOOKUPS", "Treat what lookups return as templates.")
        .kind("boolean")
        .default(Default::Bool(false))
        .ini(&[("defaults", "allow_unsafe_lookups")])
        .since("2.2.3")
        .deprecated("2.23"),
    setting("DEFAULT_FILTER_PLUGIN_PATH", "Folders with further filter plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/filter:/usr/share/ansible/plugins/filter"))
        .env(&["ANSIBLE_FILTER_PLUGINS"])
        .ini(&[("defaults", "filter_plugins")])
        .without_effect(),
    setting("DEFAULT_JINJA2_EXTENSIONS", "Additional extensions of the template language.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_JINJA2_EXTENSIONS"])
        .ini(&[("defaults", "jinja2_extensions")])
        .deprecated("2.23")
        .without_effect(),
    setting("DEFAULT_JINJA2_NATIVE", "Without effect: results always keep their types.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_JINJA2_NATIVE"])
        .ini(&[("defaults", "jinja2_native")])
        .since("2.7")
        .deprecated("2.23")
        .without_effect(),
    setting("DEFAULT_LOOKUP_PLUGIN_PATH", "Folders with further lookup plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/lookup:/usr/share/ansible/plugins/lookup"))
        .env(&["ANSIBLE_LOOKUP_PLUGINS"])
        .ini(&[("defaults", "lookup_plugins")])
        .without_effect(),
    setting("DEFAULT_MANAGED_STR", "The value of the variable `ansible_managed`.")
        .default(Default::Text("Ansible managed"))
        .ini(&[("defaults", "ansible_managed")])
        .deprecated("2.23"),
    setting("DEFAULT_NULL_REPRESENTATION", "Without effect.")
        .kind("raw")
        .env(&["ANSIBLE_NULL_REPRESENTATION"])
        .ini(&[("defaults", "null_representation")])
        .deprecated("2.23")
        .without_effect(),
    setting("DEFAULT_TEST_PLUGIN_PATH", "Folders with further test plugins.")
        .kind("pathspec")
        .default(Default::BelowHome("/plugins/test:/usr/share/ansible/plugins/test"))
        .env(&["ANSIBLE_TEST_PLUGINS"])
        .ini(&[("defaults", "test_plugins")])
        .without_effect(),
    setting("DEFAULT_UNDEFINED_VAR_BEHAVIOR", "Without effect: undefined variables are errors.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_ERROR_ON_UNDEFINED_VARS"])
        .ini(&[("defaults", "error_on_undefined_vars")])
        .since("1.3")
        .deprecated("2.23")
        .without_effect(),
    setting("STRING_TYPE_FILTERS", "Without effect.")
        .kind("list")
        .default(Default::Texts(&["string", "to_json", "to_nice_json", "to_yaml", "to_nice_yaml", "ppretty", "json"]))
        .env(&["ANSIBLE_STRING_TYPE_FILTERS"])
        .ini(&[("jinja2", "dont_type_filters")])
        .deprecated("2.23")
        .without_effect(),
    setting("_TEMPLAR_SANDBOX_MODE", "How far templates may reach into objects.")
        .kind("choices")
        .default(Default::Text("default"))
        .env(&["_ANSIBLE_TEMPLAR_SANDBOX_MODE"])
        .choices(&["default", "allow_unsafe_attributes"])
        .deprecated("2.23")
        .without_effect(),
    setting("_TEMPLAR_UNKNOWN_TYPE_CONVERSION", "What happens when a result has a type that variables cannot have.")
        .kind("choices")
        .default(Default::Text("warning"))
        .env(&["_ANSIBLE_TEMPLAR_UNKNOWN_TYPE_CONVERSION"])
        .choices(&["error", "warning", "ignore"])
        .since("2.19")
        .without_effect(),
    setting("_TEMPLAR_UNKNOWN_TYPE_ENCOUNTERED", "What happens when a template meets an unknown type.")
        .kind("choices")
        .default(Default::Text("ignore"))
        .env(&["_ANSIBLE_TEMPLAR_UNKNOWN_TYPE_ENCOUNTERED"])
        .choices(&["error", "warning", "ignore"])
        .since("2.19")
        .without_effect(),
    setting("_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR", "What happens when text that is not trusted holds a template.")
        .kind("choices")
        .default(Default::Text("ignore"))
        .env(&["_ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR"])
        .choices(&["error", "warning", "ignore"])
        .since("2.19")
        .without_effect(),
];
