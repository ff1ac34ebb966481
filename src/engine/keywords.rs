//! Keywords of a task as a host sees them: inherited, rendered, brought to their type.

use crate::args::coerce;
use crate::data::{Data, Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::playbook::{Keyword, Scope};
use crate::template::{ErrorKind, Templar};

/// Asks for keywords of one scope.
#[derive(Clone, Copy)]
pub struct Keywords<'a> {
    pub scope: &'a Scope,
    pub templar: &'a Templar,
}

impl Keywords<'_> {
    /// The rendered value; `None` where nobody sets it, or where it was omitted.
    pub fn value(&self, keyword: Keyword) -> Result<Option<Value>, Diagnostic> {
        let Some((raw, _)) = self.scope.find(keyword) else { return Ok(None) };
        self.render(keyword, raw)
    }

    fn render(&self, keyword: Keyword, raw: &Value) -> Result<Option<Value>, Diagnostic> {
        match self.templar.render(raw) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::Omitted => Ok(None),
            Err(error) => Err(processing(keyword, raw).caused_by(error.into())),
        }
    }

    pub fn flag(&self, keyword: Keyword) -> Result<Option<bool>, Diagnostic> {
        self.convert(keyword, "bool", |value| coerce::boolean(value).ok())
    }

    pub fn int(&self, keyword: Keyword) -> Result<Option<i64>, Diagnostic> {
        self.convert(keyword, "int", |value| match coerce::coerce(value, crate::args::Kind::Int) {
            Ok(value) => value.as_int(),
            Err(_) => match value.data {
                Data::Float(number) => Some(number as i64),
                _ => None,
            },
        })
    }

    pub fn float(&self, keyword: Keyword) -> Result<Option<f64>, Diagnostic> {
        self.convert(keyword, "float", |value| match coerce::coerce(value, crate::args::Kind::Float).ok()?.data {
            Data::Float(number) => Some(number),
            Data::Int(number) => Some(number as f64),
            _ => None,
        })
    }

    pub fn text(&self, keyword: Keyword) -> Result<Option<String>, Diagnostic> {
        self.convert(keyword, "str", |value| match value.data {
            Data::List(_) | Data::Map(_) => None,
            _ => Some(python::str(value)),
        })
    }

    /// A list of texts; one text stands for a list of it.
    pub fn texts(&self, keyword: Keyword) -> Result<Vec<String>, Diagnostic> {
        let Some(value) = self.value(keyword)? else { return Ok(Vec::new()) };
        Ok(match &value.data {
            Data::Null => Vec::new(),
            Data::List(items) | Data::Tuple(items) => items.iter().map(python::str).collect(),
            Data::Text(text) => vec![text.to_string()],
            _ => vec![python::str(&value)],
        })
    }

    /// The part of a mapping that can be rendered.
    fn what_renders(&self, entry: &Value) -> Option<Value> {
        let renders = |(key, value): (&Value, &Value)| Some((key.clone(), self.templar.render(value).ok()?));
        entry.as_map().map(|map| Value::from(map.iter().filter_map(renders).collect::<Map>()))
    }

    fn convert<T>(
        &self,
        keyword: Keyword,
        wanted: &str,
        convert: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Diagnostic> {
        let Some((raw, _)) = self.scope.find(keyword) else { return Ok(None) };
        let Some(value) = self.render(keyword, raw)? else { return Ok(None) };
        if value.is_null() {
            return Ok(None);
        }
        match convert(&value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(processing(keyword, raw).caused_by(unconvertible(&value, wanted).at(&raw.origin).apart())),
        }
    }

    /// `environment`, outer scopes first. `tolerant` leaves out what cannot be rendered.
    pub fn environment(&self, tolerant: bool) -> Result<(Vec<(String, String)>, Vec<String>), Diagnostic> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut warnings = Vec::new();
        let all: Vec<&Value> = self.scope.gather(Keyword::Environment).into_iter().flat_map(entries).collect();
        let shown = || python::str(&Value::list(all.iter().map(|entry| (*entry).clone())));
        {
            for entry in &all {
                let value = match self.render(Keyword::Environment, entry) {
                    Ok(value) => value,
                    // Facts may be what is missing, and gathering is what brings them.
                    Err(_) if tolerant => self.what_renders(entry),
                    Err(error) => return Err(Diagnostic { origin: Origin::quoting("<unknown>", shown()), ..error }),
                };
                let Some(value) = value else { continue };
                let items: Vec<Value> = match &value.data {
                    Data::List(items) => items.to_vec(),
                    _ => vec![value.clone()],
                };
                for item in items {
                    match &item.data {
                        Data::Map(map) => add_pairs(&mut pairs, map),
                        Data::Null => {}
                        Data::Text(text) if text.is_empty() => {}
                        _ => warnings.push(format!("could not parse environment value, skipping: {}", shown())),
                    }
                }
            }
        }
        Ok((pairs, warnings))
    }
}

/// What conversions say that fail.
pub fn unconvertible(value: &Value, wanted: &str) -> Diagnostic {
    Diagnostic::new(format!("The value {} could not be converted to '{wanted}'.", python::repr(value)))
}

/// The link above whatever is wrong with a keyword's value.
pub fn processing(keyword: Keyword, raw: &Value) -> Diagnostic {
    let name = if keyword == Keyword::Async { "async_val" } else { keyword.name() };
    Diagnostic::new(format!("Error processing keyword '{name}'.")).at(&raw.origin)
}

fn entries(raw: &Value) -> Vec<&Value> {
    raw.as_items().map_or_else(|| vec![raw], |items| items.iter().collect())
}

fn add_pairs(pairs: &mut Vec<(String, String)>, map: &Map) {
    for (key, value) in map {
        let (key, value) = (python::str(key), python::str(value));
        pairs.retain(|(known, _)| *known != key);
        pairs.push((key, value));
    }
}
