//! Variables that the program itself sets. Those of a play are shared by its hosts; those of a host
//! are few. `hostvars`, `vars` and `groups` are lazy and made where templates are rendered.

use std::sync::Arc;

use crate::data::{Map, Value};
use crate::project::inventory::{HostId, Inventory};

/// What is the same for the whole run.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    pub inventory_sources: Vec<String>,
    pub check: bool,
    pub diff: bool,
    pub forks: u32,
    pub verbosity: u8,
    pub run_tags: Vec<String>,
    pub skip_tags: Vec<String>,
    pub limit: Option<String>,
    pub config_file: Option<String>,
    /// The Python that stands for the program: templates use it as an interpreter on localhost.
    pub python: String,
}

/// What is the same for all hosts of a play (or of a batch of it).
#[derive(Clone, Debug, Default)]
pub struct PlayFacts {
    pub name: Option<Value>,
    pub playbook_dir: String,
    /// Hosts of the play, the failed ones left out.
    pub hosts: Vec<Arc<str>>,
    /// Hosts of the play whatever happened to them.
    pub hosts_all: Vec<Arc<str>>,
    /// Hosts of the running batch.
    pub batch: Vec<Arc<str>>,
    pub role_names: Vec<String>,
    pub dependent_role_names: Vec<String>,
}

/// What belongs to the role of a task.
#[derive(Clone, Debug, Default)]
pub struct RoleFacts {
    pub name: String,
    pub full_name: String,
    pub collection: Option<String>,
    pub path: String,
    pub uuid: String,
    pub parent_names: Vec<String>,
    pub parent_paths: Vec<String>,
}

fn texts<T: AsRef<str>>(items: &[T]) -> Value {
    Value::list(items.iter().map(|item| Value::text(item.as_ref())))
}

/// `ansible_version` and its parts.
pub fn version() -> Value {
    Map::from([
        ("string", Value::from(REFERENCE_VERSION)),
        ("full", Value::from(REFERENCE_VERSION)),
        ("major", Value::from(2)),
        ("minor", Value::from(19)),
        ("revision", Value::from(14)),
    ])
    .into()
}

/// The version of ansible-core whose behaviour is followed.
pub const REFERENCE_VERSION: &str = "2.19.14";

impl RunFacts {
    pub fn variables(&self) -> Map {
        let mut variables = Map::from([
            ("ansible_playbook_python", Value::text(self.python.as_str())),
            ("ansible_config_file", self.config_file.as_deref().into()),
            ("ansible_check_mode", self.check.into()),
            ("ansible_diff_mode", self.diff.into()),
            ("ansible_forks", self.forks.into()),
            ("ansible_inventory_sources", texts(&self.inventory_sources)),
            ("ansible_run_tags", texts(&self.run_tags)),
            ("ansible_skip_tags", texts(&self.skip_tags)),
            ("ansible_verbosity", self.verbosity.into()),
            ("ansible_version", version()),
        ]);
        if let Some(limit) = &self.limit {
            variables.insert("ansible_limit", limit.as_str());
        }
        variables
    }
}

impl PlayFacts {
    pub fn variables(&self) -> Map {
        let mut roles = self.role_names.clone();
        roles.extend(self.dependent_role_names.iter().filter(|name| !self.role_names.contains(name)).cloned());
        let live = texts(&self.hosts);
        let mut variables = Map::from([
            ("playbook_dir", Value::text(self.playbook_dir.as_str())),
            ("ansible_play_role_names", texts(&self.role_names)),
            ("ansible_dependent_role_names", texts(&self.dependent_role_names)),
            ("ansible_role_names", texts(&roles)),
            ("role_names", texts(&self.role_names)),
            ("ansible_play_hosts_all", texts(&self.hosts_all)),
            ("ansible_play_hosts", live.clone()),
            ("ansible_play_batch", texts(&self.batch)),
            ("play_hosts", live),
        ]);
        if let Some(name) = &self.name {
            variables.insert("ansible_play_name", name.clone());
        }
        variables
    }
}

impl RoleFacts {
    pub fn variables(&self) -> Map {
        let mut variables = Map::from([
            ("role_name", Value::text(self.name.as_str())),
            ("role_path", Value::text(self.path.as_str())),
            ("role_uuid", Value::text(self.uuid.as_str())),
            ("ansible_role_name", Value::text(self.full_name.as_str())),
            ("ansible_collection_name", self.collection.as_deref().into()),
        ]);
        if !self.parent_names.is_empty() {
            variables.insert("ansible_parent_role_names", texts(&self.parent_names));
            variables.insert("ansible_parent_role_paths", texts(&self.parent_paths));
        }
        variables
    }
}

/// `inventory_hostname`, its short form and `group_names`.
pub fn host_variables(inventory: &Inventory, host: HostId) -> Map {
    let name = &inventory.host(host).name;
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    let short = if is_address { name } else { name.split('.').next().unwrap_or(name) };
    let groups = inventory.group_names_of(host).into_iter().map(Value::text);
    Map::from([
        ("inventory_hostname", Value::text(name.clone())),
        ("inventory_hostname_short", Value::text(short)),
        ("group_names", Value::list(groups)),
    ])
}
