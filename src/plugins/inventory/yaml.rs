//! `yaml`: groups as mappings with `hosts`, `vars` and `children`; JSON is read by it too.

use crate::data::{Data, Map, Trust, Value};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::source::{InventorySource, SourceContext, add_hosts};
use crate::project::inventory::{GroupId, Inventory};
use crate::project::reader::qualified_class;

pub struct Yaml;

impl InventorySource for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.may_be_yaml(source, &[]) && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let document = context.reader.document(&context.path(source), Trust::Template)?;
        if !document.is_truthy() {
            return Err(Diagnostic::new("Parsed empty YAML file"));
        }
        let Some(groups) = document.as_map() else {
            return Err(Diagnostic::new(format!(
                "YAML inventory has invalid structure, it should be a dictionary, got: <class '{}'>",
                qualified_class(&document)
            )));
        };
        if groups.get("plugin").is_some_and(is_filled) {
            return Err(Diagnostic::new("Plugin configuration YAML file, not YAML inventory"));
        }
        for (name, content) in groups {
            read_group(inventory, name, content)?;
        }
        Ok(())
    }
}

/// Adds a group and all below it; `None` where it is none.
fn read_group(inventory: &mut Inventory, name: &Value, content: &Value) -> Result<Option<GroupId>, Diagnostic> {
    let content = match &content.data {
        Data::Null => &Map::new(),
        Data::Map(map) => &**map,
        _ => {
            let shown = crate::data::python::str(name);
            inventory.warn(
                Diagnostic::new(format!("Skipping '{shown}' as this is not a valid group definition")).at(&name.origin),
            );
            return Ok(None);
        }
    };
    let group = add_group(inventory, name)?;
    for section in ["vars", "children", "hosts"] {
        if let Some(value) = content.get(section)
            && !matches!(value.data, Data::Text(_) | Data::Map(_) | Data::Null)
        {
            return Err(Diagnostic::new(format!(
                "Invalid \"{section}\" entry for \"{}\" group, requires a dictionary, found \"<class '{}'>\" instead.",
                inventory.group(group).name,
                qualified_class(value)
            )));
        }
    }
    for (key, value) in content {
        read_section(inventory, group, key, value)?;
    }
    Ok(Some(group))
}

fn read_section(inventory: &mut Inventory, group: GroupId, key: &Value, value: &Value) -> Result<(), Diagnostic> {
    let name = key.as_str().unwrap_or_default();
    // A single name may stand in place of a mapping.
    let alone;
    let entries = match &value.data {
        Data::Map(map) => &**map,
        Data::Null => return Ok(()),
        Data::Text(_) if matches!(name, "vars" | "children" | "hosts") => {
            alone = Map::from([(value.clone(), Value::NULL)]);
            &alone
        }
        _ => {
            let (key, group) = (crate::data::python::str(key), &inventory.group(group).name);
            let class = qualified_class(value);
            let message =
                format!("Skipping key ({key}) in group ({group}) as it is not a mapping, it is a <class '{class}'>");
            inventory.warn(Diagnostic::new(message));
            return Ok(());
        }
    };
    match name {
        "vars" => {
            for (variable, value) in entries {
                inventory.set_group_variable(group, variable.clone(), value.clone())?;
            }
        }
        "children" => {
            for (child, content) in entries {
                let Some(child) = read_group(inventory, child, content)? else {
                    let child = crate::data::python::str(child);
                    return Err(Diagnostic::new(format!("{child} is not a known host nor group")));
                };
                inventory.add_child_group(group, child)?;
            }
        }
        "hosts" => {
            for (pattern, variables) in entries {
                read_host(inventory, group, pattern, variables)?;
            }
        }
        _ => {
            let (key, group) = (crate::data::python::str(key), &inventory.group(group).name);
            let message = format!(
                "Skipping unexpected key ({key}) in group ({group}), only \"vars\", \"children\" and \"hosts\" are valid"
            );
            inventory.warn(Diagnostic::new(message));
        }
    }
    Ok(())
}

fn read_host(inventory: &mut Inventory, group: GroupId, pattern: &Value, variables: &Value) -> Result<(), Diagnostic> {
    let Some(pattern) = pattern.as_str() else {
        let shown = crate::data::python::str(pattern);
        return Err(Diagnostic::new(format!(
            "Host pattern {shown} must be a string. Enclose integers/floats in quotation marks."
        )));
    };
    match &variables.data {
        Data::Map(map) => add_hosts(inventory, pattern, Some(group), map),
        _ if !is_filled(variables) => add_hosts(inventory, pattern, Some(group), &Map::new()),
        _ => Err(Diagnostic::new(format!("expected dictionary and got: {}", crate::data::python::repr(variables)))),
    }
}

/// The group of a key; only texts name groups.
fn add_group(inventory: &mut Inventory, name: &Value) -> Result<GroupId, Diagnostic> {
    match name.as_str() {
        Some("") => Err(Diagnostic::new("Unable to add group : Invalid empty/false group name provided: ")),
        Some(name) => Ok(inventory.add_group(name)),
        None => {
            let shown = crate::data::python::str(name);
            let class = qualified_class(name);
            Err(Diagnostic::new(format!(
                "Unable to add group {shown}: Invalid group name supplied, expected a string but got <class '{class}'> for {shown}"
            )))
        }
    }
}

/// What Python takes for true.
fn is_filled(value: &Value) -> bool {
    match &value.data {
        Data::Null => false,
        Data::Bool(flag) => *flag,
        Data::Int(number) => *number != 0,
        Data::Float(number) => *number != 0.0,
        Data::Text(text) => !text.is_empty(),
        Data::List(items) | Data::Tuple(items) => !items.is_empty(),
        Data::Map(map) => !map.is_empty(),
        _ => true,
    }
}
