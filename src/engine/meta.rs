//! `meta` actions: what they are called, and what they say. What they do is the loop's business.

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::playbook::Task;

/// One meta action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    Noop,
    FlushHandlers,
    RefreshInventory,
    ClearFacts,
    ClearHostErrors,
    EndPlay,
    EndBatch,
    EndHost,
    EndRole,
    ResetConnection,
}

const ALL: &[(&str, Meta)] = &[
    ("noop", Meta::Noop),
    ("flush_handlers", Meta::FlushHandlers),
    ("refresh_inventory", Meta::RefreshInventory),
    ("clear_facts", Meta::ClearFacts),
    ("clear_host_errors", Meta::ClearHostErrors),
    ("end_play", Meta::EndPlay),
    ("end_batch", Meta::EndBatch),
    ("end_host", Meta::EndHost),
    ("end_role", Meta::EndRole),
    ("reset_connection", Meta::ResetConnection),
];

impl Meta {
    /// The meta action of a task; `None` for other tasks.
    pub fn of(task: &Task) -> Option<Result<Self, Diagnostic>> {
        if !matches!(task.action.name.as_str(), "meta" | "ansible.builtin.meta" | "ansible.legacy.meta") {
            return None;
        }
        let word = task.action.args.get("_raw_params");
        let name = word.map_or_else(|| "None".to_owned(), python::str);
        let found = ALL.iter().find(|(known, _)| *known == name).map(|(_, meta)| *meta);
        Some(
            found.ok_or_else(|| {
                Diagnostic::new(format!("invalid meta action requested: {name}")).at(&task.scope.origin)
            }),
        )
    }

    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, meta)| *meta == self).map_or("noop", |(name, _)| name)
    }

    /// Done once for all hosts that are in step; others are done by each host.
    pub fn is_for_all(self) -> bool {
        !matches!(self, Self::Noop | Self::ResetConnection | Self::EndHost | Self::FlushHandlers | Self::EndRole)
    }

    /// A condition on it means nothing.
    pub fn ignores_condition(self) -> bool {
        matches!(self, Self::Noop | Self::FlushHandlers | Self::RefreshInventory | Self::ResetConnection)
    }

    /// The result that is shown where its condition does not hold.
    pub fn skipped(self, host: &str) -> Map {
        let reason = |text: String| Map::from([("msg", Value::from(text)), ("skipped", Value::from(true))]);
        match self {
            Self::EndPlay => with_reason("end_play", "end_play conditional evaluated to False, continuing play"),
            Self::EndBatch => {
                with_reason("end_batch", "end_batch conditional evaluated to False, continuing current batch")
            }
            Self::EndHost => with_reason(
                &format!("end_host conditional evaluated to false, continuing execution for {host}"),
                &format!("end_host conditional evaluated to False, continuing execution for {host}"),
            ),
            Self::EndRole => with_reason("end_role", "end_role conditional evaluated to False, continuing role"),
            Self::ClearFacts => with_reason(
                "clear_facts",
                &format!("clear_facts conditional evaluated to False, not clearing facts and fact cache for {host}"),
            ),
            Self::ClearHostErrors => with_reason(
                "clear_host_errors",
                &format!("clear_host_errors conditional evaluated to False, not clearing host error state for {host}"),
            ),
            _ => reason(self.name().to_owned()),
        }
    }
}

fn with_reason(message: &str, reason: &str) -> Map {
    Map::from([("msg", Value::from(message)), ("skip_reason", Value::from(reason)), ("skipped", Value::from(true))])
}
