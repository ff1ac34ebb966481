//! `ansible-playbook`.

mod list;

use std::path::PathBuf;
use std::sync::Arc;

use super::options::PlaybookOptions;
use super::{Context, play, services};
use crate::diagnostic::Diagnostic;
use crate::engine::run;
use crate::engine::shared::Shared;
use crate::engine::tags::TagFilter;
use crate::project::inventory::open::select_hosts;

pub fn run(options: PlaybookOptions, context: &Context) -> Result<u8, Diagnostic> {
    let paths = paths(&options, context)?;
    let shared = prepare(&options, &paths, context)?;
    if list::is_wanted(&options) {
        return list::print(&options, &paths, &shared, context);
    }
    let mut warnings = Vec::new();
    let limit = options.hosts.limit.as_deref();
    let hosts = select_hosts(&shared.inventory(), "all", limit, &context.settings, &mut warnings);
    services::say_all(context, &warnings);
    hosts?;
    let mut report = play::report(context.settings.stdout_callback(), true, options.check.check, None, context)?;
    if let Some(journal) = super::runs::journal(&paths, &shared.reader.vault, context)? {
        report.record(journal);
    }
    let end = play::block_on(run::run(&shared, &paths, &mut report))?;
    if let Ok(end) = &end {
        report.finish(end.code);
    }
    *context.screen.lock() = report.into_screen();
    Ok(end?.code)
}

/// What the playbooks need to run, or to be looked at.
pub fn prepare(options: &PlaybookOptions, paths: &[PathBuf], context: &Context) -> Result<Arc<Shared>, Diagnostic> {
    let folders: Vec<PathBuf> = paths.iter().filter_map(|path| path.parent().map(PathBuf::from)).collect();
    let play_options = play::PlayOptions {
        hosts: &options.hosts,
        connection: &options.connection,
        r#become: &options.r#become,
        vault: &options.vault,
        check: options.check,
        extra_vars: &options.extra_vars,
        forks: options.forks,
        tags: TagFilter::new(options.tags.clone(), options.skip_tags.clone()),
        step: options.step,
        start_at_task: options.start_at_task.clone(),
        force_handlers: options.force_handlers,
        live: options.live,
        base_dir: folders.first().cloned().unwrap_or_default(),
        playbook_folders: folders.first().cloned().into_iter().collect(),
        with_passwords: !list::is_wanted(options),
    };
    play::prepare(play_options, context)
}

/// The playbooks, which must be files.
pub fn paths(options: &PlaybookOptions, context: &Context) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut paths = Vec::new();
    for name in &options.playbooks {
        let path = context.environment.full_path(name, &context.environment.working_directory);
        let metadata = std::fs::metadata(&path)
            .map_err(|_| Diagnostic::new(format!("the playbook: {name} could not be found")))?;
        if metadata.is_dir() {
            return Err(Diagnostic::new(format!("the playbook: {name} does not appear to be a file")));
        }
        paths.push(path);
    }
    Ok(paths)
}
