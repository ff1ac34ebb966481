//! How what is wanted is compared with what is.

use indexmap::IndexMap;

use crate::args::{Args, Kind as OptionKind};
use crate::data::{Map, Value, python};
use crate::runner::Failure;

use super::options::ContainerOptions;

/// What an option's value is, for comparing.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Value,
    List,
    Set,
    Map,
    /// A set of mappings; only the keys that are wanted count.
    SetOfMaps,
}

/// How strictly an option is compared.
#[derive(Clone, Copy, PartialEq)]
pub enum Comparison {
    Ignore,
    Strict,
    AllowMore,
}

/// The comparisons that a task asks for.
pub struct Comparisons {
    given: IndexMap<String, Comparison>,
    all: Option<Comparison>,
}

/// Options that are no state of a container, so that they cannot be compared.
const NOT_COMPARED: &[&str] = &[
    "name",
    "state",
    "comparisons",
    "cleanup",
    "command_handling",
    "container_default_behavior",
    "default_host_ip",
    "force_kill",
    "healthy_wait_timeout",
    "image_comparison",
    "image_label_mismatch",
    "image_name_mismatch",
    "keep_volumes",
    "kill_signal",
    "networks_cli_compatible",
    "output_logs",
    "paused",
    "pull",
    "pull_check_mode_behavior",
    "recreate",
    "removal_wait_timeout",
    "restart",
    "debug",
    "docker_host",
    "tls",
    "tls_hostname",
    "api_version",
    "timeout",
    "ca_path",
    "client_cert",
    "client_key",
    "validate_certs",
    "use_ssh_client",
    "env_file",
];

impl Comparisons {
    pub fn parse(options: &ContainerOptions) -> Result<Self, Failure> {
        let mut parsed = Self { given: IndexMap::new(), all: None };
        for (key, value) in options.comparisons.iter().flatten() {
            let (key, word) = (python::str(key), python::str(value));
            if key == "*" {
                parsed.all = match word.as_str() {
                    "strict" => Some(Comparison::Strict),
                    "ignore" => Some(Comparison::Ignore),
                    _ => {
                        let message = "The wildcard can only be used with comparison modes 'strict' and 'ignore'!";
                        return Err(Failure::new(message));
                    }
                };
                continue;
            }
            let option = ContainerOptions::SPEC.find(&key).filter(|option| !NOT_COMPARED.contains(&option.name));
            let Some(option) = option else {
                return Err(Failure::new(format!("Unknown module option '{key}' in comparisons dict!")));
            };
            let comparison = match word.as_str() {
                "strict" => Comparison::Strict,
                "ignore" => Comparison::Ignore,
                "allow_more_present" => {
                    if !matches!(option.kind, OptionKind::List | OptionKind::Dict) || is_ordered(option.name) {
                        return Err(Failure::new(format!(
                            "Option '{key}' is a {} and not a set/list/dict, so its comparison cannot be {word}",
                            option.kind.word()
                        )));
                    }
                    Comparison::AllowMore
                }
                _ => return Err(Failure::new(format!("Unknown comparison mode '{word}'!"))),
            };
            if parsed.given.insert(option.name.to_owned(), comparison).is_some() {
                return Err(Failure::new(format!("The option \"{key}\" is given twice in comparisons")));
            }
        }
        Ok(parsed)
    }

    pub fn of(&self, name: &str, kind: Kind) -> Comparison {
        self.given.get(name).copied().or(self.all).unwrap_or(match kind {
            Kind::Value | Kind::List => Comparison::Strict,
            Kind::Set | Kind::Map | Kind::SetOfMaps => Comparison::AllowMore,
        })
    }
}

fn is_ordered(name: &str) -> bool {
    matches!(name, "command" | "entrypoint")
}

/// Whether what is fits what is wanted.
pub fn fits(wanted: &Value, current: &Value, kind: Kind, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Ignore => return true,
        Comparison::Strict | Comparison::AllowMore => {}
    }
    let strict = comparison == Comparison::Strict;
    let empty = || wanted.as_items().is_some_and(<[Value]>::is_empty) || wanted.as_map().is_some_and(Map::is_empty);
    if current.is_null() && kind != Kind::Value {
        return empty();
    }
    let items = |value: &Value| value.as_items().map(<[Value]>::to_vec).unwrap_or_default();
    match kind {
        Kind::Value => wanted == current,
        Kind::List if strict => wanted == current,
        Kind::List => {
            let mut rest = items(current).into_iter();
            items(wanted).iter().all(|item| rest.any(|other| other == *item))
        }
        Kind::Set => {
            let (wanted, current) = (items(wanted), items(current));
            wanted.iter().all(|item| current.contains(item))
                && (!strict || current.iter().all(|item| wanted.contains(item)))
        }
        Kind::Map if strict => wanted == current,
        Kind::Map => holds(current, wanted),
        Kind::SetOfMaps => {
            let (wanted, current) = (items(wanted), items(current));
            wanted.iter().all(|item| current.iter().any(|other| holds(other, item)))
                && (!strict || current.len() == wanted.len())
        }
    }
}

/// Whether a mapping has all that another one has.
fn holds(map: &Value, part: &Value) -> bool {
    let (Some(map), Some(part)) = (map.as_map(), part.as_map()) else { return map == part };
    part.iter().all(|(key, value)| map.get_value(key).is_some_and(|other| other == value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::json;
    use crate::diagnostic::Origin;

    #[test]
    fn comparing() {
        let parse = |text: &str| json::parse(text, &Origin::none()).expect("rows are JSON");
        let rows: &[(&str, &str, Kind, bool, bool)] = &[
            ("1", "1", Kind::Value, true, true),
            ("1", "2", Kind::Value, false, false),
            ("[1, 3]", "[1, 2, 3]", Kind::List, false, true),
            ("[3, 1]", "[1, 2, 3]", Kind::List, false, false),
            ("[3, 1]", "[1, 2, 3]", Kind::Set, false, true),
            ("[2, 1]", "[1, 2]", Kind::Set, true, true),
            ("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", Kind::Map, false, true),
            ("{\"a\": 2}", "{\"a\": 1}", Kind::Map, false, false),
            ("[{\"a\": 1}]", "[{\"a\": 1, \"b\": 2}]", Kind::SetOfMaps, true, true),
            ("[{\"a\": 1}]", "[{\"a\": 1}, {\"a\": 2}]", Kind::SetOfMaps, false, true),
            ("[]", "null", Kind::Set, true, true),
            ("[1]", "null", Kind::Set, false, false),
        ];
        for (wanted, current, kind, strict, more) in rows {
            let (wanted, current) = (parse(wanted), parse(current));
            assert_eq!(fits(&wanted, &current, *kind, Comparison::Strict), *strict, "{wanted:?} {current:?} strict");
            assert_eq!(fits(&wanted, &current, *kind, Comparison::AllowMore), *more, "{wanted:?} {current:?} more");
        }
    }
}
