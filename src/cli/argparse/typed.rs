//! Values and rules of a command line that is spelled out already: clap checks types, choices,
//! exclusions and what is required; its complaints are put in argparse's words.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, value_parser};

use super::scan::{Scanned, quoted};
use super::{Action, Arity, Declaration, Flag, Kind, Refusal};

/// A command line that can be asked for its values by key.
#[derive(Debug)]
pub struct Parsed {
    matches: ArgMatches,
    action: Option<(&'static str, Box<Parsed>)>,
}

/// The key under which the positional words are kept.
const WORDS: &str = "<words>";

impl Parsed {
    pub fn is_set(&self, key: &str) -> bool {
        self.matches.get_flag(key)
    }

    pub fn count(&self, key: &str) -> u8 {
        self.matches.get_count(key)
    }

    pub fn text(&self, key: &str) -> Option<String> {
        self.matches.get_one::<String>(key).cloned()
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        self.matches.get_many::<String>(key).map(|values| values.cloned().collect()).unwrap_or_default()
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        self.matches.get_one::<i64>(key).copied()
    }

    pub fn positionals(&self) -> Vec<String> {
        self.matches.get_many::<String>(WORDS).map(|values| values.cloned().collect()).unwrap_or_default()
    }

    /// The chosen action of a tool that has some.
    pub fn action(&self) -> Option<(&'static str, &Parsed)> {
        self.action.as_ref().map(|(name, parsed)| (*name, &**parsed))
    }
}

pub(super) fn read(declaration: &Declaration, scanned: Scanned) -> Result<Parsed, Refusal> {
    let refuse = |sentence: String| Refusal { program: declaration.program.clone(), sentence };
    let matches = command(declaration)
        .try_get_matches_from(spelled_out(declaration, &scanned))
        .map_err(|error| refuse(sentence(declaration, &scanned, &error)))?;
    let action = match scanned.action {
        Some((index, words)) => {
            let (name, declared) = &declaration.actions[index];
            Some((*name, Box::new(read(declared, *words)?)))
        }
        None if !declaration.actions.is_empty() => {
            return Err(refuse("the following arguments are required: action".to_owned()));
        }
        None => None,
    };
    if !scanned.leftovers.is_empty() {
        return Err(refuse(format!("unrecognized arguments: {}", scanned.leftovers.join(" "))));
    }
    Ok(Parsed { matches, action })
}

fn command(declaration: &Declaration) -> Command {
    let mut command = Command::new("tool")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args_override_self(true);
    for flag in &declaration.flags {
        if matches!(flag.action, Action::Help | Action::Version | Action::Unrecognized) {
            continue;
        }
        let rivals = declaration
            .flags
            .iter()
            .filter(|other| flag.exclusive.is_some() && other.exclusive == flag.exclusive && other.key != flag.key)
            .map(|other| other.key);
        command = command.arg(argument(flag).conflicts_with_all(rivals));
    }
    if let Some(positional) = declaration.positional {
        let words = Arg::new(WORDS).action(ArgAction::Append).num_args(0..).allow_hyphen_values(true);
        command = command.arg(words.required(matches!(positional.arity, Arity::One | Arity::Several)));
    }
    command
}

/// Spelled by its key, so that clap needs to know one name only.
fn argument(flag: &Flag) -> Arg {
    let argument = Arg::new(flag.key).long(flag.key);
    let argument = match flag.action {
        Action::Count => return argument.action(ArgAction::Count),
        Action::Store => argument.action(ArgAction::Set),
        Action::Append => argument.action(ArgAction::Append),
        _ => return argument.action(ArgAction::SetTrue),
    };
    match flag.kind {
        Kind::Text => argument,
        Kind::Integer => argument.value_parser(value_parser!(i64)),
        Kind::OneOf(choices) => argument.value_parser(PossibleValuesParser::new(choices)),
    }
}

fn spelled_out(declaration: &Declaration, scanned: &Scanned) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(scanned.options.len() + scanned.positionals.len() + 1);
    for (index, value) in &scanned.options {
        let flag = &declaration.flags[*index];
        words.push(match value {
            None => format!("--{}", flag.key),
            Some(value) if flag.kind == Kind::Integer => format!("--{}={}", flag.key, integer_spelling(value)),
            Some(value) => format!("--{}={value}", flag.key),
        });
    }
    words.push("--".to_owned());
    words.extend(scanned.positionals.iter().cloned());
    words
}

/// Python's int() takes blanks around a number, a plus sign and underscores between digits.
fn integer_spelling(value: &str) -> String {
    let trimmed = value.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let well_formed = !digits.is_empty()
        && digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if well_formed { trimmed.trim_start_matches('+').replace('_', "") } else { value.to_owned() }
}

/// The complaint in argparse's words.
fn sentence(declaration: &Declaration, scanned: &Scanned, error: &clap::Error) -> String {
    let context = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let key_of = |text: &str| {
        let name = text.trim_start_matches('-');
        name.split([' ', '=']).next().unwrap_or(name).to_owned()
    };
    let flag = declaration.flags.iter().find(|flag| flag.key == key_of(&context(ContextKind::InvalidArg)));
    let value = quoted(&context(ContextKind::InvalidValue));
    match (error.kind(), flag) {
        (ErrorKind::MissingRequiredArgument, _) => {
            let name = declaration.positional.map_or("", |positional| positional.name);
            format!("the following arguments are required: {name}")
        }
        (ErrorKind::ArgumentConflict, Some(flag)) => {
            let rival = key_of(&context(ContextKind::PriorArg));
            let rival = declaration.flags.iter().find(|flag| flag.key == rival).unwrap_or(flag);
            // The one that came later is to blame.
            let place = |wanted: &Flag| {
                scanned.options.iter().position(|(index, _)| declaration.flags[*index].key == wanted.key)
            };
            let (first, second) = if place(flag) < place(rival) { (flag, rival) } else { (rival, flag) };
            format!("argument {}: not allowed with argument {}", second.label(), first.label())
        }
        (ErrorKind::InvalidValue, Some(flag)) => {
            let Kind::OneOf(choices) = flag.kind else { return format!("argument {}: {error}", flag.label()) };
            let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
            format!("argument {}: invalid choice: {value} (choose from {})", flag.label(), choices.join(", "))
        }
        // The reference names its own type function here.
        (_, Some(flag)) => format!("argument {}: invalid tag_value value: {value}", flag.label()),
        (_, None) => error.to_string(),
    }
}
