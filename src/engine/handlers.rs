//! Handlers by the names they answer to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::data::{Map, Value, python};
use crate::project::playbook::{Node, Task};
use crate::project::vars::Layers;
use crate::template::Templar;

use super::ground::PlayGround;
use super::layers::Ground;
use super::plan::{HandlerId, Plan};

/// Which handlers a notification means.
#[derive(Default)]
pub struct Names {
    /// The handler that a name means.
    by_name: HashMap<String, HandlerId>,
    listening: HashMap<String, Vec<HandlerId>>,
}

impl Names {
    /// Takes in the handlers from `first` on.
    pub fn extend(&mut self, plan: &Plan, first: usize, play: &Arc<PlayGround>) {
        let parent = |id: &HandlerId| plan.handler(*id).scope.parent.as_ref().map(Arc::as_ptr);
        for (index, handler) in plan.handlers.iter().enumerate().skip(first) {
            let id = HandlerId(index as u32);
            if let Some(name) = name_of(handler, play) {
                let mut names = vec![name.clone()];
                if let Some(role) = handler.scope.role() {
                    names.push(format!("{} : {name}", role.name));
                    names.push(format!("{} : {name}", role.full_name()));
                }
                for name in names {
                    // The last list that has such a handler counts, and in it the first.
                    let known = self.by_name.get(&name).filter(|known| parent(known) == parent(&id));
                    if known.is_none() {
                        self.by_name.insert(name, id);
                    }
                }
            }
            for topic in &handler.listen {
                self.listening.entry(topic.clone()).or_default().push(id);
                if let Some(role) = handler.scope.role() {
                    for name in [role.name.clone(), role.full_name()] {
                        let known = self.listening.entry(format!("{name} : {topic}")).or_default();
                        if !known.contains(&id) {
                            known.push(id);
                        }
                    }
                }
            }
        }
    }

    /// The handlers that answer to a name: one that is called so, and all that listen to it.
    pub fn find(&self, name: &str) -> Vec<HandlerId> {
        let mut found: Vec<HandlerId> = self.by_name.get(name).copied().into_iter().collect();
        for id in self.listening.get(name).into_iter().flatten() {
            if !found.contains(id) {
                found.push(*id);
            }
        }
        found
    }
}

/// The handler's name with the play's variables in it; `None` where it cannot be rendered yet.
fn name_of(handler: &Arc<Task>, play: &Arc<PlayGround>) -> Option<String> {
    let name = handler.scope.name.as_ref()?;
    let rendered = templar(handler, play).render(name).ok()?;
    Some(python::str(&rendered)).filter(|name| !name.is_empty())
}

/// Handlers see variables of play, role and their own, before any host.
fn templar(handler: &Arc<Task>, play: &Arc<PlayGround>) -> Templar {
    let ground = Ground::new(handler, &play.base_dir, &play.shared.options);
    let mut layers = Layers::new(play.shared.hash_behaviour());
    layers.extend(play.shared_layers());
    layers.extend(ground.layers.iter().cloned());
    play.templar(Arc::new(layers), Some(&Arc::new(ground)))
}

/// Handlers of a list, blocks taken apart.
pub fn flat(nodes: &[Node]) -> Vec<Arc<Task>> {
    let mut tasks = Vec::new();
    for node in nodes {
        match node {
            Node::Task(task) => tasks.push(Arc::clone(task)),
            Node::Block(block) => tasks.extend(flat(&block.block)),
        }
    }
    tasks
}

/// A task as variables show it: `ansible_failed_task`.
pub fn described(task: &Task, name: &str) -> Map {
    Map::from([
        ("name", Value::text(name)),
        ("action", Value::text(task.action.name.as_str())),
        ("args", Value::from(task.action.args.clone())),
    ])
}
