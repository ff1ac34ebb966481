//! Lists of tasks, and blocks in them.

use std::path::Path;
use std::sync::Arc;

use super::keywords::{Class, read};
use super::{Loading, class_of, import, task, wrong};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Block, Node, Role, Scope, ScopeKind};

/// Where a list of tasks stands.
#[derive(Clone)]
pub struct Listing<'a> {
    /// What its nodes inherit from.
    pub parent: &'a Arc<Scope>,
    /// The role that it belongs to.
    pub role: Option<&'a Arc<Role>>,
    /// Its nodes are handlers.
    pub handlers: bool,
    /// The file that it stands in.
    pub file: &'a Path,
}

/// The nodes of a list at the outermost level; null is an empty one, and so is an entry that is null.
/// `what` says which list it is (`tasks`, `handlers`), `owner` where the play or role that has it is.
pub(super) fn nodes(
    loading: &Loading<'_>,
    list: &Value,
    listing: &Listing<'_>,
    what: &str,
    owner: &Origin,
) -> Result<Vec<Node>, Diagnostic> {
    let items = match &list.data {
        Data::Null => return Ok(Vec::new()),
        Data::List(items) => items,
        _ => {
            return Err(wrong(
                format!(
                    "A malformed block was encountered while loading {what}: {} should be a list or None but is {}",
                    python::str(list),
                    class_of(list)
                ),
                owner,
            ));
        }
    };
    let mut nodes = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if item.is_null() {
            continue;
        }
        let loaded = match item.as_map() {
            Some(map) if is_block(map) => {
                block(loading, map, item_origin(item), listing).map(|block| vec![Node::Block(block)])
            }
            Some(map) => node(loading, map, item_origin(item), listing),
            None => Err(not_a_task(items, index)),
        };
        if let Some(mut new) = loading.tolerate(loaded)? {
            nodes.append(&mut new);
        }
    }
    Ok(nodes)
}

/// Entries of the outermost level are told with their neighbours, up to the next block.
fn not_a_task(items: &[Value], index: usize) -> Diagnostic {
    let ends = |item: &Value| item.is_null() || item.as_map().is_some_and(is_block);
    let before = items[..index].iter().rev().take_while(|item| !ends(item)).count();
    let after = items[index..].iter().take_while(|item| !ends(item)).count();
    let shown = python::str(&Value::list(items[index - before..index + after].iter().cloned()));
    let origin = Origin::quoting("<unknown>", &shown);
    wrong(
        format!(
            "A malformed block was encountered while loading a block: The ds ({shown}) should be a dict but was a \
             <class 'list'>"
        ),
        &origin,
    )
}

fn is_block(map: &Map) -> bool {
    ["block", "rescue", "always"].iter().any(|word| map.contains_key(word))
}

/// One entry of a list; a static import gives several nodes.
fn node(loading: &Loading<'_>, map: &Map, origin: &Origin, listing: &Listing<'_>) -> Result<Vec<Node>, Diagnostic> {
    let parsed = task::parse(loading, map, origin, listing)?;
    import::expand(loading, parsed, origin, listing)
}

/// A mapping with `block`, `rescue` and `always`.
fn block(loading: &Loading<'_>, map: &Map, origin: &Origin, listing: &Listing<'_>) -> Result<Arc<Block>, Diagnostic> {
    let scope = Arc::new(block_scope(loading, map, origin, listing.parent)?);
    let part = |word: &str| -> Result<Vec<Node>, Diagnostic> {
        let Some(list) = map.get(word) else { return Ok(Vec::new()) };
        part_of_block(loading, list, word, origin, &Listing { parent: &scope, ..listing.clone() })
    };
    let (block, rescue, always) = (part("block")?, part("rescue")?, part("always")?);
    if !map.contains_key("block") {
        let word = if map.contains_key("rescue") { "rescue" } else { "always" };
        return Err(wrong(format!("'{word}' keyword cannot be used without 'block'"), origin));
    }
    Ok(Arc::new(Block { scope: scope.clone(), block, rescue, always }))
}

/// The list under `block`, `rescue` or `always`.
fn part_of_block(
    loading: &Loading<'_>,
    list: &Value,
    word: &str,
    block_origin: &Origin,
    listing: &Listing<'_>,
) -> Result<Vec<Node>, Diagnostic> {
    let what = if word == "block" { "a block" } else { word };
    let malformed = |wanted: &str| {
        let (shown, class) = (python::str(list), class_of(list));
        let text = format!(
            "A malformed block was encountered while loading {what}: The ds ({shown}) should be a {wanted} but was a {class}"
        );
        wrong(text, block_origin)
    };
    let Data::List(items) = &list.data else { return Err(malformed("list")) };
    let mut nodes = Vec::with_capacity(items.len());
    for item in items.iter() {
        let loaded = match item.as_map() {
            None => Err(malformed("dict")),
            Some(map) if is_block(map) && listing.handlers => {
                Err(wrong("Using a block as a handler is not supported.", item_origin(item)))
            }
            Some(map) if is_block(map) => {
                block(loading, map, item_origin(item), listing).map(|block| vec![Node::Block(block)])
            }
            Some(map) => node(loading, map, item_origin(item), listing),
        };
        if let Some(mut new) = loading.tolerate(loaded)? {
            nodes.append(&mut new);
        }
    }
    Ok(nodes)
}

/// The scope of a block's keywords.
fn block_scope(loading: &Loading<'_>, map: &Map, origin: &Origin, parent: &Arc<Scope>) -> Result<Scope, Diagnostic> {
    let fields = read(loading, map, origin, Class::BLOCK, &|key| matches!(key, "block" | "rescue" | "always"))?;
    Ok(Scope {
        kind: ScopeKind::Block,
        name: fields.name,
        keywords: fields.keywords,
        vars: fields.vars,
        role: None,
        parent: Some(parent.clone()),
        dir: parent.dir.clone(),
        origin: origin.clone(),
    })
}

/// The scope that `apply:` puts between an include and its tasks.
pub(super) fn apply_scope(loading: &Loading<'_>, apply: &Value, parent: &Arc<Scope>) -> Result<Arc<Scope>, Diagnostic> {
    match &apply.data {
        Data::Map(map) => Ok(Arc::new(block_scope(loading, map, &apply.origin, parent)?)),
        _ => Err(wrong(format!("Expected a dict for apply but got {} instead", class_of(apply)), &apply.origin)),
    }
}

/// The collections that short names are looked for in.
pub(super) fn collections_of(scope: &Scope, role: Option<&Arc<Role>>, own: Option<&Value>) -> Vec<String> {
    let listed = own.or_else(|| scope.find(crate::project::playbook::Keyword::Collections).map(|(value, _)| value));
    let mut names: Vec<String> = match listed.map(|value| &value.data) {
        Some(Data::List(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(Data::Text(text)) => vec![text.to_string()],
        _ => Vec::new(),
    };
    for name in role.iter().flat_map(|role| &role.collections) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if !names.is_empty() && !names.iter().any(|name| name == "ansible.builtin" || name == "ansible.legacy") {
        names.push("ansible.legacy".to_owned());
    }
    names
}

/// Where a mapping of a list begins: at its first key, as the reference points to it.
pub(super) fn item_origin(item: &Value) -> &Origin {
    if item.origin.is_none()
        && let Some((key, _)) = item.as_map().and_then(|map| map.get_index(0))
    {
        return &key.origin;
    }
    &item.origin
}
