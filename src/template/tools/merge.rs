//! Mappings laid over each other, as `combine` and its kin do.

use indexmap::IndexMap;

use super::iterate::usable_items;
use crate::data::Value;
use crate::template::operators::equal;
use crate::template::{Object, Result, TemplateError};

/// What becomes of two lists under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListMerge {
    #[default]
    Replace,
    Keep,
    Append,
    Prepend,
    /// As append and prepend, but without what the newer list holds too.
    AppendNew,
    PrependNew,
}

/// How mappings are laid over each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Merge {
    pub recursive: bool,
    pub lists: ListMerge,
}

impl ListMerge {
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "replace" => Self::Replace,
            "keep" => Self::Keep,
            "append" => Self::Append,
            "prepend" => Self::Prepend,
            "append_rp" => Self::AppendNew,
            "prepend_rp" => Self::PrependNew,
            _ => {
                return Err("merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', \
                            'prepend', 'append_rp' or 'prepend_rp'"
                    .into());
            }
        })
    }
}

impl Merge {
    /// The newer mapping laid over the older one. Neither is changed.
    pub fn over(&self, older: &Object, newer: &Object) -> Result<Object> {
        let (Object::Dict(old), Object::Dict(new)) = (older, newer) else {
            return Err(TemplateError::failure(format!(
                "failed to combine variables, expected dicts but got a '{}' and a '{}'.",
                older.type_name(),
                newer.type_name()
            )));
        };
        if old.is_empty() || equal(older, newer).unwrap_or(false) {
            return Ok(newer.clone());
        }
        if new.is_empty() {
            return Ok(older.clone());
        }
        let mut merged: IndexMap<Value, Object> = old.change(|pairs| pairs.clone());
        for (key, value) in new.change(|pairs| pairs.clone()) {
            let value = match merged.get(&key).map(Object::resolved) {
                Some(present) => self.value(&present, value)?,
                None => value,
            };
            merged.insert(key, value);
        }
        Ok(Object::dict(merged))
    }

    fn value(&self, present: &Object, value: Object) -> Result<Object> {
        if !self.recursive && self.lists == ListMerge::Replace {
            return Ok(value);
        }
        let value = value.resolved();
        match (present, &value) {
            (Object::Dict(_), Object::Dict(_)) if self.recursive => self.over(present, &value),
            (Object::List(_), Object::List(_)) => self.list(present, value),
            _ => Ok(value),
        }
    }

    fn list(&self, older: &Object, newer: Object) -> Result<Object> {
        let old = || usable_items(older);
        let new = || usable_items(&newer);
        let old_alone = || -> Result<Vec<Object>> {
            let new = new()?;
            let mut alone = Vec::new();
            for item in old()? {
                if !any_equal(&new, &item)? {
                    alone.push(item);
                }
            }
            Ok(alone)
        };
        let items = match self.lists {
            ListMerge::Replace => return Ok(newer),
            ListMerge::Keep => return Ok(older.clone()),
            ListMerge::Append => [old()?, new()?].concat(),
            ListMerge::Prepend => [new()?, old()?].concat(),
            ListMerge::AppendNew => [old_alone()?, new()?].concat(),
            ListMerge::PrependNew => [new()?, old_alone()?].concat(),
        };
        Ok(Object::list(items))
    }
}

fn any_equal(items: &[Object], item: &Object) -> Result<bool> {
    for other in items {
        if equal(other, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
