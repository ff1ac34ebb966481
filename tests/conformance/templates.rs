//! Templates, conditions and template files, each against the value or error of the reference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster::data::environment::{SystemClock, SystemDice};
use muster::data::vault::{Secret, Vault};
use muster::data::{Data, Environment, Map, Text, Trust, Value, Vaulted};
use muster::diagnostic::Origin;
use muster::plugins;
use muster::project::inventory::Inventory;
use muster::project::inventory::patterns::{Matcher, Mismatch, split_pattern};
use muster::project::settings::Settings;
use muster::template::{
    Engine, ErrorKind, FileOptions, Result as TemplateResult, Scope, Templar, TemplateError, TemplateSettings, World,
};
use serde_json::Value as Json;

use super::corpus::{self, list_of, text_of};
use super::program::{Scratch, copy_tree};
use super::score::{Score, area_of};
use super::tagged::{exact, to_value};

const PLACEHOLDER: &str = "@BASEDIR@";
const PASSWORD: &str = "corpus-pass";
const VARIABLES: [(&str, &str); 9] = [
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("HOME", "/home/tester"),
    ("CORPUS_WORD", "heron"),
    ("CORPUS_EMPTY", ""),
    ("CORPUS_NUM", "42"),
    ("CORPUS_UNICODE", "søster ✓"),
    ("CORPUS_PATH", "/srv/app/bin"),
    ("CORPUS_BRACES", "{{ 1 + 1 }}"),
];

pub fn run() -> Score {
    let folder = corpus::folder("templates");
    // An own corpus may hold only the cases.
    let fixtures = [folder.join("fixtures"), folder.join("../fixtures")].into_iter().find(|path| path.is_dir());
    let fixtures = fixtures.unwrap_or_else(|| corpus::ours("templates").join("fixtures"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let rows: Vec<Json> = files.iter().flat_map(|path| corpus::rows(path)).collect();
    let scratch = Scratch::new(0o755);
    let engines = Engines::default();
    let shared = scratch.path().join("shared");
    copy_tree(&fixtures, &shared, &[], &|_| 0o644);
    restore_links(&shared);
    let numbered: Vec<(usize, &Json)> = rows.iter().enumerate().collect();
    let outcomes = corpus::in_parallel(&numbered, |(number, row)| {
        // Only these write files.
        if !["lookups", "prng"].contains(&area_of(text_of(row, "id"), '/')) {
            return check(row, &shared, &engines);
        }
        let base = scratch.path().join(number.to_string());
        copy_tree(&fixtures, &base, &[], &|_| 0o644);
        restore_links(&base);
        check(row, &base, &engines)
    });
    let mut score = Score::new("templates");
    for (row, outcome) in rows.iter().zip(outcomes) {
        let id = text_of(row, "id");
        score.add(area_of(id, '/'), id, outcome);
    }
    score
}

/// The corpus keeps symbolic links as files that hold their target.
fn restore_links(base: &Path) {
    for name in ["dangling", "link_alpha", "link_dir"] {
        let path = base.join("files").join(name);
        let Ok(target) = std::fs::read_to_string(&path) else { continue };
        if path.is_symlink() {
            continue;
        }
        std::fs::remove_file(&path).expect("the tree is ours");
        std::os::unix::fs::symlink(target, &path).expect("the tree is ours");
    }
}

/// One engine for each set of extensions.
#[derive(Default)]
struct Engines(std::sync::Mutex<std::collections::HashMap<Vec<String>, Arc<Engine>>>);

impl Engines {
    fn with(&self, extensions: Vec<String>) -> Arc<Engine> {
        let mut engines = self.0.lock().expect("no worker panicked");
        let make = || {
            let settings = TemplateSettings { extensions: extensions.clone(), ..TemplateSettings::default() };
            Arc::new(Engine::new(plugins::template_registry(), &settings))
        };
        engines.entry(extensions.clone()).or_insert_with(make).clone()
    }
}

fn check(row: &Json, base: &Path, engines: &Engines) -> Result<(), String> {
    let place = base.to_string_lossy().into_owned();
    let row: Json = serde_json::from_str(&row.to_string().replace(PLACEHOLDER, &place)).expect("a path is plain text");
    let extensions = list_of(&row, "extensions").into_iter().map(str::to_owned).collect();
    let variables = to_value(&row["vars"], Trust::Template);
    let scope: Arc<dyn Scope> = Arc::new(variables.as_map().cloned().unwrap_or_default());
    let world: Arc<dyn World> = Arc::new(TestWorld::new(base, variables.get("groups")));
    let templar = Templar::new(engines.with(extensions), world, scope);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| evaluate(&row, &templar, base)));
    let outcome = outcome.map_err(|_| "panicked".to_owned())?;
    compare(&row["expect"], outcome, &place)
}

fn evaluate(row: &Json, templar: &Templar, base: &Path) -> TemplateResult<Value> {
    let template = to_value(&row["template"], Trust::Template);
    let overrides = row.get("overrides").map(|overrides| to_value(overrides, Trust::Plain));
    let overrides: Vec<(String, Value)> = overrides
        .as_ref()
        .and_then(Value::as_map)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone())))
        .collect();
    match text_of(row, "mode") {
        "conditional" => {
            let conditions = match template.as_items() {
                Some(items) => items.to_vec(),
                None => vec![template],
            };
            for condition in &conditions {
                if !templar.condition(condition)? {
                    return Ok(false.into());
                }
            }
            Ok(true.into())
        }
        "file" => {
            let search_path = vec![base.join("templates"), base.to_path_buf()];
            let text = template.as_str().unwrap_or_default();
            templar.file(text, &Origin::none(), &FileOptions { search_path, overrides }).map(Value::from)
        }
        _ if !overrides.is_empty() => templar.render_with_overrides(&template, &overrides),
        _ => templar.render(&template),
    }
}

fn compare(expected: &Json, outcome: TemplateResult<Value>, place: &str) -> Result<(), String> {
    let wants_omit = expected["value"]["__type__"] == "omit";
    match (expected.get("value"), outcome) {
        (Some(_), Err(error)) if wants_omit && error.kind() == ErrorKind::Omitted => Ok(()),
        (Some(wanted), Ok(found)) if !wants_omit => {
            let wanted = exact(&listed(&to_value(wanted, Trust::Plain)), false);
            let found = exact(&listed(&found), false);
            if wanted == found { Ok(()) } else { Err(format!("expected {wanted}\nfound    {found}")) }
        }
        (None, Err(error)) => {
            let message = error.to_string().replace(place, PLACEHOLDER);
            let wanted = text_of(expected, "contains");
            if message.contains(wanted) { Ok(()) } else { Err(format!("expected …{wanted}…\nfound    {message}")) }
        }
        (Some(wanted), Err(error)) => Err(format!("expected {wanted}\nfailed   {error}")),
        (Some(_), Ok(found)) => Err(format!("expected omit\nfound    {found:?}")),
        (None, Ok(found)) => Err(format!("expected error {}\nfound    {found:?}", text_of(expected, "contains"))),
    }
}

/// The corpus writes tuples as lists.
fn listed(value: &Value) -> Value {
    match &value.data {
        Data::List(items) | Data::Tuple(items) => Value::list(items.iter().map(listed)),
        Data::Set(items) => Value::list(items.iter().map(listed)),
        Data::Map(map) => map.iter().map(|(key, item)| (key.clone(), listed(item))).collect::<Map>().into(),
        _ => value.clone(),
    }
}

/// Files below one folder, a vault with one password, one host.
struct TestWorld {
    environment: Environment,
    base: PathBuf,
    vault: Vault,
    settings: Settings,
    inventory: Inventory,
}

impl TestWorld {
    fn new(base: &Path, groups: Option<&Value>) -> Self {
        let variables = VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let environment = Environment {
            variables: Arc::new(variables),
            working_directory: base.to_path_buf(),
            home: PathBuf::from("/home/tester"),
            user: "tester".to_owned(),
            hostname: "controller".to_owned(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            dice: Arc::new(SystemDice),
        };
        let settings = Settings::load(&environment).expect("there is no file that could be wrong");
        Self {
            environment,
            base: base.to_path_buf(),
            vault: Vault::new([Secret::new("default", PASSWORD.as_bytes())]),
            settings,
            inventory: inventory_of(groups),
        }
    }
}

/// The inventory that the variable `groups` tells of.
fn inventory_of(groups: Option<&Value>) -> Inventory {
    let mut inventory = Inventory::default();
    for (name, hosts) in groups.and_then(Value::as_map).into_iter().flatten() {
        let group = inventory.add_group(name.as_str().unwrap_or_default());
        for host in hosts.as_items().into_iter().flatten() {
            inventory.add_host(host.as_str().unwrap_or_default(), Some(group), None);
        }
    }
    inventory.reconcile().expect("the groups are flat");
    inventory
}

impl World for TestWorld {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn find_file(&self, folder: &str, name: &str) -> Option<PathBuf> {
        let candidates = [self.base.join(folder).join(name), self.base.join(name)];
        candidates.into_iter().find(|path| path.exists())
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        vec![self.base.clone()]
    }

    fn playbook_folder(&self) -> PathBuf {
        self.base.clone()
    }

    fn knows_action(&self, name: &str) -> bool {
        muster::modules::all().any(|module| module.name.rsplit('.').next() == Some(name))
    }

    fn setting(&self, name: &str) -> Option<Value> {
        self.settings.get(name).map(|resolved| resolved.value.clone())
    }

    fn plugin_setting(&self, plugin_type: &str, plugin: &str, option: &str) -> TemplateResult<Option<Value>> {
        let found = self.settings.plugin_option(plugin_type, plugin, option);
        let found = found.map_err(|error| TemplateError::failure(error.joined()))?;
        Ok(found.map(|resolved| resolved.value))
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_scope(&self, _host: &str) -> Option<Arc<dyn Scope>> {
        None
    }

    fn matching_hosts(&self, pattern: &str) -> TemplateResult<Vec<Arc<str>>> {
        let mut matcher = Matcher::new(&self.inventory, Mismatch::Ignore);
        let hosts = matcher.select(&split_pattern(pattern), None);
        let hosts = hosts.map_err(|error| TemplateError::failure(error.to_string()))?;
        Ok(hosts.into_iter().map(|host| self.inventory.host(host).name.clone()).collect())
    }

    fn decrypt(&self, vaulted: &Vaulted) -> TemplateResult<Text> {
        let bytes = self.vault.decrypt(vaulted).map_err(|error| {
            TemplateError::new(ErrorKind::Vault, format!("Attempt to use undecryptable variable: {error}"))
        })?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Text::decrypted(text, Trust::Template, Arc::new(vaulted.clone())))
    }

    fn read_file(&self, path: &Path) -> TemplateResult<Vec<u8>> {
        let bytes = std::fs::read(path).map_err(|error| TemplateError::failure(error.to_string()))?;
        self.vault.decrypt_file(bytes).map_err(|error| TemplateError::failure(error.to_string()))
    }
}
