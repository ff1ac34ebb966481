//! Combining mappings of variables: the later replaces, or mappings merge in depth.

use std::sync::Arc;

use crate::data::{Data, Map, Value};

/// The setting DEFAULT_HASH_BEHAVIOUR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashBehaviour {
    #[default]
    Replace,
    Merge,
}

/// All mappings in one, the weakest first. A name keeps the place of its first appearance.
pub fn all<'a>(maps: impl IntoIterator<Item = &'a Map>, behaviour: HashBehaviour) -> Map {
    let mut result = Map::new();
    for map in maps {
        add(&mut result, map, behaviour);
    }
    result
}

/// Puts the variables of `above` over those of `below`.
pub fn add(below: &mut Map, above: &Map, behaviour: HashBehaviour) {
    for (name, value) in above {
        let merged = match (behaviour, below.get_value(name)) {
            (HashBehaviour::Merge, Some(old)) => values(old, value),
            _ => value.clone(),
        };
        below.insert(name.clone(), merged);
    }
}

/// Two mappings merged in depth; anything else is replaced.
pub fn values(below: &Value, above: &Value) -> Value {
    match (&below.data, &above.data) {
        (Data::Map(old), Data::Map(new)) => {
            let mut merged = (**old).clone();
            add(&mut merged, new, HashBehaviour::Merge);
            Value::new(Data::Map(Arc::new(merged)), above.origin.clone())
        }
        _ => above.clone(),
    }
}
