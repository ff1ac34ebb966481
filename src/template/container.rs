//! Lists and mappings of a running template: shared, mutable, and lazy where they come from
//! variables, so that `cfg.good` works beside a broken sibling.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Context, Object};
use crate::data::{Data, Map, Value};
use crate::diagnostic::Origin;

/// Something from a variable that has not been rendered so far.
#[derive(Clone)]
pub struct Lazy(Rc<(Value, Context)>);

/// A list with an identity.
pub struct List {
    state: RefCell<ListState>,
    /// Whether an item was looked at so far.
    looked_at: Cell<bool>,
    pub origin: Origin,
}

enum ListState {
    Data { items: Arc<Vec<Value>>, lazy: Option<Context>, touched: IndexMap<usize, Object> },
    Own(Vec<Object>),
}

/// A mapping with an identity.
pub struct Dict {
    state: RefCell<DictState>,
    pub origin: Origin,
}

enum DictState {
    Data { map: Arc<Map>, lazy: Option<Context>, touched: IndexMap<Value, Object> },
    Own(IndexMap<Value, Object>),
}

impl Lazy {
    /// The rendered value; what goes wrong becomes a marker.
    pub fn resolve(&self) -> Object {
        let (value, context) = &*self.0;
        context.resolve(value)
    }

    pub fn raw(&self) -> &Value {
        &self.0.0
    }
}

/// A child of a container: a template waits, a container stays lazy, the rest is ready.
fn child(value: &Value, lazy: Option<&Context>) -> Object {
    match (lazy, &value.data) {
        (Some(context), Data::Text(text)) if text.may_be_template() => {
            Object::Lazy(Lazy(Rc::new((value.clone(), context.clone()))))
        }
        (Some(context), Data::Vaulted(_)) => Object::Lazy(Lazy(Rc::new((value.clone(), context.clone())))),
        (Some(context), Data::List(_) | Data::Map(_) | Data::Tuple(_)) => Object::lazily(value, context),
        _ => Object::from(value.clone()),
    }
}

/// Whether reading the value again and again gives the same without remembering it.
fn is_simple(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => !text.may_be_template(),
        Data::List(_) | Data::Map(_) | Data::Tuple(_) | Data::Vaulted(_) => false,
        _ => true,
    }
}

impl Object {
    /// A variable's value: containers become lazy, texts are not looked at.
    pub fn lazily(value: &Value, context: &Context) -> Object {
        match &value.data {
            Data::List(items) => Object::List(Rc::new(List {
                state: RefCell::new(ListState::Data {
                    items: items.clone(),
                    lazy: Some(context.clone()),
                    touched: IndexMap::new(),
                }),
                looked_at: Cell::new(false),
                origin: value.origin.clone(),
            })),
            Data::Map(map) => Object::Dict(Rc::new(Dict {
                state: RefCell::new(DictState::Data {
                    map: map.clone(),
                    lazy: Some(context.clone()),
                    touched: IndexMap::new(),
                }),
                origin: value.origin.clone(),
            })),
            Data::Tuple(items) => Object::Tuple(items.iter().map(|item| child(item, Some(context))).collect()),
            _ => Object::from(value.clone()),
        }
    }

    /// Renders what waits; everything else is itself.
    pub fn resolved(&self) -> Object {
        match self {
            Object::Lazy(lazy) => lazy.resolve(),
            other => other.clone(),
        }
    }
}

impl List {
    pub fn new(items: Vec<Object>) -> Self {
        Self { state: RefCell::new(ListState::Own(items)), looked_at: Cell::new(true), origin: Origin::none() }
    }

    pub fn from_data(items: Arc<Vec<Value>>, origin: Origin) -> Self {
        Self {
            state: RefCell::new(ListState::Data { items, lazy: None, touched: IndexMap::new() }),
            looked_at: Cell::new(true),
            origin,
        }
    }

    pub fn len(&self) -> usize {
        match &*self.state.borrow() {
            ListState::Data { items, .. } => items.len(),
            ListState::Own(items) => items.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a variable's list, as it came.
    pub fn is_lazy(&self) -> bool {
        matches!(&*self.state.borrow(), ListState::Data { lazy: Some(_), .. })
    }

    /// Whether this is a variable's list of which no item was asked for. The reference counts
    /// nothing in such a list.
    pub fn is_unread(&self) -> bool {
        !self.looked_at.get()
    }

    /// The item, rendered.
    pub fn get(&self, index: usize) -> Option<Object> {
        self.looked_at.set(true);
        let found = match &mut *self.state.borrow_mut() {
            ListState::Data { items, lazy, touched } => {
                let value = items.get(index)?;
                if is_simple(value) {
                    return Some(Object::Value(value.clone()));
                }
                touched.entry(index).or_insert_with(|| child(value, lazy.as_ref())).clone()
            }
            ListState::Own(items) => items.get(index)?.clone(),
        };
        let Object::Lazy(lazy) = &found else { return Some(found) };
        // No borrow may live here: rendering can reach this very list again.
        let rendered = lazy.resolve();
        match &mut *self.state.borrow_mut() {
            ListState::Data { touched, .. } => {
                touched.insert(index, rendered.clone());
            }
            ListState::Own(items) => {
                if let Some(place) = items.get_mut(index) {
                    *place = rendered.clone();
                }
            }
        }
        Some(rendered)
    }

    /// All items, rendered one by one.
    pub fn items(&self) -> Vec<Object> {
        (0..self.len()).map_while(|index| self.get(index)).collect()
    }

    /// The items as they are now, without rendering any: for copies.
    pub fn untouched(&self) -> Vec<Object> {
        self.change(|items| items.clone())
    }

    /// Looks at the items of a list that templates made.
    pub(super) fn if_own<R>(&self, work: impl FnOnce(&[Object]) -> R) -> Option<R> {
        match &*self.state.borrow() {
            ListState::Own(items) => Some(work(items)),
            ListState::Data { .. } => None,
        }
    }

    /// Works on the items in place.
    pub fn change<R>(&self, work: impl FnOnce(&mut Vec<Object>) -> R) -> R {
        let mut state = self.state.borrow_mut();
        if let ListState::Data { items, lazy, touched } = &mut *state {
            let own = items
                .iter()
                .enumerate()
                .map(|(index, value)| touched.get(&index).cloned().unwrap_or_else(|| child(value, lazy.as_ref())))
                .collect();
            *state = ListState::Own(own);
        }
        match &mut *state {
            ListState::Own(items) => work(items),
            ListState::Data { .. } => work(&mut Vec::new()),
        }
    }

    /// The data that the list still is as a whole, if nothing was touched; and whether it is lazy.
    pub fn as_data(&self) -> Option<(Arc<Vec<Value>>, bool)> {
        match &*self.state.borrow() {
            ListState::Data { items, lazy, touched } if touched.is_empty() => Some((items.clone(), lazy.is_some())),
            _ => None,
        }
    }
}

impl Dict {
    pub fn new(pairs: impl IntoIterator<Item = (Value, Object)>) -> Self {
        Self { state: RefCell::new(DictState::Own(pairs.into_iter().collect())), origin: Origin::none() }
    }

    pub fn from_data(map: Arc<Map>, origin: Origin) -> Self {
        Self { state: RefCell::new(DictState::Data { map, lazy: None, touched: IndexMap::new() }), origin }
    }

    pub fn len(&self) -> usize {
        match &*self.state.borrow() {
            DictState::Data { map, .. } => map.len(),
            DictState::Own(items) => items.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a variable's mapping, as it came.
    pub fn is_lazy(&self) -> bool {
        matches!(&*self.state.borrow(), DictState::Data { lazy: Some(_), .. })
    }

    pub fn contains(&self, key: &Value) -> bool {
        match &*self.state.borrow() {
            DictState::Data { map, .. } => map.contains_value_key(key),
            DictState::Own(items) => items.contains_key(key),
        }
    }

    pub fn keys(&self) -> Vec<Value> {
        match &*self.state.borrow() {
            DictState::Data { map, .. } => map.keys().cloned().collect(),
            DictState::Own(items) => items.keys().cloned().collect(),
        }
    }

    /// The item of a key that is text.
    pub fn get_text(&self, key: &str) -> Option<Object> {
        if let DictState::Data { map, .. } = &*self.state.borrow() {
            let value = map.get(key)?;
            if is_simple(value) {
                return Some(Object::Value(value.clone()));
            }
        }
        self.get(&Value::text(key))
    }

    /// The item, rendered.
    pub fn get(&self, key: &Value) -> Option<Object> {
        let found = match &mut *self.state.borrow_mut() {
            DictState::Data { map, lazy, touched } => {
                let value = map.get_value(key)?;
                if is_simple(value) {
                    return Some(Object::Value(value.clone()));
                }
                touched.entry(key.clone()).or_insert_with(|| child(value, lazy.as_ref())).clone()
            }
            DictState::Own(items) => items.get(key)?.clone(),
        };
        let Object::Lazy(lazy) = &found else { return Some(found) };
        // No borrow may live here: rendering can reach this very mapping again.
        let rendered = lazy.resolve();
        match &mut *self.state.borrow_mut() {
            DictState::Data { touched, .. } => {
                touched.insert(key.clone(), rendered.clone());
            }
            DictState::Own(items) => {
                if let Some(place) = items.get_mut(key) {
                    *place = rendered.clone();
                }
            }
        }
        Some(rendered)
    }

    /// All pairs, the values rendered one by one.
    pub fn items(&self) -> Vec<(Value, Object)> {
        self.keys()
            .into_iter()
            .filter_map(|key| {
                let value = self.get(&key)?;
                Some((key, value))
            })
            .collect()
    }

    /// Looks at the pairs of a mapping that templates made.
    pub(super) fn if_own<R>(&self, work: impl FnOnce(&IndexMap<Value, Object>) -> R) -> Option<R> {
        match &*self.state.borrow() {
            DictState::Own(items) => Some(work(items)),
            DictState::Data { .. } => None,
        }
    }

    /// Works on the pairs in place, without rendering any.
    pub fn change<R>(&self, work: impl FnOnce(&mut IndexMap<Value, Object>) -> R) -> R {
        let mut state = self.state.borrow_mut();
        if let DictState::Data { map, lazy, touched } = &mut *state {
            let own = map
                .iter()
                .map(|(key, value)| {
                    let item = touched.get(key).cloned().unwrap_or_else(|| child(value, lazy.as_ref()));
                    (key.clone(), item)
                })
                .collect();
            *state = DictState::Own(own);
        }
        match &mut *state {
            DictState::Own(items) => work(items),
            DictState::Data { .. } => work(&mut IndexMap::new()),
        }
    }

    /// The data that the mapping still is as a whole, if nothing was touched; and whether it is lazy.
    pub fn as_data(&self) -> Option<(Arc<Map>, bool)> {
        match &*self.state.borrow() {
            DictState::Data { map, lazy, touched } if touched.is_empty() => Some((map.clone(), lazy.is_some())),
            _ => None,
        }
    }
}
