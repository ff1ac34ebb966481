//! Rendering: data with templates in it, conditions, template files, lookups.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use super::context::{Render, rendering_error};
use super::evaluate::Options;
use super::memo::Memo;
use super::syntax::{self, Program, Syntax};
use super::tools::regex::{Anchor, Flags, Pattern};
use super::{Context, Object, Registry, Result, Scope, World, force};
use crate::data::{Data, Map, Text, Trust, Value, python};
use crate::diagnostic::Origin;

/// So many compiled templates are kept.
const MOST_PROGRAMS: usize = 20_000;

/// What all renders of a run share: plugins, settings, compiled templates.
pub struct Engine {
    pub registry: Arc<Registry>,
    /// How templates of playbooks and variables are read.
    pub(super) options: Arc<Options>,
    /// How conditions are read.
    pub(super) condition_options: Arc<Options>,
    /// `ALLOW_BROKEN_CONDITIONALS`.
    pub(super) allows_broken_conditions: bool,
    /// Results of variables.
    pub(super) memo: Memo,
    plain: Cache<Arc<str>>,
    other: Cache<(Arc<str>, Syntax)>,
    expressions: Cache<Arc<str>>,
    patterns: RwLock<HashMap<(String, Flags, Anchor), Arc<Pattern>>>,
}

/// As many as Python keeps.
const MOST_PATTERNS: usize = 512;

type Cache<K> = RwLock<HashMap<K, Arc<Program>, BuildHasherDefault<std::hash::DefaultHasher>>>;

/// Settings that change how templates are read.
#[derive(Clone, Debug, Default)]
pub struct TemplateSettings {
    /// `DEFAULT_JINJA2_EXTENSIONS`, as `jinja2.ext.do`.
    pub extensions: Vec<String>,
    /// `ALLOW_BROKEN_CONDITIONALS`
    pub allow_broken_conditionals: bool,
}

impl Engine {
    pub fn new(registry: Registry, settings: &TemplateSettings) -> Self {
        let has = |name: &str| settings.extensions.iter().any(|extension| extension == name);
        let syntax = Syntax {
            with_do: has("jinja2.ext.do"),
            with_loop_controls: has("jinja2.ext.loopcontrols"),
            ..Syntax::default()
        };
        let condition = Options { embedded: true, syntax: syntax.clone(), ..Options::default() };
        Self {
            registry: Arc::new(registry),
            options: Arc::new(Options { syntax, ..Options::default() }),
            condition_options: Arc::new(condition),
            allows_broken_conditions: settings.allow_broken_conditionals,
            memo: Memo::default(),
            plain: RwLock::default(),
            other: RwLock::default(),
            expressions: RwLock::default(),
            patterns: RwLock::default(),
        }
    }

    /// A compiled regular expression, from the cache where it is known.
    pub(super) fn pattern(&self, text: &str, flags: Flags, anchor: Anchor) -> Result<Arc<Pattern>> {
        let key = (text.to_owned(), flags, anchor);
        if let Ok(known) = self.patterns.read()
            && let Some(pattern) = known.get(&key)
        {
            return Ok(pattern.clone());
        }
        let pattern = Arc::new(Pattern::anchored(text, flags, anchor)?);
        if let Ok(mut known) = self.patterns.write() {
            if known.len() >= MOST_PATTERNS {
                known.clear();
            }
            known.insert(key, pattern.clone());
        }
        Ok(pattern)
    }

    /// Whether a text can be taken apart as a template.
    pub fn check(&self, text: &str) -> Result<()> {
        self.compile(&text.into(), &self.options.syntax).map(|_| ())
    }

    /// A compiled template, from the cache where it is known.
    pub(super) fn compile(&self, text: &Arc<str>, syntax: &Syntax) -> Result<Arc<Program>> {
        if *syntax == self.options.syntax {
            return cached(&self.plain, text, || text.clone(), || syntax::compile(text, syntax));
        }
        let key = (text.clone(), syntax.clone());
        cached(&self.other, &key, || key.clone(), || syntax::compile(text, syntax))
    }

    /// A compiled expression, from the cache where it is known.
    pub(super) fn compile_expression(&self, text: &Arc<str>) -> Result<Arc<Program>> {
        let compile = || syntax::compile_expression(text, &self.condition_options.syntax);
        cached(&self.expressions, text, || text.clone(), compile)
    }
}

fn cached<K: std::hash::Hash + Eq>(
    cache: &Cache<K>,
    key: &K,
    owned: impl FnOnce() -> K,
    compile: impl FnOnce() -> Result<Program>,
) -> Result<Arc<Program>> {
    if let Ok(known) = cache.read()
        && let Some(program) = known.get(key)
    {
        return Ok(program.clone());
    }
    let program = Arc::new(compile()?);
    if let Ok(mut known) = cache.write() {
        if known.len() >= MOST_PROGRAMS {
            known.clear();
        }
        known.insert(owned(), program.clone());
    }
    Ok(program)
}

/// Renders with the variables of one host at one moment. Cheap to clone.
#[derive(Clone)]
pub struct Templar {
    engine: Arc<Engine>,
    world: Arc<dyn World>,
    scope: Arc<dyn Scope>,
}

/// How a template file is written, where that differs from the default.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// Where `include` and its like look.
    pub search_path: Vec<PathBuf>,
    /// Jinja's environment settings by name, as `trim_blocks`.
    pub overrides: Vec<(String, Value)>,
}

impl Templar {
    pub fn new(engine: Arc<Engine>, world: Arc<dyn World>, scope: Arc<dyn Scope>) -> Self {
        Self { engine, world, scope }
    }

    /// The same with other variables.
    #[must_use]
    pub fn with_scope(&self, scope: Arc<dyn Scope>) -> Self {
        Self { scope, ..self.clone() }
    }

    pub fn scope(&self) -> &Arc<dyn Scope> {
        &self.scope
    }

    pub fn world(&self) -> &Arc<dyn World> {
        &self.world
    }

    /// A render with these variables.
    pub(super) fn context(&self) -> Render {
        Context::begin(self.engine.clone(), self.world.clone(), self.scope.clone())
    }

    /// Renders every template in the data, at any depth. Keys are left alone, omitted items go.
    /// The error kind `Omitted` says that nothing is left of the value.
    pub fn render(&self, value: &Value) -> Result<Value> {
        if !force::waits(value) {
            return Ok(value.clone());
        }
        render_in(&self.context(), value)
    }

    /// The same for templates that are written in another way, as the option says.
    pub fn render_with_overrides(&self, value: &Value, overrides: &[(String, Value)]) -> Result<Value> {
        let Data::Text(text) = &value.data else { return self.render(value) };
        let mut syntax = self.engine.options.syntax.clone();
        for (name, value) in overrides {
            super::header::apply(&mut syntax, name, value)?;
        }
        let options = Arc::new(Options { syntax, ..Options::default() });
        let object = self.context().render_with(text.shared(), &value.origin, &options)?;
        object.to_result().map_err(|error| rendering_error(error, "template").at_or(&value.origin))
    }

    /// A template that is an expression without braces, as `debug: var=` takes it.
    pub fn expression(&self, text: &Arc<str>, origin: &Origin) -> Result<Value> {
        let context = self.context();
        let object = context.evaluate_expression(text, origin)?;
        object.to_result().map_err(|error| rendering_error(error, "expression").at_or(origin))
    }

    /// Whether a condition holds: `when`, `until`, `changed_when`, `failed_when`, `that`.
    pub fn condition(&self, condition: &Value) -> Result<bool> {
        super::condition::holds(&self.context(), condition)
    }

    /// The text that a template file makes. A header `#jinja2: …` in its first line overrides more.
    pub fn file(&self, text: &str, origin: &Origin, options: &FileOptions) -> Result<String> {
        let value = self.file_value(text, origin, options)?;
        Ok(match &value.data {
            Data::Null => String::new(),
            _ => python::str(&value),
        })
    }

    /// What a template file makes, as a native value.
    pub fn file_value(&self, text: &str, origin: &Origin, options: &FileOptions) -> Result<Value> {
        let object = render_file(&self.context(), text, origin, options)?;
        object.to_result().map_err(|error| rendering_error(error, "template").at_or(origin))
    }

    /// The list that a lookup gives, as `with_name` uses it.
    pub fn lookup(&self, name: &str, terms: &[Value], options: Vec<(Arc<str>, Value)>) -> Result<Vec<Value>> {
        let context = self.context();
        let terms = terms.iter().map(|term| context.resolve(term)).collect();
        let options = options.into_iter().map(|(name, value)| (name, Object::from(value))).collect();
        context.lookup(name, terms, options)?.iter().map(Object::to_result).collect()
    }
}

/// Renders a template file in a context.
fn render_file(context: &Context, text: &str, origin: &Origin, options: &FileOptions) -> Result<Object> {
    let mut syntax = Syntax { escapes: true, ..context.engine().options.syntax.clone() };
    for (name, value) in &options.overrides {
        super::header::apply(&mut syntax, name, value)?;
    }
    if !syntax.marks(text) {
        return Ok(Value::text(text).with_origin(origin).into());
    }
    let text: Arc<str> = text.into();
    let options = Arc::new(Options { embedded: false, search_path: options.search_path.clone(), syntax });
    context.render_with(&text, origin, &options)
}

/// Variables over others.
struct Overlay {
    above: Map,
    below: Arc<dyn Scope>,
}

impl Scope for Overlay {
    fn variable(&self, name: &str) -> Option<Value> {
        self.above.get(name).cloned().or_else(|| self.below.variable(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(Scope::names(&self.above).into_iter().filter(|name| self.below.variable(name).is_none()));
        names
    }
}

impl Context {
    /// What a template file makes within this render, with more variables.
    pub fn render_file(&self, text: &str, origin: &Origin, options: &FileOptions, more: Map) -> Result<Object> {
        let scope = Overlay { above: more, below: self.scope().clone() };
        render_file(&self.with_scope(Arc::new(scope)), text, origin, options)
    }
}

impl Context {
    /// The same render with these variables and no others.
    #[must_use]
    pub fn with_variables(&self, variables: Map) -> Self {
        self.with_scope(Arc::new(variables))
    }
}

impl Context {
    /// An expression, as `item.ports`, in which `item` is this. One that calls or filters must be the user's.
    pub fn evaluate_with_item(&self, expression: &Text, item: &Map) -> Result<Value> {
        check_plain(expression)?;
        let above: Map = [("item", Value::from(item.clone()))].into();
        let scope = Overlay { above, below: self.scope().clone() };
        let template = Value::template(format!("{{{{ {} }}}}", expression.as_str()), Origin::none());
        self.with_scope(Arc::new(scope)).resolve(&template).usable()?.to_value()
    }
}

/// Refuses text that may be a fact's and does more than to lead through data.
pub fn check_plain(expression: &Text) -> Result<()> {
    if expression.trust() == Trust::Template || !expression.contains(['(', '{', '|', '%']) {
        return Ok(());
    }
    let shown = python::text_repr(expression);
    Err(format!("The expression {shown} calls or filters, and did not come from a file of the user's.").into())
}

/// Renders data in a context.
pub(super) fn render_in(context: &Context, value: &Value) -> Result<Value> {
    context.resolve(value).to_result().map_err(|error| rendering_error(error, "template").at_or(&value.origin))
}
