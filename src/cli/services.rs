//! What the commands over hosts are made of: secrets, reader, templates, extra variables, inventory.

use std::path::PathBuf;
use std::sync::Arc;

use super::Context;
use super::options::{HostOptions, VaultPasswordOptions};
use crate::data::Map;
use crate::data::vault::Vault;
use crate::diagnostic::{Diagnostic, Warning};
use crate::plugins;
use crate::project::facts_cache::FactsCache;
use crate::project::inventory::Inventory;
use crate::project::inventory::open::{self, Opened, Request, Stage};
use crate::project::playbook::load::is_reserved;
use crate::project::reader::{DuplicateKeys, Reader};
use crate::project::secrets;
use crate::project::vars::extra::extra_variables;
use crate::project::world::{Renderer, SmallWorld};
use crate::template::{Engine, Registry, TemplateSettings, globals};

/// Everything that is the same for all hosts and plays of a command.
pub struct Services {
    pub reader: Arc<Reader>,
    pub engine: Arc<Engine>,
    pub extra_vars: Arc<Map>,
    pub hosts: Opened,
    /// Facts of earlier runs.
    pub facts: FactsCache,
}

/// What the command line says about them.
pub struct Wanted<'a> {
    pub hosts: &'a HostOptions,
    pub vault: &'a VaultPasswordOptions,
    pub extra_vars: &'a [String],
    /// The folders that stand beside the playbooks.
    pub playbook_folders: Vec<PathBuf>,
    pub stage: Stage,
}

/// Reads secrets, extra variables and the inventory; what is to be warned about has been said.
pub fn open(wanted: Wanted<'_>, context: &Context) -> Result<Services, Diagnostic> {
    let mut warnings = Vec::new();
    let result = build(wanted, context, &mut warnings);
    say_all(context, &warnings);
    result
}

/// Reads the inventory once more, when a play asks for it.
pub type Refresh = Box<dyn Fn() -> Result<Inventory, Diagnostic> + Send + Sync>;

/// How to read the inventory again with the same options. (Files are read anew; secrets are kept.)
pub fn refresher(wanted: Wanted<'_>, context: &Context, services: &Services) -> Refresh {
    let settings = Arc::clone(&context.settings);
    let (reader, engine) = (Arc::clone(&services.reader), Arc::clone(&services.engine));
    let extra_vars = Arc::clone(&services.extra_vars);
    let sources = wanted.hosts.inventory.clone();
    let (folders, stage) = (wanted.playbook_folders, wanted.stage);
    Box::new(move || {
        let folder = folders.first().cloned().unwrap_or_else(|| settings.environment().working_directory.clone());
        let world = SmallWorld { settings: Arc::clone(&settings), reader: Arc::clone(&reader), folder };
        let renderer = Renderer::new(Arc::clone(&engine), Arc::new(world));
        let request = Request {
            settings: &settings,
            registry: &plugins::inventory::registry(),
            reader: &reader,
            renderer: &renderer,
            sources: &sources,
            extra_vars: Arc::clone(&extra_vars),
            playbook_folders: folders.clone(),
            stage,
            waiting: &|_| {},
        };
        Ok(open::open(request, &mut Vec::new())?.inventory)
    })
}

/// Shows warnings, once each.
pub fn say_all(context: &Context, warnings: &[Warning]) {
    for warning in warnings {
        context.screen.say(warning);
    }
}

fn build(wanted: Wanted<'_>, context: &Context, warnings: &mut Vec<Warning>) -> Result<Services, Diagnostic> {
    let settings = &context.settings;
    let reader = Arc::new(Reader::new(vault(wanted.vault, context)?, duplicate_keys(context)));
    let engine = template_engine(context);
    let world = SmallWorld {
        settings: settings.clone(),
        reader: reader.clone(),
        folder: wanted
            .playbook_folders
            .first()
            .cloned()
            .unwrap_or_else(|| context.environment.working_directory.clone()),
    };
    let renderer = Renderer::new(engine.clone(), Arc::new(world));
    let behaviour = open::hash_behaviour(settings);
    let extra_vars = extra_variables(wanted.extra_vars, &reader, &context.environment, behaviour);
    warnings.extend(reader.take_warnings());
    let extra_vars = Arc::new(extra_vars?);
    warnings.extend(reserved_names(&extra_vars));
    let request = Request {
        settings,
        registry: &plugins::inventory::registry(),
        reader: &reader,
        renderer: &renderer,
        sources: &wanted.hosts.inventory,
        extra_vars: extra_vars.clone(),
        playbook_folders: wanted.playbook_folders,
        stage: wanted.stage,
        waiting: &|line| context.screen.lock().live(line),
    };
    let hosts = open::open(request, warnings)?;
    let (facts, unknown) = FactsCache::of(settings)?;
    warnings.extend(unknown.map(Warning::new));
    if wanted.hosts.flush_cache {
        for host in hosts.inventory.hosts() {
            facts.forget(&hosts.inventory.host(host).name);
        }
    }
    Ok(Services { reader, engine, extra_vars, hosts, facts })
}

/// What is to be said about variables that have the name of a keyword.
pub fn reserved_names(variables: &Map) -> impl Iterator<Item = Warning> {
    let reserved = variables.keys().filter(|key| key.as_str().is_some_and(|name| name != "vars" && is_reserved(name)));
    reserved.map(|key| {
        let message = format!("Found variable using reserved name '{}'.", key.as_str().unwrap_or_default());
        Warning::new(Diagnostic::new(message).at(&key.origin))
    })
}

/// Templates with all built-in plugins.
pub fn template_engine(context: &Context) -> Arc<Engine> {
    let registry = Registry::new(
        plugins::filter::FAMILIES,
        plugins::test::FAMILIES,
        plugins::lookup::FAMILIES,
        &[globals::GLOBALS],
    );
    let settings = TemplateSettings {
        extensions: context.settings.jinja2_extensions(),
        allow_broken_conditionals: context.settings.allow_broken_conditionals(),
    };
    Arc::new(Engine::new(registry, &settings))
}

fn duplicate_keys(context: &Context) -> DuplicateKeys {
    match context.settings.duplicate_yaml_dict_key() {
        "error" => DuplicateKeys::Fail,
        "ignore" => DuplicateKeys::Ignore,
        _ => DuplicateKeys::Warn,
    }
}

/// The secrets of the settings and the command line.
fn vault(options: &VaultPasswordOptions, context: &Context) -> Result<Vault, Diagnostic> {
    let mut ids = context.settings.vault_identity_list();
    ids.extend(options.ids.iter().cloned());
    let sources = secrets::Sources {
        ids,
        password_files: options.password_files.clone(),
        ask: options.ask,
        ask_if_none: false,
        new: false,
    };
    let around = secrets::Surroundings {
        settings: &context.settings,
        environment: &context.environment,
        operator: &context.operator(),
        warn: &|message| context.screen.warning(message),
    };
    secrets::vault(&sources, &around)
}
