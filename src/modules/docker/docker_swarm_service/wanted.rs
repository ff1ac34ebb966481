//! The service that a task asks for, in the flat form in which services are compared and shown.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Engine, Request, text_at, units};
use crate::runner::{Failure, Target, words};

use super::options::{Resources, ServiceOptions};

/// All keys of the form, in the order in which they are shown.
pub const KEYS: &[&str] = &[
    "image",
    "mounts",
    "configs",
    "networks",
    "command",
    "args",
    "tty",
    "dns",
    "dns_search",
    "dns_options",
    "healthcheck",
    "healthcheck_disabled",
    "hostname",
    "hosts",
    "env",
    "force_update",
    "groups",
    "log_driver",
    "log_driver_options",
    "publish",
    "constraints",
    "replicas_max_per_node",
    "labels",
    "container_labels",
    "limit_cpu",
    "limit_memory",
    "reserve_cpu",
    "reserve_memory",
    "mode",
    "replicas",
    "endpoint_mode",
    "restart_policy",
    "restart_policy_attempts",
    "restart_policy_delay",
    "restart_policy_window",
    "rollback_config",
    "update_delay",
    "update_parallelism",
    "update_failure_action",
    "update_monitor",
    "update_max_failure_ratio",
    "update_order",
    "user",
    "working_dir",
    "read_only",
    "secrets",
    "stop_grace_period",
    "stop_signal",
    "placement_preferences",
    "init",
    "sysctls",
    "cap_add",
    "cap_drop",
];

fn list(items: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    Value::list(items.into_iter().map(Into::into))
}

fn texts(items: &Option<Vec<String>>) -> Value {
    items.clone().map(list).into()
}

fn sorted(items: &Option<Vec<String>>) -> Value {
    let mut items = items.clone();
    if let Some(items) = &mut items {
        items.sort();
    }
    items.map(list).into()
}

fn time(text: Option<&String>) -> Result<Value, Failure> {
    Ok(text.map(|text| units::nanoseconds(&Value::text(text.as_str()))).transpose()?.into())
}

/// The service in the flat form.
pub fn flat(options: &ServiceOptions, old: Option<&Map>, engine: &Engine, target: &Target) -> Result<Map, Failure> {
    let old_value = |key: &str| old.and_then(|old| old.get(key)).cloned().unwrap_or_default();
    let mut flat: Map = KEYS.iter().map(|key| (*key, Value::NULL)).collect();
    flat.extend(object! {
        "image" => options.image.clone().map_or_else(|| old_value("image"), Value::from),
        "args" => texts(&options.args),
        "command" => command(options)?,
        "tty" => options.tty,
        "dns" => texts(&options.dns),
        "dns_search" => texts(&options.dns_search),
        "dns_options" => texts(&options.dns_options),
        "hostname" => options.hostname.clone(),
        "hosts" => options.hosts.as_ref().map(super::super::texts),
        "env" => variables(options, target)?,
        "groups" => sorted(&options.groups),
        "labels" => options.labels.as_ref().map(super::super::texts),
        "container_labels" => options.container_labels.as_ref().map(super::super::texts),
        "mode" => options.mode.as_str(),
        "endpoint_mode" => options.endpoint_mode.clone(),
        "user" => options.user.clone(),
        "working_dir" => options.working_dir.clone(),
        "read_only" => options.read_only,
        "stop_signal" => options.stop_signal.clone(),
        "stop_grace_period" => time(options.stop_grace_period.as_ref())?,
        "init" => options.init,
        "sysctls" => options.sysctls.as_ref().map(super::super::texts),
        "cap_add" => sorted(&options.cap_add),
        "cap_drop" => sorted(&options.cap_drop),
    });
    if options.mode != "global" {
        let kept = old_value("replicas").as_int().unwrap_or(1);
        flat.insert("replicas", if options.replicas == -1 { kept } else { options.replicas });
    }
    if options.force_update {
        let count = old_value("force_update").as_int().unwrap_or(0);
        flat.insert("force_update", count + 1);
    }
    if let Some(check) = &options.healthcheck {
        let given = object! {
            "test" => check.test.clone(),
            "interval" => check.interval.clone(),
            "timeout" => check.timeout.clone(),
            "start_period" => check.start_period.clone(),
            "retries" => check.retries,
        };
        if let Some(check) = units::health_check(&given, false)? {
            let off = check.get("Test").is_some_and(|test| *test == list(["NONE"]));
            flat.insert("healthcheck_disabled", off);
            flat.insert("healthcheck", if off { Value::NULL } else { check.into() });
        }
    }
    if let Some(logging) = &options.logging {
        flat.insert("log_driver", logging.driver.clone());
        flat.insert("log_driver_options", logging.options.as_ref().map(super::super::texts));
    }
    resources(options.limits.as_ref(), "limit", &mut flat)?;
    resources(options.reservations.as_ref(), "reserve", &mut flat)?;
    policies(options, &mut flat)?;
    if let Some(placement) = &options.placement {
        let preferences = placement.preferences.as_ref().map(|items| list(items.iter().map(super::super::texts)));
        flat.extend(object! {
            "constraints" => texts(&placement.constraints),
            "placement_preferences" => preferences,
            "replicas_max_per_node" => placement.replicas_max_per_node,
        });
    }
    let ports = options.publish.as_ref().map(|ports| {
        list(ports.iter().map(|port| {
            object! {
                "protocol" => port.protocol.as_str(),
                "mode" => port.mode.clone(),
                "published_port" => port.published_port,
                "target_port" => port.target_port,
            }
        }))
    });
    flat.insert("publish", ports);
    flat.insert("mounts", mounts(options)?);
    files(options, engine, &mut flat)?;
    flat.insert("networks", networks(options, engine)?);
    Ok(flat)
}

fn command(options: &ServiceOptions) -> Result<Value, Failure> {
    let Some(command) = &options.command else { return Ok(Value::NULL) };
    if let Some(text) = command.as_str() {
        return Ok(list(words::split(text).map_err(Failure::new)?));
    }
    match command.as_items() {
        Some(items) => match items.iter().find(|item| item.as_str().is_none()) {
            Some(item) => Err(Failure::new(format!(
                "Only string items are allowed in a command list. Invalid item: {}, type: <class '{}'>",
                python::str(item),
                item.type_name()
            ))),
            None => Ok(command.clone()),
        },
        None => Err(Failure::new(format!(
            "Invalid type for command {} (<class '{}'>). Only string or list allowed. Check playbook.",
            python::str(command),
            command.type_name()
        ))),
    }
}

/// `NAME=value`, sorted; the file's come first, so that the task's win.
fn variables(options: &ServiceOptions, target: &Target) -> Result<Value, Failure> {
    if options.env.is_none() && options.env_files.is_none() {
        return Ok(Value::NULL);
    }
    let mut all = Map::new();
    for path in options.env_files.iter().flatten() {
        let path = target.absolute(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("Error parsing {}: {error}", path.display())))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((name, value)) = line.split_once('=') {
                all.insert(name.trim(), value.trim());
            }
        }
    }
    let pair = |item: &str, all: &mut Map| match item.split_once('=') {
        Some((name, value)) => {
            all.insert(name.trim(), value);
            Ok(())
        }
        None => Err(Failure::new(format!(
            "Invalid environment variable found in list, needs to be in format KEY=VALUE. Found: {item}"
        ))),
    };
    match &options.env {
        None => {}
        Some(env) if env.as_map().is_some() => {
            for (name, value) in env.as_map().into_iter().flatten() {
                let name = python::str(name);
                let Some(text) = value.as_str() else {
                    return Err(Failure::new(format!(
                        "Non-string value found for env option. Ambiguous env options must be wrapped in quotes to \
                         avoid them being interpreted. Key: {name}"
                    )));
                };
                all.insert(name, text);
            }
        }
        Some(env) => match (env.as_items(), env.as_str()) {
            (Some(items), _) => {
                for item in items {
                    pair(&python::str(item), &mut all)?;
                }
            }
            (None, Some(text)) => {
                for item in text.split(',').filter(|item| !item.is_empty()) {
                    pair(item, &mut all)?;
                }
            }
            _ => {
                return Err(Failure::new(format!(
                    "Invalid type for env {} (<class '{}'>). Only list or dict allowed.",
                    python::str(env),
                    env.type_name()
                )));
            }
        },
    }
    let mut pairs: Vec<String> =
        all.iter().map(|(name, value)| format!("{}={}", python::str(name), python::str(value))).collect();
    pairs.sort();
    Ok(list(pairs))
}

fn resources(given: Option<&Resources>, prefix: &str, flat: &mut Map) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    let memory = given.memory.as_deref().map(units::bytes).transpose();
    let memory =
        memory.map_err(|error| Failure::new(format!("Failed to convert {prefix}_memory to bytes: {error}")))?;
    flat.insert(format!("{prefix}_cpu"), given.cpus);
    flat.insert(format!("{prefix}_memory"), memory);
    Ok(())
}

/// Restarts, updates and the way back.
fn policies(options: &ServiceOptions, flat: &mut Map) -> Result<(), Failure> {
    if let Some(restart) = &options.restart_config {
        flat.extend(object! {
            "restart_policy" => restart.condition.clone(),
            "restart_policy_attempts" => restart.max_attempts,
            "restart_policy_delay" => time(restart.delay.as_ref())?,
            "restart_policy_window" => time(restart.window.as_ref())?,
        });
    }
    if let Some(update) = &options.update_config {
        flat.extend(object! {
            "update_parallelism" => update.parallelism,
            "update_delay" => time(update.delay.as_ref())?,
            "update_failure_action" => update.failure_action.clone(),
            "update_monitor" => time(update.monitor.as_ref())?,
            "update_max_failure_ratio" => update.max_failure_ratio,
            "update_order" => update.order.clone(),
        });
    }
    if let Some(rollback) = &options.rollback_config {
        flat.insert(
            "rollback_config",
            object! {
                "parallelism" => rollback.parallelism,
                "delay" => time(rollback.delay.as_ref())?,
                "failure_action" => rollback.failure_action.clone(),
                "monitor" => time(rollback.monitor.as_ref())?,
                "max_failure_ratio" => rollback.max_failure_ratio,
                "order" => rollback.order.clone(),
            },
        );
    }
    Ok(())
}

fn mounts(options: &ServiceOptions) -> Result<Value, Failure> {
    let Some(mounts) = &options.mounts else { return Ok(Value::NULL) };
    let mut items = Vec::new();
    for mount in mounts {
        if mount.source.is_none() && mount.r#type != "tmpfs" {
            return Err("Source must be specified for mounts which are not of type tmpfs".into());
        }
        let size = mount.tmpfs_size.as_deref().map(units::bytes).transpose();
        let size = size.map_err(|error| Failure::new(format!("Failed to convert tmpfs_size to bytes: {error}")))?;
        let driver = mount.driver_config.as_ref().map(|driver| {
            object! { "name" => driver.name.clone(), "options" => driver.options.as_ref().map(super::super::texts) }
        });
        items.push(object! {
            "type" => mount.r#type.as_str(),
            "source" => mount.source.clone().unwrap_or_default(),
            "target" => mount.target.as_str(),
            "readonly" => mount.readonly,
            "labels" => mount.labels.as_ref().map(super::super::texts),
            "propagation" => mount.propagation.clone(),
            "no_copy" => mount.no_copy,
            "driver_config" => driver,
            "tmpfs_size" => size,
            "tmpfs_mode" => mount.tmpfs_mode,
        });
    }
    Ok(list(items))
}

/// Configs and secrets, their ids looked up where only names are given.
fn files(options: &ServiceOptions, engine: &Engine, flat: &mut Map) -> Result<(), Failure> {
    let id_of = |kind: &str, name: &str| -> Result<String, Failure> {
        let filters = object! { "name" => name };
        let all = Request::get(format!("/{kind}s")).filters(Some(&filters)).send(engine)?.value()?;
        let found =
            all.as_items().unwrap_or_default().iter().find(|item| text_at(item, &["Spec", "Name"]) == Some(name));
        found
            .and_then(|item| text_at(item, &["ID"]))
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(format!("Could not find a {kind} named \"{name}\"")))
    };
    if let Some(configs) = &options.configs {
        let mut items = Vec::new();
        for config in configs {
            let id = config.config_id.clone().map_or_else(|| id_of("config", &config.config_name), Ok)?;
            items.push(object! {
                "config_id" => id,
                "config_name" => config.config_name.as_str(),
                "filename" => config.filename.clone().unwrap_or_else(|| config.config_name.clone()),
                "uid" => config.uid.clone(),
                "gid" => config.gid.clone(),
                "mode" => config.mode,
            });
        }
        flat.insert("configs", list(items));
    }
    if let Some(secrets) = &options.secrets {
        let mut items = Vec::new();
        for secret in secrets {
            let id = secret.secret_id.clone().map_or_else(|| id_of("secret", &secret.secret_name), Ok)?;
            items.push(object! {
                "secret_id" => id,
                "secret_name" => secret.secret_name.as_str(),
                "filename" => secret.filename.clone().unwrap_or_else(|| secret.secret_name.clone()),
                "uid" => secret.uid.clone(),
                "gid" => secret.gid.clone(),
                "mode" => secret.mode,
            });
        }
        flat.insert("secrets", list(items));
    }
    Ok(())
}

fn networks(options: &ServiceOptions, engine: &Engine) -> Result<Value, Failure> {
    let Some(networks) = &options.networks else { return Ok(Value::NULL) };
    let known = if networks.is_empty() { Vec::new() } else { engine.list("/networks")? };
    let mut items = Vec::new();
    for network in networks {
        let mut item = Map::new();
        let name = match (network.as_str(), network.as_map()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(map)) => {
                if map.get("name").is_none_or(Value::is_null) {
                    return Err("\"name\" is required when networks are passed as dictionaries.".into());
                }
                if let Some(unknown) =
                    map.keys().map(python::str).find(|key| !matches!(key.as_str(), "name" | "aliases" | "options"))
                {
                    return Err(Failure::new(format!("{unknown} are not valid keys for the networks option")));
                }
                if let Some(aliases) = map.get("aliases").filter(|aliases| !aliases.is_null()) {
                    let Some(words) = aliases.as_items() else {
                        return Err("\"aliases\" network option is only allowed as a list".into());
                    };
                    if words.iter().any(|word| word.as_str().is_none()) {
                        return Err("Only strings are allowed as network aliases.".into());
                    }
                    item.insert("aliases", aliases.clone());
                }
                if let Some(options) = map.get("options").filter(|options| !options.is_null()) {
                    let Some(options) = options.as_map() else {
                        return Err("Only dict is allowed as network options.".into());
                    };
                    item.insert("options", super::super::texts(options));
                }
                map.get("name").map(python::str).unwrap_or_default()
            }
            _ => {
                let message = "Only a list of strings or dictionaries are allowed to be passed as networks.";
                return Err(message.into());
            }
        };
        let found = known
            .iter()
            .find(|other| text_at(other, &["Name"]) == Some(&name) || text_at(other, &["Id"]) == Some(&name));
        let Some(id) = found.and_then(|found| text_at(found, &["Id"])) else {
            return Err(Failure::new(format!("Could not find a network named: '{name}'.")));
        };
        item.insert("id", id);
        items.push(item);
    }
    Ok(list(items))
}
