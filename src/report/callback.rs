//! The contract of callbacks: they are told what happens and write what people read.

use super::screen::Screen;
use crate::diagnostic::Diagnostic;
use crate::engine::event::Event;
use crate::project::settings::{Setting, Settings};

/// Hears of everything that happens in a run.
pub trait Callback: Send {
    fn on(&mut self, event: &Event, screen: &mut Screen);
}

/// What a callback is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The text of the run; there is one of these.
    Stdout,
    /// Something beside it; has to be enabled.
    Further,
}

/// A callback by name: one file of `plugins/callback`.
pub struct CallbackPlugin {
    /// Without its collection: `default`, `profile_tasks`.
    pub name: &'static str,
    pub collection: &'static str,
    pub role: Role,
    pub summary: &'static str,
    pub options: &'static [Setting],
    pub make: fn(&Surroundings<'_>) -> Result<Box<dyn Callback>, Diagnostic>,
}

/// What a callback is made with.
pub struct Surroundings<'a> {
    pub settings: &'a Settings,
    pub options: Options,
    /// `--check`
    pub check: bool,
    /// The folder of `--tree`.
    pub tree: Option<String>,
}

/// The callback's own options, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options(Vec<(&'static str, crate::data::Value)>);

impl Options {
    pub fn resolve(declared: &'static [Setting], settings: &Settings) -> Result<Self, Diagnostic> {
        let resolve = |setting: &'static Setting| Ok((setting.name, settings.of_plugin(setting)?.value));
        Ok(Self(declared.iter().map(resolve).collect::<Result<_, Diagnostic>>()?))
    }

    pub fn get(&self, name: &str) -> Option<&crate::data::Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(crate::data::Value::is_truthy)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(crate::data::Value::as_str)
    }
}

impl CallbackPlugin {
    /// Whether a name from the settings means this one.
    pub fn is_called(&self, name: &str) -> bool {
        match name.rsplit_once('.') {
            Some((collection, short)) => {
                short == self.name
                    && (collection == self.collection
                        || collection == "ansible.legacy" && self.collection == "ansible.builtin")
            }
            None => name == self.name,
        }
    }
}
