//! The contracts of filters, tests, lookups and global functions, and the registry of them.

use std::collections::HashMap;

use super::{Arguments, Object, Result};
use crate::data::Value;

/// A filter: `input | name(arguments)`.
#[derive(Clone, Copy)]
pub struct Filter {
    pub names: Names,
    pub run: FilterRun,
}

#[derive(Clone, Copy)]
pub enum FilterRun {
    /// Works on finished data; undefined and other waiting errors are raised before it is called.
    Plain(fn(&Value, &mut Arguments<'_>) -> Result<Value>),
    /// Sees undefined, omit, lazy containers and callables as they are.
    Raw(fn(Object, &mut Arguments<'_>) -> Result<Object>),
}

/// A test: `input is name(arguments)`.
#[derive(Clone, Copy)]
pub struct Test {
    pub names: Names,
    pub run: TestRun,
}

#[derive(Clone, Copy)]
pub enum TestRun {
    Plain(fn(&Value, &mut Arguments<'_>) -> Result<bool>),
    /// Sees undefined, omit, lazy containers and callables as they are.
    Raw(fn(Object, &mut Arguments<'_>) -> Result<bool>),
}

/// A lookup: `lookup('name', terms…, options…)`, and `with_name`. Gives a list.
#[derive(Clone, Copy)]
pub struct Lookup {
    pub names: Names,
    pub run: LookupRun,
}

#[derive(Clone, Copy)]
pub enum LookupRun {
    /// The terms are finished data. Options are taken from the arguments by keyword.
    Plain(fn(&[Value], &mut Arguments<'_>) -> Result<Vec<Value>>),
    /// Sees undefined terms as they are.
    Raw(fn(Vec<Object>, &mut Arguments<'_>) -> Result<Vec<Object>>),
}

/// A function that templates see by its name, as `range`.
#[derive(Clone, Copy)]
pub struct Global {
    pub name: &'static str,
    /// `function` or `type`, as Python sees it.
    pub type_name: &'static str,
    pub doc: &'static str,
    pub run: fn(&mut Arguments<'_>) -> Result<Object>,
}

/// How a plugin can be called, and what it is for.
#[derive(Clone, Copy)]
pub struct Names {
    /// The collection, as `ansible.builtin`. What is builtin is known by its short name too.
    pub collection: &'static str,
    pub name: &'static str,
    /// Other names in the same collection; one with a dot is taken as it is, and `.name` stands for
    /// the bare name, under which older playbooks know what was builtin once.
    pub aliases: &'static [&'static str],
    pub doc: &'static str,
}

const BUILTIN: &str = "ansible.builtin";

impl Names {
    const fn new(collection: &'static str, name: &'static str, doc: &'static str) -> Self {
        Self { collection, name, aliases: &[], doc }
    }

    /// The full name, as messages show it.
    pub fn full(&self) -> String {
        format!("{}.{}", self.collection, self.name)
    }

    fn all(&self) -> Vec<String> {
        let mut all = Vec::new();
        for name in std::iter::once(&self.name).chain(self.aliases) {
            if let Some(short) = name.strip_prefix('.') {
                all.push(short.to_owned());
                continue;
            }
            if name.contains('.') {
                all.push((*name).to_owned());
                continue;
            }
            all.push(format!("{}.{name}", self.collection));
            if self.collection == BUILTIN {
                all.push(format!("ansible.legacy.{name}"));
                all.push((*name).to_owned());
            }
        }
        all
    }
}

macro_rules! constructors {
    ($kind:ident, $run:ident, $input:ty, $plain:ty, $raw_input:ty, $raw:ty) => {
        impl $kind {
            pub const fn plain(
                name: &'static str,
                run: fn($input, &mut Arguments<'_>) -> Result<$plain>,
                doc: &'static str,
            ) -> Self {
                Self { names: Names::new(BUILTIN, name, doc), run: $run::Plain(run) }
            }

            pub const fn raw(
                name: &'static str,
                run: fn($raw_input, &mut Arguments<'_>) -> Result<$raw>,
                doc: &'static str,
            ) -> Self {
                Self { names: Names::new(BUILTIN, name, doc), run: $run::Raw(run) }
            }

            /// Puts it into another collection than `ansible.builtin`.
            #[must_use]
            pub const fn of(mut self, collection: &'static str) -> Self {
                self.names.collection = collection;
                self
            }

            #[must_use]
            pub const fn also(mut self, aliases: &'static [&'static str]) -> Self {
                self.names.aliases = aliases;
                self
            }
        }
    };
}

constructors!(Filter, FilterRun, &Value, Value, Object, Object);
constructors!(Test, TestRun, &Value, bool, Object, bool);
constructors!(Lookup, LookupRun, &[Value], Vec<Value>, Vec<Object>, Vec<Object>);

/// Every plugin that templates know, by all of its names. Made once in `main`.
#[derive(Default)]
pub struct Registry {
    filters: HashMap<String, Filter>,
    tests: HashMap<String, Test>,
    lookups: HashMap<String, Lookup>,
    globals: HashMap<&'static str, Global>,
}

impl Registry {
    /// Each argument is a list of families; a later one wins where names are equal.
    pub fn new(filters: &[&[Filter]], tests: &[&[Test]], lookups: &[&[Lookup]], globals: &[&[Global]]) -> Self {
        let mut registry = Self::default();
        for filter in filters.iter().copied().flatten() {
            registry.filters.extend(filter.names.all().into_iter().map(|name| (name, *filter)));
        }
        for test in tests.iter().copied().flatten() {
            registry.tests.extend(test.names.all().into_iter().map(|name| (name, *test)));
        }
        for lookup in lookups.iter().copied().flatten() {
            registry.lookups.extend(lookup.names.all().into_iter().map(|name| (name, *lookup)));
        }
        registry.globals.extend(globals.iter().copied().flatten().map(|global| (global.name, *global)));
        registry
    }

    pub fn filter(&self, name: &str) -> Option<&Filter> {
        self.filters.get(name)
    }

    pub fn test(&self, name: &str) -> Option<&Test> {
        self.tests.get(name)
    }

    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.get(name)
    }

    pub fn global(&self, name: &str) -> Option<&Global> {
        self.globals.get(name)
    }

    /// Full names and docs, for the reference pages.
    pub fn filter_names(&self) -> impl Iterator<Item = &Names> {
        self.filters.values().map(|filter| &filter.names)
    }

    pub fn test_names(&self) -> impl Iterator<Item = &Names> {
        self.tests.values().map(|test| &test.names)
    }

    pub fn lookup_names(&self) -> impl Iterator<Item = &Names> {
        self.lookups.values().map(|lookup| &lookup.names)
    }
}
