//! `ini`: sections of hosts, `[group:children]` and `[group:vars]`; also a plain list of hosts.

use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;

use crate::data::{Data, Map, Text, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::project::inventory::source::{InventorySource, SourceContext, add_host};
use crate::project::inventory::{GroupId, Inventory, range, words};

pub struct Ini;

impl InventorySource for Ini {
    fn name(&self) -> &'static str {
        "ini"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        context.extension(source) != ".toml" && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let path = context.path(source);
        let bytes = context.reader.bytes(&path)?;
        let origin = Origin::file(path);
        // What is not UTF-8 can only be shown as a question mark anyway.
        let text = String::from_utf8_lossy(&bytes).replace('\u{fffd}', "?");
        read_lines(&text, &origin, inventory).map_err(|error| {
            let at = if error.origin.is_none() { origin.clone() } else { error.origin.clone() };
            Diagnostic { message: format!("Failed to parse inventory: {}", error.message), ..error }.at(&at)
        })
    }
}

/// What the lines below a section header mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Hosts,
    Children,
    Vars,
}

/// A group that was named before it was declared.
struct Pending {
    line: u32,
    /// The groups that want it as a child.
    parents: Vec<GroupId>,
}

struct Lines<'a> {
    inventory: &'a mut Inventory,
    group: GroupId,
    section: Section,
    /// By name, in the order of naming.
    pending: IndexMap<String, Pending>,
}

fn read_lines(text: &str, origin: &Origin, inventory: &mut Inventory) -> Result<(), Diagnostic> {
    let mut lines = Lines { inventory, group: GroupId::UNGROUPED, section: Section::Hosts, pending: IndexMap::new() };
    for (number, line) in split_lines(text).enumerate() {
        let line = line.trim_matches(is_python_space);
        if !line.is_empty() && !line.starts_with(['#', ';']) {
            let origin = origin.at(number as u32 + 1, 0);
            lines
                .line(line, &origin)
                .map_err(|error| if error.origin.is_none() { error.at(&origin) } else { error })?;
        }
    }
    lines.finish(origin)
}

/// As Python's `splitlines`.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let ends = |character: char| {
            matches!(
                character,
                '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
            )
        };
        let Some(at) = text.find(ends) else {
            rest = None;
            return Some(text);
        };
        let end = if text[at..].starts_with("\r\n") { 2 } else { text[at..].chars().next().map_or(1, char::len_utf8) };
        rest = Some(&text[at + end..]);
        Some(&text[..at])
    })
}

/// What Python's `strip` takes off.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

impl Lines<'_> {
    fn line(&mut self, line: &str, origin: &Origin) -> Result<(), Diagnostic> {
        static HEADER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$").expect("the expression is well formed")
        });
        if let Some(header) = HEADER.captures(line) {
            let kind = header.get(2).map(|kind| kind.as_str());
            return self.header(&header[1], kind, origin.line());
        }
        if line.starts_with('[') && line.ends_with(']') {
            return Err(Diagnostic::new(format!(
                "Invalid section entry: '{line}'. Please make sure that there are no spaces in the section entry, and that there are no other invalid characters"
            )));
        }
        match self.section {
            Section::Hosts => self.host_line(line, origin),
            Section::Children => self.child_line(line, origin.line()),
            Section::Vars => self.variable_line(line, origin),
        }
    }

    fn header(&mut self, name: &str, kind: Option<&str>, line: u32) -> Result<(), Diagnostic> {
        self.section = match kind {
            None | Some("hosts") => Section::Hosts,
            Some("children") => Section::Children,
            Some("vars") => Section::Vars,
            Some(other) => {
                return Err(Diagnostic::new(format!("Section [{name}:{other}] has unknown type: {other}")));
            }
        };
        if self.section == Section::Vars && self.inventory.find_group(name).is_none() {
            let pending = Pending { line, parents: Vec::new() };
            self.pending.entry(name.to_owned()).or_insert(pending);
        }
        self.group = self.inventory.add_group(name);
        if self.section != Section::Vars
            && let Some(pending) = self.pending.shift_remove(name)
        {
            for parent in pending.parents {
                self.inventory.add_child_group(parent, self.group)?;
            }
        }
        Ok(())
    }

    /// A name or range, then `name=value` words.
    fn host_line(&mut self, line: &str, origin: &Origin) -> Result<(), Diagnostic> {
        let words = words::split(line)
            .map_err(|error| Diagnostic::new(format!("Error parsing host definition '{line}': {error}")))?;
        let Some((pattern, assignments)) = words.split_first() else { return Ok(()) };
        let (names, port) = range::expand(pattern)?;
        check_pattern(pattern)?;
        let mut variables = Map::new();
        for word in assignments {
            let Some((name, value)) = word.split_once('=') else {
                return Err(Diagnostic::new(format!("Expected key=value host variable assignment, got: {word}")));
            };
            variables.insert(key(name, origin), literal_or_text(value, origin));
        }
        for name in names {
            let host = add_host(self.inventory, &name, Some(self.group), port)?;
            for (name, value) in &variables {
                self.inventory.set_host_variable(host, name.clone(), value.clone());
            }
        }
        Ok(())
    }

    /// The name of a group that the current one contains.
    fn child_line(&mut self, line: &str, number: u32) -> Result<(), Diagnostic> {
        static NAME: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^([^:\]\s]+)\s*(?:#.*)?$").expect("the expression is well formed"));
        let Some(found) = NAME.captures(line) else {
            return Err(Diagnostic::new(format!("Expected group name, got: {line}")));
        };
        let name = &found[1];
        match self.inventory.find_group(name) {
            Some(child) => {
                self.inventory.add_child_group(self.group, child)?;
            }
            None => {
                let new = || Pending { line: number, parents: Vec::new() };
                self.pending.entry(name.to_owned()).or_insert_with(new).parents.push(self.group);
            }
        }
        Ok(())
    }

    fn variable_line(&mut self, line: &str, origin: &Origin) -> Result<(), Diagnostic> {
        let Some((name, value)) = line.split_once('=') else {
            return Err(Diagnostic::new(format!("Expected key=value, got: {line}")));
        };
        let name = key(name.trim_matches(is_python_space), origin);
        let value = literal_or_text(value.trim_matches(is_python_space), origin);
        self.inventory.set_group_variable(self.group, name, value)
    }

    /// Whatever is still pending was never declared.
    fn finish(self, origin: &Origin) -> Result<(), Diagnostic> {
        let Some((name, pending)) = self.pending.first() else { return Ok(()) };
        let place = format!("{}:{}", origin, pending.line);
        Err(Diagnostic::new(match pending.parents.last() {
            Some(parent) => {
                let parent = &self.inventory.group(*parent).name;
                format!("{place}: Section [{parent}:children] includes undefined group: {name}")
            }
            None => format!("{place}: Section [{name}:vars] not valid for undefined group: {name}"),
        }))
    }
}

fn check_pattern(pattern: &str) -> Result<(), Diagnostic> {
    let pattern = pattern.trim();
    if pattern.ends_with(':') {
        return Err(Diagnostic::new(format!(
            "Invalid host pattern '{pattern}' supplied, ending in ':' is not allowed, this character is reserved to provide a port."
        )));
    }
    if pattern == "---" {
        return Err(Diagnostic::new(format!(
            "Invalid host pattern '{pattern}' supplied, '---' is normally a sign this is a YAML file."
        )));
    }
    Ok(())
}

fn key(name: &str, origin: &Origin) -> Value {
    Value::text(name).with_origin(origin)
}

/// A Python literal where the text is one, else the text; either way the user's own.
fn literal_or_text(text: &str, origin: &Origin) -> Value {
    let literal = python::literal_eval(text).ok().or_else(|| complex_number(text).map(Value::from));
    trusted(&literal.unwrap_or_else(|| Value::text(text)), origin)
}

/// A complex number as Python shows it: as a value it can only be text.
fn complex_number(text: &str) -> Option<String> {
    static COMPLEX: LazyLock<Regex> = LazyLock::new(|| {
        let number = r"(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?";
        Regex::new(&format!(r"^([+-]?{number})([+-]{number})[jJ]$")).expect("the expression is well formed")
    });
    let text = text.trim();
    let found = text.ends_with(['j', 'J']).then(|| COMPLEX.captures(text))??;
    let part = |index: usize| {
        let number: f64 = found[index].replace('_', "").parse().ok()?;
        let shown = python::float_repr(number);
        Some(shown.strip_suffix(".0").map(str::to_owned).unwrap_or(shown))
    };
    let (real, imaginary) = (part(1)?, part(2)?);
    let sign = if imaginary.starts_with('-') { "" } else { "+" };
    Some(format!("({real}{sign}{imaginary}j)"))
}

fn trusted(value: &Value, origin: &Origin) -> Value {
    match &value.data {
        Data::Text(text) => Value::new(Data::Text(Text::trusted(text.shared().clone())), origin.clone()),
        Data::Bytes(bytes) => Value::text(String::from_utf8_lossy(bytes).into_owned()).with_origin(origin),
        Data::Int(_) | Data::Bool(_) | Data::Float(_) | Data::Null => value.clone().with_origin(origin),
        _ => value.trusted().with_origin(origin),
    }
}
