//! community.docker: the Docker Engine of the target, over its API.

mod current_container_facts;
mod docker_container_info;
mod docker_host_info;
mod docker_swarm_info;
mod docker_swarm;
mod docker_secret;
mod docker_node_info;
mod docker_node;
mod docker_config;
mod docker_prune;
mod docker_login;
mod docker_container_exec;
mod docker_container;
mod docker_image;
mod docker_image_build;
mod docker_image_export;
mod docker_image_load;
mod docker_image_pull;
mod docker_image_push;
mod docker_image_remove;
mod docker_image_tag;
mod docker_image_info;
mod docker_network;
mod docker_network_info;
mod docker_swarm_service;
mod docker_swarm_service_info;
mod docker_container_copy_into;
mod docker_stack;
mod docker_stack_info;
mod docker_stack_task_info;
mod docker_volume;
mod docker_volume_info;

use crate::data::{Data, Map, Value, python};
use crate::runner::docker::Engine;
use crate::runner::{Failure, Module, Traits};

/// What all modules with the engine's options have in common.
const TRAITS: Traits = Traits { groups: &["docker", "community.docker.docker"], ..Traits::NONE };

pub static MODULES: &[&Module] = &[
    &current_container_facts::MODULE,
    &docker_container_info::MODULE,
    &docker_host_info::MODULE,
    &docker_swarm_info::MODULE,
    &docker_swarm::MODULE,
    &docker_secret::MODULE,
    &docker_node_info::MODULE,
    &docker_node::MODULE,
    &docker_config::MODULE,
    &docker_prune::MODULE,
    &docker_login::MODULE,
    &docker_container_exec::MODULE,
    &docker_container::MODULE,
    &docker_image::MODULE,
    &docker_image_build::MODULE,
    &docker_image_export::MODULE,
    &docker_image_load::MODULE,
    &docker_image_pull::MODULE,
    &docker_image_push::MODULE,
    &docker_image_remove::MODULE,
    &docker_image_tag::MODULE,
    &docker_image_info::MODULE,
    &docker_network::MODULE,
    &docker_network_info::MODULE,
    &docker_swarm_service::MODULE,
    &docker_swarm_service_info::MODULE,
    &docker_container_copy_into::MODULE,
    &docker_stack::MODULE,
    &docker_stack_info::MODULE,
    &docker_stack_task_info::MODULE,
    &docker_volume::MODULE,
    &docker_volume_info::MODULE,
];

/// Options that need a newer API than the engine may have: given, the version, the option.
fn require_api(engine: &Engine, demands: &[(bool, &str, &str)]) -> Result<(), Failure> {
    match demands.iter().find(|(given, version, _)| *given && !engine.has_api(version)) {
        None => Ok(()),
        Some((_, version, option)) => Err(Failure::new(format!(
            "Docker API version is {}. Minimum version required is {version} to set {option} option.",
            engine.api_version()
        ))),
    }
}

/// The engine takes only texts in labels and options; booleans in lower case.
fn texts(map: &Map) -> Map {
    map.iter().map(|(key, value)| (python::str(key), text_of(value))).collect()
}

fn text_of(value: &Value) -> String {
    match value.as_bool() {
        Some(flag) => flag.to_string(),
        None => python::str(value),
    }
}

/// Labels are texts; what is safely made one is taken too.
fn labels(map: &Map, option: &str) -> Result<Map, Failure> {
    let mut labels = Map::new();
    for (name, value) in map {
        let name = python::str(name);
        if !matches!(value.data, Data::Text(_) | Data::Int(_) | Data::Bool(_) | Data::Big(_)) {
            return Err(Failure::new(format!(
                "The value {} for '{name}' of {option} is not a string or something than can be safely converted to a \
                 string!",
                python::str(value)
            )));
        }
        labels.insert(name, python::str(value));
    }
    Ok(labels)
}
