//! `str()` and `repr()` of objects.

use super::{Marker, Object, Result};
use crate::data::{Data, Value, python};

/// `str(object)`, as `~`, `join` and `string` use it.
pub fn text_of(object: &Object) -> Result<String> {
    let mut text = String::new();
    write_text(object, &mut text)?;
    Ok(text)
}

/// Appends `str(object)`.
pub fn write_text(object: &Object, out: &mut String) -> Result<()> {
    match object {
        Object::Value(Value { data: Data::Text(text), .. }) => out.push_str(text),
        Object::Value(value) => out.push_str(&python::str(value)),
        _ => write_repr(object, out)?,
    }
    Ok(())
}

/// Appends `repr(object)`.
pub fn write_repr(object: &Object, out: &mut String) -> Result<()> {
    write_nested(object, 0, out)
}

/// Data is not nested deeper; a list that holds itself would have no end.
const DEEPEST: usize = 400;

fn write_nested(object: &Object, depth: usize, out: &mut String) -> Result<()> {
    if depth > DEEPEST {
        return Err("maximum recursion depth exceeded".into());
    }
    let depth = depth + 1;
    match object {
        Object::Value(value) => python::write_repr(value, out),
        Object::List(list) => write_items("[", &list.items(), "]", depth, out)?,
        Object::Tuple(items) => {
            let end = if items.len() == 1 { ",)" } else { ")" };
            write_items("(", items, end, depth, out)?;
        }
        Object::Dict(dict) => {
            out.push('{');
            for (index, (key, item)) in dict.items().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                python::write_repr(key, out);
                out.push_str(": ");
                write_nested(item, depth, out)?;
            }
            out.push('}');
        }
        Object::Lazy(lazy) => write_nested(&lazy.resolve(), depth, out)?,
        Object::Omit => out.push_str("<<Omit>>"),
        Object::Marker(marker) => match &**marker {
            Marker::Error(error) => return Err(error.clone()),
            Marker::Nothing(_) => {}
        },
        Object::Native(native) => out.push_str(&native.text()),
    }
    Ok(())
}

fn write_items(open: &str, items: &[Object], close: &str, depth: usize, out: &mut String) -> Result<()> {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_nested(item, depth, out)?;
    }
    out.push_str(close);
    Ok(())
}
