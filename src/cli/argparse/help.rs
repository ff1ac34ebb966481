//! The `--help` page in argparse's layout: usage, what it is, sections with aligned columns.

use super::usage::{action_list, usage};
use super::{Action, Declaration, Flag};

/// The widest column of names.
const MOST_NAMES: usize = 24;

/// The help page; `width` is the terminal's.
pub fn help(declaration: &Declaration, width: usize) -> String {
    let width = width.saturating_sub(2).max(11);
    let layout = Layout { width, help_column: help_column(declaration, width) };
    let mut page = usage(declaration, width + 2);
    // An action's own page has no description; its line in the list of actions is one.
    if !declaration.about.is_empty() && !declaration.is_action {
        page.push('\n');
        push_paragraph(&mut page, declaration.about, width);
    }
    push_positionals(&mut page, declaration, &layout);
    push_section(&mut page, "options", "", declaration, &layout);
    for (title, description) in &declaration.sections {
        push_section(&mut page, title, description, declaration, &layout);
    }
    if !declaration.epilog.is_empty() {
        page.push('\n');
        push_paragraph(&mut page, declaration.epilog, width);
    }
    page
}

struct Layout {
    width: usize,
    /// Where the explanations start.
    help_column: usize,
}

impl Layout {
    /// A name and its explanation, which starts beside it if there is room.
    fn push_entry(&self, page: &mut String, indent: usize, name: &str, help: &str) {
        let room = self.help_column.saturating_sub(indent + 2);
        let pad = " ".repeat(indent);
        if help.is_empty() {
            page.push_str(&format!("{pad}{name}\n"));
            return;
        }
        let lines = wrap(help, self.width.saturating_sub(self.help_column).max(11));
        let mut lines = lines.iter();
        if name.len() <= room {
            let first = lines.next().map_or("", String::as_str);
            page.push_str(&format!("{pad}{name:room$}  {first}\n"));
        } else {
            page.push_str(&format!("{pad}{name}\n"));
        }
        for line in lines {
            page.push_str(&format!("{:column$}{line}\n", "", column = self.help_column));
        }
    }
}

/// The column is as wide as the widest name, within bounds.
fn help_column(declaration: &Declaration, width: usize) -> usize {
    let most = MOST_NAMES.min(width.saturating_sub(20)).max(4);
    let flags = declaration.flags.iter().filter(|flag| is_shown(flag)).map(|flag| names(flag).len() + 2);
    let positional = declaration.positional.map(|positional| positional.name.len() + 2);
    let actions = declaration.actions.iter().map(|(name, _)| name.len() + 4);
    let list = (!declaration.actions.is_empty()).then(|| action_list(declaration).len() + 2);
    let widest = flags.chain(positional).chain(actions).chain(list).max().unwrap_or(0);
    (widest + 2).min(most)
}

fn is_shown(flag: &Flag) -> bool {
    !flag.hidden && flag.action != Action::Unrecognized
}

fn push_positionals(page: &mut String, declaration: &Declaration, layout: &Layout) {
    if declaration.positional.is_none() && declaration.actions.is_empty() {
        return;
    }
    page.push_str("\npositional arguments:\n");
    if let Some(positional) = declaration.positional {
        layout.push_entry(page, 2, positional.name, positional.help);
    }
    if !declaration.actions.is_empty() {
        layout.push_entry(page, 2, &action_list(declaration), "");
        for (name, action) in &declaration.actions {
            layout.push_entry(page, 4, name, action.about);
        }
    }
}

/// The options of a section. Those of a tool are sorted by name, those of an action stand as declared.
fn push_section(page: &mut String, title: &str, description: &str, declaration: &Declaration, layout: &Layout) {
    let section = if title == "options" { "" } else { title };
    let mut flags: Vec<&Flag> =
        declaration.flags.iter().filter(|flag| flag.section == section && is_shown(flag)).collect();
    if flags.is_empty() {
        return;
    }
    if !declaration.is_action {
        flags.sort_by_key(|flag| flag.names);
    }
    page.push_str(&format!("\n{title}:\n"));
    if !description.is_empty() {
        for line in wrap(description, layout.width - 2) {
            page.push_str(&format!("  {line}\n"));
        }
        page.push('\n');
    }
    for flag in flags {
        layout.push_entry(page, 2, &names(flag), flag.help);
    }
}

/// `-f FORKS, --forks FORKS`.
fn names(flag: &Flag) -> String {
    let with_value = |name: &&str| {
        if flag.takes_value() { format!("{name} {}", flag.placeholder()) } else { (*name).to_owned() }
    };
    flag.names.iter().map(with_value).collect::<Vec<_>>().join(", ")
}

fn push_paragraph(page: &mut String, text: &str, width: usize) {
    for line in wrap(text, width) {
        page.push_str(&line);
        page.push('\n');
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::diagnostic::wrap::wrap(&words, width)
}
