//! What is printed of a run: one file a callback.

mod default;
mod fold;
mod json;
mod junit;
mod minimal;
mod null;
mod oneline;
mod profile_tasks;
mod timer;
mod tree;

use crate::report::CallbackPlugin;

/// Every callback of this build.
pub static ALL: &[&CallbackPlugin] = &[
    &default::CALLBACK,
    &fold::CALLBACK,
    &json::CALLBACK,
    &junit::CALLBACK,
    &minimal::CALLBACK,
    &null::CALLBACK,
    &oneline::CALLBACK,
    &profile_tasks::CALLBACK,
    &timer::CALLBACK,
    &tree::CALLBACK,
];

/// A callback by the name that the settings give it.
pub fn find(name: &str) -> Option<&'static CallbackPlugin> {
    ALL.iter().copied().find(|plugin| plugin.is_called(name))
}
