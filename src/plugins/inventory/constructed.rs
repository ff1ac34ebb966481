//! `constructed`: variables and groups computed from what earlier sources said about each host.

use std::sync::Arc;

use crate::data::{Data, Map, Trust, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::source::{InventorySource, SourceContext};
use crate::project::inventory::{HostId, Inventory, clean_group_name};
use crate::project::vars::{Layers, Level};
use crate::template::Scope;

pub struct Constructed;

impl InventorySource for Constructed {
    fn name(&self) -> &'static str {
        "constructed"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.may_be_yaml(source, &[".config"]) && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let document = context.reader.document(&context.path(source), Trust::Template)?;
        let rules = Rules::of(plugin_config(&document, source, self.name())?, context)?;
        let hosts: Vec<HostId> = inventory.hosts().collect();
        hosts.into_iter().try_for_each(|host| rules.apply(inventory, host, context)).map_err(|error| {
            let message = format!("failed to parse {source}: {}", error.joined());
            Diagnostic { message, cause: None, ..error }
        })
    }
}

/// The mapping of a file whose `plugin:` names this reader.
pub(super) fn plugin_config<'d>(document: &'d Value, source: &str, name: &str) -> Result<&'d Map, Diagnostic> {
    if document.is_null() {
        return Err(Diagnostic::new(format!("{source} is empty")));
    }
    let Some(config) = document.as_map() else {
        return Err(Diagnostic::new(format!(
            "inventory source has invalid structure, it should be a dictionary, got: <class '{}'>",
            crate::project::reader::reference_class(document)
        )));
    };
    let wanted = config.get("plugin").and_then(Value::as_str).unwrap_or("none found");
    if wanted.rsplit('.').next() == Some(name) {
        return Ok(config);
    }
    Err(Diagnostic::new(format!("Incorrect plugin name in file: {wanted}")))
}

/// The options of one file.
struct Rules {
    strict: bool,
    use_vars_plugins: bool,
    use_extra_vars: bool,
    leading_separator: bool,
    compose: Map,
    groups: Map,
    keyed_groups: Vec<KeyedGroup>,
}

struct KeyedGroup {
    key: Value,
    prefix: String,
    separator: String,
    parent: Option<Value>,
    default_value: Option<String>,
    trailing_separator: Option<bool>,
}

impl Rules {
    fn of(config: &Map, context: &SourceContext<'_>) -> Result<Self, Diagnostic> {
        let flag = |name: &str, default: bool| match config.get(name) {
            None => Ok(default),
            Some(value) => boolean(value).ok_or_else(|| wrong_type(name, "bool", value)),
        };
        let map = |name: &str| match config.get(name).map(|value| (value, &value.data)) {
            None | Some((_, Data::Null)) => Ok(Map::new()),
            Some((_, Data::Map(map))) => Ok((**map).clone()),
            Some((value, _)) => Err(wrong_type(name, "dict", value)),
        };
        let keyed_groups = match config.get("keyed_groups") {
            None => Vec::new(),
            Some(value) => match &value.data {
                Data::Null => Vec::new(),
                Data::List(entries) => entries.iter().map(KeyedGroup::of).collect::<Result<_, _>>()?,
                _ => return Err(wrong_type("keyed_groups", "list", value)),
            },
        };
        Ok(Self {
            strict: flag("strict", false)?,
            use_vars_plugins: flag("use_vars_plugins", false)?,
            use_extra_vars: flag("use_extra_vars", context.options.use_extra_vars)?,
            leading_separator: flag("leading_separator", true)?,
            compose: map("compose")?,
            groups: map("groups")?,
            keyed_groups,
        })
    }

    fn apply(&self, inventory: &mut Inventory, host: HostId, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let name = inventory.host(host).name.clone();
        let scope = self.scope(inventory, host, self.use_extra_vars, context)?;
        for (variable, expression) in &self.compose {
            match context.renderer.expression(expression, scope.clone()) {
                Ok(value) => inventory.set_host_variable(host, variable.clone(), value),
                Err(error) if self.strict => {
                    let variable = python::str(variable);
                    return Err(Diagnostic::new(format!("Could not set {variable} for host {name}")).caused_by(error));
                }
                Err(_) => {}
            }
        }
        // Groups see what was composed; their conditions never see extra variables.
        let bare = self.scope(inventory, host, false, context)?;
        for (group, condition) in &self.groups {
            let group = python::str(group);
            match context.renderer.condition(condition, bare.clone()) {
                Ok(true) => {
                    let group = inventory.add_group(&clean_group_name(&group));
                    inventory.add_host_to_group(group, host);
                }
                Ok(false) => {}
                Err(error) if self.strict => {
                    return Err(Diagnostic::new(format!("Could not add host {name} to group {group}")).caused_by(error));
                }
                Err(_) => {}
            }
        }
        let scope = self.scope(inventory, host, self.use_extra_vars, context)?;
        self.keyed_groups.iter().try_for_each(|keyed| self.apply_keyed(keyed, inventory, host, &scope, context))
    }

    fn scope(
        &self,
        inventory: &Inventory,
        host: HostId,
        with_extra_vars: bool,
        context: &SourceContext<'_>,
    ) -> Result<Arc<dyn Scope>, Diagnostic> {
        let mut layers = Layers::default();
        context.variables.push_early_layers(inventory, host, self.use_vars_plugins, &mut layers)?;
        if with_extra_vars {
            layers.push(Level::Extra, context.extra_vars.clone());
        }
        Ok(Arc::new(layers))
    }

    fn apply_keyed(
        &self,
        keyed: &KeyedGroup,
        inventory: &mut Inventory,
        host: HostId,
        scope: &Arc<dyn Scope>,
        context: &SourceContext<'_>,
    ) -> Result<(), Diagnostic> {
        let name = inventory.host(host).name.clone();
        let shown_key = python::str(&keyed.key);
        let key = match context.renderer.expression(&keyed.key, scope.clone()) {
            Ok(key) => key,
            Err(error) if self.strict => {
                let message = format!("Could not generate group for host {name} from {shown_key} entry");
                return Err(Diagnostic::new(message).caused_by(error));
            }
            Err(_) => return Ok(()),
        };
        let is_empty_text = key.as_str() == Some("");
        if !is_filled(&key) && !(is_empty_text && keyed.default_value.is_some()) {
            let is_empty_container = matches!(&key.data, Data::List(_) | Data::Map(_));
            if self.strict && !is_empty_container {
                return Err(Diagnostic::new(format!(
                    "No key or key resulted empty for key {shown_key} in host {name}, invalid entry"
                )));
            }
            return Ok(());
        }
        let parent = match &keyed.parent {
            None => None,
            Some(template) => match context.renderer.render(template, scope.clone()) {
                Ok(parent) => Some(python::str(&parent)),
                Err(error) if self.strict => {
                    let message = format!(
                        "Could not generate parent group {} for group {}",
                        python::str(template),
                        python::str(&key)
                    );
                    return Err(Diagnostic::new(message).caused_by(error));
                }
                Err(_) => return Ok(()),
            },
        };
        let without_separator = keyed.prefix.is_empty() && !self.leading_separator;
        let separator = if without_separator { "" } else { &keyed.separator };
        for bare in keyed.names(&key)? {
            let group = inventory.add_group(&clean_group_name(&format!("{}{separator}{bare}", keyed.prefix)));
            inventory.add_host_to_group(group, host);
            if let Some(parent) = &parent {
                let parent = inventory.add_group(&clean_group_name(parent));
                inventory.add_child_group(parent, group)?;
            }
        }
        Ok(())
    }
}

impl KeyedGroup {
    fn of(entry: &Value) -> Result<Self, Diagnostic> {
        let Some(settings) = entry.as_map().filter(|settings| !settings.is_empty()) else {
            let shown = python::str(entry);
            return Err(Diagnostic::new(format!("Invalid keyed group entry, it must be a dictionary: {shown} ")));
        };
        let text = |name: &str| settings.get(name).filter(|value| !value.is_null()).map(python::str);
        let keyed = Self {
            key: settings.get("key").cloned().unwrap_or_default(),
            prefix: text("prefix").unwrap_or_default(),
            separator: text("separator").unwrap_or_else(|| "_".to_owned()),
            parent: settings.get("parent_group").filter(|parent| is_filled(parent)).cloned(),
            default_value: text("default_value"),
            trailing_separator: settings.get("trailing_separator").and_then(boolean),
        };
        if keyed.default_value.is_some() && keyed.trailing_separator.is_some() {
            return Err(Diagnostic::new(
                "parameters are mutually exclusive for keyed groups: default_value|trailing_separator",
            ));
        }
        Ok(keyed)
    }

    /// The names that the value of the key gives, without prefix.
    fn names(&self, key: &Value) -> Result<Vec<String>, Diagnostic> {
        let or_default = |text: String| match &self.default_value {
            Some(default) if text.is_empty() => default.clone(),
            _ => text,
        };
        Ok(match &key.data {
            Data::Text(text) => vec![or_default(text.to_string())],
            Data::List(items) => items.iter().map(|item| or_default(python::str(item))).collect(),
            Data::Map(map) => map
                .iter()
                .map(|(name, value)| {
                    let (name, value) = (python::str(name), python::str(value));
                    if value.is_empty() && self.trailing_separator == Some(false) {
                        return name;
                    }
                    format!("{name}{}{}", self.separator, or_default(value))
                })
                .collect(),
            _ => {
                return Err(Diagnostic::new(format!(
                    "Invalid group name format, expected a string or a list of them or dictionary, got: <class '{}'>",
                    crate::project::reader::reference_class(key)
                )));
            }
        })
    }
}

fn wrong_type(option: &str, wanted: &str, value: &Value) -> Diagnostic {
    Diagnostic::new(format!(
        "Invalid value for configuration option 'plugin_type: inventory plugin: ansible_collections.ansible.builtin.plugins.inventory.constructed setting: {option} ': {} is not a valid {wanted}",
        python::repr(value)
    ))
    .at(&value.origin)
}

fn boolean(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(flag) => Some(*flag),
        Data::Int(number) => Some(*number != 0),
        Data::Text(text) => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" | "y" | "t" | "1" => Some(true),
            "no" | "false" | "off" | "n" | "f" | "0" => Some(false),
            _ => None,
        },
        _ => None,
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
