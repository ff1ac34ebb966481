//! `muster check PLAYBOOK…`: everything static that cannot work, all of it at once, before any host
//! is touched.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Context;
use super::options::PlaybookOptions;
use super::playbook::{paths, prepare};
use crate::args::check::check as check_args;
use crate::args::{ArgSpec, Spec};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin, suggest};
use crate::engine::foreign::{Style, style_of};
use crate::engine::layers::Ground;
use crate::engine::load_world::RunWorld;
use crate::engine::names::{self, Resolved};
use crate::engine::shared::Shared;
use crate::engine::world::find_file;
use crate::project::playbook::load::{Loading, load_playbook, nodes_of_role};
use crate::project::playbook::{Keyword, Node, Play, Task};

pub fn run(options: PlaybookOptions, context: &Context) -> Result<u8, Diagnostic> {
    let paths = paths(&options, context)?;
    let shared = prepare(&options, &paths, context)?;
    let mut check = Check { shared, mistakes: Vec::new(), tasks: 0 };
    for path in &paths {
        check.playbook(path);
    }
    check.shared.outbox.take();
    let Check { mistakes, tasks, .. } = check;
    for mistake in &mistakes {
        context.complain(mistake);
    }
    let (tasks, count) = (counted(tasks, "task"), mistakes.len());
    if count == 0 {
        context.screen.line(&format!("{tasks} in {}: nothing wrong", counted(paths.len(), "playbook")));
        return Ok(0);
    }
    context.screen.line(&format!("{tasks} in {}: {}", counted(paths.len(), "playbook"), counted(count, "mistake")));
    Ok(1)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

struct Check {
    shared: Arc<Shared>,
    mistakes: Vec<Diagnostic>,
    tasks: usize,
}

/// What a play has besides its tasks.
struct Surroundings {
    folder: PathBuf,
    /// Names and topics of handlers; `None` where an include may bring more during the run.
    handlers: Option<HashSet<String>>,
}

/// Options that name a file of the user's, and the folder where it is looked for first.
const FILES: &[(&str, &str, &str)] = &[
    ("copy", "src", "files"),
    ("template", "src", "templates"),
    ("unarchive", "src", "files"),
    ("script", "_raw_params", "files"),
    ("script", "cmd", "files"),
    ("include_vars", "file", "vars"),
    ("include_vars", "_raw_params", "vars"),
];

impl Check {
    fn tell(&mut self, mistake: Diagnostic) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    fn playbook(&mut self, path: &Path) {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let world = RunWorld::new(Arc::clone(&self.shared), folder.clone());
        let loading = Loading::new(&world, folder).gathering();
        let loaded = load_playbook(&loading, path);
        loading.into_mistakes().into_iter().for_each(|mistake| self.tell(mistake));
        match loaded {
            Ok(playbook) => playbook.plays.iter().for_each(|play| self.play(play)),
            Err(mistake) => self.tell(mistake),
        }
    }

    fn play(&mut self, play: &Arc<Play>) {
        let roles = play.roles.iter().flat_map(|body| nodes_of_role(body));
        let own = play.pre_tasks.iter().chain(&play.tasks).chain(&play.post_tasks).cloned();
        let mut tasks = Vec::new();
        roles.chain(own).for_each(|node| flatten(&node, &mut tasks));
        let mut handlers = Vec::new();
        play.handlers.iter().for_each(|node| flatten(node, &mut handlers));
        let may_grow = tasks.iter().any(|task| names::is_role_include(&task.action.name))
            || handlers.iter().any(|task| names::is_include_action(&task.action.name));
        let surroundings = Surroundings {
            folder: play.file.parent().map(Path::to_path_buf).unwrap_or_default(),
            handlers: (!may_grow).then(|| handler_names(&handlers)),
        };
        self.tasks += tasks.len() + handlers.len();
        for task in tasks.iter().chain(&handlers) {
            self.task(task, &surroundings);
        }
    }

    fn task(&mut self, task: &Arc<Task>, surroundings: &Surroundings) {
        let collections = names::collections_of(&task.scope);
        match names::resolve(&self.shared, &task.action.name, &collections) {
            Some(Resolved::Foreign { name, path }) => self.foreign(task, &name, &path),
            Some(resolved) => self.options(task, &resolved),
            None => {}
        }
        self.files(task, surroundings);
        self.notifications(task, surroundings);
        for value in task.action.args.values() {
            self.templates(value);
        }
    }

    /// A module that is a file, which has to be a program of its own.
    fn foreign(&mut self, task: &Task, name: &str, path: &Path) {
        let library = std::fs::read(path).is_ok_and(|content| style_of(&content) == Style::Library);
        if library {
            let message = format!("the module {name} is written in Python, which muster does not run");
            self.tell(
                Diagnostic::new(message).at(&task.action.origin).note(path.display().to_string(), &Origin::file(path)),
            );
        }
    }

    fn options(&mut self, task: &Task, resolved: &Resolved) {
        let (spec, any) = match resolved {
            Resolved::Module(module) => (Some(module.spec), module.traits.any_option),
            Resolved::Action(action) => (action.spec, false),
            _ => (None, true),
        };
        let Some(spec) = spec.filter(|_| !any) else { return };
        let args = &task.action.args;
        let short = task.action.name.rsplit('.').next().unwrap_or_default();
        let before = self.mistakes.len();
        for key in args.keys().filter(|key| key.as_str().is_some_and(|name| name != "_raw_params")) {
            self.option(short, spec, key);
        }
        let is_plain = !args.values().any(may_be_template)
            && task.action.variable_args.is_none()
            && task.scope.gather(Keyword::ModuleDefaults).is_empty();
        if before == self.mistakes.len() && is_plain && !args.contains_key("_raw_params") {
            let checked = check_args(&Spec::from(spec), args);
            if let Some(message) = checked.module_message(short) {
                self.tell(Diagnostic::new(message).at(&task.action.origin));
            }
        }
    }

    fn option(&mut self, module: &str, spec: &'static ArgSpec, key: &Value) {
        let known = Spec::from(spec);
        let name = python::str(key);
        if known.find(&name).is_some() {
            return;
        }
        let names = known.options.iter().map(|option| option.name).filter(|name| !name.starts_with('_'));
        let mistake =
            Diagnostic::new(format!("{module} has no option '{name}'")).at(&key.origin).label("unknown option");
        let close = suggest::closest(&name, names);
        self.tell(match close {
            Some(close) => mistake.hint(format!("did you mean `{close}`?")),
            None => mistake,
        });
    }

    fn files(&mut self, task: &Arc<Task>, surroundings: &Surroundings) {
        let args = &task.action.args;
        let short = task.action.name.rsplit('.').next().unwrap_or_default();
        if args.get("remote_src").is_some_and(|value| crate::args::coerce::boolean(value).unwrap_or(true)) {
            return;
        }
        for (module, option, folder) in FILES.iter().filter(|(module, ..)| *module == short) {
            let Some(value) = args.get(option).filter(|value| !may_be_template(value)) else { continue };
            let text = python::str(value);
            let name = if *module == "script" { text.split_whitespace().next().unwrap_or_default() } else { &text };
            if name.is_empty() || name.contains("://") {
                continue;
            }
            let ground = Ground::new(task, &surroundings.folder, &self.shared.options);
            let environment = &self.shared.environment;
            if find_file(&ground.search, &surroundings.folder, folder, name, environment).is_none() {
                let place = if value.origin.is_none() { &task.action.origin } else { &value.origin };
                self.tell(Diagnostic::new(format!("the file '{name}' was not found")).at(place));
            }
        }
    }

    fn notifications(&mut self, task: &Task, surroundings: &Surroundings) {
        let Some(handlers) = &surroundings.handlers else { return };
        let Some(notify) = task.scope.own(Keyword::Notify) else { return };
        let wanted = notify.as_items().map_or_else(|| vec![notify.clone()], <[Value]>::to_vec);
        for value in wanted.iter().filter(|value| !may_be_template(value)) {
            let name = python::str(value);
            if handlers.contains(&name) || handlers.contains(TEMPLATED) {
                continue;
            }
            let place = if value.origin.is_none() { &task.scope.origin } else { &value.origin };
            let mistake = Diagnostic::new(format!("there is no handler '{name}'")).at(place);
            self.tell(match suggest::closest(&name, handlers.iter().map(String::as_str)) {
                Some(close) => mistake.hint(format!("did you mean `{close}`?")),
                None => mistake,
            });
        }
    }

    /// Templates that cannot be parsed.
    fn templates(&mut self, value: &Value) {
        match &value.data {
            Data::Text(text) if text.may_be_template() => {
                if let Err(error) = self.shared.templates.check(text) {
                    self.tell(Diagnostic::from(error.at(&value.origin)));
                }
            }
            Data::List(items) => items.iter().for_each(|item| self.templates(item)),
            Data::Map(map) => map.values().for_each(|item| self.templates(item)),
            _ => {}
        }
    }
}

/// Stands for handlers whose name is known only during the run.
const TEMPLATED: &str = "{{ }}";

fn handler_names(handlers: &[Arc<Task>]) -> HashSet<String> {
    let mut names = HashSet::new();
    for handler in handlers {
        let mut own: Vec<String> = handler.listen.clone();
        match &handler.scope.name {
            Some(name) if may_be_template(name) => drop(names.insert(TEMPLATED.to_owned())),
            Some(name) => own.push(python::str(name)),
            None => {}
        }
        for name in own {
            if let Some(role) = handler.scope.role() {
                names.insert(format!("{} : {name}", role.name));
                names.insert(format!("{} : {name}", role.full_name()));
            }
            names.insert(name);
        }
    }
    names
}

fn may_be_template(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => text.may_be_template(),
        Data::Vaulted(_) => true,
        Data::List(items) => items.iter().any(may_be_template),
        Data::Map(map) => has_templates(map),
        _ => false,
    }
}

fn has_templates(map: &Map) -> bool {
    map.iter().any(|(key, value)| may_be_template(key) || may_be_template(value))
}

fn flatten(node: &Node, tasks: &mut Vec<Arc<Task>>) {
    match node {
        Node::Task(task) => tasks.push(Arc::clone(task)),
        Node::Block(block) => {
            for part in [&block.block, &block.rescue, &block.always] {
                part.iter().for_each(|node| flatten(node, tasks));
            }
        }
    }
}
