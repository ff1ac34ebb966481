//! What a run remembers of itself, so that another can go on where it stopped: each host's steps in
//! their order, and how each ended. A run that is resumed goes through its plays once more, but
//! takes the ends that are remembered instead of running the steps again.

use std::sync::Arc;

use super::event::TaskInfo;
use super::result::{Effects, Status, TaskResult};
use super::task::TaskEnd;
use crate::data::{Map, Value};
use crate::project::inventory::{HostId, Inventory};

/// One step of one host. The same in every run of the same playbooks over the same hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepKey {
    /// Counts the plays of all playbooks.
    pub play: u32,
    pub host: Arc<str>,
    /// Counts the host's steps in the play.
    pub step: u32,
}

/// A step and what it does.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    pub key: &'a StepKey,
    pub task: &'a TaskInfo,
    /// The result is needed later: it is registered, or decides what follows.
    pub keeps_output: bool,
}

/// How a step ended, without the numbers of one process in it.
#[derive(Clone, Debug, Default)]
pub struct StepEnd {
    pub status: Status,
    pub ignored: bool,
    /// A block around it has taken the failure.
    pub rescued: bool,
    /// Only what is needed later.
    pub output: Map,
    pub effects: Vec<Effects>,
    /// For each effect, whose facts these are, where they are not the host's own.
    pub owners: Vec<Option<Arc<str>>>,
    pub notify: Vec<String>,
    pub facts_of: Option<Arc<str>>,
    /// Items of a loop.
    pub items: Vec<Status>,
    /// Bytes of diff text.
    pub diff: usize,
    /// `no_log`: nothing of it may be kept.
    pub secret: bool,
}

impl StepEnd {
    /// What is worth keeping of an end.
    pub fn of(end: &TaskEnd, step: Step<'_>, rescued: bool, inventory: &Inventory) -> Self {
        let result = &end.result;
        let name = |host: HostId| Arc::clone(&inventory.host(host).name);
        let items = result.output.get("results").filter(|_| step.task.looped).and_then(Value::as_items);
        let items = items.unwrap_or_default().iter().filter_map(Value::as_map).map(Status::of).collect();
        // What is registered has no arguments in it; without that, only what is counted is needed.
        let needed = |key: &Value| match result.status.is_failure() {
            true => true,
            false if step.keeps_output => key.as_str() != Some("invocation"),
            false => key.as_str() == Some("changed"),
        };
        let output = result.output.iter().filter(|(key, _)| needed(key)).map(both).collect();
        Self {
            status: result.status,
            ignored: end.ignored,
            rescued,
            output,
            effects: result.effects.clone(),
            owners: result.effects.iter().map(|effects| effects.owner.map(name)).collect(),
            notify: end.notify.clone(),
            facts_of: end.facts_of.map(name),
            items,
            diff: result.output.get("diff").map_or(0, |diff| crate::data::python::str(diff).len()),
            secret: step.task.no_log || result.show.censored,
        }
    }

    /// The end for the run that goes on. Hosts that are not there any more have learned nothing.
    pub fn into_end(self, inventory: &Inventory) -> TaskEnd {
        let id = |name: Arc<str>| inventory.find_host(&name);
        let with_owner = |(mut effects, owner): (Effects, Option<Arc<str>>)| {
            effects.owner = owner.and_then(id);
            effects
        };
        let effects = self.effects.into_iter().zip(self.owners).map(with_owner).collect();
        TaskEnd {
            result: TaskResult { status: self.status, output: self.output, effects, ..TaskResult::default() },
            ignored: self.ignored,
            notify: self.notify,
            facts_of: self.facts_of.and_then(id),
            debugs: false,
        }
    }

    /// Whether the host went on from here. A failure that put it out is what a resumed run tries again.
    pub fn is_passed(&self) -> bool {
        !self.status.is_failure() || self.ignored || self.rescued
    }
}

fn both((key, value): (&Value, &Value)) -> (Value, Value) {
    (key.clone(), value.clone())
}
