//! The levels that belong to a host: its groups' variables and its own, from inventory text and files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::files::{Kind, VariableFiles};
use super::{Layer, Layers, Level, magic};
use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::{GroupId, Host, HostId, Inventory};

/// One entry of the setting VARIABLE_PRECEDENCE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupPart {
    AllInventory,
    GroupsInventory,
    AllFilesInventory,
    AllFilesPlaybook,
    GroupsFilesInventory,
    GroupsFilesPlaybook,
}

impl GroupPart {
    pub const DEFAULT_ORDER: [GroupPart; 6] = [
        Self::AllInventory,
        Self::GroupsInventory,
        Self::AllFilesInventory,
        Self::AllFilesPlaybook,
        Self::GroupsFilesInventory,
        Self::GroupsFilesPlaybook,
    ];

    /// By the name that the setting uses.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all_inventory" => Self::AllInventory,
            "groups_inventory" => Self::GroupsInventory,
            "all_plugins_inventory" => Self::AllFilesInventory,
            "all_plugins_play" => Self::AllFilesPlaybook,
            "groups_plugins_inventory" => Self::GroupsFilesInventory,
            "groups_plugins_play" => Self::GroupsFilesPlaybook,
            _ => return None,
        })
    }
}

/// Where and how variables of groups and hosts are looked for.
pub struct HostVariables {
    pub files: VariableFiles,
    /// The folders beside the inventory sources, in the order of the sources.
    pub inventory_folders: Vec<PathBuf>,
    /// The folders beside the playbook (or the one of `--playbook-dir`).
    pub playbook_folders: Vec<PathBuf>,
    /// The setting VARIABLE_PRECEDENCE.
    pub order: Vec<GroupPart>,
    /// Whether files beside the inventory count when a task runs.
    pub use_inventory_files: bool,
    /// Whether files beside the playbook count when a task runs.
    pub use_playbook_files: bool,
    shared: Mutex<SharedGroups>,
}

/// The layers of each set of groups, shared by all hosts in exactly these.
#[derive(Default)]
struct SharedGroups {
    generation: u64,
    layers: HashMap<Vec<GroupId>, Arc<[Layer]>>,
}

impl HostVariables {
    pub fn new(files: VariableFiles, inventory_folders: Vec<PathBuf>, playbook_folders: Vec<PathBuf>) -> Self {
        Self {
            files,
            inventory_folders,
            playbook_folders,
            order: GroupPart::DEFAULT_ORDER.to_vec(),
            use_inventory_files: true,
            use_playbook_files: true,
            shared: Mutex::default(),
        }
    }

    /// Pushes what groups and inventory say about a host.
    pub fn push_layers(&self, inventory: &Inventory, host: HostId, layers: &mut Layers) -> Result<(), Diagnostic> {
        let entry = inventory.host(host);
        layers.extend(self.group_layers(inventory, &entry.groups)?.iter().cloned());
        layers.push(Level::Host, source_variables(entry));
        layers.push(Level::Host, entry.variables.clone());
        layers.push(Level::Host, Arc::new(magic::host_variables(inventory, host)));
        for folder in self.active_folders(true).iter().chain(self.active_folders(false)) {
            layers.push(Level::Host, self.files.variables(folder, Kind::Host, &entry.name)?);
        }
        Ok(())
    }

    /// What is known about a host while sources are still being read: nothing is below `all` yet,
    /// and files count only where they are asked for.
    pub fn push_early_layers(
        &self,
        inventory: &Inventory,
        host: HostId,
        with_files: bool,
        layers: &mut Layers,
    ) -> Result<(), Diagnostic> {
        let entry = inventory.host(host);
        let groups = inventory.groups_of(host);
        for group in &groups {
            layers.push(Level::Groups, inventory.group(*group).variables.clone());
        }
        if with_files {
            for variables in self.group_files(inventory, true, &groups)? {
                layers.push(Level::Groups, variables);
            }
        }
        layers.push(Level::Host, source_variables(entry));
        layers.push(Level::Host, entry.variables.clone());
        layers.push(Level::Host, Arc::new(magic::host_variables(inventory, host)));
        if with_files {
            for folder in self.active_folders(true) {
                layers.push(Level::Host, self.files.variables(folder, Kind::Host, &entry.name)?);
            }
        }
        Ok(())
    }

    /// Puts what files beside the sources say into the inventory itself, above its own text.
    pub fn merge_files_into(&self, inventory: &mut Inventory) -> Result<(), Diagnostic> {
        for group in inventory.groups() {
            for variables in self.group_files(inventory, true, &[group])? {
                inventory.merge_group_variables(group, &variables, self.files.behaviour);
            }
        }
        for host in inventory.hosts() {
            for folder in &self.inventory_folders {
                let variables = self.files.variables(folder, Kind::Host, &inventory.host(host).name)?;
                inventory.merge_host_variables(host, &variables, self.files.behaviour);
            }
        }
        Ok(())
    }

    /// The layers of a set of groups and their ancestors, the weakest first.
    pub fn group_layers(&self, inventory: &Inventory, groups: &[GroupId]) -> Result<Arc<[Layer]>, Diagnostic> {
        let mut key = groups.to_vec();
        key.sort_unstable();
        {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.generation != inventory.generation() {
                *shared = SharedGroups { generation: inventory.generation(), layers: HashMap::new() };
            }
            if let Some(known) = shared.layers.get(&key) {
                return Ok(known.clone());
            }
        }
        let mut ancestors = inventory.with_ancestors(groups);
        ancestors.retain(|group| *group != GroupId::ALL);
        let mut found: Vec<Layer> = Vec::new();
        for part in &self.order {
            for variables in self.part(inventory, *part, &ancestors)? {
                if !variables.is_empty() {
                    found.push((Level::Groups, variables));
                }
            }
        }
        let found: Arc<[Layer]> = found.into();
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).layers.insert(key, found.clone());
        Ok(found)
    }

    /// Forgets what files said.
    pub fn forget(&self) {
        self.files.forget();
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).layers.clear();
    }

    fn part(&self, inventory: &Inventory, part: GroupPart, groups: &[GroupId]) -> Result<Vec<Arc<Map>>, Diagnostic> {
        let text =
            |groups: &[GroupId]| Ok(groups.iter().map(|group| inventory.group(*group).variables.clone()).collect());
        match part {
            GroupPart::AllInventory => text(&[GroupId::ALL]),
            GroupPart::GroupsInventory => text(groups),
            GroupPart::AllFilesInventory => self.group_files(inventory, true, &[GroupId::ALL]),
            GroupPart::AllFilesPlaybook => self.group_files(inventory, false, &[GroupId::ALL]),
            GroupPart::GroupsFilesInventory => self.group_files(inventory, true, groups),
            GroupPart::GroupsFilesPlaybook => self.group_files(inventory, false, groups),
        }
    }

    fn group_files(
        &self,
        inventory: &Inventory,
        beside_inventory: bool,
        groups: &[GroupId],
    ) -> Result<Vec<Arc<Map>>, Diagnostic> {
        let mut found = Vec::new();
        for folder in self.active_folders(beside_inventory) {
            for group in groups {
                found.push(self.files.variables(folder, Kind::Group, &inventory.group(*group).name)?);
            }
        }
        Ok(found)
    }

    fn active_folders(&self, beside_inventory: bool) -> &[PathBuf] {
        match beside_inventory {
            true if self.use_inventory_files => &self.inventory_folders,
            false if self.use_playbook_files => &self.playbook_folders,
            _ => &[],
        }
    }
}

/// `inventory_file` and `inventory_dir`.
pub fn source_variables(host: &Host) -> Arc<Map> {
    if host.implicit {
        return Arc::new(Map::new());
    }
    let (file, folder) = match &host.source {
        // The reference makes a text of what is not there.
        Some(source) => (
            Value::text(source.file.as_str()),
            source.folder.as_deref().map_or_else(|| Value::text("None"), path_value),
        ),
        None => (Value::NULL, Value::NULL),
    };
    Arc::new(Map::from([("inventory_file", file), ("inventory_dir", folder)]))
}

fn path_value(path: &Path) -> Value {
    Value::text(path.to_string_lossy().into_owned())
}
