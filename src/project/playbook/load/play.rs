//! Files of plays: the plays in them, and `import_playbook`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::{self, Listing};
use super::keywords::{Class, read, read_vars, warn_reserved};
use super::role::{self, RoleUse};
use super::{Loading, class_of, wrong};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Keyword, Keywords, Node, Play, Prompt, RoleBody, Scope, ScopeKind};

/// What an `import_playbook` gives to the plays that it brings.
#[derive(Clone, Default)]
pub(super) struct Imported {
    vars: Map,
    tags: Vec<Value>,
    when: Vec<Value>,
}

/// Appends the plays of a file.
pub(super) fn load_file(
    loading: &Loading<'_>,
    path: &Path,
    imported: Option<&Imported>,
    plays: &mut Vec<Arc<Play>>,
) -> Result<(), Diagnostic> {
    let document = loading.world.document(path)?;
    let shown = path.display();
    let top = Origin::file(path).at(1, 1);
    let entries = match &document.data {
        Data::List(entries) if entries.is_empty() => {
            return Err(wrong(format!("A playbook must contain at least one play: {shown}"), &Origin::none()));
        }
        Data::List(entries) => entries,
        Data::Null => return Err(wrong(format!("Empty playbook, nothing to do: {shown}"), &Origin::none())),
        _ => {
            return Err(wrong(
                format!("A playbook must be a list of plays, got a {} instead: {shown}", class_of(&document)),
                if document.origin.is_none() { &top } else { &document.origin },
            ));
        }
    };
    for entry in entries.iter() {
        let loaded = match entry.as_map() {
            None => Err(wrong(
                "playbook entries must be either valid plays or 'import_playbook' statements",
                if entry.origin.is_none() { &top } else { &entry.origin },
            )),
            Some(map) if import_key(map).is_some() => import_playbook(loading, map, entry, path, imported, plays),
            Some(_) => load(loading, entry, path, imported).map(|play| plays.push(play)),
        };
        loading.tolerate(loaded)?;
    }
    Ok(())
}

fn import_key(map: &Map) -> Option<&'static str> {
    ["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"]
        .into_iter()
        .find(|key| map.contains_key(key))
}

/// `import_playbook: FILE` with `vars`, `tags` and `when` for all plays of the file.
fn import_playbook(
    loading: &Loading<'_>,
    map: &Map,
    entry: &Value,
    file: &Path,
    outer: Option<&Imported>,
    plays: &mut Vec<Arc<Play>>,
) -> Result<(), Diagnostic> {
    let origin = block::item_origin(entry);
    let import_key = import_key(map).expect("the caller has looked");
    let mut imported = outer.cloned().unwrap_or_default();
    let mut inner = Imported::default();
    for (key, value) in map {
        match key.as_str().unwrap_or_default() {
            word if word == import_key => {}
            "name" => {}
            "vars" => {
                if let Some(vars) = read_vars(value, "PlaybookInclude")? {
                    inner.vars.extend(vars.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
            }
            "tags" => inner.tags = as_list(value),
            "when" => inner.when = as_list(value),
            word => {
                let place = if key.origin.is_none() { origin } else { &key.origin };
                let known = Keyword::parse(word).is_some_and(|keyword| Class::PLAY.place.allows(keyword));
                if !known || matches!(word, "hosts" | "tasks" | "roles") {
                    return Err(wrong(format!("'{word}' is not a valid attribute for a PlaybookInclude"), place));
                }
            }
        }
    }
    let name = map.get(import_key).expect("the caller has looked");
    let scope = vars_scope(&inner.vars, file, origin);
    let name = loading.world.render(name, Some(&scope))?;
    let Some(name) = name.as_str().filter(|name| !name.is_empty()) else {
        return Err(wrong("playbook import parameter is missing", origin));
    };
    let folder = file.parent().unwrap_or(Path::new("/"));
    let path = loading.world.collection_playbook(name).unwrap_or_else(|| loading.world.absolute(folder, name));
    imported.vars.extend(inner.vars);
    imported.tags.extend(inner.tags);
    inner.when.append(&mut imported.when);
    imported.when = inner.when;
    let outer = loading.enter(path.parent().unwrap_or(Path::new("/")));
    let result = loading.nested(origin, || load_file(loading, &path, Some(&imported), plays));
    loading.enter(&outer);
    result
}

fn vars_scope(vars: &Map, file: &Path, origin: &Origin) -> Scope {
    Scope {
        kind: ScopeKind::Play,
        name: None,
        keywords: Keywords::default(),
        vars: Some(Arc::new(vars.clone())),
        role: None,
        parent: None,
        dir: folder_of(file),
        origin: origin.clone(),
    }
}

fn folder_of(file: &Path) -> Arc<PathBuf> {
    Arc::new(file.parent().map(Path::to_path_buf).unwrap_or_default())
}

/// One play.
pub(super) fn load(
    loading: &Loading<'_>,
    entry: &Value,
    file: &Path,
    imported: Option<&Imported>,
) -> Result<Arc<Play>, Diagnostic> {
    let origin = block::item_origin(entry);
    let Some(map) = entry.as_map() else {
        return Err(wrong(format!("A play must be a mapping, not {}", class_of(entry)), origin));
    };
    if map.contains_key("user") && map.contains_key("remote_user") {
        return Err(wrong(
            "both 'user' and 'remote_user' are set for this play. The use of 'user' is deprecated, and should be removed",
            origin,
        ));
    }
    let scope = Arc::new(play_scope(loading, map, file, origin, imported)?);
    let hosts = map.get("hosts").cloned();
    if let Some(hosts) = &hosts {
        check_hosts(hosts, origin)?;
    }
    let Some(hosts) = hosts else {
        return Err(wrong("The field 'hosts' is required but was not set.", origin));
    };
    let listing = Listing { parent: &scope, role: None, handlers: false, file };
    let list = |word: &str, handlers: bool| -> Result<Vec<Node>, Diagnostic> {
        match map.get(word) {
            None => Ok(Vec::new()),
            Some(list) => block::nodes(loading, list, &Listing { handlers, ..listing.clone() }, word, origin),
        }
    };
    let mut vars_prompt = Vec::new();
    let (mut pre_tasks, mut tasks, mut post_tasks, mut handlers, mut roles) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    // In the order of the text: the first mistake of the file is the first that is told.
    for (key, value) in map {
        match key.as_str().unwrap_or_default() {
            "pre_tasks" => pre_tasks = list("pre_tasks", false)?,
            "tasks" => tasks = list("tasks", false)?,
            "post_tasks" => post_tasks = list("post_tasks", false)?,
            "handlers" => handlers = list("handlers", true)?,
            "roles" => roles = load_roles(loading, value, &scope)?,
            "vars_prompt" => vars_prompt = load_prompts(value)?,
            _ => {}
        }
    }
    if let Some(vars) = &scope.vars {
        warn_reserved(loading, vars.keys());
    }
    let mut all_handlers = Vec::new();
    for role in &roles {
        role::collect_handlers(role, &mut all_handlers);
    }
    all_handlers.append(&mut handlers);
    all_handlers.append(&mut loading.take_imported_handlers());
    Ok(Arc::new(Play {
        scope,
        file: file.to_path_buf(),
        hosts,
        vars_prompt,
        roles,
        pre_tasks,
        tasks,
        post_tasks,
        handlers: all_handlers,
    }))
}

/// The keywords of a play, with what an `import_playbook` adds to them.
fn play_scope(
    loading: &Loading<'_>,
    map: &Map,
    file: &Path,
    origin: &Origin,
    imported: Option<&Imported>,
) -> Result<Scope, Diagnostic> {
    let special = |key: &str| {
        matches!(key, "hosts" | "tasks" | "pre_tasks" | "post_tasks" | "handlers" | "roles" | "vars_prompt")
    };
    let mut fields = read(loading, map, origin, Class::PLAY, &special)?;
    if let Some(imported) = imported {
        let mut vars = fields.vars.take().map(|vars| (*vars).clone()).unwrap_or_default();
        vars.extend(imported.vars.iter().map(|(key, value)| (key.clone(), value.clone())));
        if let Some(Data::Text(tags)) = vars.remove("tags").map(|tags| tags.data) {
            add_tags(&mut fields.keywords, tags.split(',').map(Value::from).collect());
        }
        fields.vars = Some(Arc::new(vars));
        add_tags(&mut fields.keywords, imported.tags.clone());
        if !imported.when.is_empty() {
            fields.keywords.set(Keyword::When, Value::list(imported.when.clone()));
        }
    }
    Ok(Scope {
        kind: ScopeKind::Play,
        name: fields.name,
        keywords: fields.keywords,
        vars: fields.vars,
        role: None,
        parent: None,
        dir: folder_of(file),
        origin: origin.clone(),
    })
}

fn add_tags(keywords: &mut Keywords, more: Vec<Value>) {
    if more.is_empty() {
        return;
    }
    let mut tags = keywords.get(Keyword::Tags).map(as_list).unwrap_or_default();
    tags.extend(more);
    keywords.set(Keyword::Tags, Value::list(tags));
}

fn check_hosts(hosts: &Value, play: &Origin) -> Result<(), Diagnostic> {
    let origin = if hosts.origin.is_none() { play } else { &hosts.origin };
    match &hosts.data {
        Data::List(items) if !items.is_empty() => {
            for item in items.iter() {
                match &item.data {
                    Data::Null => {
                        return Err(wrong(
                            "Hosts list cannot contain values of 'None'. Please check your playbook",
                            origin,
                        ));
                    }
                    Data::Text(_) | Data::Vaulted(_) | Data::Bytes(_) => {}
                    _ => {
                        let shown = python::str(item);
                        return Err(wrong(format!("Hosts list contains an invalid host value: '{shown}'"), origin));
                    }
                }
            }
            Ok(())
        }
        _ if !hosts.is_truthy() => Err(wrong("Hosts list cannot be empty. Please check your playbook", origin)),
        Data::Text(_) | Data::Vaulted(_) => Ok(()),
        _ => Err(wrong("Hosts list must be a sequence or string. Please check your playbook.", origin)),
    }
}

fn load_roles(loading: &Loading<'_>, value: &Value, scope: &Arc<Scope>) -> Result<Vec<Arc<RoleBody>>, Diagnostic> {
    let items = match &value.data {
        Data::Null => return Ok(Vec::new()),
        Data::List(items) => items,
        _ => {
            return Err(wrong(
                format!(
                    "A malformed role declaration was encountered: ds ({}) should be a list but was a {}",
                    python::str(value),
                    class_of(value)
                ),
                &scope.origin,
            ));
        }
    };
    let mut roles = Vec::new();
    for item in items.iter() {
        let usage = RoleUse::listed(item, scope);
        if let Some(role) = loading.tolerate(role::load(loading, &usage))? {
            roles.push(role);
        }
    }
    Ok(roles)
}

fn load_prompts(value: &Value) -> Result<Vec<Prompt>, Diagnostic> {
    const KEYS: [&str; 9] =
        ["name", "prompt", "default", "private", "confirm", "encrypt", "salt_size", "salt", "unsafe"];
    let mut prompts = Vec::new();
    for item in as_list(value) {
        let Some(map) = item.as_map() else {
            return Err(wrong("Invalid variable file contents.", &item.origin).hint(
                "Variable files must contain either a dictionary of variables, or a list of dictionaries. Empty dictionaries and lists are allowed.",
            ));
        };
        let Some(name) = map.get("name") else {
            return Err(wrong("Invalid vars_prompt data structure, missing 'name' key", &value.origin));
        };
        if let Some(key) = map.keys().find(|key| !key.as_str().is_some_and(|key| KEYS.contains(&key))) {
            let shown = python::str(key);
            return Err(wrong(
                format!("Invalid vars_prompt data structure, found unsupported key '{shown}'"),
                &value.origin,
            ));
        }
        let flag = |key: &str, default: bool| map.get(key).map_or(default, is_yes);
        prompts.push(Prompt {
            name: python::str(name),
            prompt: map.get("prompt").cloned(),
            default: map.get("default").cloned(),
            private: flag("private", true),
            confirm: flag("confirm", false),
            encrypt: map.get("encrypt").cloned(),
            salt: map.get("salt").cloned(),
            salt_size: map.get("salt_size").cloned(),
            is_unsafe: flag("unsafe", false),
            origin: block::item_origin(&item).clone(),
        });
    }
    Ok(prompts)
}

/// A flag in a prompt: a bool, or a word that means one.
fn is_yes(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => matches!(text.to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1" | "y" | "t"),
        _ => value.is_truthy(),
    }
}

/// The elements of a list, or the value alone; null is nothing.
fn as_list(value: &Value) -> Vec<Value> {
    match &value.data {
        Data::Null => Vec::new(),
        Data::List(items) => items.to_vec(),
        _ => vec![value.clone()],
    }
}
