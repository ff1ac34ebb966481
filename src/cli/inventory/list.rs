//! The listings of `--list`: what hosts, groups and variables look like as one value.

use std::collections::HashSet;

use super::View;
use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::{GroupId, HostId};

/// As inventory scripts print it: groups side by side, the variables of hosts below `_meta`.
pub fn for_json(view: &View<'_>, hosts: &[HostId]) -> Result<Value, Diagnostic> {
    let mut listing = Listing::new(view, hosts);
    let mut result = Map::new();
    listing.json_group(GroupId::ALL, &mut result)?;
    let mut host_variables = Map::new();
    for host in hosts {
        let variables = view.host_variables(*host)?;
        if !variables.is_empty() {
            host_variables.insert(Value::text(view.inventory().host(*host).name.clone()), variables);
        }
    }
    // What follows marks texts that are no templates; names and words of the format are not meant.
    let profile = trusted("inventory_legacy");
    result.insert("_meta", Map::from([("hostvars", Value::from(host_variables)), ("profile", profile)]));
    Ok(result.into())
}

/// Nested as a YAML inventory; a host's variables stand where it comes first.
pub fn for_yaml(view: &View<'_>, hosts: &[HostId]) -> Result<Value, Diagnostic> {
    let mut result = Map::new();
    Listing::new(view, hosts).yaml_group(GroupId::ALL, &mut result)?;
    Ok(result.into())
}

/// Side by side as a TOML inventory.
pub fn for_toml(view: &View<'_>, hosts: &[HostId]) -> Result<Value, Diagnostic> {
    let mut result = Map::new();
    Listing::new(view, hosts).toml_group(GroupId::ALL, &mut result)?;
    Ok(result.into())
}

struct Listing<'a> {
    view: &'a View<'a>,
    /// By host id: whether it is within the limit.
    listed: Vec<bool>,
    seen_groups: HashSet<GroupId>,
    seen_hosts: HashSet<HostId>,
}

fn trusted(text: impl Into<std::sync::Arc<str>>) -> Value {
    Value::template(text, crate::diagnostic::Origin::none())
}

impl<'a> Listing<'a> {
    fn new(view: &'a View<'a>, hosts: &[HostId]) -> Self {
        let mut listed = vec![false; view.inventory().id_count()];
        for host in hosts {
            listed[host.index()] = true;
        }
        Self { view, listed, seen_groups: HashSet::new(), seen_hosts: HashSet::new() }
    }

    fn group_name(&self, group: GroupId) -> Value {
        trusted(self.view.inventory().group(group).name.clone())
    }

    /// The listed hosts that a group names itself; `all` names none.
    fn hosts(&self, group: GroupId) -> Vec<HostId> {
        if group == GroupId::ALL {
            return Vec::new();
        }
        let hosts = self.view.inventory().group(group).hosts.iter();
        hosts.copied().filter(|host| self.listed[host.index()]).collect()
    }

    fn host_name(&self, host: HostId) -> Value {
        trusted(self.view.inventory().host(host).name.clone())
    }

    /// The variables of a host at its first appearance, nothing later.
    fn variables_once(&mut self, host: HostId) -> Result<Value, Diagnostic> {
        if self.seen_hosts.insert(host) { Ok(self.view.host_variables(host)?.into()) } else { Ok(Map::new().into()) }
    }

    fn add_group_variables(&self, group: GroupId, entry: &mut Map) -> Result<(), Diagnostic> {
        if self.view.options.export {
            let variables = self.view.group_variables(group)?;
            if !variables.is_empty() {
                entry.insert("vars", variables);
            }
        }
        Ok(())
    }

    fn json_group(&mut self, group: GroupId, result: &mut Map) -> Result<(), Diagnostic> {
        let mut entry = Map::new();
        let hosts: Vec<Value> = self.hosts(group).into_iter().map(|host| self.host_name(host)).collect();
        if !hosts.is_empty() {
            entry.insert("hosts", hosts);
        }
        let children = self.view.inventory().children_of(group);
        if !children.is_empty() {
            entry.insert("children", children.iter().map(|child| self.group_name(*child)).collect::<Vec<_>>());
        }
        for child in children {
            if self.seen_groups.insert(child) {
                self.json_group(child, result)?;
            }
        }
        self.add_group_variables(group, &mut entry)?;
        if !entry.is_empty() {
            result.insert(self.group_name(group), entry);
        }
        Ok(())
    }

    fn yaml_group(&mut self, group: GroupId, result: &mut Map) -> Result<(), Diagnostic> {
        let mut entry = Map::new();
        let mut children = Map::new();
        for child in self.view.inventory().children_of(group) {
            if self.seen_groups.contains(&child) {
                children.insert(self.group_name(child), Map::new());
            } else {
                self.yaml_group(child, &mut children)?;
                self.seen_groups.insert(child);
            }
        }
        if !children.is_empty() {
            entry.insert("children", children);
        }
        self.add_hosts(group, &mut entry)?;
        self.add_group_variables(group, &mut entry)?;
        if !entry.is_empty() {
            result.insert(self.group_name(group), entry);
        }
        Ok(())
    }

    fn toml_group(&mut self, group: GroupId, result: &mut Map) -> Result<(), Diagnostic> {
        let name = self.group_name(group);
        // It keeps its place before its children, which come first for the variables of hosts.
        result.insert(name.clone(), Map::new());
        let inventory = self.view.inventory();
        let mut children = Vec::new();
        for child in inventory.children_of(group) {
            if child == GroupId::UNGROUPED && inventory.group(child).hosts.is_empty() {
                continue;
            }
            if group != GroupId::ALL {
                children.push(self.group_name(child));
            }
            self.toml_group(child, result)?;
        }
        let mut entry = Map::new();
        if !children.is_empty() {
            entry.insert("children", children);
        }
        self.add_hosts(group, &mut entry)?;
        self.add_group_variables(group, &mut entry)?;
        if entry.is_empty() {
            result.remove_value_key(&name);
        } else {
            result.insert(name, entry);
        }
        Ok(())
    }

    fn add_hosts(&mut self, group: GroupId, entry: &mut Map) -> Result<(), Diagnostic> {
        let mut hosts = Map::new();
        for host in self.hosts(group) {
            hosts.insert(self.host_name(host), self.variables_once(host)?);
        }
        if !hosts.is_empty() {
            entry.insert("hosts", hosts);
        }
        Ok(())
    }
}
