//! What a task's action means: an action of this build, a module of this build, or something that
//! is known and cannot run.

use std::path::PathBuf;

use crate::data::Value;
use crate::project::playbook::{Keyword, Scope};
use crate::runner::Module;

use super::action::ActionPlugin;
use super::foreign::{Style, style_of};
use super::shared::Shared;

/// A resolved name.
#[derive(Clone)]
pub enum Resolved {
    Action(&'static ActionPlugin),
    Module(&'static Module),
    /// Nothing of this name is known.
    Unknown {
        name: String,
    },
    /// A module that is a file of the user's.
    Foreign {
        name: String,
        path: PathBuf,
    },
}

impl Resolved {
    /// The full name: `ansible.builtin.copy`.
    pub fn name(&self) -> &str {
        match self {
            Self::Action(action) => action.name,
            Self::Module(module) => module.name,
            Self::Foreign { name, .. } | Self::Unknown { name } => name,
        }
    }

    pub fn free_form(&self) -> bool {
        match self {
            Self::Action(action) => action.traits.free_form,
            Self::Module(module) => module.traits.free_form,
            Self::Foreign { .. } => false,
            Self::Unknown { .. } => true,
        }
    }
}

/// Looks a name up: as it is, in the given collections, among the built-in ones.
pub fn resolve(shared: &Shared, name: &str, collections: &[String]) -> Option<Resolved> {
    if name.contains('.') {
        return by_full_name(shared, name);
    }
    for collection in collections.iter().filter(|name| *name != "ansible.legacy" && *name != "ansible.builtin") {
        if let Some(found) = by_full_name(shared, &format!("{collection}.{name}")) {
            return Some(found);
        }
    }
    if let Some(path) = super::foreign::beside(shared, name) {
        // A program beside the playbook comes before a module of this build, as it always did.
        let ours = by_full_name(shared, &format!("ansible.builtin.{name}"));
        let runs = || std::fs::read(&path).is_ok_and(|content| style_of(&content) != Style::Library);
        if ours.is_none() || matches!(ours, Some(Resolved::Module(_))) && runs() {
            return Some(Resolved::Foreign { name: name.to_owned(), path });
        }
    }
    let found = by_full_name(shared, &format!("ansible.builtin.{name}"));
    found.or_else(|| super::foreign::redirect(name).and_then(|full| by_full_name(shared, full)))
}

fn by_full_name(shared: &Shared, name: &str) -> Option<Resolved> {
    let name = match name.strip_prefix("ansible.legacy.") {
        Some(short) => format!("ansible.builtin.{short}"),
        None => name.to_owned(),
    };
    if let Some(action) = shared.plugins.actions.iter().find(|action| action.name == name) {
        return Some(Resolved::Action(action));
    }
    if let Some(module) = shared.modules.get(&name) {
        return Some(Resolved::Module(module));
    }
    if let Some(short) = name.strip_prefix("ansible.builtin.") {
        return super::foreign::redirect(short).and_then(|full| shared.modules.get(full).map(Resolved::Module));
    }
    super::foreign::in_collections(shared, &name).map(|path| Resolved::Foreign { name, path })
}

/// The collections that short names are looked for in, at a place of the text.
pub fn collections_of(scope: &Scope) -> Vec<String> {
    let listed = scope.find(Keyword::Collections).and_then(|(value, _)| value.as_items().map(<[Value]>::to_vec));
    let mut names: Vec<String> =
        listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    if let Some(role) = scope.role() {
        names.extend(role.collections.iter().cloned());
    }
    names
}

/// Whether a full name is that of a dynamic include.
pub fn is_include(name: &str) -> bool {
    matches!(name, "ansible.builtin.include_tasks" | "ansible.builtin.include_role")
}

/// Whether an action as written is a dynamic include.
pub fn is_include_action(action: &str) -> bool {
    is_role_include(action)
        || matches!(action, "include_tasks" | "ansible.builtin.include_tasks" | "ansible.legacy.include_tasks")
}

/// Whether an action as written includes a role.
pub fn is_role_include(action: &str) -> bool {
    matches!(action, "include_role" | "ansible.builtin.include_role" | "ansible.legacy.include_role")
}
