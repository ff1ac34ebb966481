//! Events to a graph of nodes: anchors resolved, tags still as written.

use std::collections::HashMap;

use super::parser::{EventKind, Mark, Parser, Problem};

/// Where a node stands in the graph.
pub type NodeId = usize;

pub struct Node {
    pub tag: Option<String>,
    pub content: Content,
    pub start: Mark,
}

pub enum Content {
    /// The text, and whether its form decides on its type.
    Scalar(String, bool),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

impl Content {
    /// What messages call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scalar(..) => "scalar",
            Self::Sequence(_) => "sequence",
            Self::Mapping(_) => "mapping",
        }
    }
}

/// All nodes of one document. An alias is the id of the node that it names.
pub struct Graph {
    pub nodes: Vec<Node>,
    /// `None` for an empty document.
    pub root: Option<NodeId>,
}

/// What reads values recursively must end before the stack does.
const MAX_DEPTH: usize = 400;

/// The only document of a text; an empty text has none.
pub fn compose_single(text: &str) -> Result<Graph, Problem> {
    let mut parser = Parser::new(text);
    let graph = next_document(&mut parser)?;
    let Some(graph) = graph else { return Ok(Graph { nodes: Vec::new(), root: None }) };
    let event = parser.next_event()?;
    if matches!(event.kind, EventKind::StreamEnd) {
        return Ok(graph);
    }
    Err(Problem::at("expected a single document in the stream but found another document", event.start))
}

/// All documents of a text.
pub fn compose_all(text: &str) -> Result<Vec<Graph>, Problem> {
    let mut parser = Parser::new(text);
    let mut graphs = Vec::new();
    while let Some(graph) = next_document(&mut parser)? {
        graphs.push(graph);
    }
    Ok(graphs)
}

/// A collection whose end was not met yet.
struct Open {
    id: NodeId,
    /// In a mapping, the key that waits for its value.
    key: Option<NodeId>,
}

struct Composer {
    nodes: Vec<Node>,
    anchors: HashMap<String, NodeId>,
    open: Vec<Open>,
    root: Option<NodeId>,
}

fn next_document(parser: &mut Parser) -> Result<Option<Graph>, Problem> {
    let mut composer = Composer { nodes: Vec::new(), anchors: HashMap::new(), open: Vec::new(), root: None };
    loop {
        let event = parser.next_event()?;
        let start = event.start;
        match event.kind {
            EventKind::StreamStart | EventKind::DocumentStart => {}
            EventKind::StreamEnd => return Ok(None),
            EventKind::DocumentEnd => return Ok(Some(Graph { nodes: composer.nodes, root: composer.root })),
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                composer.open.pop();
            }
            EventKind::Alias(name) => {
                let id = composer.anchors.get(&name).copied();
                composer.place(id.ok_or_else(|| Problem::at("found undefined alias", start))?);
            }
            EventKind::Scalar(scalar) => {
                let content = Content::Scalar(scalar.value, scalar.plain_implicit);
                composer.add(scalar.anchor, scalar.tag, content, start)?;
            }
            EventKind::SequenceStart(anchor, tag) => {
                let id = composer.add(anchor, tag, Content::Sequence(Vec::new()), start)?;
                composer.enter(id, start)?;
            }
            EventKind::MappingStart(anchor, tag) => {
                let id = composer.add(anchor, tag, Content::Mapping(Vec::new()), start)?;
                composer.enter(id, start)?;
            }
        }
    }
}

impl Composer {
    fn add(
        &mut self,
        anchor: Option<String>,
        tag: Option<String>,
        content: Content,
        start: Mark,
    ) -> Result<NodeId, Problem> {
        let id = self.nodes.len();
        if let Some(anchor) = anchor
            && self.anchors.insert(anchor, id).is_some()
        {
            return Err(Problem::at("found duplicate anchor; first occurrence second occurrence", start));
        }
        self.nodes.push(Node { tag: tag.filter(|tag| tag != "!"), content, start });
        self.place(id);
        Ok(id)
    }

    fn enter(&mut self, id: NodeId, start: Mark) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Problem::at("collections are nested too deeply", start));
        }
        self.open.push(Open { id, key: None });
        Ok(())
    }

    /// Puts a node into the collection that is open, or makes it the root.
    fn place(&mut self, id: NodeId) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(id);
            return;
        };
        match (&mut self.nodes[parent.id].content, parent.key.take()) {
            (Content::Sequence(items), _) => items.push(id),
            (Content::Mapping(entries), Some(key)) => entries.push((key, id)),
            (Content::Mapping(_), None) => parent.key = Some(id),
            (Content::Scalar(..), _) => {}
        }
    }
}
