//! One task on one host: conditions, loop, attempts, what changed and what failed. It changes
//! nothing itself; what has to change is in the result's effects.

mod arguments;
mod attempts;
pub mod finish;
mod looping;

use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::HostId;
use crate::project::playbook::Keyword;
use crate::project::vars::{Layers, Level};
use crate::template::Templar;

use super::action::{ActionCall, ActionError};
use super::conduct::{self, Conduct};
use super::endpoint::{self, Way};
use super::event::{Event, HostResult, TaskInfo};
use super::ground::PlayGround;
use super::keywords::Keywords;
use super::layers::Ground;
use super::names::Resolved;
use super::result::{Delegate, Show, Status, TaskResult};
use super::shared::Shared;

/// A task that is to run on a host.
#[derive(Clone)]
pub struct TaskRun {
    pub play: Arc<PlayGround>,
    pub ground: Arc<Ground>,
    pub info: Arc<TaskInfo>,
    pub resolved: Resolved,
    pub host: HostId,
    pub host_name: Arc<str>,
    pub events: Sender<Event>,
}

/// A result and what the loop has to know besides it.
pub struct TaskEnd {
    pub result: TaskResult,
    /// The failure does not count.
    pub ignored: bool,
    /// Handlers to notify, rendered, where something changed.
    pub notify: Vec<String>,
    /// The task ran for another host, whose facts these are.
    pub facts_of: Option<HostId>,
    /// The debugger is to open here.
    pub debugs: bool,
}

impl TaskEnd {
    /// An end without anything besides the result.
    pub fn of(result: TaskResult) -> Self {
        Self { result, ignored: false, notify: Vec::new(), facts_of: None, debugs: false }
    }
}

/// Runs the task.
pub async fn run(run: TaskRun) -> TaskEnd {
    let layers = match run.play.layers(run.host, Some(&run.ground)) {
        Ok(layers) => layers,
        Err(error) => return run.end(run.failed(error), None, None),
    };
    let end = looping::run(&run, layers).await;
    run.end(end.result, Some(&end.templar), end.ignored)
}

impl TaskRun {
    fn shared(&self) -> &Arc<Shared> {
        &self.play.shared
    }

    fn scope(&self) -> &crate::project::playbook::Scope {
        &self.ground.task.scope
    }

    fn templar(&self, layers: &Layers) -> Templar {
        self.play.templar(Arc::new(layers.clone()), Some(&self.ground))
    }

    /// `ignore_errors` and `ignore_unreachable` hold even where other keywords cannot be rendered.
    fn ignores(&self, keyword: Keyword, templar: Option<&Templar>) -> bool {
        let Some((raw, _)) = self.scope().find(keyword) else { return false };
        let rendered = templar.and_then(|templar| Keywords { scope: self.scope(), templar }.flag(keyword).ok());
        rendered.flatten().unwrap_or_else(|| raw.is_truthy())
    }

    fn end(&self, result: TaskResult, templar: Option<&Templar>, ignored: Option<bool>) -> TaskEnd {
        let ignored = ignored.unwrap_or_else(|| self.ignores_failure(result.status, templar));
        let notify = self.notifications(&result, templar);
        let facts_of = self.facts_of(&result, templar);
        let debugs = templar.is_some_and(|templar| {
            let keywords = Keywords { scope: self.scope(), templar };
            conduct::wants_debugger(keywords, &self.shared().settings, result.status)
        });
        TaskEnd { result, ignored, notify, facts_of, debugs }
    }

    fn ignores_failure(&self, status: Status, templar: Option<&Templar>) -> bool {
        match status {
            Status::Failed => self.ignores(Keyword::IgnoreErrors, templar),
            Status::Unreachable => self.ignores(Keyword::IgnoreUnreachable, templar),
            _ => false,
        }
    }

    /// The names of handlers to notify. A loop's are those of its changed items.
    fn notifications(&self, result: &TaskResult, templar: Option<&Templar>) -> Vec<String> {
        if !result.notify.is_empty() {
            return result.notify.clone();
        }
        // Whether the inventory changes shows only when the loop makes the change.
        let may_change = result.effects.iter().any(|effects| effects.add_host.is_some() || effects.group_by.is_some());
        let counts = (result.changed() || may_change) && !result.status.is_failure();
        let Some(templar) = templar.filter(|_| counts) else {
            return Vec::new();
        };
        if self.ground.task.looping.is_some() {
            return Vec::new();
        }
        Keywords { scope: self.scope(), templar }.texts(Keyword::Notify).unwrap_or_default()
    }

    fn facts_of(&self, result: &TaskResult, templar: Option<&Templar>) -> Option<HostId> {
        let delegate = result.delegated_to.as_ref()?;
        let templar = templar?;
        let wanted = Keywords { scope: self.scope(), templar }.flag(Keyword::DelegateFacts).ok()??;
        if !wanted {
            return None;
        }
        self.shared().inventory().resolve_host(&delegate.name)
    }

    /// Tells of an item or an attempt, secrets out.
    async fn tell(&self, result: &TaskResult, wrap: impl FnOnce(HostResult) -> Event, ignored: bool) {
        let event = wrap(HostResult {
            host: Arc::clone(&self.host_name),
            task: Arc::clone(&self.info),
            result: Arc::new(result.censored()),
            ignored,
        });
        // The loop listens as long as tasks run.
        let _ = self.events.send(event).await;
    }

    /// A failure with a reason, as it is worded for tasks.
    fn failed(&self, cause: Diagnostic) -> TaskResult {
        finish::failed(&self.ground.task, cause)
    }

    /// One execution: the whole task, or one item of its loop.
    async fn execute(&self, layers: &Layers, undefined_items: Option<Diagnostic>) -> TaskResult {
        let templar = self.templar(layers);
        let delegate = match self.delegate(&templar) {
            Ok(delegate) => delegate,
            Err(error) => {
                let mut result = self.failed(error);
                let raw = self.scope().find(Keyword::DelegateTo).map(|(raw, _)| python::str(raw));
                result.delegated_to = raw.map(|name| Delegate { name: name.into(), address: None });
                return result;
            }
        };
        let delegated = delegate.as_ref().map(|name| self.with_delegate(layers, name));
        let layers = delegated.as_ref().unwrap_or(layers);
        let templar = if delegated.is_some() { self.templar(layers) } else { templar };
        let mut result = match self.skip(&templar) {
            Ok(Some(skipped)) => skipped,
            Ok(None) => match undefined_items {
                Some(error) => self.failed(error),
                None => self.execute_for(layers, &templar, delegate.as_deref()).await,
            },
            Err(error) => self.failed(error),
        };
        if let Some(name) = delegate.filter(|name| **name != *self.host_name) {
            self.give_interpreter(&mut result, &name);
            let reached = result.status != Status::Unreachable;
            let address = reached.then(|| self.address_of(&name)).flatten();
            result.delegated_to = Some(Delegate { name, address });
        }
        result.show.censored |= self.censors(&templar);
        result
    }

    /// The Python that was discovered is the delegate's.
    fn give_interpreter(&self, result: &mut TaskResult, delegate: &str) {
        const FACT: &str = "discovered_interpreter_python";
        let Some(facts) = result.output.get("ansible_facts").and_then(Value::as_map).cloned() else { return };
        let mut facts = facts;
        let Some(python) = facts.remove(FACT) else { return };
        if facts.is_empty() {
            result.output.remove("ansible_facts");
        } else {
            result.output.insert("ansible_facts", facts);
        }
        for effects in &mut result.effects {
            if let Some(facts) = &mut effects.facts {
                facts.remove(FACT);
            }
        }
        if let Some(owner) = self.shared().inventory().resolve_host(delegate) {
            let facts = Some(Map::from([(FACT, python)]));
            result.effects.push(super::result::Effects { owner: Some(owner), facts, ..Default::default() });
        }
    }

    /// Whether the result may not be shown. What cannot be read counts as yes.
    fn censors(&self, templar: &Templar) -> bool {
        let keywords = Keywords { scope: self.scope(), templar };
        match keywords.flag(Keyword::NoLog) {
            Ok(flag) => flag.unwrap_or_else(|| self.shared().settings.no_log()),
            Err(error) => {
                let warning = Diagnostic::new("Invalid no_log value for task, output will be masked.");
                self.shared().outbox.put(Event::Warning(warning.caused_by(error.apart())));
                true
            }
        }
    }

    /// The host that the task runs on instead.
    fn delegate(&self, templar: &Templar) -> Result<Option<Arc<str>>, Diagnostic> {
        let Some((raw, _)) = self.scope().find(Keyword::DelegateTo) else { return Ok(None) };
        match templar.render(raw) {
            Ok(value) if value.is_null() => Ok(None),
            Ok(value) => {
                let name = python::str(&value);
                Ok((!name.is_empty()).then(|| name.into()))
            }
            Err(error) if error.kind() == crate::template::ErrorKind::Omitted => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// With `ansible_delegated_vars`: what is known of the host that the task runs on instead.
    fn with_delegate(&self, layers: &Layers, name: &str) -> Layers {
        let host = self.shared().inventory().resolve_host(name);
        let known = host.and_then(|host| self.play.layers(host, Some(&self.ground)).ok());
        let mut known = known.map(|layers| layers.flatten()).unwrap_or_default();
        // The task stays the one of the host that it was for.
        known.insert("inventory_hostname", Value::text(Arc::clone(&self.host_name)));
        let mut layers = layers.clone();
        let all = Map::from([("ansible_delegated_vars", Value::from(Map::from([(name, Value::from(known))])))]);
        layers.push(Level::Magic, Arc::new(all));
        layers
    }

    fn address_of(&self, name: &str) -> Option<Arc<str>> {
        let host = self.shared().inventory().resolve_host(name)?;
        let layers = self.play.layers(host, Some(&self.ground)).ok()?;
        let templar = self.templar(&layers);
        let raw = templar.scope().variable("ansible_host")?;
        templar.render(&raw).ok().map(|value| python::str(&value).into())
    }

    /// The result of a task whose condition does not hold.
    fn skip(&self, templar: &Templar) -> Result<Option<TaskResult>, Diagnostic> {
        let Some(condition) = first_false(self.scope(), templar)? else { return Ok(None) };
        let output = Map::from([
            ("changed", Value::from(false)),
            ("skip_reason", Value::from("Conditional result was False")),
            ("false_condition", condition),
        ]);
        Ok(Some(TaskResult::skipped(output)))
    }

    async fn execute_for(&self, layers: &Layers, templar: &Templar, delegate: Option<&str>) -> TaskResult {
        let known = match self.known(templar) {
            Ok(known) => known,
            Err(error) => return self.failed(error),
        };
        known.carry_out(layers, templar, delegate).await
    }

    /// The same task with its action resolved, if its name is a template.
    fn known(&self, templar: &Templar) -> Result<Self, Diagnostic> {
        let Resolved::Unknown { name } = &self.resolved else { return Ok(self.clone()) };
        let origin = &self.ground.task.action.origin;
        let written = Value::template(name.as_str(), origin.clone());
        let rendered = templar.render(&written)?;
        let (name, place) = (python::str(&rendered), rendered.origin.clone());
        let collections = super::names::collections_of(self.scope());
        match super::names::resolve(self.shared(), &name, &collections) {
            Some(resolved) => Ok(Self { resolved, ..self.clone() }),
            None => {
                let message = format!("Cannot resolve {} to an action or module.", python::text_repr(&name));
                Err(Diagnostic::new(message).at(if place.is_none() { origin } else { &place }))
            }
        }
    }

    async fn carry_out(&self, layers: &Layers, templar: &Templar, delegate: Option<&str>) -> TaskResult {
        let keywords = Keywords { scope: self.scope(), templar };
        let gathers = matches!(self.resolved.name(), "ansible.builtin.setup" | "ansible.builtin.gather_facts");
        let prepared = Conduct::of(keywords, &self.shared().options, &self.shared().settings, gathers)
            .and_then(|conduct| Ok((conduct, arguments::finalize(self, templar)?)));
        let (conduct, args) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return self.failed(error),
        };
        if args.contains_key("_raw_params") && !self.resolved.free_form() {
            let message = format!("Action '{}' does not support raw params.", self.resolved.name());
            return self.failed(Diagnostic::new(message).at(&self.ground.task.action.origin));
        }
        for warning in &conduct.environment_warnings {
            self.shared().warn(warning.clone());
        }
        let way = match self.way(layers, templar, delegate) {
            Ok(way) => way,
            Err(error) => return self.failed(error),
        };
        attempts::run(self, layers, templar, &conduct, &way, args).await
    }

    /// How the host (or the delegate) is reached.
    fn way(&self, _layers: &Layers, templar: &Templar, delegate: Option<&str>) -> Result<Way, Diagnostic> {
        let Some(name) = delegate else {
            return endpoint::way(self.shared(), &self.host_name, self.scope(), templar);
        };
        let name: Arc<str> = name.into();
        match self.shared().inventory().resolve_host(&name) {
            Some(host) => {
                let layers = self.play.layers(host, Some(&self.ground))?;
                endpoint::way(self.shared(), &name, self.scope(), &self.templar(&layers))
            }
            None => {
                let mut layers = Layers::new(self.shared().hash_behaviour());
                layers.extend(self.ground.layers.iter().cloned());
                let magic = Map::from([("inventory_hostname", Value::text(Arc::clone(&name)))]);
                layers.push(Level::Magic, Arc::new(magic));
                endpoint::way(self.shared(), &name, self.scope(), &self.templar(&layers))
            }
        }
    }

    /// Runs the action once.
    async fn act(&self, templar: &Templar, conduct: &Conduct, way: &Way, args: Map) -> TaskResult {
        let mut call = ActionCall {
            shared: self.shared(),
            play: &self.play,
            ground: &self.ground,
            host: self.host,
            host_name: &self.host_name,
            args,
            conduct,
            templar,
            way,
            called_as: &self.ground.task.action.name,
            interpreter: std::sync::OnceLock::new(),
            events: &self.events,
        };
        let outcome = match &self.resolved {
            Resolved::Action(action) if conduct.async_limit > 0 && !action.traits.can_be_job => {
                let name = call.called_as;
                Err(ActionError::told(format!("This action ({name}) does not support async.")))
            }
            Resolved::Action(action) => (action.run)(&mut call).await,
            Resolved::Module(module) => {
                let args = std::mem::take(&mut call.args);
                let job = attempts::job(self, conduct, way);
                let outcome =
                    super::call::run_module(&call, module, super::call::Caller::Task, args, Vec::new(), None, job)
                        .await;
                outcome.map(|output| finish::module_result(output))
            }
            Resolved::Unknown { name } => Err(ActionError::new(format!("Cannot resolve '{name}'."))),
            Resolved::Foreign { name, path } => {
                let args = std::mem::take(&mut call.args);
                let job = attempts::job(self, conduct, way);
                let outcome = super::foreign::run(&call, name, path, args, job).await;
                outcome.map(finish::module_result)
            }
        };
        finish::settle(&self.ground.task, outcome)
    }
}

/// The first condition that does not hold, of all that apply, the outer ones first.
pub fn first_false(scope: &crate::project::playbook::Scope, templar: &Templar) -> Result<Option<Value>, Diagnostic> {
    for raw in scope.gather(Keyword::When) {
        let conditions: Vec<&Value> = raw.as_items().map_or_else(|| vec![raw], |items| items.iter().collect());
        for condition in conditions {
            if !templar.condition(condition).map_err(Diagnostic::from)? {
                return Ok(Some(condition.clone()));
            }
        }
    }
    Ok(None)
}

/// What is said without `-v`, where nothing else decides.
pub fn usual_show() -> Show {
    Show::default()
}
