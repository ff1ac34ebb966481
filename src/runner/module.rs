//! The contract of modules: declared options, a function that brings a target to a state, a name.

use indexmap::IndexMap;

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};

use super::target::Target;

/// What a module gives back: the result dictionary, or why the task failed.
pub type Outcome = Result<Map, Failure>;

/// A task failed. Data, not a bug: it becomes the result `failed: true, msg: …` and the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    pub message: String,
    /// What led to it, where the message alone does not say so; shown in the error, not in the result.
    pub causes: Vec<String>,
    /// More keys of the result, as `rc` and `stderr`.
    pub details: Map,
}

/// A struct of options that can be run on a target.
pub trait Run: Args {
    fn run(self, target: &mut Target) -> Outcome;
}

/// One module, type-erased so that all fit into a table.
pub struct Module {
    /// Full name: `ansible.builtin.file`.
    pub name: &'static str,
    /// Other full names and redirected ones, as `ansible.builtin.systemd`.
    pub aliases: &'static [&'static str],
    /// One sentence for `ansible-doc -l`.
    pub summary: &'static str,
    pub spec: &'static ArgSpec,
    /// Takes checked arguments.
    pub run: fn(Map, &mut Target) -> Outcome,
    pub traits: Traits,
}

/// What the engine has to know about a module besides its options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Takes `_raw_params` (free form), as command does.
    pub free_form: bool,
    /// In check mode it does nothing and the task is skipped.
    pub skips_check_mode: bool,
    /// Action groups of `module_defaults`, as `docker`.
    pub groups: &'static [&'static str],
    /// Takes any option: `setup` of custom facts, `set_fact`.
    pub any_option: bool,
}

impl Module {
    /// The module of an options struct.
    pub const fn of<T: Run>(name: &'static str, summary: &'static str) -> Self {
        Self { name, aliases: &[], summary, spec: T::SPEC, run: run_checked::<T>, traits: Traits::NONE }
    }

    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    #[must_use]
    pub const fn traits(mut self, traits: Traits) -> Self {
        self.traits = traits;
        self
    }
}

impl Traits {
    pub const NONE: Self = Self { free_form: false, skips_check_mode: false, groups: &[], any_option: false };
}

fn run_checked<T: Run>(mut args: Map, target: &mut Target) -> Outcome {
    T::from_checked(&mut args).map_err(Failure::new)?.run(target)
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: Vec::new(), details: Map::new() }
    }

    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key, value);
        self
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

/// All modules of this build, by full name. Handed down by `main`.
#[derive(Default, Clone)]
pub struct Registry {
    modules: IndexMap<&'static str, &'static Module>,
}

impl Registry {
    pub fn new(modules: impl IntoIterator<Item = &'static Module>) -> Self {
        let mut registry = Self::default();
        for module in modules {
            registry.modules.insert(module.name, module);
            for alias in module.aliases {
                registry.modules.insert(alias, module);
            }
        }
        registry
    }

    /// By full name. Short names are resolved by the engine, which knows `collections:`.
    pub fn get(&self, name: &str) -> Option<&'static Module> {
        self.modules.get(name).copied()
    }

    /// Every module once, by its own name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Module> + '_ {
        self.modules.iter().filter(|(name, module)| **name == module.name).map(|(_, module)| *module)
    }
}
