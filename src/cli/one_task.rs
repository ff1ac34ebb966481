//! A play that no file holds: one task, as `ansible` and the console run it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::args::key_value::{is_command_like, parse_kv};
use crate::data::{Map, Text, Trust, Value, python, yaml};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Action, Keyword, Keywords, Node, Play, Scope, ScopeKind, Task};

/// What is to run where.
pub struct OneTask<'a> {
    pub hosts: &'a str,
    pub module: &'a str,
    pub args: Map,
    /// The play's name, which nobody sees.
    pub name: &'a str,
    /// What the task says about running: `timeout`, `async`, `poll`.
    pub keywords: Keywords,
    /// What holds for the play: `become`, `check_mode` and their like.
    pub play_keywords: Keywords,
    /// Where messages say that it stands, and how it looks there.
    pub origin: Origin,
    /// Where the module's name was written.
    pub name_origin: Origin,
    /// The folder that counts as the playbook's.
    pub folder: PathBuf,
}

/// The play that holds the one task.
pub fn play(one: OneTask<'_>) -> Play {
    let (dir, file) = (Arc::new(one.folder.clone()), one.folder.join("__adhoc_playbook__"));
    let origin = one.origin;
    let scope = |kind, name: Option<Value>, keywords, parent| {
        Arc::new(Scope {
            kind,
            name,
            keywords,
            vars: None,
            role: None,
            parent,
            dir: Arc::clone(&dir),
            origin: origin.clone(),
        })
    };
    let mut play_keywords = one.play_keywords;
    play_keywords.set(Keyword::GatherFacts, Value::from(false));
    let play_scope = scope(ScopeKind::Play, Some(Value::text(one.name)), play_keywords, None);
    let task = Task {
        scope: scope(ScopeKind::Task, None, one.keywords, Some(Arc::clone(&play_scope))),
        action: Action { name: one.module.to_owned(), args: one.args, variable_args: None, origin: one.name_origin },
        looping: None,
        listen: Vec::new(),
    };
    Play {
        scope: play_scope,
        file,
        hosts: Value::text(one.hosts),
        vars_prompt: Vec::new(),
        roles: Vec::new(),
        pre_tasks: Vec::new(),
        tasks: vec![Node::Task(Arc::new(task))],
        post_tasks: Vec::new(),
        handlers: Vec::new(),
    }
}

/// The options of the task: words with `=`, free text, or a mapping as JSON.
pub fn arguments(module: &str, text: &str, origin: &Origin) -> Result<Map, Diagnostic> {
    let trimmed = text.trim();
    if trimmed.starts_with('{') && trimmed.ends_with('}') {
        let value = yaml::load(trimmed, origin, Trust::Template, &mut Vec::new())?;
        if let Some(map) = value.as_map() {
            return Ok(map.clone());
        }
    }
    parse_kv(&Text::trusted(text), origin, is_command_like(module))
}

/// The task as messages show it where a file would be quoted.
pub fn shown(module: &str, args: &Map, more: &[(&'static str, i64)]) -> String {
    let mut task = Map::from([("action", Value::text(module)), ("args", Value::from(args.clone()))]);
    task.extend(more.iter().map(|(key, value)| (Value::text(*key), Value::from(*value))));
    python::repr(&Value::from(task))
}
