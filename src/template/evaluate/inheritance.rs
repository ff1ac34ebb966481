//! Templates that use other templates: `include`, `import`, `extends`, blocks, `self` and `super`.

use std::rc::Rc;
use std::sync::Arc;

use super::{Frame, Machine, Options, Output};
use crate::template::operators::iterate;
use crate::template::syntax::{Block, Name, Program, Syntax};
use crate::template::{Arguments, Context, Native, Object, Result, TemplateError};

/// How deep templates may include each other.
const DEEPEST: usize = 60;

impl Machine {
    pub(super) fn add_blocks(&self, program: &Program) {
        let mut blocks = self.blocks.borrow_mut();
        for block in &program.blocks {
            blocks.entry(block.name.clone()).or_default().push(block.clone());
        }
    }

    pub(super) fn has_parent(&self) -> bool {
        self.parent.borrow().is_some()
    }

    pub(super) fn extend(&self, name: &Object, output: &Output) -> Result<()> {
        if self.has_parent() {
            return Err("extended multiple times".into());
        }
        let (program, _) = self.load(name)?;
        self.add_blocks(&program);
        *self.parent.borrow_mut() = Some((program, output.len()));
        Ok(())
    }

    /// The first template of these names that exists, and its name.
    fn load(&self, names: &Object) -> Result<(Arc<Program>, String)> {
        let names = names.clone().usable()?;
        let candidates = match names.as_str() {
            Some(name) => vec![name.to_owned()],
            None => iterate(&names)?
                .into_iter()
                .map(|name| Ok(name.usable()?.as_str().unwrap_or_default().to_owned()))
                .collect::<Result<Vec<_>>>()?,
        };
        for name in &candidates {
            if let Some(program) = self.context.load_template(name, &self.included_options())? {
                return Ok((program, name.clone()));
            }
        }
        let missing = TemplateError::failure(match candidates.as_slice() {
            [name] => format!("'{name}' not found in search path: {}", self.search_path_words()),
            names => format!("none of the templates given were found: {}", names.join(", ")),
        });
        Err(missing.under(crate::template::ErrorKind::Failure, NOT_FOUND))
    }

    fn search_path_words(&self) -> String {
        let paths = self.context.search_path(&self.options);
        paths.iter().map(|path| format!("'{}'", path.display())).collect::<Vec<_>>().join(", ")
    }

    /// Included files are read as Jinja reads files: escapes count, the last line end goes.
    fn included_options(&self) -> Options {
        let syntax = Syntax { escapes: true, keep_trailing_newline: false, ..self.options.syntax.clone() };
        Options { syntax, ..(*self.options).clone() }
    }

    fn machine_for(self: &Rc<Self>, program: Arc<Program>, frame: Rc<Frame>) -> Rc<Machine> {
        Machine::new(self.context.clone(), Arc::new(self.included_options()), program, frame)
    }

    pub(super) fn include(
        self: &Rc<Self>,
        name: &Object,
        ignore_missing: bool,
        with_context: bool,
        frame: &Rc<Frame>,
        output: &mut Output,
    ) -> Result<()> {
        let program = match self.load(name) {
            Ok((program, _)) => program,
            Err(error) if ignore_missing && error.message() == NOT_FOUND => return Ok(()),
            Err(error) => return Err(not_found_as_failure(error)),
        };
        let _guard = self.context.descend(DEEPEST)?;
        let inner = if with_context { Frame::below(frame) } else { Frame::root() };
        output.append(self.machine_for(program, inner).run()?);
        Ok(())
    }

    pub(super) fn import(self: &Rc<Self>, name: &Object, with_context: bool, frame: &Rc<Frame>) -> Result<Rc<Module>> {
        let (program, name) = self.load(name).map_err(not_found_as_failure)?;
        let _guard = self.context.descend(DEEPEST)?;
        let inner = if with_context { Frame::below(frame) } else { Frame::root() };
        let output = self.machine_for(program, inner.clone()).run()?;
        Ok(Rc::new(Module { name, frame: inner, body: output.value()? }))
    }

    pub(super) fn from_import(
        self: &Rc<Self>,
        template: &Object,
        names: &[(Name, Name)],
        with_context: bool,
        frame: &Rc<Frame>,
    ) -> Result<()> {
        let module = self.import(template, with_context, frame)?;
        for (name, alias) in names {
            let value = module.exported(name).unwrap_or_else(|| {
                let template = &module.name;
                Object::undefined(format!(
                    "the template '{template}' (imported on line 1) does not export the requested name '{name}'"
                ))
            });
            frame.set(alias, value);
        }
        Ok(())
    }

    /// Prints the innermost child's version of a block.
    pub(super) fn print_block(
        self: &Rc<Self>,
        block: &Arc<Block>,
        frame: &Rc<Frame>,
        output: &mut Output,
    ) -> Result<()> {
        // Blocks that are not scoped see what the template set at its top, not what loops set.
        self.run_block(&block.name, 0, if block.scoped { frame } else { &self.root }, output)
    }

    fn run_block(self: &Rc<Self>, name: &Name, level: usize, frame: &Rc<Frame>, output: &mut Output) -> Result<()> {
        let block = self.blocks.borrow().get(name).and_then(|versions| versions.get(level).cloned());
        let Some(block) = block else { return Err(format!("there is no parent block called '{name}'.").into()) };
        if block.required && level == 0 {
            return Err(format!("Required block '{name}' not found").into());
        }
        let _guard = self.context.descend(DEEPEST)?;
        let inner = Frame::below(frame);
        let above =
            BlockReference { machine: self.clone(), name: name.clone(), level: level + 1, frame: frame.clone() };
        inner.set(&"super".into(), Object::native(above));
        self.statements(&block.body, &inner, output)?;
        Ok(())
    }

    pub(super) fn self_reference(self: &Rc<Self>) -> Object {
        Object::native(SelfReference { machine: self.clone() })
    }
}

const NOT_FOUND: &str = "the template was not found";

/// Leaves only the inner message of a template that was not found.
fn not_found_as_failure(error: TemplateError) -> TemplateError {
    match error.cause() {
        Some(cause) if error.message() == NOT_FOUND => cause.clone(),
        _ => error,
    }
}

/// What `import` gives: the names that the template set at its top.
pub(super) struct Module {
    name: String,
    frame: Rc<Frame>,
    body: Object,
}

impl Module {
    fn exported(&self, name: &str) -> Option<Object> {
        if name.starts_with('_') {
            return None;
        }
        self.frame.own().into_iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }
}

impl Native for Module {
    fn type_name(&self) -> &'static str {
        "TemplateModule"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        self.exported(name).map(Ok)
    }

    fn as_object(&self) -> Option<Object> {
        Some(self.body.clone())
    }

    fn text(&self) -> String {
        crate::template::text::text_of(&self.body).unwrap_or_default()
    }
}

/// The name `self`: blocks by name.
struct SelfReference {
    machine: Rc<Machine>,
}

impl Native for SelfReference {
    fn type_name(&self) -> &'static str {
        "TemplateReference"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        self.machine.blocks.borrow().get(name)?;
        let block = BlockReference {
            machine: self.machine.clone(),
            name: name.into(),
            level: 0,
            frame: self.machine.root.clone(),
        };
        Some(Ok(Object::native(block)))
    }
}

/// `super` and `self.name`: a version of a block, printed when it is called.
struct BlockReference {
    machine: Rc<Machine>,
    name: Name,
    level: usize,
    frame: Rc<Frame>,
}

impl Native for BlockReference {
    fn type_name(&self) -> &'static str {
        "BlockReference"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        (name == "super").then(|| {
            Ok(Object::native(BlockReference {
                machine: self.machine.clone(),
                name: self.name.clone(),
                level: self.level + 1,
                frame: self.frame.clone(),
            }))
        })
    }

    fn call(self: Rc<Self>, arguments: Arguments<'_>) -> Result<Object> {
        arguments.finish()?;
        let mut output = Output::new();
        self.machine.run_block(&self.name, self.level, &self.frame, &mut output)?;
        output.value()
    }
}
