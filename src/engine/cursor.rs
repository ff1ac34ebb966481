//! Where a host stands in its play: one step per open list, and which blocks remember a failure.
//! Pure: the loop tells it how a step went, and it says what comes next.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::project::playbook::{Role, Task};

use super::plan::{FragmentId, HandlerId, Plan, Step};

/// A host's place and what it carries from step to step.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    frames: Vec<Frame>,
    /// Open blocks of all frames: whether a failure waits in them.
    failures: Vec<bool>,
    notified: BTreeSet<HandlerId>,
    roles: Vec<(RoleKey, RoleState)>,
    outcome: Outcome,
}

/// What the host has to do now.
#[derive(Clone, Debug)]
pub enum Stop {
    Gather(Arc<Task>),
    Task(Arc<Task>),
    Handler(HandlerId, Arc<Task>),
    /// There is nothing left to do in this play.
    Finished(Outcome),
}

/// How a host's play ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    #[default]
    Completed,
    Failed,
    /// Taken out: unreachable, or by `meta: end_host`.
    Stopped,
}

/// Orders places of one play: a smaller one is worked off first. One pair for each open list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(Vec<(u32, u32)>);

/// One open list.
#[derive(Clone, Debug)]
struct Frame {
    place: Place,
    step: usize,
    /// How many blocks were open when the list was entered.
    base: usize,
    /// Further fragments of the same include, in reverse order.
    later: Vec<FragmentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Fragment(FragmentId),
    Handlers,
}

/// Which use of a role; two uses with other parameters are two roles.
/// (The address is only a name; the plan keeps the role alive.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RoleKey(usize);

impl RoleKey {
    fn of(role: &Arc<Role>) -> Self {
        Self(Arc::as_ptr(role).addr())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RoleState {
    /// A task of it ran on this host.
    Ran,
    Completed,
}

impl Cursor {
    /// At the first step of the play's own fragment.
    pub fn start(fragment: FragmentId) -> Self {
        let mut cursor = Self::default();
        cursor.enter(Place::Fragment(fragment), Vec::new());
        cursor
    }

    /// Walks over what needs no work to the next step that does.
    pub fn settle(&mut self, plan: &Plan) -> Stop {
        loop {
            let Some(frame) = self.frames.last_mut() else { return Stop::Finished(self.outcome) };
            let Place::Fragment(fragment) = frame.place else {
                let waiting = HandlerId(frame.step as u32);
                match self.notified.range(waiting..).next().copied() {
                    Some(handler) => {
                        frame.step = handler.0 as usize;
                        return Stop::Handler(handler, Arc::clone(plan.handler(handler)));
                    }
                    None => self.leave_frame(),
                }
                continue;
            };
            let Some(line) = plan.line(fragment, frame.step) else {
                match frame.later.pop() {
                    Some(next) => (frame.place, frame.step) = (Place::Fragment(next), 0),
                    None => self.leave_frame(),
                }
                continue;
            };
            match &line.step {
                Step::Jump(step) => frame.step = *step,
                Step::Gather(task) => return Stop::Gather(Arc::clone(task)),
                Step::Run(task) if !self.role_is_over(task) => return Stop::Task(Arc::clone(task)),
                Step::Run(_) => self.step_on(),
                Step::Enter => {
                    self.failures.push(false);
                    self.step_on();
                }
                Step::ClearFailure => {
                    if let Some(failure) = self.failures.last_mut() {
                        *failure = false;
                    }
                    self.step_on();
                }
                Step::End => match self.failures.pop() {
                    Some(true) => drop(self.fail(plan)),
                    _ => self.step_on(),
                },
                Step::Flush => self.enter(Place::Handlers, Vec::new()),
                Step::RoleEnd(role) => {
                    let key = RoleKey::of(role);
                    if let Some(entry) = self.roles.iter_mut().find(|(name, _)| *name == key) {
                        entry.1 = RoleState::Completed;
                    }
                    self.step_on();
                }
            }
        }
    }

    /// The step went well, or its failure does not count: on to the next.
    pub fn done(&mut self) {
        self.step_on();
    }

    /// The handler at the present step has run: it has to be notified again to run again.
    pub fn handler_ran(&mut self) {
        if let Some(Frame { place: Place::Handlers, step, .. }) = self.frames.last() {
            self.notified.remove(&HandlerId(*step as u32));
        }
    }

    /// The step failed. `true` if the host goes on (in `rescue` or `always`), `false` if it is out.
    pub fn fail(&mut self, plan: &Plan) -> bool {
        while let Some(frame) = self.frames.last_mut() {
            let catch = match frame.place {
                Place::Handlers => None,
                Place::Fragment(fragment) => plan.line(fragment, frame.step).and_then(|line| line.on_failure),
            };
            match catch {
                Some(catch) => {
                    self.failures.truncate(frame.base + catch.depth);
                    if let Some(failure) = self.failures.last_mut() {
                        *failure = true;
                    }
                    frame.step = catch.step;
                    return true;
                }
                None => {
                    self.failures.truncate(frame.base);
                    self.frames.pop();
                }
            }
        }
        self.outcome = Outcome::Failed;
        false
    }

    /// Whether a `rescue` around the present step will take its failure.
    pub fn is_rescued(&self, plan: &Plan) -> bool {
        self.frames.iter().any(|frame| match frame.place {
            Place::Handlers => false,
            Place::Fragment(fragment) => plan.line(fragment, frame.step).is_some_and(|line| line.rescued),
        })
    }

    /// Whether a block that the host is in (its `rescue` or `always`) remembers a failure.
    pub fn carries_failure(&self) -> bool {
        self.failures.contains(&true)
    }

    /// The include at the present step brought these lists; the host works through them in order.
    pub fn include(&mut self, mut fragments: Vec<FragmentId>) {
        fragments.reverse();
        match fragments.pop() {
            Some(first) => self.enter(Place::Fragment(first), fragments),
            None => self.done(),
        }
    }

    /// `meta: flush_handlers` at the present step.
    pub fn flush(&mut self) {
        self.enter(Place::Handlers, Vec::new());
    }

    /// Takes the host out of the play.
    pub fn stop(&mut self, outcome: Outcome) {
        self.frames.clear();
        self.failures.clear();
        self.outcome = outcome;
    }

    /// Forgets remembered failures (`meta: clear_host_errors`).
    pub fn clear_failures(&mut self) {
        self.failures.iter_mut().for_each(|failure| *failure = false);
        if self.outcome == Outcome::Failed {
            self.outcome = Outcome::Completed;
        }
    }

    /// `meta: end_role`: on to the end of the role that the present task belongs to.
    pub fn end_role(&mut self, plan: &Plan, role: &Arc<Role>) {
        while let Some(frame) = self.frames.last() {
            let line = match frame.place {
                Place::Fragment(fragment) => plan.line(fragment, frame.step),
                Place::Handlers => None,
            };
            match line.map(|line| &line.step) {
                Some(Step::RoleEnd(end)) if Arc::ptr_eq(end, role) => return,
                Some(Step::Jump(step)) => {
                    let step = *step;
                    if let Some(frame) = self.frames.last_mut() {
                        frame.step = step;
                    }
                }
                Some(Step::Enter) => {
                    self.failures.push(false);
                    self.step_on();
                }
                Some(Step::End) => {
                    self.failures.pop();
                    self.step_on();
                }
                Some(_) => self.step_on(),
                None => self.leave_frame(),
            }
        }
    }

    /// A handler is to run at the next flush. `false` if it was notified already.
    pub fn notify(&mut self, handler: HandlerId) -> bool {
        self.notified.insert(handler)
    }

    pub fn notified(&self) -> impl Iterator<Item = HandlerId> + '_ {
        self.notified.iter().copied()
    }

    /// A task of the role had an effect: at its end, the role counts as run.
    pub fn role_ran(&mut self, role: &Arc<Role>) {
        let key = RoleKey::of(role);
        if !self.roles.iter().any(|(name, _)| *name == key) {
            self.roles.push((key, RoleState::Ran));
        }
    }

    /// Where the host stands, for comparison with other hosts of the play.
    pub fn position(&self) -> Position {
        Position(
            self.frames
                .iter()
                .map(|frame| match frame.place {
                    Place::Handlers => (0, frame.step as u32),
                    Place::Fragment(fragment) => (fragment.0 + 1, frame.step as u32),
                })
                .collect(),
        )
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.frames.is_empty().then_some(self.outcome)
    }

    fn enter(&mut self, place: Place, later: Vec<FragmentId>) {
        self.frames.push(Frame { place, step: 0, base: self.failures.len(), later });
    }

    /// Closes a list that is worked off, and with it the step that opened it.
    fn leave_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.failures.truncate(frame.base);
        }
        self.done();
    }

    fn step_on(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.step += 1;
        }
    }

    /// A role that ran to its end on this host does not run again, unless it says so.
    fn role_is_over(&self, task: &Task) -> bool {
        if self.roles.is_empty() {
            return false;
        }
        task.scope.role().is_some_and(|role| {
            !role.allow_duplicates && self.roles.contains(&(RoleKey::of(role), RoleState::Completed))
        })
    }
}

#[cfg(test)]
#[path = "cursor_tests.rs"]
mod tests;
