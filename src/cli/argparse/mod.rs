//! Command lines of the `ansible*` tools, read and explained as Python's argparse does: the flags
//! are declared as data, `scan` settles abbreviations and order, clap keeps values and rules, and
//! `usage`/`help` print the familiar layout.

mod help;
mod scan;
mod typed;
mod usage;

pub use help::help;
pub use typed::Parsed;
pub use usage::usage;

/// What an option does with the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A switch.
    Set,
    /// Every occurrence counts.
    Count,
    /// Takes one value; the last one wins.
    Store,
    /// Takes one value; all are kept.
    Append,
    Help,
    Version,
    /// Known, and refused as if it were not.
    Unrecognized,
}

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    OneOf(&'static [&'static str]),
}

/// One option of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// All spellings, in the order in which the help shows them.
    pub names: &'static [&'static str],
    /// The key under which its value is found.
    pub key: &'static str,
    pub action: Action,
    pub kind: Kind,
    pub help: &'static str,
    /// Options with the same word here exclude each other.
    pub exclusive: Option<&'static str>,
    /// Which section of the help it stands in; empty for the plain options.
    pub section: &'static str,
    /// Works, but is neither shown nor abbreviated.
    pub hidden: bool,
}

/// A switch; the builder methods turn it into anything else.
pub const fn flag(names: &'static [&'static str], key: &'static str, help: &'static str) -> Flag {
    Flag { names, key, action: Action::Set, kind: Kind::Text, help, exclusive: None, section: "", hidden: false }
}

impl Flag {
    pub const fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    pub const fn takes(self) -> Self {
        self.action(Action::Store)
    }

    pub const fn appended(self) -> Self {
        self.action(Action::Append)
    }

    pub const fn number(mut self) -> Self {
        self.kind = Kind::Integer;
        self.action(Action::Store)
    }

    pub const fn one_of(mut self, choices: &'static [&'static str]) -> Self {
        self.kind = Kind::OneOf(choices);
        self.action(Action::Store)
    }

    pub const fn excludes(mut self, word: &'static str) -> Self {
        self.exclusive = Some(word);
        self
    }

    pub const fn within(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(super) fn takes_value(&self) -> bool {
        matches!(self.action, Action::Store | Action::Append)
    }

    /// `-f/--forks`, as errors name it.
    fn label(&self) -> String {
        self.names.join("/")
    }

    /// What stands for the value in usage and help.
    fn placeholder(&self) -> String {
        match self.kind {
            Kind::OneOf(choices) => format!("{{{}}}", choices.join(",")),
            _ => self.key.to_uppercase(),
        }
    }
}

/// How many words a positional takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    One,
    Optional,
    Any,
    Several,
}

/// The words without a dash.
#[derive(Clone, Copy, Debug)]
pub struct Positional {
    pub name: &'static str,
    pub arity: Arity,
    pub help: &'static str,
}

/// A tool, or one of its actions.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// `ansible-playbook`, `ansible-vault encrypt`.
    pub program: String,
    /// First paragraph of the help; for an action, its line in the list of actions.
    pub about: &'static str,
    pub epilog: &'static str,
    /// In the order of the usage line.
    pub flags: Vec<Flag>,
    /// Titles and descriptions of the sections, in the order of the help.
    pub sections: Vec<(&'static str, &'static str)>,
    pub positional: Option<Positional>,
    /// `ansible-vault` and `ansible-config` choose one of these.
    pub actions: Vec<(&'static str, Declaration)>,
    /// Whether this is such an action itself.
    pub is_action: bool,
}

impl Declaration {
    /// The same under another program's name.
    #[must_use]
    pub fn called(mut self, program: &str) -> Self {
        for (name, action) in &mut self.actions {
            action.program = format!("{program} {name}");
        }
        program.clone_into(&mut self.program);
        self
    }
}

/// What a command line asks for.
#[derive(Debug)]
pub enum Outcome {
    Run(Parsed),
    /// The text to print on stdout.
    Help(String),
    Version,
}

/// A command line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The program the sentence starts with.
    pub program: String,
    pub sentence: String,
}

/// Reads the words after the program's name. `width` is the terminal's.
pub fn parse(declaration: &Declaration, words: &[String], width: usize) -> Result<Outcome, Refusal> {
    let scanned = match scan::scan(declaration, words)? {
        scan::Scan::Help(action) => {
            let declaration = action.map_or(declaration, |index| &declaration.actions[index].1);
            return Ok(Outcome::Help(help(declaration, width)));
        }
        scan::Scan::Version => return Ok(Outcome::Version),
        scan::Scan::Words(scanned) => scanned,
    };
    typed::read(declaration, scanned).map(Outcome::Run)
}

/// Usage and sentence: for what only shows once the command line has been read.
pub fn explain_briefly(declaration: &Declaration, refusal: &Refusal, width: usize) -> String {
    format!("{}{}: error: {}\n", usage(declaration, width), refusal.program, refusal.sentence)
}

/// What goes to stderr for a refusal: the usage, the sentence and, as the tools do when the command
/// line cannot be read at all, the whole help once more.
pub fn explain(declaration: &Declaration, refusal: &Refusal, width: usize) -> String {
    let named = declaration.actions.iter().map(|(_, action)| action).find(|action| action.program == refusal.program);
    let usage = usage(named.unwrap_or(declaration), width);
    format!("{usage}{}: error: {}\n \n{}", refusal.program, refusal.sentence, help(declaration, width))
}

#[cfg(test)]
mod tests;
