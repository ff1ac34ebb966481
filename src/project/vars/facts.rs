//! Facts as variables: below `ansible_facts`, and each under its own name where that is wanted.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::data::{Map, Value};

/// The layers that the facts of a host make, the weakest first. `facts` is what modules returned,
/// with the `ansible_` in front; `inject` is the setting INJECT_FACTS_AS_VARS.
pub fn layers(facts: &Map, inject: bool) -> Vec<Arc<Map>> {
    let mut layers = vec![Arc::new(Map::from([("ansible_facts", Value::from(without_prefix(facts)))]))];
    if inject {
        layers.push(Arc::new(safe_as_variables(facts)));
    } else {
        let local = facts.get("ansible_local").cloned().unwrap_or_else(|| Value::from(Map::new()));
        layers.push(Arc::new(Map::from([("ansible_local", local)])));
    }
    layers
}

/// The names inside of `ansible_facts`: all but `ansible_local` lose their prefix.
pub fn without_prefix(facts: &Map) -> Map {
    facts
        .iter()
        .map(|(name, value)| match name.as_str().and_then(|text| text.strip_prefix("ansible_")) {
            Some(short) if short != "local" => (Value::text(short), value.clone()),
            _ => (name.clone(), value.clone()),
        })
        .collect()
}

/// Facts without those that could change how muster reaches the host or acts on it.
pub fn safe_as_variables(facts: &Map) -> Map {
    let mut safe = facts.clone();
    safe.retain(|name, _| name.as_str().is_none_or(|name| !is_restricted(name)));
    safe
}

/// Names that a fact may not have at the top.
pub fn is_restricted(name: &str) -> bool {
    static PATTERNS: LazyLock<Regex> = LazyLock::new(|| {
        let connections = "local|ssh|paramiko_ssh|psrp|winrm|docker|podman|network_cli|netconf|httpapi|kubectl|chroot|jail|lxc|lxd|zone|buildah";
        Regex::new(&format!("^ansible_(?:(?:{connections})_.*|become_.*|.*_interpreter)$"))
            .expect("the expression is well formed")
    });
    if name.starts_with("ansible_ssh_host_key_") {
        return false;
    }
    let bridge = name.ends_with("_bridge") || name.ends_with("_gwbridge");
    RESTRICTED.contains(&name) || name.starts_with("_ansible_") || (PATTERNS.is_match(name) && !bridge)
}

const RESTRICTED: [&str; 25] = [
    "ansible_connection",
    "ansible_host",
    "ansible_port",
    "ansible_user",
    "ansible_password",
    "ansible_timeout",
    "ansible_shell_type",
    "ansible_shell_executable",
    "ansible_private_key_file",
    "ansible_pipelining",
    "ansible_module_compression",
    "ansible_become",
    "ansible_network_os",
    "ansible_docker_extra_args",
    "ansible_executable",
    "ansible_delegated_vars",
    "ansible_scp_extra_args",
    "ansible_sftp_extra_args",
    "ansible_rsync_path",
    "ansible_playbook_python",
    "ansible_facts",
    "ansible_loop_var",
    "ansible_index_var",
    "ansible_parsed",
    "ansible_check_mode",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_cannot_redirect_the_connection() {
        let facts: Map = [
            "ansible_distribution",
            "ansible_host",
            "ansible_python_interpreter",
            "ansible_ssh_host_key_rsa_public",
            "ansible_docker_gwbridge",
            "ansible_become_user",
            "mine",
        ]
        .into_iter()
        .map(|name| (name, 1))
        .collect();
        let names =
            |map: &Map| map.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect::<Vec<_>>().join(" ");
        assert_eq!(
            names(&safe_as_variables(&facts)),
            "ansible_distribution ansible_ssh_host_key_rsa_public ansible_docker_gwbridge mine"
        );
        assert_eq!(
            names(&without_prefix(&facts)),
            "distribution host python_interpreter ssh_host_key_rsa_public docker_gwbridge become_user mine"
        );
    }
}
