//! `lookup`, `query` and `q`.

use crate::template::{Arguments, Object, Result, TemplateError};

pub(super) fn lookup(arguments: &mut Arguments<'_>) -> Result<Object> {
    run(arguments, false)
}

pub(super) fn query(arguments: &mut Arguments<'_>) -> Result<Object> {
    run(arguments, true)
}

fn run(arguments: &mut Arguments<'_>, as_list: bool) -> Result<Object> {
    let context = arguments.context();
    let function = if as_list { "_query" } else { "_lookup" };
    if arguments.remaining() == 0 {
        return Err(format!("{function}() missing 1 required positional argument: 'plugin_name'").into());
    }
    // By position alone: lookups have options of this name.
    let mut positional = arguments.rest_objects().into_iter();
    let name = positional.next().unwrap_or(Object::NULL).to_value()?;
    let Some(name) = name.as_str() else {
        return Err(format!("lookup names must be str, not {}", name.type_name()).into());
    };
    let errors = arguments.keyword("errors")?.map_or_else(|| "strict".into(), |value| crate::data::python::str(&value));
    if !matches!(errors.to_lowercase().as_str(), "strict" | "warn" | "ignore") {
        return Err(format!("Invalid lookup errors value '{errors}'").into());
    }
    let wantlist = arguments.keyword("wantlist")?.map(|value| value.is_truthy());
    let as_list = wantlist.unwrap_or(as_list);
    let mut terms = Vec::new();
    for term in positional {
        terms.push(context.render_embedded(&term)?);
    }
    let keywords = arguments.keyword_objects();
    if let Some(marker) = terms.iter().find(|term| term.waits_with_error()) {
        return Ok(marker.clone());
    }
    let found = match context.lookup(name, terms, keywords) {
        Ok(found) => found,
        Err(error) if context.registry().lookup(name).is_none() => return Ok(Object::error(error)),
        Err(error) => return failed(error, name, &errors, as_list, arguments),
    };
    Ok(if as_list { Object::list(found) } else { joined(found)? })
}

/// What a failed lookup gives, by `errors`.
fn failed(error: TemplateError, name: &str, errors: &str, as_list: bool, arguments: &Arguments<'_>) -> Result<Object> {
    match errors.to_lowercase().as_str() {
        "warn" => {
            let world = arguments.context().world();
            let error_text = error.to_string();
            let cause = error_text.strip_prefix(&format!("The lookup plugin '{name}' failed: ")).unwrap_or(&error_text);
            let told = format!("An error occurred while running the lookup plugin '{name}': {cause}");
            world.warn(&told, error.origin());
        }
        "ignore" => {}
        _ => return Ok(Object::error(error)),
    }
    Ok(if as_list { Object::list(Vec::new()) } else { Object::NULL })
}

/// One result is itself; several texts are joined by commas.
fn joined(mut found: Vec<Object>) -> Result<Object> {
    if found.len() == 1 {
        return Ok(found.swap_remove(0));
    }
    if found.is_empty() || !found.iter().all(|item| item.as_str().is_some()) {
        return Ok(Object::list(found));
    }
    let texts: Vec<&str> = found.iter().filter_map(Object::as_str).collect();
    Ok(texts.join(",").into())
}
