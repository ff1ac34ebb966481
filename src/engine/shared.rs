//! What all plays of a run share: settings, plugins, carrier, inventory, what hosts have learned.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::data::{Environment, Map, Value};
use crate::diagnostic::Diagnostic;
use crate::operator::Operator;
use crate::project::facts_cache::FactsCache;
use crate::project::inventory::Inventory;
use crate::project::reader::Reader;
use crate::project::settings::Settings;
use crate::project::vars::{HashBehaviour, HostVariables};
use crate::runner::Registry;
use crate::template;
use crate::transport::{BecomeMethod, Carrier, ConnectionPlugin};

use super::action::ActionPlugin;
use super::board::Board;
use super::event::Event;
use super::strategy;
use super::tags::TagFilter;

/// One run of a tool. Made once by the command, shared by everything that runs below it.
pub struct Shared {
    pub settings: Arc<Settings>,
    pub environment: Environment,
    pub options: RunOptions,
    pub templates: Arc<template::Engine>,
    pub modules: Registry,
    pub plugins: Plugins,
    pub carrier: Arc<dyn Carrier>,
    pub operator: Arc<dyn Operator>,
    pub reader: Arc<Reader>,
    /// Changes by `add_host`, `group_by` and `meta: refresh_inventory`.
    pub inventory: RwLock<Arc<Inventory>>,
    /// Reads the sources once more.
    pub reload_inventory: Box<dyn Fn() -> Result<Inventory, Diagnostic> + Send + Sync>,
    pub host_variables: HostVariables,
    /// Facts that outlive the run.
    pub facts: FactsCache,
    pub extra_vars: Arc<Map>,
    /// `ansible_check_mode`, `ansible_version` and their like.
    pub run_facts: Arc<Map>,
    pub board: Board,
    pub outbox: Outbox,
}

/// Plugins that the engine calls by name.
#[derive(Clone, Copy)]
pub struct Plugins {
    pub actions: &'static [&'static ActionPlugin],
    pub connection: fn(&str) -> Option<&'static ConnectionPlugin>,
    pub become_method: fn(&str) -> Option<&'static BecomeMethod>,
    pub strategies: &'static [&'static strategy::Kind],
}

/// What the command line says about running.
#[derive(Clone, Default)]
pub struct RunOptions {
    pub check: bool,
    pub diff: bool,
    pub forks: usize,
    pub tags: TagFilter,
    pub step: bool,
    pub start_at_task: Option<String>,
    pub force_handlers: bool,
    pub verbosity: u8,
    /// Words of `--limit`.
    pub limit: Option<Vec<String>>,
    /// Options of connections and become methods by their names on the command line.
    pub command_line: Map,
    /// The folder of the playbook, or where an ad-hoc command was started.
    pub base_dir: PathBuf,
    /// `become`, `become_method` and `connection` where no keyword says otherwise.
    pub become_by_default: bool,
    /// Output of running commands is shown as it comes.
    pub live: bool,
    pub become_method: String,
    pub connection: String,
}

/// Things to tell that come up where nobody can be told: drained by the loop.
#[derive(Default)]
pub struct Outbox(Mutex<Vec<Event>>);

impl Outbox {
    pub fn put(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    /// The inventory of this moment.
    pub fn inventory(&self) -> Arc<Inventory> {
        Arc::clone(&self.inventory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the inventory; whoever holds the old one goes on with it.
    pub fn change_inventory<T>(&self, change: impl FnOnce(&mut Inventory) -> T) -> T {
        let mut inventory = self.inventory.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(Arc::make_mut(&mut inventory));
        self.board.grow(inventory.id_count());
        result
    }

    pub fn warn(&self, message: impl Into<String>) {
        self.outbox.put(Event::Warning(Diagnostic::new(message)));
    }

    /// `hash_behaviour`
    pub fn hash_behaviour(&self) -> HashBehaviour {
        if self.settings.hash_behaviour() == "merge" { HashBehaviour::Merge } else { HashBehaviour::Replace }
    }

    /// A value of the command line by its destination.
    pub fn command_line(&self, name: &str) -> Option<&Value> {
        self.options.command_line.get(name).filter(|value| !value.is_null())
    }
}
