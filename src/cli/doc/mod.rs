//! `ansible-doc`: what modules and plugins do and which options they take, from their declarations.

mod catalogue;
mod json;
mod list;
pub mod modules_page;
mod page;
mod snippet;

use super::Context;
use super::options::DocOptions;
use crate::diagnostic::{Diagnostic, Kind};
use catalogue::Entry;

pub fn run(options: DocOptions, context: &Context) -> Result<u8, Diagnostic> {
    let Some(entries) = catalogue::of_type(&options.plugin_type) else {
        let message = format!("muster keeps no documentation of the type {}.", options.plugin_type);
        return Err(Diagnostic::new(message).kind(Kind::Options));
    };
    if options.list || options.list_files || options.metadata_dump {
        let listed = list::filtered(entries, &options.names);
        let text = match (&options, options.list_files) {
            (options, _) if options.metadata_dump => json::metadata(&options.plugin_type, &listed),
            (options, true) if options.json => json::files(&listed, context),
            (options, false) if options.json => json::summaries(&listed),
            (_, true) => list::files(&listed, context),
            _ => list::summaries(&listed, context),
        };
        context.screen.page(&text, &context.settings);
        return Ok(0);
    }
    if options.names.is_empty() {
        let message = "Missing name(s), incorrect options passed for detailed documentation.";
        return Err(Diagnostic::new(message).kind(Kind::Options));
    }
    let mut found: Vec<(&str, &Entry)> = Vec::new();
    for name in &options.names {
        match entries.iter().find(|entry| entry.is_called(name)) {
            Some(entry) => found.push((name, entry)),
            None => context.screen.warning(&missing(name, &entries)),
        }
    }
    if options.json {
        context.screen.page(&json::pages(&found), &context.settings);
    } else if options.snippet {
        for (name, entry) in found {
            context.screen.line(&snippet::text(name, entry));
        }
    } else if !found.is_empty() {
        let pages: Vec<String> = found.iter().map(|(_, entry)| page::text(entry, context)).collect();
        context.screen.page(&pages.join("\n"), &context.settings);
    }
    Ok(0)
}

fn missing(name: &str, entries: &[Entry]) -> String {
    let short = entries.iter().map(Entry::short_name);
    match crate::diagnostic::suggest::closest(name, short) {
        Some(other) => format!("{name} was not found (did you mean {other}?)"),
        None => format!("{name} was not found"),
    }
}
