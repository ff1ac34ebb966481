//! `generator`: hosts as the product of layers, with names and parents from templates.

use std::sync::Arc;

use crate::data::{Data, Map, Trust, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::source::{InventorySource, SourceContext, add_host};
use crate::project::inventory::{GroupId, HostId, Inventory};
use crate::project::reader::qualified_class;

pub struct Generator;

impl InventorySource for Generator {
    fn name(&self) -> &'static str {
        "generator"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.may_be_yaml(source, &[".config"]) && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let document = context.reader.document(&context.path(source), Trust::Template)?;
        let config = super::constructed::plugin_config(&document, source, self.name())?;
        let part = |name: &str| {
            config.get(name).and_then(Value::as_map).ok_or_else(|| {
                Diagnostic::new(format!("No setting was provided for required configuration {name}"))
                    .at(&document.origin)
            })
        };
        let (layers, hosts) = (part("layers")?, part("hosts")?);
        let name = hosts.get("name").ok_or_else(|| Diagnostic::new("the hosts have no name").at(&document.origin))?;
        let parents = hosts.get("parents");
        for variables in product(layers)? {
            let variables = Arc::new(variables);
            let host = text(context, name, &variables, "host")?;
            let host = add_host(inventory, &host, None, None)?;
            add_parents(inventory, Child::Host(host), parents, &variables, context)?;
        }
        Ok(())
    }
}

/// Every choice of one item a layer; the last layer turns fastest.
fn product(layers: &Map) -> Result<Vec<Map>, Diagnostic> {
    let mut choices = vec![Map::new()];
    for (name, items) in layers {
        let letters: Vec<Value>;
        let items = match &items.data {
            Data::Text(text) => {
                letters = text.chars().map(|letter| Value::text(letter.to_string())).collect();
                Some(letters.as_slice())
            }
            _ => items.as_items(),
        };
        let Some(items) = items else {
            return Err(Diagnostic::new(format!("the layer {} is no list", python::str(name))).at(&name.origin));
        };
        choices = choices
            .iter()
            .flat_map(|choice| {
                items.iter().map(|item| {
                    let mut choice = choice.clone();
                    choice.insert(name.clone(), item.clone());
                    choice
                })
            })
            .collect();
    }
    Ok(choices)
}

#[derive(Clone, Copy)]
enum Child {
    Host(HostId),
    Group(GroupId),
}

fn add_parents(
    inventory: &mut Inventory,
    child: Child,
    parents: Option<&Value>,
    variables: &Arc<Map>,
    context: &SourceContext<'_>,
) -> Result<(), Diagnostic> {
    for parent in parents.and_then(Value::as_items).unwrap_or_default() {
        let settings = parent.as_map().ok_or_else(|| Diagnostic::new("a parent is no mapping").at(&parent.origin))?;
        let name = settings.get("name").ok_or_else(|| {
            let child = match child {
                Child::Host(host) => inventory.host(host).name.clone(),
                Child::Group(group) => inventory.group(group).name.clone(),
            };
            Diagnostic::new(format!("Element {child} has a parent with no name element")).at(&parent.origin)
        })?;
        let group = inventory.add_group(&text(context, name, variables, "group")?);
        if let Some(own) = settings.get("vars").and_then(Value::as_map) {
            for (key, value) in own {
                // Only a text is rendered, not what is inside of lists and mappings.
                let value = match value.as_text() {
                    Some(_) => context.renderer.render(value, variables.clone())?,
                    None => value.clone(),
                };
                inventory.set_group_variable(group, key.clone(), value)?;
            }
        }
        // A name that is a group's is taken for the group.
        let child = match child {
            Child::Host(host) => inventory.find_group(&inventory.host(host).name).map_or(child, Child::Group),
            Child::Group(_) => child,
        };
        match child {
            Child::Host(host) => drop(inventory.add_host_to_group(group, host)),
            Child::Group(child) => drop(inventory.add_child_group(group, child)?),
        }
        add_parents(inventory, Child::Group(group), settings.get("parents"), variables, context)?;
    }
    Ok(())
}

fn text(context: &SourceContext<'_>, template: &Value, variables: &Arc<Map>, what: &str) -> Result<String, Diagnostic> {
    let value = context.renderer.render(template, variables.clone())?;
    value.as_str().map(str::to_owned).ok_or_else(|| {
        let (class, shown) = (qualified_class(&value), python::str(&value));
        Diagnostic::new(format!(
            "Invalid {what} name supplied, expected a string but got <class '{class}'> for {shown}"
        ))
    })
}
