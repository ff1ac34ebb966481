//! Statements.

use std::rc::Rc;

use super::{Frame, Machine, Output};
use crate::template::operators::iterate;
use crate::template::syntax::{Statement, Target};
use crate::template::{Object, Result, TemplateError};

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Machine {
    pub(super) fn statements(
        self: &Rc<Self>,
        body: &[Statement],
        frame: &Rc<Frame>,
        output: &mut Output,
    ) -> Result<Flow> {
        for statement in body {
            let flow = self.statement(statement, frame, output)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn statement(self: &Rc<Self>, statement: &Statement, frame: &Rc<Frame>, output: &mut Output) -> Result<Flow> {
        match statement {
            Statement::Data(text) => output.data(text),
            Statement::Print(expression) => output.print(self.expression(expression, frame)?),
            Statement::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.truth(test, frame)? {
                        return self.statements(body, frame, output);
                    }
                }
                return self.statements(otherwise, frame, output);
            }
            Statement::For(node) => self.for_loop(node, frame, output)?,
            Statement::With(assignments, body) => {
                let inner = Frame::below(frame);
                for (target, value) in assignments {
                    let value = self.expression(value, frame)?;
                    self.assign(target, value, &inner)?;
                }
                return self.statements(body, &inner, output);
            }
            Statement::Set(target, value) => {
                let value = self.expression(value, frame)?;
                self.assign(target, value, frame)?;
            }
            Statement::SetBlock(target, filter, body) => {
                let captured = self.captured(body, &Frame::below(frame))?;
                let value = match filter {
                    Some(filter) => self.filtered(filter, captured, frame)?,
                    None => captured,
                };
                self.assign(target, value, frame)?;
            }
            Statement::FilterBlock(filter, body) => {
                let captured = self.captured(body, &Frame::below(frame))?;
                output.print(self.filtered(filter, captured, frame)?);
            }
            Statement::Scope(body) => return self.statements(body, &Frame::below(frame), output),
            Statement::Macro(definition) => {
                let value = self.macro_object(definition, frame);
                frame.set(&definition.name, value);
            }
            Statement::CallBlock(call, definition) => output.print(self.call_block(call, definition, frame)?),
            Statement::Block(block) => {
                if !self.has_parent() {
                    self.print_block(block, frame, output)?;
                }
            }
            Statement::Extends(name) => self.extend(&self.expression(name, frame)?, output)?,
            Statement::Include { name, ignore_missing, with_context } => {
                let name = self.expression(name, frame)?;
                self.include(&name, *ignore_missing, *with_context, frame, output)?;
            }
            Statement::Import { name, target, with_context } => {
                let module = self.import(&self.expression(name, frame)?, *with_context, frame)?;
                frame.set(target, Object::Native(module));
            }
            Statement::FromImport { name, names, with_context } => {
                self.from_import(&self.expression(name, frame)?, names, *with_context, frame)?;
            }
            Statement::Do(expression) => {
                self.expression(expression, frame)?;
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// What a body prints, as a value.
    pub(super) fn captured(self: &Rc<Self>, body: &[Statement], frame: &Rc<Frame>) -> Result<Object> {
        let mut output = Output::new();
        self.statements(body, frame, &mut output)?;
        output.value()
    }

    pub(super) fn assign(&self, target: &Target, value: Object, frame: &Rc<Frame>) -> Result<()> {
        match target {
            Target::Name(name) => frame.set(name, value),
            Target::Tuple(targets) => {
                let items = unpack(&value, targets.len())?;
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item, frame)?;
                }
            }
            Target::Attribute(name, attribute) => {
                let object = frame.get(name).unwrap_or_else(|| self.context.named(name)).usable()?;
                let Object::Native(native) = object else {
                    return Err(TemplateError::failure("cannot assign attribute on non-namespace object"));
                };
                native.set_attribute(attribute, value)?;
            }
        }
        Ok(())
    }
}

/// The items of a value that is assigned to several names.
fn unpack(value: &Object, wanted: usize) -> Result<Vec<Object>> {
    let value = value.clone().usable()?;
    let items = iterate(&value)
        .map_err(|_| TemplateError::failure(format!("cannot unpack non-iterable {} object", value.type_name())))?;
    if items.len() > wanted {
        return Err(format!("too many values to unpack (expected {wanted})").into());
    }
    if items.len() < wanted {
        return Err(format!("not enough values to unpack (expected {wanted}, got {})", items.len()).into());
    }
    Ok(items)
}
