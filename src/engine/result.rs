//! What came out of a task on a host, and of each item of its loop.

use std::sync::Arc;

use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::HostId;

/// How a task (or an item of its loop) ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Ok,
    Changed,
    Skipped,
    Failed,
    Unreachable,
}

/// One result. A loop's has the results of its items in `output.results`.
#[derive(Clone, Debug, Default)]
pub struct TaskResult {
    pub status: Status,
    /// The dictionary as it is registered; no `_ansible_*` keys.
    pub output: Map,
    /// Why it failed, with places: shown before the `fatal:` line.
    pub error: Option<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
    pub deprecations: Vec<Diagnostic>,
    pub show: Show,
    /// The host that the task ran on instead, and its address.
    pub delegated_to: Option<Delegate>,
    /// Of an item's result: what the loop variable held, as its label shows it.
    pub label: Option<Value>,
    /// What the host and the play take over; one for each item of a loop.
    pub effects: Vec<Effects>,
    /// Handlers to notify, rendered with the variables of the item that changed something.
    pub notify: Vec<String>,
}

/// How a result is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// Even without `-v`, as `debug` does.
    pub always: bool,
    /// Not even with `-v`, as facts.
    pub never: bool,
    /// `no_log`: only that it happened.
    pub censored: bool,
}

/// Another host that a task ran on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegate {
    pub name: Arc<str>,
    pub address: Option<Arc<str>>,
}

/// What a result changes besides the screen. The loop applies it; tasks themselves touch nothing.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Whose facts these are, where they are not the host's own.
    pub owner: Option<HostId>,
    /// `ansible_facts` of a module.
    pub facts: Option<Map>,
    /// `set_fact` and `include_vars`: variables of the host.
    pub variables: Option<Map>,
    /// The variables are of `include_vars`.
    pub included: bool,
    /// `set_fact` with `cacheable`: facts too.
    pub cacheable: bool,
    pub add_host: Option<AddHost>,
    pub group_by: Option<GroupBy>,
    pub stats: Option<SetStats>,
    /// Lists of tasks to go on with.
    pub includes: Vec<Include>,
}

/// `add_host`.
#[derive(Clone, Debug, PartialEq)]
pub struct AddHost {
    pub name: String,
    pub groups: Vec<String>,
    pub variables: Map,
}

/// `group_by`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBy {
    pub group: String,
    pub parents: Vec<String>,
}

/// `set_stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetStats {
    pub data: Map,
    pub per_host: bool,
    pub aggregate: bool,
}

/// `include_tasks` or `include_role`, once per item of a loop.
#[derive(Clone, Debug)]
pub struct Include {
    /// The rendered options.
    pub args: Map,
    /// The loop's variables for what is included.
    pub variables: Map,
    pub label: Option<Value>,
}

impl Status {
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Unreachable)
    }

    /// As the keys of a result dictionary say.
    pub fn of(output: &Map) -> Self {
        let says = |key| output.get(key).is_some_and(Value::is_truthy);
        if says("unreachable") {
            Self::Unreachable
        } else if says("failed") {
            Self::Failed
        } else if says("skipped") {
            Self::Skipped
        } else if says("changed") {
            Self::Changed
        } else {
            Self::Ok
        }
    }
}

impl TaskResult {
    /// A result whose status is read from the dictionary.
    pub fn of(output: Map) -> Self {
        Self { status: Status::of(&output), output, ..Self::default() }
    }

    /// A failure with a reason in the user's files.
    pub fn failure(error: Diagnostic) -> Self {
        let output = Map::from([("failed", Value::from(true)), ("msg", Value::text(error.joined()))]);
        Self { status: Status::Failed, output, error: Some(error), ..Self::default() }
    }

    pub fn skipped(output: Map) -> Self {
        let mut output = output;
        output.insert("skipped", true);
        Self { status: Status::Skipped, output, ..Self::default() }
    }

    pub fn changed(&self) -> bool {
        self.output.get("changed").is_some_and(Value::is_truthy)
    }

    /// What may be shown of it: with `no_log`, next to nothing.
    #[must_use]
    pub fn censored(&self) -> Self {
        if !self.show.censored {
            return self.clone();
        }
        let mut output = Map::new();
        output.insert("censored", CENSORED);
        if self.output.contains_key("results") {
            output.insert("results", Value::list([]));
        }
        for key in ["attempts", "changed", "retries"] {
            if let Some(value) = self.output.get(key) {
                output.insert(key, value.clone());
            }
        }
        let show = Show { censored: true, ..Show::default() };
        Self { output, effects: Vec::new(), show, ..self.clone() }
    }
}

/// What a result with `no_log` says.
pub const CENSORED: &str =
    "the output has been hidden due to the fact that 'no_log: true' was specified for this result";
