//! `toml`: groups as tables with `hosts`, `vars` and a list of `children`.

use std::sync::Arc;

use crate::data::{Data, Date, Map, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::source::{InventorySource, SourceContext, add_hosts};
use crate::project::inventory::{GroupId, Inventory};

pub struct Toml;

impl InventorySource for Toml {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn trusts_texts(&self) -> bool {
        true
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.extension(source) == ".toml" && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let path = context.path(source);
        let bytes = context.reader.bytes(&path)?;
        let invalid = |reason: String| Diagnostic::new(format!("TOML file '{}' is invalid: {reason}", path.display()));
        let text = String::from_utf8(bytes).map_err(|error| invalid(error.to_string()))?;
        let table: ::toml::Table =
            text.parse().map_err(|error: ::toml::de::Error| invalid(error.message().to_owned()))?;
        if table.is_empty() {
            return Err(Diagnostic::new("Parsed empty TOML file"));
        }
        if table.get("plugin").is_some_and(is_filled) {
            return Err(Diagnostic::new("Plugin configuration TOML file, not TOML inventory"));
        }
        for (name, content) in &table {
            read_group(inventory, name, content)?;
        }
        Ok(())
    }
}

fn read_group(inventory: &mut Inventory, name: &str, content: &::toml::Value) -> Result<(), Diagnostic> {
    let ::toml::Value::Table(content) = content else {
        inventory.warn(Diagnostic::new(format!("Skipping '{name}' as this is not a valid group definition")));
        return Ok(());
    };
    let group = inventory.add_group(name);
    for (key, value) in content {
        match (key.as_str(), value) {
            ("vars", ::toml::Value::Table(variables)) => {
                for (variable, value) in variables {
                    inventory.set_group_variable(group, variable.as_str(), value_of(value))?;
                }
            }
            ("children", ::toml::Value::Array(children)) => {
                for child in children {
                    let Some(child) = child.as_str() else {
                        return Err(Diagnostic::new(format!(
                            "Invalid group name supplied, expected a string but got {child}"
                        )));
                    };
                    let child = inventory.add_group(child);
                    inventory.add_child_group(group, child)?;
                }
            }
            ("hosts", ::toml::Value::Table(hosts)) => {
                for (pattern, variables) in hosts {
                    read_host(inventory, group, pattern, variables)?;
                }
            }
            ("children", _) => return Err(wrong_section("children", name, "list", value)),
            (section @ ("vars" | "hosts"), _) => return Err(wrong_section(section, name, "dict", value)),
            _ => inventory.warn(Diagnostic::new(format!(
                "Skipping unexpected key \"{key}\" in group \"{name}\", only \"vars\", \"children\" and \"hosts\" are valid"
            ))),
        }
    }
    Ok(())
}

fn read_host(
    inventory: &mut Inventory,
    group: GroupId,
    pattern: &str,
    variables: &::toml::Value,
) -> Result<(), Diagnostic> {
    match variables {
        ::toml::Value::Table(table) => add_hosts(inventory, pattern, Some(group), &map_of(table)),
        _ if !is_filled(variables) => add_hosts(inventory, pattern, Some(group), &Map::new()),
        _ => Err(Diagnostic::new(format!("expected dictionary and got: {variables}"))),
    }
}

fn wrong_section(section: &str, group: &str, wanted: &str, found: &::toml::Value) -> Diagnostic {
    let class = match found {
        ::toml::Value::String(_) => "str",
        ::toml::Value::Integer(_) => "int",
        ::toml::Value::Float(_) => "float",
        ::toml::Value::Boolean(_) => "bool",
        ::toml::Value::Datetime(_) => "datetime",
        ::toml::Value::Array(_) => "list",
        ::toml::Value::Table(_) => "dict",
    };
    Diagnostic::new(format!(
        "Invalid \"{section}\" entry for \"{group}\" group, requires a {wanted}, found \"<class '{class}'>\" instead."
    ))
}

fn is_filled(value: &::toml::Value) -> bool {
    match value {
        ::toml::Value::String(text) => !text.is_empty(),
        ::toml::Value::Integer(number) => *number != 0,
        ::toml::Value::Float(number) => *number != 0.0,
        ::toml::Value::Boolean(flag) => *flag,
        ::toml::Value::Datetime(_) => true,
        ::toml::Value::Array(items) => !items.is_empty(),
        ::toml::Value::Table(table) => !table.is_empty(),
    }
}

fn map_of(table: &::toml::Table) -> Map {
    table.iter().map(|(key, value)| (key.as_str(), value_of(value))).collect()
}

fn value_of(value: &::toml::Value) -> Value {
    match value {
        ::toml::Value::String(text) => text.as_str().into(),
        ::toml::Value::Integer(number) => (*number).into(),
        ::toml::Value::Float(number) => (*number).into(),
        ::toml::Value::Boolean(flag) => (*flag).into(),
        ::toml::Value::Datetime(moment) => {
            date_of(moment).map_or_else(|| moment.to_string().into(), |date| Data::Date(date).into())
        }
        ::toml::Value::Array(items) => Value::list(items.iter().map(value_of)),
        ::toml::Value::Table(table) => Data::Map(Arc::new(map_of(table))).into(),
    }
}

/// TOML's four kinds of time as Python's types.
fn date_of(moment: &::toml::value::Datetime) -> Option<Date> {
    let day = match moment.date {
        Some(date) => Some(jiff::civil::Date::new(date.year as i16, date.month as i8, date.day as i8).ok()?),
        None => None,
    };
    let time = match moment.time {
        Some(time) => {
            // Python counts in microseconds.
            let nanoseconds = time.nanosecond.unwrap_or(0) / 1000 * 1000;
            let second = time.second.unwrap_or(0);
            Some(jiff::civil::Time::new(time.hour as i8, time.minute as i8, second as i8, nanoseconds as i32).ok()?)
        }
        None => None,
    };
    let offset = moment.offset.map(|offset| match offset {
        ::toml::value::Offset::Z => 0,
        ::toml::value::Offset::Custom { minutes } => i32::from(minutes) * 60,
    });
    match (day, time) {
        (Some(day), Some(time)) => Some(Date::Moment(day.to_datetime(time), offset)),
        (Some(day), None) => Some(Date::Day(day)),
        (None, Some(time)) => Some(Date::Time(time)),
        (None, None) => None,
    }
}
