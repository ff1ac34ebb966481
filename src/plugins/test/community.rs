//! Tests of community.general.

use crate::data::{Data, Value};
use crate::modules;
use crate::template::{Arguments, Result, Test};

const COLLECTION: &str = "community.general";

pub const TESTS: &[Test] =
    &[Test::plain("a_module", a_module, "Whether there is a module or action of this name.").of(COLLECTION)];

/// What tasks can name that is no module of its own.
const ACTIONS: [&str; 27] = [
    "add_host",
    "assert",
    "debug",
    "fail",
    "fetch",
    "gather_facts",
    "group_by",
    "import_playbook",
    "import_role",
    "import_tasks",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "package",
    "pause",
    "raw",
    "reboot",
    "service",
    "set_fact",
    "set_stats",
    "template",
    "unarchive",
    "validate_argument_spec",
    "wait_for_connection",
    "async_status",
    "assemble",
];

fn a_module(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let Data::Text(name) = &input.data else {
        return Err(format!("unsupported type <class '{}'>", input.type_name()).into());
    };
    let short = ["ansible.builtin.", "ansible.legacy."].iter().find_map(|prefix| name.strip_prefix(prefix));
    let short = short.unwrap_or(name);
    let is_action = ACTIONS.contains(&short);
    let known = |module: &str| module == name.as_str() || module.strip_prefix("ansible.builtin.") == Some(short);
    let mut names = modules::all().flat_map(|module| std::iter::once(&module.name).chain(module.aliases));
    Ok(is_action || names.any(|module| known(module)))
}
