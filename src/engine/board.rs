//! What hosts have learned during the run: facts, registered variables, included variables. The loop
//! writes; running tasks of any host read what was there when they asked.

use std::sync::{Arc, PoisonError, RwLock};

use crate::data::{Map, Value};
use crate::project::inventory::HostId;
use crate::project::vars::{Layer, Level, facts};

/// One entry a host, by id.
#[derive(Default)]
pub struct Board(RwLock<Vec<Arc<HostNotes>>>);

/// What one host has learned. An idle host without facts costs a pointer.
#[derive(Clone, Debug, Default)]
pub struct HostNotes {
    /// As modules returned them.
    pub facts: Arc<Map>,
    /// The variables that the facts make.
    fact_layers: Arc<[Arc<Map>]>,
    pub included: Arc<Map>,
    /// `set_fact` and `register`.
    pub set: Arc<Map>,
}

impl HostNotes {
    /// The levels of variables, for the stack.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        let none = self.fact_layers.is_empty().then(no_facts);
        let facts = none.into_iter().chain(self.fact_layers.iter().map(Arc::clone));
        facts
            .map(|layer| (Level::Facts, layer))
            .chain([(Level::IncludeVars, Arc::clone(&self.included)), (Level::SetFacts, Arc::clone(&self.set))])
    }
}

/// `ansible_facts` is there before any fact is.
fn no_facts() -> Arc<Map> {
    static NONE: std::sync::LazyLock<Arc<Map>> =
        std::sync::LazyLock::new(|| Arc::new(Map::from([("ansible_facts", Value::from(Map::new()))])));
    Arc::clone(&NONE)
}

impl Board {
    /// Makes room for hosts with ids below `count`.
    pub fn grow(&self, count: usize) {
        let mut notes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < count {
            let nothing = notes.first().cloned().unwrap_or_default();
            let nothing = if nothing.facts.is_empty() && nothing.set.is_empty() { nothing } else { Arc::default() };
            notes.resize(count, nothing);
        }
    }

    pub fn of(&self, host: HostId) -> Arc<HostNotes> {
        let notes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        notes.get(host.index()).cloned().unwrap_or_default()
    }

    fn change(&self, host: HostId, change: impl FnOnce(&mut HostNotes)) {
        self.grow(host.index() + 1);
        let mut notes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(notes) = notes.get_mut(host.index()) {
            change(Arc::make_mut(notes));
        }
    }

    /// Adds facts to those that are known.
    pub fn add_facts(&self, host: HostId, new: &Map, inject: bool) {
        self.change(host, |notes| {
            extend(&mut notes.facts, new);
            notes.fact_layers = facts::layers(&notes.facts, inject).into();
        });
    }

    /// `meta: clear_facts`
    pub fn clear_facts(&self, host: HostId) {
        self.change(host, |notes| {
            notes.facts = Arc::default();
            notes.fact_layers = Arc::default();
        });
    }

    /// `set_fact`: plain variables of the host.
    pub fn set_variables(&self, host: HostId, new: &Map) {
        self.change(host, |notes| extend(&mut notes.set, new));
    }

    pub fn set_variable(&self, host: HostId, name: &str, value: Value) {
        self.change(host, |notes| {
            Arc::make_mut(&mut notes.set).insert(name, value);
        });
    }

    /// `include_vars`
    pub fn include_variables(&self, host: HostId, new: &Map) {
        self.change(host, |notes| extend(&mut notes.included, new));
    }
}

fn extend(map: &mut Arc<Map>, new: &Map) {
    Arc::make_mut(map).extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
}
