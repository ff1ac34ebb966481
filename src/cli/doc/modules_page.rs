//! The page `docs/reference/modules.md`, written from the declarations so that it is never stale.

use super::catalogue::{Entry, OptionEntry, of_type};
use crate::data::json::{self, Style};

const HEAD: &str = "\
# Modules

Written by the program from its declarations; do not edit.

These run inside the runner on the target, without Python. `ansible-doc NAME` shows the same in a terminal.
";

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    let entries = of_type("module").unwrap_or_default();
    let mut collection = "";
    for entry in &entries {
        let own = entry.name.rsplit_once('.').map_or("", |(collection, _)| collection);
        if own != collection {
            collection = own;
            page.push_str(&format!("\n## {collection}\n"));
        }
        push(&mut page, entry);
    }
    page
}

fn push(page: &mut String, entry: &Entry) {
    let short = entry.name.rsplit('.').next().unwrap_or(&entry.name);
    page.push_str(&format!("\n### {short}\n\n{}.\n", entry.summary.trim_end_matches('.')));
    if !entry.aliases.is_empty() {
        page.push_str(&format!("\nAlso called {}.\n", coded(&entry.aliases)));
    }
    if entry.free_form {
        page.push_str("\nTakes a line of text in place of options too.\n");
    }
    if !entry.options.is_empty() {
        page.push_str("\n| option | type | default | what it does |\n| --- | --- | --- | --- |\n");
        entry.options.iter().for_each(|option| push_option(page, option, ""));
    }
    if !entry.rules.is_empty() {
        page.push_str(&format!("\n{}\n", entry.rules.join(" ")));
    }
}

fn push_option(page: &mut String, option: &OptionEntry, above: &str) {
    let name = format!("{above}{}", option.name);
    let kind = match &option.elements {
        Some(elements) => format!("{} of {elements}", option.type_name),
        None => option.type_name.clone(),
    };
    let default = match (&option.default, option.required) {
        (_, true) => "required".to_owned(),
        (value, false) if value.is_null() => String::new(),
        (value, false) => format!("`{}`", json::dumps(value, &Style::default())),
    };
    let mut about = option.about.replace('\n', " ");
    if !option.choices.is_empty() {
        about.push_str(&format!(" One of {}.", coded(&option.choices)));
    }
    if !option.aliases.is_empty() {
        about.push_str(&format!(" Also {}.", coded(&option.aliases)));
    }
    page.push_str(&format!("| `{name}` | {kind} | {} | {} |\n", cell(&default), cell(&about)));
    option.suboptions.iter().for_each(|inner| push_option(page, inner, &format!("{name}.")));
}

fn coded(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
