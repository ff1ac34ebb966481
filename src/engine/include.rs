//! Dynamic includes: after all hosts of a turn have named what they include, equal includes are
//! loaded once and become fragments of the plan.

use std::path::PathBuf;
use std::sync::Arc;

use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::playbook::load::{
    Loading, RoleUse, apply_scope, handlers_of_role, load_role, load_tasks, nodes_of_role,
};
use crate::project::playbook::{Keywords, Node, Role, Scope, ScopeKind, Task};

use super::ground::PlayGround;
use super::load_world::RunWorld;
use super::result::Include;

/// An include and the hosts that asked for it.
#[derive(Debug)]
pub struct Group<H> {
    pub include: Include,
    pub hosts: Vec<H>,
}

/// What an include brought.
pub struct Brought {
    /// As the `included:` line names it.
    pub name: String,
    pub nodes: Vec<Node>,
    pub handlers: Vec<Node>,
    /// The role of an `include_role`, whose variables may be for all.
    pub role: Option<Arc<Role>>,
}

/// Why there is nothing to include.
pub enum Trouble {
    /// The hosts that asked fail.
    Hosts(Diagnostic),
    /// The run ends.
    Run(Diagnostic),
}

/// Puts equal includes together, in the order in which they were asked for. A host may ask for the
/// same thing twice, which then runs twice.
pub fn grouped<H: PartialEq + Copy>(asked: impl IntoIterator<Item = (H, Vec<Include>)>) -> Vec<Group<H>> {
    let mut groups: Vec<Group<H>> = Vec::new();
    for (host, includes) in asked {
        for include in includes {
            let same = groups.iter_mut().find(|group| {
                group.include.args == include.args
                    && group.include.variables == include.variables
                    && !group.hosts.contains(&host)
            });
            match same {
                Some(group) => group.hosts.push(host),
                None => groups.push(Group { include, hosts: vec![host] }),
            }
        }
    }
    groups
}

/// Loads what a task includes.
pub fn bring(
    play: &Arc<PlayGround>,
    task: &Arc<Task>,
    include: &Include,
    is_role: bool,
    is_handler: bool,
) -> Result<Brought, Trouble> {
    let world = RunWorld::new(Arc::clone(&play.shared), play.base_dir.clone());
    let loading = Loading::new(&world, play.base_dir.clone());
    let brought =
        if is_role { role(&loading, task, include) } else { tasks(play, &loading, task, include, is_handler) };
    brought.map_err(|error| if error.kind == Kind::Parse { Trouble::Run(error) } else { Trouble::Hosts(error) })
}

/// The link between the include and what it brings. Its own keywords are not inherited; its
/// variables, and those of the loop, are.
fn link(task: &Task, include: &Include, dir: PathBuf) -> Arc<Scope> {
    let own = &task.scope;
    let mut vars = own.vars.as_deref().cloned().unwrap_or_default();
    vars.extend(include.variables.iter().map(|(key, value)| (key.clone(), value.clone())));
    Arc::new(Scope {
        kind: ScopeKind::DynamicInclude,
        name: None,
        keywords: Keywords::default(),
        vars: Some(Arc::new(vars)),
        role: None,
        parent: own.parent.clone(),
        dir: Arc::new(dir),
        origin: own.origin.clone(),
    })
}

/// The scope that `apply` puts below the link.
fn applied(loading: &Loading<'_>, link: Arc<Scope>, args: &Map) -> Result<Arc<Scope>, Diagnostic> {
    match args.get("apply") {
        Some(apply) if !apply.is_null() => apply_scope(loading, apply, &link),
        _ => Ok(link),
    }
}

fn tasks(
    play: &Arc<PlayGround>,
    loading: &Loading<'_>,
    task: &Arc<Task>,
    include: &Include,
    is_handler: bool,
) -> Result<Brought, Diagnostic> {
    let name = include.args.get("_raw_params").map(python::str).unwrap_or_default();
    let path = locate(play, task, &name, is_handler);
    if !path.exists() {
        return Err(missing(&path));
    }
    let document = crate::project::playbook::load::LoadWorld::document(loading.world, &path)?;
    if !matches!(document.data, Data::List(_) | Data::Null) {
        return Err(Diagnostic::new("included task files must contain a list of tasks"));
    }
    let link = link(task, include, path.parent().map(PathBuf::from).unwrap_or_default());
    let scope = applied(loading, link, &include.args)?;
    let nodes = load_tasks(loading, &path, &scope, is_handler)?;
    Ok(Brought { name: path.display().to_string(), nodes, handlers: loading.take_imported_handlers(), role: None })
}

fn role(loading: &Loading<'_>, task: &Arc<Task>, include: &Include) -> Result<Brought, Diagnostic> {
    let link = link(task, include, (*task.scope.dir).clone());
    let scope = applied(loading, link, &include.args)?;
    let mut action = task.action.clone();
    action.args = include.args.clone();
    let rendered = Task { scope: Arc::clone(&task.scope), action, looping: None, listen: Vec::new() };
    let usage = RoleUse::included(&rendered, &scope, true, loading)?;
    let body = load_role(loading, &usage)?;
    let mut handlers = Vec::new();
    handlers_of_role(&body, &mut handlers);
    handlers.extend(loading.take_imported_handlers());
    let name = include.args.get("name").or_else(|| include.args.get("role")).map(python::str).unwrap_or_default();
    Ok(Brought { name, nodes: nodes_of_role(&body), handlers, role: Some(Arc::clone(&body.role)) })
}

/// A relative name is looked for beside the files that lead here, then in the role, then beside the
/// playbook.
fn locate(play: &PlayGround, task: &Task, name: &str, is_handler: bool) -> PathBuf {
    let environment = &play.shared.environment;
    let name = environment.expand_home(name);
    let mut places: Vec<PathBuf> = Vec::new();
    for link in task.scope.chain() {
        if matches!(link.kind, ScopeKind::Include | ScopeKind::DynamicInclude) {
            places.push((*link.dir).clone());
        }
    }
    match task.scope.role() {
        Some(role) => {
            places.push(role.path.join(if is_handler { "handlers" } else { "tasks" }));
            places.push(role.path.clone());
            if is_handler {
                places.push(role.path.join("tasks"));
            }
        }
        None => places.push(play.base_dir.clone()),
    }
    let candidates: Vec<PathBuf> = places.iter().map(|place| super::world::tidy(&place.join(&name))).collect();
    let fallback = match task.scope.role() {
        Some(role) => role.path.join(if is_handler { "handlers" } else { "tasks" }).join(&name),
        None => play.base_dir.join(&name),
    };
    candidates.into_iter().find(|path| path.exists()).unwrap_or_else(|| super::world::tidy(&fallback))
}

fn missing(path: &std::path::Path) -> Diagnostic {
    let path = path.display();
    let absent = format!("Could not find or access '{path}' on the Ansible Controller.");
    Diagnostic::new(absent.clone()).caused_by(Diagnostic::new(format!(
        "Unable to retrieve file contents.\n{absent}\nIf you are using a module and expect the file to exist on the remote, see the remote_src option: [Errno 2] No such file or directory: '{path}'"
    )))
}

/// The includes that a loop's or a single result asks for: from the rendered arguments.
pub fn asked(args: &Map) -> Include {
    Include { args: args.clone(), variables: Map::new(), label: None }
}

/// Whether the arguments name a file at all.
pub fn names_file(args: &Map) -> bool {
    args.get("_raw_params").is_some_and(|file| !matches!(file.data, Data::Null) && file.is_truthy())
}

/// The file of an include, as results show it.
pub fn shown(args: &Map) -> Value {
    args.get("_raw_params").cloned().unwrap_or_default()
}
