//! A turn: hosts that take one step together, from the banner to the last result.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Batch, RunState};
use crate::data::{Value, python};
use crate::diagnostic::{Diagnostic, Kind};
use crate::engine::chronicle::{Step, StepKey};
use crate::engine::cursor::Stop;
use crate::engine::event::{Event, TaskInfo};
use crate::engine::interrupt::Cause;
use crate::engine::keywords::Keywords;
use crate::engine::layers::Ground;
use crate::engine::meta::Meta;
use crate::engine::names::{self, Resolved};
use crate::engine::plan::FragmentId;
use crate::engine::strategy::Seat;
use crate::engine::task::TaskEnd;
use crate::operator::Operator;
use crate::project::playbook::{Keyword, ScopeKind, Task};
use crate::template::Templar;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TurnId(pub u32);

/// One open turn.
pub struct Turn {
    pub task: Arc<Task>,
    pub ground: Arc<Ground>,
    pub info: Arc<TaskInfo>,
    pub resolved: Resolved,
    pub is_handler: bool,
    /// All hosts of the turn; with `for_all` only the first runs.
    pub seats: Vec<Seat>,
    pub for_all: bool,
    /// `run_once` is written: what the first host learns, all learn.
    pub run_once: bool,
    pub errors_are_fatal: bool,
    /// How many hosts may run the task at a time.
    pub throttle: Option<usize>,
    /// Who has begun.
    pub begun: HashSet<Seat>,
    /// How many have not come back.
    pub left: usize,
    pub ends: Vec<(Seat, End)>,
    /// Results of an include, worked in at the end.
    pub includes: Vec<(Seat, TaskEnd)>,
}

/// What became of one host's step.
pub enum End {
    Done,
    Failed,
    Unreachable,
    /// It goes on with these fragments.
    Included(Vec<FragmentId>),
}

impl Turn {
    /// A host's step in this turn.
    pub fn step<'a>(&'a self, key: &'a StepKey) -> Step<'a> {
        step(&self.task, &self.info, key)
    }

    /// Names the task among those that are throttled.
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.task).addr()
    }
}

fn step<'a>(task: &Task, info: &'a TaskInfo, key: &'a StepKey) -> Step<'a> {
    let keeps_output = info.is_include || task.scope.own(Keyword::Register).is_some();
    Step { key, task: info, keeps_output }
}

impl Batch {
    /// Hosts at one place begin its step.
    pub(super) async fn begin(&mut self, seats: Vec<Seat>, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        let stop = seats.first().and_then(|seat| self.hosts[seat.0 as usize].stop.clone());
        match stop {
            Some(Stop::Gather(task)) => {
                let (wanting, others): (Vec<Seat>, Vec<Seat>) =
                    seats.into_iter().partition(|seat| self.wants_facts(*seat));
                for seat in others {
                    self.hosts[seat.0 as usize].cursor.done();
                    self.arrive(seat, state);
                }
                if wanting.is_empty() { Ok(()) } else { self.open_turn(&task, wanting, false, state) }
            }
            Some(Stop::Task(task)) => {
                // What a handler includes are handlers.
                let is_handler = task.scope.kind == ScopeKind::Handler;
                match Meta::of(&task) {
                    Some(meta) => self.meta(meta, &task, seats, is_handler, state).await,
                    None => self.open_turn(&task, seats, is_handler, state),
                }
            }
            Some(Stop::Handler(_, task)) => match Meta::of(&task) {
                Some(meta) => self.meta(meta, &task, seats, true, state).await,
                None => self.open_turn(&task, seats, true, state),
            },
            Some(Stop::Finished(_)) | None => Ok(()),
        }
    }

    /// Whether facts of the host are to be gathered at the start of the play.
    fn wants_facts(&self, seat: Seat) -> bool {
        let settings = &self.play.shared.settings;
        let keyword = self.play.gather_facts;
        match settings.gathering() {
            "explicit" => keyword == Some(true),
            "smart" => {
                let host = self.hosts[seat.0 as usize].host;
                let known = self.play.shared.board.of(host).facts.contains_key("gather_subset");
                keyword != Some(false) && !known
            }
            _ => keyword != Some(false),
        }
    }

    fn open_turn(
        &mut self,
        task: &Arc<Task>,
        seats: Vec<Seat>,
        is_handler: bool,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        let ground = self.play.of_task(task);
        let shared = Arc::clone(&self.play.shared);
        let first = &self.hosts[seats[0].0 as usize];
        let layers = self.play.layers(first.host, Some(&ground))?;
        let templar = self.play.templar(Arc::new(layers), Some(&ground));
        let keywords = Keywords { scope: &task.scope, templar: &templar };
        let resolved = self.resolve(task);
        let info = Arc::new(self.info(task, &resolved, is_handler, &templar));
        let kind = if is_handler { "HANDLER" } else { "TASK" };
        if state.step && !self.is_wanted(kind, &info.name, state)? {
            for seat in seats {
                self.hosts[seat.0 as usize].cursor.done();
                self.arrive(seat, state);
            }
            return Ok(());
        }
        let in_step = self.strategy.in_step();
        let run_once = keywords.flag(Keyword::RunOnce)?.unwrap_or(false);
        let bypasses = matches!(&resolved, Resolved::Action(action) if action.traits.for_all_hosts);
        if !in_step {
            self.refuse_for_all(task, run_once, bypasses, state)?;
        }
        let run_once = in_step && run_once;
        state.drain(&shared);
        let for_all = in_step && (run_once || bypasses);
        let runners = if for_all { &seats[..1] } else { &seats[..] };
        let key = |seat: &Seat| &self.hosts[seat.0 as usize].step;
        let told = runners.iter().all(|seat| state.observer.remembers(step(task, &info, key(seat))));
        state.quietly(told, |state| state.tell(&Event::TaskStart(Arc::clone(&info))));
        let fatal = keywords.flag(Keyword::AnyErrorsFatal).ok().flatten().unwrap_or(shared.settings.any_errors_fatal());
        let turn = Turn {
            throttle: throttle(&keywords)?,
            errors_are_fatal: fatal || run_once,
            for_all,
            run_once,
            task: Arc::clone(task),
            ground,
            info,
            resolved,
            is_handler,
            left: 0,
            begun: HashSet::new(),
            includes: Vec::new(),
            ends: Vec::with_capacity(seats.len()),
            seats,
        };
        state.quietly(told, |state| self.enqueue(turn, state));
        Ok(())
    }

    /// What is once for all hosts needs hosts in step.
    fn refuse_for_all(
        &self,
        task: &Task,
        run_once: bool,
        bypasses: bool,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        let strategy = &self.play.strategy;
        if bypasses {
            let action = &task.action.name;
            let message = format!(
                "The '{action}' module bypasses the host loop, which is currently not supported in the {strategy} strategy and would instead execute for every host in the inventory list."
            );
            return Err(Diagnostic::new(message).at(&task.scope.origin));
        }
        if run_once {
            let message = format!(
                "Using run_once with the {strategy} strategy is not currently supported. This task will still be executed for every host in the inventory list."
            );
            state.tell(&Event::Warning(Diagnostic::new(message)));
        }
        Ok(())
    }

    /// `--step`: asks whether the task is to run.
    fn is_wanted(&self, kind: &str, name: &str, state: &mut RunState<'_>) -> Result<bool, Diagnostic> {
        let prompt = format!("Perform task: {kind}: {name} (N)o/(y)es/(c)ontinue: ");
        let operator = &self.play.shared.operator;
        let Some(answer) = operator.ask_openly(&prompt) else {
            return Err(unanswered(&**operator));
        };
        state.tell(&Event::Banner(prompt));
        match answer.to_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "c" | "continue" => {
                state.step = false;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn enqueue(&mut self, mut turn: Turn, state: &mut RunState<'_>) {
        let id = TurnId(self.next_turn);
        self.next_turn += 1;
        let runners = if turn.for_all { 1 } else { turn.seats.len() };
        turn.left = runners;
        self.open += turn.seats.len();
        for seat in &turn.seats[..runners] {
            state.tell(&Event::HostStart(Arc::clone(&turn.info), Arc::clone(&self.hosts[seat.0 as usize].name)));
            self.queue.push_back((id, *seat));
        }
        self.turns.insert(id, turn);
    }

    fn resolve(&self, task: &Task) -> Resolved {
        let collections = names::collections_of(&task.scope);
        names::resolve(&self.play.shared, &task.action.name, &collections)
            .unwrap_or_else(|| Resolved::Unknown { name: task.action.name.clone() })
    }

    pub(super) fn info(&self, task: &Arc<Task>, resolved: &Resolved, is_handler: bool, templar: &Templar) -> TaskInfo {
        let keywords = Keywords { scope: &task.scope, templar };
        let options = &self.play.shared.options;
        let flag = |keyword| keywords.flag(keyword).ok().flatten();
        let is_include = names::is_include(resolved.name());
        TaskInfo {
            id: Arc::as_ptr(task).addr(),
            name: full_name(task, rendered_name(task, templar).as_deref()),
            action: task.action.name.clone(),
            args: task.action.args.clone(),
            is_handler,
            is_include,
            looped: task.looping.is_some(),
            check: flag(Keyword::CheckMode).unwrap_or(options.check),
            diff: flag(Keyword::Diff).unwrap_or(options.diff),
            no_log: flag(Keyword::NoLog).unwrap_or(false),
            origin: task.scope.origin.clone(),
        }
    }
}

/// Why a question has no answer.
pub fn unanswered(operator: &dyn Operator) -> Diagnostic {
    match operator.was_interrupted() {
        true => Cause::Interrupt.diagnostic(),
        false => Diagnostic::new("EOF when reading a line").kind(Kind::Bug),
    }
}

/// The task's own name with variables in it; where these are missing, what can be said of it.
fn rendered_name(task: &Task, templar: &Templar) -> Option<String> {
    let name = task.scope.name.as_ref()?;
    let text = match templar.render(name) {
        Ok(value) => python::str(&value),
        Err(_) => templar.described(name),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// `role : name`, or what stands for the name of a task that has none.
pub fn full_name(task: &Task, name: Option<&str>) -> String {
    let action = &task.action.name;
    if names::is_role_include(action) && name.is_none() {
        let role = task.action.args.get("name").or_else(|| task.action.args.get("role"));
        return format!("{action} : {}", role.map(python::str).unwrap_or_default());
    }
    let own = name.unwrap_or(action);
    match task.scope.role() {
        Some(role) => format!("{} : {own}", role.full_name()),
        None => own.to_owned(),
    }
}

/// `throttle`; zero means none.
fn throttle(keywords: &Keywords<'_>) -> Result<Option<usize>, Diagnostic> {
    let Some((raw, _)) = keywords.scope.find(Keyword::Throttle) else { return Ok(None) };
    let wrong = |reason: Diagnostic| {
        Diagnostic::new("Failed to convert the throttle value to an integer.").at(&raw.origin).caused_by(reason)
    };
    let value = keywords.templar.render(raw).map_err(|error| wrong(error.into()))?;
    if let Value { data: crate::data::Data::Float(number), .. } = &value {
        return Ok(usize::try_from(*number as i64).ok().filter(|limit| *limit > 0));
    }
    let text = python::str(&value);
    match text.trim().parse::<i64>() {
        Ok(limit) => Ok(usize::try_from(limit).ok().filter(|limit| *limit > 0)),
        Err(_) => {
            let shown = python::repr(&value);
            Err(wrong(Diagnostic::new(format!("invalid literal for int() with base 10: {shown}"))))
        }
    }
}
