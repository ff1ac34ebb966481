//! Static imports: `import_tasks` and `import_role` are replaced by what they bring. What is dynamic
//! is checked as far as it can be and left to the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::{self, Listing};
use super::role::{self, RoleUse};
use super::task::Parsed;
use super::{Loading, class_of, wrong};
use crate::data::{Data, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Block, Node, Scope, ScopeKind, Task};

/// Options of `include_role` and `import_role`.
const ROLE_OPTIONS: &[&str] = &[
    "name",
    "role",
    "tasks_from",
    "vars_from",
    "defaults_from",
    "handlers_from",
    "apply",
    "public",
    "allow_duplicates",
    "rolespec_validate",
];

/// The nodes that a task stands for.
pub(super) fn expand(
    loading: &Loading<'_>,
    parsed: Parsed,
    origin: &Origin,
    listing: &Listing<'_>,
) -> Result<Vec<Node>, Diagnostic> {
    let Parsed { mut task, resolved } = parsed;
    match resolved.as_ref().map(|action| action.name.as_str()) {
        Some("ansible.builtin.include_tasks") => {
            check_tasks_options(&mut task, origin, true)?;
        }
        Some("ansible.builtin.import_tasks") => {
            check_tasks_options(&mut task, origin, false)?;
            return import_tasks(loading, &task, origin, listing);
        }
        Some("ansible.builtin.include_role") => {
            refuse_in_handlers(&task, origin, listing)?;
            check_role_options(&task, origin, true)?;
        }
        Some("ansible.builtin.import_role") => {
            refuse_in_handlers(&task, origin, listing)?;
            check_role_options(&task, origin, false)?;
            return import_role(loading, &task, origin);
        }
        Some("ansible.builtin.meta") => check_meta(&task, origin, listing)?,
        _ => {}
    }
    Ok(vec![Node::Task(Arc::new(task))])
}

fn refuse_in_handlers(task: &Task, origin: &Origin, listing: &Listing<'_>) -> Result<(), Diagnostic> {
    if listing.handlers {
        return Err(wrong(format!("Using '{}' as a handler is not supported.", task.action.name), origin));
    }
    Ok(())
}

fn check_meta(task: &Task, origin: &Origin, listing: &Listing<'_>) -> Result<(), Diagnostic> {
    if task.action.args.get("_raw_params").and_then(Value::as_str) != Some("end_role") {
        return Ok(());
    }
    if listing.handlers {
        return Err(wrong("Cannot execute 'end_role' from a handler", origin));
    }
    if listing.role.is_none() && listing.parent.role().is_none() {
        let name = task.scope.name.as_ref().map_or_else(|| "meta".to_owned(), python::str);
        let shown = Origin::quoting("<unknown>", format!("TASK: {name} (end_role)"));
        return Err(wrong("Cannot execute 'end_role' from outside of a role", &shown));
    }
    Ok(())
}

/// The file of `include_tasks` and `import_tasks` becomes `_raw_params`, whichever way it is given.
fn check_tasks_options(task: &mut Task, origin: &Origin, dynamic: bool) -> Result<(), Diagnostic> {
    let action = &task.action.name;
    let bad: Vec<_> = task
        .action
        .args
        .keys()
        .filter(|key| !matches!(key.as_str(), Some("_raw_params" | "file" | "apply")))
        .map(python::str)
        .collect();
    if !bad.is_empty() {
        return Err(wrong(format!("Invalid options for {action}: {}", bad.join(",")), origin));
    }
    let args = &mut task.action.args;
    if !args.get("_raw_params").is_some_and(Value::is_truthy) {
        match args.remove("file").filter(Value::is_truthy) {
            Some(file) => {
                args.insert("_raw_params", file);
            }
            None => return Err(wrong(format!("No file specified for {action}"), origin)),
        }
    }
    check_apply(task, origin, dynamic)
}

fn check_apply(task: &Task, origin: &Origin, dynamic: bool) -> Result<(), Diagnostic> {
    let Some(apply) = task.action.args.get("apply") else { return Ok(()) };
    if apply.is_truthy() && !dynamic {
        return Err(wrong(format!("Invalid options for {}: apply", task.action.name), origin));
    }
    if !matches!(apply.data, Data::Map(_)) {
        return Err(wrong(format!("Expected a dict for apply but got {} instead", class_of(apply)), origin));
    }
    Ok(())
}

fn check_role_options(task: &Task, origin: &Origin, dynamic: bool) -> Result<(), Diagnostic> {
    let (args, action) = (&task.action.args, &task.action.name);
    if args.get("name").or_else(|| args.get("role")).is_none_or(Value::is_null) {
        return Err(wrong(format!("'name' is a required field for {action}."), origin));
    }
    let bad: Vec<_> = args
        .keys()
        .filter(|key| !key.as_str().is_some_and(|key| ROLE_OPTIONS.contains(&key)))
        .map(python::str)
        .collect();
    if !bad.is_empty() {
        return Err(wrong(format!("Invalid options for {action}: {}", bad.join(",")), origin));
    }
    for key in ROLE_OPTIONS.iter().filter(|key| key.ends_with("_from")) {
        if let Some(value) = args.get(key).filter(|value| value.as_str().is_none()) {
            return Err(wrong(format!("Expected a string for {key} but got {} instead", class_of(value)), origin));
        }
    }
    check_apply(task, origin, dynamic)
}

/// The scope of an import's keywords and variables, above what it brings.
fn import_scope(task: &Task, dir: &Path) -> Arc<Scope> {
    let own = &task.scope;
    Arc::new(Scope {
        kind: ScopeKind::Include,
        name: own.name.clone(),
        keywords: own.keywords.clone(),
        vars: own.vars.clone(),
        role: None,
        parent: own.parent.clone(),
        dir: Arc::new(dir.to_path_buf()),
        origin: own.origin.clone(),
    })
}

fn import_tasks(
    loading: &Loading<'_>,
    task: &Task,
    origin: &Origin,
    listing: &Listing<'_>,
) -> Result<Vec<Node>, Diagnostic> {
    if task.looping.is_some() {
        return Err(wrong(
            "You cannot use loops on 'import_tasks' statements. You should use 'include_tasks' instead.",
            origin,
        ));
    }
    let name = task.action.args.get("_raw_params").cloned().unwrap_or_default();
    let target = loading.world.render(&name, Some(&task.scope)).map_err(|cause| {
        wrong(format!("Error when evaluating variable in import path {}.", python::repr(&name)), origin)
            .caused_by(cause)
            .hint(
                "When using static imports, ensure that any variables used in their names are defined in vars/vars_files\n\
                 or extra-vars passed in from the command line. Static imports cannot use variables from facts or inventory\n\
                 sources like group or host vars.",
            )
    })?;
    let path = find_import(loading, &python::str(&target), listing);
    let document = loading.world.document(&path)?;
    loading.world.verbose(2, format!("statically imported: {}", path.display()));
    if !document.is_truthy() {
        let shown = path.display();
        loading.warn(format!("file {shown} is empty and had no tasks to include"), &Origin::none());
        return Ok(Vec::new());
    }
    let scope = import_scope(task, path.parent().unwrap_or(Path::new("/")));
    let nodes = loading
        .nested(origin, || nodes_in(loading, &document, &Listing { parent: &scope, file: &path, ..listing.clone() }))?;
    // Handlers are a flat list; tasks keep a block, so that a `when` of the import is one place.
    if listing.handlers {
        return Ok(nodes);
    }
    Ok(vec![Node::Block(Arc::new(Block { scope, block: nodes, rescue: Vec::new(), always: Vec::new() }))])
}

/// The nodes of a file of tasks.
pub(super) fn nodes_of_document(
    loading: &Loading<'_>,
    document: &Value,
    path: &Path,
    parent: &Arc<Scope>,
    handlers: bool,
) -> Result<Vec<Node>, Diagnostic> {
    let role = parent.role().cloned();
    nodes_in(loading, document, &Listing { parent, role: role.as_ref(), handlers, file: path })
}

fn nodes_in(loading: &Loading<'_>, document: &Value, listing: &Listing<'_>) -> Result<Vec<Node>, Diagnostic> {
    if !matches!(document.data, Data::List(_) | Data::Null) {
        return Err(wrong("included task files must contain a list of tasks", &document.origin));
    }
    block::nodes(loading, document, listing, "included tasks", &document.origin)
}

/// A relative name is looked for beside the files that lead here, then in the role, then beside the
/// playbook.
fn find_import(loading: &Loading<'_>, target: &str, listing: &Listing<'_>) -> PathBuf {
    let world = loading.world;
    let subdir = if listing.handlers { "handlers" } else { "tasks" };
    for scope in
        listing.parent.chain().filter(|scope| matches!(scope.kind, ScopeKind::Include | ScopeKind::DynamicInclude))
    {
        let candidate = world.absolute(&scope.dir, target);
        if world.exists(&candidate) {
            return candidate;
        }
    }
    if let Some(role) = listing.role {
        for folder in [role.path.join(subdir), role.path.clone()] {
            let candidate = world.absolute(&folder, target);
            if world.exists(&candidate) {
                return candidate;
            }
        }
    }
    world.absolute(&loading.basedir(), target)
}

fn import_role(loading: &Loading<'_>, task: &Task, origin: &Origin) -> Result<Vec<Node>, Diagnostic> {
    if task.looping.is_some() {
        return Err(wrong(
            "You cannot use loops on 'import_role' statements. You should use 'include_role' instead.",
            origin,
        ));
    }
    let scope = import_scope(task, &task.scope.dir);
    let usage = RoleUse::included(task, &scope, false, loading)?;
    let body = loading.nested(origin, || role::load(loading, &usage))?;
    role::collect_handlers(&body, &mut loading.imported_handlers.borrow_mut());
    Ok(role::nodes_with_dependencies(&body))
}
