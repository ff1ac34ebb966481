//! A value of the user's world: data as Python has it, and where it was written.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::IndexSet;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::{Map, Text, Trust, Vaulted};
use crate::diagnostic::Origin;

/// Data and its origin. Equality and hash ignore the origin; cloning is cheap everywhere.
#[derive(Clone, Default)]
pub struct Value {
    pub data: Data,
    pub origin: Origin,
}

/// What Python would hold. `Big` is only for integers outside of `i64`.
#[derive(Clone, Default)]
pub enum Data {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Big(Arc<BigInt>),
    Float(f64),
    Text(Text),
    Bytes(Arc<[u8]>),
    Date(Date),
    List(Arc<Vec<Value>>),
    Tuple(Arc<Vec<Value>>),
    Set(Arc<IndexSet<Value>>),
    Map(Arc<Map>),
    /// Not yet decrypted; whoever reads it asks the vault.
    Vaulted(Arc<Vaulted>),
}

/// Python's date types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    Day(jiff::civil::Date),
    /// With the offset from UTC in seconds where the value has one.
    Moment(jiff::civil::DateTime, Option<i32>),
    Time(jiff::civil::Time),
}

impl Value {
    pub const NULL: Value = Value { data: Data::Null, origin: Origin::none() };

    pub fn new(data: Data, origin: Origin) -> Self {
        Self { data, origin }
    }

    /// Text that is never a template.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Data::Text(Text::plain(text)).into()
    }

    /// Text that the user wrote where templates are allowed.
    pub fn template(text: impl Into<Arc<str>>, origin: Origin) -> Self {
        Self { data: Data::Text(Text::trusted(text)), origin }
    }

    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Data::List(Arc::new(items.into_iter().collect())).into()
    }

    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Data::Tuple(Arc::new(items.into_iter().collect())).into()
    }

    pub fn big(number: BigInt) -> Self {
        match number.to_i64() {
            Some(small) => Data::Int(small).into(),
            None => Data::Big(Arc::new(number)).into(),
        }
    }

    #[must_use]
    pub fn with_origin(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }

    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&Text> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(number) => Some(number),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(items) | Data::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Key of a mapping, by text. `None` for other data too.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// Python's truth of a value.
    pub fn is_truthy(&self) -> bool {
        match &self.data {
            Data::Null => false,
            Data::Bool(flag) => *flag,
            Data::Int(number) => *number != 0,
            Data::Float(number) => *number != 0.0,
            Data::Text(text) => !text.is_empty(),
            Data::Bytes(bytes) => !bytes.is_empty(),
            Data::List(items) | Data::Tuple(items) => !items.is_empty(),
            Data::Set(items) => !items.is_empty(),
            Data::Map(map) => !map.is_empty(),
            Data::Big(_) | Data::Date(_) | Data::Vaulted(_) => true,
        }
    }

    /// The name of the Python type, as error messages use it.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Null => "NoneType",
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::Big(_) => "int",
            Data::Float(_) => "float",
            Data::Text(_) | Data::Vaulted(_) => "str",
            Data::Bytes(_) => "bytes",
            Data::Date(Date::Day(_)) => "date",
            Data::Date(Date::Moment(..)) => "datetime",
            Data::Date(Date::Time(_)) => "time",
            Data::List(_) => "list",
            Data::Tuple(_) => "tuple",
            Data::Set(_) => "set",
            Data::Map(_) => "dict",
        }
    }

    /// The class as messages name it: what was written somewhere is of a class that remembers where.
    pub fn class_name(&self) -> String {
        if self.origin.is_none() {
            return format!("<class '{}'>", self.type_name());
        }
        let tagged = match &self.data {
            Data::Vaulted(_) => return "<class 'ansible.parsing.vault.EncryptedString'>".to_owned(),
            Data::Map(_) => "Dict",
            Data::List(_) => "List",
            Data::Text(_) => "Str",
            Data::Int(_) | Data::Big(_) => "Int",
            Data::Float(_) => "Float",
            Data::Tuple(_) => "Tuple",
            Data::Set(_) => "Set",
            Data::Bytes(_) => "Bytes",
            Data::Date(_) => "DateTime",
            Data::Null | Data::Bool(_) => return format!("<class '{}'>", self.type_name()),
        };
        format!("<class 'ansible.module_utils._internal._datatag._AnsibleTagged{tagged}'>")
    }

    /// The same data with every text in it made plain: what a result, fact or render becomes.
    #[must_use]
    pub fn untrusted(&self) -> Self {
        self.map_texts(&|text| text.clone().with_trust(Trust::Plain))
    }

    /// The same data with every text in it made a template: what the user typed.
    #[must_use]
    pub fn trusted(&self) -> Self {
        self.map_texts(&|text| text.clone().with_trust(Trust::Template))
    }

    pub fn map_texts(&self, change: &dyn Fn(&Text) -> Text) -> Self {
        let data = match &self.data {
            Data::Text(text) => Data::Text(change(text)),
            Data::List(items) => Data::List(Arc::new(items.iter().map(|item| item.map_texts(change)).collect())),
            Data::Tuple(items) => Data::Tuple(Arc::new(items.iter().map(|item| item.map_texts(change)).collect())),
            Data::Set(items) => Data::Set(Arc::new(items.iter().map(|item| item.map_texts(change)).collect())),
            Data::Map(map) => {
                Data::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), item.map_texts(change))).collect()))
            }
            other => other.clone(),
        };
        Self { data, origin: self.origin.clone() }
    }
}

impl Data {
    /// Numbers, by value: what makes 1, 1.0 and True one key.
    fn numeric(&self) -> Option<Number<'_>> {
        match self {
            Data::Bool(flag) => Some(Number::Int(i64::from(*flag))),
            Data::Int(number) => Some(Number::Int(*number)),
            Data::Big(number) => Some(Number::Big(number)),
            Data::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }
}

enum Number<'a> {
    Int(i64),
    Big(&'a BigInt),
    Float(f64),
}

impl Number<'_> {
    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Big(a), Self::Big(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Int(a), Self::Float(b)) | (Self::Float(b), Self::Int(a)) => exact_int(*b) == Some(*a),
            (Self::Big(a), Self::Float(b)) | (Self::Float(b), Self::Big(a)) => {
                b.fract() == 0.0 && num_traits::FromPrimitive::from_f64(*b).is_some_and(|b: BigInt| b == **a)
            }
            (Self::Int(_), Self::Big(_)) | (Self::Big(_), Self::Int(_)) => false,
        }
    }
}

/// The integer that a float is exactly, where it fits.
fn exact_int(number: f64) -> Option<i64> {
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    (number.fract() == 0.0 && in_range).then_some(number as i64)
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.numeric(), other.numeric()) {
            return a.equals(&b);
        }
        match (self, other) {
            (Data::Null, Data::Null) => true,
            (Data::Text(a), Data::Text(b)) => a == b,
            (Data::Bytes(a), Data::Bytes(b)) => a == b,
            (Data::Date(a), Data::Date(b)) => a == b,
            (Data::List(a), Data::List(b)) | (Data::Tuple(a), Data::Tuple(b)) => a == b,
            (Data::Set(a), Data::Set(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
            (Data::Map(a), Data::Map(b)) => a == b,
            (Data::Vaulted(a), Data::Vaulted(b)) => a == b,
            _ => false,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

/// NaN is equal to nothing; as a key that only means that it is not found again, as in Python.
impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.data {
            Data::Text(text) => text.hash(state),
            Data::Bool(flag) => i64::from(*flag).hash(state),
            Data::Int(number) => number.hash(state),
            Data::Float(number) => match exact_int(*number) {
                Some(whole) => whole.hash(state),
                None => number.to_bits().hash(state),
            },
            Data::Null => 0xa5_u8.hash(state),
            Data::Big(number) => number.hash(state),
            Data::Bytes(bytes) => bytes.hash(state),
            Data::Date(date) => date.hash(state),
            Data::List(items) | Data::Tuple(items) => items.hash(state),
            // Sets and mappings have no order in equality, so only their size may count.
            Data::Set(items) => items.len().hash(state),
            Data::Map(map) => map.len().hash(state),
            Data::Vaulted(vaulted) => vaulted.hash(state),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Null => f.write_str("null"),
            Data::Bool(flag) => write!(f, "{flag}"),
            Data::Int(number) => write!(f, "{number}"),
            Data::Big(number) => write!(f, "{number}"),
            Data::Float(number) => write!(f, "{number:?}"),
            Data::Text(text) => write!(f, "{text:?}"),
            Data::Bytes(bytes) => write!(f, "b{bytes:?}"),
            Data::Date(date) => write!(f, "{date:?}"),
            Data::List(items) => f.debug_list().entries(items.iter()).finish(),
            Data::Tuple(items) => {
                f.write_str("tuple")?;
                f.debug_list().entries(items.iter()).finish()
            }
            Data::Set(items) => f.debug_set().entries(items.iter()).finish(),
            Data::Map(map) => f.debug_map().entries(map.iter()).finish(),
            Data::Vaulted(_) => f.write_str("<vaulted>"),
        }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, origin: Origin::none() }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Data::Bool(flag).into()
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Data::Float(number).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Data::Text(text).into()
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Data::Map(Arc::new(map)).into()
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Data::List(Arc::new(items)).into()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::NULL, Into::into)
    }
}

macro_rules! from_integer {
    ($($small:ty),* ; $($large:ty),*) => {
        $(impl From<$small> for Value {
            fn from(number: $small) -> Self {
                Data::Int(i64::from(number)).into()
            }
        })*
        $(impl From<$large> for Value {
            fn from(number: $large) -> Self {
                Value::big(BigInt::from(number))
            }
        })*
    };
}

from_integer!(i8, i16, i32, i64, u8, u16, u32; u64, usize);
