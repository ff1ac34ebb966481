//! Macros and `call` blocks.

use std::rc::Rc;
use std::sync::Arc;

use super::{Frame, Machine};
use crate::template::syntax::{self, Macro};
use crate::template::{Arguments, Context, Native, Object, Result, TemplateError};

/// How deep macros may call each other.
const DEEPEST: usize = 100;

impl Machine {
    pub(super) fn macro_object(self: &Rc<Self>, definition: &Arc<Macro>, frame: &Rc<Frame>) -> Object {
        Object::native(MacroObject { machine: self.clone(), definition: definition.clone(), frame: frame.clone() })
    }

    pub(super) fn call_block(
        self: &Rc<Self>,
        call: &syntax::Call,
        definition: &Arc<Macro>,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        let function = self.expression(&call.function, frame)?;
        let caller = self.macro_object(definition, frame);
        self.call_with_caller(function, &call.arguments, caller, frame)
    }
}

struct MacroObject {
    machine: Rc<Machine>,
    definition: Arc<Macro>,
    frame: Rc<Frame>,
}

impl Native for MacroObject {
    fn type_name(&self) -> &'static str {
        "Macro"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn text(&self) -> String {
        format!("<Macro '{}'>", self.definition.name)
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        let definition = &self.definition;
        Some(Ok(match name {
            "name" => Object::text(definition.name.clone()),
            "arguments" => Object::tuple(definition.parameters.iter().cloned().map(Object::text).collect::<Vec<_>>()),
            "catch_kwargs" => definition.uses_kwargs.into(),
            "catch_varargs" => definition.uses_varargs.into(),
            "caller" => definition.uses_caller.into(),
            _ => return None,
        }))
    }

    fn call(self: Rc<Self>, mut arguments: Arguments<'_>) -> Result<Object> {
        let frame = Frame::below(&self.frame);
        self.bind(&mut arguments, &frame)?;
        let _guard = self.machine.context.descend(DEEPEST)?;
        self.machine.captured(&self.definition.body, &frame)
    }
}

impl MacroObject {
    /// Puts the arguments into the frame of the call.
    fn bind(&self, arguments: &mut Arguments<'_>, frame: &Rc<Frame>) -> Result<()> {
        let definition = &*self.definition;
        let mut positional = arguments.rest_objects().into_iter();
        let mut keywords = arguments.keyword_objects();
        let mut take_keyword = |name: &str| {
            let place = keywords.iter().position(|(keyword, _)| &**keyword == name)?;
            Some(keywords.remove(place).1)
        };
        let caller =
            if definition.parameters.iter().any(|name| &**name == "caller") { None } else { take_keyword("caller") };
        let mut values = Vec::with_capacity(definition.parameters.len());
        for name in &definition.parameters {
            values.push(positional.next().or_else(|| take_keyword(name)));
        }
        let first_default = definition.parameters.len() - definition.defaults.len();
        for (place, (name, value)) in definition.parameters.iter().zip(values).enumerate() {
            let default = place.checked_sub(first_default).and_then(|place| definition.defaults.get(place));
            let value = match (value, default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.machine.expression(default, frame)?,
                (None, None) => Object::undefined(format!("parameter '{name}' was not provided")),
            };
            frame.set(name, value);
        }
        self.bind_rest(positional.collect(), keywords, caller, frame)
    }

    /// `varargs`, `kwargs` and `caller`, where the body uses them.
    fn bind_rest(
        &self,
        positional: Vec<Object>,
        keywords: Vec<(Arc<str>, Object)>,
        caller: Option<Object>,
        frame: &Rc<Frame>,
    ) -> Result<()> {
        let definition = &*self.definition;
        let name = &definition.name;
        let has_parameter = |wanted: &str| definition.parameters.iter().any(|parameter| &**parameter == wanted);
        match caller {
            _ if has_parameter("caller") => {}
            caller if definition.uses_caller => {
                frame.set(&"caller".into(), caller.unwrap_or_else(|| Object::undefined("No caller defined")));
            }
            None => {}
            Some(_) => {
                return Err(TemplateError::failure(format!(
                    "macro '{name}' was invoked with two values for the special caller argument. This is most likely a bug."
                )));
            }
        }
        if definition.uses_kwargs && !has_parameter("kwargs") {
            let pairs = keywords.into_iter().map(|(keyword, value)| (crate::data::Value::text(keyword), value));
            frame.set(&"kwargs".into(), Object::dict(pairs));
        } else if let Some((keyword, _)) = keywords.first() {
            return Err(format!("macro '{name}' takes no keyword argument '{keyword}'").into());
        }
        if definition.uses_varargs && !has_parameter("varargs") {
            frame.set(&"varargs".into(), Object::tuple(positional));
        } else if !positional.is_empty() {
            let most = definition.parameters.len();
            return Err(format!("macro '{name}' takes not more than {most} argument(s)").into());
        }
        Ok(())
    }
}
