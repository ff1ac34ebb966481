//! Templates: minijinja's syntax tree, evaluated on values that keep origin, trust and laziness.
//! Here are the contracts of filters, tests, lookups and globals; the plugins live above.
//!
//! # How to write a filter
//!
//! A family of filters is one file in `plugins/filter/`, with one table at its top:
//!
//! ```ignore
//! pub const FILTERS: &[Filter] = &[
//!     Filter::plain("quote", quote, "Quotes a text for a shell."),
//!     Filter::plain("b64decode", b64decode, "Decodes base64.").also(&["base64_decode"]),
//!     Filter::plain("json_query", json_query, "Asks data by JMESPath.")
//!         .of("community.general").also(&["json_query", "ansible.builtin.json_query"]),
//! ];
//!
//! fn b64decode(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
//!     let encoding = args.text("encoding", "utf-8")?;       // by position or by name
//!     …
//!     Err(format!("unknown encoding: {encoding}").into())   // "The filter plugin … failed" comes by itself
//! }
//! ```
//!
//! and its line in `plugins/filter/mod.rs`. Parameters are taken from [`Arguments`] in the order of
//! their declaration; whatever is left raises Python's type errors afterwards. `Filter::plain` gets
//! finished data; undefined input never reaches it. `Filter::raw` gets [`Object`]s as they are:
//! for `default`, `map` and others that look at undefined, `omit` or laziness.
//! Tests (`Test::plain`, giving `bool`) and lookups (`Lookup::plain`, from a slice of terms to a
//! list) work alike; a lookup takes its options with [`Arguments::keyword`].
//! [`Arguments::context`] leads to the world (files, settings, hosts), to variables, and to other
//! filters and tests. An alias with a dot is a full name; others are put into the collection.

mod access;
mod arguments;
mod condition;
mod container;
mod context;
pub mod dates;
mod error;
mod evaluate;
mod force;
pub mod globals;
mod header;
mod hosts;
pub mod methods;
mod invoke;
mod markup;
mod memo;
mod object;
pub mod operators;
mod plugin;
mod shown;
pub mod spec;
pub mod syntax;
mod templar;
pub mod text;
pub mod tools;
mod world;

pub use access::{attribute, item, key as access_key};
pub use arguments::Arguments;
pub use container::{Dict, Lazy, List};
pub use context::Context;
pub use error::{ErrorKind, Result, TemplateError};
pub use evaluate::waiting;
pub use markup::Markup;
pub use object::{Marker, Native, Object};
pub use plugin::{Filter, FilterRun, Global, Lookup, LookupRun, Names, Registry, Test, TestRun};
pub use templar::{Engine, FileOptions, Templar, TemplateSettings, check_plain};
pub use world::{Overlay, Scope, World};
