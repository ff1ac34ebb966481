//! Expressions.

use std::rc::Rc;

use super::{Frame, Machine};
use crate::data::{Data, Value};
use crate::template::access;
use crate::template::operators;
use crate::template::syntax::{Comparison, Condition, Expression, Link, Name};
use crate::template::text::write_text;
use crate::template::{Object, Result, TemplateError};

impl Machine {
    pub(super) fn expression(self: &Rc<Self>, expression: &Expression, frame: &Rc<Frame>) -> Result<Object> {
        match expression {
            Expression::Constant(value) => self.constant(value),
            Expression::Name(name) => Ok(self.name(name, frame)),
            Expression::Chain(base, links) => self.chain(base, links, frame),
            Expression::List(items) => Ok(Object::list(self.all(items, frame)?)),
            Expression::Tuple(items) => Ok(Object::tuple(self.all(items, frame)?)),
            Expression::Dict(pairs) => {
                let mut entries = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let key = access::key(&self.expression(key, frame)?)?;
                    entries.push((key, self.expression(value, frame)?));
                }
                Ok(Object::dict(entries))
            }
            Expression::Not(operand) => Ok((!self.truth(operand, frame)?).into()),
            Expression::Negative(operand) => operators::negative(&self.operand(operand, frame)?),
            Expression::Positive(operand) => operators::positive(&self.operand(operand, frame)?),
            Expression::And(operands) => self.until(operands, false, frame),
            Expression::Or(operands) => self.until(operands, true, frame),
            Expression::Concat(operands) => {
                let mut text = String::new();
                for operand in operands {
                    write_text(&self.expression(operand, frame)?, &mut text)?;
                }
                Ok(Object::text(text))
            }
            Expression::Arithmetic(first, rest) => {
                let mut result = self.operand(first, frame)?;
                for (operator, operand) in rest {
                    let operand = self.operand(operand, frame)?;
                    result = operators::arithmetic(*operator, &result, &operand)?;
                }
                Ok(result)
            }
            Expression::Compare(first, rest) => self.compare(first, rest, frame),
            Expression::Condition(condition) => self.condition(condition, frame),
            Expression::Captured => Err(TemplateError::failure("nothing is filtered here")),
        }
    }

    /// The value of an operand that must not be undefined.
    fn operand(self: &Rc<Self>, expression: &Expression, frame: &Rc<Frame>) -> Result<Object> {
        self.expression(expression, frame)?.usable()
    }

    pub(super) fn truth(self: &Rc<Self>, expression: &Expression, frame: &Rc<Frame>) -> Result<bool> {
        operators::truth(&self.expression(expression, frame)?)
    }

    pub(super) fn all(self: &Rc<Self>, expressions: &[Expression], frame: &Rc<Frame>) -> Result<Vec<Object>> {
        expressions.iter().map(|expression| self.expression(expression, frame)).collect()
    }

    /// `and` and `or`: the first operand of this truth, or the last one.
    fn until(self: &Rc<Self>, operands: &[Expression], truth: bool, frame: &Rc<Frame>) -> Result<Object> {
        let Some((last, first)) = operands.split_last() else { return Ok(Object::NULL) };
        for operand in first {
            let value = self.expression(operand, frame)?;
            if operators::truth(&value)? == truth {
                return Ok(value);
            }
        }
        self.expression(last, frame)
    }

    /// A constant. In conditions, a text that is a template is rendered.
    fn constant(&self, value: &Value) -> Result<Object> {
        match &value.data {
            Data::Text(text) if self.options.embedded && text.may_be_template() => {
                self.context.warn_of_embedded("`when: \"{{ a_var }}\" == 42` becomes `when: a_var == 42`");
                self.context.render_text(text.shared(), &value.origin)
            }
            _ => Ok(Object::Value(value.clone())),
        }
    }

    fn name(self: &Rc<Self>, name: &Name, frame: &Rc<Frame>) -> Object {
        if let Some(object) = frame.get(name) {
            return object;
        }
        if &**name == "self" {
            return self.self_reference();
        }
        self.context.named(name)
    }

    fn compare(
        self: &Rc<Self>,
        first: &Expression,
        rest: &[(Comparison, Expression)],
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        let mut left = self.operand(first, frame)?;
        for (index, (comparison, operand)) in rest.iter().enumerate() {
            let right = self.operand(operand, frame)?;
            let holds = operators::compare(*comparison, &left, &right)?;
            if !holds || index + 1 == rest.len() {
                return Ok(holds.into());
            }
            left = right;
        }
        Ok(true.into())
    }

    fn condition(self: &Rc<Self>, condition: &Condition, frame: &Rc<Frame>) -> Result<Object> {
        if self.truth(&condition.test, frame)? {
            return self.expression(&condition.then, frame);
        }
        match &condition.otherwise {
            Some(otherwise) => self.expression(otherwise, frame),
            None => Ok(Object::nothing(condition.line)),
        }
    }

    fn chain(self: &Rc<Self>, base: &Expression, links: &[Link], frame: &Rc<Frame>) -> Result<Object> {
        let mut object = self.expression(base, frame)?;
        let mut links = links.iter().peekable();
        while let Some(link) = links.next() {
            object = match link {
                // A method is called without making an object of it first.
                Link::Attribute(name) => match links.peek() {
                    Some(Link::Call(arguments)) => {
                        links.next();
                        self.call_method(object, name, arguments, frame)?
                    }
                    _ => access::attribute(&object, name, &self.context)?,
                },
                Link::Item(key) => {
                    let key = self.expression(key, frame)?;
                    access::item(&object, &key.usable()?, &self.context)?
                }
                Link::Slice(parts) => {
                    let mut bounds = Vec::with_capacity(3);
                    for part in parts.iter() {
                        bounds.push(part.as_ref().map(|part| self.expression(part, frame)).transpose()?);
                    }
                    access::slice(&object, &bounds)?
                }
                Link::Call(arguments) => self.call_object(object, arguments, frame)?,
                Link::Filter(name, arguments) => self.apply_filter(name, object, arguments, frame)?,
                Link::Test(name, arguments) => self.apply_test(name, object, arguments, frame)?,
            };
        }
        Ok(object)
    }

    /// A filter expression whose innermost input is this.
    pub(super) fn filtered(self: &Rc<Self>, filter: &Expression, input: Object, frame: &Rc<Frame>) -> Result<Object> {
        let Expression::Chain(_, links) = filter else { return Ok(input) };
        let mut object = input;
        for link in links {
            if let Link::Filter(name, arguments) = link {
                object = self.apply_filter(name, object, arguments, frame)?;
            }
        }
        Ok(object)
    }
}
