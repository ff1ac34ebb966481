//! The command line: which tool was called, its options, and the command that does it.

mod adhoc;
pub mod argparse;
mod check;
mod clean;
mod config;
mod console;
pub mod context;
pub mod demo;
pub mod doc;
#[cfg(test)]
mod fleet_tests;
mod holder;
mod inventory;
mod link;
mod one_task;
pub mod options;
mod own;
mod passwords;
mod play;
mod playbook;
mod runner;
mod runs;
pub mod screen;
pub mod services;
mod socks;
mod vault;
pub mod version;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;

pub use context::{Context, Manner};
pub use play::{MakeCarrier, sessions};

use crate::data::Environment;
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::settings::Settings;
use argparse::{Outcome, Refusal};
use options::{Options, Tool};
use screen::Screen;

/// What the shell gave the program.
pub struct Invocation {
    /// The words of the command line, the program's name first.
    pub words: Vec<String>,
    /// The program file that runs.
    pub executable: PathBuf,
    pub environment: Environment,
    /// How hosts are reached: `play::sessions`, or what a test or a benchmark has instead.
    pub carrier: MakeCarrier,
}

/// What reads the words of `muster playbook`, but runs nothing.
const CHECK: &str = "muster check";

/// Tools that muster leaves to Ansible.
const NOT_OURS: [&str; 4] = ["ansible-galaxy", "ansible-pull", "ansible-test", "ansible-community"];

/// Runs whatever was called; the result is the exit code.
pub fn run(invocation: Invocation) -> u8 {
    let called_as = invocation.words.first().map(Path::new);
    let called_as = called_as.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let called_as = called_as.unwrap_or_else(|| "muster".to_owned());
    if NOT_OURS.contains(&called_as.as_str()) {
        let message = format!(
            "muster does not replace {called_as}. Call the {called_as} of an installed Ansible; \
             what it installs is found by muster."
        );
        return refuse(&invocation.environment, &Diagnostic::new(message).kind(Kind::Options));
    }
    match Tool::by_program(&called_as) {
        Some(tool) => {
            let words = invocation.words.get(1..).unwrap_or_default().to_vec();
            run_tool(tool, &called_as, Manner::Ansible, &words, invocation)
        }
        None => run_own(invocation),
    }
}

/// `muster …`
fn run_own(invocation: Invocation) -> u8 {
    let own = match own::Own::try_parse_from(&invocation.words) {
        Ok(own) => own,
        Err(error) => {
            let screen = Screen::plain(&invocation.environment);
            let text = error.render();
            if error.use_stderr() {
                screen.print_error(&text.to_string());
            } else {
                screen.print(&text.to_string());
            }
            return error.exit_code().try_into().unwrap_or(2);
        }
    };
    if let Some((tool, program, words)) = own.command.tool() {
        return run_tool(tool, program, Manner::Muster, words, invocation);
    }
    if let own::Command::Check(words) = &own.command {
        return run_tool(Tool::Playbook, CHECK, Manner::Muster, &words.words, invocation);
    }
    if let own::Command::Runner(words) = &own.command {
        return runner::run(&words.words, invocation);
    }
    if let own::Command::Holder(words) = &own.command {
        return holder::run(&words.words, invocation);
    }
    let mut context = match prepare(&invocation, &format!("muster {}", own.command.name()), Manner::Muster) {
        Ok(context) => context,
        Err(diagnostic) => return refuse(&invocation.environment, &diagnostic),
    };
    if let own::Command::Clean(words) = &own.command {
        let words = clean::words(&words.words, &context);
        return run_tool(Tool::Adhoc, "muster clean", Manner::Muster, &words, invocation);
    }
    context.screen = Screen::new(&context.environment, &context.settings, 0);
    let result = match &own.command {
        own::Command::Demo => demo::run(invocation, &context),
        own::Command::Link { folder } => link::run(folder, &context),
        own::Command::Runs { command: None } => runs::list(&context),
        own::Command::Runs { command: Some(own::RunsCommand::Show { id }) } => runs::show(id, &context),
        own::Command::Resume { id, words } => match runs::resume(id, words, &context) {
            Ok(again) => return run_again(again, invocation),
            Err(error) => Err(error),
        },
        own::Command::Socks(words) => socks::run(&words.words, &context),
        command => Err(not_built(&format!("muster {}", command.name()))),
    };
    finish(result, &context)
}

/// A run that goes on where another was cut short.
fn run_again(again: runs::Again, mut invocation: Invocation) -> u8 {
    invocation.environment.working_directory = again.folder;
    let (tool, manner) = match Tool::by_program(&again.program) {
        Some(tool) => (tool, Manner::Ansible),
        None => (Tool::Playbook, Manner::Muster),
    };
    run_with(tool, &again.program, manner, &again.words, invocation, Some(again.journal))
}

/// One of Ansible's tools, with its own words.
fn run_tool(tool: Tool, program: &str, manner: Manner, words: &[String], invocation: Invocation) -> u8 {
    run_with(tool, program, manner, words, invocation, None)
}

fn run_with(
    tool: Tool,
    program: &str,
    manner: Manner,
    words: &[String],
    invocation: Invocation,
    resumed: Option<PathBuf>,
) -> u8 {
    let mut context = match prepare(&invocation, program, manner) {
        Ok(context) => context,
        Err(diagnostic) => return refuse(&invocation.environment, &diagnostic),
    };
    context.words = words.to_vec();
    context.resumed = resumed;
    let declaration = tool.declaration().called(program);
    let parsed = match argparse::parse(&declaration, words, context.screen.width) {
        Ok(Outcome::Run(parsed)) => parsed,
        Ok(Outcome::Help(page)) => {
            context.screen.print(&page);
            return 0;
        }
        Ok(Outcome::Version) => {
            context.screen.print(&version::text(&context));
            return 0;
        }
        Err(refusal) => {
            context.screen.print_error(&argparse::explain(&declaration, &refusal, context.screen.width));
            return 2;
        }
    };
    context.verbosity = Options::verbosity(&parsed, &context.settings);
    context.screen = Screen::new(&context.environment, &context.settings, context.verbosity);
    let options = Options::read(tool, &parsed, &context.settings);
    if let Some(sentence) = contradiction(&options) {
        let refusal = Refusal { program: program.to_owned(), sentence };
        context.screen.print_error(&argparse::explain_briefly(&declaration, &refusal, context.screen.width));
        return 2;
    }
    introduce(&context, &options);
    let result = match options {
        Options::Adhoc(options) => adhoc::run(options, &context),
        Options::Playbook(options) if program == CHECK => check::run(options, &context),
        Options::Playbook(options) => playbook::run(options, &context),
        Options::Inventory(options) => inventory::run(options, &context),
        Options::Vault(options) => vault::run(options, &context),
        Options::Config(options) => config::run(options, &context),
        Options::Doc(options) => doc::run(options, &context),
        Options::Console(options) => console::run(options, &context),
    };
    finish(result, &context)
}

fn prepare(invocation: &Invocation, program: &str, manner: Manner) -> Result<Context, Diagnostic> {
    let settings = Arc::new(Settings::load(&invocation.environment)?);
    Ok(Context {
        program: program.to_owned(),
        manner,
        executable: invocation.executable.clone(),
        called: located(invocation),
        carrier: invocation.carrier,
        environment: invocation.environment.clone(),
        screen: Screen::plain(&invocation.environment),
        settings,
        verbosity: 0,
        words: Vec::new(),
        resumed: None,
    })
}

/// The file by which the program was called, as the shell found it.
fn located(invocation: &Invocation) -> PathBuf {
    let word = invocation.words.first().map_or("", String::as_str);
    if word.contains('/') {
        return crate::data::environment::normalize(&invocation.environment.working_directory.join(word));
    }
    let folders = invocation.environment.variable("PATH").unwrap_or_default().split(':');
    let found = folders.map(|folder| Path::new(folder).join(word)).find(|file| file.is_file());
    found.unwrap_or_else(|| invocation.executable.clone())
}

/// What is said before a tool begins.
fn introduce(context: &Context, options: &Options) {
    for warning in context.settings.warnings() {
        context.screen.warning(warning);
    }
    for resolved in context.settings.deprecated() {
        context.screen.deprecation(&format!(
            "{} option. This feature will be removed from ansible-core version {}.",
            resolved.setting.name, resolved.setting.removed_in
        ));
    }
    let r#become = match options {
        Options::Adhoc(options) => Some(&options.r#become),
        Options::Playbook(options) => Some(&options.r#become),
        _ => None,
    };
    let old: Vec<_> = r#become.iter().flat_map(|options| &options.old).collect();
    if !old.is_empty() {
        let written: Vec<&str> = old.iter().map(|old| old.written).collect();
        let instead: Vec<&str> = old.iter().map(|old| old.instead).collect();
        let (written, instead) = (written.join(" "), instead.join(" "));
        context.screen.warning(&format!("{written}: spelled as in early Ansible, taken as {instead}"));
    }
    if context.verbosity >= 2 {
        let text = version::text(context);
        let own = text.lines().filter(|line| !line.starts_with("  muster version"));
        own.for_each(|line| context.screen.line(line));
    }
    if context.verbosity >= 1 {
        context.screen.line(&match context.settings.config_file() {
            Some(path) => format!("Using {} as config file", path.display()),
            None => "No config file found; using defaults".to_owned(),
        });
    }
}

/// Options that make no sense together, found after the words were read.
fn contradiction(options: &Options) -> Option<String> {
    let forks = match options {
        Options::Adhoc(options) => options.forks,
        Options::Playbook(options) => options.forks,
        Options::Console(options) => options.forks,
        _ => 1,
    };
    (forks < 1).then(|| "The number of processes (--forks) must be >= 1".to_owned())
}

fn finish(result: Result<u8, Diagnostic>, context: &Context) -> u8 {
    match result {
        Ok(code) => code,
        Err(diagnostic) => {
            context.complain(&diagnostic);
            diagnostic.kind.exit_code()
        }
    }
}

/// Settings that cannot be read: there are no colours and no manners yet.
fn refuse(environment: &Environment, diagnostic: &Diagnostic) -> u8 {
    Screen::plain(environment).print_error(&format!("ERROR: {}\n", diagnostic.joined()));
    diagnostic.kind.exit_code()
}

/// For a command whose turn has not come.
pub(crate) fn not_built(command: &str) -> Diagnostic {
    Diagnostic::new(format!("{command} is not built yet.")).kind(Kind::Options)
}
