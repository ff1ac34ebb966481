//! `ansible-console`: tasks as they are typed, on hosts that can be changed on the way.

mod editor;

use std::sync::Arc;

use super::one_task::{self, OneTask};
use super::options::ConsoleOptions;
use super::{Context, play};
use crate::args::coerce;
use crate::data::Value;
use crate::diagnostic::{Diagnostic, Origin};
use crate::engine::run;
use crate::engine::shared::Shared;
use crate::engine::tags::TagFilter;
use crate::project::inventory::open::select_hosts;
use crate::project::playbook::{Keyword, Keywords};
use editor::{Editor, Typed};

pub fn run(options: ConsoleOptions, context: &Context) -> Result<u8, Diagnostic> {
    let folder = options.basedir.clone().unwrap_or_else(|| context.environment.working_directory.clone());
    let shared = play::prepare(
        play::PlayOptions {
            hosts: &options.hosts,
            connection: &options.connection,
            r#become: &options.r#become,
            vault: &options.vault,
            check: options.check,
            extra_vars: &options.extra_vars,
            forks: options.forks,
            tags: TagFilter::default(),
            step: options.step,
            start_at_task: None,
            force_handlers: false,
            live: false,
            playbook_folders: vec![folder.clone()],
            with_passwords: true,
            base_dir: folder,
        },
        context,
    )?;
    let mut console = Console {
        pattern: options.pattern.clone(),
        forks: options.forks,
        timeout: options.task_timeout,
        verbosity: context.verbosity,
        manner: Manner {
            r#become: options.r#become.r#become,
            become_user: options.r#become.user.clone(),
            become_method: options.r#become.method.clone(),
            remote_user: options.connection.remote_user.clone(),
            check: options.check.check,
            diff: options.check.diff,
        },
        collections: Vec::new(),
        options,
        context,
        shared,
    };
    console.serve()
}

/// How tasks are carried out, until it is said otherwise.
struct Manner {
    r#become: bool,
    become_user: Option<String>,
    become_method: String,
    remote_user: Option<String>,
    check: bool,
    diff: bool,
}

struct Console<'a> {
    options: ConsoleOptions,
    context: &'a Context,
    shared: Arc<Shared>,
    pattern: String,
    forks: i64,
    timeout: i64,
    verbosity: u8,
    manner: Manner,
    collections: Vec<String>,
}

/// A word of the console itself.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&mut Console<'_>, &str) -> Result<(), Diagnostic>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "become",
        usage: "become yes|no",
        about: "Become another user on the hosts, or not.",
        run: set_become,
    },
    Command {
        name: "become_method",
        usage: "become_method NAME",
        about: "How to become: sudo, su, doas.",
        run: set_method,
    },
    Command { name: "become_user", usage: "become_user NAME", about: "Whom to become.", run: set_become_user },
    Command {
        name: "cd",
        usage: "cd PATTERN",
        about: "Work on these hosts: a host, a group, a pattern; without one, on all.",
        run: change_hosts,
    },
    Command { name: "check", usage: "check yes|no", about: "Only say what would change, or not.", run: set_check },
    Command {
        name: "collections",
        usage: "collections NAME ...",
        about: "Look for short names in these collections, too.",
        run: set_collections,
    },
    Command { name: "diff", usage: "diff yes|no", about: "Show differences of files, or not.", run: set_diff },
    Command { name: "exit", usage: "exit", about: "Leave the console.", run: |_, _| Ok(()) },
    Command { name: "forks", usage: "forks NUMBER", about: "How many hosts to work on at a time.", run: set_forks },
    Command {
        name: "help",
        usage: "help [NAME]",
        about: "Say what there is, or what a word or module does.",
        run: help,
    },
    Command { name: "list", usage: "list [groups]", about: "List the hosts of the pattern, or all groups.", run: list },
    Command { name: "remote_user", usage: "remote_user NAME", about: "Whom to log in as.", run: set_remote_user },
    Command { name: "serial", usage: "serial NUMBER", about: "The same as forks.", run: set_forks },
    Command { name: "shell", usage: "shell LINE, or !LINE", about: "Run a line in the hosts' shells.", run: shell },
    Command {
        name: "timeout",
        usage: "timeout SECONDS",
        about: "How long a task may take; 0 for as long as it wants.",
        run: set_timeout,
    },
    Command {
        name: "verbosity",
        usage: "verbosity NUMBER",
        about: "How much is told, as that many -v.",
        run: set_verbosity,
    },
];

impl Console<'_> {
    fn serve(&mut self) -> Result<u8, Diagnostic> {
        self.count()?;
        self.say("Welcome to the muster console. Type help or ? to list commands.\n");
        let mut editor = Editor::new();
        loop {
            let words = self.completions();
            match editor.read(&self.prompt(), &words) {
                Typed::Line(line) => match line.trim() {
                    "exit" | "quit" | "EOF" => break,
                    line => {
                        if let Err(diagnostic) = self.take(line) {
                            self.context.complain(&diagnostic);
                        }
                    }
                },
                Typed::Interrupted => {}
                Typed::End => break,
            }
        }
        self.say("\nThe console was left.");
        Ok(0)
    }

    fn say(&self, text: &str) {
        self.context.screen.line(text);
        self.context.screen.lock().flush();
    }

    /// `user@pattern (hosts)[f:forks]$`, with `#` for root.
    fn prompt(&self) -> String {
        let user = self.manner.remote_user.as_deref().unwrap_or(&self.context.environment.user);
        let count = self.count().unwrap_or(0);
        let becomes_root = self.manner.r#become && self.manner.become_user.as_deref().is_none_or(|user| user == "root");
        let end = if becomes_root { '#' } else { '$' };
        format!("{user}@{} ({count})[f:{}]{end} ", self.pattern, self.forks)
    }

    fn count(&self) -> Result<usize, Diagnostic> {
        self.hosts(&self.pattern).map(|hosts| hosts.len())
    }

    fn hosts(&self, pattern: &str) -> Result<Vec<String>, Diagnostic> {
        let inventory = self.shared.inventory();
        let mut warnings = Vec::new();
        let limit = self.options.hosts.limit.as_deref();
        let hosts = select_hosts(&inventory, pattern, limit, &self.context.settings, &mut warnings)?;
        Ok(hosts.iter().map(|host| inventory.host(*host).name.to_string()).collect())
    }

    /// One line: a word of the console, a module with its options, or a line for the shell.
    fn take(&mut self, line: &str) -> Result<(), Diagnostic> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix('!') {
            return shell(self, rest.trim());
        }
        if let Some(rest) = line.strip_prefix('?') {
            return help(self, rest.trim());
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if let Some(command) = COMMANDS.iter().find(|command| command.name == word) {
            return (command.run)(self, rest.trim());
        }
        let known = crate::engine::names::resolve(&self.shared, word, &self.collections).is_some();
        if known { self.run_task(word, rest.trim()) } else { self.run_task("shell", line) }
    }

    fn run_task(&mut self, module: &str, text: &str) -> Result<(), Diagnostic> {
        if self.count()? == 0 {
            self.say("No hosts found");
            return Ok(());
        }
        let args = one_task::arguments(module, text, &Origin::described("<console>"))?;
        let shown = one_task::shown(module, &args, &[("timeout", self.timeout)]);
        let origin = Origin::quoting("<unknown>", shown);
        let mut keywords = Keywords::default();
        keywords.set(Keyword::Timeout, Value::from(self.timeout));
        let one = OneTask {
            hosts: &self.pattern,
            module,
            args,
            name: "Ansible Shell",
            keywords,
            play_keywords: self.play_keywords(),
            name_origin: origin.clone(),
            origin,
            folder: self.shared.options.base_dir.clone(),
        };
        let play = Arc::new(one_task::play(one));
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.options.forks = usize::try_from(self.forks).unwrap_or(1);
            shared.options.verbosity = self.verbosity;
        }
        self.context.screen.lock().set_verbosity(self.verbosity);
        let mut report = play::report("minimal", false, self.manner.check, None, self.context)?;
        let end = play::block_on(run::run_alone(&self.shared, &play, &mut report));
        *self.context.screen.lock() = report.into_screen();
        end?.map(|_| ())
    }

    fn play_keywords(&self) -> Keywords {
        let mut keywords = Keywords::default();
        keywords.set(Keyword::Become, Value::from(self.manner.r#become));
        keywords.set(Keyword::BecomeMethod, Value::text(self.manner.become_method.as_str()));
        keywords.set(Keyword::CheckMode, Value::from(self.manner.check));
        keywords.set(Keyword::Diff, Value::from(self.manner.diff));
        if let Some(user) = &self.manner.become_user {
            keywords.set(Keyword::BecomeUser, Value::text(user.as_str()));
        }
        if let Some(user) = &self.manner.remote_user {
            keywords.set(Keyword::RemoteUser, Value::text(user.as_str()));
        }
        if !self.collections.is_empty() {
            let names = self.collections.iter().map(|name| Value::text(name.as_str()));
            keywords.set(Keyword::Collections, Value::list(names));
        }
        keywords
    }

    /// Names of modules and actions, short and full.
    fn modules(&self) -> Vec<String> {
        let modules = self.shared.modules.iter().map(|module| module.name);
        let mut names: Vec<String> = Vec::new();
        for name in modules.chain(self.shared.plugins.actions.iter().map(|action| action.name)) {
            names.push(name.to_owned());
            names.extend(name.strip_prefix("ansible.builtin.").map(str::to_owned));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the editor completes: first words, hosts and groups behind `cd`, options behind a module.
    fn completions(&self) -> editor::Words {
        let mut first = self.modules();
        first.extend(COMMANDS.iter().map(|command| command.name.to_owned()));
        let inventory = self.shared.inventory();
        let mut places: Vec<String> = inventory.groups().map(|group| inventory.group(group).name.to_string()).collect();
        places.extend(inventory.hosts().map(|host| inventory.host(host).name.to_string()));
        let shared = Arc::clone(&self.shared);
        let options = move |module: &str| option_names(&shared, module);
        editor::Words { first, places, options: Box::new(options) }
    }

    fn flag(&self, text: &str, usage: &str) -> Option<bool> {
        let flag = coerce::boolean(&Value::text(text)).ok();
        if flag.is_none() {
            self.say(&format!("Usage: {usage}"));
        }
        flag
    }
}

/// The options of a module, as far as they are declared.
fn option_names(shared: &Shared, module: &str) -> Vec<String> {
    let mut specs = Vec::new();
    match crate::engine::names::resolve(shared, module, &[]) {
        Some(crate::engine::names::Resolved::Module(module)) => specs.push(module.spec),
        Some(crate::engine::names::Resolved::Action(action)) => {
            specs.extend(action.spec);
            specs.extend(shared.modules.get(action.name).map(|module| module.spec));
        }
        _ => {}
    }
    let mut names = Vec::new();
    while let Some(spec) = specs.pop() {
        names.extend(spec.options.iter().map(|option| option.name.to_owned()).filter(|name| !name.starts_with('_')));
        specs.extend(spec.flattened);
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn change_hosts(console: &mut Console<'_>, pattern: &str) -> Result<(), Diagnostic> {
    let pattern = if pattern.is_empty() { "*" } else { pattern };
    if pattern != "*" && console.hosts(pattern).map_or(true, |hosts| hosts.is_empty()) {
        console.say("no host matched");
        return Ok(());
    }
    pattern.clone_into(&mut console.pattern);
    Ok(())
}

fn list(console: &mut Console<'_>, what: &str) -> Result<(), Diagnostic> {
    if what == "groups" {
        let inventory = console.shared.inventory();
        let mut names: Vec<String> = inventory.groups().map(|group| inventory.group(group).name.to_string()).collect();
        names.sort_unstable();
        names.iter().for_each(|name| console.say(name));
    } else {
        console.hosts(&console.pattern)?.iter().for_each(|name| console.say(name));
    }
    Ok(())
}

fn help(console: &mut Console<'_>, topic: &str) -> Result<(), Diagnostic> {
    if topic.is_empty() {
        for command in COMMANDS {
            console.say(&format!("{:24} {}", command.usage, command.about));
        }
        console.say("\nAnything else is a module with its options, or else a line for the hosts' shells. Modules:");
        let short: Vec<String> = console.modules().into_iter().filter(|name| !name.contains('.')).collect();
        console.say(&short.join(" "));
    } else if let Some(command) = COMMANDS.iter().find(|command| command.name == topic) {
        console.say(&format!("{}\nUsage: {}", command.about, command.usage));
    } else {
        let options = option_names(&console.shared, topic);
        match crate::engine::names::resolve(&console.shared, topic, &console.collections) {
            Some(found) => console.say(&format!("{}\nOptions: {}", found.name(), options.join(", "))),
            None => console.say(&format!("*** No help on {topic}")),
        }
    }
    Ok(())
}

fn shell(console: &mut Console<'_>, line: &str) -> Result<(), Diagnostic> {
    if line.is_empty() {
        console.say("Usage: shell LINE");
        return Ok(());
    }
    console.run_task("shell", line)
}

fn set_become(console: &mut Console<'_>, text: &str) -> Result<(), Diagnostic> {
    if text.is_empty() {
        console.say("Please specify become value, e.g. `become yes`");
    } else if let Some(flag) = console.flag(text, "become yes|no") {
        console.manner.r#become = flag;
    }
    Ok(())
}

fn set_become_user(console: &mut Console<'_>, name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() {
        console.say("Please specify a user, e.g. `become_user jenkins`");
    } else {
        console.manner.become_user = Some(name.to_owned());
    }
    Ok(())
}

fn set_method(console: &mut Console<'_>, name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() {
        console.say("Please specify a become_method, e.g. `become_method su`");
    } else {
        name.clone_into(&mut console.manner.become_method);
    }
    Ok(())
}

fn set_remote_user(console: &mut Console<'_>, name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() {
        console.say("Please specify a remote user, e.g. `remote_user root`");
    } else {
        console.manner.remote_user = Some(name.to_owned());
    }
    Ok(())
}

fn set_check(console: &mut Console<'_>, text: &str) -> Result<(), Diagnostic> {
    if text.is_empty() {
        console.say("Please specify check mode value, e.g. `check yes`");
    } else if let Some(flag) = console.flag(text, "check yes|no") {
        console.manner.check = flag;
        console.say(&format!("check mode changed to {}", if flag { "True" } else { "False" }));
    }
    Ok(())
}

fn set_diff(console: &mut Console<'_>, text: &str) -> Result<(), Diagnostic> {
    if text.is_empty() {
        console.say("Please specify a diff value , e.g. `diff yes`");
    } else if let Some(flag) = console.flag(text, "diff yes|no") {
        console.manner.diff = flag;
        console.say(&format!("diff mode changed to {}", if flag { "True" } else { "False" }));
    }
    Ok(())
}

fn set_collections(console: &mut Console<'_>, names: &str) -> Result<(), Diagnostic> {
    if names.is_empty() {
        console.say("Usage: collections NAME ...");
        return Ok(());
    }
    console.collections = names.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Ok(())
}

fn set_forks(console: &mut Console<'_>, number: &str) -> Result<(), Diagnostic> {
    match number.parse::<i64>() {
        Ok(forks) if forks > 0 => console.forks = forks,
        Ok(_) => console.say("forks must be greater than or equal to 1"),
        Err(_) => console.say("Usage: forks <number>"),
    }
    Ok(())
}

fn set_timeout(console: &mut Console<'_>, number: &str) -> Result<(), Diagnostic> {
    match number.parse::<i64>() {
        Ok(seconds) if seconds >= 0 => console.timeout = seconds,
        Ok(_) => {
            let message = "The timeout must be greater than or equal to 1, use 0 to disable";
            return Err(Diagnostic::new(message));
        }
        Err(_) => console.say("Usage: timeout <seconds>"),
    }
    Ok(())
}

fn set_verbosity(console: &mut Console<'_>, number: &str) -> Result<(), Diagnostic> {
    match number.parse::<u8>() {
        Ok(level) => {
            console.verbosity = level;
            console.say(&format!("verbosity level set to {level}"));
        }
        Err(_) if number.is_empty() => console.say("Usage: verbosity <number>"),
        Err(error) => return Err(Diagnostic::new(format!("The verbosity must be a valid integer: {error}"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::COMMANDS;

    #[test]
    fn commands_are_in_order_and_say_what_they_do() {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(COMMANDS.iter().all(|command| command.usage.starts_with(command.name) && command.about.ends_with('.')));
    }
}
