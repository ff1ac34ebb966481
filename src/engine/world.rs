//! What templates can reach during a run: files near the task, settings, hosts, secrets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::{Environment, Text, Value, Vaulted};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::inventory::patterns::{Matcher, Mismatch, split_pattern};
use crate::template::{Result, Scope, World};

use super::event::Event;
use super::ground::PlayGround;
use super::layers::Ground;
use super::shared::Shared;

/// The world as a host's task sees it.
pub struct HostWorld {
    play: Arc<PlayGround>,
    ground: Option<Arc<Ground>>,
    plain: PlainWorld,
}

impl HostWorld {
    pub fn new(play: Arc<PlayGround>, ground: Option<Arc<Ground>>) -> Self {
        let plain = PlainWorld::new(Arc::clone(&play.shared), play.base_dir.clone());
        Self { play, ground, plain }
    }
}

impl World for HostWorld {
    fn environment(&self) -> &Environment {
        self.plain.environment()
    }

    fn find_file(&self, folder: &str, name: &str) -> Option<PathBuf> {
        let search = self.ground.as_ref().map_or(&[][..], |ground| &ground.search);
        find_file(search, &self.play.base_dir, folder, name, &self.play.shared.environment)
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        let mut folders = self.ground.as_ref().map_or_else(Vec::new, |ground| ground.search.clone());
        if !folders.contains(&self.play.base_dir) {
            folders.push(self.play.base_dir.clone());
        }
        folders
    }

    fn playbook_folder(&self) -> PathBuf {
        self.play.base_dir.clone()
    }

    fn setting(&self, name: &str) -> Option<Value> {
        self.plain.setting(name)
    }

    fn plugin_setting(&self, plugin_type: &str, plugin: &str, option: &str) -> Result<Option<Value>> {
        self.plain.plugin_setting(plugin_type, plugin, option)
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        self.plain.hosts()
    }

    fn knows_action(&self, name: &str) -> bool {
        self.plain.knows_action(name)
    }

    fn host_scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let host = self.play.shared.inventory().resolve_host(host)?;
        let layers = self.play.host_layers(host).ok()?;
        let mut layers = layers;
        let shared = &self.play.shared;
        layers.push(crate::project::vars::Level::Extra, Arc::clone(&shared.extra_vars));
        layers.push(crate::project::vars::Level::Magic, Arc::clone(&shared.run_facts));
        let playbook_dir = self.play.base_dir.to_string_lossy().into_owned();
        let magic = crate::data::Map::from([("playbook_dir", Value::text(playbook_dir))]);
        layers.push(crate::project::vars::Level::Magic, Arc::new(magic));
        Some(Arc::new(layers))
    }

    fn matching_hosts(&self, pattern: &str) -> Result<Vec<Arc<str>>> {
        self.plain.matching_hosts(pattern)
    }

    fn decrypt(&self, vaulted: &Vaulted) -> Result<Text> {
        self.plain.decrypt(vaulted)
    }

    fn read_file(&self, path: &Path) -> Result<Vec<u8>> {
        self.plain.read_file(path)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.plain.fill_random(bytes);
    }

    fn warn(&self, message: &str, origin: &Origin) {
        self.plain.warn(message, origin);
    }

    fn warn_fully(&self, warning: Diagnostic) {
        self.plain.warn_fully(warning);
    }

    fn deprecated(&self, message: &str, version: &str, origin: &Origin) {
        self.plain.deprecated(message, version, origin);
    }
}

/// Looks for a file as tasks do: in `folder` below each place first, then in the place itself.
pub fn find_file(
    search: &[PathBuf],
    base_dir: &Path,
    folder: &str,
    name: &str,
    environment: &Environment,
) -> Option<PathBuf> {
    let name = environment.expand_home(name);
    if name.is_absolute() {
        return name.exists().then_some(name);
    }
    candidates(search, base_dir, folder, &name).into_iter().find(|path| path.exists())
}

/// The places that a relative name may mean, in order.
pub fn candidates(search: &[PathBuf], base_dir: &Path, folder: &str, name: &Path) -> Vec<PathBuf> {
    let names_folder = name.iter().next().is_some_and(|first| first == folder);
    let mut found: Vec<PathBuf> = Vec::new();
    let mut add = |path: PathBuf| found.push(tidy(&path));
    for place in search {
        let in_role = place.file_name().is_some_and(|last| last == "tasks");
        match place.parent().filter(|_| in_role) {
            Some(role) => {
                add(role.join(folder).join(name));
                add(role.join(name));
                add(place.join(folder).join(name));
                add(place.join(name));
            }
            None => {
                if !names_folder {
                    add(place.join(folder).join(name));
                }
                add(place.join(name));
            }
        }
    }
    if !names_folder {
        add(base_dir.join(folder).join(name));
    }
    add(base_dir.join(name));
    found
}

/// The path without `.` and `..`, links left alone.
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// The world before any host: for names of plays, files of variables, static imports.
pub struct PlainWorld {
    shared: Arc<Shared>,
    base_dir: PathBuf,
}

impl PlainWorld {
    pub fn new(shared: Arc<Shared>, base_dir: PathBuf) -> Self {
        Self { shared, base_dir }
    }
}

impl World for PlainWorld {
    fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    fn find_file(&self, folder: &str, name: &str) -> Option<PathBuf> {
        find_file(&[], &self.base_dir, folder, name, &self.shared.environment)
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        vec![self.base_dir.clone()]
    }

    fn playbook_folder(&self) -> PathBuf {
        self.base_dir.clone()
    }

    fn setting(&self, name: &str) -> Option<Value> {
        self.shared.settings.get(name).map(|resolved| resolved.value.clone())
    }

    fn plugin_setting(&self, plugin_type: &str, plugin: &str, option: &str) -> Result<Option<Value>> {
        let found = self.shared.settings.plugin_option(plugin_type, plugin, option);
        let found = found.map_err(|error| crate::template::TemplateError::failure(error.joined()))?;
        Ok(found.map(|resolved| resolved.value))
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        let inventory = self.shared.inventory();
        inventory.hosts().map(|host| inventory.host(host).name.clone()).collect()
    }

    fn knows_action(&self, name: &str) -> bool {
        super::names::resolve(&self.shared, name, &[]).is_some()
    }

    fn host_scope(&self, _host: &str) -> Option<Arc<dyn Scope>> {
        None
    }

    fn matching_hosts(&self, pattern: &str) -> Result<Vec<Arc<str>>> {
        let inventory = self.shared.inventory();
        let mut matcher = Matcher::new(&inventory, Mismatch::Ignore);
        let hosts = matcher
            .select(&split_pattern(pattern), None)
            .map_err(|error| crate::template::TemplateError::failure(error.joined()))?;
        Ok(hosts.into_iter().map(|host| inventory.host(host).name.clone()).collect())
    }

    fn decrypt(&self, vaulted: &Vaulted) -> Result<Text> {
        crate::project::world::decrypt(&self.shared.reader, vaulted)
    }

    fn read_file(&self, path: &Path) -> Result<Vec<u8>> {
        self.shared.reader.bytes(path).map_err(|error| error.joined().into())
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.shared.environment.dice.fill(bytes);
    }

    fn warn(&self, message: &str, origin: &Origin) {
        self.shared.outbox.put(Event::Warning(Diagnostic::new(message).at(origin)));
    }

    fn warn_fully(&self, warning: Diagnostic) {
        self.shared.outbox.put(Event::Warning(warning));
    }

    fn deprecated(&self, message: &str, version: &str, origin: &Origin) {
        let message = format!("{message} This feature will be removed from ansible-core version {version}.");
        self.shared.outbox.put(Event::Deprecation(Diagnostic::new(message).at(origin)));
    }
}
