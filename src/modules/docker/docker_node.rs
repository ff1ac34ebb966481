//! community.docker.docker_node: labels, role and availability of a node of the swarm.

use crate::args::{Args, Choice};
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, Request, at, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerNode>("community.docker.docker_node", "Manage Docker Swarm node").traits(super::TRAITS);

#[derive(Args)]
struct DockerNode {
    /// The node's host name, or its id.
    #[arg(required)]
    hostname: String,
    /// Labels.
    labels: Option<Map>,
    /// Whether labels are added, or replace all.
    #[arg(default = "merge")]
    labels_state: LabelsState,
    /// Labels that go.
    labels_to_remove: Option<Vec<String>>,
    /// What the node may be given to do.
    #[arg(choices("active", "pause", "drain"))]
    availability: Option<String>,
    /// What the node is in the swarm.
    #[arg(choices("manager", "worker"))]
    role: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum LabelsState {
    Merge,
    Replace,
}

impl Run for DockerNode {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        engine.require_manager()?;
        let path = format!("/nodes/{}", quoted(&self.hostname));
        let node = engine
            .get(&path)
            .map_err(|error| Failure::new(format!("Error while reading from Swarm manager: {error}")))?;
        let before = at(&node, &["Spec"]).and_then(Value::as_map).cloned().unwrap_or_default();
        let mut spec = before.clone();
        if let Some(role) = &self.role {
            spec.insert("Role", role.as_str());
        }
        if let Some(availability) = &self.availability {
            spec.insert("Availability", availability.as_str());
        }
        let current = before.get("Labels").and_then(Value::as_map).cloned().unwrap_or_default();
        let labels = self.wanted_labels(&current, target);
        if labels != current {
            spec.insert("Labels", labels);
        }
        if spec == before {
            return Ok(object! { "changed" => false, "node" => node });
        }
        let id = text_at(&node, &["ID"]).unwrap_or(&self.hostname);
        let version = at(&node, &["Version", "Index"]).map(python::str).unwrap_or_default();
        let request = Request::post(format!("/nodes/{id}/update")).query("version", version).json(spec);
        target.effect(|_| {
            request.send(&engine).map(drop).map_err(|error| Failure::new(format!("Failed to update node : {error}")))
        })?;
        Ok(object! { "node" => engine.get(&path)? })
    }
}

impl DockerNode {
    fn wanted_labels(&self, current: &Map, target: &mut Target) -> Map {
        let given = self.labels.as_ref().map(super::texts).unwrap_or_default();
        if self.labels_state == LabelsState::Replace {
            return given;
        }
        let mut labels = current.clone();
        for name in self.labels_to_remove.iter().flatten() {
            if given.contains_key(name) {
                target.warn(format!(
                    "Label '{name}' listed both in 'labels' and 'labels_to_remove'. Keeping the assigned label value."
                ));
            } else {
                labels.remove(name);
            }
        }
        labels.extend(given);
        labels
    }
}
