//! `include_vars`: variables from a file or a folder.

use std::path::{Path, PathBuf};

use crate::args::{ArgSpec, Args};
use crate::data::python::regex::{Flags, Pattern};
use crate::data::{Data, Map, Trust, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::event::Event;
use crate::engine::result::{Effects, Show, TaskResult};
use crate::project::playbook::load::is_reserved;
use crate::project::vars::{HashBehaviour, merge};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.include_vars",
    summary: "Load variables from files, dynamically within a task",
    spec: Some(SPEC),
    traits: ActionTraits { free_form: true, ..ActionTraits::NONE },
    run: |call| Box::pin(async { run(call) }),
};

#[derive(Args)]
struct IncludeVarsArgs {
    /// The file.
    #[arg(name = "_raw_params", alias = "free-form")]
    raw: Option<String>,
    /// The file.
    file: Option<String>,
    /// A folder, all files of which are read in the order of their names.
    dir: Option<String>,
    /// Put the variables into this one.
    name: Option<String>,
    /// How deep below the folder; 0 is all the way.
    #[arg(default = 0)]
    depth: i64,
    /// Only files with a name that this pattern finds.
    files_matching: Option<String>,
    /// Not files with these names.
    ignore_files: Option<Vec<String>>,
    /// Extensions that are read. A text counts as the list of its letters.
    #[arg(kind = "raw")]
    extensions: Option<Value>,
    /// Pass over files with another extension instead of failing.
    #[arg(default = false)]
    ignore_unknown_extensions: bool,
    /// `replace` or `merge`, instead of the setting.
    hash_behaviour: Option<String>,
}

const SPEC: &ArgSpec = IncludeVarsArgs::SPEC;
/// Options that make sense for a file alone, and for a folder alone.
const FOR_FILES: &[&str] = &["file", "_raw_params"];
const FOR_FOLDERS: &[&str] =
    &["dir", "depth", "files_matching", "ignore_files", "extensions", "ignore_unknown_extensions"];
const NOTHING_NAMED: &str = "Could not find file on the Ansible Controller.\nIf you are using a module and expect the file to exist on the remote, see the remote_src option";
const USUAL_EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// What was read.
#[derive(Default)]
struct Found {
    /// Which endings are read.
    extensions: Vec<String>,
    variables: Map,
    files: Vec<String>,
    /// Something of it was encrypted as a whole.
    secret: bool,
}

fn run(call: &mut ActionCall<'_>) -> Outcome {
    for key in call.args.keys() {
        let known = key.as_str().is_some_and(|key| SPEC.find(key).is_some());
        if !known {
            let shown = python::str(key);
            return Err(ActionError::new(format!("{shown} is not a valid option in include_vars")));
        }
    }
    let given = |names: &[&str]| call.args.keys().any(|key| key.as_str().is_some_and(|key| names.contains(&key)));
    if given(FOR_FOLDERS) && given(FOR_FILES) {
        return Err(ActionError::new("You are mixing file only and dir only arguments, these are incompatible"));
    }
    call.check_args(SPEC, "include_vars")?;
    let args = IncludeVarsArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let file = args.file.clone().or_else(|| args.raw.clone());
    let pattern = args.files_matching.as_deref().map(|pattern| Pattern::new(pattern, Flags::default()));
    let pattern = pattern.transpose().map_err(|error| ActionError::new(error.to_string()))?;
    let mut found = Found { extensions: extensions(&args)?, ..Found::default() };
    let read = match (&args.dir, &file) {
        (Some(dir), _) => folder(call, &args, dir, pattern.as_ref(), &mut found),
        (None, Some(file)) => single(call, &args, file, &mut found),
        (None, None) => Err(NOTHING_NAMED.to_owned()),
    };
    if read.is_err() {
        found.variables = Map::new();
    }
    let variables = match &args.name {
        Some(name) => Map::from([(name.as_str(), Value::from(found.variables))]),
        None => found.variables,
    };
    let variables = match args.hash_behaviour.as_deref() {
        Some("merge") => merged(call, variables),
        _ => variables,
    };
    warn_reserved(call, &variables);
    let shown = variables.clone();
    let mut output = Map::from([
        ("ansible_facts", Value::from(shown)),
        ("ansible_included_var_files", Value::list(found.files.into_iter().map(Value::from))),
        ("changed", Value::from(false)),
    ]);
    let show = Show { never: true, censored: found.secret, ..Show::default() };
    match read {
        Ok(()) => {
            let effects = Effects { variables: Some(variables), included: true, ..Effects::default() };
            Ok(TaskResult { effects: vec![effects], show, ..TaskResult::of(output) })
        }
        Err(message) => {
            output.insert("failed", true);
            output.insert("message", message);
            Ok(TaskResult::of(output))
        }
    }
}

/// Variables that have the name of a keyword or a function of templates.
fn warn_reserved(call: &ActionCall<'_>, variables: &Map) {
    for key in variables.keys() {
        let Some(name) = key.as_str().filter(|name| *name != "vars" && is_reserved(name)) else { continue };
        let warning = Diagnostic::new(format!("Found variable using reserved name '{name}'.")).at(&key.origin);
        call.shared.outbox.put(Event::Warning(warning));
    }
}

/// Mappings with what the variables hold already.
fn merged(call: &ActionCall<'_>, variables: Map) -> Map {
    let scope = call.templar.scope();
    let with_known = |(name, value): (Value, Value)| {
        let known = name.as_str().and_then(|name| scope.variable(name));
        match known.filter(|known| known.as_map().is_some() && value.as_map().is_some()) {
            Some(known) => (name, crate::project::vars::merge::values(&known, &value)),
            None => (name, value),
        }
    };
    variables.into_iter().map(with_known).collect()
}

fn extensions(args: &IncludeVarsArgs) -> Result<Vec<String>, ActionError> {
    match args.extensions.as_ref().map(|value| (&value.data, value.as_items())) {
        None => Ok(USUAL_EXTENSIONS.iter().map(|usual| (*usual).to_owned()).collect()),
        Some((Data::Text(text), _)) => Ok(text.chars().map(String::from).collect()),
        Some((_, Some(items))) => Ok(items.iter().map(python::str).collect()),
        Some(_) => Err(ActionError::told("Invalid type for \"extensions\" option, it must be a list")),
    }
}

fn single(call: &ActionCall<'_>, args: &IncludeVarsArgs, file: &str, found: &mut Found) -> Result<(), String> {
    let path = call.find("vars", file).map_err(|error| error.message)?;
    read(call, args, &path, found)
}

/// The files of a folder, each level in the order of names.
fn folder(
    call: &ActionCall<'_>,
    args: &IncludeVarsArgs,
    dir: &str,
    pattern: Option<&Pattern>,
    found: &mut Found,
) -> Result<(), String> {
    let root = folder_path(call, dir);
    if !root.exists() {
        return Err(format!("{} directory does not exist", root.display()));
    }
    if !root.is_dir() {
        return Err(format!("{} is not a directory", root.display()));
    }
    let mut level = vec![root];
    let mut depth = 0;
    while !level.is_empty() && (args.depth == 0 || depth < args.depth) {
        let mut below = Vec::new();
        for folder in level {
            for path in entries(&folder) {
                if path.is_dir() {
                    below.push(path);
                    continue;
                }
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let wanted = pattern.is_none_or(|pattern| pattern.search(&name).is_ok_and(|found| found.is_some()));
                let ignored = args.ignore_files.iter().flatten().any(|ignored| name.ends_with(ignored.as_str()));
                if wanted && !ignored && has_known_ending(args, &path, found)? {
                    read(call, args, &path, found)?;
                }
            }
        }
        level = below;
        depth += 1;
    }
    Ok(())
}

/// A relative folder is below `vars` of the role, or beside the task's file.
fn folder_path(call: &ActionCall<'_>, dir: &str) -> PathBuf {
    let path = call.shared.environment.expand_home(dir);
    if path.is_absolute() {
        return path;
    }
    let role = call.ground.task.scope.role().map(|role| role.path.clone());
    if let Some(role) = role {
        let below = role.join("vars").join(&path);
        return if dir.split('/').next() == Some("vars") { role.join(&path) } else { below };
    }
    call.ground.search.first().cloned().unwrap_or_else(|| call.play.base_dir.clone()).join(path)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// Whether a file of a folder is read; one that is not may be a mistake.
fn has_known_ending(args: &IncludeVarsArgs, path: &Path, found: &Found) -> Result<bool, String> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
    let known = ending.is_some_and(|ending| found.extensions.contains(&ending));
    if !known && !args.ignore_unknown_extensions {
        let extensions = found.extensions.join(", ");
        return Err(format!("{} does not have a valid extension: {extensions}", path.display()));
    }
    Ok(known)
}

fn read(call: &ActionCall<'_>, args: &IncludeVarsArgs, path: &Path, found: &mut Found) -> Result<(), String> {
    let shown = path.display();
    let document = call.shared.reader.document(path, Trust::Template).map_err(|error: Diagnostic| error.joined())?;
    found.secret |= std::fs::read(path).is_ok_and(|bytes| crate::data::vault::is_vaulted(&bytes));
    let map = match &document.data {
        Data::Map(map) => map.clone(),
        _ if !document.is_truthy() => std::sync::Arc::default(),
        _ => return Err(format!("{shown} must be stored as a dictionary/hash")),
    };
    match args.hash_behaviour.as_deref() {
        Some("merge") => merge::add(&mut found.variables, &map, HashBehaviour::Merge),
        _ => found.variables.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
    }
    found.files.push(shown.to_string());
    Ok(())
}
