//! Lookups of what has a name: variables, environment variables, settings, hosts.

use crate::data::{Data, Text, Value, python};
use crate::template::tools::options;
use crate::template::tools::regex::{Flags, Pattern};
use crate::template::{Arguments, Lookup, Object, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[
    Lookup::plain("env", env, "Reads environment variables of the controller."),
    Lookup::raw("vars", vars, "Gives variables by names that are only known now."),
    Lookup::plain("varnames", var_names, "Gives the names of variables that a regular expression finds."),
    Lookup::plain("config", config, "Reads settings."),
    Lookup::plain("inventory_hostnames", inventory_host_names, "Gives the hosts that a pattern selects."),
];

fn env(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let default = args.keyword_object("default");
    let must_be_set = default.as_ref().is_some_and(Object::is_undefined);
    let default = match default.filter(|_| !must_be_set) {
        Some(default) => default.to_value()?,
        None => Value::NULL,
    };
    let environment = args.context().environment();
    terms
        .iter()
        .map(|term| {
            let Some(text) = term.as_str() else {
                return Err(format!("'{}' object has no attribute 'split'", term.type_name()).into());
            };
            let name = text.split_whitespace().next().ok_or("list index out of range")?;
            match environment.variable(name) {
                Some(value) => Ok(value.into()),
                None if must_be_set => {
                    Err(TemplateError::undefined(format!("The environment variable '{name}' is not set.")))
                }
                None if default.is_null() => Ok(Data::Text(Text::trusted("")).into()),
                None => Ok(default.clone()),
            }
        })
        .collect()
}

fn vars(terms: Vec<Object>, args: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let default = args.keyword_object("default").filter(|default| !default.is_null());
    terms
        .iter()
        .map(|term| {
            let term = term.resolved().usable()?;
            let Some(name) = term.as_str() else {
                return Err(format!("Variable name must be 'str' not '{}'.", term.type_name()).into());
            };
            match (args.context().variable(name), &default) {
                (Some(variable), _) => variable.usable(),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(TemplateError::undefined(format!("No variable named '{name}' was found."))),
            }
        })
        .collect()
}

fn var_names(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let names = args.context().scope().names();
    let mut found = Vec::new();
    for term in terms {
        let Some(pattern) = term.as_str() else {
            let (shown, kind) = (python::str(term), term.type_name());
            return Err(
                format!("Invalid setting identifier, \"{shown}\" is not a string, it is a <class '{kind}'>").into()
            );
        };
        let expression = Pattern::new(pattern, Flags::default()).map_err(|error| {
            TemplateError::failure(format!("Unable to use \"{pattern}\" as a search parameter: {error}"))
        })?;
        for name in &names {
            if expression.search(name)?.is_some() {
                found.push(Value::from(&**name));
            }
        }
    }
    Ok(found)
}

fn config(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let on_missing = options::choice(args, "on_missing", &["error", "skip", "warn"])?.unwrap_or("error");
    let plugin_type = args.keyword("plugin_type")?.filter(Value::is_truthy);
    let plugin_name = args.keyword("plugin_name")?.filter(Value::is_truthy);
    let show_origin = options::flag(args, "show_origin", false)?;
    if plugin_type.is_some() != plugin_name.is_some() {
        return Err("Both plugin_type and plugin_name are required, cannot use one without the other.".into());
    }
    let world = args.context().world();
    let mut found = Vec::new();
    for term in terms {
        let Some(name) = term.as_str() else {
            let (shown, kind) = (python::str(term), term.type_name());
            return Err(
                format!("Invalid setting identifier, {shown} is not a <class 'str'>, its a <class '{kind}'>.").into()
            );
        };
        let setting = match (&plugin_type, &plugin_name) {
            (Some(kind), Some(plugin)) => world.plugin_setting(&python::str(kind), &python::str(plugin), name)?,
            _ => world.setting(name),
        };
        match setting {
            Some(value) if show_origin => found.push(Value::list([value, "default".into()])),
            Some(value) => found.push(value),
            None if on_missing == "error" => return Err(format!("No config definition exists for '{name}'.").into()),
            None if on_missing == "warn" => {
                world.warn(&format!("Skipping, did not find setting {name}"), &term.origin);
            }
            None => {}
        }
    }
    Ok(found)
}

fn inventory_host_names(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let patterns: Vec<String> = terms
        .iter()
        .flat_map(|term| match &term.data {
            Data::List(items) | Data::Tuple(items) => items.iter().map(python::str).collect(),
            _ => vec![python::str(term)],
        })
        .collect();
    let hosts = args.context().world().matching_hosts(&patterns.join(","))?;
    Ok(hosts.iter().map(|host| Value::from(&**host)).collect())
}
