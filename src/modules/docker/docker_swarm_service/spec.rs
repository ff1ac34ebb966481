//! From the flat form to what the engine is sent.

use crate::data::{Map, Value, python};
use crate::object;

use super::current::POLICY;

/// Keys of a mapping under other names; what is null is left out.
fn renamed(flat: &Value, names: &[(&str, &str)]) -> Map {
    let pairs =
        names.iter().filter_map(|(from, to)| Some((*to, flat.get(from).filter(|value| !value.is_null())?.clone())));
    pairs.collect()
}

fn put(map: &mut Map, key: &str, value: Map) {
    if !value.is_empty() {
        map.insert(key, value);
    }
}

const CONTAINER: &[(&str, &str)] = &[
    ("image", "Image"),
    ("command", "Command"),
    ("args", "Args"),
    ("env", "Env"),
    ("tty", "TTY"),
    ("hostname", "Hostname"),
    ("groups", "Groups"),
    ("container_labels", "Labels"),
    ("user", "User"),
    ("working_dir", "Dir"),
    ("read_only", "ReadOnly"),
    ("stop_grace_period", "StopGracePeriod"),
    ("stop_signal", "StopSignal"),
    ("init", "Init"),
    ("sysctls", "Sysctls"),
    ("cap_add", "CapabilityAdd"),
    ("cap_drop", "CapabilityDrop"),
    ("healthcheck", "Healthcheck"),
];

/// The body of a request that creates or updates the service.
pub fn body(name: &str, flat: &Map) -> Map {
    let value = Value::from(flat.clone());
    let get = |key: &str| flat.get(key).cloned().unwrap_or_default();
    let mut task = object! { "ContainerSpec" => container(&value) };
    let mut placement = renamed(&value, &[("constraints", "Constraints"), ("replicas_max_per_node", "MaxReplicas")]);
    if let Some(preferences) = get("placement_preferences").as_items() {
        let items = preferences.iter().filter_map(Value::as_map).map(|preference| {
            let pairs = preference.iter().map(|(strategy, value)| {
                let mut name = python::str(strategy);
                if let Some(first) = name.get_mut(0..1) {
                    first.make_ascii_uppercase();
                }
                (name, Value::from(object! { "SpreadDescriptor" => value.clone() }))
            });
            Value::from(pairs.collect::<Map>())
        });
        placement.insert("Preferences", Value::list(items));
    }
    put(&mut task, "Placement", placement);
    let mut resources = Map::new();
    for (prefix, key) in [("limit", "Limits"), ("reserve", "Reservations")] {
        let mut part = renamed(&value, &[(&format!("{prefix}_memory"), "MemoryBytes")]);
        if let crate::data::Data::Float(cpus) = get(&format!("{prefix}_cpu")).data {
            part.insert("NanoCPUs", (cpus * 1e9).round() as i64);
        }
        put(&mut resources, key, part);
    }
    put(&mut task, "Resources", resources);
    put(
        &mut task,
        "RestartPolicy",
        renamed(
            &value,
            &[
                ("restart_policy", "Condition"),
                ("restart_policy_delay", "Delay"),
                ("restart_policy_attempts", "MaxAttempts"),
                ("restart_policy_window", "Window"),
            ],
        ),
    );
    put(&mut task, "LogDriver", renamed(&value, &[("log_driver", "Name"), ("log_driver_options", "Options")]));
    task.extend(renamed(&value, &[("force_update", "ForceUpdate")]));
    if let Some(networks) = get("networks").as_items() {
        let items = networks
            .iter()
            .map(|item| renamed(item, &[("id", "Target"), ("aliases", "Aliases"), ("options", "DriverOpts")]));
        task.insert("Networks", Value::list(items.map(Value::from)));
    }
    let mut body = object! { "Name" => name, "TaskTemplate" => task, "Mode" => mode(flat) };
    body.extend(renamed(&value, &[("labels", "Labels")]));
    let update: Vec<(String, &str)> = POLICY.iter().map(|(name, key)| (format!("update_{name}"), *key)).collect();
    let update: Vec<(&str, &str)> = update.iter().map(|(name, key)| (name.as_str(), *key)).collect();
    put(&mut body, "UpdateConfig", renamed(&value, &update));
    put(&mut body, "RollbackConfig", renamed(&get("rollback_config"), POLICY));
    let mut endpoint = renamed(&value, &[("endpoint_mode", "Mode")]);
    if let Some(ports) = get("publish").as_items() {
        let names = [
            ("protocol", "Protocol"),
            ("target_port", "TargetPort"),
            ("published_port", "PublishedPort"),
            ("mode", "PublishMode"),
        ];
        endpoint.insert("Ports", Value::list(ports.iter().map(|port| renamed(port, &names).into())));
    }
    put(&mut body, "EndpointSpec", endpoint);
    body
}

fn mode(flat: &Map) -> Map {
    let replicas = flat.get("replicas").cloned().unwrap_or_default();
    match flat.get("mode").and_then(Value::as_str) {
        Some("global") => object! { "Global" => Map::new() },
        Some("replicated-job") => {
            object! { "ReplicatedJob" => object! { "MaxConcurrent" => replicas.clone(), "TotalCompletions" => replicas } }
        }
        _ => object! { "Replicated" => object! { "Replicas" => replicas } },
    }
}

fn container(flat: &Value) -> Map {
    let mut container = renamed(flat, CONTAINER);
    let names = [("dns", "Nameservers"), ("dns_search", "Search"), ("dns_options", "Options")];
    put(&mut container, "DNSConfig", renamed(flat, &names));
    if flat.get("healthcheck_disabled").is_some_and(Value::is_truthy) {
        container.insert("Healthcheck", object! { "Test" => Value::list([Value::text("NONE")]) });
    }
    if let Some(hosts) = flat.get("hosts").and_then(Value::as_map) {
        let lines = hosts.iter().map(|(name, address)| format!("{} {}", python::str(address), python::str(name)));
        container.insert("Hosts", Value::list(lines.map(Value::from)));
    }
    if let Some(mounts) = flat.get("mounts").and_then(Value::as_items) {
        container.insert("Mounts", Value::list(mounts.iter().map(|item| mount(item).into())));
    }
    for (name, key, id, named) in
        [("configs", "Configs", "config", "Config"), ("secrets", "Secrets", "secret", "Secret")]
    {
        let Some(items) = flat.get(name).and_then(Value::as_items) else { continue };
        let items = items.iter().map(|item| {
            let get = |key: &str| item.get(key).filter(|value| !value.is_null()).cloned();
            let file = object! {
                "Name" => get("filename"),
                "UID" => get("uid").unwrap_or_else(|| "0".into()),
                "GID" => get("gid").unwrap_or_else(|| "0".into()),
                "Mode" => get("mode").unwrap_or_else(|| 0o444.into()),
            };
            let pairs = [
                (format!("{named}ID"), get(&format!("{id}_id")).unwrap_or_default()),
                (format!("{named}Name"), get(&format!("{id}_name")).unwrap_or_default()),
                ("File".to_owned(), file.into()),
            ];
            Value::from(pairs.into_iter().collect::<Map>())
        });
        container.insert(key, Value::list(items));
    }
    container
}

fn mount(item: &Value) -> Map {
    let names = [("type", "Type"), ("source", "Source"), ("target", "Target"), ("readonly", "ReadOnly")];
    let mut mount = renamed(item, &names);
    put(&mut mount, "BindOptions", renamed(item, &[("propagation", "Propagation")]));
    let mut volume = renamed(item, &[("no_copy", "NoCopy"), ("labels", "Labels")]);
    if let Some(driver) = item.get("driver_config") {
        put(&mut volume, "DriverConfig", renamed(driver, &[("name", "Name"), ("options", "Options")]));
    }
    put(&mut mount, "VolumeOptions", volume);
    put(&mut mount, "TmpfsOptions", renamed(item, &[("tmpfs_size", "SizeBytes"), ("tmpfs_mode", "Mode")]));
    mount
}
