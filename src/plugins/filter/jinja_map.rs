//! Jinja's filters that use other filters, tests and attributes: `map`, `select` and their like.

use crate::data::Value;
use crate::template::operators::{iterate, truth};
use crate::template::{Arguments, Context, Filter, Object, Result, TemplateError, attribute, item, waiting};

pub const FILTERS: &[Filter] = &[
    Filter::raw("attr", attr, "An attribute, never an item."),
    Filter::raw("default", default, "A value in the place of one that is undefined.").also(&["d"]),
    Filter::raw("map", map, "Every item through a filter, or an attribute of it."),
    Filter::raw("reject", reject, "Items that do not pass a test."),
    Filter::raw("rejectattr", rejectattr, "Items of which an attribute does not pass a test."),
    Filter::raw("select", select, "Items that pass a test."),
    Filter::raw("selectattr", selectattr, "Items of which an attribute passes a test."),
];

/// A list that holds nothing that waits with an error.
pub(super) fn finished(items: Vec<Object>) -> Result<Object> {
    for item in &items {
        if item.waits_with_error() {
            item.clone().usable()?;
        }
    }
    Ok(Object::list(items))
}

/// The keys that `a.0.b` goes through.
pub(super) fn attribute_path(name: &Object) -> Result<Vec<Object>> {
    let name = name.clone().usable()?;
    Ok(match name.as_str() {
        Some(path) => path
            .split('.')
            .map(|part| match part.parse::<i64>() {
                Ok(number) if part.bytes().all(|byte| byte.is_ascii_digit()) => number.into(),
                _ => Object::text(part),
            })
            .collect(),
        None if name.is_null() => Vec::new(),
        None => vec![name],
    })
}

/// The value at the end of a path of items.
pub(super) fn walk(start: &Object, path: &[Object], context: &Context) -> Result<Object> {
    let mut object = start.clone();
    for key in path {
        object = item(&object, key, context)?;
    }
    Ok(object)
}

fn default(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let default = args.optional_object("default_value")?.unwrap_or_else(|| Object::text(""));
    let boolean = args.optional_object("boolean")?;
    let boolean = match boolean {
        None => false,
        Some(flag) => match flag.clone().usable()?.as_bool() {
            Some(flag) => flag,
            None => {
                return Err(TemplateError::failure(format!(
                    "The 'boolean' argument must be of type 'bool', not '{}'.",
                    flag.type_name()
                )));
            }
        },
    };
    if input.waits_with_error() {
        return if input.is_undefined() { Ok(default) } else { input.usable() };
    }
    if boolean && !truth(&input)? { Ok(default) } else { Ok(input) }
}

fn attr(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let name = args.required("name")?;
    let Some(name) = name.as_str() else {
        return Err(format!("attribute name must be string, not '{}'", name.type_name()).into());
    };
    // Items of mappings are not attributes.
    if let Object::Dict(_) = &input
        && !crate::template::methods::has(&input, name)
        && !name.starts_with("__")
    {
        return Ok(Object::undefined(format!("object of type 'dict' has no attribute '{name}'")));
    }
    attribute(&input, name, args.context())
}

fn map(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let context = args.context();
    let input = input.usable()?;
    if args.remaining() == 0 && args.has_keyword("attribute") {
        let path = attribute_path(&args.keyword_object("attribute").unwrap_or(Object::NULL))?;
        let default = args.keyword_object("default").filter(|default| !default.is_null());
        if let Some((name, _)) = args.keyword_objects().first() {
            return Err(format!("Unexpected keyword argument '{name}'").into());
        }
        let mut mapped = Vec::new();
        for item in looped(&input)? {
            let found = walk(&item, &path, context)?;
            mapped.push(match &default {
                Some(default) if found.is_undefined() => default.clone(),
                _ => found,
            });
        }
        return Ok(Object::list(mapped));
    }
    if args.remaining() == 0 && truth(&input)? {
        return Err("map requires a filter argument".into());
    }
    let name = args.or("name", Value::NULL)?;
    let items = looped(&input)?;
    let Some(name) = name.as_str() else {
        if items.is_empty() {
            return Ok(Object::list(items));
        }
        return Err(TemplateError::failure(format!(
            "The filter plugin {} failed to load: '{}' object has no attribute 'removeprefix'",
            crate::data::python::repr(&name),
            name.type_name()
        )));
    };
    let (positional, keywords) = (args.rest_objects(), args.keyword_objects());
    let mut mapped = Vec::with_capacity(items.len());
    for item in items {
        // A failure waits in its item, so that a later filter can leave it out.
        mapped.push(waiting(context.filter(name, item, positional.clone(), keywords.clone()))?);
    }
    Ok(Object::list(mapped))
}

fn select(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    choose(input, args, true, false)
}

fn reject(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    choose(input, args, false, false)
}

fn selectattr(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    choose(input, args, true, true)
}

fn rejectattr(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    choose(input, args, false, true)
}

/// The items whose test has the wanted outcome; without a test, their truth.
fn choose(input: Object, args: &mut Arguments<'_>, wanted: bool, by_attribute: bool) -> Result<Object> {
    let context = args.context();
    let path = if by_attribute {
        if args.remaining() == 0 {
            return Err("Missing parameter for attribute name".into());
        }
        Some(attribute_path(&args.required_object("attribute")?)?)
    } else {
        None
    };
    let test = args.optional("test")?;
    let name = match &test {
        None => None,
        Some(test) => Some(test.as_str().ok_or_else(|| {
            TemplateError::failure(format!(
                "The test plugin {} failed to load: '{}' object has no attribute 'removeprefix'",
                crate::data::python::repr(test),
                test.type_name()
            ))
        })?),
    };
    let (positional, keywords) = (args.rest_objects(), args.keyword_objects());
    let items = looped(&input.usable()?)?;
    if let Some(name) = name
        && !items.is_empty()
        && context.registry().test(name).is_none()
    {
        return Err(TemplateError::failure(format!("No test named '{name}'.")));
    }
    let mut kept = Vec::new();
    for item in items {
        let tested = match &path {
            Some(path) => walk(&item, path, context)?,
            None => item.clone(),
        };
        let outcome = match name {
            Some(name) => context.test(name, tested, positional.clone(), keywords.clone())?,
            None => truth(&tested)?,
        };
        if outcome == wanted {
            kept.push(item);
        }
    }
    Ok(Object::list(kept))
}

/// The items of a value; none where the value is false in any way.
fn looped(input: &Object) -> Result<Vec<Object>> {
    if truth(input)? { iterate(input) } else { Ok(Vec::new()) }
}
