//! `--list-hosts`, `--list-tasks`, `--list-tags` and `--syntax-check`: what a playbook is, not run.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::Context;
use crate::cli::options::PlaybookOptions;
use crate::data::python;
use crate::diagnostic::Diagnostic;
use crate::engine::event::Event;
use crate::engine::load_world::RunWorld;
use crate::engine::run::{self, Early};
use crate::engine::shared::Shared;
use crate::engine::tags::tags_of;
use crate::engine::turn_name;
use crate::project::inventory::open::list_hosts;
use crate::project::playbook::load::{LoadWorld, nodes_of_role};
use crate::project::playbook::{Node, Play, Task};

/// Whether the command line asks for a list instead of a run.
pub fn is_wanted(options: &PlaybookOptions) -> bool {
    options.hosts.list_hosts || options.list_tasks || options.list_tags || options.syntax_check
}

/// Prints what was asked for, of every playbook.
pub fn print(
    options: &PlaybookOptions,
    paths: &[PathBuf],
    shared: &Arc<Shared>,
    context: &Context,
) -> Result<u8, Diagnostic> {
    let mut texts = Vec::new();
    for (path, written) in paths.iter().zip(&options.playbooks) {
        let playbook = run::load(shared, path);
        say(shared, context);
        let playbook = playbook?;
        texts.push(format!("\nplaybook: {written}"));
        for (index, play) in playbook.plays.iter().enumerate() {
            let listing = Listing { options, shared, context, play };
            let text = listing.play(index + 1)?;
            say(shared, context);
            if !options.syntax_check || options.list_tasks || options.list_tags || options.hosts.list_hosts {
                texts.extend(text);
            }
        }
    }
    texts.iter().for_each(|text| context.screen.line(text));
    Ok(0)
}

/// Warnings of the loader.
fn say(shared: &Shared, context: &Context) {
    for event in shared.outbox.take() {
        match event {
            Event::Warning(warning) => context.screen.lock().warning(&warning),
            Event::Deprecation(warning) => context.screen.lock().deprecation(&warning),
            Event::Note { verbosity, text } if context.verbosity >= verbosity => context.screen.line(&text),
            _ => {}
        }
    }
}

struct Listing<'a> {
    options: &'a PlaybookOptions,
    shared: &'a Arc<Shared>,
    context: &'a Context,
    play: &'a Arc<Play>,
}

impl Listing<'_> {
    /// The head of the play, and the list of its tasks where that is wanted.
    fn play(&self, number: usize) -> Result<Vec<String>, Diagnostic> {
        let base_dir = self.play.file.parent().map(PathBuf::from).unwrap_or_default();
        let world = RunWorld::new(Arc::clone(self.shared), base_dir);
        let early = Early { world: &world, play: self.play };
        early.check()?;
        let patterns = early.patterns()?;
        let tags = |task: Option<&Task>| {
            let scope = task.map_or(&self.play.scope, |task| &task.scope);
            tags_of(scope, &|value| world.render(value, Some(scope)).unwrap_or_else(|_| value.clone()))
        };
        let play_tags = tags(None);
        let (hosts, name) = (patterns.join(","), early.name()?);
        let mut head = format!("\n  play #{number} ({hosts}): {name}\tTAGS: [{}]", play_tags.join(","));
        let hosts = self.hosts(&patterns);
        if self.options.hosts.list_hosts {
            head.push_str(&hosts?);
        }
        let mut texts = vec![head];
        if self.options.list_tasks || self.options.list_tags {
            let mut tasks = Vec::new();
            self.nodes().iter().for_each(|node| flatten(node, &mut tasks));
            // A list of tags shows those that nobody asked for, too.
            if !self.options.list_tags || self.options.tags != ["all"] {
                tasks.retain(|task| self.shared.options.tags.selects(&tags(Some(task))));
            }
            let mut text = if self.options.list_tasks { "    tasks:\n".to_owned() } else { String::new() };
            let mut all_tags = play_tags.clone();
            for task in tasks {
                let mut own = tags(Some(&task));
                own.sort();
                if self.options.list_tasks {
                    text.push_str(&format!("      {}\tTAGS: [{}]\n", name_of(&task), own.join(", ")));
                }
                all_tags.extend(own);
            }
            if self.options.list_tags {
                all_tags.sort();
                all_tags.dedup();
                text.push_str(&format!("      TASK TAGS: [{}]\n", all_tags.join(", ")));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    fn hosts(&self, patterns: &[String]) -> Result<String, Diagnostic> {
        let inventory = self.shared.inventory();
        let limit = self.shared.options.limit.as_deref();
        let mut warnings = Vec::new();
        let hosts = list_hosts(&inventory, &patterns.join(","), limit, &self.context.settings, &mut warnings);
        crate::cli::services::say_all(self.context, &warnings);
        let hosts = hosts?;
        let shown: Vec<String> = patterns.iter().map(|pattern| python::text_repr(pattern)).collect();
        let mut text = format!("\n    pattern: [{}]\n    hosts ({}):", shown.join(", "), hosts.len());
        for host in hosts {
            text.push_str(&format!("\n      {}", inventory.host(host).name));
        }
        Ok(text)
    }

    /// Everything that the play runs, in order.
    fn nodes(&self) -> Vec<Node> {
        let play = self.play;
        let roles = play.roles.iter().flat_map(|body| nodes_of_role(body));
        play.pre_tasks.iter().cloned().chain(roles).chain(play.tasks.iter().chain(&play.post_tasks).cloned()).collect()
    }
}

/// The tasks that run if nothing fails.
fn flatten(node: &Node, tasks: &mut Vec<Arc<Task>>) {
    match node {
        Node::Task(task) => tasks.push(Arc::clone(task)),
        Node::Block(block) => block.block.iter().for_each(|node| flatten(node, tasks)),
    }
}

/// The task's name as written, or its action alone.
fn name_of(task: &Task) -> String {
    match task.scope.name.as_ref().map(python::str).filter(|name| !name.is_empty()) {
        Some(name) => turn_name(task, Some(&name)),
        None => task.action.name.clone(),
    }
}
