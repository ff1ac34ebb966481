//! The page of one module or plugin, in the layout of `ansible-doc`.

use super::catalogue::{Entry, OptionEntry};
use crate::cli::Context;
use crate::data::{Value, json};
use crate::diagnostic::wrap::wrap;

/// The narrowest page.
const NARROWEST: usize = 70;

pub fn text(entry: &Entry, context: &Context) -> String {
    let columns = context.screen.lock().width();
    let writer = Writer { width: (columns - columns / 5).max(NARROWEST), bold: context.screen.colored };
    let mut page = String::new();
    let kind = entry.kind.to_uppercase();
    page.push_str(&format!("> {kind} {} (built into muster)\n\n", writer.strong(&entry.name)));
    writer.push_text(&mut page, &entry.summary, "  ");
    if entry.free_form {
        writer.push_text(&mut page, "Takes a line of text besides its options.", "  ");
    }
    if !entry.options.is_empty() {
        let title = writer.strong("OPTIONS");
        page.push_str(&format!("\n{title} (= is mandatory):\n"));
        for option in &entry.options {
            page.push('\n');
            writer.push_option(&mut page, option, 0);
        }
    }
    if !entry.rules.is_empty() {
        page.push_str(&format!("\n{}:\n", writer.strong("RULES")));
        for rule in &entry.rules {
            writer.push_text(&mut page, rule, "  ");
        }
    }
    if !entry.aliases.is_empty() {
        page.push_str(&format!("\n{}: {}\n", writer.strong("ALIASES"), entry.aliases.join(", ")));
    }
    page
}

struct Writer {
    width: usize,
    bold: bool,
}

impl Writer {
    fn strong(&self, text: &str) -> String {
        if self.bold { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn push_text(&self, page: &mut String, text: &str, indent: &str) {
        for line in text.lines().flat_map(|line| wrap(line, self.width - indent.len())) {
            page.push_str(&format!("{indent}{line}\n"));
        }
    }

    fn push_option(&self, page: &mut String, option: &OptionEntry, depth: usize) {
        let margin = "    ".repeat(depth);
        let mark = if option.required { "=" } else { "-" };
        let name = format!("{:6}", option.name);
        let indent = format!("{margin}{}", " ".repeat(name.chars().count() + 4));
        let width = self.width.saturating_sub(indent.len()).max(20);
        let mut lines = option.about.lines().flat_map(|line| wrap(line, width));
        let first = lines.next().unwrap_or_default();
        let name = if option.required { self.strong(&name) } else { name };
        page.push_str(format!("{margin}{mark} {name}  {first}").trim_end());
        page.push('\n');
        for line in lines {
            page.push_str(&format!("{indent}{line}\n"));
        }
        for (key, value) in facts(option) {
            page.push_str(&format!("{margin}        {key}: {value}\n"));
        }
        for suboption in &option.suboptions {
            self.push_option(page, suboption, depth + 1);
        }
    }
}

/// What is known of an option besides its sentence.
fn facts(option: &OptionEntry) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let listed = |texts: &[String]| format!("[{}]", texts.join(", "));
    if !option.aliases.is_empty() {
        facts.push(("aliases", listed(&option.aliases)));
    }
    if !option.choices.is_empty() {
        facts.push(("choices", listed(&option.choices)));
    }
    if !option.required {
        facts.push(("default", shown(&option.default)));
    }
    if let Some(elements) = &option.elements {
        facts.push(("elements", elements.clone()));
    }
    if let Some(setting) = option.setting {
        let keys: Vec<String> = setting.keys.iter().map(|(section, key)| format!("[{section}] {key}")).collect();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (key, texts) in [("env", texts(setting.variables)), ("ini", keys), ("vars", texts(setting.host_variables))]
        {
            if !texts.is_empty() {
                facts.push((key, texts.join(", ")));
            }
        }
    }
    facts.push(("type", option.type_name.clone()));
    facts
}

fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => json::dumps(value, &json::Style::default()),
    }
}
