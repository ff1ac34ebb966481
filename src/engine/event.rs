//! What happens in a run, for whoever listens: callbacks, recap, journal. The loop knows no more of
//! them than `Observer`.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::data::{Map, Value};
use crate::diagnostic::{Diagnostic, Origin, Severity, Warning};

use super::chronicle::{Step, StepEnd};
use super::result::TaskResult;

/// Listens to a run. Called from the loop, one event at a time.
pub trait Observer: Send {
    fn on(&mut self, event: &Event);

    /// Whether the run that this one continues knows how the step ended.
    fn remembers(&self, _step: Step<'_>) -> bool {
        false
    }

    /// How the step ended in the run that this one continues. It is not asked for twice.
    fn recall(&mut self, _step: Step<'_>) -> Option<StepEnd> {
        None
    }

    /// The step begins on its host.
    fn begins(&mut self, _step: Step<'_>) {}

    /// The step has ended, and the host has not gone on yet.
    fn ended(&mut self, _step: Step<'_>, _end: StepEnd) {}

    /// Whether anybody listens to `begins` and `ended`.
    fn records(&self) -> bool {
        false
    }
}

/// One thing that happened. Secrets of `no_log` are gone already.
#[derive(Clone, Debug)]
pub enum Event {
    PlaybookStart {
        path: PathBuf,
        plays: usize,
    },
    PlayStart(Arc<PlayInfo>),
    NoHostsMatched,
    NoHostsRemaining,
    TaskStart(Arc<TaskInfo>),
    /// The host is among those that come to the task.
    HostStart(Arc<TaskInfo>, Arc<str>),
    /// The host's turn has come: the task runs there, or will as soon as there is room.
    HostBegins(Arc<TaskInfo>, Arc<str>),
    /// An item of a loop is done.
    Item(HostResult),
    /// The task is done on the host.
    Result(HostResult),
    /// An attempt of `until` failed; there will be another one.
    Retry(HostResult),
    /// A job was looked after.
    AsyncPoll {
        host: Arc<str>,
        job: String,
        started: Value,
        finished: Value,
    },
    AsyncDone {
        host: Arc<str>,
        job: String,
        failed: bool,
    },
    /// Tasks were included for these hosts.
    Include {
        task: Arc<TaskInfo>,
        what: String,
        hosts: Vec<Arc<str>>,
        label: Option<Value>,
    },
    Notified {
        handler: String,
        host: Arc<str>,
    },
    /// Something to know, shown from a level of verbosity on.
    Note {
        verbosity: u8,
        text: String,
    },
    /// A text for everybody, as it is.
    Say(String),
    /// A heading.
    Banner(String),
    Warning(Diagnostic),
    Deprecation(Diagnostic),
    Error(Diagnostic),
    /// Output of a running command.
    Live {
        host: Arc<str>,
        bytes: Vec<u8>,
    },
    /// All is over.
    Stats(Arc<Recap>),
    /// Time goes by: progress may be redrawn.
    Tick,
}

impl Event {
    /// Whether it tells of a task or its results.
    pub fn is_of_task(&self) -> bool {
        matches!(
            self,
            Self::TaskStart(_)
                | Self::HostStart(..)
                | Self::HostBegins(..)
                | Self::Item(_)
                | Self::Result(_)
                | Self::Retry(_)
                | Self::Include { .. }
                | Self::Notified { .. }
        )
    }
}

impl From<Warning> for Event {
    fn from(warning: Warning) -> Self {
        match warning.severity {
            Severity::Warning => Event::Warning(warning.diagnostic),
            Severity::Deprecated { removed_in } => {
                let mut diagnostic = warning.diagnostic;
                if let Some(version) = removed_in {
                    let end = format!(" This feature will be removed from ansible-core version {version}.");
                    diagnostic.message.push_str(&end);
                }
                Event::Deprecation(diagnostic)
            }
        }
    }
}

/// A play, as listeners see it.
#[derive(Clone, Debug)]
pub struct PlayInfo {
    /// Rendered; the hosts pattern where the play has no name.
    pub name: String,
    pub strategy: String,
    pub check: bool,
    pub origin: Origin,
}

/// A task, as listeners see it: made once when the first host comes to it.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    /// Tells tasks apart: a banner is shown once for each.
    pub id: usize,
    /// Rendered, with the role's name before it.
    pub name: String,
    /// As written: `copy`, `ansible.builtin.copy`.
    pub action: String,
    pub args: Map,
    pub is_handler: bool,
    pub is_include: bool,
    pub looped: bool,
    pub check: bool,
    pub diff: bool,
    pub no_log: bool,
    pub origin: Origin,
}

/// A result and where it belongs.
#[derive(Clone, Debug)]
pub struct HostResult {
    pub host: Arc<str>,
    pub task: Arc<TaskInfo>,
    pub result: Arc<TaskResult>,
    /// The failure does not count: `ignore_errors`, `ignore_unreachable`.
    pub ignored: bool,
}

/// What the run came to.
#[derive(Clone, Debug, Default)]
pub struct Recap {
    /// By host, in the order in which they were first heard of.
    pub hosts: IndexMap<Arc<str>, Counts>,
    /// `set_stats`: by host, and under `_run` for all.
    pub custom: IndexMap<String, Map>,
}

/// How often what happened on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub ok: u32,
    pub changed: u32,
    pub unreachable: u32,
    pub failed: u32,
    pub skipped: u32,
    pub rescued: u32,
    pub ignored: u32,
}

impl Recap {
    pub fn of(&mut self, host: &Arc<str>) -> &mut Counts {
        self.hosts.entry(Arc::clone(host)).or_default()
    }
}
