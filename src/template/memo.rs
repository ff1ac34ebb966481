//! Results of templates in variables that took long, kept for the next render: of the next item of a
//! loop, the next task, the next host. One is used again only where every variable that it read is
//! the very same value, and where it asked nothing of the world outside.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::{Object, Scope, force};
use crate::data::{Data, Map, Value};

/// Quicker ones are not worth a place.
pub(super) const WORTH: Duration = Duration::from_micros(50);
/// Data that is nested deeper is not kept; a list that holds itself would have no end.
const DEEPEST: usize = 100;
const MOST_TEXTS: usize = 1000;
const MOST_PER_TEXT: usize = 8;

/// A variable that was read, and what it was; `None` where there was none.
pub(super) type Read = (Arc<str>, Option<Value>);

#[derive(Default)]
pub(super) struct Memo(RwLock<HashMap<usize, Vec<Arc<Entry>>>>);

pub(super) struct Entry {
    /// Held, so that no other text gets its address.
    text: Arc<str>,
    pub reads: Vec<Read>,
    pub result: Value,
}

impl Memo {
    pub fn get(&self, text: &Arc<str>, scope: &dyn Scope) -> Option<Arc<Entry>> {
        let known = self.0.read().ok()?;
        let entries = known.get(&address(text))?;
        let holds = |entry: &&Arc<Entry>| {
            entry.reads.iter().all(|(name, before)| match (before, scope.variable(name)) {
                (None, None) => true,
                (Some(before), Some(now)) => is_same(before, &now),
                _ => false,
            })
        };
        entries.iter().find(holds).cloned()
    }

    pub fn insert(&self, text: &Arc<str>, reads: Vec<Read>, result: Value) {
        let Ok(mut known) = self.0.write() else { return };
        if known.len() >= MOST_TEXTS {
            known.clear();
        }
        let entries = known.entry(address(text)).or_default();
        entries.retain(|entry| Arc::ptr_eq(&entry.text, text));
        if entries.len() >= MOST_PER_TEXT {
            entries.remove(0);
        }
        entries.push(Arc::new(Entry { text: text.clone(), reads, result }));
    }
}

fn address(text: &Arc<str>) -> usize {
    text.as_ptr() as usize
}

/// Whether two values are one: the same shared data, or equal where nothing is shared.
fn is_same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Text(a), Data::Text(b)) => Arc::ptr_eq(a.shared(), b.shared()) && a.trust() == b.trust(),
        (Data::List(a), Data::List(b)) | (Data::Tuple(a), Data::Tuple(b)) => Arc::ptr_eq(a, b),
        (Data::Map(a), Data::Map(b)) => Arc::ptr_eq(a, b),
        (Data::Set(a), Data::Set(b)) => Arc::ptr_eq(a, b),
        (Data::Vaulted(a), Data::Vaulted(b)) => Arc::ptr_eq(a, b),
        (Data::Big(a), Data::Big(b)) => Arc::ptr_eq(a, b),
        (Data::Bytes(a), Data::Bytes(b)) => Arc::ptr_eq(a, b),
        (Data::Null, Data::Null) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a), Data::Int(b)) => a == b,
        (Data::Float(a), Data::Float(b)) => a.to_bits() == b.to_bits(),
        (Data::Date(a), Data::Date(b)) => a == b,
        _ => false,
    }
}

/// The object as data, where nothing in it has to be rendered for that.
pub(super) fn finished(object: &Object) -> Option<Value> {
    nested_finished(object, 0)
}

fn nested_finished(object: &Object, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let finished = |object: &Object| nested_finished(object, depth + 1);
    match object {
        Object::Value(value) => Some(value.clone()),
        Object::Tuple(items) => Some(Value::tuple(items.iter().map(&finished).collect::<Option<Vec<_>>>()?)),
        Object::List(list) => match list.as_data() {
            Some((items, lazy)) => {
                let value = Value::new(Data::List(items), list.origin.clone());
                (!lazy || !force::waits(&value)).then_some(value)
            }
            None => list.if_own(|items| items.iter().map(&finished).collect::<Option<Vec<_>>>())?.map(Value::from),
        },
        Object::Dict(dict) => match dict.as_data() {
            Some((map, lazy)) => {
                let value = Value::new(Data::Map(map), dict.origin.clone());
                (!lazy || !force::waits(&value)).then_some(value)
            }
            None => {
                let pairs = dict.if_own(|items| {
                    items.iter().map(|(key, item)| Some((key.clone(), finished(item)?))).collect::<Option<Map>>()
                })?;
                pairs.map(Value::from)
            }
        },
        Object::Marker(_) | Object::Omit | Object::Lazy(_) | Object::Native(_) => None,
    }
}
