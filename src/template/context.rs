//! What is around an expression while it is evaluated: the world, the variables, the plugins.

use std::rc::Rc;
use std::sync::Arc;

use super::plugin::{FilterRun, TestRun};
use super::{Arguments, ErrorKind, Object, Registry, Result, Scope, TemplateError, World};
use crate::data::{Environment, Value};

/// One render and the renders below it. Cheap to clone; stays on one thread.
#[derive(Clone)]
pub struct Context(Rc<Inner>);

struct Inner {
    registry: Arc<Registry>,
    world: Arc<dyn World>,
    scope: Arc<dyn Scope>,
}

impl Context {
    pub fn new(registry: Arc<Registry>, world: Arc<dyn World>, scope: Arc<dyn Scope>) -> Self {
        Self(Rc::new(Inner { registry, world, scope }))
    }

    pub fn world(&self) -> &Arc<dyn World> {
        &self.0.world
    }

    pub fn environment(&self) -> &Environment {
        self.0.world.environment()
    }

    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The variables as they were written.
    pub fn scope(&self) -> &Arc<dyn Scope> {
        &self.0.scope
    }

    /// A variable, rendered; `None` where there is none of this name.
    pub fn variable(&self, name: &str) -> Option<Object> {
        self.0.scope.variable(name).map(|value| self.resolve(&value))
    }

    /// A variable's value: a template is rendered, a container becomes lazy. What goes wrong
    /// becomes a marker.
    pub fn resolve(&self, value: &Value) -> Object {
        Object::lazily(value, self)
    }

    /// Everything in the data rendered, at any depth.
    pub fn render(&self, value: &Value) -> Result<Value> {
        self.resolve(value).to_value()
    }

    /// `input | name(positional, keywords)`.
    pub fn filter(
        &self,
        name: &str,
        input: Object,
        positional: Vec<Object>,
        keywords: Vec<(Arc<str>, Object)>,
    ) -> Result<Object> {
        let filter =
            *self.registry().filter(name).ok_or_else(|| TemplateError::syntax(format!("No filter named '{name}'.")))?;
        let mut arguments = Arguments::new(self, filter.names.name, positional, keywords);
        let result = match filter.run {
            FilterRun::Raw(run) => run(input, &mut arguments),
            FilterRun::Plain(run) => input.to_value().and_then(|input| run(&input, &mut arguments)).map(Object::from),
        };
        result
            .and_then(|object| arguments.finish().map(|()| object))
            .map_err(|error| plugin_error("filter", &filter.names.full(), error))
    }

    /// `input is name(positional, keywords)`.
    pub fn test(
        &self,
        name: &str,
        input: Object,
        positional: Vec<Object>,
        keywords: Vec<(Arc<str>, Object)>,
    ) -> Result<bool> {
        let test =
            *self.registry().test(name).ok_or_else(|| TemplateError::syntax(format!("No test named '{name}'.")))?;
        let mut arguments = Arguments::new(self, test.names.name, positional, keywords);
        let result = match test.run {
            TestRun::Raw(run) => run(input, &mut arguments),
            TestRun::Plain(run) => input.to_value().and_then(|input| run(&input, &mut arguments)),
        };
        result
            .and_then(|answer| arguments.finish().map(|()| answer))
            .map_err(|error| plugin_error("test", &test.names.full(), error))
    }
}

/// Says which plugin failed. What was undefined stays undefined.
fn plugin_error(kind: &str, name: &str, error: TemplateError) -> TemplateError {
    match error.kind() {
        ErrorKind::Failure => error.under(ErrorKind::Plugin, format!("The {kind} plugin '{name}' failed.")),
        _ => error,
    }
}
