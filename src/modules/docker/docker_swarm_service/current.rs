//! The service that is there, in the flat form.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::at;

use super::wanted::KEYS;

/// From the engine's specification of a service.
pub fn flat(service: &Value) -> Map {
    let get = |path: &[&str]| at(service, path).cloned().unwrap_or_default();
    let task = |path: &[&str]| get(&[&["Spec", "TaskTemplate"], path].concat());
    let container = |path: &[&str]| get(&[&["Spec", "TaskTemplate", "ContainerSpec"], path].concat());
    let cpus = |value: Value| value.as_int().map(|nano| nano as f64 / 1e9);
    let mut flat: Map = KEYS.iter().map(|key| (*key, Value::NULL)).collect();
    let check = container(&["Healthcheck"]);
    let off = at(&check, &["Test"]).is_some_and(|test| *test == Value::list([Value::text("NONE")]));
    flat.extend(object! {
        "image" => container(&["Image"]),
        "command" => container(&["Command"]),
        "args" => container(&["Args"]),
        "tty" => container(&["TTY"]),
        "dns" => container(&["DNSConfig", "Nameservers"]),
        "dns_search" => container(&["DNSConfig", "Search"]),
        "dns_options" => container(&["DNSConfig", "Options"]),
        "healthcheck" => if off { Value::NULL } else { check },
        "healthcheck_disabled" => off,
        "hostname" => container(&["Hostname"]),
        "hosts" => hosts(&container(&["Hosts"])),
        "env" => container(&["Env"]),
        "force_update" => task(&["ForceUpdate"]),
        "groups" => container(&["Groups"]),
        "log_driver" => task(&["LogDriver", "Name"]),
        "log_driver_options" => task(&["LogDriver", "Options"]),
        "labels" => get(&["Spec", "Labels"]),
        "container_labels" => container(&["Labels"]),
        "constraints" => task(&["Placement", "Constraints"]),
        "replicas_max_per_node" => task(&["Placement", "MaxReplicas"]),
        "placement_preferences" => preferences(&task(&["Placement", "Preferences"])),
        "limit_cpu" => cpus(task(&["Resources", "Limits", "NanoCPUs"])),
        "limit_memory" => task(&["Resources", "Limits", "MemoryBytes"]),
        "reserve_cpu" => cpus(task(&["Resources", "Reservations", "NanoCPUs"])),
        "reserve_memory" => task(&["Resources", "Reservations", "MemoryBytes"]),
        "endpoint_mode" => get(&["Spec", "EndpointSpec", "Mode"]),
        "restart_policy" => task(&["RestartPolicy", "Condition"]),
        "restart_policy_attempts" => task(&["RestartPolicy", "MaxAttempts"]),
        "restart_policy_delay" => task(&["RestartPolicy", "Delay"]),
        "restart_policy_window" => task(&["RestartPolicy", "Window"]),
        "user" => container(&["User"]),
        "working_dir" => container(&["Dir"]),
        "read_only" => container(&["ReadOnly"]),
        "stop_grace_period" => container(&["StopGracePeriod"]),
        "stop_signal" => container(&["StopSignal"]),
        "init" => container(&["Init"]),
        "sysctls" => container(&["Sysctls"]),
        "cap_add" => container(&["CapabilityAdd"]),
        "cap_drop" => container(&["CapabilityDrop"]),
        "publish" => items(&get(&["Spec", "EndpointSpec", "Ports"]), &[
            ("protocol", &["Protocol"]),
            ("mode", &["PublishMode"]),
            ("published_port", &["PublishedPort"]),
            ("target_port", &["TargetPort"]),
        ]),
        "mounts" => items(&container(&["Mounts"]), MOUNT),
        "configs" => items(&container(&["Configs"]), CONFIG),
        "secrets" => items(&container(&["Secrets"]), SECRET),
    });
    for (prefix, key) in [("update_", "UpdateConfig"), ("", "RollbackConfig")] {
        let part: Map =
            POLICY.iter().map(|(name, part)| (format!("{prefix}{name}"), get(&["Spec", key, part]))).collect();
        if prefix.is_empty() {
            if get(&["Spec", key]).is_truthy() {
                flat.insert("rollback_config", part);
            }
        } else {
            flat.extend(part);
        }
    }
    let mut networks = task(&["Networks"]);
    if networks.is_null() {
        networks = get(&["Spec", "Networks"]);
    }
    flat.insert(
        "networks",
        items(&networks, &[("id", &["Target"]), ("aliases", &["Aliases"]), ("options", &["DriverOpts"])]),
    );
    mode(service, &mut flat);
    flat
}

/// Policies of updates, in both forms.
pub const POLICY: &[(&str, &str)] = &[
    ("parallelism", "Parallelism"),
    ("delay", "Delay"),
    ("failure_action", "FailureAction"),
    ("monitor", "Monitor"),
    ("max_failure_ratio", "MaxFailureRatio"),
    ("order", "Order"),
];

type Paths = &'static [(&'static str, &'static [&'static str])];

const MOUNT: Paths = &[
    ("type", &["Type"]),
    ("source", &["Source"]),
    ("target", &["Target"]),
    ("readonly", &["ReadOnly"]),
    ("labels", &["VolumeOptions", "Labels"]),
    ("propagation", &["BindOptions", "Propagation"]),
    ("no_copy", &["VolumeOptions", "NoCopy"]),
    ("driver_name", &["VolumeOptions", "DriverConfig", "Name"]),
    ("driver_options", &["VolumeOptions", "DriverConfig", "Options"]),
    ("tmpfs_size", &["TmpfsOptions", "SizeBytes"]),
    ("tmpfs_mode", &["TmpfsOptions", "Mode"]),
];

const CONFIG: Paths = &[
    ("config_id", &["ConfigID"]),
    ("config_name", &["ConfigName"]),
    ("filename", &["File", "Name"]),
    ("uid", &["File", "UID"]),
    ("gid", &["File", "GID"]),
    ("mode", &["File", "Mode"]),
];

const SECRET: Paths = &[
    ("secret_id", &["SecretID"]),
    ("secret_name", &["SecretName"]),
    ("filename", &["File", "Name"]),
    ("uid", &["File", "UID"]),
    ("gid", &["File", "GID"]),
    ("mode", &["File", "Mode"]),
];

fn items(list: &Value, paths: &[(&str, &[&str])]) -> Value {
    let Some(list) = list.as_items() else { return Value::NULL };
    Value::list(list.iter().map(|item| {
        let mut flat: Map =
            paths.iter().map(|(key, path)| (*key, at(item, path).cloned().unwrap_or_default())).collect();
        if let (Some(name), Some(options)) = (flat.remove("driver_name"), flat.remove("driver_options")) {
            let driver = object! { "name" => name.clone(), "options" => options };
            flat.insert("driver_config", if name.is_null() { Value::NULL } else { driver.into() });
        }
        flat.into()
    }))
}

/// `address name` to name and address.
fn hosts(list: &Value) -> Value {
    let Some(list) = list.as_items() else { return Value::NULL };
    let pairs = list.iter().filter_map(Value::as_str).filter_map(|pair| pair.split_once(' '));
    pairs.map(|(address, name)| (name, Value::text(address))).collect::<Map>().into()
}

fn preferences(list: &Value) -> Value {
    let Some(list) = list.as_items() else { return Value::NULL };
    Value::list(list.iter().filter_map(Value::as_map).map(|preference| {
        let pairs = preference.iter().map(|(strategy, how)| {
            let value = at(how, &["SpreadDescriptor"]).cloned().unwrap_or_default();
            (python::str(strategy).to_lowercase(), value)
        });
        pairs.collect::<Map>().into()
    }))
}

fn mode(service: &Value, flat: &mut Map) {
    let Some(mode) = at(service, &["Spec", "Mode"]) else { return };
    if let Some(replicated) = mode.get("Replicated") {
        flat.insert("mode", "replicated");
        flat.insert("replicas", replicated.get("Replicas").cloned());
    } else if mode.get("Global").is_some() {
        flat.insert("mode", "global");
    } else if let Some(job) = mode.get("ReplicatedJob") {
        flat.insert("mode", "replicated-job");
        flat.insert("replicas", job.get("TotalCompletions").cloned());
    }
}
