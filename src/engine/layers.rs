//! The variables of a task: what its place in the text gives, the same for every host.

use std::path::PathBuf;
use std::sync::Arc;

use crate::data::{Map, Value};
use crate::project::playbook::{Keyword, Role, Scope, ScopeKind, Task};
use crate::project::vars::magic::RoleFacts;
use crate::project::vars::{Layer, Level};

use super::shared::RunOptions;

/// A task and all that follows from where it stands.
pub struct Ground {
    pub task: Arc<Task>,
    /// Variables of its blocks, includes and roles, and its own.
    pub layers: Vec<Layer>,
    /// Folders in which relative names are looked for, the nearest first.
    pub search: Vec<PathBuf>,
}

impl Ground {
    pub fn new(task: &Arc<Task>, base_dir: &std::path::Path, options: &RunOptions) -> Self {
        let search = search_folders(&task.scope);
        let mut layers = vec![(Level::RoleDefaults, Arc::new(connection_variables(&task.scope, options)))];
        layers.extend(scope_layers(&task.scope));
        // An include sees its own variables as strong as what it includes will.
        if super::names::is_include_action(&task.action.name)
            && let Some(vars) = &task.scope.vars
        {
            layers.push((Level::IncludeParams, Arc::clone(vars)));
        }
        let mut shown: Vec<Value> = search.iter().map(|path| path_value(path)).collect();
        if !search.iter().any(|path| path == base_dir) {
            shown.push(path_value(base_dir));
        }
        let magic = [("ansible_search_path", Value::list(shown)), ("environment", environments(&task.scope))];
        layers.push((Level::Magic, Arc::new(Map::from(magic))));
        Self { task: Arc::clone(task), layers, search }
    }
}

/// What keywords and command line say about the connection is known as variables, the weakest of all.
fn connection_variables(scope: &Scope, options: &RunOptions) -> Map {
    let keyword = |keyword: Keyword| scope.find(keyword).map(|(value, _)| value.clone());
    let connection = keyword(Keyword::Connection).unwrap_or_else(|| Value::text(options.connection.as_str()));
    let mut variables = Map::from([("ansible_connection", connection)]);
    let user = keyword(Keyword::RemoteUser).or_else(|| options.command_line.get("user").cloned());
    if let Some(user) = user.filter(|user| !user.is_null()) {
        variables.insert("ansible_user", user);
    }
    if let Some(port) = keyword(Keyword::Port) {
        variables.insert("ansible_port", port);
    }
    variables
}

/// The keyword `environment` of all scopes as it was written, the outermost first.
fn environments(scope: &Scope) -> Value {
    let raw = scope.gather(Keyword::Environment);
    let entries =
        raw.into_iter().flat_map(|value| value.as_items().map_or_else(|| vec![value.clone()], <[Value]>::to_vec));
    Value::list(entries.filter(|entry| !entry.is_null()))
}

fn path_value(path: &std::path::Path) -> Value {
    Value::text(path.to_string_lossy().into_owned())
}

/// The roles that a text is in, the outermost first.
pub fn roles_around(scope: &Scope) -> Vec<Arc<Role>> {
    let mut roles: Vec<Arc<Role>> = Vec::new();
    for role in scope.chain().filter_map(|link| link.role.as_ref()) {
        if !roles.iter().any(|known| Arc::ptr_eq(known, role)) {
            roles.push(Arc::clone(role));
        }
    }
    roles.reverse();
    roles
}

/// Folders of the roles around, innermost first, then the folder of the file that the text is in.
fn search_folders(scope: &Scope) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = roles_around(scope).iter().rev().map(|role| role.path.clone()).collect();
    let own = scope.origin.path().and_then(|path| path.parent()).map_or_else(|| (*scope.dir).clone(), PathBuf::from);
    if !folders.contains(&own) {
        folders.push(own);
    }
    folders
}

/// Variables of a scope chain, without those of the play.
pub fn scope_layers(scope: &Scope) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let roles = roles_around(scope);
    if let Some((role, parents)) = roles.split_last() {
        role_layers(role, parents, &mut layers);
    }
    let mut links: Vec<&Scope> = scope.chain().filter(|link| link.kind != ScopeKind::Play).collect();
    links.reverse();
    for link in links {
        let level = match link.kind {
            ScopeKind::Role => Level::RoleVars,
            ScopeKind::DynamicInclude => Level::IncludeParams,
            ScopeKind::Task | ScopeKind::Handler => Level::TaskVars,
            ScopeKind::Play | ScopeKind::Block | ScopeKind::Include => Level::BlockVars,
        };
        if let Some(vars) = &link.vars {
            layers.push((level, Arc::clone(vars)));
        }
    }
    layers
}

/// What a role's tasks see of roles: its dependencies, those that lead to it, itself.
fn role_layers(role: &Arc<Role>, parents: &[Arc<Role>], layers: &mut Vec<Layer>) {
    for dependency in role.all_dependencies() {
        layers.push((Level::RoleDefaults, Arc::clone(&dependency.defaults)));
    }
    for parent in parents {
        layers.push((Level::RoleDefaults, Arc::clone(&parent.defaults)));
    }
    layers.push((Level::RoleDefaults, Arc::clone(&role.defaults)));
    for parent in parents {
        layers.push((Level::RoleVars, Arc::clone(&parent.vars)));
    }
    for dependency in role.all_dependencies() {
        layers.push((Level::RoleVars, Arc::clone(&dependency.vars)));
    }
    layers.push((Level::RoleVars, Arc::clone(&role.vars)));
    for parent in parents {
        layers.push((Level::RoleParams, Arc::clone(&parent.params)));
    }
    layers.push((Level::RoleParams, Arc::clone(&role.params)));
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let facts = RoleFacts {
        name: role.name.clone(),
        full_name: role.full_name(),
        collection: role.collection.clone(),
        path: text(&role.path),
        uuid: format!("{:016x}", Arc::as_ptr(role).addr()),
        parent_names: parents.iter().rev().map(|parent| parent.full_name()).collect(),
        parent_paths: parents.iter().rev().map(|parent| text(&parent.path)).collect(),
    };
    layers.push((Level::Magic, Arc::new(facts.variables())));
}

/// What a role gives to all tasks of its play, where it is public.
pub fn exported_layers(role: &Arc<Role>, layers: &mut Vec<Layer>) {
    for dependency in role.all_dependencies() {
        layers.push((Level::RoleDefaults, Arc::clone(&dependency.defaults)));
        layers.push((Level::RoleVars, Arc::clone(&dependency.vars)));
    }
    layers.push((Level::RoleDefaults, Arc::clone(&role.defaults)));
    layers.push((Level::RoleVars, Arc::clone(&role.vars)));
}
