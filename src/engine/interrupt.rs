//! Stopping a run half-way, in stages: the operator's first Ctrl-C lets begun tasks end, the second
//! cancels them, the third leaves at once. Where nobody sits at a terminal the first signal cancels.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinSet;

use crate::diagnostic::{Diagnostic, Kind};
use crate::operator::Operator;

/// How far a run has got with stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    Going,
    /// Nothing new is begun.
    Finishing,
    /// What runs is cancelled.
    Cancelling,
    /// Nothing is waited for any more.
    Leaving,
}

/// What asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Interrupt,
    Terminate,
    Hangup,
}

impl Cause {
    /// What the run ends with.
    pub fn diagnostic(self) -> Diagnostic {
        match self {
            Self::Interrupt => Diagnostic::new("User interrupted execution").kind(Kind::Interrupted),
            Self::Terminate => Diagnostic::new("Terminated").kind(Kind::Terminated),
            Self::Hangup => Diagnostic::new("The terminal hung up").kind(Kind::HungUp),
        }
    }
}

/// The stage of a run, moved on by signals.
pub struct Interrupts {
    stage: Stage,
    cause: Cause,
    /// Somebody can press Ctrl-C again.
    staged: bool,
    operator: Arc<dyn Operator>,
    signals: Receiver<Cause>,
    _listeners: JoinSet<()>,
}

impl Interrupts {
    /// Listens from now on. Must be called where tokio runs.
    pub fn listen(operator: &Arc<dyn Operator>) -> Self {
        let (sender, signals) = channel(8);
        let mut listeners = JoinSet::new();
        let kinds = [
            (SignalKind::interrupt(), Cause::Interrupt),
            (SignalKind::terminate(), Cause::Terminate),
            (SignalKind::hangup(), Cause::Hangup),
        ];
        for (kind, cause) in kinds {
            // Without a listener the signal keeps its usual effect.
            let Ok(mut stream) = signal(kind) else { continue };
            let (sender, operator) = (sender.clone(), Arc::clone(operator));
            listeners.spawn(async move {
                while stream.recv().await.is_some() {
                    // At a question Ctrl-C is a key; a signal comes from elsewhere and ends it.
                    operator.dismiss();
                    if sender.send(cause).await.is_err() {
                        break;
                    }
                }
            });
        }
        let staged = operator.is_present();
        Self {
            stage: Stage::Going,
            cause: Cause::Interrupt,
            staged,
            operator: Arc::clone(operator),
            signals,
            _listeners: listeners,
        }
    }

    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Waits for the next signal and gives the stage that it leads to.
    pub async fn next(&mut self) -> Stage {
        match self.signals.recv().await {
            Some(cause) => self.escalate(cause),
            None => std::future::pending().await,
        }
    }

    /// Ctrl-C at a question ends the run as a signal would where nobody could press it again.
    pub fn notice_operator(&mut self) -> Stage {
        if self.stage < Stage::Cancelling && self.operator.was_interrupted() {
            self.stage = Stage::Cancelling;
        }
        self.stage
    }

    /// What the run ends with.
    pub fn diagnostic(&self) -> Diagnostic {
        self.cause.diagnostic()
    }

    fn escalate(&mut self, cause: Cause) -> Stage {
        self.cause = cause;
        self.stage = next(self.stage, cause, self.staged);
        self.stage
    }
}

/// Where a signal leads.
fn next(stage: Stage, cause: Cause, staged: bool) -> Stage {
    match (stage, cause) {
        (Stage::Going, Cause::Interrupt) if staged => Stage::Finishing,
        (Stage::Going | Stage::Finishing, _) => Stage::Cancelling,
        (Stage::Cancelling | Stage::Leaving, _) => Stage::Leaving,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(staged: bool, causes: &[Cause], expected: &[Stage]) {
        let mut stage = Stage::Going;
        let stages: Vec<Stage> = causes
            .iter()
            .map(|cause| {
                stage = next(stage, *cause, staged);
                stage
            })
            .collect();
        assert_eq!(stages, expected, "{staged} {causes:?}");
    }

    #[test]
    fn signals_lead_from_stage_to_stage() {
        use Cause::{Hangup, Interrupt, Terminate};
        use Stage::{Cancelling, Finishing, Leaving};
        check(true, &[Interrupt, Interrupt, Interrupt], &[Finishing, Cancelling, Leaving]);
        check(false, &[Interrupt, Interrupt], &[Cancelling, Leaving]);
        check(true, &[Terminate, Interrupt], &[Cancelling, Leaving]);
        check(true, &[Interrupt, Hangup], &[Finishing, Cancelling]);
    }
}
