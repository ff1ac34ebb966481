//! The keywords of one mapping: which are allowed, which are variables, and what can be checked
//! before a template is rendered.

use std::sync::Arc;

use super::{Loading, class_of, failed, wrong};
use crate::data::{Data, Map, Value};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::keyword::{Place, Shape};
use crate::project::playbook::{Keyword, Keywords};

/// What one mapping sets, sorted.
pub(super) struct Fields {
    pub name: Option<Value>,
    pub keywords: Keywords,
    pub vars: Option<Arc<Map>>,
    /// Keys that are no keywords of this place, where the place allows some (roles).
    pub others: Map,
}

/// The class names that the reference's messages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub place: Place,
    pub name: &'static str,
}

impl Class {
    pub const PLAY: Self = Self { place: Place::Play, name: "Play" };
    pub const ROLE: Self = Self { place: Place::Role, name: "RoleInclude" };
    pub const BLOCK: Self = Self { place: Place::Block, name: "Block" };
    pub const TASK: Self = Self { place: Place::Task, name: "Task" };
    pub const HANDLER: Self = Self { place: Place::Handler, name: "Handler" };
}

/// Sorts the keys of a mapping. `skip` names keys that the caller has taken care of.
pub(super) fn read(
    loading: &Loading<'_>,
    map: &Map,
    origin: &Origin,
    class: Class,
    skip: &dyn Fn(&str) -> bool,
) -> Result<Fields, Diagnostic> {
    let mut fields = Fields { name: None, keywords: Keywords::default(), vars: None, others: Map::new() };
    for (key, value) in map {
        let Some(word) = key.as_str() else {
            return Err(not_an_attribute(&crate::data::python::str(key), class, key_origin(key, origin)));
        };
        if skip(word) {
            continue;
        }
        let word = if word == "user" && class.place == Place::Play { "remote_user" } else { word };
        match Keyword::parse(word).filter(|keyword| class.place.allows(*keyword)) {
            Some(Keyword::Name) => {
                check_shape(Keyword::Name, Shape::Str, value, origin)?;
                fields.name = (!value.is_null()).then(|| value.clone());
            }
            Some(Keyword::Vars) => fields.vars = read_vars(value, class.name)?,
            Some(keyword) => {
                check_shape(keyword, keyword.shape(), value, origin)?;
                if !value.is_null() || keyword.shape() == Shape::Special {
                    fields.keywords.set(keyword, value.clone());
                }
            }
            None if class.place == Place::Role => {
                fields.others.insert(key.clone(), value.clone());
            }
            None if matches!(class.place, Place::Task | Place::Handler)
                && !loading.world.rejects_unknown_keywords() =>
            {
                loading.warn(format!("Ignoring invalid attribute: {word}"), &key.origin);
            }
            None => return Err(not_an_attribute(word, class, key_origin(key, origin))),
        }
    }
    Ok(fields)
}

/// `vars:` of any place; null is nothing.
pub(super) fn read_vars(value: &Value, class: &str) -> Result<Option<Arc<Map>>, Diagnostic> {
    match &value.data {
        Data::Null => Ok(None),
        Data::Map(map) => {
            for key in map.keys() {
                check_variable_name(key)?;
            }
            Ok(Some(map.clone()))
        }
        _ => Err(wrong(format!("Vars in a {class} must be specified as a dictionary."), &value.origin)),
    }
}

/// What a name must look like.
pub(super) const NAME_RULE: &str = "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.";

/// A name that Python would take for a variable.
pub(super) fn check_variable_name(key: &Value) -> Result<(), Diagnostic> {
    match key.as_str() {
        Some(name) if is_variable_name(name) => Ok(()),
        _ => {
            Err(failed(format!("Invalid variable name {}.", crate::data::python::repr(key)), &key.origin)
                .hint(NAME_RULE))
        }
    }
}

/// Letters, digits and underscores, no digit in front, no word of Python.
pub fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !["False", "None", "True"].contains(&name)
}

fn check_shape(keyword: Keyword, shape: Shape, value: &Value, origin: &Origin) -> Result<(), Diagnostic> {
    let name = keyword.name();
    match shape {
        // What is registered has rules of its own.
        _ if keyword == Keyword::Register => Ok(()),
        Shape::Str if matches!(value.data, Data::List(_) | Data::Map(_)) => Err(wrong(
            format!(
                "The field '{name}' is supposed to be a string type, however the incoming data structure is a {}",
                class_of(value)
            ),
            origin,
        )),
        _ if keyword == Keyword::Tags => check_tags(value),
        _ => Ok(()),
    }
}

/// Tags are texts or numbers, alone or in a list.
fn check_tags(value: &Value) -> Result<(), Diagnostic> {
    let fits = |item: &Value| matches!(item.data, Data::Text(_) | Data::Int(_) | Data::Bool(_) | Data::Vaulted(_));
    match &value.data {
        Data::List(items) if items.iter().all(|item| fits(item) || item.is_null()) => Ok(()),
        Data::Text(_) | Data::Vaulted(_) | Data::Null => Ok(()),
        _ => Err(failed("tags must be specified as a list", &value.origin)),
    }
}

fn not_an_attribute(word: &str, class: Class, origin: &Origin) -> Diagnostic {
    let mut message = format!("'{word}' is not a valid attribute for a {}", class.name);
    if matches!(class.place, Place::Task | Place::Handler) {
        message.push_str(
            "\nThis error can be suppressed as a warning using the \"invalid_task_attribute_failed\" configuration",
        );
    }
    let mistake = wrong(message, origin);
    match crate::diagnostic::suggest::closest(
        word,
        Keyword::ALL.iter().filter(|k| class.place.allows(**k)).map(|k| k.name()),
    ) {
        Some(close) => mistake.label("unknown keyword").suggest(close),
        None => mistake,
    }
}

fn key_origin<'a>(key: &'a Value, fallback: &'a Origin) -> &'a Origin {
    if key.origin.is_none() { fallback } else { &key.origin }
}

/// Warns about variables that have the name of a keyword.
pub(super) fn warn_reserved<'v>(loading: &Loading<'_>, names: impl Iterator<Item = &'v Value>) {
    for key in names {
        if let Some(name) = key.as_str()
            && name != "vars"
            && is_reserved(name)
        {
            loading.warn(format!("Found variable using reserved name '{name}'."), &key.origin);
        }
    }
}

/// Whether a variable of this name hides a keyword or a function of templates.
pub fn is_reserved(name: &str) -> bool {
    const FURTHER: &[&str] = &[
        "async_val",
        "cycler",
        "dict",
        "joiner",
        "lipsum",
        "lookup",
        "loop_with",
        "namespace",
        "now",
        "omit",
        "q",
        "query",
        "range",
        "undef",
        "with_",
    ];
    const NOT_RESERVED: &[&str] = &["gather_subset", "listen", "role"];
    !NOT_RESERVED.contains(&name) && (Keyword::parse(name).is_some() || FURTHER.contains(&name))
}
