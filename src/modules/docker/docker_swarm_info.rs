//! community.docker.docker_swarm_info: the swarm, its nodes, services and tasks.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, Request, at, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<SwarmInfo>("community.docker.docker_swarm_info", "Retrieves facts about Docker Swarm cluster")
        .traits(super::TRAITS);

#[derive(Args)]
struct SwarmInfo {
    /// Whether to list nodes.
    #[arg(default = false)]
    nodes: bool,
    /// Which nodes.
    nodes_filters: Option<Map>,
    /// Whether to list services.
    #[arg(default = false)]
    services: bool,
    /// Which services.
    services_filters: Option<Map>,
    /// Whether to list tasks.
    #[arg(default = false)]
    tasks: bool,
    /// Which tasks.
    tasks_filters: Option<Map>,
    /// Whether to tell the key that unlocks managers.
    #[arg(default = false)]
    unlock_key: bool,
    /// Whether to tell all that the engine says of the things listed.
    #[arg(default = false)]
    verbose_output: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for SwarmInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let off = object! {
            "can_talk_to_docker" => false,
            "docker_swarm_active" => false,
            "docker_swarm_manager" => false,
        };
        let fail = |mut failure: Failure, details: &Map| {
            failure.details.extend(details.clone());
            failure
        };
        let engine = Engine::connect(&self.engine, target).map_err(|failure| fail(failure, &off))?;
        let membership = engine.membership().map_err(|error| fail(error.into(), &off))?;
        let mut result = object! {
            "can_talk_to_docker" => true,
            "docker_swarm_active" => membership.is_member(),
            "docker_swarm_manager" => membership.is_manager(),
        };
        if !membership.is_member() || !membership.is_manager() {
            let message = "Error running docker swarm module: must run on swarm manager node";
            return Err(fail(Failure::new(message), &result));
        }
        result.insert("changed", false);
        let swarm = engine
            .get("/swarm")
            .map_err(|error| fail(Failure::new(format!("Error inspecting docker swarm: {error}")), &result))?;
        result.insert("swarm_facts", swarm);
        if self.unlock_key {
            let key = engine.get("/swarm/unlockkey").ok();
            result.insert("swarm_unlock_key", key.and_then(|key| key.get("UnlockKey").cloned()));
        }
        let lists = [
            (self.nodes, "nodes", &self.nodes_filters, node as fn(&Value) -> Map),
            (self.services, "services", &self.services_filters, service),
            (self.tasks, "tasks", &self.tasks_filters, task),
        ];
        for (wanted, name, filters, short) in lists {
            if !wanted {
                continue;
            }
            let answer = Request::get(format!("/{name}")).filters(filters.as_ref()).send(&engine);
            let answer = answer.and_then(|answer| answer.value()).map_err(|error| {
                fail(Failure::new(format!("Error inspecting docker swarm for object '{name}': {error}")), &result)
            })?;
            let items = answer.as_items().unwrap_or_default().iter();
            let items = items.map(|item| if self.verbose_output { item.clone() } else { short(item).into() });
            result.insert(name, Value::list(items));
        }
        Ok(result)
    }
}

fn copy(item: &Value, parts: &[(&str, &[&str])]) -> Map {
    parts.iter().filter_map(|(key, path)| Some((*key, at(item, path)?.clone()))).collect()
}

fn node(item: &Value) -> Map {
    let mut short = copy(
        item,
        &[
            ("ID", &["ID"]),
            ("Hostname", &["Description", "Hostname"]),
            ("Status", &["Status", "State"]),
            ("Availability", &["Spec", "Availability"]),
        ],
    );
    if let Some(manager) = at(item, &["ManagerStatus"]) {
        let leads = manager.get("Leader").is_some_and(Value::is_truthy);
        let word = if leads { "Leader" } else { text_at(manager, &["Reachability"]).unwrap_or_default() };
        short.insert("ManagerStatus", word);
    } else {
        short.insert("ManagerStatus", Value::NULL);
    }
    short.extend(copy(item, &[("EngineVersion", &["Description", "Engine", "EngineVersion"])]));
    short
}

fn service(item: &Value) -> Map {
    let mut short = copy(item, &[("ID", &["ID"]), ("Name", &["Spec", "Name"])]);
    if let Some(replicas) = at(item, &["Spec", "Mode", "Replicated", "Replicas"]) {
        short.extend(object! { "Mode" => "Replicated", "Replicas" => replicas.clone() });
    } else {
        short.extend(object! { "Mode" => "Global" });
    }
    short.extend(copy(
        item,
        &[
            ("Image", &["Spec", "TaskTemplate", "ContainerSpec", "Image"]),
            ("Ports", &["Spec", "EndpointSpec", "Ports"]),
        ],
    ));
    if !short.contains_key("Ports") {
        short.insert("Ports", Value::list([]));
    }
    short
}

fn task(item: &Value) -> Map {
    let mut short = copy(
        item,
        &[
            ("ID", &["ID"]),
            ("ServiceID", &["ServiceID"]),
            ("NodeID", &["NodeID"]),
            ("Image", &["Spec", "ContainerSpec", "Image"]),
            ("DesiredState", &["DesiredState"]),
            ("CurrentState", &["Status", "State"]),
            ("Error", &["Status", "Err"]),
        ],
    );
    if !short.contains_key("Error") {
        short.insert("Error", Value::NULL);
    }
    short
}
