//! Checks arguments against a spec and normalises them, with the reference's messages in its order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::coerce::coerce;
use super::{Declared, Kind, Requirement, Spec};
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::suggest::closest;

/// What the check made of the arguments.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Every declared option by its first name, coerced; null where it is not given. Aliases and
    /// unsupported names stay beside them.
    pub args: Map,
    pub errors: Vec<ArgError>,
    pub warnings: Vec<String>,
    /// The texts that options with `no_log` hold.
    pub secrets: BTreeSet<String>,
}

/// One thing that is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgError {
    pub kind: ErrorKind,
    pub message: String,
    /// The argument as it is written, at the top level, where it is about one.
    pub argument: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `message` only lists names; the reader has to say of what.
    Unsupported,
    Required,
    Type,
    Choice,
    Rule,
}

impl Checked {
    /// The message with which a module of this name refuses its arguments.
    pub fn module_message(&self, name: &str) -> Option<String> {
        let error = self.errors.first()?;
        Some(match error.kind {
            ErrorKind::Unsupported => format!("Unsupported parameters for ({name}) module: {}", error.message),
            _ => error.message.clone(),
        })
    }
}

/// Checks what the user wrote. Never stops at the first error.
pub fn check(spec: &Spec<'_>, args: &Map) -> Checked {
    let mut walk = Walk::default();
    let mut args = args.clone();
    walk.level(spec, &mut args, &[]);
    if !walk.unsupported.is_empty() {
        let argument = walk.unsupported.first().map(|name| name.split('.').next().unwrap_or(name).to_owned());
        let names = walk.unsupported.iter().cloned().collect::<Vec<_>>().join(", ");
        let message = format!("{names}. Supported parameters include: {}.", walk.supported);
        walk.checked.errors.push(ArgError { kind: ErrorKind::Unsupported, message, argument });
    }
    walk.checked.args = args;
    walk.checked
}

/// The option that was probably meant by a name that is none.
pub fn meant<'a>(spec: &'a Spec<'_>, name: &str) -> Option<&'a str> {
    let names =
        spec.options.iter().flat_map(|option| std::iter::once(option.name).chain(option.aliases.iter().copied()));
    closest(name, names)
}

#[derive(Default)]
struct Walk {
    checked: Checked,
    unsupported: BTreeSet<String>,
    /// The supported names of the last level that met an unsupported one.
    supported: String,
}

impl Walk {
    /// Checks one level of options; `path` names the dicts that it is inside of.
    fn level(&mut self, spec: &Spec<'_>, args: &mut Map, path: &[&str]) {
        self.take_aliases(spec, args);
        self.find_secrets(spec, args);
        self.find_unsupported(spec, args, path);
        self.exclusive(spec, args, path);
        for option in &spec.options {
            if let Some(default) = option.default.as_ref().filter(|_| !args.contains_key(option.name)) {
                if option.no_log {
                    collect_texts(default, &mut self.checked.secrets);
                }
                args.insert(option.name, default.clone());
            }
        }
        self.required(spec, args, path);
        for option in &spec.options {
            self.coerce_option(option, args, path);
        }
        for option in &spec.options {
            self.choose(option, args, path);
        }
        self.rules(spec, args, path);
        for option in &spec.options {
            if !args.contains_key(option.name) {
                args.insert(option.name, Value::NULL);
            }
        }
        for option in &spec.options {
            self.descend(option, args, path);
        }
    }

    fn take_aliases(&mut self, spec: &Spec<'_>, args: &mut Map) {
        for option in spec.options.iter().filter(|option| !option.aliases.is_empty()) {
            let given = args.contains_key(option.name);
            let mut last = None;
            for alias in option.aliases.iter().filter(|alias| args.contains_key(alias)) {
                if given || last.is_some() {
                    self.checked.warnings.push(format!("Both option {} and its alias {alias} are set.", option.name));
                }
                last = args.get(alias).cloned();
            }
            if let Some(value) = last {
                args.insert(option.name, value);
            }
        }
    }

    fn find_secrets(&mut self, spec: &Spec<'_>, args: &Map) {
        for option in spec.options.iter().filter(|option| option.no_log) {
            if let Some(value) = args.get(option.name) {
                collect_texts(value, &mut self.checked.secrets);
            }
        }
    }

    fn find_unsupported(&mut self, spec: &Spec<'_>, args: &Map, path: &[&str]) {
        let unknown: Vec<String> = args.keys().map(python::str).filter(|name| spec.find(name).is_none()).collect();
        if unknown.is_empty() {
            return;
        }
        let mut names: Vec<&str> = spec.options.iter().map(|option| option.name).collect();
        let mut aliases: Vec<&str> = spec.options.iter().flat_map(|option| option.aliases.iter().copied()).collect();
        names.sort_unstable();
        aliases.sort_unstable();
        self.supported = names.join(", ");
        if !aliases.is_empty() {
            self.supported.push_str(&format!(" ({})", aliases.join(", ")));
        }
        for name in unknown {
            self.unsupported.insert(path.iter().copied().chain([name.as_str()]).collect::<Vec<_>>().join("."));
        }
    }

    fn required(&mut self, spec: &Spec<'_>, args: &Map, path: &[&str]) {
        let missing = spec.options.iter().filter(|option| option.required && !args.contains_key(option.name));
        let mut missing: Vec<&str> = missing.map(|option| option.name).collect();
        if !missing.is_empty() {
            missing.sort_unstable();
            let message = format!("missing required arguments: {}{}", missing.join(", "), found_in(path));
            self.error(ErrorKind::Required, message, path, None);
        }
    }

    fn coerce_option(&mut self, option: &Declared<'_>, args: &mut Map, path: &[&str]) {
        let Some(slot) = args.get_mut(option.name) else { return };
        if slot.is_null() && !option.required && option.default.is_none() {
            return;
        }
        let value = match coerce(slot, option.kind) {
            Ok(value) => value,
            Err(error) => {
                let place = if path.is_empty() { String::new() } else { format!(" found in '{}'.", path.join(" -> ")) };
                let (found, wanted) = (slot.type_name(), option.kind.word());
                let message = format!(
                    "argument '{}' is of type {found}{place} and we were unable to convert to {wanted}: {error}",
                    option.name
                );
                return self.error(ErrorKind::Type, message, path, Some(option.name));
            }
        };
        *slot = value;
        if let (Some(elements), Some(items)) = (option.elements, slot.as_items()) {
            if elements != Kind::Raw {
                let origin = slot.origin.clone();
                let items = self.coerce_elements(option.name, elements, items, path);
                *slot = Value::list(items).with_origin(&origin);
            }
        }
    }

    fn coerce_elements(&mut self, name: &str, kind: Kind, items: &[Value], path: &[&str]) -> Vec<Value> {
        let mut coerced = Vec::with_capacity(items.len());
        for item in items {
            match coerce(item, kind) {
                Ok(value) => coerced.push(value),
                Err(error) => {
                    let place =
                        if path.is_empty() { String::new() } else { format!(" found in '{}'", path.join(" -> ")) };
                    let message = format!(
                        "Elements value for option '{name}'{place} is of type {} and we were unable to convert to {}: {error}",
                        item.type_name(),
                        kind.word()
                    );
                    self.error(ErrorKind::Type, message, path, Some(name));
                }
            }
        }
        coerced
    }

    fn choose(&mut self, option: &Declared<'_>, args: &mut Map, path: &[&str]) {
        let (Some(choices), Some(slot)) = (&option.choices, args.get_mut(option.name)) else { return };
        let all = || choices.iter().map(python::str).collect::<Vec<_>>().join(", ");
        if let Some(items) = slot.as_items() {
            let strangers: Vec<String> = items.iter().filter(|item| !choices.contains(item)).map(python::str).collect();
            if !strangers.is_empty() {
                let message = format!(
                    "value of {} must be one or more of: {}. Got no match for: {}{}",
                    option.name,
                    all(),
                    strangers.join(", "),
                    found_in(path)
                );
                self.error(ErrorKind::Choice, message, path, Some(option.name));
            }
            return;
        }
        if choices.contains(slot) {
            return;
        }
        // YAML reads the choice `no` as a boolean: the only choice with that meaning was meant.
        if let Some(meant) = slot.as_str().and_then(|word| only_choice_like(word, choices)) {
            *slot = meant.with_origin(&slot.origin);
            return;
        }
        let message =
            format!("value of {} must be one of: {}, got: {}{}", option.name, all(), python::str(slot), found_in(path));
        self.error(ErrorKind::Choice, message, path, Some(option.name));
    }

    fn descend(&mut self, option: &Declared<'_>, args: &mut Map, path: &[&str]) {
        let Some(suboptions) = &option.suboptions else { return };
        let Some(slot) = args.get_mut(option.name) else { return };
        if slot.is_null() {
            if !option.apply_defaults {
                return;
            }
            *slot = Map::new().into();
        }
        let path: Vec<&str> = path.iter().copied().chain([option.name]).collect();
        match &mut slot.data {
            Data::Map(map) => self.level(suboptions, Arc::make_mut(map), &path),
            Data::List(items) => {
                for item in Arc::make_mut(items) {
                    if let Data::Map(map) = &mut item.data {
                        self.level(suboptions, Arc::make_mut(map), &path);
                    }
                }
            }
            // Its type is wrong, which has been said.
            _ => {}
        }
    }

    fn error(&mut self, kind: ErrorKind, message: String, path: &[&str], option: Option<&str>) {
        let argument = path.first().copied().or(option).map(str::to_owned);
        self.checked.errors.push(ArgError { kind, message, argument });
    }
}

/// The rules between options. Of each sort only the first broken one is told, as in the reference.
impl Walk {
    fn exclusive(&mut self, spec: &Spec<'_>, args: &Map, path: &[&str]) {
        let mut broken = Vec::new();
        for rule in &spec.rules {
            if let Requirement::Exclusive(names) = rule {
                if names.iter().filter(|name| args.contains_key(name)).count() > 1 {
                    broken.push(names.join("|"));
                }
            }
        }
        if !broken.is_empty() {
            let message = format!("parameters are mutually exclusive: {}{}", broken.join(", "), found_in(path));
            self.error(ErrorKind::Rule, message, path, None);
        }
    }

    fn rules(&mut self, spec: &Spec<'_>, args: &Map, path: &[&str]) {
        let sorts: [fn(&Requirement<'_>, &Map) -> Option<String>; 4] = [together, one_of, required_if, required_by];
        for sort in sorts {
            if let Some(message) = spec.rules.iter().find_map(|rule| sort(rule, args)) {
                self.error(ErrorKind::Rule, format!("{message}{}", found_in(path)), path, None);
            }
        }
    }
}

fn together(rule: &Requirement<'_>, args: &Map) -> Option<String> {
    let Requirement::Together(names) = rule else { return None };
    let given = names.iter().filter(|name| args.contains_key(name)).count();
    (given > 0 && given < names.len()).then(|| format!("parameters are required together: {}", names.join(", ")))
}

fn one_of(rule: &Requirement<'_>, args: &Map) -> Option<String> {
    let Requirement::OneOf(names) = rule else { return None };
    let given = names.iter().any(|name| args.contains_key(name));
    (!given).then(|| format!("one of the following is required: {}", names.join(", ")))
}

fn required_if(rule: &Requirement<'_>, args: &Map) -> Option<String> {
    let Requirement::If { option, value, required, any } = rule else { return None };
    if args.get(option)? != value {
        return None;
    }
    let missing: Vec<&str> = required.iter().copied().filter(|name| !args.contains_key(name)).collect();
    let is_broken = if *any { missing.len() == required.len() } else { !missing.is_empty() };
    let how_many = if *any { "any" } else { "all" };
    is_broken.then(|| {
        let value = python::str(value);
        format!("{option} is {value} but {how_many} of the following are missing: {}", missing.join(", "))
    })
}

fn required_by(rule: &Requirement<'_>, args: &Map) -> Option<String> {
    let Requirement::By { option, required } = rule else { return None };
    args.get(option).filter(|value| !value.is_null())?;
    let absent = |name: &&str| args.get(name).is_none_or(Value::is_null);
    let missing: Vec<&str> = required.iter().copied().filter(absent).collect();
    (!missing.is_empty()).then(|| format!("missing parameter(s) required by '{option}': {}", missing.join(", ")))
}

fn found_in(path: &[&str]) -> String {
    if path.is_empty() { String::new() } else { format!(" found in {}", path.join(" -> ")) }
}

fn only_choice_like(word: &str, choices: &[Value]) -> Option<Value> {
    let wanted = match word {
        "True" => true,
        "False" => false,
        _ => return None,
    };
    let like = |choice: &&Value| choice.as_str().and_then(super::coerce::boolean_word) == Some(wanted);
    let mut alike = choices.iter().filter(like);
    alike.next().filter(|_| alike.next().is_none()).cloned()
}

/// The texts and numbers inside of a secret value.
fn collect_texts(value: &Value, secrets: &mut BTreeSet<String>) {
    match &value.data {
        Data::Text(text) if !text.is_empty() => {
            secrets.insert(text.as_str().to_owned());
        }
        Data::Int(_) | Data::Big(_) | Data::Float(_) => {
            secrets.insert(python::str(value));
        }
        Data::List(items) | Data::Tuple(items) => items.iter().for_each(|item| collect_texts(item, secrets)),
        Data::Map(map) => map.values().for_each(|item| collect_texts(item, secrets)),
        _ => {}
    }
}
