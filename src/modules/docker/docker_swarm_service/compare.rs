//! Where two services differ, both in the flat form.

use crate::data::{Map, Value};
use crate::runner::docker::Differences;

/// Options whose lists have an order.
const ORDERED: &[&str] = &["command", "args", "dns", "dns_search", "placement_preferences"];

/// Options whose mappings must be equal as a whole.
const WHOLE: &[&str] = &["labels", "container_labels", "hosts", "sysctls"];

/// What differs; only what is wanted counts.
pub fn compare(wanted: &Map, current: &Map) -> Differences {
    let mut found = Differences::default();
    for (key, new) in wanted {
        let name = key.as_str().unwrap_or_default();
        let old = current.get(name).cloned().unwrap_or_default();
        let differs = match name {
            _ if new.is_null() => false,
            "publish" => ports_differ(new, &old),
            "image" => image_differs(new, &old),
            "healthcheck_disabled" => new.is_truthy() != old.is_truthy(),
            "cap_add" | "cap_drop" => list_differs(&capabilities(new), &capabilities(&old), true),
            _ => differs(name, new, &old),
        };
        if differs {
            found.add(name, new.clone(), old);
        }
    }
    found
}

fn differs(name: &str, new: &Value, old: &Value) -> bool {
    if !new.is_truthy() && !old.is_truthy() {
        return false;
    }
    if new.as_items().is_some() {
        return list_differs(new, old, !ORDERED.contains(&name));
    }
    match new.as_map() {
        Some(map) if !WHOLE.contains(&name) && !map.is_empty() => map_differs(map, old),
        _ => new != old,
    }
}

fn map_differs(new: &Map, old: &Value) -> bool {
    new.iter().filter(|(_, value)| !value.is_null()).any(|(key, value)| {
        let key = key.as_str().unwrap_or_default();
        differs(key, value, old.get(key).unwrap_or(&Value::NULL))
    })
}

fn list_differs(new: &Value, old: &Value, sort: bool) -> bool {
    let items = |value: &Value| {
        let mut items = value.as_items().map(<[Value]>::to_vec).unwrap_or_default();
        if sort {
            items.sort_by_cached_key(sort_key);
        }
        items
    };
    let (new, old) = (items(new), items(old));
    new.len() != old.len()
        || new.iter().zip(&old).any(|(new, old)| match new.as_map() {
            Some(map) => map_differs(map, old),
            None => new != old,
        })
}

/// What makes two entries the same one: where they are mounted, what they are called.
fn sort_key(item: &Value) -> String {
    let key = ["target", "config_name", "secret_name", "id"].iter().find_map(|key| item.get(key));
    let file = item.get("filename").map(|file| format!("{file:?}")).unwrap_or_default();
    format!("{:?}{file}", key.unwrap_or(item))
}

/// Ports that leave the choice of mode or outer port to the engine fit any.
fn ports_differ(new: &Value, old: &Value) -> bool {
    let items = |value: &Value| {
        let mut items = value.as_items().map(<[Value]>::to_vec).unwrap_or_default();
        let number = |item: &Value, key: &str| item.get(key).and_then(Value::as_int).unwrap_or(0);
        let text = |item: &Value| item.get("protocol").and_then(Value::as_str).unwrap_or_default().to_owned();
        items.sort_by_cached_key(|item| (number(item, "target_port"), number(item, "published_port"), text(item)));
        items
    };
    let (new, old) = (items(new), items(old));
    new.len() != old.len()
        || new.iter().zip(&old).any(|(new, old)| {
            new.as_map()
                .into_iter()
                .flatten()
                .any(|(key, value)| !value.is_null() && Some(value) != key.as_str().and_then(|key| old.get(key)))
        })
}

/// A name without digest fits one that the swarm has pinned.
fn image_differs(new: &Value, old: &Value) -> bool {
    let (new, old) = (new.as_str().unwrap_or_default(), old.as_str().unwrap_or_default());
    let old = if new.contains('@') { old } else { old.split('@').next().unwrap_or(old) };
    new != old
}

fn capabilities(value: &Value) -> Value {
    let plain = |item: &Value| {
        let name = crate::data::python::str(item).to_ascii_uppercase();
        Value::text(name.strip_prefix("CAP_").unwrap_or(&name))
    };
    Value::list(value.as_items().unwrap_or_default().iter().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::json;
    use crate::diagnostic::Origin;

    #[test]
    fn what_differs() {
        let parse = |text: &str| json::parse(text, &Origin::none()).expect("rows are JSON");
        let rows: &[(&str, &str, bool)] = &[
            (r#"{"args": ["a", "b"]}"#, r#"{"args": ["b", "a"]}"#, true),
            (r#"{"env": ["a=1", "b=2"]}"#, r#"{"env": ["b=2", "a=1"]}"#, false),
            (r#"{"labels": {"a": "1"}}"#, r#"{"labels": {"a": "1", "b": "2"}}"#, true),
            (r#"{"env": null}"#, r#"{"env": ["a=1"]}"#, false),
            (r#"{"env": []}"#, r#"{"env": null}"#, false),
            (r#"{"image": "a:1"}"#, r#"{"image": "a:1@sha256:12"}"#, false),
            (
                r#"{"publish": [{"target_port": 1, "mode": null}]}"#,
                r#"{"publish": [{"target_port": 1, "mode": "host"}]}"#,
                false,
            ),
            (
                r#"{"mounts": [{"target": "/a", "readonly": true}]}"#,
                r#"{"mounts": [{"target": "/a", "readonly": null}]}"#,
                true,
            ),
            (r#"{"networks": [{"id": "b"}, {"id": "a"}]}"#, r#"{"networks": [{"id": "a"}, {"id": "b"}]}"#, false),
        ];
        for (new, old, differs) in rows {
            let (new, old) = (parse(new), parse(old));
            let found = compare(new.as_map().expect("a mapping"), old.as_map().expect("a mapping"));
            assert_eq!(!found.is_empty(), *differs, "{new:?} against {old:?}");
        }
    }
}
