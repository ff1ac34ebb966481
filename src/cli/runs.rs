//! `muster runs`, `muster runs show` and `muster resume`: past runs, and going on with one.

use std::collections::HashMap;
use std::path::PathBuf;

use super::Context;
use crate::data::vault::Vault;
use crate::diagnostic::{Diagnostic, Kind};
use crate::engine::chronicle::StepKey;
use crate::report::journal::format::{Record, TaskMark, word};
use crate::report::journal::reader::Journal;
use crate::report::journal::{self, NewRun, Recorder};

/// The command line of a run that goes on.
pub struct Again {
    pub program: String,
    pub words: Vec<String>,
    pub folder: PathBuf,
    pub journal: PathBuf,
}

/// The journal of the run that begins or goes on. What stands in the way of a new one costs a warning.
pub fn journal(playbooks: &[PathBuf], vault: &Vault, context: &Context) -> Result<Option<Recorder>, Diagnostic> {
    let run = NewRun {
        program: &context.program,
        words: &context.words,
        playbooks,
        vault,
        environment: &context.environment,
    };
    if let Some(path) = &context.resumed {
        let journal = Journal::read(path)?;
        warn_of_changes(&journal, context);
        return journal::resume(path, &journal, &run).map(Some);
    }
    let Some(folder) = folder(context) else { return Ok(None) };
    match journal::begin(&folder, &run) {
        Ok(recorder) => Ok(Some(recorder)),
        Err(trouble) => {
            context.screen.warning(&trouble);
            Ok(None)
        }
    }
}

/// Steps are known by their places in the files, which must not have moved.
fn warn_of_changes(journal: &Journal, context: &Context) {
    for (path, hash) in &journal.header.playbooks {
        if journal::hash_of(path) != *hash {
            let path = path.display();
            context
                .screen
                .warning(&format!("{path} has changed since the run began. Steps that stand elsewhere now run again."));
        }
    }
}

/// Lists the runs, the latest last.
pub fn list(context: &Context) -> Result<u8, Diagnostic> {
    let folder = folder(context).unwrap_or_default();
    let ids = journal::ids(&folder);
    if ids.is_empty() {
        context.screen.line("No runs are recorded.");
    }
    for id in ids {
        let path = journal::path_of(&folder, &id);
        let line = match Journal::read(&path) {
            Ok(journal) => {
                let playbooks: Vec<String> = journal.header.playbooks.iter().map(|(path, _)| shown(path)).collect();
                let hosts = hosts(&journal);
                let plural = if hosts == 1 { "" } else { "s" };
                format!("{id}  {:<14}  {hosts} host{plural}  {}", state(&journal, &path), playbooks.join(" "))
            }
            Err(error) => format!("{id}  {}", error.message),
        };
        context.screen.line(&line);
    }
    Ok(0)
}

fn hosts(journal: &Journal) -> usize {
    let names = journal.records.iter().filter_map(|record| match record {
        Record::Begin { key, .. } => Some(&key.host),
        _ => None,
    });
    names.collect::<std::collections::HashSet<_>>().len()
}

fn state(journal: &Journal, path: &std::path::Path) -> String {
    match journal.code() {
        _ if journal::is_running(path) => "running".to_owned(),
        Some(0) => "ended well".to_owned(),
        Some(code) => format!("ended with {code}"),
        None => "cut short".to_owned(),
    }
}

fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// Shows a run, step by step.
pub fn show(id: &str, context: &Context) -> Result<u8, Diagnostic> {
    let (path, journal) = find(id, context)?;
    let header = &journal.header;
    let line = |text: &str| context.screen.line(text);
    line(&format!("run      {}", header.id));
    line(&format!("state    {}", state(&journal, &path)));
    line(&format!("began    {}", moment(header.started, context)));
    line(&format!("folder   {}", header.folder.display()));
    line(&format!("command  {} {}", header.program, header.words.join(" ")));
    let mut begun: HashMap<&StepKey, (&TaskMark, i64)> = HashMap::new();
    for record in &journal.records {
        match record {
            Record::Resumed { at } => line(&format!("\nresumed  {}", moment(*at, context))),
            Record::Play { name, .. } => line(&format!("\nplay     {name}")),
            Record::Begin { key, task, at } => {
                begun.insert(key, (task, *at));
            }
            Record::End { key, at, summary, .. } => {
                let Some((task, since)) = begun.remove(key) else { continue };
                let seconds = (at - since) as f64 / 1000.0;
                let mut text =
                    format!("  {:<11} {:>8.3} s  {}: {}", word(summary.status), seconds, key.host, task.name);
                if !summary.items.is_empty() {
                    text.push_str(&format!(" ({} items)", summary.items.len()));
                }
                if summary.diff > 0 {
                    text.push_str(&format!(" (diff of {} bytes)", summary.diff));
                }
                line(&text);
            }
            Record::Finish { at, code } => line(&format!("\nended    {} with {code}", moment(*at, context))),
        }
    }
    for (key, task) in journal.in_flight() {
        line(&format!("  under way               {}: {} ({})", key.host, task.name, task.place));
    }
    Ok(0)
}

fn moment(milliseconds: i64, context: &Context) -> String {
    let moment = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    let zoned = moment.to_zoned(context.environment.time_zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M:%S %z").to_string()
}

/// The command line that goes on with a run, and a word about where it stands.
pub fn resume(id: &str, more: &[String], context: &Context) -> Result<Again, Diagnostic> {
    let (path, journal) = find(id, context)?;
    if journal::is_running(&path) {
        return Err(Diagnostic::new(format!("The run {id} is still going on.")));
    }
    if journal.code() == Some(0) {
        return Err(Diagnostic::new(format!("The run {id} has ended well: there is nothing left to do.")));
    }
    let header = journal.header.clone();
    if header.hidden && !more.iter().any(|word| word.starts_with("-e") || word.starts_with("--extra-vars")) {
        let hint = format!("Give them again: muster resume {id} -e NAME=VALUE");
        return Err(Diagnostic::new("The run was given secrets by -e, which are not kept.").hint(hint));
    }
    let done = journal.done().values().filter(|done| done.summary.passed).count();
    context.screen.line(&format!("Going on with {id}: {done} steps are done."));
    let in_flight = journal.in_flight();
    if !in_flight.is_empty() {
        context.screen.line("Under way when it ended, and run again:");
    }
    for (key, task) in in_flight {
        context.screen.line(&format!("  {}: {} ({})", key.host, task.name, task.place));
    }
    let words = header.words.into_iter().chain(more.iter().cloned()).collect();
    Ok(Again { program: header.program, words, folder: header.folder, journal: path })
}

fn find(id: &str, context: &Context) -> Result<(PathBuf, Journal), Diagnostic> {
    let folder = folder(context).unwrap_or_default();
    if !journal::ids(&folder).iter().any(|known| known == id) {
        let message = format!("There is no run {id} in {}.", folder.display());
        return Err(Diagnostic::new(message).hint("`muster runs` lists them.").kind(Kind::Options));
    }
    let path = journal::path_of(&folder, id);
    let journal = Journal::read(&path)?;
    Ok((path, journal))
}

/// Where journals are; nowhere if the setting is empty.
fn folder(context: &Context) -> Option<PathBuf> {
    let setting = context.settings.own("MUSTER_JOURNAL_DIR")?;
    let folder = setting.value.as_str().filter(|folder| !folder.is_empty())?;
    Some(PathBuf::from(folder).join("runs"))
}
