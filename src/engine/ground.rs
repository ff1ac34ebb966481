//! A play while it runs: what all its hosts share, and the variables of a host at a place.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::data::{Data, Map, Trust, Value};
use crate::diagnostic::{Diagnostic, Kind, Origin};
use crate::project::inventory::HostId;
use crate::project::playbook::{Keyword, Node, Play, Role, Scope};
use crate::project::vars::magic::PlayFacts;
use crate::project::vars::{Layer, Layers, Level, merge};
use crate::template::{ErrorKind, Templar};

use super::event::Event;
use super::layers::{Ground, exported_layers};
use super::shared::Shared;
use super::world::HostWorld;

/// One play (or an ad-hoc command) being run.
pub struct PlayGround {
    pub shared: Arc<Shared>,
    pub play: Arc<Play>,
    /// The folder of the playbook.
    pub base_dir: PathBuf,
    /// Rendered with what is known before any host.
    pub name: String,
    pub strategy: String,
    /// The play's keyword, rendered.
    pub gather_facts: Option<bool>,
    /// Answers to `vars_prompt`.
    pub prompts: Arc<Map>,
    layers: RwLock<Arc<[Layer]>>,
    facts: RwLock<Arc<Map>>,
    /// `groups`, made anew when the inventory changes.
    groups: Mutex<Option<(u64, Arc<Map>)>>,
    grounds: Mutex<HashMap<usize, Arc<Ground>>>,
}

/// What of a play is rendered before any host.
#[derive(Default)]
pub struct PlayHead {
    pub name: String,
    pub strategy: String,
    pub gather_facts: Option<bool>,
    pub prompts: Map,
}

impl PlayGround {
    pub fn new(shared: Arc<Shared>, play: Arc<Play>, head: PlayHead) -> Self {
        let PlayHead { name, strategy, gather_facts, prompts } = head;
        let base_dir = play.file.parent().map_or_else(|| shared.options.base_dir.clone(), PathBuf::from);
        let ground = Self {
            shared,
            play,
            base_dir,
            name,
            strategy,
            gather_facts,
            prompts: Arc::new(prompts),
            layers: RwLock::new(Arc::from([])),
            facts: RwLock::default(),
            groups: Mutex::default(),
            grounds: Mutex::default(),
        };
        ground.set_roles(&[]);
        ground
    }

    /// The roles that a dynamic include has added, whose variables all tasks see.
    pub fn set_roles(&self, included: &[Arc<Role>]) {
        let mut layers: Vec<Layer> = Vec::new();
        let mut roles: Vec<Arc<Role>> = self.play.roles.iter().map(|body| Arc::clone(&body.role)).collect();
        for nodes in [&self.play.pre_tasks, &self.play.tasks, &self.play.post_tasks] {
            imported_roles(nodes, &mut roles);
        }
        let private = self.shared.settings.private_role_vars();
        for role in roles.iter().chain(included).filter(|role| role.public && !private) {
            exported_layers(role, &mut layers);
        }
        if let Some(vars) = &self.play.scope.vars {
            layers.push((Level::Play, Arc::clone(vars)));
        }
        layers.push((Level::Prompts, Arc::clone(&self.prompts)));
        layers.push((Level::Extra, Arc::clone(&self.shared.extra_vars)));
        layers.push((Level::Magic, Arc::clone(&self.shared.run_facts)));
        *self.layers.write().unwrap_or_else(PoisonError::into_inner) = layers.into();
    }

    /// Variables of the play, for what is rendered before any host.
    pub fn shared_layers(&self) -> Vec<Layer> {
        let mut layers = self.layers.read().unwrap_or_else(PoisonError::into_inner).to_vec();
        layers.push((Level::Magic, Arc::clone(&self.facts.read().unwrap_or_else(PoisonError::into_inner))));
        layers
    }

    /// Which hosts are left, for `ansible_play_hosts` and its like.
    pub fn set_facts(&self, facts: &PlayFacts) {
        *self.facts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(facts.variables());
    }

    /// The ground of a task, made once.
    pub fn of_task(&self, task: &Arc<crate::project::playbook::Task>) -> Arc<Ground> {
        let mut grounds = self.grounds.lock().unwrap_or_else(PoisonError::into_inner);
        let ground = grounds
            .entry(Arc::as_ptr(task).addr())
            .or_insert_with(|| Arc::new(Ground::new(task, &self.base_dir, &self.shared.options)));
        Arc::clone(ground)
    }

    /// All variables of a host, in front of a task.
    pub fn layers(&self, host: HostId, task: Option<&Ground>) -> Result<Layers, Diagnostic> {
        let mut layers = Layers::new(self.shared.hash_behaviour());
        // What a task's ground brings at the weakest level goes below all else of that level.
        layers.extend(task.into_iter().flat_map(|task| task.layers.first()).cloned());
        layers.extend(self.host_layers(host)?.layers().iter().cloned());
        layers.extend(self.layers.read().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        layers.push(Level::Magic, Arc::clone(&self.facts.read().unwrap_or_else(PoisonError::into_inner)));
        if let Some(task) = task {
            layers.extend(task.layers.iter().skip(1).cloned());
        }
        if let Some(files) = self.play.scope.own(Keyword::VarsFiles) {
            for variables in self.vars_files(files, &layers, &|_| {})? {
                layers.push(Level::VarsFiles, variables);
            }
        }
        Ok(layers)
    }

    /// What is known of a host outside of any play: `hostvars`.
    pub fn host_layers(&self, host: HostId) -> Result<Layers, Diagnostic> {
        let shared = &self.shared;
        let inventory = shared.inventory();
        let mut layers = Layers::new(shared.hash_behaviour());
        shared.host_variables.push_layers(&inventory, host, &mut layers)?;
        layers.extend(shared.board.of(host).layers());
        layers.push(Level::Magic, self.groups(&inventory));
        Ok(layers)
    }

    fn groups(&self, inventory: &crate::project::inventory::Inventory) -> Arc<Map> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        match &*groups {
            Some((generation, map)) if *generation == inventory.generation() => Arc::clone(map),
            _ => {
                let map = Arc::new(Map::from([("groups", Value::from(inventory.groups_map()))]));
                *groups = Some((inventory.generation(), Arc::clone(&map)));
                map
            }
        }
    }

    /// Renders for a host with these variables.
    pub fn templar(self: &Arc<Self>, layers: Arc<Layers>, ground: Option<&Arc<Ground>>) -> Templar {
        let world = HostWorld::new(Arc::clone(self), ground.map(Arc::clone));
        Templar::new(Arc::clone(&self.shared.templates), Arc::new(world), layers)
    }

    /// Reads the `vars_files` whose names are known before any host, so that mistakes in them are
    /// told before anything runs.
    pub fn check_vars_files(&self) -> Result<(), Diagnostic> {
        let Some(files) = self.play.scope.own(Keyword::VarsFiles) else { return Ok(()) };
        let mut layers = Layers::new(self.shared.hash_behaviour());
        layers.extend(self.shared_layers());
        let warn = |place: &Origin| {
            let message = "skipping vars_files item due to an undefined variable";
            self.shared.outbox.put(Event::Warning(Diagnostic::new(message).at(place)));
        };
        self.vars_files(files, &layers, &warn).map(|_| ())
    }

    /// The variables of `vars_files`, whose names may hold variables of the host. An entry whose name
    /// cannot be known yet is passed over, and so is one that names no file that is there.
    fn vars_files(
        &self,
        files: &Value,
        layers: &Layers,
        unknown: &dyn Fn(&Origin),
    ) -> Result<Vec<Arc<Map>>, Diagnostic> {
        let entries: Vec<&Value> = match &files.data {
            Data::List(items) => items.iter().collect(),
            Data::Null => Vec::new(),
            _ => vec![files],
        };
        let mut found = Vec::new();
        for entry in entries {
            let candidates: Vec<&Value> = entry.as_items().map_or_else(|| vec![entry], |items| items.iter().collect());
            match self.first_of(&candidates, layers) {
                Ok(Some(path)) => {
                    found.extend(self.variables_of(&self.vars_document(&path)?)?);
                }
                Ok(None) => {}
                Err(Unnamed::Undefined) => unknown(&candidates[0].origin),
                Err(Unnamed::Wrong(error)) => return Err(error),
            }
        }
        Ok(found)
    }

    fn vars_document(&self, path: &Path) -> Result<Value, Diagnostic> {
        let sealed = |error: Diagnostic| match error.kind {
            Kind::General if error.origin.path() == Some(path) => {
                let message = format!("Invalid vars_files file '{}': {}", path.display(), error.message);
                Diagnostic { message, ..error }
            }
            _ => error,
        };
        self.shared.reader.document(path, Trust::Template).map_err(sealed)
    }

    /// The first file of several that is there.
    fn first_of(&self, candidates: &[&Value], layers: &Layers) -> Result<Option<PathBuf>, Unnamed> {
        let world = super::world::PlainWorld::new(Arc::clone(&self.shared), self.base_dir.clone());
        let templar = Templar::new(Arc::clone(&self.shared.templates), Arc::new(world), Arc::new(layers.clone()));
        for candidate in candidates {
            let name = templar.render(candidate).map_err(|error| match error.kind() {
                ErrorKind::Undefined => Unnamed::Undefined,
                _ => Unnamed::Wrong(error.into()),
            })?;
            let Some(name) = name.as_str() else {
                return Err(Unnamed::Wrong(wrong_vars_file(&name, &candidate.origin)));
            };
            let path = self.find_vars_file(name);
            if path.exists() {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// A mapping, or a list of mappings that are merged.
    fn variables_of(&self, value: &Value) -> Result<Option<Arc<Map>>, Diagnostic> {
        let wrong = |value: &Value| {
            Diagnostic::new("Invalid variable file contents.")
                .at(&value.origin)
                .kind(Kind::Parse)
                .hint("Variable files must contain either a dictionary of variables, or a list of dictionaries. Empty dictionaries and lists are allowed.")
        };
        match &value.data {
            Data::Map(map) => Ok(Some(Arc::clone(map))),
            Data::Null => Ok(None),
            Data::List(items) => {
                let mut merged = Map::new();
                for item in items.iter() {
                    let map = item.as_map().ok_or_else(|| wrong(item))?;
                    merge::add(&mut merged, map, self.shared.hash_behaviour());
                }
                Ok(Some(Arc::new(merged)))
            }
            _ => Err(wrong(value)),
        }
    }

    fn find_vars_file(&self, name: &str) -> PathBuf {
        let direct = self.base_dir.join(name);
        let below = self.base_dir.join("vars").join(name);
        if !direct.exists() && below.exists() { below } else { direct }
    }
}

/// Why an entry of `vars_files` names no file.
enum Unnamed {
    /// It holds a variable that is not known here.
    Undefined,
    Wrong(Diagnostic),
}

fn wrong_vars_file(value: &Value, origin: &Origin) -> Diagnostic {
    Diagnostic::new(format!("Invalid `vars_files` value of type '{}'.", value.type_name()))
        .at(origin)
        .kind(Kind::Parse)
        .hint("A `vars_files` value should either be a string or list of strings.")
}

/// The play's own scope, above all tasks.
pub fn scope_of(play: &Play) -> &Arc<Scope> {
    &play.scope
}

/// Roles that static imports have brought, wherever they stand.
fn imported_roles(nodes: &[Node], roles: &mut Vec<Arc<Role>>) {
    for node in nodes {
        let Node::Block(block) = node else { continue };
        if let Some(role) = &block.scope.role
            && !roles.iter().any(|known| Arc::ptr_eq(known, role))
        {
            roles.push(Arc::clone(role));
        }
        for part in [&block.block, &block.rescue, &block.always] {
            imported_roles(part, roles);
        }
    }
}
