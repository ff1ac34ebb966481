//! The `usage:` lines, wrapped where argparse wraps them.

use super::{Action, Arity, Declaration, Flag};

const PREFIX: &str = "usage: ";

/// Usage with the final newline; `width` is the terminal's.
pub fn usage(declaration: &Declaration, width: usize) -> String {
    let program = &declaration.program;
    let options = option_parts(declaration);
    let positionals = positional_parts(declaration);
    let text_width = width.saturating_sub(2).max(11);
    let mut line = vec![program.clone()];
    line.extend(options.iter().cloned());
    line.extend(positionals.iter().cloned());
    let line = line.join(" ");
    if PREFIX.len() + line.len() <= text_width {
        return format!("{PREFIX}{line}\n");
    }
    let lines = if PREFIX.len() + program.len() <= text_width * 3 / 4 {
        let indent = " ".repeat(PREFIX.len() + program.len() + 1);
        let mut lines = wrapped(&with_program(program, &options), &indent, text_width, Some(PREFIX.len()));
        if options.is_empty() {
            return format!(
                "{PREFIX}{}\n",
                wrapped(&with_program(program, &positionals), &indent, text_width, Some(PREFIX.len())).join("\n")
            );
        }
        lines.extend(wrapped(&positionals, &indent, text_width, None));
        lines
    } else {
        let indent = " ".repeat(PREFIX.len());
        let both: Vec<String> = options.iter().chain(&positionals).cloned().collect();
        let mut lines = wrapped(&both, &indent, text_width, None);
        if lines.len() > 1 {
            lines = wrapped(&options, &indent, text_width, None);
            lines.extend(wrapped(&positionals, &indent, text_width, None));
        }
        lines.insert(0, program.clone());
        lines
    };
    format!("{PREFIX}{}\n", lines.join("\n"))
}

fn with_program(program: &str, parts: &[String]) -> Vec<String> {
    std::iter::once(program.to_owned()).chain(parts.iter().cloned()).collect()
}

/// Fills lines; with `first` the first line hangs behind that many columns and loses its indent.
fn wrapped(parts: &[String], indent: &str, text_width: usize, first: Option<usize>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line: Vec<&str> = Vec::new();
    let start = indent.len() - 1;
    let mut length = first.map_or(start, |prefix| prefix - 1);
    for part in parts {
        if length + 1 + part.len() > text_width && !line.is_empty() {
            lines.push(format!("{indent}{}", line.join(" ")));
            line.clear();
            length = start;
        }
        line.push(part);
        length += part.len() + 1;
    }
    if !line.is_empty() {
        lines.push(format!("{indent}{}", line.join(" ")));
    }
    if first.is_some()
        && let Some(line) = lines.first_mut()
    {
        *line = line.trim_start().to_owned();
    }
    lines
}

/// `[-C]`, `[-f FORKS]`, `[-k | --ask FILE]`: rivals that stand side by side share their brackets.
fn option_parts(declaration: &Declaration) -> Vec<String> {
    let shown: Vec<&Flag> =
        declaration.flags.iter().filter(|flag| !flag.hidden && flag.action != Action::Unrecognized).collect();
    let mut parts: Vec<String> = Vec::new();
    let mut index = 0;
    while index < shown.len() {
        let flag = shown[index];
        let group = shown[index..]
            .iter()
            .take_while(|other| flag.exclusive.is_some() && other.exclusive == flag.exclusive)
            .count()
            .max(1);
        let names: Vec<String> = shown[index..index + group].iter().map(|flag| invocation(flag)).collect();
        parts.push(format!("[{}]", names.join(" | ")));
        index += group;
    }
    parts
}

fn invocation(flag: &Flag) -> String {
    let name = flag.names[0];
    if flag.takes_value() { format!("{name} {}", flag.placeholder()) } else { name.to_owned() }
}

fn positional_parts(declaration: &Declaration) -> Vec<String> {
    if !declaration.actions.is_empty() {
        return vec![action_list(declaration), "...".to_owned()];
    }
    let Some(positional) = declaration.positional else { return Vec::new() };
    let name = positional.name;
    match positional.arity {
        Arity::One => vec![name.to_owned()],
        Arity::Optional => vec![format!("[{name}]")],
        Arity::Any => vec![format!("[{name} ...]")],
        Arity::Several => vec![name.to_owned(), format!("[{name} ...]")],
    }
}

/// `{create,decrypt}`.
pub(super) fn action_list(declaration: &Declaration) -> String {
    let names: Vec<&str> = declaration.actions.iter().map(|(name, _)| *name).collect();
    format!("{{{}}}", names.join(","))
}
