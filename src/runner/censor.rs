//! Keeps secrets out of results: the values of `no_log` options never leave the target.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::args::ArgSpec;
use crate::data::{Data, Map, Value, python};

const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
const PART: &str = "********";

/// The texts and numbers that `no_log` options hold in checked arguments.
pub fn secrets_of(spec: &ArgSpec, args: &Map) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    gather(spec, args, &mut secrets);
    secrets
}

fn gather(spec: &ArgSpec, args: &Map, secrets: &mut BTreeSet<String>) {
    for option in spec.all_options() {
        let Some(value) = args.get(option.name) else { continue };
        if option.no_log {
            texts(value, secrets);
        } else if let Some(suboptions) = option.suboptions {
            match &value.data {
                Data::Map(map) => gather(suboptions, map, secrets),
                Data::List(items) => {
                    items.iter().filter_map(Value::as_map).for_each(|map| gather(suboptions, map, secrets));
                }
                _ => {}
            }
        }
    }
}

fn texts(value: &Value, secrets: &mut BTreeSet<String>) {
    match &value.data {
        Data::Text(text) if !text.is_empty() => {
            secrets.insert(text.as_str().to_owned());
        }
        Data::Int(_) | Data::Big(_) | Data::Float(_) => {
            secrets.insert(python::str(value));
        }
        Data::List(items) | Data::Tuple(items) => items.iter().for_each(|item| texts(item, secrets)),
        Data::Map(map) => map.values().for_each(|item| texts(item, secrets)),
        _ => {}
    }
}

/// Replaces secrets wherever they stand in values; keys stay.
pub fn censor(value: &mut Value, secrets: &BTreeSet<String>) {
    if secrets.is_empty() {
        return;
    }
    match &mut value.data {
        Data::Text(text) => {
            if secrets.contains(text.as_str()) {
                *value = Value::text(WHOLE);
            } else if let Some(clean) = censored_text(text, secrets) {
                *value = Value::text(clean);
            }
        }
        Data::Int(_) | Data::Big(_) | Data::Float(_) => {
            let digits = python::str(value);
            if secrets.iter().any(|secret| digits.contains(secret.as_str())) {
                *value = Value::text(WHOLE);
            }
        }
        Data::List(items) | Data::Tuple(items) => {
            Arc::make_mut(items).iter_mut().for_each(|item| censor(item, secrets));
        }
        Data::Map(map) => Arc::make_mut(map).iter_mut().for_each(|(_, item)| censor(item, secrets)),
        _ => {}
    }
}

/// The text without secrets, if there are any in it. Long ones go first: one may be part of another.
pub fn censored_text(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let mut found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    Some(found.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), PART)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_out_of_values() {
        let secrets = BTreeSet::from(["hush".to_owned(), "12".to_owned()]);
        let mut value = Value::from(Map::from([
            ("hush", Value::text("so hush, hush")),
            ("whole", Value::text("hush")),
            ("number", Value::from(5125)),
            ("list", Value::list([Value::from(true), Value::from(3)])),
        ]));
        censor(&mut value, &secrets);
        let wanted = Value::from(Map::from([
            ("hush", Value::text("so ********, ********")),
            ("whole", Value::text(WHOLE)),
            ("number", Value::text(WHOLE)),
            ("list", Value::list([Value::from(true), Value::from(3)])),
        ]));
        assert_eq!(value, wanted);
    }
}
