//! community.docker.docker_node_info: what nodes of the swarm are.

use crate::args::Args;
use crate::data::Value;
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<NodeInfo>(
    "community.docker.docker_node_info",
    "Retrieves facts about docker swarm node from Swarm Manager",
)
.traits(super::TRAITS);

#[derive(Args)]
struct NodeInfo {
    /// Names or ids of nodes; without any, all.
    name: Option<Vec<String>>,
    /// Whether to tell of the manager itself alone.
    #[arg(default = false, name = "self")]
    own: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for NodeInfo {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        engine.require_manager()?;
        let nodes = if self.own {
            let info = engine.get("/info")?;
            let id = text_at(&info, &["Swarm", "NodeID"]).unwrap_or_default();
            vec![engine.get(&format!("/nodes/{id}"))?]
        } else {
            match self.name.filter(|names| !names.is_empty()) {
                None => engine.list("/nodes")?,
                Some(names) => {
                    let mut nodes = Vec::new();
                    for name in names {
                        nodes.push(engine.get(&format!("/nodes/{}", quoted(&name))).map_err(|error| {
                            Failure::new(format!("Error while reading from Swarm manager: {error}"))
                        })?);
                    }
                    nodes
                }
            }
        };
        Ok(object! { "changed" => false, "nodes" => Value::list(nodes) })
    }
}
