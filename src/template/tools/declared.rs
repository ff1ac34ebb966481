//! Arguments of plugins that declare them as modules do: bound in order, checked and made their type.

use crate::args::check::check;
use crate::args::{Declared, Kind, Spec};
use crate::data::{Map, Value, python};
use crate::template::{Arguments, Result, TemplateError};

/// One parameter. The input of a filter or test is one too, the first.
#[derive(Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub choices: &'static [&'static str],
}

impl Parameter {
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: true, choices: &[] }
    }

    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, choices: &[] }
    }

    #[must_use]
    pub const fn one_of(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }
}

/// The parameters by name, each in its type; what was not given is null. More by position than are
/// declared does not count.
pub fn bind(input: &Value, args: &mut Arguments<'_>, parameters: &[Parameter]) -> Result<Map> {
    let mut given = Map::new();
    let (first, others) = parameters.split_first().ok_or("a plugin declares its input")?;
    given.insert(first.name, input.clone());
    for (parameter, value) in others.iter().zip(args.rest()?) {
        given.insert(parameter.name, value);
    }
    given.extend(args.keywords()?);
    let options = parameters.iter().map(|parameter| Declared {
        name: parameter.name,
        aliases: Vec::new(),
        kind: parameter.kind,
        elements: None,
        required: parameter.required,
        default: None,
        choices: (!parameter.choices.is_empty())
            .then(|| parameter.choices.iter().map(|word| Value::text(*word)).collect()),
        no_log: false,
        apply_defaults: false,
        suboptions: None,
    });
    let checked = check(&Spec { options: options.collect(), rules: Vec::new() }, &given);
    if checked.errors.is_empty() {
        return Ok(checked.args);
    }
    let messages = Value::list(checked.errors.iter().map(|error| Value::text(error.message.as_str())));
    Err(TemplateError::failure(python::repr(&messages)))
}

/// A parameter that has been bound, or null.
pub fn bound<'a>(map: &'a Map, name: &str) -> &'a Value {
    const NOTHING: &Value = &Value::NULL;
    map.get(name).unwrap_or(NOTHING)
}
