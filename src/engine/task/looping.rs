//! Loops: the list, the loop's variables, one execution an item, the result of all.

use std::sync::Arc;

use super::TaskRun;
use super::finish;
use crate::args::coerce;
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::engine::event::Event;
use crate::engine::keywords::{Keywords, unconvertible};
use crate::engine::result::{Status, TaskResult};
use crate::project::playbook::load::is_variable_name;
use crate::project::playbook::{Keyword, Loop};
use crate::project::vars::{Layers, Level, facts};
use crate::template::{ErrorKind, Templar, TemplateError};

/// The result of a task, looped or not.
pub struct LoopEnd {
    pub result: TaskResult,
    /// With the variables as they were in front of the task.
    pub templar: Templar,
    /// Whether the failures of items are ignored, where the items decided that.
    pub ignored: Option<bool>,
}

/// Runs the task, once for each item where it has a loop.
pub async fn run(run: &TaskRun, layers: Layers) -> LoopEnd {
    let templar = run.templar(&layers);
    let Some(looping) = &run.ground.task.looping else {
        let result = run.execute(&layers, None).await;
        return LoopEnd { result, templar, ignored: None };
    };
    let items = match items(run, looping, &templar) {
        Ok(items) => items,
        Err(Unlisted::Later(error)) => {
            let result = run.execute(&layers, Some(error)).await;
            return LoopEnd { result, templar, ignored: None };
        }
        Err(Unlisted::Now(error)) => {
            return LoopEnd { result: finish::failed_plainly(error), templar, ignored: None };
        }
    };
    if items.is_empty() {
        let output = Map::from([
            ("changed", Value::from(false)),
            ("skipped_reason", Value::from("No items in the list")),
            ("results", Value::list([])),
        ]);
        return LoopEnd { result: TaskResult::skipped(output), templar, ignored: None };
    }
    let control = match Control::of(looping, &templar) {
        Ok(control) => control,
        Err(error) => {
            return LoopEnd { result: finish::failed_plainly(error), templar, ignored: None };
        }
    };
    let (result, ignored) = over(run, layers, &items, &control).await;
    LoopEnd { result, templar, ignored }
}

/// Why there is no list.
enum Unlisted {
    /// Undefined: told only if the task is not skipped.
    Later(Diagnostic),
    Now(Diagnostic),
}

fn items(run: &TaskRun, looping: &Loop, templar: &Templar) -> Result<Vec<Value>, Unlisted> {
    let told = |error: TemplateError| match error.kind() {
        ErrorKind::Undefined => Unlisted::Later(error.into()),
        _ => Unlisted::Now(error.into()),
    };
    let Some(name) = &looping.lookup else {
        let value = templar.render(&looping.items).map_err(told)?;
        return match &value.data {
            Data::List(items) | Data::Tuple(items) => Ok(items.to_vec()),
            _ => {
                let message = format!("The `loop` value must resolve to a 'list', not '{}'.", value.type_name());
                let hint = "Provide a list of items/templates, or a template resolving to a list.";
                Err(Unlisted::Now(Diagnostic::new(message).at(&looping.items.origin).hint(hint)))
            }
        };
    };
    let terms = match templar.render(&looping.items) {
        Ok(value) => match &value.data {
            Data::List(items) | Data::Tuple(items) => items.to_vec(),
            _ => vec![value],
        },
        Err(error) if name == "first_found" && error.is_undefined() => {
            looping.items.as_items().map_or_else(|| vec![looping.items.clone()], <[Value]>::to_vec)
        }
        Err(error) => return Err(told(error)),
    };
    let folder = subfolder(&run.ground.task.action.name);
    let options = vec![(Arc::from("_subdir"), Value::text(folder))];
    let options = if name.ends_with("first_found") { options } else { Vec::new() };
    templar.lookup(name, &terms, options).map_err(|error| {
        let place = Origin::quoting("<unknown>", "invoke_lookup()");
        Unlisted::Now(Diagnostic::from(if error.origin().is_none() { error.at(&place) } else { error }))
    })
}

/// The folder that a lookup of this action searches first.
fn subfolder(action: &str) -> &'static str {
    ["template", "var", "file"].into_iter().find(|word| action.contains(word)).map_or("files", |word| match word {
        "template" => "templates",
        "var" => "vars",
        _ => "files",
    })
}

/// `loop_control`, rendered.
struct Control {
    loop_var: String,
    index_var: Option<String>,
    label: Option<Value>,
    pause: f64,
    extended: bool,
    all_items: bool,
    break_when: Vec<Value>,
}

impl Control {
    fn of(looping: &Loop, templar: &Templar) -> Result<Self, Diagnostic> {
        let control = &looping.control;
        let render = |raw: &Option<Value>| -> Result<Option<Value>, Diagnostic> {
            match raw {
                None => Ok(None),
                Some(raw) => match templar.render(raw) {
                    Ok(value) => Ok(Some(value).filter(|value| !value.is_null())),
                    Err(error) if error.kind() == ErrorKind::Omitted => Ok(None),
                    Err(error) => Err(error.into()),
                },
            }
        };
        let name = |raw: &Option<Value>| -> Result<Option<String>, Diagnostic> {
            let Some(value) = render(raw)? else { return Ok(None) };
            let name = python::str(&value);
            if is_variable_name(&name) {
                return Ok(Some(name));
            }
            let origin = raw.as_ref().map_or(&control.origin, |raw| &raw.origin);
            Err(Diagnostic::new(format!("Invalid variable name {}.", python::repr(&value))).at(origin).hint(
                "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.",
            ))
        };
        let flag = |raw: &Option<Value>, default: bool| -> Result<bool, Diagnostic> {
            match render(raw)? {
                None => Ok(default),
                Some(value) => coerce::boolean(&value).map_err(|_| unconvertible(&value, "bool")),
            }
        };
        let pause = match render(&control.pause)? {
            None => 0.0,
            Some(value) => match coerce::coerce(&value, crate::args::Kind::Float).map(|value| value.data) {
                Ok(Data::Float(seconds)) => seconds,
                _ => {
                    let raw = control.pause.clone().unwrap_or_default();
                    let cause = unconvertible(&value, "float").at(&raw.origin).apart();
                    return Err(Diagnostic::new("Error processing keyword 'pause'.").at(&raw.origin).caused_by(cause));
                }
            },
        };
        let break_when = match &control.break_when {
            None => Vec::new(),
            Some(value) => value.as_items().map_or_else(|| vec![value.clone()], <[Value]>::to_vec),
        };
        Ok(Self {
            loop_var: name(&control.loop_var)?.unwrap_or_else(|| "item".to_owned()),
            index_var: name(&control.index_var)?,
            label: control.label.clone(),
            pause,
            extended: flag(&control.extended, false)?,
            all_items: flag(&control.extended_allitems, true)?,
            break_when,
        })
    }

    /// The loop's variables for one item.
    fn variables(&self, items: &[Value], index: usize) -> Map {
        let mut variables = Map::from([
            (Value::text(self.loop_var.as_str()), items[index].clone()),
            (Value::text("ansible_loop_var"), Value::text(self.loop_var.as_str())),
        ]);
        if let Some(index_var) = &self.index_var {
            variables.insert(index_var.as_str(), index);
            variables.insert("ansible_index_var", index_var.as_str());
        }
        if self.extended {
            variables.insert("ansible_loop", self.extended(items, index));
        }
        variables
    }

    fn extended(&self, items: &[Value], index: usize) -> Map {
        let count = items.len();
        let mut known = Map::from([
            ("index", Value::from(index + 1)),
            ("index0", Value::from(index)),
            ("first", Value::from(index == 0)),
            ("last", Value::from(index + 1 == count)),
            ("length", Value::from(count)),
            ("revindex", Value::from(count - index)),
            ("revindex0", Value::from(count - index - 1)),
        ]);
        if self.all_items {
            known.insert("allitems", Value::list(items.iter().cloned()));
        }
        if let Some(next) = items.get(index + 1) {
            known.insert("nextitem", next.clone());
        }
        if let Some(previous) = index.checked_sub(1).and_then(|index| items.get(index)) {
            known.insert("previtem", previous.clone());
        }
        known
    }

    fn breaks(&self, templar: &Templar) -> Result<bool, Diagnostic> {
        for condition in &self.break_when {
            if !templar.condition(condition)? {
                return Ok(false);
            }
        }
        Ok(!self.break_when.is_empty())
    }
}

async fn over(run: &TaskRun, mut layers: Layers, items: &[Value], control: &Control) -> (TaskResult, Option<bool>) {
    if layers.contains(&control.loop_var) {
        let name = &control.loop_var;
        let warning = Diagnostic::new(format!("The loop variable '{name}' is already in use."))
            .at(&Origin::quoting("<unknown>", name.as_str()))
            .hint("You should set the `loop_var` value in the `loop_control` option for the task to something else to avoid variable collisions and unexpected behavior.");
        run.shared().outbox.put(Event::Warning(warning));
    }
    let register = Keyword::Register;
    let register = run.scope().own(register).map(python::str);
    let mut all = Sum::default();
    for index in 0..items.len() {
        if index > 0 && control.pause > 0.0 {
            tokio::time::sleep(std::time::Duration::from_secs_f64(control.pause)).await;
        }
        let variables = control.variables(items, index);
        let mut item_layers = layers.clone();
        item_layers.push(Level::Magic, Arc::new(variables.clone()));
        let mut result = run.execute(&item_layers, None).await;
        learn(run, &mut layers, &result);
        let templar = run.templar(&item_layers);
        if let Some(warnings) = result.output.remove("warnings") {
            all.warnings.extend(warnings.as_items().unwrap_or_default().iter().cloned());
        }
        for (key, value) in &variables {
            result.output.insert(key.clone(), listed(value));
        }
        if let Some(name) = &register {
            layers.push(Level::SetFacts, Arc::new(Map::from([(name.as_str(), Value::from(result.output.clone()))])));
            item_layers
                .push(Level::SetFacts, Arc::new(Map::from([(name.as_str(), Value::from(result.output.clone()))])));
        }
        label(&mut result, &run.templar(&item_layers), control, &items[index]);
        let ignored = run.ignores_failure(result.status, Some(&templar));
        if result.changed() && !result.status.is_failure() && result.notify.is_empty() {
            let keywords = Keywords { scope: run.scope(), templar: &templar };
            result.notify = keywords.texts(Keyword::Notify).unwrap_or_default();
        }
        for effects in &mut result.effects {
            for include in &mut effects.includes {
                include.variables = variables.clone();
                include.label = result.label.clone();
            }
        }
        run.tell(&result, Event::Item, ignored).await;
        all.add(result, ignored);
        match control.breaks(&run.templar(&item_layers)) {
            Ok(false) => {}
            Ok(true) => break,
            Err(error) => return (finish::failed_plainly(error), None),
        }
    }
    all.finish()
}

/// What an item's result makes known to the items after it.
fn learn(run: &TaskRun, layers: &mut Layers, result: &TaskResult) {
    let inject = run.shared().settings.inject_facts_as_vars();
    for effects in &result.effects {
        if let Some(variables) = &effects.variables {
            layers.push(Level::SetFacts, Arc::new(variables.clone()));
        }
        if let Some(new) = &effects.facts {
            let mut known = (*run.shared().board.of(run.host).facts).clone();
            known.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
            for layer in facts::layers(&known, inject) {
                layers.push(Level::Facts, layer);
            }
        }
    }
}

/// What is shown of the item.
fn label(result: &mut TaskResult, templar: &Templar, control: &Control, item: &Value) {
    let Some(raw) = &control.label else {
        result.label = Some(listed(item));
        return;
    };
    match templar.render(raw) {
        Ok(label) => result.label = Some(label),
        Err(error) => {
            let message = format!("Failed to template loop_control.label: {error}");
            result.output.insert("failed", true);
            result.output.insert("msg", message);
            result.status = Status::of(&result.output);
        }
    }
}

/// Results know no tuples.
fn listed(value: &Value) -> Value {
    match &value.data {
        Data::Tuple(items) | Data::List(items) if items.iter().any(|item| !is_listed(item)) || !is_listed(value) => {
            Value::list(items.iter().map(listed)).with_origin(&value.origin)
        }
        _ => value.clone(),
    }
}

fn is_listed(value: &Value) -> bool {
    match &value.data {
        Data::Tuple(_) => false,
        Data::List(items) => items.iter().all(is_listed),
        _ => true,
    }
}

/// The results of all items, added up.
#[derive(Default)]
struct Sum {
    results: Vec<Value>,
    warnings: Vec<Value>,
    changed: bool,
    failed: bool,
    unreachable: bool,
    ran: bool,
    /// `Some(false)` once a failure of an item counts.
    ignored: Option<bool>,
    total: TaskResult,
}

impl Sum {
    fn add(&mut self, result: TaskResult, ignored: bool) {
        self.changed |= result.changed();
        self.ran |= result.status != Status::Skipped;
        match result.status {
            Status::Failed => self.failed = true,
            Status::Unreachable => self.unreachable = true,
            _ => {}
        }
        if result.status.is_failure() {
            self.ignored = Some(self.ignored.unwrap_or(true) && ignored);
        }
        self.total.show.censored |= result.show.censored;
        self.total.delegated_to = result.delegated_to.or(self.total.delegated_to.take());
        self.total.effects.extend(result.effects);
        for name in result.notify {
            if !self.total.notify.contains(&name) {
                self.total.notify.push(name);
            }
        }
        self.results.push(result.output.into());
    }

    fn finish(self) -> (TaskResult, Option<bool>) {
        let mut output = Map::from([
            ("results", Value::list(self.results)),
            ("changed", Value::from(self.changed)),
            ("skipped", Value::from(!self.ran)),
        ]);
        let message = if self.failed {
            output.insert("failed", true);
            "One or more items failed"
        } else if self.ran {
            "All items completed"
        } else {
            "All items skipped"
        };
        output.insert("msg", message);
        if !self.warnings.is_empty() {
            output.insert("warnings", Value::list(self.warnings));
        }
        if self.unreachable {
            output.insert("unreachable", true);
        }
        let status = Status::of(&output);
        (TaskResult { status, output, ..self.total }, self.ignored)
    }
}
