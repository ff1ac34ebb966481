//! A declaration in the form that the check walks: from `derive(Args)`, or from the argument spec
//! that a role carries.

use super::{ArgSpec, DefaultValue, Kind, OptionSpec, Rule};
use crate::data::{Data, Map, Value};

/// The options that are accepted, and what they demand of each other.
#[derive(Clone, Debug, Default)]
pub struct Spec<'a> {
    pub options: Vec<Declared<'a>>,
    pub rules: Vec<Requirement<'a>>,
}

/// One option.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    pub name: &'a str,
    pub aliases: Vec<&'a str>,
    pub kind: Kind,
    pub elements: Option<Kind>,
    pub required: bool,
    pub default: Option<Value>,
    pub choices: Option<Vec<Value>>,
    pub no_log: bool,
    /// The defaults inside hold even where the dict itself is not given.
    pub apply_defaults: bool,
    pub suboptions: Option<Spec<'a>>,
}

/// What several options demand of each other.
#[derive(Clone, Debug)]
pub enum Requirement<'a> {
    Exclusive(Vec<&'a str>),
    Together(Vec<&'a str>),
    OneOf(Vec<&'a str>),
    If { option: &'a str, value: Value, required: Vec<&'a str>, any: bool },
    By { option: &'a str, required: Vec<&'a str> },
}

/// A role's argument spec makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    pub message: String,
    pub value: Value,
}

impl Spec<'_> {
    /// The option that a name or alias means.
    pub fn find(&self, name: &str) -> Option<&Declared<'_>> {
        self.options.iter().find(|option| option.name == name || option.aliases.contains(&name))
    }
}

impl From<&'static ArgSpec> for Spec<'static> {
    fn from(spec: &'static ArgSpec) -> Self {
        Self {
            options: spec.all_options().map(Declared::from).collect(),
            rules: spec.all_rules().map(|rule| requirement(spec, rule)).collect(),
        }
    }
}

impl From<&'static OptionSpec> for Declared<'static> {
    fn from(option: &'static OptionSpec) -> Self {
        let kind = option.elements.unwrap_or(option.kind);
        Self {
            name: option.name,
            aliases: option.aliases.to_vec(),
            kind: option.kind,
            elements: option.elements,
            required: option.required,
            default: default_value(option.default),
            choices: (!option.choices.is_empty())
                .then(|| option.choices.iter().map(|word| word_as(word, kind)).collect()),
            no_log: option.no_log,
            apply_defaults: false,
            suboptions: option.suboptions.map(Spec::from),
        }
    }
}

fn requirement(spec: &ArgSpec, rule: &'static Rule) -> Requirement<'static> {
    match rule {
        Rule::Exclusive(names) => Requirement::Exclusive(names.to_vec()),
        Rule::RequiredTogether(names) => Requirement::Together(names.to_vec()),
        Rule::RequiredOneOf(names) => Requirement::OneOf(names.to_vec()),
        Rule::RequiredIf { option, value, required, any } => {
            let kind = spec.find(option).map_or(Kind::Str, |declared| declared.kind);
            Requirement::If { option, value: word_as(value, kind), required: required.to_vec(), any: *any }
        }
        Rule::RequiredBy { option, required } => Requirement::By { option, required: required.to_vec() },
    }
}

/// A default as the value that the user could have written.
pub fn default_value(default: DefaultValue) -> Option<Value> {
    Some(match default {
        DefaultValue::None => return None,
        DefaultValue::Bool(flag) => flag.into(),
        DefaultValue::Int(number) => number.into(),
        DefaultValue::Float(number) => number.into(),
        DefaultValue::Str(text) => Value::text(text),
        DefaultValue::List(items) => Value::list(items.iter().map(|item| Value::text(*item))),
        DefaultValue::EmptyDict => Map::new().into(),
    })
}

/// A word of a declaration as a value of the option's type.
fn word_as(word: &str, kind: Kind) -> Value {
    match kind {
        Kind::Int | Kind::Bytes | Kind::Bits => word.parse::<i64>().map_or_else(|_| Value::text(word), Value::from),
        Kind::Float => word.parse::<f64>().map_or_else(|_| Value::text(word), Value::from),
        Kind::Bool => Value::from(matches!(word, "true" | "yes")),
        _ => Value::text(word),
    }
}

impl<'a> Spec<'a> {
    /// From the `options` and the rules of a role's argument spec (or of a plugin's written one).
    /// `holder` is the mapping with `mutually_exclusive`, `required_if` and the rest.
    pub fn from_map(options: &'a Map, holder: Option<&'a Map>) -> Result<Self, SpecError> {
        let mut spec = Spec::default();
        for (name, declared) in options {
            let Some(name) = name.as_str() else { return Err(error("an option's name must be text", name)) };
            spec.options.push(Declared::from_value(name, declared)?);
        }
        if let Some(holder) = holder {
            spec.rules = rules_from(holder)?;
        }
        Ok(spec)
    }
}

impl<'a> Declared<'a> {
    fn from_value(name: &'a str, value: &'a Value) -> Result<Self, SpecError> {
        let empty = matches!(value.data, Data::Null);
        let map = match value.as_map() {
            Some(map) => Some(map),
            None if empty => None,
            None => return Err(error("an option's declaration must be a mapping", value)),
        };
        let get = |key: &str| map.and_then(|map| map.get(key)).filter(|value| !value.is_null());
        let flag = |key: &str| get(key).is_some_and(Value::is_truthy);
        let kind = |key: &str| get(key).map(|value| value.as_str().and_then(Kind::from_word).ok_or(value));
        let suboptions = match get("options") {
            Some(options) => {
                let options = options.as_map().ok_or_else(|| error("`options` must be a mapping", options))?;
                Some(Spec::from_map(options, map)?)
            }
            None => None,
        };
        Ok(Self {
            name,
            aliases: get("aliases").map(names).transpose()?.unwrap_or_default(),
            kind: kind("type")
                .transpose()
                .map_err(|value| error("no such type of an option", value))?
                .unwrap_or(Kind::Str),
            elements: kind("elements").transpose().map_err(|value| error("no such type of elements", value))?,
            required: flag("required"),
            default: get("default").cloned(),
            choices: get("choices").and_then(Value::as_items).map(<[Value]>::to_vec),
            no_log: flag("no_log"),
            apply_defaults: flag("apply_defaults"),
            suboptions,
        })
    }
}

fn rules_from(holder: &Map) -> Result<Vec<Requirement<'_>>, SpecError> {
    let mut rules = Vec::new();
    let lists = |key: &str| holder.get(key).and_then(Value::as_items).unwrap_or_default();
    rules.extend(groups(lists("mutually_exclusive"))?.into_iter().map(Requirement::Exclusive));
    rules.extend(groups(lists("required_together"))?.into_iter().map(Requirement::Together));
    rules.extend(groups(lists("required_one_of"))?.into_iter().map(Requirement::OneOf));
    for rule in lists("required_if") {
        let Some([option, value, required, rest @ ..]) = rule.as_items() else {
            return Err(error("a rule of `required_if` is a list of option, value and options", rule));
        };
        let option = option.as_str().ok_or_else(|| error("an option's name must be text", option))?;
        let any = rest.first().is_some_and(Value::is_truthy);
        rules.push(Requirement::If { option, value: value.clone(), required: names(required)?, any });
    }
    for (option, required) in holder.get("required_by").and_then(Value::as_map).into_iter().flatten() {
        let option = option.as_str().ok_or_else(|| error("an option's name must be text", option))?;
        rules.push(Requirement::By { option, required: names(required)? });
    }
    Ok(rules)
}

/// A list of lists of names; a bare name is a group of one.
fn groups(items: &[Value]) -> Result<Vec<Vec<&str>>, SpecError> {
    items.iter().map(names).collect()
}

fn names(value: &Value) -> Result<Vec<&str>, SpecError> {
    if let Some(name) = value.as_str() {
        return Ok(vec![name]);
    }
    let items = value.as_items().ok_or_else(|| error("a list of names is required", value))?;
    items.iter().map(|item| item.as_str().ok_or_else(|| error("an option's name must be text", item))).collect()
}

fn error(message: &str, value: &Value) -> SpecError {
    SpecError { message: message.to_owned(), value: value.clone() }
}

impl Kind {
    /// The type's name in Ansible.
    pub fn word(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Path => "path",
            Self::Raw => "raw",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Json => "json",
            Self::Jsonarg => "jsonarg",
            Self::Bytes => "bytes",
            Self::Bits => "bits",
        }
    }

    /// The type of that name.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "str" | "string" => Self::Str,
            "bool" | "boolean" => Self::Bool,
            "int" | "integer" => Self::Int,
            "float" => Self::Float,
            "path" => Self::Path,
            "raw" => Self::Raw,
            "list" => Self::List,
            "dict" => Self::Dict,
            "json" => Self::Json,
            "jsonarg" => Self::Jsonarg,
            "bytes" => Self::Bytes,
            "bits" => Self::Bits,
            _ => return None,
        })
    }
}
