//! What is printed of a run: one file a callback.

mod default;
mod minimal;
mod oneline;

use crate::report::CallbackPlugin;

/// Every callback of this build.
pub static ALL: &[&CallbackPlugin] = &[&default::CALLBACK, &minimal::CALLBACK, &oneline::CALLBACK];

/// A callback by the name that the settings give it.
pub fn find(name: &str) -> Option<&'static CallbackPlugin> {
    ALL.iter().copied().find(|plugin| plugin.is_called(name))
}
