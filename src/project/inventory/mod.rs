//! The inventory: hosts in the order in which they were first seen, and groups as a graph.
//!
//! A host or group is a small id from here on. Sources fill an [`Inventory`] ([`source`]), patterns
//! select from it ([`patterns`]); a running play may add to it.

mod graph;
pub mod open;
pub mod patterns;
pub mod range;
pub mod source;
pub mod words;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use petgraph::graph::{DiGraph, NodeIndex};

use crate::data::{Data, Map, Trust, Value};
use crate::diagnostic::{Diagnostic, Origin, Warning};
use crate::project::vars::merge::{self, HashBehaviour};

/// Names that mean the controlling machine even where no inventory has them.
pub const LOCALHOST_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// A host. Ids are dense: they index a vector of [`Inventory::id_count`] places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// A group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl HostId {
    /// The implicit localhost, whether or not it was ever asked for.
    pub const IMPLICIT: HostId = HostId(0);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupId {
    pub const ALL: GroupId = GroupId(0);
    pub const UNGROUPED: GroupId = GroupId(1);

    pub fn index(self) -> usize {
        self.0 as usize
    }

    fn node(self) -> NodeIndex<u32> {
        NodeIndex::new(self.index())
    }
}

impl From<NodeIndex<u32>> for GroupId {
    fn from(node: NodeIndex<u32>) -> Self {
        GroupId(node.index() as u32)
    }
}

/// Where hosts were read from. Shared by all hosts of one source.
#[derive(Debug, PartialEq, Eq)]
pub struct HostSource {
    /// `inventory_file`: the path, or the text of a host list.
    pub file: String,
    /// `inventory_dir`: the folder of that file; a host list has none.
    pub folder: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Host {
    pub name: Arc<str>,
    /// What inventory sources say about this host alone. Shared until changed.
    pub variables: Arc<Map>,
    /// The groups that name it, not their ancestors, in the order of joining.
    pub groups: Vec<GroupId>,
    /// `None` for hosts that a running play added.
    pub source: Option<Arc<HostSource>>,
    /// The localhost that nobody wrote down.
    pub implicit: bool,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub name: Arc<str>,
    pub variables: Arc<Map>,
    /// The hosts that it names itself, in order.
    pub hosts: Vec<HostId>,
    /// `ansible_group_priority`: decides among groups of one depth.
    pub priority: i64,
    /// The longest way from the top.
    pub depth: u32,
}

/// What happens to characters in group names that a variable name could not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupNamePolicy {
    Always,
    #[default]
    Never,
    Ignore,
    Silently,
}

/// All hosts and groups of a run.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// Place 0 is kept for the implicit localhost, which gets its name on first use.
    hosts: Vec<Host>,
    implicit: OnceLock<Host>,
    host_ids: HashMap<Arc<str>, HostId>,
    groups: DiGraph<Group, ()>,
    group_ids: HashMap<Arc<str>, GroupId>,
    /// The first host with a name out of `LOCALHOST_NAMES`.
    localhost: Option<HostId>,
    group_names: GroupNamePolicy,
    /// Whether a mapping that is set again merges with the one before.
    behaviour: HashBehaviour,
    no_variables: Arc<Map>,
    /// The source being read, which new hosts remember.
    current_source: Option<Arc<HostSource>>,
    /// Whether the reader at work leaves it to the inventory to trust templates in its texts.
    source_is_trusting: bool,
    /// Decided by the reader that sets the first variable, for all readers that follow.
    trust_texts: Option<bool>,
    warnings: Vec<Warning>,
    generation: u64,
}

impl Default for Inventory {
    fn default() -> Self {
        Self::new(GroupNamePolicy::default(), HashBehaviour::default())
    }
}

impl Inventory {
    pub fn new(group_names: GroupNamePolicy, behaviour: HashBehaviour) -> Self {
        let no_variables = Arc::new(Map::new());
        let unused = Host {
            name: "localhost".into(),
            variables: no_variables.clone(),
            groups: Vec::new(),
            source: None,
            implicit: true,
        };
        let mut inventory = Self {
            hosts: vec![unused],
            implicit: OnceLock::new(),
            host_ids: HashMap::new(),
            groups: DiGraph::new(),
            group_ids: HashMap::new(),
            localhost: None,
            group_names,
            behaviour,
            no_variables,
            current_source: None,
            source_is_trusting: false,
            trust_texts: None,
            warnings: Vec::new(),
            generation: 0,
        };
        inventory.new_group("all");
        inventory.new_group("ungrouped");
        inventory.groups.add_edge(GroupId::ALL.node(), GroupId::UNGROUPED.node(), ());
        inventory.groups[GroupId::UNGROUPED.node()].depth = 1;
        inventory
    }

    // ---- asking

    /// Hosts as first seen, without the implicit localhost.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = HostId> + use<> {
        (1..self.hosts.len() as u32).map(HostId)
    }

    /// How many places a vector indexed by host ids needs.
    pub fn id_count(&self) -> usize {
        self.hosts.len()
    }

    /// Whether no source named any host.
    pub fn is_empty(&self) -> bool {
        self.hosts.len() == 1
    }

    pub fn host(&self, id: HostId) -> &Host {
        match id {
            HostId::IMPLICIT => self.implicit_localhost("localhost"),
            id => &self.hosts[id.index()],
        }
    }

    /// A host that some source named.
    pub fn find_host(&self, name: &str) -> Option<HostId> {
        self.host_ids.get(name).copied()
    }

    /// A host, where a name of localhost always finds one: as written, the first other such name, or the implicit one.
    pub fn resolve_host(&self, name: &str) -> Option<HostId> {
        self.find_host(name).or_else(|| {
            LOCALHOST_NAMES.contains(&name).then(|| {
                self.localhost.unwrap_or_else(|| {
                    self.implicit_localhost(name);
                    HostId::IMPLICIT
                })
            })
        })
    }

    fn implicit_localhost(&self, name: &str) -> &Host {
        self.implicit.get_or_init(|| {
            let variables = Map::from([
                ("ansible_connection", Value::template("local", Origin::none())),
                ("ansible_python_interpreter", Value::template("{{ ansible_playbook_python }}", Origin::none())),
            ]);
            Host { name: name.into(), variables: Arc::new(variables), groups: Vec::new(), source: None, implicit: true }
        })
    }

    /// Groups as first seen, `all` and `ungrouped` first.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = GroupId> + use<> {
        (0..self.groups.node_count() as u32).map(GroupId)
    }

    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.node()]
    }

    pub fn find_group(&self, name: &str) -> Option<GroupId> {
        self.group_ids.get(name).copied()
    }

    /// The names of all groups of a host but `all`, sorted, as `group_names` has them.
    pub fn group_names_of(&self, host: HostId) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self
            .groups_of(host)
            .into_iter()
            .filter(|group| *group != GroupId::ALL)
            .map(|group| self.group(group).name.clone())
            .collect();
        names.sort_unstable();
        names
    }

    /// `groups` as templates see it: every group with the names of its hosts.
    pub fn groups_map(&self) -> Map {
        let names: Vec<Value> = self.hosts.iter().map(|host| Value::text(host.name.clone())).collect();
        self.groups()
            .map(|group| {
                let hosts = self.hosts_of(group);
                let members = Value::list(hosts.into_iter().map(|host| match host {
                    HostId::IMPLICIT => Value::text(self.host(host).name.clone()),
                    host => names[host.index()].clone(),
                }));
                (Value::text(self.group(group).name.clone()), members)
            })
            .collect()
    }

    /// Changes with every change of hosts and groups, so that caches know when to forget.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn warn(&mut self, diagnostic: Diagnostic) {
        self.add_warning(Warning::new(diagnostic));
    }

    /// Keeps a warning, once.
    pub fn add_warning(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// What there was to say while the inventory was built.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    // ---- building

    /// The same with the ids that hosts have in another inventory. Hosts that only the other one has
    /// keep their place, so that who runs on them still finds their name, but nothing leads to them.
    #[must_use]
    pub fn with_ids_of(mut self, other: &Self) -> Self {
        let mut fresh: Vec<Option<Host>> = std::mem::take(&mut self.hosts).into_iter().map(Some).collect();
        let mut moved: HashMap<HostId, HostId> = HashMap::from([(HostId::IMPLICIT, HostId::IMPLICIT)]);
        let mut hosts = Vec::with_capacity(other.hosts.len());
        hosts.extend(fresh[0].take());
        for known in &other.hosts[1..] {
            let id = HostId(hosts.len() as u32);
            let found = self.host_ids.get(&known.name).copied();
            match found.and_then(|old| Some((old, fresh.get_mut(old.index())?.take()?))) {
                Some((old, host)) => {
                    moved.insert(old, id);
                    hosts.push(host);
                }
                None => hosts.push(Host { groups: Vec::new(), ..known.clone() }),
            }
        }
        for (old, host) in fresh.into_iter().enumerate() {
            if let Some(host) = host {
                moved.insert(HostId(old as u32), HostId(hosts.len() as u32));
                hosts.push(host);
            }
        }
        self.hosts = hosts;
        let to_new = |id: &mut HostId| *id = moved.get(id).copied().unwrap_or(*id);
        self.host_ids.values_mut().for_each(to_new);
        self.localhost.iter_mut().for_each(to_new);
        for group in self.groups.node_weights_mut() {
            group.hosts.iter_mut().for_each(to_new);
        }
        self.generation = other.generation + 1;
        self
    }

    /// The source that hosts belong to which are added from now on.
    pub fn set_current_source(&mut self, source: Option<Arc<HostSource>>) {
        self.current_source = source;
    }

    /// Says whether the reader that is at work marks templates itself (false) or not (true).
    pub fn set_trusting(&mut self, trusting: bool) {
        self.source_is_trusting = trusting;
    }

    /// The group of that name, made where it does not exist.
    pub fn add_group(&mut self, name: &str) -> GroupId {
        if let Some(id) = self.find_group(name) {
            return id;
        }
        let name = self.accepted_group_name(name);
        self.find_group(&name).unwrap_or_else(|| self.new_group(&name))
    }

    fn new_group(&mut self, name: &str) -> GroupId {
        let name: Arc<str> = name.into();
        let group = Group {
            name: name.clone(),
            variables: self.no_variables.clone(),
            hosts: Vec::new(),
            priority: 1,
            depth: 0,
        };
        let id = GroupId::from(self.groups.add_node(group));
        self.group_ids.insert(name, id);
        self.generation += 1;
        id
    }

    fn accepted_group_name(&mut self, name: &str) -> String {
        let clean = clean_group_name(name);
        if clean == name || self.group_names == GroupNamePolicy::Ignore {
            return name.to_owned();
        }
        match self.group_names {
            GroupNamePolicy::Never => {
                self.warn(Diagnostic::new(
                    "Invalid characters were found in group names but not replaced, use -vvvv to see details",
                ));
                return name.to_owned();
            }
            GroupNamePolicy::Always => self.warn(Diagnostic::new(
                "Invalid characters were found in group names and automatically replaced, use -vvvv to see details",
            )),
            GroupNamePolicy::Silently | GroupNamePolicy::Ignore => {}
        }
        clean
    }

    /// The host of that name, made where it does not exist. A port counts only for a new host.
    pub fn add_host(&mut self, name: &str, group: Option<GroupId>, port: Option<u64>) -> HostId {
        let id = self.find_host(name).unwrap_or_else(|| self.new_host(name, port));
        if let Some(group) = group {
            self.add_host_to_group(group, id);
        }
        id
    }

    fn new_host(&mut self, name: &str, port: Option<u64>) -> HostId {
        let id = HostId(self.hosts.len() as u32);
        let name: Arc<str> = name.into();
        let variables = match port {
            None => self.no_variables.clone(),
            Some(port) => Arc::new(Map::from([("ansible_port", Value::from(port))])),
        };
        self.host_ids.insert(name.clone(), id);
        if LOCALHOST_NAMES.contains(&&*name) {
            match self.localhost {
                None => self.localhost = Some(id),
                Some(first) => self.warn(Diagnostic::new(format!(
                    "A duplicate localhost-like entry was found ({name}). First found localhost was {}",
                    self.host(first).name
                ))),
            }
        }
        let source = self.current_source.clone();
        self.hosts.push(Host { name, variables, groups: Vec::new(), source, implicit: false });
        self.generation += 1;
        id
    }

    /// Whether the host was not a member before.
    pub fn add_host_to_group(&mut self, group: GroupId, host: HostId) -> bool {
        let groups = &mut self.hosts[host.index()].groups;
        if groups.contains(&group) {
            return false;
        }
        groups.push(group);
        self.groups[group.node()].hosts.push(host);
        self.generation += 1;
        true
    }

    pub fn set_host_variable(&mut self, host: HostId, name: impl Into<Value>, value: Value) {
        let (name, value) = self.checked_variable(name.into(), value);
        set(Arc::make_mut(&mut self.hosts[host.index()].variables), name, value, self.behaviour);
        self.generation += 1;
    }

    /// `ansible_group_priority` orders groups and is no variable.
    pub fn set_group_variable(
        &mut self,
        group: GroupId,
        name: impl Into<Value>,
        value: Value,
    ) -> Result<(), Diagnostic> {
        let (name, value) = self.checked_variable(name.into(), value);
        self.generation += 1;
        let group = &mut self.groups[group.node()];
        if name.as_str() == Some("ansible_group_priority") {
            group.priority = priority(&value, &group.name)?;
        } else {
            set(Arc::make_mut(&mut group.variables), name, value, self.behaviour);
        }
        Ok(())
    }

    /// A name that is no identifier is accepted with a warning; texts get the trust that is due.
    fn checked_variable(&mut self, name: Value, value: Value) -> (Value, Value) {
        if !name.as_str().is_some_and(is_identifier) {
            let shown = crate::data::python::repr(&name);
            let message = format!("Accepting inventory variable with invalid name {shown}.");
            let hint = "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.";
            self.add_warning(Warning::deprecated(Diagnostic::new(message).at(&name.origin).hint(hint), "2.23"));
        }
        let trust = *self.trust_texts.get_or_insert(self.source_is_trusting);
        (name, unshared(&value, trust))
    }

    /// Replaces the variables of a host as a whole.
    pub fn set_host_variables(&mut self, host: HostId, variables: Arc<Map>) {
        self.hosts[host.index()].variables = variables;
        self.generation += 1;
    }

    pub fn merge_host_variables(&mut self, host: HostId, above: &Map, behaviour: HashBehaviour) {
        if !above.is_empty() {
            merge::add(Arc::make_mut(&mut self.hosts[host.index()].variables), above, behaviour);
            self.generation += 1;
        }
    }

    pub fn merge_group_variables(&mut self, group: GroupId, above: &Map, behaviour: HashBehaviour) {
        if !above.is_empty() {
            merge::add(Arc::make_mut(&mut self.groups[group.node()].variables), above, behaviour);
            self.generation += 1;
        }
    }

    /// Ties everything together once all sources are read: groups without a parent below `all`,
    /// hosts without a group into `ungrouped`.
    pub fn reconcile(&mut self) -> Result<(), Diagnostic> {
        self.generation += 1;
        for group in self.groups() {
            if group != GroupId::ALL && !self.has_parents(group) {
                self.add_child_group(GroupId::ALL, group)?;
            }
        }
        let stay_ungrouped = |groups: &[GroupId]| groups.iter().all(|group| *group <= GroupId::UNGROUPED);
        for host in 1..self.hosts.len() {
            // A host that a refresh took away belongs nowhere.
            if self.host_ids.get(&self.hosts[host].name) != Some(&HostId(host as u32)) {
                continue;
            }
            let groups = &mut self.hosts[host].groups;
            if !stay_ungrouped(groups) {
                groups.retain(|group| *group != GroupId::UNGROUPED);
            } else if !groups.contains(&GroupId::UNGROUPED) {
                groups.push(GroupId::UNGROUPED);
                self.groups[GroupId::UNGROUPED.node()].hosts.push(HostId(host as u32));
            }
        }
        let mut ungrouped = std::mem::take(&mut self.groups[GroupId::UNGROUPED.node()].hosts);
        ungrouped.retain(|host| stay_ungrouped(&self.hosts[host.index()].groups));
        self.groups[GroupId::UNGROUPED.node()].hosts = ungrouped;
        self.warn_about_shared_names();
        Ok(())
    }

    fn warn_about_shared_names(&mut self) {
        let shared: Vec<_> = self
            .groups()
            .map(|group| self.group(group).name.clone())
            .filter(|name| self.find_host(name).is_some())
            .collect();
        for name in shared {
            self.warn(Diagnostic::new(format!("Found both group and host with same name: {name}")));
        }
    }
}

fn set(variables: &mut Map, name: Value, value: Value, behaviour: HashBehaviour) {
    let value = match (behaviour, variables.get_value(&name)) {
        (HashBehaviour::Merge, Some(old)) => merge::values(old, &value),
        _ => value,
    };
    variables.insert(name, value);
}

/// A value of its own: what YAML says once and refers to elsewhere is no longer one thing.
/// Tuples and sets become lists.
fn unshared(value: &Value, trust: bool) -> Value {
    let each = |items: &mut dyn Iterator<Item = &Value>| -> Data {
        Data::List(Arc::new(items.map(|item| unshared(item, trust)).collect()))
    };
    let data = match &value.data {
        Data::List(items) | Data::Tuple(items) => each(&mut items.iter()),
        Data::Set(items) => each(&mut items.iter()),
        Data::Map(map) => {
            Data::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), unshared(item, trust))).collect()))
        }
        Data::Text(text) if trust => Data::Text(text.clone().with_trust(Trust::Template)),
        other => other.clone(),
    };
    Value { data, origin: value.origin.clone() }
}

/// Every character that a variable name could not have as `_`.
pub fn clean_group_name(name: &str) -> String {
    let mut first = true;
    name.chars()
        .map(|character| {
            let word = character.is_alphanumeric() || character == '_';
            let fits = word && !(first && character.is_numeric());
            first = false;
            if fits { character } else { '_' }
        })
        .collect()
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn priority(value: &Value, group: &str) -> Result<i64, Diagnostic> {
    let number = match &value.data {
        Data::Int(number) => Some(*number),
        Data::Bool(flag) => Some(i64::from(*flag)),
        Data::Float(number) => Some(number.trunc() as i64),
        Data::Text(text) => text.trim().replace('_', "").parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        Diagnostic::new(format!("Invalid ansible_group_priority of group {group}: {value:?} is no whole number"))
            .at(&value.origin)
    })
}
