//! The contract of actions: what a task does on the controller, alone or around modules.

use std::path::PathBuf;
use std::sync::Arc;

use crate::args::{ArgSpec, Spec};
use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::HostId;
use crate::runner::Module;
use crate::template::Templar;
use crate::transport::{BlobSource, BoxFuture, CallError};
use crate::wire::{Blob, Call};

use super::conduct::Conduct;
use super::endpoint::Way;
use super::event::Event;
use super::ground::PlayGround;
use super::layers::Ground;
use super::result::TaskResult;
use super::shared::Shared;

/// One action: a file of `plugins/action`.
pub struct ActionPlugin {
    /// Full name: `ansible.builtin.debug`.
    pub name: &'static str,
    pub summary: &'static str,
    /// The declared options; `None` where the action looks at them itself.
    pub spec: Option<&'static ArgSpec>,
    pub traits: ActionTraits,
    pub run: for<'a> fn(&'a mut ActionCall<'_>) -> BoxFuture<'a, Outcome>,
}

/// What the engine has to know about an action besides its options.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActionTraits {
    /// Takes `_raw_params` (free form).
    pub free_form: bool,
    /// Runs once for all hosts that are in step.
    pub for_all_hosts: bool,
    /// Its module can run as a job (`async`).
    pub can_be_job: bool,
    /// Options that arrive as written: the action renders them itself.
    pub raw_args: &'static [&'static str],
}

impl ActionTraits {
    pub const NONE: Self = Self { free_form: false, for_all_hosts: false, can_be_job: false, raw_args: &[] };
}

/// How an action ends.
pub type Outcome = Result<TaskResult, ActionError>;

/// An action that cannot give a result of its own.
#[derive(Debug)]
pub enum ActionError {
    /// Something is wrong: the task failed, and this is why.
    Failed(Box<Diagnostic>, Map),
    /// There was no way to run its module.
    Call(CallError),
}

impl ActionError {
    pub fn new(message: impl Into<String>) -> Self {
        Self::Failed(Box::new(Diagnostic::new(message)), Map::new())
    }

    /// The result says it in the action's own words, without "Task failed".
    pub fn told(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::with(message.clone(), Map::from([("msg", Value::from(message))]))
    }

    /// With further keys for the result.
    pub fn with(message: impl Into<String>, output: Map) -> Self {
        Self::Failed(Box::new(Diagnostic::new(message)), output)
    }
}

impl From<Diagnostic> for ActionError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Failed(Box::new(diagnostic), Map::new())
    }
}

impl From<crate::template::TemplateError> for ActionError {
    fn from(error: crate::template::TemplateError) -> Self {
        Self::from(Diagnostic::from(error))
    }
}

impl From<CallError> for ActionError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// What an action is given.
pub struct ActionCall<'a> {
    pub shared: &'a Arc<Shared>,
    pub play: &'a Arc<PlayGround>,
    pub ground: &'a Arc<Ground>,
    pub host: HostId,
    pub host_name: &'a Arc<str>,
    /// Rendered options.
    pub args: Map,
    pub conduct: &'a Conduct,
    pub templar: &'a Templar,
    pub way: &'a Way,
    /// The name under which it was called.
    pub called_as: &'a str,
    /// The Python that a module of this action has reported.
    pub interpreter: std::sync::OnceLock<Value>,
    pub events: &'a tokio::sync::mpsc::Sender<Event>,
}

impl ActionCall<'_> {
    pub fn arg(&self, name: &str) -> Option<&Value> {
        self.args.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.arg(name).map(crate::data::python::str)
    }

    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.arg(name).map_or(default, |value| crate::args::coerce::boolean(value).unwrap_or(default))
    }

    /// Brings the options to their declaration: an action refuses what it does not know, as a
    /// module does.
    pub fn check_args(&mut self, spec: &'static ArgSpec, name: &str) -> Result<(), ActionError> {
        let checked = crate::args::check::check(&spec_of(spec), &self.args);
        match checked.module_message(name) {
            Some(message) => Err(ActionError::told(message)),
            None => {
                self.args = checked.args;
                Ok(())
            }
        }
    }

    /// Looks for a file of the user's, in `folder` (`files`, `templates`, `vars`) first.
    pub fn find(&self, folder: &str, name: &str) -> Result<PathBuf, Diagnostic> {
        self.templar.world().find_file(folder, name).ok_or_else(|| {
            let searched = super::world::candidates(
                &self.ground.search,
                &self.play.base_dir,
                folder,
                std::path::Path::new(name),
            );
            let searched: Vec<_> = searched.iter().map(|path| format!("\t{}", path.display())).collect();
            Diagnostic::new(format!(
                "Could not find or access '{name}'\nSearched in:\n{} on the Ansible Controller.\nIf you are using a module and expect the file to exist on the remote, see the remote_src option",
                searched.join("\n")
            ))
            .apart()
        })
    }

    /// Checks arguments against the module's declaration and runs it on the host.
    pub async fn module(&self, name: &str, args: Map) -> Result<Map, ActionError> {
        self.module_with(name, args, Vec::new(), None).await
    }

    /// The same with content from the controller.
    pub async fn module_with(
        &self,
        name: &str,
        args: Map,
        blobs: Vec<Blob>,
        source: Option<&dyn BlobSource>,
    ) -> Result<Map, ActionError> {
        let Some(module) = self.shared.modules.get(name) else {
            return Err(ActionError::new(format!("The module {name} was not found in configured module paths")));
        };
        super::call::run_module(self, module, super::call::Caller::Action, args, blobs, source, None).await
    }

    /// Tells something while the action is still at work.
    pub async fn tell(&self, event: Event) {
        // The loop listens as long as tasks run.
        let _ = self.events.send(event).await;
    }

    /// A call with everything that the task says about running it.
    pub fn call(&self, module: &Module, args: Map) -> Call {
        self.call_named(module.name, args)
    }

    /// The same for what the runner knows by this name.
    pub fn call_named(&self, module: &str, args: Map) -> Call {
        let conduct = self.conduct;
        Call {
            module: module.to_owned(),
            args,
            check: conduct.check,
            diff: conduct.diff,
            environment: conduct.environment.clone(),
            interpreters: if self.interpreter.get().is_some() { Vec::new() } else { self.way.interpreters.clone() },
            log: super::call::target_log(self.shared, conduct),
            verbosity: self.shared.options.verbosity,
            ..Call::default()
        }
    }
}

/// A declaration in the form that is checked.
pub fn spec_of(spec: &'static ArgSpec) -> Spec<'static> {
    Spec::from(spec)
}
