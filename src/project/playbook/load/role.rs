//! Roles: finding their folder, reading their files, their dependencies and argument specifications.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::block::{self, Listing, collections_of};
use super::keywords::{Class, Fields, read, warn_reserved};
use super::{Loading, class_of, failed, no_vars, wrong};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Block, Keyword, Keywords, Node, Role, RoleBody, Scope, ScopeKind, Task};

/// How a role comes into a play.
pub struct RoleUse<'a> {
    /// The entry of `roles:` or `dependencies:`: a name or a mapping.
    pub entry: Value,
    /// What it inherits from: the play, the role that depends on it, or the include.
    pub parent: &'a Arc<Scope>,
    /// The role whose dependency it is.
    pub dependent: Option<&'a Arc<Role>>,
    pub from_files: Vec<(String, String)>,
    pub from_include: bool,
    pub allow_duplicates: Option<bool>,
    pub public: bool,
    /// Whether the argument specification is checked first.
    pub validate: bool,
}

impl<'a> RoleUse<'a> {
    /// An entry of a play's `roles:`.
    pub fn listed(entry: &Value, parent: &'a Arc<Scope>) -> Self {
        Self {
            entry: entry.clone(),
            parent,
            dependent: None,
            from_files: Vec::new(),
            from_include: false,
            allow_duplicates: None,
            public: true,
            validate: true,
        }
    }

    /// The role of an `include_role` or `import_role`, its options still templates.
    pub fn included(
        task: &Task,
        scope: &'a Arc<Scope>,
        dynamic: bool,
        loading: &Loading<'_>,
    ) -> Result<Self, Diagnostic> {
        let args = &task.action.args;
        let render = |value: &Value| loading.world.render(value, Some(scope));
        let name = args.get("name").or_else(|| args.get("role")).cloned().unwrap_or_default();
        let mut from_files = Vec::new();
        for folder in ["tasks", "vars", "defaults", "handlers"] {
            if let Some(value) = args.get(&format!("{folder}_from")) {
                from_files.push((folder.to_owned(), python::str(&render(value)?)));
            }
        }
        let flag = |key: &str, default: bool| -> Result<bool, Diagnostic> {
            match args.get(key) {
                None => Ok(default),
                Some(value) => Ok(crate::args::coerce::boolean(&render(value)?).unwrap_or(default)),
            }
        };
        Ok(Self {
            entry: render(&name)?.with_origin(&name.origin),
            parent: scope,
            dependent: None,
            from_files,
            from_include: true,
            allow_duplicates: Some(flag("allow_duplicates", true)?),
            public: flag("public", !dynamic)?,
            validate: flag("rolespec_validate", true)?,
        })
    }
}

/// Loads a role and everything that it brings.
pub(super) fn load(loading: &Loading<'_>, usage: &RoleUse<'_>) -> Result<Arc<RoleBody>, Diagnostic> {
    let entry = &usage.entry;
    let name = role_name(loading, entry, usage.parent)?;
    let origin = block::item_origin(entry).clone();
    let located = locate(loading, &name, usage, &origin)?;
    let fields = match entry.as_map() {
        Some(map) => read(loading, map, &origin, Class::ROLE, &|key| matches!(key, "role" | "name"))?,
        None => Fields { name: None, keywords: Keywords::default(), vars: None, others: Map::new() },
    };
    warn_reserved(loading, fields.others.keys());
    let _unwind = enter(loading, &located.path, &origin)?;
    let role = read_role(loading, usage, located, &fields, &origin)?;
    body(loading, usage, role, fields, &origin)
}

/// The nodes of a role's dependencies, then its own; each role in a block of its own scope.
pub fn nodes_with_dependencies(body: &RoleBody) -> Vec<Node> {
    let mut nodes = Vec::new();
    for dependency in &body.dependencies {
        nodes.extend(nodes_with_dependencies(dependency));
    }
    nodes.push(Node::Block(Arc::new(Block {
        scope: body.scope.clone(),
        block: body.tasks.clone(),
        rescue: Vec::new(),
        always: Vec::new(),
    })));
    nodes
}

/// The handlers of a role's dependencies, then its own.
pub fn collect_handlers(body: &RoleBody, handlers: &mut Vec<Node>) {
    for dependency in &body.dependencies {
        collect_handlers(dependency, handlers);
    }
    handlers.extend(body.handlers.iter().cloned());
}

fn role_name(loading: &Loading<'_>, entry: &Value, parent: &Arc<Scope>) -> Result<String, Diagnostic> {
    let name = match &entry.data {
        Data::Text(_) | Data::Int(_) | Data::Vaulted(_) => entry.clone(),
        Data::Map(map) => match map.get("role").or_else(|| map.get("name")) {
            Some(name) if name.is_truthy() && name.as_str().is_some() => name.clone(),
            _ => return Err(failed("role definitions must contain a role name", block::item_origin(entry))),
        },
        _ => return Err(wrong(format!("Invalid role definition: {}", python::str(entry)), &entry.origin)),
    };
    Ok(python::str(&loading.world.render(&name, Some(parent))?))
}

struct Located {
    name: String,
    collection: Option<String>,
    path: PathBuf,
}

/// The folder of a role: in a collection, in the places of roles, or a path of its own.
fn locate(loading: &Loading<'_>, name: &str, usage: &RoleUse<'_>, origin: &Origin) -> Result<Located, Diagnostic> {
    let world = loading.world;
    let mut collections = collections_of(usage.parent, usage.dependent, None);
    if usage.dependent.is_some() && !collections.iter().any(|name| name == "ansible.legacy") {
        collections.push("ansible.legacy".to_owned());
    }
    if let Some((collection, path)) = world.collection_role(name, &collections) {
        let short = name.rsplit('.').next().unwrap_or(name).to_owned();
        return Ok(Located { name: short, collection: Some(collection), path });
    }
    let mut folders = vec![loading.basedir().join("roles")];
    folders.extend(world.roles_path().iter().cloned());
    folders.extend(usage.dependent.and_then(|role| role.path.parent().map(Path::to_path_buf)));
    folders.push(loading.basedir());
    for folder in &folders {
        let path = world.absolute(folder, name);
        if world.exists(&path) {
            return Ok(Located { name: name.to_owned(), collection: None, path });
        }
    }
    let mut searched = collections;
    searched.extend(folders.iter().map(|folder| folder.display().to_string()));
    Err(failed(format!("the role '{name}' was not found in {}", searched.join(":")), origin))
}

/// Takes the role off the list of those being loaded when its load ends.
struct Unwind<'l, 'a>(&'l Loading<'a>);

impl Drop for Unwind<'_, '_> {
    fn drop(&mut self) {
        self.0.loading_roles.borrow_mut().pop();
    }
}

/// Notes that a role is being loaded; one that is already is a cycle.
fn enter<'l, 'a>(loading: &'l Loading<'a>, path: &Path, origin: &Origin) -> Result<Unwind<'l, 'a>, Diagnostic> {
    let roles = loading.loading_roles.borrow();
    if let Some(first) = roles.iter().position(|(role, _)| role == path) {
        let mut cycle = failed(
            "A recursion loop was detected with the roles specified. Make sure child roles do not have dependencies on parent roles: maximum recursion depth exceeded while calling a Python object",
            origin,
        );
        for (role, place) in &roles[first..] {
            let name = role.file_name().unwrap_or_default().to_string_lossy();
            cycle = cycle.note(format!("role `{name}` is needed here"), place);
        }
        return Err(cycle);
    }
    drop(roles);
    loading.loading_roles.borrow_mut().push((path.to_path_buf(), origin.clone()));
    Ok(Unwind(loading))
}

fn read_role(
    loading: &Loading<'_>,
    usage: &RoleUse<'_>,
    located: Located,
    fields: &Fields,
    origin: &Origin,
) -> Result<Role, Diagnostic> {
    let read_vars = |folder: &str| -> Result<Arc<Map>, Diagnostic> {
        let from = from_file(usage, folder);
        match variables(loading, &located.path, folder, from)? {
            None => Ok(no_vars()),
            Some(value) => match &value.data {
                Data::Map(map) => Ok(map.clone()),
                _ => Err(wrong(
                    format!(
                        "The {folder}/main.yml file for role '{}' must contain a dictionary of variables",
                        located.name
                    ),
                    &value.origin,
                )),
            },
        }
    };
    let (vars, defaults) = (read_vars("vars")?, read_vars("defaults")?);
    let collections = located.collection.iter().cloned().collect();
    Ok(Role {
        name: located.name,
        collection: located.collection,
        path: located.path,
        collections,
        params: Arc::new(fields.others.clone()),
        defaults,
        vars,
        allow_duplicates: usage.allow_duplicates.unwrap_or(false),
        from_include: usage.from_include,
        public: usage.public,
        from_files: usage.from_files.clone(),
        dependencies: OnceLock::new(),
        origin: origin.clone(),
    })
}

/// Reads metadata, dependencies, tasks and handlers.
fn body(
    loading: &Loading<'_>,
    usage: &RoleUse<'_>,
    mut role: Role,
    fields: Fields,
    origin: &Origin,
) -> Result<Arc<RoleBody>, Diagnostic> {
    let meta = document_in(loading, &role.path, "meta", None)?;
    let meta = match &meta {
        Some(value) if value.is_truthy() => Metadata::read(value, &role)?,
        _ => Metadata::default(),
    };
    if usage.allow_duplicates.is_none() {
        role.allow_duplicates = meta.allow_duplicates;
    }
    for name in meta.collections {
        if !role.collections.contains(&name) {
            role.collections.push(name);
        }
    }
    let role = known_or_new(loading, role, &fields);
    let scope = Arc::new(Scope {
        kind: ScopeKind::Role,
        name: fields.name,
        keywords: fields.keywords,
        vars: fields.vars,
        role: Some(role.clone()),
        parent: Some(usage.parent.clone()),
        dir: Arc::new(role.path.join("tasks")),
        origin: origin.clone(),
    });
    let mut dependencies = Vec::new();
    for entry in &meta.dependencies {
        let usage = RoleUse { dependent: Some(&role), ..RoleUse::listed(entry, &scope) };
        dependencies.push(load(loading, &usage)?);
    }
    // An equal use of the role may have set the same ones before.
    let _ = role.dependencies.set(dependencies.iter().map(|body| body.role.clone()).collect());
    let mut tasks = Vec::new();
    if usage.validate
        && let Some(task) = validation(loading, usage, &role, &scope, meta.argument_specs)?
    {
        tasks.push(Node::Task(Arc::new(task)));
    }
    tasks.extend(list_in(loading, usage, &role, &scope, "tasks")?);
    let handlers = list_in(loading, usage, &role, &scope, "handlers")?;
    Ok(Arc::new(RoleBody { role, scope, dependencies, tasks, handlers }))
}

/// The role as an equal use before has it: same name, parameters, variables, conditions and tags.
fn known_or_new(loading: &Loading<'_>, role: Role, fields: &Fields) -> Arc<Role> {
    let mut identity = Keywords::default();
    for keyword in [Keyword::When, Keyword::Tags] {
        if let Some(value) = fields.keywords.get(keyword) {
            identity.set(keyword, value.clone());
        }
    }
    if let Some(vars) = &fields.vars {
        identity.set(Keyword::Vars, Value::new(Data::Map(vars.clone()), Origin::none()));
    }
    let same = |keywords: &Keywords| {
        [Keyword::When, Keyword::Tags, Keyword::Vars]
            .iter()
            .all(|keyword| keywords.get(*keyword) == identity.get(*keyword))
    };
    let mut known = loading.known_roles.borrow_mut();
    let found = known.iter().find(|(other, keywords)| {
        other.path == role.path
            && other.params == role.params
            && other.from_files == role.from_files
            && other.from_include == role.from_include
            && other.public == role.public
            && other.allow_duplicates == role.allow_duplicates
            && same(keywords)
    });
    if let Some((role, _)) = found {
        return role.clone();
    }
    let role = Arc::new(role);
    known.push((role.clone(), identity));
    role
}

/// `tasks/main.yml` or `handlers/main.yml`, or the file named instead.
fn list_in(
    loading: &Loading<'_>,
    usage: &RoleUse<'_>,
    role: &Arc<Role>,
    scope: &Arc<Scope>,
    folder: &str,
) -> Result<Vec<Node>, Diagnostic> {
    let Some((path, list)) = file_in(loading, &role.path, folder, from_file(usage, folder))? else {
        return Ok(Vec::new());
    };
    if !list.is_truthy() {
        return Ok(Vec::new());
    }
    if !matches!(list.data, Data::List(_)) {
        return Err(wrong(
            format!(
                "The {folder}/main.yml file for role '{}' must contain a list of tasks: {} should be a list or None but is {}",
                role.name,
                python::str(&list),
                class_of(&list)
            ),
            &list.origin,
        ));
    }
    // Tasks of a file other than main include beside that file first.
    let parent = match path.parent() {
        Some(dir) if dir != scope.dir.as_path() && folder == "tasks" => &Arc::new(beside(scope, dir)),
        _ => scope,
    };
    block::nodes(
        loading,
        &list,
        &Listing { parent, role: Some(role), handlers: folder == "handlers", file: &path },
        folder,
        &list.origin,
    )
}

/// A link of the chain that only says where relative includes start.
fn beside(scope: &Arc<Scope>, dir: &Path) -> Scope {
    Scope {
        kind: ScopeKind::Include,
        name: None,
        keywords: Keywords::default(),
        vars: None,
        role: None,
        parent: Some(scope.clone()),
        dir: Arc::new(dir.to_path_buf()),
        origin: scope.origin.clone(),
    }
}

fn from_file<'u>(usage: &'u RoleUse<'_>, folder: &str) -> Option<&'u str> {
    usage.from_files.iter().find(|(name, _)| name == folder).map(|(_, file)| file.as_str())
}

fn document_in(
    loading: &Loading<'_>,
    role: &Path,
    folder: &str,
    from: Option<&str>,
) -> Result<Option<Value>, Diagnostic> {
    Ok(file_in(loading, role, folder, from)?.map(|(_, value)| value))
}

/// The file of a folder of the role and what is in it. A file named by `*_from` must exist.
fn file_in(
    loading: &Loading<'_>,
    role: &Path,
    folder: &str,
    from: Option<&str>,
) -> Result<Option<(PathBuf, Value)>, Diagnostic> {
    let dir = role.join(folder);
    if loading.world.is_dir(&dir) {
        for extension in extensions(from) {
            let path = dir.join(format!("{}{extension}", from.unwrap_or("main")));
            if loading.world.exists(&path) && !loading.world.is_dir(&path) {
                return Ok(Some((path.clone(), loading.world.document(&path)?)));
            }
        }
    }
    match from {
        Some(name) => Err(wrong(format!("Could not find specified file in role: {folder}/{name}"), &Origin::none())),
        None => Ok(None),
    }
}

/// Extensions in the order in which they are tried: a name given by the user may be whole.
fn extensions(from: Option<&str>) -> [&'static str; 4] {
    match from {
        Some(_) => ["", ".yml", ".yaml", ".json"],
        None => [".yml", ".yaml", ".json", ""],
    }
}

/// Variables of a role: one file, or all files of the folder of that name, merged in order.
fn variables(
    loading: &Loading<'_>,
    role: &Path,
    folder: &str,
    from: Option<&str>,
) -> Result<Option<Value>, Diagnostic> {
    let name = from.unwrap_or("main");
    let whole = role.join(folder).join(name);
    for extension in extensions(from) {
        let path = role.join(folder).join(format!("{name}{extension}"));
        if loading.world.exists(&path) && !loading.world.is_dir(&path) {
            let value = loading.world.document(&path)?;
            return Ok((!value.is_null()).then_some(value));
        }
    }
    if loading.world.is_dir(&whole) {
        let mut merged = Map::new();
        for path in files_below(loading, &whole) {
            if let Data::Map(map) = &loading.world.document(&path)?.data {
                merged.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
        }
        return Ok(Some(merged.into()));
    }
    match from {
        Some(name) => Err(wrong(format!("Could not find specified file in role: {folder}/{name}"), &Origin::none())),
        None => Ok(None),
    }
}

fn files_below(loading: &Loading<'_>, dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in loading.world.entries(dir) {
        let hidden = path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with('.') || name.ends_with('~')
        });
        if hidden {
            continue;
        }
        if loading.world.is_dir(&path) {
            files.extend(files_below(loading, &path));
        } else if path.extension().is_none_or(|end| end == "yml" || end == "yaml" || end == "json") {
            files.push(path);
        }
    }
    files
}

/// What `meta/main.yml` says.
#[derive(Default)]
struct Metadata {
    allow_duplicates: bool,
    dependencies: Vec<Value>,
    collections: Vec<String>,
    argument_specs: Option<Value>,
}

impl Metadata {
    fn read(value: &Value, role: &Role) -> Result<Self, Diagnostic> {
        let Some(map) = value.as_map() else {
            return Err(wrong(
                format!("the 'meta/main.yml' for role {} is not a dictionary", role.full_name()),
                &value.origin,
            ));
        };
        let mut meta = Self::default();
        for (key, value) in map {
            match key.as_str().unwrap_or_default() {
                "allow_duplicates" => meta.allow_duplicates = crate::args::coerce::boolean(value).unwrap_or(false),
                "dependencies" => match &value.data {
                    Data::List(items) => meta.dependencies = items.iter().map(galaxy_name).collect(),
                    _ if !value.is_truthy() => {}
                    _ => return Err(wrong("Expected role dependencies to be a list.", &value.origin)),
                },
                "collections" => {
                    if let Some(items) = value.as_items() {
                        meta.collections = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
                    }
                }
                "argument_specs" => meta.argument_specs = Some(value.clone()),
                "galaxy_info" => {}
                word => {
                    return Err(wrong(format!("'{word}' is not a valid attribute for a RoleMetadata"), &key.origin));
                }
            }
        }
        Ok(meta)
    }
}

/// A dependency in galaxy's form (`src: name,version`) under the name that it is installed by.
fn galaxy_name(entry: &Value) -> Value {
    let Some(map) = entry.as_map() else { return entry.clone() };
    if map.contains_key("role") || map.contains_key("name") {
        return entry.clone();
    }
    let Some(src) = map.get("src").and_then(Value::as_str) else { return entry.clone() };
    let last = src.split(',').next().unwrap_or(src).rsplit('/').next().unwrap_or(src);
    let name = last.trim_end_matches(".tar.gz").trim_end_matches(".git");
    let mut map = map.clone();
    map.insert("name", name);
    Value::new(Data::Map(Arc::new(map)), entry.origin.clone())
}

/// The task that checks the role's arguments, where its specification has this entry point.
fn validation(
    loading: &Loading<'_>,
    usage: &RoleUse<'_>,
    role: &Arc<Role>,
    scope: &Arc<Scope>,
    from_meta: Option<Value>,
) -> Result<Option<Task>, Diagnostic> {
    let dir = role.path.join("meta");
    let own_file =
        ["yml", "yaml", "json"].iter().any(|end| loading.world.exists(&dir.join(format!("argument_specs.{end}"))));
    let specs = if own_file {
        document_in(loading, &role.path, "meta", Some("argument_specs"))?
            .and_then(|file| file.get("argument_specs").cloned())
    } else {
        from_meta
    };
    let entry_point = from_file(usage, "tasks").unwrap_or("main");
    let Some(spec) = specs.as_ref().and_then(|specs| specs.get(entry_point)).filter(|spec| spec.is_truthy()) else {
        return Ok(None);
    };
    let mut name = format!("Validating arguments against arg spec '{entry_point}'");
    if let Some(short) = spec.get("short_description") {
        name = format!("{name} - {}", python::str(short));
    }
    let about = Map::from([
        ("type", Value::from("role")),
        ("name", Value::from(role.name.as_str())),
        ("argument_spec_name", Value::from(entry_point)),
        ("path", Value::from(role.path.to_string_lossy().into_owned())),
    ]);
    let args = Map::from([
        ("argument_spec", spec.get("options").cloned().unwrap_or_else(|| Map::new().into())),
        ("provided_arguments", Value::new(Data::Map(role.params.clone()), Origin::none())),
        ("validate_args_context", about.into()),
    ]);
    let mut keywords = Keywords::default();
    keywords.set(Keyword::Tags, Value::list([Value::from("always")]));
    // Nobody wrote this task, so that it is shown as a whole where it fails.
    let shown = Map::from([
        ("action", Value::from("ansible.builtin.validate_argument_spec")),
        ("args", Value::from(args.clone())),
        ("name", Value::from(name.as_str())),
        ("tags", Value::list([Value::from("always")])),
    ]);
    let origin = Origin::quoting("<unknown>", python::repr(&Value::from(shown)));
    Ok(Some(Task {
        scope: Arc::new(Scope {
            kind: ScopeKind::Task,
            name: Some(Value::from(name)),
            keywords,
            vars: None,
            role: None,
            parent: Some(scope.clone()),
            dir: scope.dir.clone(),
            origin: origin.clone(),
        }),
        action: crate::project::playbook::Action {
            name: "ansible.builtin.validate_argument_spec".to_owned(),
            args,
            variable_args: None,
            origin,
        },
        looping: None,
        listen: Vec::new(),
    }))
}
