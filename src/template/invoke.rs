//! Calls out of a template: functions, filters, tests, lookups.

use std::sync::Arc;

use super::evaluate::waiting;
use super::plugin::{FilterRun, LookupRun, TestRun};
use super::{Arguments, Context, ErrorKind, Marker, Object, Result, TemplateError};
use crate::data::Data;

impl Context {
    /// Calls what can be called.
    pub fn call(
        &self,
        function: &Object,
        positional: Vec<Object>,
        keywords: Vec<(Arc<str>, Object)>,
    ) -> Result<Object> {
        let Object::Native(native) = function else {
            return match function {
                Object::Marker(marker) => match &**marker {
                    Marker::Error(_) => Ok(function.clone()),
                    Marker::Nothing(line) => Err(super::access::nothing_used(*line)),
                },
                _ => Err(format!("'{}' object is not callable", function.type_name()).into()),
            };
        };
        let name = native.text();
        native.clone().call(Arguments::new(self, &name, positional, keywords))
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
        if let FilterRun::Plain(_) = filter.run {
            raise_first(&input, &positional, &keywords)?;
        }
        let mut arguments = Arguments::new(self, filter.names.name, positional, keywords).beside_input();
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
        if let TestRun::Plain(_) = test.run {
            raise_first(&input, &positional, &keywords)?;
        }
        let mut arguments = Arguments::new(self, test.names.name, positional, keywords).beside_input();
        let result = match test.run {
            TestRun::Raw(run) => run(input, &mut arguments),
            TestRun::Plain(run) => input.to_value().and_then(|input| run(&input, &mut arguments)),
        };
        result
            .and_then(|answer| arguments.finish().map(|()| answer))
            .map_err(|error| plugin_error("test", &test.names.full(), error))
    }

    /// The list that a lookup gives for these terms.
    pub fn lookup(&self, name: &str, terms: Vec<Object>, keywords: Vec<(Arc<str>, Object)>) -> Result<Vec<Object>> {
        let lookup = *self.registry().lookup(name).ok_or_else(|| {
            TemplateError::new(ErrorKind::Plugin, format!("The lookup plugin '{name}' was not found."))
        })?;
        let mut arguments = Arguments::new(self, lookup.names.name, [], keywords);
        let result = match lookup.run {
            LookupRun::Raw(run) => run(terms, &mut arguments),
            LookupRun::Plain(run) => terms
                .iter()
                .map(Object::to_value)
                .collect::<Result<Vec<_>>>()
                .and_then(|terms| run(&terms, &mut arguments))
                .map(|items| items.into_iter().map(Object::from).collect()),
        };
        result.map_err(|error| plugin_error("lookup", name, error))
    }

    /// A text that is a template where the user wrote it, as terms of lookups are: rendered.
    /// Texts in lists and mappings are rendered too.
    pub fn render_embedded(&self, object: &Object) -> Result<Object> {
        match object {
            Object::Value(value) => match &value.data {
                Data::Text(text) if text.may_be_template() => {
                    self.warn_of_embedded(
                        "`msg: \"{{ lookup('env', '{{ a_var }}') }}\"` becomes `msg: \"{{ lookup('env', a_var) }}\"`",
                    );
                    waiting(self.render_text(text.shared(), &value.origin))
                }
                _ => Ok(object.clone()),
            },
            Object::List(list) => {
                let items = list.items().iter().map(|item| self.render_embedded(item)).collect::<Result<Vec<_>>>()?;
                Ok(Object::list(items))
            }
            Object::Dict(dict) => {
                let mut pairs = Vec::with_capacity(dict.len());
                for (key, item) in dict.items() {
                    pairs.push((key, self.render_embedded(&item)?));
                }
                Ok(Object::dict(pairs))
            }
            _ => Ok(object.clone()),
        }
    }
}

/// The first of these that waits with an error.
fn raise_first(input: &Object, positional: &[Object], keywords: &[(Arc<str>, Object)]) -> Result<()> {
    let keywords = keywords.iter().map(|(_, object)| object);
    for object in std::iter::once(input).chain(positional).chain(keywords) {
        if let Object::Marker(marker) = object
            && let Marker::Error(error) = &**marker
        {
            return Err(error.clone());
        }
    }
    Ok(())
}

/// Says which plugin failed. What was undefined stays undefined.
fn plugin_error(kind: &str, name: &str, error: TemplateError) -> TemplateError {
    match error.kind() {
        ErrorKind::Failure => error.prefixed(ErrorKind::Plugin, &format!("The {kind} plugin '{name}' failed")),
        // A filter that calls another one that does not exist fails like any other.
        ErrorKind::Syntax if kind != "lookup" && !error.message().starts_with("Syntax error") => {
            error.prefixed(ErrorKind::Plugin, &format!("The {kind} plugin '{name}' failed"))
        }
        _ => error,
    }
}
