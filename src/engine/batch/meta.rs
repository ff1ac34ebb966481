//! What `meta` tasks do to the batch.

use std::sync::Arc;

use super::{Batch, RunState};
use crate::data::python;
use crate::diagnostic::Diagnostic;
use crate::engine::cursor::Outcome;
use crate::engine::endpoint;
use crate::engine::event::{Event, HostResult, TaskInfo};
use crate::engine::layers::Ground;
use crate::engine::load_world::RunWorld;
use crate::engine::meta::Meta;
use crate::engine::names::{self, Resolved};
use crate::engine::result::TaskResult;
use crate::engine::run::Early;
use crate::engine::strategy::Seat;
use crate::engine::task::first_false;
use crate::project::playbook::{Keyword, Task};
use crate::template::Templar;

impl Batch {
    /// A meta task comes up for hosts that are in step.
    pub(super) async fn meta(
        &mut self,
        meta: Result<Meta, Diagnostic>,
        task: &Arc<Task>,
        seats: Vec<Seat>,
        is_handler: bool,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        for seat in &seats {
            self.hosts[seat.0 as usize].handler_ran();
        }
        let ground = self.play.of_task(task);
        let first = seats[0];
        let info = Arc::new(self.meta_info(task, &ground, first, is_handler)?);
        state.tell(&Event::TaskStart(Arc::clone(&info)));
        let meta = meta?;
        if meta.ignores_condition() && task.scope.find(Keyword::When).is_some() {
            let text = format!("{} task does not support when conditional", meta.name());
            state.tell(&Event::Warning(Diagnostic::new(text)));
        }
        if meta.is_for_all() {
            let holds = meta.ignores_condition() || self.holds(task, &ground, first)?;
            if holds {
                self.do_for_all(meta, &seats, state)?
            } else {
                self.tell_skipped(meta, &info, first, state)
            }
            self.go_on(&seats, meta, holds, state);
            return Ok(());
        }
        for (index, seat) in seats.iter().enumerate() {
            if index > 0 {
                state.tell(&Event::TaskStart(Arc::clone(&info)));
            }
            let holds = meta.ignores_condition() || self.holds(task, &ground, *seat)?;
            if holds {
                self.do_for_host(meta, task, &ground, *seat, state).await?;
            } else {
                self.tell_skipped(meta, &info, *seat, state);
            }
            self.go_on(&[*seat], meta, holds, state);
        }
        Ok(())
    }

    fn templar(&self, ground: &Arc<Ground>, seat: Seat) -> Result<Templar, Diagnostic> {
        let layers = self.play.layers(self.hosts[seat.0 as usize].host, Some(ground))?;
        Ok(self.play.templar(Arc::new(layers), Some(ground)))
    }

    fn meta_info(
        &self,
        task: &Arc<Task>,
        ground: &Arc<Ground>,
        seat: Seat,
        is_handler: bool,
    ) -> Result<TaskInfo, Diagnostic> {
        let resolved = names::resolve(&self.play.shared, &task.action.name, &[])
            .unwrap_or_else(|| Resolved::Unknown { name: task.action.name.clone() });
        Ok(self.info(task, &resolved, is_handler, &self.templar(ground, seat)?))
    }

    fn holds(&self, task: &Arc<Task>, ground: &Arc<Ground>, seat: Seat) -> Result<bool, Diagnostic> {
        Ok(first_false(&task.scope, &self.templar(ground, seat)?)?.is_none())
    }

    fn tell_skipped(&self, meta: Meta, info: &Arc<TaskInfo>, seat: Seat, state: &mut RunState<'_>) {
        let host = Arc::clone(&self.hosts[seat.0 as usize].name);
        let output = meta.skipped(&host);
        if let Some(reason) = output.get("skip_reason").map(python::str) {
            Self::note(state, &reason);
        }
        let result = Arc::new(TaskResult::skipped(output));
        state.tell(&Event::Result(HostResult { host, task: Arc::clone(info), result, ignored: false }));
    }

    fn note(state: &mut RunState<'_>, text: &str) {
        state.tell(&Event::Note { verbosity: 2, text: format!("META: {text}") });
    }

    /// Where the hosts go after the meta task. Some actions have moved them already.
    fn go_on(&mut self, seats: &[Seat], meta: Meta, held: bool, state: &mut RunState<'_>) {
        let moved = held && matches!(meta, Meta::FlushHandlers | Meta::EndRole);
        for seat in seats {
            let run = &mut self.hosts[seat.0 as usize];
            if run.cursor.outcome().is_none() && !moved {
                run.cursor.done();
            }
            self.arrive(*seat, state);
        }
    }

    fn do_for_all(&mut self, meta: Meta, seats: &[Seat], state: &mut RunState<'_>) -> Result<(), Diagnostic> {
        match meta {
            Meta::EndPlay | Meta::EndBatch => {
                self.end.ends_play |= meta == Meta::EndPlay;
                for run in &mut self.hosts {
                    if run.cursor.outcome().is_none() && !state.unreachable.contains(&run.host) {
                        let failed = run.cursor.carries_failure();
                        run.cursor.stop(if failed { Outcome::Failed } else { Outcome::Stopped });
                    }
                }
                let text = if meta == Meta::EndPlay { "ending play" } else { "ending batch" };
                Self::note(state, text);
            }
            Meta::ClearFacts => {
                for seat in seats {
                    let run = &self.hosts[seat.0 as usize];
                    self.play.shared.board.clear_facts(run.host);
                    self.play.shared.facts.forget(&run.name);
                }
                Self::note(state, "facts cleared");
            }
            Meta::ClearHostErrors => {
                for run in &mut self.hosts {
                    state.failed.remove(&run.host);
                    state.unreachable.remove(&run.host);
                    run.cursor.clear_failures();
                }
                Self::note(state, "cleared host errors");
            }
            Meta::RefreshInventory => {
                let shared = Arc::clone(&self.play.shared);
                let fresh = (shared.reload_inventory)()?;
                shared.change_inventory(|inventory| *inventory = fresh.with_ids_of(inventory));
                shared.host_variables.forget();
                for change in &state.dynamic {
                    change.apply(&shared)?;
                }
                let world = RunWorld::new(Arc::clone(&shared), self.play.base_dir.clone());
                let hosts = Early { world: &world, play: &self.play.play }.hosts(&shared, state)?;
                let inventory = shared.inventory();
                self.play_hosts = hosts.iter().map(|host| (*host, Arc::clone(&inventory.host(*host).name))).collect();
                self.facts_are_stale = true;
                Self::note(state, "inventory successfully refreshed");
            }
            Meta::Noop | Meta::FlushHandlers | Meta::EndHost | Meta::EndRole | Meta::ResetConnection => {}
        }
        Ok(())
    }

    async fn do_for_host(
        &mut self,
        meta: Meta,
        task: &Arc<Task>,
        ground: &Arc<Ground>,
        seat: Seat,
        state: &mut RunState<'_>,
    ) -> Result<(), Diagnostic> {
        let name = Arc::clone(&self.hosts[seat.0 as usize].name);
        match meta {
            Meta::FlushHandlers => {
                self.hosts[seat.0 as usize].cursor.flush();
                Self::note(state, &format!("triggered running handlers for {name}"));
            }
            Meta::EndHost => {
                self.hosts[seat.0 as usize].cursor.stop(Outcome::Stopped);
                self.facts_are_stale = true;
                Self::note(state, &format!("ending play for {name}"));
            }
            Meta::EndRole => {
                if let Some(role) = task.scope.role() {
                    let role = Arc::clone(role);
                    self.hosts[seat.0 as usize].cursor.end_role(&self.plan, &role);
                    Self::note(state, &format!("ending role {} for {name}", role.full_name()));
                }
            }
            Meta::ResetConnection => {
                let way = endpoint::way(&self.play.shared, &name, &task.scope, &self.templar(ground, seat)?)?;
                if let Err(error) = self.play.shared.carrier.reset(&way.endpoint).await {
                    state.tell(&Event::Warning(Diagnostic::new(error.message)));
                }
                Self::note(state, "reset connection");
            }
            _ => Self::note(state, "noop"),
        }
        Ok(())
    }
}
