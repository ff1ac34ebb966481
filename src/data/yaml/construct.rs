//! Nodes to values: types by tag or form, merge keys, duplicates, the reference's own tags.

use std::sync::Arc;

use indexmap::IndexSet;

use super::compose::{Content, Graph, NodeId};
use super::parser::{Mark, Problem};
use super::resolve::{Form, form_of};
use super::scalar;
use crate::data::{Data, Map, Text, Trust, Value, Vaulted, python};
use crate::diagnostic::{Diagnostic, Origin, Warning};

const STANDARD: &str = "tag:yaml.org,2002:";
/// The version of ansible-core that takes the deprecated tags away.
const TAGS_REMOVED_IN: &str = "2.23";

/// What a node is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Bytes,
    Text,
    Sequence,
    Mapping,
    Set,
    OrderedMap,
    Pairs,
    Merge,
    /// The key `=`.
    Value,
    Unsafe,
    /// With the tag as it was written.
    Vault(&'static str),
    Unknown(String),
}

impl From<Form> for Kind {
    fn from(form: Form) -> Self {
        match form {
            Form::Null => Self::Null,
            Form::Bool => Self::Bool,
            Form::Int => Self::Int,
            Form::Float => Self::Float,
            Form::Timestamp => Self::Timestamp,
            Form::Merge => Self::Merge,
            Form::Value => Self::Value,
            Form::Text => Self::Text,
        }
    }
}

fn kind_of_tag(tag: &str) -> Kind {
    match tag.strip_prefix(STANDARD).unwrap_or(tag) {
        "!unsafe" => Kind::Unsafe,
        "!vault" => Kind::Vault("!vault"),
        "!vault-encrypted" => Kind::Vault("!vault-encrypted"),
        _ if !tag.starts_with(STANDARD) => Kind::Unknown(tag.to_owned()),
        "null" => Kind::Null,
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "timestamp" => Kind::Timestamp,
        "binary" => Kind::Bytes,
        "str" | "python/unicode" => Kind::Text,
        "seq" => Kind::Sequence,
        "map" | "python/dict" => Kind::Mapping,
        "set" => Kind::Set,
        "omap" => Kind::OrderedMap,
        "pairs" => Kind::Pairs,
        "merge" => Kind::Merge,
        "value" => Kind::Value,
        _ => Kind::Unknown(tag.to_owned()),
    }
}

/// The value of a document.
pub fn construct(graph: Graph, origin: &Origin, trust: Trust, warnings: &mut Vec<Warning>) -> Result<Value, Problem> {
    let Some(root) = graph.root else { return Ok(Value::NULL.with_origin(&origin.at(1, 1))) };
    let (count, nodes) = (graph.nodes.len(), graph.nodes);
    let mut constructor =
        Constructor { nodes, done: vec![None; count], busy: vec![false; count], origin, trust, warnings };
    constructor.value(root)
}

struct Constructor<'a> {
    nodes: Vec<super::compose::Node>,
    /// Values of nodes, so that aliases share what they name.
    done: Vec<Option<Value>>,
    /// Nodes that are being read: meeting one again means that it holds itself.
    busy: Vec<bool>,
    origin: &'a Origin,
    trust: Trust,
    warnings: &'a mut Vec<Warning>,
}

impl Constructor<'_> {
    fn place(&self, mark: Mark) -> Origin {
        self.origin.at(mark.line + 1, mark.column + 1)
    }

    fn kind(&self, id: NodeId) -> Kind {
        match &self.nodes[id].tag {
            Some(tag) => kind_of_tag(tag),
            None => self.kind_of_form(id, false),
        }
    }

    /// The type that a node has without its tag.
    fn kind_of_form(&self, id: NodeId, as_plain: bool) -> Kind {
        match &self.nodes[id].content {
            Content::Scalar(text, plain) if *plain || as_plain => form_of(text).into(),
            Content::Scalar(..) => Kind::Text,
            Content::Sequence(_) => Kind::Sequence,
            Content::Mapping(_) => Kind::Mapping,
        }
    }

    fn value(&mut self, id: NodeId) -> Result<Value, Problem> {
        if let Some(value) = &self.done[id] {
            return Ok(value.clone());
        }
        let start = self.nodes[id].start;
        if std::mem::replace(&mut self.busy[id], true) {
            return Err(Problem::at("found unconstructable recursive node", start));
        }
        let kind = self.kind(id);
        let value = self.value_of_kind(id, kind)?.with_origin(&self.place(start));
        self.busy[id] = false;
        self.done[id] = Some(value.clone());
        Ok(value)
    }

    fn value_of_kind(&mut self, id: NodeId, kind: Kind) -> Result<Value, Problem> {
        let start = self.nodes[id].start;
        let complain = |message: String| Problem::nowhere(message);
        match kind {
            Kind::Null => self.scalar(id).map(|_| Value::NULL),
            Kind::Bool => scalar::to_bool(self.scalar(id)?).map_err(complain),
            Kind::Int => scalar::to_int(self.scalar(id)?).map_err(complain),
            Kind::Float => scalar::to_float(self.scalar(id)?).map_err(complain),
            Kind::Timestamp => scalar::to_timestamp(self.scalar(id)?).map_err(complain),
            Kind::Bytes => scalar::to_bytes(self.scalar(id)?).map_err(|message| Problem::at(message, start)),
            Kind::Text => {
                let text: Arc<str> = self.scalar(id)?.into();
                Ok(Text::plain(text).with_trust(self.trust).into())
            }
            Kind::Sequence => self.sequence(id),
            Kind::Mapping => Ok(self.mapping(id)?.into()),
            Kind::Set => {
                let keys: IndexSet<Value> = self.mapping(id)?.into_iter().map(|(key, _)| key).collect();
                Ok(Data::Set(Arc::new(keys)).into())
            }
            Kind::OrderedMap => {
                self.deprecated_tag(
                    "!!omap",
                    "Use a standard mapping instead, as key order is always preserved.",
                    start,
                );
                self.pairs(id, "while constructing an ordered map")
            }
            Kind::Pairs => {
                self.deprecated_tag("!!pairs", "Use a standard mapping instead.", start);
                self.pairs(id, "while constructing pairs")
            }
            Kind::Unsafe => {
                let trust = std::mem::replace(&mut self.trust, Trust::Plain);
                let value = self.value_of_kind(id, self.kind_of_form(id, true));
                self.trust = trust;
                value
            }
            Kind::Vault(tag) => self.vaulted(id, tag),
            Kind::Merge | Kind::Value => {
                let name = if kind == Kind::Merge { "merge" } else { "value" };
                Err(unknown_tag(&format!("{STANDARD}{name}"), start))
            }
            Kind::Unknown(tag) => Err(unknown_tag(&tag, start)),
        }
    }

    fn scalar(&self, id: NodeId) -> Result<&str, Problem> {
        let node = &self.nodes[id];
        match &node.content {
            Content::Scalar(text, _) => Ok(text),
            // A mapping with the key `=` stands for the value of that.
            Content::Mapping(entries) if entries.iter().any(|(key, _)| self.kind(*key) == Kind::Value) => {
                let entry = entries.iter().find(|(key, _)| self.kind(*key) == Kind::Value);
                entry.map_or(Ok(""), |(_, value)| self.scalar(*value))
            }
            other => Err(Problem::at(format!("expected a scalar node, but found {}", other.name()), node.start)),
        }
    }

    fn sequence(&mut self, id: NodeId) -> Result<Value, Problem> {
        let node = &self.nodes[id];
        let Content::Sequence(items) = &node.content else {
            let message = format!("expected a sequence node, but found {}", node.content.name());
            return Err(Problem::at(message, node.start));
        };
        let items = items.clone();
        let values: Result<Vec<Value>, Problem> = items.into_iter().map(|item| self.value(item)).collect();
        Ok(values?.into())
    }

    fn mapping(&mut self, id: NodeId) -> Result<Map, Problem> {
        self.flatten(id)?;
        let node = &self.nodes[id];
        let Content::Mapping(entries) = &node.content else {
            let message = format!("expected a mapping node, but found {}", node.content.name());
            return Err(Problem::at(message, node.start));
        };
        let entries = entries.clone();
        let mut map = Map::with_capacity(entries.len());
        for (key_id, value_id) in entries {
            let key_start = self.nodes[key_id].start;
            let key = self.key(key_id)?;
            if !is_hashable(&key) {
                return Err(Problem::at("while constructing a mapping found unhashable key", key_start));
            }
            if map.contains_value_key(&key) {
                self.duplicate_key(&key);
            }
            map.insert(key, self.value(value_id)?);
        }
        Ok(map)
    }

    /// Keys are never templates that are rendered in place, but they keep the trust of the file.
    fn key(&mut self, id: NodeId) -> Result<Value, Problem> {
        if self.kind(id) == Kind::Value {
            return Ok(Value::text("=").with_origin(&self.place(self.nodes[id].start)));
        }
        self.value(id)
    }

    /// Puts what `<<` keys bring before the mapping's own entries.
    fn flatten(&mut self, id: NodeId) -> Result<(), Problem> {
        let mut merged: Vec<(NodeId, NodeId)> = Vec::new();
        let mut index = 0;
        loop {
            let Content::Mapping(entries) = &mut self.nodes[id].content else { return Ok(()) };
            let Some(&(key, value)) = entries.get(index) else { break };
            if self.kind(key) != Kind::Merge {
                index += 1;
                continue;
            }
            if let Content::Mapping(entries) = &mut self.nodes[id].content {
                entries.remove(index);
            }
            merged.extend(self.merged_entries(value)?);
        }
        if let Content::Mapping(entries) = &mut self.nodes[id].content
            && !merged.is_empty()
        {
            merged.append(entries);
            *entries = merged;
        }
        Ok(())
    }

    /// The entries of one mapping, or those of several: of these the first wins, so it comes last.
    fn merged_entries(&mut self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, Problem> {
        let start = self.nodes[id].start;
        match &self.nodes[id].content {
            Content::Mapping(_) => {
                self.flatten(id)?;
                Ok(self.entries(id))
            }
            Content::Sequence(items) => {
                let items = items.clone();
                let mut parts = Vec::new();
                for item in items {
                    if !matches!(self.nodes[item].content, Content::Mapping(_)) {
                        let name = self.nodes[item].content.name();
                        let message =
                            format!("while constructing a mapping expected a mapping for merging, but found {name}");
                        return Err(Problem::at(message, self.nodes[item].start));
                    }
                    self.flatten(item)?;
                    parts.push(self.entries(item));
                }
                parts.reverse();
                Ok(parts.concat())
            }
            other @ Content::Scalar(..) => {
                let message = format!(
                    "while constructing a mapping expected a mapping or list of mappings for merging, but found {}",
                    other.name()
                );
                Err(Problem::at(message, start))
            }
        }
    }

    fn entries(&self, id: NodeId) -> Vec<(NodeId, NodeId)> {
        match &self.nodes[id].content {
            Content::Mapping(entries) => entries.clone(),
            _ => Vec::new(),
        }
    }

    /// A list of mappings with one entry each, as a list of tuples.
    fn pairs(&mut self, id: NodeId, context: &str) -> Result<Value, Problem> {
        let node = &self.nodes[id];
        let Content::Sequence(items) = &node.content else {
            let message = format!("{context} expected a sequence, but found {}", node.content.name());
            return Err(Problem::at(message, node.start));
        };
        let mut pairs = Vec::new();
        for item in items.clone() {
            let node = &self.nodes[item];
            let entry = match &node.content {
                Content::Mapping(entries) => {
                    let [entry] = entries[..] else {
                        let count = entries.len();
                        let message = format!("{context} expected a single mapping item, but found {count} items");
                        return Err(Problem::at(message, node.start));
                    };
                    entry
                }
                other => {
                    let message = format!("{context} expected a mapping of length 1, but found {}", other.name());
                    return Err(Problem::at(message, node.start));
                }
            };
            pairs.push(Value::tuple([self.value(entry.0)?, self.value(entry.1)?]));
        }
        Ok(pairs.into())
    }

    /// The tag stands before what would be a text without it; anything else is refused, once it is read.
    fn vaulted(&mut self, id: NodeId, tag: &str) -> Result<Value, Problem> {
        let start = self.nodes[id].start;
        if tag == "!vault-encrypted" {
            self.deprecated_tag(tag, "Use the `!vault` tag instead.", start);
        }
        let value = self.value_of_kind(id, self.kind_of_form(id, true))?;
        let Data::Text(text) = &value.data else {
            let problem = Problem::at(format!("the '{tag}' tag requires a string value"), start);
            return Err(Problem { certain: true, ..problem });
        };
        Ok(Data::Vaulted(Arc::new(Vaulted { ciphertext: text.shared().clone() })).into())
    }

    fn deprecated_tag(&mut self, tag: &str, hint: &str, start: Mark) {
        let diagnostic = Diagnostic::new(format!("Use of the YAML `{tag}` tag is deprecated."));
        let diagnostic = diagnostic.at(&self.place(start)).hint(hint);
        self.warnings.push(Warning::deprecated(diagnostic, TAGS_REMOVED_IN));
    }

    fn duplicate_key(&mut self, key: &Value) {
        let mut diagnostic = Diagnostic::new(format!("Found duplicate mapping key {}.", python::repr(key)))
            .hint("Using last defined value only.");
        // The reference cannot tell where a truth value or null was written.
        if !matches!(key.data, Data::Bool(_) | Data::Null) {
            diagnostic = diagnostic.at(&key.origin);
        }
        self.warnings.push(Warning::new(diagnostic));
    }
}

fn unknown_tag(tag: &str, start: Mark) -> Problem {
    Problem::at(format!("could not determine a constructor for the tag '{tag}'"), start)
}

fn is_hashable(value: &Value) -> bool {
    match &value.data {
        Data::List(_) | Data::Set(_) | Data::Map(_) => false,
        Data::Tuple(items) => items.iter().all(is_hashable),
        _ => true,
    }
}
