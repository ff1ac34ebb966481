//! Running plays from a command line: what `ansible-playbook`, `ansible` and the console share.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use super::Context;
use super::options::{BecomeOptions, CheckOptions, ConnectionOptions, HostOptions, VaultPasswordOptions};
use super::passwords::Passwords;
use super::services::{self, Services, Wanted};
use crate::data::{Map, Value, build};
use crate::diagnostic::Diagnostic;
use crate::engine::board::Board;
use crate::engine::event::Event;
use crate::engine::shared::{Outbox, Plugins, RunOptions, Shared};
use crate::engine::tags::TagFilter;
use crate::operator::Operator;
use crate::plugins;
use crate::project::inventory::open::{Stage, limit_words};
use crate::project::vars::magic::RunFacts;
use crate::report::callback::{Options, Surroundings as CallbackSurroundings};
use crate::report::{Callback, CallbackPlugin, Report};
use crate::runner::Registry;
use crate::transport::{Carrier, OpenFiles, Pool, Surroundings};

/// What carries calls to hosts, made once a run.
pub type MakeCarrier = fn(&Surroundings) -> Arc<dyn Carrier>;

/// How many hosts are dialled at a time for each core. Most of that time is spent waiting for them.
const HANDSHAKES: usize = 16;

/// Sessions over the connection plugins.
pub fn sessions(surroundings: &Surroundings) -> Arc<dyn Carrier> {
    let handshakes = std::thread::available_parallelism().map_or(HANDSHAKES, |cores| cores.get() * HANDSHAKES);
    let pool = Pool::new(surroundings, plugins::connection::ALL, handshakes);
    OpenFiles::raise();
    Arc::new(pool)
}

/// What a command says about the plays that it runs.
pub struct PlayOptions<'a> {
    pub hosts: &'a HostOptions,
    pub connection: &'a ConnectionOptions,
    pub r#become: &'a BecomeOptions,
    pub vault: &'a VaultPasswordOptions,
    pub check: CheckOptions,
    pub extra_vars: &'a [String],
    pub forks: i64,
    pub tags: TagFilter,
    pub step: bool,
    pub start_at_task: Option<String>,
    pub force_handlers: bool,
    /// Output of running commands is shown as it comes.
    pub live: bool,
    /// The folder of the first playbook, or where an ad-hoc command looks for files.
    pub base_dir: PathBuf,
    /// The folders beside all playbooks.
    pub playbook_folders: Vec<PathBuf>,
    /// Whether hosts will be reached, so that passwords are needed.
    pub with_passwords: bool,
}

/// Puts together what a run needs.
pub fn prepare(options: PlayOptions<'_>, context: &Context) -> Result<Arc<Shared>, Diagnostic> {
    let wanted = || Wanted {
        hosts: options.hosts,
        vault: options.vault,
        extra_vars: options.extra_vars,
        playbook_folders: options.playbook_folders.clone(),
        stage: Stage::Task,
    };
    let operator: Arc<dyn Operator> = Arc::new(context.operator());
    let passwords = match options.with_passwords {
        true => Passwords::of(options.connection, options.r#become, &*operator, context)?,
        false => Passwords::default(),
    };
    let services = services::open(wanted(), context)?;
    let refresh = services::refresher(wanted(), context, &services);
    let Services { reader, engine, extra_vars, hosts, facts } = services;
    let limit = options.hosts.limit.as_deref().filter(|limit| !limit.is_empty());
    let limit = limit.map(|limit| limit_words(limit, &context.environment)).transpose()?;
    let surroundings = Surroundings {
        environment: context.environment.clone(),
        operator: Arc::clone(&operator),
        program: context.executable.clone(),
        build: build::id().into(),
        notice: Arc::new(|_| {}),
    };
    let run_facts = run_facts(&options, &hosts.sources, context);
    let board = Board::default();
    board.grow(hosts.inventory.id_count());
    Ok(Arc::new(Shared {
        settings: Arc::clone(&context.settings),
        environment: context.environment.clone(),
        options: run_options(&options, limit, &passwords, context),
        templates: engine,
        modules: Registry::new(crate::modules::all()),
        plugins: Plugins {
            actions: plugins::action::ALL,
            connection: plugins::connection::find,
            become_method: plugins::r#become::find,
            strategies: plugins::strategy::ALL,
        },
        carrier: (context.carrier)(&surroundings),
        operator,
        reader,
        inventory: RwLock::new(Arc::new(hosts.inventory)),
        reload_inventory: refresh,
        host_variables: hosts.variables,
        facts,
        extra_vars,
        run_facts: Arc::new(run_facts.variables()),
        board,
        outbox: Outbox::default(),
    }))
}

fn run_facts(options: &PlayOptions<'_>, sources: &[String], context: &Context) -> RunFacts {
    let config_file = context.settings.config_file();
    RunFacts {
        inventory_sources: sources.to_vec(),
        check: options.check.check,
        diff: options.check.diff,
        forks: u32::try_from(options.forks).unwrap_or(1),
        verbosity: context.verbosity,
        run_tags: options.tags.only().to_vec(),
        skip_tags: options.tags.skipped().to_vec(),
        limit: options.hosts.limit.clone(),
        config_file: config_file.map(|path| path.to_string_lossy().into_owned()),
        python: python(context),
    }
}

/// The Python of this machine, for what asks for the one that runs the program.
fn python(context: &Context) -> String {
    let path = context.environment.variable("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin");
    let mut candidates = path.split(':').map(|folder| PathBuf::from(folder).join("python3"));
    let found = candidates.find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("/usr/bin/python3"));
    found.to_string_lossy().into_owned()
}

fn run_options(
    options: &PlayOptions<'_>,
    limit: Option<Vec<String>>,
    passwords: &Passwords,
    context: &Context,
) -> RunOptions {
    RunOptions {
        check: options.check.check,
        diff: options.check.diff,
        forks: usize::try_from(options.forks).unwrap_or(1),
        tags: options.tags.clone(),
        step: options.step,
        start_at_task: options.start_at_task.clone(),
        force_handlers: options.force_handlers,
        verbosity: context.verbosity,
        limit,
        command_line: command_line(options, passwords),
        base_dir: options.base_dir.clone(),
        become_by_default: options.r#become.r#become,
        live: options.live,
        become_method: options.r#become.method.clone(),
        connection: options.connection.connection.clone(),
    }
}

/// What was typed, under the names by which plugins ask for it.
fn command_line(options: &PlayOptions<'_>, passwords: &Passwords) -> Map {
    let connection = options.connection;
    let text = |text: &Option<String>| Value::from(text.as_deref());
    let key_file = connection.private_key_file.as_ref().map(|path| path.to_string_lossy().into_owned());
    Map::from([
        ("user", text(&connection.remote_user)),
        ("private_key_file", text(&key_file)),
        ("timeout", Value::from(connection.timeout)),
        ("ssh_common_args", text(&connection.ssh_common_args)),
        ("sftp_extra_args", text(&connection.sftp_extra_args)),
        ("scp_extra_args", text(&connection.scp_extra_args)),
        ("ssh_extra_args", text(&connection.ssh_extra_args)),
        ("become_user", text(&options.r#become.user)),
        ("password", text(&passwords.connection)),
        ("become_pass", text(&passwords.r#become)),
    ])
}

/// The callbacks of a run; `stdout` is the one that writes the run's text.
pub fn report(
    stdout: &str,
    with_others: bool,
    check: bool,
    tree: Option<String>,
    context: &Context,
) -> Result<Report, Diagnostic> {
    let make = |plugin: &'static CallbackPlugin| -> Result<Box<dyn Callback>, Diagnostic> {
        (plugin.make)(&CallbackSurroundings {
            settings: &context.settings,
            options: Options::resolve(plugin.options, &context.settings)?,
            check,
            tree: tree.clone(),
        })
    };
    let Some(main_plugin) = plugins::callback::find(stdout) else {
        return Err(Diagnostic::new(format!("Could not load '{stdout}' callback plugin.")));
    };
    let main = make(main_plugin)?;
    let mut report = Report::new(context.screen.take(), vec![main]);
    if main_plugin.name == "oneline" {
        let text =
            "The oneline callback plugin is deprecated. This feature will be removed from ansible-core version 2.23.";
        report.tell_later(Event::Deprecation(Diagnostic::new(text)));
    }
    if with_others {
        for name in context.settings.callbacks_enabled() {
            match plugins::callback::find(&name) {
                Some(plugin) if plugin.name == main_plugin.name => {}
                Some(plugin) => report.add(make(plugin)?),
                None => {
                    let text = format!("Skipping callback plugin '{name}', unable to load");
                    report.tell_later(Event::Warning(Diagnostic::new(text)));
                }
            }
        }
    }
    if tree.is_some()
        && let Some(plugin) = plugins::callback::find("tree")
    {
        report.add(make(plugin)?);
    }
    for other in ["default", "minimal", "oneline"].into_iter().filter(|name| *name != main_plugin.name) {
        let text = format!("Skipping callback '{other}', as we already have a stdout callback.");
        report.tell_later(Event::Note { verbosity: 2, text });
    }
    Ok(report)
}

/// Runs something async to its end, on as many threads as there are cores.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Diagnostic::new(format!("cannot start threads: {error}")))?;
    let output = runtime.block_on(future);
    // A thread that still waits for something outside must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    Ok(output)
}
