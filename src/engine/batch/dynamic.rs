//! Hosts and groups that tasks bring: `add_host` and `group_by`. They outlive a refresh of the inventory.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::engine::result::{AddHost, Effects, GroupBy};
use crate::engine::shared::Shared;
use crate::project::inventory::{GroupId, HostId, Inventory};

/// What a task has changed in the inventory, so that it can be changed again.
#[derive(Clone, Debug)]
pub struct Change {
    add_host: Option<AddHost>,
    group_by: Option<GroupBy>,
    /// The host that was grouped.
    host: Arc<str>,
}

impl Change {
    pub fn of(effects: &Effects, host: &Arc<str>) -> Self {
        Self { add_host: effects.add_host.clone(), group_by: effects.group_by.clone(), host: Arc::clone(host) }
    }

    /// Changes the inventory; whether there was anything new.
    pub fn apply(&self, shared: &Shared) -> Result<bool, Diagnostic> {
        shared.change_inventory(|inventory| {
            let mut changed = false;
            if let Some(new) = &self.add_host {
                changed |= add_host(inventory, new);
            }
            if let Some(grouping) = &self.group_by {
                changed |= group(inventory, grouping, &self.host)?;
            }
            inventory.reconcile()?;
            Ok(changed)
        })
    }
}

fn add_host(inventory: &mut Inventory, new: &AddHost) -> bool {
    let mut changed = false;
    let id = inventory.find_host(&new.name).unwrap_or_else(|| {
        changed = true;
        inventory.add_host(&new.name, None, None)
    });
    for (key, value) in &new.variables {
        changed |= key.as_str().and_then(|key| inventory.host(id).variables.get(key)) != Some(value);
        inventory.set_host_variable(id, key.clone(), value.clone());
    }
    for name in &new.groups {
        let group = group_called(inventory, name, &mut changed);
        changed |= inventory.add_host_to_group(group, id);
    }
    changed
}

fn group(inventory: &mut Inventory, grouping: &GroupBy, host: &str) -> Result<bool, Diagnostic> {
    let mut changed = false;
    let group = group_called(inventory, &grouping.group, &mut changed);
    for name in &grouping.parents {
        let parent = group_called(inventory, name, &mut changed);
        changed |= inventory.add_child_group(parent, group)?;
    }
    if let Some(id) = inventory.find_host(host).filter(|id| *id != HostId::IMPLICIT) {
        changed |= inventory.add_host_to_group(group, id);
    }
    Ok(changed)
}

fn group_called(inventory: &mut Inventory, name: &str, changed: &mut bool) -> GroupId {
    inventory.find_group(name).unwrap_or_else(|| {
        *changed = true;
        inventory.add_group(name)
    })
}
