//! Calls: functions, methods, filters and tests. A plugin that fails gives a value that waits with
//! its error until it is used.

use std::rc::Rc;

use super::{Frame, Machine};
use crate::template::access;
use crate::template::operators::iterate;
use crate::template::syntax::{self, Name};
use crate::template::{Arguments, ErrorKind, Object, Result, TemplateError, methods};

/// Arguments with their values.
struct Given {
    positional: Vec<Object>,
    keywords: Vec<(Name, Object)>,
}

impl Given {
    /// The first argument that waits with an error.
    fn marker(&self) -> Option<&Object> {
        let keywords = self.keywords.iter().map(|(_, object)| object);
        self.positional.iter().chain(keywords).find(|object| object.waits_with_error())
    }
}

impl Machine {
    fn given(self: &Rc<Self>, arguments: &syntax::Arguments, frame: &Rc<Frame>) -> Result<Given> {
        let mut positional = Vec::with_capacity(arguments.positional.len());
        let mut splats = arguments.splats.iter().peekable();
        for place in 0..=arguments.positional.len() {
            while let Some((_, splat)) = splats.next_if(|(at, _)| *at == place) {
                positional.extend(iterate(&self.expression(splat, frame)?)?);
            }
            if let Some(argument) = arguments.positional.get(place) {
                positional.push(self.expression(argument, frame)?);
            }
        }
        let mut keywords = Vec::with_capacity(arguments.keywords.len());
        for (name, argument) in &arguments.keywords {
            keywords.push((name.clone(), self.expression(argument, frame)?));
        }
        for splat in &arguments.keyword_splats {
            let Object::Dict(dict) = self.expression(splat, frame)?.usable()? else {
                return Err(TemplateError::failure("argument after ** must be a mapping"));
            };
            for (key, value) in dict.items() {
                let Some(key) = key.as_str() else { return Err(TemplateError::failure("keywords must be strings")) };
                keywords.push((key.into(), value));
            }
        }
        Ok(Given { positional, keywords })
    }

    pub(super) fn call_method(
        self: &Rc<Self>,
        object: Object,
        name: &Name,
        arguments: &syntax::Arguments,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        let is_data = matches!(object, Object::Value(_) | Object::List(_) | Object::Dict(_) | Object::Tuple(_));
        if is_data && methods::has(&object, name) {
            let given = self.given(arguments, frame)?;
            if let Some(marker) = given.marker() {
                // Markers may be put into containers; everything else passes them on.
                if !methods::stores_arguments(&object, name) {
                    return Ok(marker.clone());
                }
            }
            let mut arguments = Arguments::new(&self.context, name, given.positional, given.keywords);
            let result = methods::call(&object, name, &mut arguments)?;
            arguments.finish()?;
            return Ok(result);
        }
        let function = access::attribute(&object, name, &self.context)?;
        self.call_object(function, arguments, frame)
    }

    pub(super) fn call_object(
        self: &Rc<Self>,
        function: Object,
        arguments: &syntax::Arguments,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        if function.waits_with_error() {
            return Ok(function);
        }
        let given = self.given(arguments, frame)?;
        self.context.call(&function, given.positional, given.keywords)
    }

    pub(super) fn call_with_caller(
        self: &Rc<Self>,
        function: Object,
        arguments: &syntax::Arguments,
        caller: Object,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        if function.waits_with_error() {
            return Ok(function);
        }
        let mut given = self.given(arguments, frame)?;
        given.keywords.push(("caller".into(), caller));
        self.context.call(&function, given.positional, given.keywords)
    }

    pub(super) fn apply_filter(
        self: &Rc<Self>,
        name: &str,
        input: Object,
        arguments: &syntax::Arguments,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        let given = self.given(arguments, frame)?;
        waiting(self.context.filter(name, input, given.positional, given.keywords))
    }

    pub(super) fn apply_test(
        self: &Rc<Self>,
        name: &str,
        input: Object,
        arguments: &syntax::Arguments,
        frame: &Rc<Frame>,
    ) -> Result<Object> {
        let given = self.given(arguments, frame)?;
        waiting(self.context.test(name, input, given.positional, given.keywords).map(Object::from))
    }
}

/// A plugin's failure waits; a plugin that does not exist is an error at once.
pub fn waiting(result: Result<Object>) -> Result<Object> {
    match result {
        Err(error) if error.kind() != ErrorKind::Syntax => Ok(Object::error(error)),
        other => other,
    }
}
