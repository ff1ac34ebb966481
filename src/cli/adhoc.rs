//! `ansible`: one task on the hosts of a pattern.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::one_task::{self, OneTask};
use super::options::AdhocOptions;
use super::{Context, play, services};
use crate::data::{Map, Value, python};
use crate::diagnostic::{Diagnostic, Kind, Origin};
use crate::engine::load_world::RunWorld;
use crate::engine::run;
use crate::engine::shared::Shared;
use crate::engine::tags::TagFilter;
use crate::project::inventory::HostId;
use crate::project::inventory::open::select_hosts;
use crate::project::playbook::load::LoadWorld;
use crate::project::playbook::{Keyword, Keywords, Play};

/// Modules that do nothing without an argument.
const NEED_ARGUMENTS: [&str; 6] = ["command", "shell", "raw", "script", "win_command", "win_shell"];

pub fn run(options: AdhocOptions, context: &Context) -> Result<u8, Diagnostic> {
    let base_dir = options.basedir.clone().unwrap_or_else(|| context.environment.working_directory.clone());
    let shared = play::prepare(play_options(&options, base_dir.clone()), context)?;
    let pattern = rendered_pattern(&options, &shared, &base_dir)?;
    let options = AdhocOptions { pattern, ..options };
    let hosts = hosts(&options, &shared, context)?;
    if options.hosts.list_hosts {
        context.screen.line(&format!("  hosts ({}):", hosts.len()));
        let inventory = shared.inventory();
        hosts.iter().for_each(|host| context.screen.line(&format!("    {}", inventory.host(*host).name)));
        return Ok(0);
    }
    refuse(&options)?;
    let play = the_play(&options, &shared, base_dir)?;
    let (stdout, others) = callback(&options, context);
    let tree = options.tree.as_ref().map(|path| path.to_string_lossy().into_owned());
    let mut report = play::report(stdout, others, options.check.check, tree, context)?;
    let end = play::block_on(run::run_alone(&shared, &Arc::new(play), &mut report));
    *context.screen.lock() = report.into_screen();
    Ok(end??.code)
}

/// The pattern, which may be a template of extra variables.
fn rendered_pattern(options: &AdhocOptions, shared: &Arc<Shared>, folder: &Path) -> Result<String, Diagnostic> {
    if !options.pattern.contains("{{") {
        return Ok(options.pattern.clone());
    }
    let world = RunWorld::new(Arc::clone(shared), folder.to_path_buf());
    let written = Value::template(options.pattern.as_str(), Origin::described("<CLI arg>"));
    Ok(python::str(&world.render(&written, None)?))
}

fn play_options(options: &AdhocOptions, base_dir: PathBuf) -> play::PlayOptions<'_> {
    play::PlayOptions {
        hosts: &options.hosts,
        connection: &options.connection,
        r#become: &options.r#become,
        vault: &options.vault,
        check: options.check,
        extra_vars: &options.extra_vars,
        forks: options.forks,
        tags: TagFilter::default(),
        step: false,
        start_at_task: None,
        force_handlers: false,
        live: options.live,
        playbook_folders: vec![base_dir.clone()],
        with_passwords: true,
        base_dir,
    }
}

/// The hosts that the pattern selects. Without a limit a pattern that selects none, or means nothing, is no error yet.
fn hosts(options: &AdhocOptions, shared: &Arc<Shared>, context: &Context) -> Result<Vec<HostId>, Diagnostic> {
    let mut warnings = Vec::new();
    let limit = options.hosts.limit.as_deref();
    let hosts = select_hosts(&shared.inventory(), &options.pattern, limit, &context.settings, &mut warnings);
    services::say_all(context, &warnings);
    match hosts {
        Err(_) if limit.is_none() => {
            context.screen.warning("No hosts matched, nothing to do");
            Ok(Vec::new())
        }
        hosts => hosts,
    }
}

/// What makes no sense as a command of one task.
fn refuse(options: &AdhocOptions) -> Result<(), Diagnostic> {
    let name = &options.module_name;
    let short = name.strip_prefix("ansible.builtin.").or(name.strip_prefix("ansible.legacy.")).unwrap_or(name);
    let empty = options.module_args.as_deref().is_none_or(str::is_empty);
    if NEED_ARGUMENTS.contains(&short) && empty {
        let mut message = format!("No argument passed to {name} module");
        if options.pattern.ends_with(".yml") {
            message.push_str(" (did you mean to run ansible-playbook?)");
        }
        return Err(Diagnostic::new(message).kind(Kind::Options));
    }
    if short == "import_playbook" {
        let message = format!("'{name}' is not a valid action for ad-hoc commands");
        return Err(Diagnostic::new(message).kind(Kind::Options));
    }
    Ok(())
}

/// Which callback writes, and whether others may.
fn callback<'a>(options: &AdhocOptions, context: &'a Context) -> (&'a str, bool) {
    let with_others = context.settings.load_callback_plugins();
    let stdout = context.settings.stdout_callback();
    if options.fold {
        ("fold", with_others)
    } else if options.one_line {
        ("oneline", with_others)
    } else if with_others && stdout != "default" {
        (stdout, true)
    } else {
        ("minimal", with_others)
    }
}

/// The play that holds the one task.
fn the_play(options: &AdhocOptions, shared: &Arc<Shared>, base_dir: PathBuf) -> Result<Play, Diagnostic> {
    let name = options.module_name.as_str();
    let args = match options.module_args.as_deref() {
        Some(text) => one_task::arguments(name, text, &Origin::described("<CLI option '-a'>"))?,
        None => Map::new(),
    };
    let shown = [("timeout", options.task_timeout), ("async_val", options.background), ("poll", options.poll_interval)];
    let origin = Origin::quoting(format!("<adhoc '{name}' task>"), one_task::shown(name, &args, &shown));
    let mut keywords = Keywords::default();
    keywords.set(Keyword::Timeout, Value::from(options.task_timeout));
    keywords.set(Keyword::Async, Value::from(options.background));
    keywords.set(Keyword::Poll, Value::from(options.poll_interval));
    shared.outbox.take();
    Ok(one_task::play(OneTask {
        hosts: &options.pattern,
        module: name,
        args,
        name: "Ansible Ad-Hoc",
        keywords,
        play_keywords: Keywords::default(),
        origin,
        name_origin: Origin::quoting("<CLI option '-m'>", name),
        folder: base_dir,
    }))
}
