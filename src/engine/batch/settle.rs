//! Taking in results: what hosts learn, what is counted and told, and where they go from there.

use std::collections::HashMap;
use std::sync::Arc;

use super::dynamic::Change;
use super::turn::{End, Turn, TurnId};
use super::{Batch, RunState};
use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::cursor::Outcome;
use crate::engine::event::{Event, HostResult};
use crate::engine::handlers;
use crate::engine::include::{self, Trouble};
use crate::engine::names;
use crate::engine::plan::{Compiler, FragmentId};
use crate::engine::result::{Include, SetStats, Status, TaskResult};
use crate::engine::strategy::Seat;
use crate::engine::tags::tags_of;
use crate::engine::task::TaskEnd;
use crate::project::inventory::HostId;
use crate::project::playbook::{Keyword, Node, Task};

impl Batch {
    /// A host's result: learned, counted, told. The turn ends with its last one.
    pub(super) fn take_in(
        &mut self,
        id: TurnId,
        seat: Seat,
        mut end: TaskEnd,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        let Some(mut turn) = self.turns.remove(&id) else { return Ok(()) };
        turn.left -= 1;
        self.hosts[seat.0 as usize].step.step += 1;
        self.hosts[seat.0 as usize].handler_ran();
        self.learn(&turn, seat, &mut end, state)?;
        let outcome = self.count(&turn, seat, &end, state);
        self.tell_result(&turn, seat, &end, state);
        if end.debugs {
            return Err(no_debugger(&turn.task));
        }
        turn.ends.push((seat, outcome));
        if !end.result.status.is_failure()
            && let Some(role) = turn.task.scope.role()
            && end.result.status != Status::Skipped
        {
            self.hosts[seat.0 as usize].cursor.role_ran(role);
        }
        if names::is_include(turn.resolved.name()) {
            turn.includes.push((seat, end));
        }
        if turn.left == 0 {
            return self.close(turn, state);
        }
        self.turns.insert(id, turn);
        Ok(())
    }

    /// Registered variables, facts, new hosts, notified handlers.
    fn learn(
        &mut self,
        turn: &Turn,
        seat: Seat,
        end: &mut TaskEnd,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        let shared = Arc::clone(&self.play.shared);
        let host = self.hosts[seat.0 as usize].host;
        let targets: Vec<HostId> =
            if turn.run_once { self.hosts.iter().map(|run| run.host).collect() } else { vec![host] };
        let inject = shared.settings.inject_facts_as_vars();
        let (mut inventory_changed, mut changes) = (None, Vec::new());
        // What a failed task found out is nobody's fact, even where the failure is ignored.
        let failed = end.result.status.is_failure();
        for effects in end.result.effects.iter().filter(|_| !failed) {
            let owners = effects.owner.or(end.facts_of).map_or_else(|| targets.clone(), |owner| vec![owner]);
            for owner in owners {
                if let Some(facts) = &effects.facts {
                    shared.board.add_facts(owner, facts, inject);
                    self.keep_facts(owner)?;
                }
                if let Some(variables) = &effects.variables {
                    match effects.included {
                        true => shared.board.include_variables(owner, variables),
                        false => shared.board.set_variables(owner, variables),
                    }
                    if effects.cacheable {
                        shared.board.add_facts(owner, variables, inject);
                        self.keep_facts(owner)?;
                    }
                }
            }
            if effects.add_host.is_some() || effects.group_by.is_some() {
                let change = Change::of(effects, &self.hosts[seat.0 as usize].name);
                let changed = change.apply(&shared)?;
                changes.push(changed);
                inventory_changed = Some(inventory_changed.unwrap_or(false) | changed);
                state.dynamic.push(change);
            }
            if let Some(stats) = &effects.stats {
                add_stats(state, stats, &self.hosts[seat.0 as usize].name);
            }
        }
        if let Some(changed) = inventory_changed.filter(|_| !end.result.status.is_failure()) {
            if turn.task.scope.own(Keyword::ChangedWhen).is_none() {
                end.result.output.insert("changed", changed);
                mark_items(&mut end.result.output, &changes);
                end.result.status = Status::of(&end.result.output);
            }
            if !end.result.changed() {
                end.notify.clear();
            }
        }
        if let Some(name) = turn.task.scope.own(Keyword::Register) {
            let mut output = end.result.output.clone();
            output.remove("invocation");
            let value = Value::from(output);
            for target in &targets {
                shared.board.set_variable(*target, &python::str(name), value.clone());
            }
        }
        self.notify(seat, end, state)?;
        Ok(())
    }

    /// Facts outlive the run where the settings say so.
    fn keep_facts(&self, owner: HostId) -> Result<(), Diagnostic> {
        let shared = &self.play.shared;
        shared.facts.keep(&shared.inventory().host(owner).name, &shared.board.of(owner).facts)
    }

    fn notify(&mut self, seat: Seat, end: &TaskEnd, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        for name in &end.notify {
            state.tell(&Event::Note { verbosity: 2, text: format!("Notification for handler {name} has been saved.") });
            let found = self.names.find(name);
            if found.is_empty() {
                let message = format!(
                    "The requested handler '{name}' was not found in either the main handlers list nor in the listening handlers list"
                );
                if self.play.shared.settings.error_on_missing_handler() {
                    return Err(Diagnostic::new(message));
                }
                state.tell(&Event::Warning(Diagnostic::new(message)));
            }
            for handler in found {
                self.hosts[seat.0 as usize].cursor.notify(handler);
            }
        }
        Ok(())
    }

    /// Counts the result, and says what it means for the host.
    fn count(&mut self, turn: &Turn, seat: Seat, end: &TaskEnd, state: &mut RunState<'_>) -> End {
        let run = &self.hosts[seat.0 as usize];
        let counts = state.recap.of(&run.name);
        let result = &end.result;
        match result.status {
            Status::Ok | Status::Changed => {
                if !turn.info.is_include {
                    counts.ok += 1;
                    counts.changed += u32::from(result.status == Status::Changed);
                }
                End::Done
            }
            Status::Skipped => {
                counts.skipped += 1;
                End::Done
            }
            Status::Failed | Status::Unreachable if end.ignored => {
                counts.ok += 1;
                counts.ignored += 1;
                counts.changed += u32::from(result.status == Status::Failed && result.changed());
                End::Done
            }
            Status::Failed => {
                if run.cursor.is_rescued(&self.plan) {
                    counts.rescued += 1;
                    self.remember_failure(turn, run.host, result);
                } else {
                    counts.failed += 1;
                    self.failed_here += 1;
                }
                End::Failed
            }
            Status::Unreachable => {
                counts.unreachable += 1;
                state.unreachable.insert(run.host);
                End::Unreachable
            }
        }
    }

    /// `ansible_failed_task` and `ansible_failed_result`, for the rescue.
    fn remember_failure(&self, turn: &Turn, host: HostId, result: &TaskResult) {
        let full = turn.task.scope.name.as_ref().map(|_| turn.info.name.as_str()).unwrap_or_default();
        let role = turn.task.scope.role().map(|role| format!("{} : ", role.full_name())).unwrap_or_default();
        let name = full.strip_prefix(&role).unwrap_or(full);
        let variables = Map::from([
            ("ansible_failed_task", Value::from(handlers::described(&turn.task, name))),
            ("ansible_failed_result", Value::from(result.output.clone())),
        ]);
        self.play.shared.board.set_variables(host, &variables);
    }

    fn tell_result(&self, turn: &Turn, seat: Seat, end: &TaskEnd, state: &mut RunState<'_>) {
        state.tell(&Event::Result(HostResult {
            host: Arc::clone(&self.hosts[seat.0 as usize].name),
            task: Arc::clone(&turn.info),
            result: Arc::new(end.result.censored()),
            ignored: end.ignored,
        }));
    }

    /// All hosts of the turn are back: includes are worked in, failures weighed, and all go on.
    fn close(&mut self, mut turn: Turn, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        self.open -= turn.seats.len();
        if !turn.includes.is_empty() {
            self.work_in(&mut turn, state)?;
        }
        let mut ends: HashMap<Seat, End> = turn.ends.drain(..).collect();
        let leader_failed =
            turn.run_once && turn.seats.first().is_some_and(|seat| matches!(ends.get(seat), Some(End::Failed)));
        let (mut any_out, mut any_failed) = (false, false);
        // Where errors are fatal, a failure is everybody's, from this very step on.
        let drags = turn.errors_are_fatal && ends.values().any(|end| matches!(end, End::Failed));
        for seat in &turn.seats {
            let run = &mut self.hosts[seat.0 as usize];
            // With `run_once` it has run for those who did not run it, too.
            if turn.is_handler && !ends.contains_key(seat) {
                run.handler_ran();
            }
            let end = ends.remove(seat).unwrap_or(if leader_failed { End::Failed } else { End::Done });
            match end {
                End::Done | End::Included(_) if drags => {
                    if !run.cursor.is_rescued(&self.plan) {
                        any_out = true;
                        state.failed.insert(run.host);
                    }
                    run.cursor.fail(&self.plan);
                }
                End::Done => run.cursor.done(),
                End::Included(fragments) => run.cursor.include(fragments),
                End::Failed => {
                    any_failed = true;
                    any_out |= !run.cursor.is_rescued(&self.plan);
                    run.cursor.fail(&self.plan);
                }
                End::Unreachable => {
                    any_out = true;
                    self.facts_are_stale = true;
                    run.cursor.stop(Outcome::Stopped);
                }
            }
        }
        if any_out || any_failed && turn.errors_are_fatal {
            self.weigh(&turn, any_out, state);
        }
        for seat in turn.seats {
            self.arrive(seat, state);
        }
        Ok(())
    }

    /// `any_errors_fatal` and `max_fail_percentage`.
    fn weigh(&mut self, turn: &Turn, any_out: bool, state: &mut RunState<'_>) {
        let too_many = any_out
            && self.max_fail.is_some_and(|most| {
                let failed = self.hosts.iter().filter(|run| is_out(run, state)).count();
                failed as f64 / self.hosts.len() as f64 > most / 100.0
            });
        if !turn.errors_are_fatal && !too_many {
            return;
        }
        if too_many {
            self.end.breaks = true;
        }
        // In step, all others of the batch stand at this turn or are gone.
        let others: Vec<Seat> = turn.seats.clone();
        for seat in others {
            let run = &mut self.hosts[seat.0 as usize];
            if run.cursor.outcome().is_none() && !run.cursor.carries_failure() {
                if !run.cursor.is_rescued(&self.plan) {
                    state.failed.insert(run.host);
                }
                run.cursor.fail(&self.plan);
            }
        }
        if turn.errors_are_fatal && any_out {
            self.end.breaks = true;
        }
        if too_many {
            // Told for the task, and again when nobody is left for the next.
            state.tell(&Event::NoHostsRemaining);
            state.tell(&Event::NoHostsRemaining);
        }
    }

    /// Loads what the hosts of the turn include, and leads them there.
    fn work_in(&mut self, turn: &mut Turn, state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        let asked: Vec<(Seat, Vec<Include>)> = turn
            .includes
            .drain(..)
            .map(|(seat, end)| {
                let includes = end.result.effects.into_iter().flat_map(|effects| effects.includes);
                (seat, includes.collect())
            })
            .collect();
        let is_role = names::is_role_include(&turn.task.action.name);
        let mut fragments: HashMap<Seat, Vec<FragmentId>> = HashMap::new();
        for group in include::grouped(asked) {
            let seats = group.hosts.clone();
            match include::bring(&self.play, &turn.task, &group.include, is_role, turn.is_handler) {
                Ok(mut brought) => {
                    if turn.is_handler {
                        // What a handler includes is a flat list, too.
                        brought.nodes = handlers::flat(&brought.nodes).into_iter().map(Node::Task).collect();
                    }
                    state.drain(&self.play.shared);
                    let names = seats.iter().map(|seat| Arc::clone(&self.hosts[seat.0 as usize].name));
                    let names: Vec<Arc<str>> = names.collect();
                    for name in &names {
                        state.recap.of(name).ok += 1;
                    }
                    state.tell(&Event::Include {
                        task: Arc::clone(&turn.info),
                        what: brought.name.clone(),
                        hosts: names,
                        label: group.include.label.clone(),
                    });
                    let fragment = self.add_fragment(&brought);
                    for seat in seats {
                        fragments.entry(seat).or_default().push(fragment);
                    }
                }
                Err(Trouble::Hosts(error)) => self.fail_include(turn, &group.include, &seats, error, state),
                Err(Trouble::Run(error)) => return Err(error),
            }
        }
        for (seat, fragments) in fragments {
            match turn.ends.iter_mut().find(|(known, _)| *known == seat) {
                Some((_, end @ End::Done)) => *end = End::Included(fragments),
                Some(_) => {}
                None => turn.ends.push((seat, End::Included(fragments))),
            }
        }
        Ok(())
    }

    fn add_fragment(&mut self, brought: &include::Brought) -> FragmentId {
        let first = self.plan.handlers.len();
        self.plan.handlers.extend(handlers::flat(&brought.handlers));
        self.names.extend(&self.plan, first, &self.play);
        if let Some(role) = brought.role.as_ref().filter(|role| role.public) {
            self.included_roles.push(Arc::clone(role));
            self.play.set_roles(&self.included_roles);
        }
        let play = Arc::clone(&self.play);
        let selects = move |task: &Task| selects(&play, task);
        let mut compiler = Compiler::new(&selects);
        compiler.nodes(&brought.nodes);
        let fragment = compiler.finish();
        self.plan.add(fragment)
    }

    fn fail_include(
        &mut self,
        turn: &mut Turn,
        include: &Include,
        seats: &[Seat],
        error: Diagnostic,
        state: &mut RunState<'_>,
    ) {
        let reason = error.joined();
        state.tell(&Event::Error(error));
        let mut output = Map::from([("failed", Value::from(true)), ("changed", Value::from(false))]);
        if include::names_file(&include.args) {
            output.insert("include", include::shown(&include.args));
        }
        output.insert("reason", reason);
        for seat in seats {
            let run = &self.hosts[seat.0 as usize];
            state.recap.of(&run.name).failed += 1;
            let result = TaskResult { status: Status::Failed, output: output.clone(), ..TaskResult::default() };
            state.tell(&Event::Result(HostResult {
                host: Arc::clone(&run.name),
                task: Arc::clone(&turn.info),
                result: Arc::new(result),
                ignored: false,
            }));
            match turn.ends.iter_mut().find(|(known, _)| known == seat) {
                Some((_, end)) => *end = End::Failed,
                None => turn.ends.push((*seat, End::Failed)),
            }
        }
    }
}

/// Each item of a loop says whether it changed the inventory.
fn mark_items(output: &mut Map, changes: &[bool]) {
    let Some(items) = output.get("results").and_then(Value::as_items) else { return };
    if items.len() != changes.len() {
        return;
    }
    let marked = items.iter().zip(changes).map(|(item, changed)| {
        let mut item = item.as_map().cloned().unwrap_or_default();
        item.insert("changed", *changed);
        Value::from(item)
    });
    let marked = Value::list(marked.collect::<Vec<_>>());
    output.insert("results", marked);
}

/// Whether the tags let a task through.
pub fn selects(play: &Arc<crate::engine::ground::PlayGround>, task: &Task) -> bool {
    let world = crate::engine::load_world::RunWorld::new(Arc::clone(&play.shared), play.base_dir.clone());
    let render = |value: &Value| {
        use crate::project::playbook::load::LoadWorld;
        world.render(value, Some(&task.scope)).unwrap_or_else(|_| value.clone())
    };
    play.shared.options.tags.selects(&tags_of(&task.scope, &render))
}

fn is_out(run: &super::HostRun, state: &RunState<'_>) -> bool {
    matches!(run.cursor.outcome(), Some(Outcome::Failed))
        || run.cursor.carries_failure()
        || state.failed.contains(&run.host)
}

fn add_stats(state: &mut RunState<'_>, stats: &SetStats, host: &Arc<str>) {
    let key = if stats.per_host { host.to_string() } else { "_run".to_owned() };
    let known = state.recap.custom.entry(key).or_default();
    for (name, value) in &stats.data {
        let sum = name
            .as_str()
            .and_then(|name| known.get(name))
            .filter(|_| stats.aggregate)
            .and_then(|before| added(before, value));
        known.insert(name.clone(), sum.unwrap_or_else(|| value.clone()));
    }
}

/// What an aggregated value becomes: lists and numbers add up, mappings are merged.
fn added(before: &Value, new: &Value) -> Option<Value> {
    use crate::data::Data;
    match (&before.data, &new.data) {
        (Data::Int(one), Data::Int(two)) => Some(Value::from(one + two)),
        (Data::Float(one), Data::Float(two)) => Some(Value::from(one + two)),
        (Data::Text(one), Data::Text(two)) => Some(Value::from(format!("{one}{two}"))),
        (Data::List(one), Data::List(two)) => Some(Value::list(one.iter().chain(two.iter()).cloned())),
        (Data::Map(_), Data::Map(_)) => Some(crate::project::vars::merge::values(before, new)),
        _ => None,
    }
}

/// Going on would act on a host that somebody wanted to look at first.
fn no_debugger(task: &Task) -> Diagnostic {
    Diagnostic::new("The debugger was to open here, and muster has none, so the run ends.")
        .at(&task.scope.origin)
        .hint("Take `debugger` out of the playbook, or the debugger out of the settings, to run without it.")
}
