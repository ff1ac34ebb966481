//! The one loop: hosts of a batch go through their play. It asks the strategy who is next, lets
//! tasks run within the limits, takes in what comes back, and tells whoever listens.
//!
//! Everything is incremental: a host that comes back costs the same whether there are five or
//! fifty thousand others.

pub mod dynamic;
mod meta;
mod settle;
mod turn;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{Id, JoinError, JoinSet};

use crate::diagnostic::Diagnostic;
use crate::project::inventory::HostId;
use crate::project::vars::magic::PlayFacts;

use super::chronicle::{StepEnd, StepKey};
use super::cursor::{Cursor, Outcome, Stop};
use super::event::{Event, Observer, Recap};
use super::ground::PlayGround;
use super::handlers;
use super::interrupt::{Interrupts, Stage};
use super::plan::{FragmentId, HandlerId, Plan};
use super::result::Status;
use super::strategy::{Seat, Strategy};
use super::task::{self, TaskEnd, TaskRun};
pub use settle::selects;
use turn::{Turn, TurnId};
pub use turn::{full_name, unanswered};

/// How many events may wait to be told. Tasks that tell more wait.
const EVENT_ROOM: usize = 1024;

/// How long cancelled tasks get to notice.
const CANCEL: std::time::Duration = std::time::Duration::from_millis(500);

/// What lasts over the plays of a run.
pub struct RunState<'a> {
    pub observer: &'a mut dyn Observer,
    pub recap: Recap,
    /// Hosts that failed in this or an earlier play.
    pub failed: HashSet<HostId>,
    pub unreachable: HashSet<HostId>,
    /// `--start-at-task` is still being looked for.
    pub start_at: Option<String>,
    /// `--step`: every task is asked for.
    pub step: bool,
    pub interrupts: Interrupts,
    /// What tasks have changed in the inventory.
    pub dynamic: Vec<dynamic::Change>,
    /// Counts the plays of the run.
    pub play: u32,
    /// What is told now was told by the run that this one continues.
    quiet: bool,
}

impl<'a> RunState<'a> {
    pub fn new(observer: &'a mut dyn Observer, shared: &super::shared::Shared) -> Self {
        Self {
            observer,
            recap: Recap::default(),
            failed: HashSet::new(),
            unreachable: HashSet::new(),
            start_at: shared.options.start_at_task.clone(),
            step: shared.options.step,
            interrupts: Interrupts::listen(&shared.operator),
            dynamic: Vec::new(),
            play: 0,
            quiet: false,
        }
    }

    pub fn tell(&mut self, event: &Event) {
        if !(self.quiet && event.is_of_task()) {
            self.observer.on(event);
        }
    }

    /// Does something of which nobody hears, where it has been told before.
    fn quietly<T>(&mut self, quiet: bool, act: impl FnOnce(&mut Self) -> T) -> T {
        self.quiet = quiet;
        let result = act(self);
        self.quiet = false;
        result
    }

    /// Tells what came up where nobody could be told.
    pub fn drain(&mut self, shared: &super::shared::Shared) {
        for event in shared.outbox.take() {
            self.observer.on(&event);
        }
    }
}

/// A host of the batch.
struct HostRun {
    host: HostId,
    name: Arc<str>,
    cursor: Cursor,
    /// What it is to do next, while it waits for its turn.
    stop: Option<Stop>,
    /// Its next step, or the one that it is in.
    step: StepKey,
    /// Handlers of which it has been told that they will run.
    announced: HashSet<HandlerId>,
}

impl HostRun {
    /// The handler that it stands at has run.
    fn handler_ran(&mut self) {
        if let Some(Stop::Handler(handler, _)) = &self.stop {
            self.announced.remove(handler);
        }
        self.cursor.handler_ran();
    }
}

/// How a batch ended, besides what became of its hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchEnd {
    /// `meta: end_play`
    pub ends_play: bool,
    /// Too many hosts failed: no further batch and no further play.
    pub breaks: bool,
}

/// Hosts that go through a play together.
pub struct Batch {
    play: Arc<PlayGround>,
    plan: Plan,
    names: handlers::Names,
    hosts: Vec<HostRun>,
    strategy: Box<dyn Strategy>,
    forks: usize,
    max_fail: Option<f64>,
    turns: HashMap<TurnId, Turn>,
    next_turn: u32,
    /// Seats of open turns.
    open: usize,
    /// Seats that may start as soon as there is room.
    queue: VecDeque<(TurnId, Seat)>,
    /// By task: how many of it are running, and who waits for one to end.
    throttled: HashMap<usize, Throttle>,
    running: JoinSet<TaskEnd>,
    /// Steps whose end is remembered from the run that this one continues.
    remembered: VecDeque<(TurnId, Seat, TaskEnd)>,
    whose: HashMap<Id, (TurnId, Seat)>,
    events: (Sender<Event>, Receiver<Event>),
    included_roles: Vec<Arc<crate::project::playbook::Role>>,
    /// All hosts of the play, for `ansible_play_hosts_all`.
    play_hosts: Arc<[(HostId, Arc<str>)]>,
    facts_are_stale: bool,
    failed_here: usize,
    end: BatchEnd,
}

#[derive(Default)]
struct Throttle {
    running: usize,
    waiting: VecDeque<(TurnId, Seat)>,
}

/// What a batch is made of.
pub struct BatchSetup {
    pub play: Arc<PlayGround>,
    pub plan: Plan,
    pub start: FragmentId,
    pub hosts: Vec<(HostId, Arc<str>)>,
    pub play_hosts: Arc<[(HostId, Arc<str>)]>,
    pub strategy: Box<dyn Strategy>,
    pub forks: usize,
    pub max_fail: Option<f64>,
    /// Which play of the run it is.
    pub number: u32,
}

impl Batch {
    pub fn new(setup: BatchSetup) -> Self {
        let mut names = handlers::Names::default();
        names.extend(&setup.plan, 0, &setup.play);
        let hosts = setup.hosts.into_iter().map(|(host, name)| HostRun {
            host,
            step: StepKey { play: setup.number, host: Arc::clone(&name), step: 0 },
            name,
            cursor: Cursor::start(setup.start),
            stop: None,
            announced: HashSet::new(),
        });
        Self {
            hosts: hosts.collect(),
            play: setup.play,
            plan: setup.plan,
            names,
            strategy: setup.strategy,
            forks: setup.forks.max(1),
            max_fail: setup.max_fail,
            turns: HashMap::new(),
            next_turn: 0,
            open: 0,
            queue: VecDeque::new(),
            throttled: HashMap::new(),
            running: JoinSet::new(),
            remembered: VecDeque::new(),
            whose: HashMap::new(),
            events: channel(EVENT_ROOM),
            included_roles: Vec::new(),
            play_hosts: setup.play_hosts,
            facts_are_stale: true,
            failed_here: 0,
            end: BatchEnd::default(),
        }
    }

    /// Runs until no host has anything left to do.
    pub async fn run(mut self, state: &mut RunState<'_>) -> Result<BatchEnd, Diagnostic> {
        for seat in 0..self.hosts.len() as u32 {
            self.arrive_first(Seat(seat), state);
        }
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(250));
        loop {
            if state.interrupts.stage() == Stage::Going {
                self.begin_turns(state).await?;
                self.start_queued(state);
            }
            state.drain(&self.play.shared);
            if self.take_remembered(state)? {
                continue;
            }
            if self.running.is_empty() {
                if state.interrupts.stage() > Stage::Going {
                    return Err(state.interrupts.diagnostic());
                }
                if self.queue.is_empty() {
                    return Ok(self.end);
                }
                continue;
            }
            tokio::select! {
                biased;
                stage = state.interrupts.next() => self.stop(stage, state).await?,
                Some(event) = self.events.1.recv() => {
                    state.drain(&self.play.shared);
                    state.tell(&event);
                }
                Some(done) = self.running.join_next_with_id() => self.back(done, state)?,
                _ = ticks.tick() => {
                    state.tell(&Event::Tick);
                    if state.interrupts.notice_operator() >= Stage::Cancelling {
                        self.stop(Stage::Cancelling, state).await?;
                    }
                }
            }
        }
    }

    /// The run is to stop: what runs comes to its end, or is cancelled.
    async fn stop(&mut self, stage: Stage, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        if stage == Stage::Finishing {
            let count = self.running.len();
            let tasks = if count == 1 { "One task that is running comes" } else { "The tasks that are running come" };
            let message = format!(
                "{tasks} to an end, then muster stops. Ctrl-C once more cancels what runs, a third time leaves at once."
            );
            state.tell(&Event::Warning(Diagnostic::new(message)));
            return Ok(());
        }
        // A call whose future is dropped is cancelled on its host.
        self.running.abort_all();
        let ended = async { while self.running.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(CANCEL, ended).await;
        Err(state.interrupts.diagnostic())
    }

    /// Puts a host at the beginning: hosts that failed in earlier plays do not take part.
    fn arrive_first(&mut self, seat: Seat, state: &mut RunState<'_>) {
        let run = &mut self.hosts[seat.0 as usize];
        if state.unreachable.contains(&run.host) || state.failed.contains(&run.host) {
            let outcome = if state.failed.contains(&run.host) { Outcome::Failed } else { Outcome::Stopped };
            run.cursor.stop(outcome);
        }
        if let Some(pattern) = &state.start_at {
            if start_at(&mut run.cursor, &self.plan, pattern, &self.play) {
                self.arrive(seat, state);
            } else {
                run.cursor.stop(Outcome::Completed);
                self.strategy.gone(seat);
            }
            return;
        }
        self.arrive(seat, state);
    }

    /// The host stands before its next step, or has come to the end.
    fn arrive(&mut self, seat: Seat, state: &mut RunState<'_>) {
        let run = &mut self.hosts[seat.0 as usize];
        match run.cursor.settle(&self.plan) {
            Stop::Finished(outcome) => {
                run.stop = None;
                self.strategy.gone(seat);
                if outcome == Outcome::Failed {
                    self.facts_are_stale = true;
                    state.failed.insert(run.host);
                }
            }
            stop => {
                if matches!(stop, Stop::Handler(..)) {
                    announce(run, &self.plan, state);
                }
                run.stop = Some(stop);
                let position = run.cursor.position();
                self.strategy.ready(seat, position);
            }
        }
    }

    async fn begin_turns(&mut self, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        loop {
            let seats = self.strategy.next(self.open);
            if seats.is_empty() {
                return Ok(());
            }
            self.refresh_facts();
            self.begin(seats, state).await?;
        }
    }

    /// `ansible_play_hosts` and its like, after hosts have left.
    fn refresh_facts(&mut self) {
        if !std::mem::take(&mut self.facts_are_stale) {
            return;
        }
        let out = |outcome: Option<Outcome>| matches!(outcome, Some(Outcome::Failed | Outcome::Stopped));
        let gone: HashSet<HostId> =
            self.hosts.iter().filter(|run| out(run.cursor.outcome())).map(|run| run.host).collect();
        let live = |hosts: &mut dyn Iterator<Item = (HostId, Arc<str>)>| {
            hosts.filter(|(host, _)| !gone.contains(host)).map(|(_, name)| name).collect::<Vec<_>>()
        };
        let roles: Vec<String> = self.play.play.roles.iter().map(|body| body.role.name.clone()).collect();
        let dependent = self.play.play.roles.iter().flat_map(|body| body.role.all_dependencies());
        self.play.set_facts(&PlayFacts {
            name: Some(crate::data::Value::text(self.play.name.as_str())),
            playbook_dir: self.play.base_dir.to_string_lossy().into_owned(),
            hosts: live(&mut self.play_hosts.iter().cloned()),
            hosts_all: self.play_hosts.iter().map(|(_, name)| Arc::clone(name)).collect(),
            batch: live(&mut self.hosts.iter().map(|run| (run.host, Arc::clone(&run.name)))),
            role_names: roles,
            dependent_role_names: dependent.map(|role| role.name.clone()).collect(),
        });
    }

    /// Lets queued hosts start while there is room.
    fn start_queued(&mut self, state: &mut RunState<'_>) {
        while self.running.len() < self.forks {
            let Some((id, seat)) = self.queue.pop_front() else { return };
            let Some(turn) = self.turns.get(&id) else { continue };
            if let Some(end) = self.recall(turn, seat, state) {
                self.remembered.push_back((id, seat, end));
                continue;
            }
            self.tell_start(id, seat, state);
            let Some(turn) = self.turns.get(&id) else { continue };
            if let Some(limit) = turn.throttle {
                let throttle = self.throttled.entry(turn.key()).or_default();
                if throttle.running >= limit {
                    throttle.waiting.push_back((id, seat));
                    continue;
                }
                throttle.running += 1;
            }
            let host = &self.hosts[seat.0 as usize];
            state.observer.begins(turn.step(&host.step));
            let run = TaskRun {
                play: Arc::clone(&self.play),
                ground: Arc::clone(&turn.ground),
                info: Arc::clone(&turn.info),
                resolved: turn.resolved.clone(),
                host: host.host,
                host_name: Arc::clone(&host.name),
                events: self.events.0.clone(),
            };
            let handle = self.running.spawn(task::run(run));
            self.whose.insert(handle.id(), (id, seat));
        }
        // The next one is told as soon as it only waits for room.
        if let Some((id, seat)) = self.queue.front().copied() {
            self.tell_start(id, seat, state);
        }
    }

    /// Tells, once, that a host begins the step.
    fn tell_start(&mut self, id: TurnId, seat: Seat, state: &mut RunState<'_>) {
        let Some(turn) = self.turns.get_mut(&id) else { return };
        if turn.begun.insert(seat) {
            state.tell(&Event::HostBegins(Arc::clone(&turn.info), Arc::clone(&self.hosts[seat.0 as usize].name)));
        }
    }

    /// A task came back (or broke).
    fn back(&mut self, done: Result<(Id, TaskEnd), JoinError>, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        // What the task told on its way comes before how it ended.
        while let Ok(event) = self.events.1.try_recv() {
            state.tell(&event);
        }
        state.drain(&self.play.shared);
        let (id, end) = match done {
            Ok((id, end)) => (id, end),
            Err(error) => (error.id(), broken(error)),
        };
        let Some((turn, seat)) = self.whose.remove(&id) else { return Ok(()) };
        if let Some(open) = self.turns.get(&turn)
            && open.throttle.is_some()
            && let Some(throttle) = self.throttled.get_mut(&open.key())
        {
            throttle.running = throttle.running.saturating_sub(1);
            if let Some(next) = throttle.waiting.pop_front() {
                self.queue.push_front(next);
            }
        }
        self.record(turn, seat, &end, state);
        self.take_in(turn, seat, end, state)?;
        state.drain(&self.play.shared);
        Ok(())
    }

    /// How the step ended in the run that is continued, if the host has passed it.
    fn recall(&self, turn: &Turn, seat: Seat, state: &mut RunState<'_>) -> Option<TaskEnd> {
        let end = state.observer.recall(turn.step(&self.hosts[seat.0 as usize].step))?;
        Some(end.into_end(&self.play.shared.inventory()))
    }

    /// Takes in what is remembered; whether there was any.
    fn take_remembered(&mut self, state: &mut RunState<'_>) -> Result<bool, Diagnostic> {
        let any = !self.remembered.is_empty();
        while let Some((turn, seat, end)) = self.remembered.pop_front() {
            state.quietly(true, |state| self.take_in(turn, seat, end, state))?;
        }
        Ok(any)
    }

    /// The end of a step is kept before the host goes on.
    fn record(&self, turn: TurnId, seat: Seat, end: &TaskEnd, state: &mut RunState<'_>) {
        if !state.observer.records() {
            return;
        }
        let Some(turn) = self.turns.get(&turn) else { return };
        let run = &self.hosts[seat.0 as usize];
        let step = turn.step(&run.step);
        let rescued = end.result.status == Status::Failed && run.cursor.is_rescued(&self.plan);
        state.observer.ended(step, StepEnd::of(end, step, rescued, &self.play.shared.inventory()));
    }
}

/// Tells which handlers the host is about to run.
fn announce(run: &mut HostRun, plan: &Plan, state: &mut RunState<'_>) {
    let mut new: Vec<HandlerId> = run.cursor.notified().filter(|handler| !run.announced.contains(handler)).collect();
    new.sort_unstable();
    for handler in new {
        let task = plan.handler(handler);
        let shown = turn::full_name(task, task.scope.name.as_ref().map(crate::data::python::str).as_deref());
        state.tell(&Event::Notified { handler: shown, host: Arc::clone(&run.name) });
        run.announced.insert(handler);
    }
}

/// Moves a cursor to the first task whose name fits; `false` where there is none.
fn start_at(cursor: &mut Cursor, plan: &Plan, pattern: &str, play: &Arc<PlayGround>) -> bool {
    let Ok(regex) = regex::Regex::new(&crate::project::inventory::patterns::glob_to_regex(pattern)) else {
        return false;
    };
    loop {
        match cursor.settle(plan) {
            Stop::Finished(_) => return false,
            Stop::Task(task) => {
                let plain = task.scope.name.as_ref().map(crate::data::python::str);
                let full = turn::full_name(&task, plain.as_deref());
                let fits = |name: &str| name == pattern || regex.is_match(name);
                if plain.as_deref().is_some_and(fits) || fits(&full) {
                    return true;
                }
                cursor.done();
            }
            Stop::Gather(_) if play.play.scope.origin.is_none() => cursor.done(),
            Stop::Gather(_) | Stop::Handler(..) => cursor.done(),
        }
    }
}

/// A panic is a bug of ours: the host fails, and the text says whom to tell.
fn broken(error: JoinError) -> TaskEnd {
    let text = match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
        }
        Err(_) => "the task was cancelled".to_owned(),
    };
    let error = Diagnostic::new(format!("muster has a bug, please report it: {text}"));
    TaskEnd::of(super::result::TaskResult::failure(error))
}
