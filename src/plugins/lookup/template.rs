//! template: renders template files.

use std::path::PathBuf;

use crate::args::Kind;
use crate::data::{Map, Value, python};
use crate::diagnostic::Origin;
use crate::template::tools::options::{find_file, option};
use crate::template::tools::template_file::describing_variables;
use crate::template::{Arguments, FileOptions, Lookup, Object, Result};

pub const LOOKUPS: &[Lookup] = &[Lookup::raw("template", template, "Renders template files.")];

/// How templates are written, where a call says so.
const OVERRIDES: [(&str, Kind); 9] = [
    ("variable_start_string", Kind::Str),
    ("variable_end_string", Kind::Str),
    ("comment_start_string", Kind::Str),
    ("comment_end_string", Kind::Str),
    ("block_start_string", Kind::Str),
    ("block_end_string", Kind::Str),
    ("trim_blocks", Kind::Bool),
    ("lstrip_blocks", Kind::Bool),
    ("newline_sequence", Kind::Str),
];

fn template(terms: Vec<Object>, args: &mut Arguments<'_>) -> Result<Vec<Object>> {
    let context = args.context();
    let more = option(args, "template_vars", Kind::Dict)?;
    let mut overrides = Vec::new();
    for (name, kind) in OVERRIDES {
        if let Some(value) = option(args, name, kind)? {
            overrides.push((name.to_owned(), value));
        }
    }
    for removed in ["convert_data", "jinja2_native"] {
        if args.keyword(removed)?.is_some() {
            let message = format!("{removed} option. Reason: native values are all there is.");
            context.world().deprecated(&message, "2.23", &Origin::none());
        }
    }
    terms
        .iter()
        .map(|term| {
            let term = term.resolved().usable()?.to_value()?;
            let Some(path) = find_file(context, "templates", &term)? else {
                let name = python::str(&term);
                return Err(format!("the template file {name} could not be found for the lookup").into());
            };
            let bytes = context.world().read_file(&path)?;
            let text = String::from_utf8_lossy(&bytes);
            let mut search_path: Vec<PathBuf> = path.parent().map(PathBuf::from).into_iter().collect();
            let folders = context.world().search_folders();
            search_path.extend(folders.into_iter().flat_map(|folder| [folder.join("templates"), folder]));
            let mut variables = describing_variables(&python::str(&term), &path, context);
            variables.extend(more.as_ref().and_then(Value::as_map).cloned().unwrap_or_else(Map::new));
            let options = FileOptions { search_path, overrides: overrides.clone() };
            context.render_file(&text, &Origin::file(path), &options, variables)?.usable()
        })
        .collect()
}
