//! The arguments of one call, bound as Python binds them: by position first, then by keyword.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Context, Object, Result, TemplateError};
use crate::data::{Data, Map, Value};

/// What a filter, test, lookup, function or method was given beside its input. Parameters are
/// taken in the order in which they are declared; what nobody took is a type error afterwards.
pub struct Arguments<'a> {
    context: &'a Context,
    function: &'a str,
    positional: VecDeque<Object>,
    keywords: Vec<(Arc<str>, Object)>,
    taken: usize,
    /// What Python counts beside these: the input of a filter or test.
    others: usize,
}

impl<'a> Arguments<'a> {
    pub fn new(
        context: &'a Context,
        function: &'a str,
        positional: impl IntoIterator<Item = Object>,
        keywords: Vec<(Arc<str>, Object)>,
    ) -> Self {
        Self { context, function, positional: positional.into_iter().collect(), keywords, taken: 0, others: 0 }
    }

    /// Counts an input that was given beside the arguments.
    #[must_use]
    pub fn beside_input(mut self) -> Self {
        self.others = 1;
        self
    }

    /// The same arguments under another name.
    #[must_use]
    pub fn renamed<'b>(&mut self, function: &'b str) -> Arguments<'b>
    where
        'a: 'b,
    {
        Arguments {
            context: self.context,
            function,
            positional: std::mem::take(&mut self.positional),
            keywords: std::mem::take(&mut self.keywords),
            taken: self.taken,
            others: self.others,
        }
    }

    /// The first argument that waits with an error.
    pub fn waiting(&self) -> Option<Object> {
        let keywords = self.keywords.iter().map(|(_, object)| object);
        self.positional.iter().chain(keywords).find(|object| object.waits_with_error()).cloned()
    }

    /// No arguments.
    pub fn none(context: &'a Context, function: &'a str) -> Self {
        Self::new(context, function, [], Vec::new())
    }

    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// The name of what is called, for messages.
    pub fn function(&self) -> &'a str {
        self.function
    }

    /// The next parameter, which must be there.
    pub fn required(&mut self, name: &str) -> Result<Value> {
        self.required_object(name)?.to_value()
    }

    /// The next parameter, or `None` where it was not given. A given `none` is `Some(null)`.
    pub fn optional(&mut self, name: &str) -> Result<Option<Value>> {
        self.optional_object(name)?.map(|object| object.to_value()).transpose()
    }

    /// The next parameter, where `none` means the same as nothing given.
    pub fn unless_null(&mut self, name: &str) -> Result<Option<Value>> {
        Ok(self.optional(name)?.filter(|value| !value.is_null()))
    }

    /// The next parameter, or this where it was not given.
    pub fn or(&mut self, name: &str, default: impl Into<Value>) -> Result<Value> {
        Ok(self.optional(name)?.unwrap_or_else(|| default.into()))
    }

    /// The next parameter by its truth.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        Ok(self.optional(name)?.map_or(default, |value| value.is_truthy()))
    }

    /// The next parameter, a text.
    pub fn text(&mut self, name: &str, default: &str) -> Result<Arc<str>> {
        match self.optional(name)? {
            None => Ok(Arc::from(default)),
            Some(value) => self.as_text(name, &value),
        }
    }

    /// The next parameter, a text that must be there.
    pub fn required_text(&mut self, name: &str) -> Result<Arc<str>> {
        let value = self.required(name)?;
        self.as_text(name, &value)
    }

    /// The next parameter, a whole number.
    pub fn int(&mut self, name: &str, default: i64) -> Result<i64> {
        match self.optional(name)? {
            None => Ok(default),
            Some(Value { data: Data::Int(number), .. }) => Ok(number),
            Some(Value { data: Data::Bool(flag), .. }) => Ok(i64::from(flag)),
            Some(other) => Err(TemplateError::failure(format!(
                "'{}' object cannot be interpreted as an integer",
                other.type_name()
            ))),
        }
    }

    /// The next parameter as it is, which must be there.
    pub fn required_object(&mut self, name: &str) -> Result<Object> {
        self.optional_object(name)?.ok_or_else(|| {
            TemplateError::failure(format!("{}() missing 1 required positional argument: '{name}'", self.function))
        })
    }

    /// The next parameter as it is.
    pub fn optional_object(&mut self, name: &str) -> Result<Option<Object>> {
        self.taken += 1;
        let named = self.keyword_object(name);
        match (self.positional.pop_front(), named) {
            (Some(_), Some(_)) => {
                Err(TemplateError::failure(format!("{}() got multiple values for argument '{name}'", self.function)))
            }
            (Some(object), None) | (None, Some(object)) => Ok(Some(object)),
            (None, None) => Ok(None),
        }
    }

    /// A parameter that only has a name.
    pub fn keyword(&mut self, name: &str) -> Result<Option<Value>> {
        self.keyword_object(name).map(|object| object.to_value()).transpose()
    }

    pub fn keyword_object(&mut self, name: &str) -> Option<Object> {
        let place = self.keywords.iter().position(|(keyword, _)| &**keyword == name)?;
        Some(self.keywords.remove(place).1)
    }

    /// The parameters by position that nobody took: `*args`.
    pub fn rest(&mut self) -> Result<Vec<Value>> {
        self.rest_objects().iter().map(Object::to_value).collect()
    }

    pub fn rest_objects(&mut self) -> Vec<Object> {
        self.positional.drain(..).collect()
    }

    /// The parameters by name that nobody took: `**kwargs`.
    pub fn keywords(&mut self) -> Result<Map> {
        self.keywords.drain(..).map(|(name, object)| Ok((Value::text(name), object.to_value()?))).collect()
    }

    pub fn keyword_objects(&mut self) -> Vec<(Arc<str>, Object)> {
        std::mem::take(&mut self.keywords)
    }

    /// How many parameters by position are left.
    pub fn remaining(&self) -> usize {
        self.positional.len()
    }

    pub fn has_keyword(&self, name: &str) -> bool {
        self.keywords.iter().any(|(keyword, _)| &**keyword == name)
    }

    /// Refuses what nobody took. The caller of a plugin does this; a plugin need not.
    pub fn finish(&self) -> Result<()> {
        if let Some((name, _)) = self.keywords.first() {
            return Err(format!("{}() got an unexpected keyword argument '{name}'", self.function).into());
        }
        if self.positional.is_empty() {
            return Ok(());
        }
        let wanted = self.taken + self.others;
        let given = wanted + self.positional.len();
        let plural = if wanted == 1 { "" } else { "s" };
        Err(format!("{}() takes {} positional argument{plural} but {given} were given", self.function, wanted).into())
    }

    fn as_text(&self, name: &str, value: &Value) -> Result<Arc<str>> {
        match value.as_text() {
            Some(text) => Ok(text.shared().clone()),
            None => Err(format!("{}() argument '{name}' must be str, not {}", self.function, value.type_name()).into()),
        }
    }
}
