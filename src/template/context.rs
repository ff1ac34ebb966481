//! What is around an expression while it is evaluated: the world, the variables, the plugins.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Instant;

use super::evaluate::{Frame, Machine, Options};
use super::header;
use super::hosts::HostVars;
use super::memo::{self, Read};
use super::syntax::Program;
use super::templar::Engine;
use super::tools::regex::{Anchor, Flags, Pattern};
use super::{ErrorKind, Marker, Object, Registry, Result, Scope, TemplateError, World, methods};
use crate::data::{Data, Environment, Value};
use crate::diagnostic::{Diagnostic, Origin};

/// Variables may be nested this deep.
const DEEPEST: usize = 100;

/// A render may take so much of the thread's stack, of which there are two MiB.
const MOST_STACK: usize = 1_100_000;

/// One render and the renders below it. Cheap to clone; stays on one thread.
#[derive(Clone)]
pub struct Context(Rc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    world: Arc<dyn World>,
    scope: Arc<dyn Scope>,
    /// Variables that were rendered already.
    known: RefCell<HashMap<Arc<str>, Object>>,
    /// The render that needs this one. The template of a variable sees its variables anew.
    outer: Option<Context>,
    /// What a render within another one has read so far.
    reads: RefCell<Vec<Read>>,
    /// Whether it asked for anything that is no variable.
    looked_outside: Cell<bool>,
    shared: Rc<Shared>,
}

/// A render as a whole. When it ends, what its contexts remember goes, and with that the circles
/// between them and their lazy containers.
pub(super) struct Render(Context);

impl Deref for Render {
    type Target = Context;
    fn deref(&self) -> &Context {
        &self.0
    }
}

impl Drop for Render {
    fn drop(&mut self) {
        for context in self.0.0.shared.contexts.take() {
            if let Some(context) = context.upgrade() {
                context.known.take();
            }
        }
    }
}

/// What the contexts of several hosts within one render have in common.
#[derive(Default)]
struct Shared {
    depth: Cell<usize>,
    /// Where the stack stood at the outermost level.
    stack: Cell<usize>,
    /// The templates that are being rendered, by variables and text; and where they stand.
    rendering: RefCell<Vec<((usize, usize), Origin)>>,
    contexts: RefCell<Vec<Weak<Inner>>>,
}

/// Counts one level of nesting until it is dropped.
pub(super) struct Level(Rc<Shared>);

impl Drop for Level {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get().saturating_sub(1));
    }
}

impl Context {
    pub(super) fn begin(engine: Arc<Engine>, world: Arc<dyn World>, scope: Arc<dyn Scope>) -> Render {
        Render(Self::make(engine, world, scope, None, Rc::default()))
    }

    fn make(
        engine: Arc<Engine>,
        world: Arc<dyn World>,
        scope: Arc<dyn Scope>,
        outer: Option<Context>,
        shared: Rc<Shared>,
    ) -> Self {
        let inner = Rc::new(Inner {
            engine,
            world,
            scope,
            known: RefCell::default(),
            outer,
            reads: RefCell::default(),
            looked_outside: Cell::new(false),
            shared,
        });
        inner.shared.contexts.borrow_mut().push(Rc::downgrade(&inner));
        Self(inner)
    }

    /// The same render with other variables, as those of another host.
    pub(super) fn with_scope(&self, scope: Arc<dyn Scope>) -> Self {
        self.look_outside();
        let Inner { engine, world, shared, .. } = &*self.0;
        Self::make(engine.clone(), world.clone(), scope, Some(self.clone()), shared.clone())
    }

    /// A render of a variable's template: the same variables, none known so far.
    fn within(&self) -> Self {
        let Inner { engine, world, scope, shared, .. } = &*self.0;
        Self::make(engine.clone(), world.clone(), scope.clone(), Some(self.clone()), shared.clone())
    }

    /// Notes that the result depends on more than variables.
    fn look_outside(&self) {
        let mut context = Some(self);
        while let Some(current) = context {
            current.0.looked_outside.set(true);
            context = current.0.outer.as_ref();
        }
    }

    /// Notes that a variable was read.
    fn note(&self, name: &Arc<str>, value: Option<&Value>) {
        let mut context = self;
        while let Some(outer) = &context.0.outer {
            context.0.reads.borrow_mut().push((name.clone(), value.cloned()));
            context = outer;
        }
    }

    /// The world outside. What a template gets from there is not remembered for other renders.
    pub fn world(&self) -> &Arc<dyn World> {
        self.look_outside();
        &self.0.world
    }

    pub fn environment(&self) -> &Environment {
        self.world().environment()
    }

    pub fn registry(&self) -> &Registry {
        &self.0.engine.registry
    }

    /// A regular expression, compiled once.
    pub fn pattern(&self, text: &str, flags: Flags, anchor: Anchor) -> Result<Arc<Pattern>> {
        self.0.engine.pattern(text, flags, anchor)
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The variables as they were written.
    pub fn scope(&self) -> &Arc<dyn Scope> {
        &self.0.scope
    }

    /// A variable, rendered; `None` where there is none of this name.
    pub fn variable(&self, name: &str) -> Option<Object> {
        if let Some(object) = self.0.known.borrow().get(name) {
            return Some(object.clone());
        }
        self.read(&name.into())
    }

    /// A variable that is not known so far.
    fn read(&self, name: &Arc<str>) -> Option<Object> {
        let value = self.0.scope.variable(name);
        self.note(name, value.as_ref());
        let object = self.resolve(&value?);
        self.0.known.borrow_mut().insert(name.clone(), object.clone());
        Some(object)
    }

    /// What a name in a template means: a variable, a global function, or undefined.
    pub fn named(&self, name: &Arc<str>) -> Object {
        let known = self.0.known.borrow().get(name).cloned();
        if let Some(object) = known.or_else(|| self.read(name)) {
            return object;
        }
        match &**name {
            "omit" => return Object::Omit,
            "vars" if self.0.world.has_hosts() => return super::hosts::all_variables(self),
            "hostvars" if self.0.world.has_hosts() => return Object::native(HostVars::new(self.clone())),
            _ => {}
        }
        match self.registry().global(name) {
            Some(global) => Object::native(methods::Function::global(global)),
            None => Object::undefined(format!("'{name}' is undefined")),
        }
    }

    /// A variable's value: a template is rendered, a container becomes lazy. What goes wrong
    /// becomes a marker.
    pub fn resolve(&self, value: &Value) -> Object {
        match &value.data {
            Data::Text(text) if text.may_be_template() => {
                self.render_variable(text.shared(), &value.origin).unwrap_or_else(Object::error)
            }
            Data::Vaulted(vaulted) => match self.0.world.decrypt(vaulted) {
                Ok(text) => Object::Value(Value::new(Data::Text(text), value.origin.clone())),
                Err(error) => Object::error(error.at_or(&value.origin)),
            },
            _ => Object::lazily(value, self),
        }
    }

    /// Everything in the data rendered, at any depth.
    pub fn render(&self, value: &Value) -> Result<Value> {
        self.resolve(value).to_value()
    }

    /// A template that a variable holds. It sees other variables, but not what templates set.
    fn render_variable(&self, text: &Arc<str>, origin: &Origin) -> Result<Object> {
        let memo = &self.0.engine.memo;
        if let Some(entry) = memo.get(text, &*self.0.scope) {
            for (name, value) in &entry.reads {
                self.note(name, value.as_ref());
            }
            return Ok(entry.result.clone().into());
        }
        let begin = Instant::now();
        let context = self.within();
        let object = context.render_text(text, origin)?;
        if begin.elapsed() > memo::WORTH
            && !context.0.looked_outside.get()
            && let Some(result) = memo::finished(&object)
        {
            let mut reads = context.0.reads.take();
            reads.sort_by(|(a, _), (b, _)| a.cmp(b));
            reads.dedup_by(|(a, _), (b, _)| a == b);
            memo.insert(text, reads, result.clone());
            return Ok(result.into());
        }
        Ok(object)
    }

    /// A template from the user's files.
    pub(super) fn render_text(&self, text: &Arc<str>, origin: &Origin) -> Result<Object> {
        self.render_with(text, origin, &self.0.engine.options)
    }

    pub(super) fn render_with(&self, text: &Arc<str>, origin: &Origin, options: &Arc<Options>) -> Result<Object> {
        let failed = |error| rendering_error(error, "template").at_or(origin);
        if text.starts_with(header::PREFIX) {
            let mut options = (**options).clone();
            let body: Arc<str> = header::strip(text, &mut options.syntax).map_err(failed)?.into();
            let program = self.0.engine.compile(&body, &options.syntax).map_err(failed)?;
            let object = self.run(&body, origin, program, &Arc::new(options), "template")?;
            return Ok(with_line_ends(object, &body, "\n"));
        }
        let program = self.0.engine.compile(text, &options.syntax).map_err(failed)?;
        let object = self.run(text, origin, program, options, "template")?;
        Ok(with_line_ends(object, text, &options.syntax.newline))
    }

    /// An expression without braces, as conditions are.
    pub(super) fn evaluate_expression(&self, text: &Arc<str>, origin: &Origin) -> Result<Object> {
        let program = self.0.engine.compile_expression(text).map_err(|error| {
            let what = if ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
                "expression. Template delimiters are not supported in expressions"
            } else {
                "expression"
            };
            rendering_error(error, what).at_or(origin)
        })?;
        self.run(text, origin, program, &self.0.engine.condition_options, "expression")
    }

    pub(super) fn run(
        &self,
        text: &Arc<str>,
        origin: &Origin,
        program: Arc<Program>,
        options: &Arc<Options>,
        what: &str,
    ) -> Result<Object> {
        let identity = (Arc::as_ptr(&self.0.scope).cast::<()>() as usize, text.as_ptr() as usize);
        let rendering = &self.0.shared.rendering;
        if rendering.borrow().iter().any(|(known, _)| *known == identity) {
            return Err(endless().at(origin));
        }
        let _level = self.descend(DEEPEST).map_err(|error| error.at_or(origin))?;
        rendering.borrow_mut().push((identity, origin.clone()));
        let result = Machine::new(self.clone(), options.clone(), program, Frame::root()).value();
        rendering.borrow_mut().pop();
        result.map_err(|error| rendering_error(error, what).at_or(origin)).map(|object| located(object, origin))
    }

    /// Warns of a template inside of a text of a template.
    pub(super) fn warn_of_embedded(&self, advice: &str) {
        let origin = self.0.shared.rendering.borrow().last().map(|(_, origin)| origin.clone()).unwrap_or_default();
        let message = "Jinja constant strings should not contain embedded templates. \
            This feature will be disabled by default in ansible-core 2.23.";
        let advice = format!("Use inline expressions, for example: {advice}");
        self.0.world.warn_fully(Diagnostic::new(message).at(&origin).hint(advice));
    }

    /// Goes one level deeper; refused where templates would never end.
    pub(super) fn descend(&self, deepest: usize) -> Result<Level> {
        let depth = &self.0.shared.depth;
        if depth.get() == 0 {
            self.0.shared.stack.set(stack_place());
        }
        let used = self.0.shared.stack.get().abs_diff(stack_place());
        if depth.get() >= deepest || used > MOST_STACK {
            return Err(endless());
        }
        depth.set(depth.get() + 1);
        Ok(Level(self.0.shared.clone()))
    }

    /// The folders in which a template looks for others.
    pub(super) fn search_path(&self, options: &Options) -> Vec<PathBuf> {
        if options.search_path.is_empty() { vec![self.world().playbook_folder()] } else { options.search_path.clone() }
    }

    /// A template file of the search path.
    pub(super) fn load_template(&self, name: &str, options: &Options) -> Result<Option<Arc<Program>>> {
        if name.split('/').any(|part| part == "..") {
            return Ok(None);
        }
        for folder in self.search_path(options) {
            let path = folder.join(name.trim_start_matches('/'));
            if path.is_file() {
                let bytes = self.world().read_file(&path)?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| TemplateError::failure(format!("'{name}' is not encoded as UTF-8")))?;
                return self.engine().compile(&text.into(), &options.syntax).map(Some);
            }
        }
        Ok(None)
    }
}

/// Text keeps as many line ends as its template has: Jinja takes one away.
fn with_line_ends(object: Object, template: &str, newline: &str) -> Object {
    let count = |text: &str| text.len() - text.trim_end_matches('\n').len();
    let wanted = count(template);
    if wanted == 0 {
        return object;
    }
    let Some(text) = object.as_str() else { return object };
    let missing = wanted.saturating_sub(count(text));
    if missing == 0 { object } else { Object::text(format!("{text}{}", newline.repeat(missing))) }
}

/// Puts the place of the template into an undefined value that came out of it.
fn located(object: Object, origin: &Origin) -> Object {
    match &object {
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) if error.origin().is_none() => Object::error(error.clone().at(origin)),
            _ => object,
        },
        _ => object,
    }
}

/// Where the stack stands now.
fn stack_place() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}

fn endless() -> TemplateError {
    TemplateError::new(ErrorKind::Rendering, "maximum recursion depth exceeded")
        .under(ErrorKind::Rendering, "Recursive loop detected in template")
}

/// What went wrong in a template or expression, in the words for the user.
pub(super) fn rendering_error(error: TemplateError, what: &str) -> TemplateError {
    match error.kind() {
        ErrorKind::Failure => error.prefixed(ErrorKind::Rendering, &format!("Error rendering {what}")),
        ErrorKind::Syntax if !error.message().starts_with("Syntax error") => {
            error.prefixed(ErrorKind::Syntax, &format!("Syntax error in {what}"))
        }
        _ => error,
    }
}
