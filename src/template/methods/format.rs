//! `'…'.format(…)`: fields in braces, by place, name, attribute and item, with specifications.

use crate::data::python;
use crate::template::operators::percent::ascii;
use crate::template::spec::format_value;
use crate::template::text::{text_of, write_repr};
use crate::template::{Arguments, Context, Object, Result, TemplateError, access};

/// Specifications may hold fields, which may not hold more.
const DEEPEST: usize = 2;

struct Fields<'a> {
    context: &'a Context,
    positional: Vec<Object>,
    named: &'a dyn Fn(&str) -> Option<Object>,
    next: usize,
    numbered: bool,
}

/// `text.format(positional, keywords)`.
pub fn format(text: &str, arguments: &mut Arguments<'_>) -> Result<String> {
    let context = arguments.context();
    let positional = arguments.rest_objects();
    let keywords = arguments.keyword_objects();
    let named = |name: &str| keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value.clone());
    Fields { context, positional, named: &named, next: 0, numbered: false }.expand(text, DEEPEST)
}

/// `text.format_map(mapping)`.
pub fn format_map(text: &str, mapping: &Object, context: &Context) -> Result<String> {
    let named = |name: &str| match mapping {
        Object::Dict(dict) => dict.get_text(name),
        _ => None,
    };
    Fields { context, positional: Vec::new(), named: &named, next: 0, numbered: false }.expand(text, DEEPEST)
}

impl Fields<'_> {
    fn expand(&mut self, text: &str, depth: usize) -> Result<String> {
        if depth == 0 {
            return Err("Max string recursion exceeded".into());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(place) = rest.find(['{', '}']) {
            out.push_str(&rest[..place]);
            let brace = &rest[place..=place];
            let after = &rest[place + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                out.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("Single '}' encountered in format string".into());
            }
            if after.is_empty() {
                return Err("Single '{' encountered in format string".into());
            }
            let end = field_end(after).ok_or_else(|| TemplateError::failure("expected '}' before end of string"))?;
            out.push_str(&self.field(&after[..end], depth)?);
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Result<String> {
        // A colon or mark inside of `[…]` belongs to the key.
        let mut in_key = false;
        let split = field.find(|c: char| {
            match c {
                '[' => in_key = true,
                ']' => in_key = false,
                _ => {}
            }
            !in_key && matches!(c, ':' | '!')
        });
        let (name, rest) = split.map_or((field, ""), |place| field.split_at(place));
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => {
                let conversion = rest.chars().next();
                let after = &rest[conversion.map_or(0, char::len_utf8)..];
                match (after, after.strip_prefix(':')) {
                    ("", _) => (conversion, ""),
                    (_, Some(spec)) => (conversion, spec),
                    _ => return Err("expected ':' after conversion specifier".into()),
                }
            }
            None => (None, rest.strip_prefix(':').unwrap_or("")),
        };
        let object = self.lookup(name)?.usable()?;
        let spec = self
            .expand(spec, depth - 1)
            .or_else(|error| if spec.contains('{') { Err(error) } else { Ok(spec.to_owned()) })?;
        match conversion {
            None => match &object {
                Object::Value(value) => format_value(value, &spec),
                other if spec.is_empty() => text_of(other),
                other => Err(format!("unsupported format string passed to {}.__format__", other.type_name()).into()),
            },
            Some('s') => format_value(&text_of(&object)?.into(), &spec),
            Some(kind @ ('r' | 'a')) => {
                let mut text = String::new();
                write_repr(&object, &mut text)?;
                if kind == 'a' {
                    text = ascii(&text);
                }
                format_value(&text.into(), &spec)
            }
            Some(other) => Err(format!("Unknown conversion specifier {other}").into()),
        }
    }

    /// The value of `name.attribute[item]…`.
    fn lookup(&mut self, name: &str) -> Result<Object> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(end);
        let mut object = self.first(first)?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err("Empty attribute in format string".into());
                }
                let name = &after[..end];
                if matches!(object, Object::Dict(_)) && !super::has(&object, name) {
                    return Err(format!("'dict' object has no attribute '{name}'").into());
                }
                object = access::attribute(&object, name, self.context)?.usable()?;
                rest = &after[end..];
            } else {
                let after = &rest[1..];
                let end = after.find(']').ok_or_else(|| TemplateError::failure("Missing ']' in format string"))?;
                let key = &after[..end];
                let key = key.parse::<i64>().map_or_else(|_| Object::from(key), Object::from);
                object = access::item(&object, &key, self.context)?.usable()?;
                rest = &after[end + 1..];
                if !rest.is_empty() && !rest.starts_with(['.', '[']) {
                    return Err("Only '.' or '[' may follow ']' in format field specifier".into());
                }
            }
        }
        Ok(object)
    }

    fn first(&mut self, name: &str) -> Result<Object> {
        let place = if name.is_empty() {
            if self.numbered {
                return Err("cannot switch from manual field specification to automatic field numbering".into());
            }
            self.next += 1;
            Some(self.next - 1)
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if self.next > 0 {
                return Err("cannot switch from automatic field numbering to manual field specification".into());
            }
            self.numbered = true;
            name.parse().ok()
        } else {
            None
        };
        match place {
            Some(place) => self
                .positional
                .get(place)
                .cloned()
                .ok_or_else(|| format!("Replacement index {place} out of range for positional args tuple").into()),
            None => (self.named)(name).ok_or_else(|| TemplateError::failure(python::text_repr(name))),
        }
    }
}

/// Where the field that begins here ends.
fn field_end(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (place, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}
