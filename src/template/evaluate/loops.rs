//! `for`, with the `loop` variable and recursion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::statement::Flow;
use super::{Frame, Machine, Output};
use crate::template::operators::{equal, iterate};
use crate::template::syntax::For;
use crate::template::{Arguments, Context, Native, Object, Result, TemplateError};

/// How deep a recursive loop may call itself.
const DEEPEST: usize = 200;

impl Machine {
    pub(super) fn for_loop(self: &Rc<Self>, node: &Arc<For>, frame: &Rc<Frame>, output: &mut Output) -> Result<()> {
        let items = self.expression(&node.iterated, frame)?.usable()?;
        self.run_loop(node, &items, 0, frame, output)
    }

    fn run_loop(
        self: &Rc<Self>,
        node: &Arc<For>,
        iterated: &Object,
        depth: usize,
        frame: &Rc<Frame>,
        output: &mut Output,
    ) -> Result<()> {
        let mut items = iterate(iterated)?;
        if let Some(condition) = &node.condition {
            let mut kept = Vec::with_capacity(items.len());
            for item in items {
                let inner = Frame::below(frame);
                self.assign(&node.target, item.clone(), &inner)?;
                if self.truth(condition, &inner)? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        if items.is_empty() {
            self.statements(&node.otherwise, &Frame::below(frame), output)?;
            return Ok(());
        }
        let looping = Rc::new(Loop {
            machine: self.clone(),
            node: node.clone(),
            frame: frame.clone(),
            items,
            index: Cell::new(0),
            depth,
            last_changed: RefCell::new(None),
        });
        let name: Arc<str> = "loop".into();
        for index in 0..looping.items.len() {
            looping.index.set(index);
            let inner = Frame::below(frame);
            inner.set(&name, Object::Native(looping.clone()));
            self.assign(&node.target, looping.items[index].clone(), &inner)?;
            if self.statements(&node.body, &inner, output)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }
}

/// The variable `loop`.
struct Loop {
    machine: Rc<Machine>,
    node: Arc<For>,
    frame: Rc<Frame>,
    items: Vec<Object>,
    index: Cell<usize>,
    depth: usize,
    last_changed: RefCell<Option<Vec<Object>>>,
}

impl Native for Loop {
    fn type_name(&self) -> &'static str {
        if self.node.recursive { "RecursiveLoopContext" } else { "LoopContext" }
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        let (index, length) = (self.index.get(), self.items.len());
        let neighbour = |place: Option<usize>, missing: &str| {
            place.and_then(|place| self.items.get(place).cloned()).unwrap_or_else(|| Object::undefined(missing))
        };
        Some(Ok(match name {
            "index" => (index + 1).into(),
            "index0" => index.into(),
            "revindex" => (length - index).into(),
            "revindex0" => (length - index - 1).into(),
            "first" => (index == 0).into(),
            "last" => (index + 1 == length).into(),
            "length" => length.into(),
            "depth" => (self.depth + 1).into(),
            "depth0" => self.depth.into(),
            "previtem" => neighbour(index.checked_sub(1), "there is no previous item"),
            "nextitem" => neighbour(Some(index + 1), "there is no next item"),
            "cycle" | "changed" => Object::native(LoopMethod { looping: self.clone(), changed: name == "changed" }),
            _ => return None,
        }))
    }

    fn is_callable(&self) -> bool {
        self.node.recursive
    }

    /// `loop(children)`: the same loop over other items.
    fn call(self: Rc<Self>, mut arguments: Arguments<'_>) -> Result<Object> {
        if !self.node.recursive {
            return Err("The loop must have the 'recursive' marker to be called recursively.".into());
        }
        let items = arguments.required_object("iterable")?;
        arguments.finish()?;
        let _level = self.machine.context.descend(DEEPEST)?;
        let mut output = Output::new();
        self.machine.run_loop(&self.node, &items.usable()?, self.depth + 1, &self.frame, &mut output)?;
        output.value()
    }

    fn length(&self) -> Option<usize> {
        Some(self.items.len())
    }

    fn text(&self) -> String {
        format!("<{} {}/{}>", self.type_name(), self.index.get() + 1, self.items.len())
    }
}

/// `loop.cycle` and `loop.changed`.
struct LoopMethod {
    looping: Rc<Loop>,
    changed: bool,
}

impl Native for LoopMethod {
    fn type_name(&self) -> &'static str {
        "method"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(self: Rc<Self>, mut arguments: Arguments<'_>) -> Result<Object> {
        let values = arguments.rest_objects();
        if !self.changed {
            if values.is_empty() {
                return Err(TemplateError::failure("no items for cycling given"));
            }
            return Ok(values[self.looping.index.get() % values.len()].clone());
        }
        let mut last = self.looping.last_changed.borrow_mut();
        let same = match &*last {
            Some(before) => {
                before.len() == values.len()
                    && before
                        .iter()
                        .zip(&values)
                        .map(|(a, b)| equal(a, b))
                        .collect::<Result<Vec<_>>>()?
                        .iter()
                        .all(|same| *same)
            }
            None => false,
        };
        if !same {
            *last = Some(values);
        }
        Ok((!same).into())
    }
}
