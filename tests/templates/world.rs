//! A world with one environment variable, no files, and hosts as they are given.

use std::path::PathBuf;
use std::sync::Arc;

use muster::data::environment::{SystemClock, SystemDice};
use muster::data::{Environment, Map, Text, Value, Vaulted};
use muster::plugins;
use muster::template::{Engine, Result, Scope, Templar, TemplateSettings, World};

pub struct SmallWorld {
    environment: Environment,
    /// The variables of each host, by its name.
    pub hosts: Map,
}

/// A templar over these variables, in a world with these hosts.
pub fn templar(variables: Map, hosts: Map) -> Templar {
    let settings = TemplateSettings::default();
    let engine = Arc::new(Engine::new(plugins::template_registry(), &settings));
    Templar::new(engine, Arc::new(SmallWorld::new(hosts)), Arc::new(variables))
}

impl SmallWorld {
    pub fn new(hosts: Map) -> Self {
        let variables = [("EVIL".to_owned(), "{{ 6 * 7 }}".to_owned())];
        let environment = Environment {
            variables: Arc::new(variables.into_iter().collect()),
            working_directory: PathBuf::from("/nonexistent"),
            home: PathBuf::from("/nonexistent"),
            user: "nobody".to_owned(),
            hostname: "here".to_owned(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            dice: Arc::new(SystemDice),
        };
        Self { environment, hosts }
    }
}

impl World for SmallWorld {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn find_file(&self, _folder: &str, _name: &str) -> Option<PathBuf> {
        None
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn playbook_folder(&self) -> PathBuf {
        PathBuf::from("/nonexistent")
    }

    fn setting(&self, _name: &str) -> Option<Value> {
        None
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        Scope::names(&self.hosts)
    }

    fn host_scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        Some(Arc::new(self.hosts.get(host)?.as_map()?.clone()))
    }

    fn matching_hosts(&self, _pattern: &str) -> Result<Vec<Arc<str>>> {
        Ok(self.hosts())
    }

    fn decrypt(&self, _vaulted: &Vaulted) -> Result<Text> {
        Err("there is no secret".into())
    }
}
