//! Evaluates a program: expressions, statements, macros, loops, inheritance.

mod call;
mod expression;
mod frame;
mod inheritance;
mod loops;
mod macros;
mod output;
mod statement;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use call::waiting;
pub(super) use frame::Frame;
pub(super) use output::Output;

use super::syntax::{Block, Name, Program, Statement, Syntax};
use super::{Context, Object, Result};

/// How one template is evaluated.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// Texts written in the template that are templates themselves are rendered: in conditions.
    pub embedded: bool,
    /// Where `include` and its like look; empty means the playbook's folder.
    pub search_path: Vec<PathBuf>,
    pub syntax: Syntax,
}

/// One template while it is evaluated. Macros and loops keep it alive.
pub(super) struct Machine {
    pub context: Context,
    pub options: Arc<Options>,
    program: Arc<Program>,
    root: Rc<Frame>,
    /// Every block, the one of the innermost child first.
    blocks: RefCell<HashMap<Name, Vec<Arc<Block>>>>,
    /// The template that this one extends, and how much was printed before it was named.
    parent: RefCell<Option<(Arc<Program>, usize)>>,
}

impl Machine {
    pub fn new(context: Context, options: Arc<Options>, program: Arc<Program>, root: Rc<Frame>) -> Rc<Self> {
        let machine = Self { context, options, program, root, blocks: RefCell::default(), parent: RefCell::default() };
        machine.add_blocks(&machine.program);
        Rc::new(machine)
    }

    /// Evaluates everything; a template that extends another gives the other's output.
    pub fn run(self: &Rc<Self>) -> Result<Output> {
        let mut output = Output::new();
        let mut program = self.program.clone();
        let mut frame = self.root.clone();
        loop {
            self.statements(&program.body, &frame, &mut output)?;
            let Some((parent, printed)) = self.parent.borrow_mut().take() else { return Ok(output) };
            // What a child printed before it named its parent stays; nothing else does.
            output.truncate(printed);
            program = parent;
            frame = Frame::below(&frame);
        }
    }

    /// The value of a template or expression as a whole.
    pub fn value(self: &Rc<Self>) -> Result<Object> {
        if let [Statement::Print(expression)] = self.program.body.as_slice() {
            return self.expression(expression, &self.root);
        }
        self.run()?.value()
    }
}
