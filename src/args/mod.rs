//! Typed options: what a module, plugin or command accepts, declared once by `derive(Args)`.
//!
//! `check` turns what the user wrote into a map that holds every option under its first name with
//! Ansible's coercions done; `Args::from_checked` then fills the struct. The controller checks, so
//! that an error can name a file and line; the target only fills.

pub mod check;
pub mod coerce;
pub mod key_value;
mod field;
mod spec;
#[cfg(test)]
mod tests;

pub use check::{Checked, check};
pub use field::{TargetPath, field_error, take};
pub use muster_derive::{Args, Choice};
pub use spec::{Declared, Requirement, Spec, SpecError, default_value};

use crate::data::{Map, Value};

/// The declared options of one module or plugin. Static, so that start-up costs nothing.
#[derive(Debug)]
pub struct ArgSpec {
    pub options: &'static [OptionSpec],
    /// Specs whose options and rules count as if they stood here (`#[arg(flatten)]`).
    pub flattened: &'static [&'static ArgSpec],
    pub rules: &'static [Rule],
}

/// One declared option.
#[derive(Debug)]
pub struct OptionSpec {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub kind: Kind,
    /// The kind of a list's elements.
    pub elements: Option<Kind>,
    pub required: bool,
    pub default: DefaultValue,
    pub choices: &'static [&'static str],
    /// Secrets: never shown in a result, log or journal.
    pub no_log: bool,
    /// The declared options inside a dict, or inside each element of a list of dicts.
    pub suboptions: Option<&'static ArgSpec>,
    /// The doc comment of the field.
    pub doc: &'static str,
}

/// The types of options, under Ansible's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Str,
    Bool,
    Int,
    Float,
    Path,
    Raw,
    List,
    Dict,
    Json,
    Jsonarg,
    Bytes,
    Bits,
}

/// A default as it can stand in a static.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'static str),
    List(&'static [&'static str]),
    EmptyDict,
}

/// What several options demand of each other.
#[derive(Debug)]
pub enum Rule {
    Exclusive(&'static [&'static str]),
    RequiredTogether(&'static [&'static str]),
    RequiredOneOf(&'static [&'static str]),
    /// If the option has the value, all of these (or, with `any`, one of these) are required.
    RequiredIf {
        option: &'static str,
        value: &'static str,
        required: &'static [&'static str],
        any: bool,
    },
    RequiredBy {
        option: &'static str,
        required: &'static [&'static str],
    },
}

/// A struct of options; `derive(Args)` writes this.
pub trait Args: Sized {
    const SPEC: &'static ArgSpec;

    /// Fills the struct from a map that `check::check` has passed. Takes what it needs out of the map.
    fn from_checked(map: &mut Map) -> Result<Self, String>;
}

/// A type that a field of an `Args` struct may have.
pub trait Field: Sized {
    const KIND: Kind;
    const ELEMENTS: Option<Kind> = None;
    const CHOICES: &'static [&'static str] = &[];
    const SUBOPTIONS: Option<&'static ArgSpec> = None;
    /// Whether the option may be absent without a default (`Option<T>`).
    const OPTIONAL: bool = false;

    /// From a value that is already coerced to `KIND`; `None` where the option is absent.
    fn from_value(value: Option<Value>) -> Result<Self, String>;
}

/// An enum whose variants are the words of an option with choices; `derive(Choice)` writes this.
pub trait Choice: Field {
    /// The word that the user writes for it.
    fn as_str(self) -> &'static str;
}

impl ArgSpec {
    /// No options at all.
    pub const EMPTY: &'static ArgSpec = &ArgSpec { options: &[], flattened: &[], rules: &[] };

    /// All options, own ones first.
    pub fn all_options(&self) -> impl Iterator<Item = &'static OptionSpec> + '_ {
        self.options.iter().chain(self.flattened.iter().flat_map(|spec| spec.options.iter()))
    }

    pub fn all_rules(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.rules.iter().chain(self.flattened.iter().flat_map(|spec| spec.rules.iter()))
    }

    /// The option that a name or alias means.
    pub fn find(&self, name: &str) -> Option<&'static OptionSpec> {
        self.all_options().find(|option| option.name == name || option.aliases.contains(&name))
    }
}
