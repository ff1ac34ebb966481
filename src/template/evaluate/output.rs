//! What a template prints, and the native value or text that it makes together.

use std::sync::Arc;

use crate::data::{Data, Value};
use crate::template::text::write_text;
use crate::template::{Marker, Object, Result};

/// The printed pieces, in order.
#[derive(Default)]
pub(in crate::template) struct Output {
    pieces: Vec<Piece>,
}

enum Piece {
    /// Text between tags.
    Data(Arc<str>),
    Printed(Object),
}

impl Output {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn data(&mut self, text: &Arc<str>) {
        self.pieces.push(Piece::Data(text.clone()));
    }

    pub fn print(&mut self, object: Object) {
        // None leaves no trace.
        if !object.is_null() {
            self.pieces.push(Piece::Printed(object));
        }
    }

    pub fn append(&mut self, other: Output) {
        self.pieces.extend(other.pieces);
    }

    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    pub fn truncate(&mut self, length: usize) {
        self.pieces.truncate(length);
    }

    /// A single piece keeps its type; several become one text.
    pub fn value(mut self) -> Result<Object> {
        match self.pieces.as_slice() {
            [] => return Ok(Object::NULL),
            [Piece::Data(text)] => return Ok(Object::text(text.clone())),
            [Piece::Printed(_)] => {}
            _ => return self.joined(),
        }
        match self.pieces.swap_remove(0) {
            Piece::Data(text) => Ok(Object::text(text)),
            Piece::Printed(object) => Ok(object),
        }
    }

    /// All pieces as one text.
    fn joined(&self) -> Result<Object> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Data(data) => text.push_str(data),
                Piece::Printed(object) => write_printed(object, &mut text)?,
            }
        }
        Ok(Object::text(text))
    }
}

/// A value inside of text: finished as a result would be, so tuples show as lists and omit is gone.
fn write_printed(object: &Object, text: &mut String) -> Result<()> {
    match object {
        Object::Value(Value { data: Data::Text(piece), .. }) => text.push_str(piece),
        Object::Value(Value { data: Data::Bytes(bytes), .. }) => text.push_str(&String::from_utf8_lossy(bytes)),
        Object::Omit => {}
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => return Err(error.clone()),
            Marker::Nothing(_) => {}
        },
        Object::List(_) | Object::Dict(_) | Object::Tuple(_) => {
            crate::data::python::write_repr(&listed(&object.to_result()?), text);
        }
        _ => write_text(object, text)?,
    }
    Ok(())
}

/// Tuples as lists, at any depth.
fn listed(value: &Value) -> Value {
    let data = match &value.data {
        Data::Tuple(items) | Data::List(items) => Data::List(Arc::new(items.iter().map(listed).collect())),
        Data::Map(map) => Data::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), listed(item))).collect())),
        other => other.clone(),
    };
    Value { data, origin: value.origin.clone() }
}
