//! Plays in order: which hosts, in which batches, what their plan is; and what it all comes to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::args::coerce;
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Kind, Origin};
use crate::project::facts_cache::FactsCache;
use crate::project::inventory::patterns::{HostOrder, Matcher, Mismatch, split_pattern};
use crate::project::inventory::{HostId, Inventory};
use crate::project::playbook::load::{LoadWorld, Loading, load_playbook};
use crate::project::playbook::{Action, Keyword, Keywords, Play, Playbook, Scope, ScopeKind, Task};

use super::batch::selects;
use super::batch::{Batch, BatchSetup, RunState};
use super::event::{Event, Observer, PlayInfo, Recap};
use super::ground::{PlayGround, PlayHead};
use super::handlers;
use super::interrupt::Stage;
use super::keywords::{processing, unconvertible};
use super::load_world::RunWorld;
use super::plan::{Compiler, FragmentId, Plan, Step};
use super::shared::Shared;
use super::strategy;

/// What a run came to.
pub struct RunEnd {
    pub recap: Recap,
    pub code: u8,
    /// Hosts that failed or could not be reached, for the retry file.
    pub failed: Vec<Arc<str>>,
}

/// Reads a playbook and all that it brings statically.
pub fn load(shared: &Arc<Shared>, path: &Path) -> Result<Playbook, Diagnostic> {
    let base_dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let world = RunWorld::new(Arc::clone(shared), base_dir.clone());
    load_playbook(&Loading::new(&world, base_dir), path)
}

/// Runs playbooks one after the other, until one of them fails. Each is read when its turn comes.
pub async fn run(
    shared: &Arc<Shared>,
    playbooks: &[PathBuf],
    observer: &mut dyn Observer,
) -> Result<RunEnd, Diagnostic> {
    let mut state = RunState::new(observer, shared);
    let code = run_all(shared, playbooks, &mut state).await;
    end(shared, state, code).await
}

/// Each playbook is read when its turn comes.
async fn run_all(shared: &Arc<Shared>, playbooks: &[PathBuf], state: &mut RunState<'_>) -> Result<u8, Diagnostic> {
    let mut code = 0;
    for path in playbooks {
        let loaded = load(shared, path);
        state.drain(shared);
        let playbook = loaded?;
        let plays = playbook.plays.len();
        state.tell(&Event::PlaybookStart { path: path.clone(), plays });
        let name = path.strip_prefix(&shared.environment.working_directory).unwrap_or(path).display();
        state.tell(&Event::Note { verbosity: 2, text: format!("{plays} plays in {name}") });
        for play in &playbook.plays {
            let (end, breaks) = run_play(shared, play, state).await?;
            code = end;
            if breaks {
                break;
            }
        }
        finish_playbook(shared, path, state);
        if code != 0 {
            break;
        }
    }
    Ok(code)
}

/// Runs one play that no playbook holds.
pub async fn run_alone(
    shared: &Arc<Shared>,
    play: &Arc<Play>,
    observer: &mut dyn Observer,
) -> Result<RunEnd, Diagnostic> {
    let mut state = RunState::new(observer, shared);
    let code = run_play(shared, play, &mut state).await.map(|(code, _)| code);
    if code.is_ok() {
        state.tell(&Event::Stats(Arc::new(state.recap.clone())));
    }
    end(shared, state, code).await
}

/// What a playbook came to: the retry file, the recap.
fn finish_playbook(shared: &Arc<Shared>, path: &Path, state: &mut RunState<'_>) {
    state.drain(shared);
    let failed = failed_hosts(shared, state);
    if shared.settings.retry_files_enabled() && !failed.is_empty() {
        let folder = shared.settings.retry_files_save_path();
        let folder = folder.or_else(|| path.parent().map(Path::to_path_buf)).unwrap_or_default();
        let file = folder.join(path.file_stem().unwrap_or_default()).with_extension("retry");
        let text: String = failed.iter().map(|host| format!("{host}\n")).collect();
        match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, text)) {
            Ok(()) => {
                let text = format!("\tto retry, use: --limit @{}\n", file.display());
                state.tell(&Event::Say(text));
            }
            Err(error) => {
                let message = format!("Could not create retry file '{}'.\n\t{error}", file.display());
                state.tell(&Event::Warning(Diagnostic::new(message)));
            }
        }
    }
    state.tell(&Event::Stats(Arc::new(state.recap.clone())));
}

fn failed_hosts(shared: &Shared, state: &RunState<'_>) -> Vec<Arc<str>> {
    let inventory = shared.inventory();
    let hosts = state.failed.union(&state.unreachable);
    let mut failed: Vec<Arc<str>> = hosts.map(|host| inventory.host(*host).name.clone()).collect();
    failed.sort_unstable();
    failed
}

/// Says goodbye to all runners, however the run ended: what still runs on a host ends with that.
async fn end(
    shared: &Arc<Shared>,
    mut state: RunState<'_>,
    code: Result<u8, Diagnostic>,
) -> Result<RunEnd, Diagnostic> {
    if code.is_err() && state.interrupts.stage() == Stage::Finishing {
        state.tell(&Event::Stats(Arc::new(state.recap.clone())));
    }
    let left = async {
        // Before that signals ask for what is happening already.
        while state.interrupts.next().await < Stage::Leaving {}
    };
    tokio::select! {
        () = shared.carrier.close() => {}
        () = left => {}
    }
    let code = code?;
    if let Some(pattern) = &shared.options.start_at_task
        && state.start_at.is_some()
    {
        let message =
            format!("No matching task \"{pattern}\" found. Note: --start-at-task can only follow static includes.");
        state.tell(&Event::Error(Diagnostic::new(message)));
    }
    let failed = failed_hosts(shared, &state);
    state.drain(shared);
    Ok(RunEnd { recap: state.recap, code, failed })
}

/// Runs one play; gives the exit code so far and whether the playbook ends here.
async fn run_play(shared: &Arc<Shared>, play: &Arc<Play>, state: &mut RunState<'_>) -> Result<(u8, bool), Diagnostic> {
    let base_dir = play.file.parent().map_or_else(|| shared.options.base_dir.clone(), Path::to_path_buf);
    let world = RunWorld::new(Arc::clone(shared), base_dir);
    let early = Early { world: &world, play };
    state.drain(shared);
    state.play += 1;
    let prompts = super::prompts::ask(shared, play, &world, state)?;
    let strategy = early.strategy(shared)?;
    let head = PlayHead {
        name: early.name()?,
        strategy: strategy.as_ref().map(|kind| kind.name).unwrap_or_default().to_owned(),
        gather_facts: early.flag(Keyword::GatherFacts)?,
        prompts,
    };
    let hosts = early.hosts(shared, state)?;
    let batches = early.batches(&hosts)?;
    let max_fail = early.percent(Keyword::MaxFailPercentage)?;
    let force = early.flag(Keyword::ForceHandlers)?.unwrap_or(shared.options.force_handlers);
    let ground = Arc::new(PlayGround::new(Arc::clone(shared), Arc::clone(play), head));
    let info = Arc::new(PlayInfo {
        name: ground.name.clone(),
        strategy: ground.strategy.clone(),
        check: early.flag(Keyword::CheckMode)?.unwrap_or(shared.options.check),
        origin: play.scope.origin.clone(),
    });
    ground.check_vars_files()?;
    state.drain(shared);
    if batches.is_empty() {
        state.tell(&Event::PlayStart(Arc::clone(&info)));
        state.tell(&Event::NoHostsMatched);
        return Ok((code(state), false));
    }
    keep_facts(shared, &hosts)?;
    let named: Arc<[(HostId, Arc<str>)]> = {
        let inventory = shared.inventory();
        hosts.iter().map(|host| (*host, inventory.host(*host).name.clone())).collect()
    };
    let mut before = state.failed.len() + state.unreachable.len();
    for batch in batches {
        state.tell(&Event::PlayStart(Arc::clone(&info)));
        let strategy = match &strategy {
            Ok(strategy) => *strategy,
            Err(error) => {
                state.tell(&Event::Deprecation(Diagnostic::new(OTHER_STRATEGIES)));
                return Err(error.clone());
            }
        };
        let (plan, start) = compile(&ground, force, &early)?;
        let size = batch.len();
        let inventory = shared.inventory();
        let setup = BatchSetup {
            play: Arc::clone(&ground),
            plan,
            start,
            hosts: batch.iter().map(|host| (*host, inventory.host(*host).name.clone())).collect(),
            play_hosts: Arc::clone(&named),
            strategy: (strategy.make)(shared.options.forks),
            forks: shared.options.forks,
            max_fail,
            number: state.play,
        };
        let end = Batch::new(setup).run(state).await?;
        if end.ends_play {
            return Ok((code(state), false));
        }
        if end.breaks && code(state) != 0 {
            return Ok((code(state).max(2), true));
        }
        let after = state.failed.len() + state.unreachable.len();
        if after - before.min(after) == size {
            return Ok((code(state), true));
        }
        before = after;
    }
    Ok((code(state), false))
}

/// Facts that an earlier run has kept.
fn keep_facts(shared: &Shared, hosts: &[HostId]) -> Result<(), Diagnostic> {
    if matches!(shared.facts, FactsCache::Memory) {
        return Ok(());
    }
    let inventory = shared.inventory();
    for host in hosts {
        if shared.board.of(*host).facts.is_empty()
            && let Some(facts) = shared.facts.facts(&inventory.host(*host).name)?
        {
            shared.board.add_facts(*host, &facts, shared.settings.inject_facts_as_vars());
        }
    }
    Ok(())
}

/// The exit code that the hosts' fates make.
fn code(state: &RunState<'_>) -> u8 {
    if !state.unreachable.is_empty() {
        4
    } else if !state.failed.is_empty() {
        2
    } else {
        0
    }
}

/// The plan of a play: facts, pre_tasks, roles and tasks, post_tasks, each with its handlers.
fn compile(ground: &Arc<PlayGround>, force: bool, early: &Early<'_>) -> Result<(Plan, FragmentId), Diagnostic> {
    let play = &ground.play;
    let selects = |task: &Task| selects(ground, task);
    let mut compiler = Compiler::new(&selects);
    let gather = gather_task(play, early)?;
    if selects(&gather) {
        compiler.step(Step::Gather(gather));
    }
    compiler.section(force, |compiler, section| compiler.section_nodes(section, &play.pre_tasks));
    compiler.section(force, |compiler, section| {
        for body in &play.roles {
            let nodes = crate::project::playbook::load::nodes_of_role(body);
            compiler.section_nodes(section, &nodes);
        }
        compiler.section_nodes(section, &play.tasks);
    });
    compiler.section(force, |compiler, section| compiler.section_nodes(section, &play.post_tasks));
    let fragment = compiler.finish();
    let mut plan = Plan { handlers: handlers::flat(&play.handlers), ..Plan::default() };
    let start = plan.add(fragment);
    Ok((plan, start))
}

/// The task that nobody writes.
fn gather_task(play: &Arc<Play>, early: &Early<'_>) -> Result<Arc<Task>, Diagnostic> {
    let mut keywords = Keywords::default();
    keywords.set(Keyword::Tags, Value::list([Value::text("always")]));
    let mut args = Map::new();
    for (keyword, name) in [
        (Keyword::GatherSubset, "gather_subset"),
        (Keyword::GatherTimeout, "gather_timeout"),
        (Keyword::FactPath, "fact_path"),
    ] {
        if let Some(value) = early.value(keyword)? {
            args.insert(name, value);
        }
    }
    let scope = Scope {
        kind: ScopeKind::Task,
        name: Some(Value::text("Gathering Facts")),
        keywords,
        vars: None,
        role: None,
        parent: Some(Arc::clone(&play.scope)),
        dir: Arc::clone(&play.scope.dir),
        origin: play.scope.origin.clone(),
    };
    let action =
        Action { name: "ansible.builtin.gather_facts".to_owned(), args, variable_args: None, origin: Origin::none() };
    Ok(Arc::new(Task { scope: Arc::new(scope), action, looping: None, listen: Vec::new() }))
}

/// A play before any host: keywords rendered with what is known then.
pub struct Early<'a> {
    pub world: &'a RunWorld,
    pub play: &'a Arc<Play>,
}

impl Early<'_> {
    fn value(&self, keyword: Keyword) -> Result<Option<Value>, Diagnostic> {
        let Some(raw) = self.play.scope.own(keyword) else { return Ok(None) };
        match self.world.render(raw, Some(&self.play.scope)) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_null())),
            Err(error) => Err(processing(keyword, raw).caused_by(error).kind(Kind::Parse)),
        }
    }

    pub fn flag(&self, keyword: Keyword) -> Result<Option<bool>, Diagnostic> {
        let Some(value) = self.value(keyword)? else { return Ok(None) };
        match coerce::boolean(&value) {
            Ok(flag) => Ok(Some(flag)),
            Err(_) => Err(self.unfit(keyword, &value, "bool")),
        }
    }

    fn percent(&self, keyword: Keyword) -> Result<Option<f64>, Diagnostic> {
        let Some(value) = self.value(keyword)? else { return Ok(None) };
        let text = python::str(&value);
        match text.trim_end_matches('%').trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.unfit(keyword, &value, "float")),
        }
    }

    fn unfit(&self, keyword: Keyword, value: &Value, wanted: &str) -> Diagnostic {
        let raw = self.play.scope.own(keyword).cloned().unwrap_or_default();
        let cause = unconvertible(value, wanted).at(&raw.origin).apart();
        processing(keyword, &raw).caused_by(cause).kind(Kind::Parse)
    }

    /// The play's name, or its hosts.
    pub fn name(&self) -> Result<String, Diagnostic> {
        if let Some(name) = &self.play.scope.name {
            let rendered = self
                .world
                .render(name, Some(&self.play.scope))
                .map_err(|error| processing(Keyword::Name, name).caused_by(error).kind(Kind::Parse))?;
            return Ok(python::str(&rendered));
        }
        // Without a name the hosts are the name, and that is what cannot be made then.
        Ok(self.rendered_hosts(Keyword::Name)?.join(","))
    }

    /// Brings the keywords to their types, so that bad ones are told.
    pub fn check(&self) -> Result<(), Diagnostic> {
        for keyword in
            [Keyword::GatherFacts, Keyword::ForceHandlers, Keyword::Become, Keyword::CheckMode, Keyword::Diff]
        {
            self.flag(keyword)?;
        }
        self.percent(Keyword::MaxFailPercentage).map(|_| ())
    }

    /// The host patterns, as written but for templates.
    pub fn patterns(&self) -> Result<Vec<String>, Diagnostic> {
        self.rendered_hosts(Keyword::Hosts)
    }

    /// The hosts, for the keyword that asks for them.
    fn rendered_hosts(&self, keyword: Keyword) -> Result<Vec<String>, Diagnostic> {
        let hosts = self
            .world
            .render(&self.play.hosts, Some(&self.play.scope))
            .map_err(|error| processing(keyword, &self.play.hosts).caused_by(error).kind(Kind::Parse))?;
        Ok(match &hosts.data {
            Data::List(items) => items.iter().map(python::str).collect(),
            _ => vec![python::str(&hosts)],
        })
    }

    /// The strategy; not to know it is told only when the play has begun.
    fn strategy(&self, shared: &Shared) -> Result<Result<&'static strategy::Kind, Diagnostic>, Diagnostic> {
        let name = match self.value(Keyword::Strategy)? {
            Some(value) => python::str(&value),
            None => shared.settings.strategy().to_owned(),
        };
        let short = name.strip_prefix("ansible.builtin.").or(name.strip_prefix("ansible.legacy.")).unwrap_or(&name);
        Ok(shared.plugins.strategies.iter().copied().find(|kind| kind.name == short).ok_or_else(|| {
            Diagnostic::new(format!("Invalid play strategy specified: {name}")).at(&self.play.scope.origin)
        }))
    }

    /// The hosts of the play, in its order.
    pub fn hosts(&self, shared: &Shared, state: &mut RunState<'_>) -> Result<Vec<HostId>, Diagnostic> {
        let inventory = shared.inventory();
        let words: Vec<String> = self.patterns()?.iter().flat_map(|pattern| split_pattern(pattern)).collect();
        let mut matcher = Matcher::new(&inventory, mismatch(shared));
        let mut hosts = matcher.select(&words, shared.options.limit.as_deref())?;
        for warning in std::mem::take(&mut matcher.warnings) {
            state.tell(&Event::Warning(warning.diagnostic));
        }
        let order = match self.value(Keyword::Order)? {
            Some(value) => {
                let name = python::str(&value);
                HostOrder::named(&name).ok_or_else(|| {
                    Diagnostic::new(format!("Invalid 'order' specified for inventory hosts: {name}"))
                        .kind(Kind::Options)
                })?
            }
            None => HostOrder::default(),
        };
        reorder(&mut hosts, order, &inventory, shared);
        Ok(hosts)
    }

    /// The hosts in the portions that `serial` says.
    fn batches(&self, hosts: &[HostId]) -> Result<Vec<Vec<HostId>>, Diagnostic> {
        let sizes: Vec<Value> = match self.value(Keyword::Serial)? {
            Some(value) => value.as_items().map_or_else(|| vec![value.clone()], <[Value]>::to_vec),
            None => Vec::new(),
        };
        let mut batches = Vec::new();
        let mut rest = hosts;
        let mut index = 0;
        while !rest.is_empty() {
            let size = match sizes.get(index.min(sizes.len().saturating_sub(1))) {
                Some(size) => self.portion(size, hosts.len())?,
                None => 0,
            };
            let size = if size == 0 { rest.len() } else { size.min(rest.len()) };
            batches.push(rest[..size].to_vec());
            rest = &rest[size..];
            index += 1;
        }
        Ok(batches)
    }

    /// One entry of `serial`: a number or a part of all; at least one host, and 0 means all.
    fn portion(&self, size: &Value, count: usize) -> Result<usize, Diagnostic> {
        let text = python::str(size);
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse::<f64>()
                .map(|percent| ((percent / 100.0 * count as f64) as i64).max(1))
                .map_err(|error| error.to_string()),
            None => match size.data {
                Data::Float(number) => Ok(number as i64),
                _ => text.trim().parse::<i64>().map_err(|_| {
                    format!("invalid literal for int() with base 10: {}", python::repr(&Value::text(text.as_str())))
                }),
            },
        };
        match parsed {
            Ok(number) => Ok(usize::try_from(number).unwrap_or(0)),
            Err(reason) => Err(Diagnostic::new(reason).kind(Kind::Bug)),
        }
    }
}

const OTHER_STRATEGIES: &str = "Use of strategy plugins not included in ansible.builtin are deprecated and do not carry any backwards compatibility guarantees. No alternative for third party strategy plugins is currently planned. This feature will be removed from ansible-core in a future release.";

/// What a name without a host means.
fn mismatch(shared: &Shared) -> Mismatch {
    match shared.settings.host_pattern_mismatch() {
        "error" => Mismatch::Fail,
        "ignore" => Mismatch::Ignore,
        _ => Mismatch::Warn,
    }
}

fn reorder(hosts: &mut [HostId], order: HostOrder, inventory: &Inventory, shared: &Shared) {
    let name = |host: &HostId| inventory.host(*host).name.clone();
    match order {
        HostOrder::Inventory => {}
        HostOrder::ReverseInventory => hosts.reverse(),
        HostOrder::Sorted => hosts.sort_by_key(name),
        HostOrder::ReverseSorted => {
            hosts.sort_by_key(name);
            hosts.reverse();
        }
        HostOrder::Shuffle => {
            for last in (1..hosts.len()).rev() {
                let mut dice = [0; 8];
                shared.environment.dice.fill(&mut dice);
                hosts.swap(last, (u64::from_le_bytes(dice) % (last as u64 + 1)) as usize);
            }
        }
    }
}
