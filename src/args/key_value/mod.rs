//! Options in one line: `src=a dest="b c"`, free-form text, and a task's mapping to its action.

mod escape;
mod split;
mod task;

pub use split::split_args;
pub use task::{TaskAction, Words, task_action};

use crate::data::{Map, Text, Value};
use crate::diagnostic::{Diagnostic, Kind, Origin};

/// What `command` and its kin take out of their line; all else belongs to the command.
const COMMAND_OPTIONS: [&str; 8] =
    ["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"];

/// The key under which text goes that is no option.
pub const RAW_PARAMS: &str = "_raw_params";

/// Whether a module takes its line as a command, so that most words with `=` are left alone.
pub fn is_command_like(module: &str) -> bool {
    let short = ["ansible.builtin.", "ansible.legacy.", "ansible.windows."]
        .iter()
        .find_map(|prefix| module.strip_prefix(prefix))
        .unwrap_or(module);
    matches!(short, "command" | "shell" | "script" | "raw" | "win_command" | "win_shell")
}

/// Reads `key=value` words. Values have the trust of the text and its origin; other words come
/// under `_raw_params`, as they were written. For a command only the options that it knows count.
pub fn parse_kv(text: &Text, origin: &Origin, for_command: bool) -> Result<Map, Diagnostic> {
    let words = split_args(text).map_err(|diagnostic| diagnostic.at(origin))?;
    let value_of = |chars: &str| Value::from(Text::plain(chars).with_trust(text.trust())).with_origin(origin);
    let (mut options, mut raw) = (Map::new(), Vec::new());
    for word in words {
        let decoded = escape::decode(&word);
        if !decoded.contains('=') {
            raw.push(word);
            continue;
        }
        let Some(at) = equals_sign(&decoded) else {
            raw.push(decoded.replace("\\=", "="));
            continue;
        };
        let (key, value) = (&decoded[..at], &decoded[at + 1..]);
        if for_command && !COMMAND_OPTIONS.contains(&key) {
            raw.push(word);
        } else {
            options.insert(value_of(key.trim()), value_of(unquote(value.trim())));
        }
    }
    if !raw.is_empty() {
        options.insert(RAW_PARAMS, value_of(&join(&raw)));
    }
    Ok(options)
}

/// The first `=` behind a key that no backslash takes back.
fn equals_sign(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    (1..bytes.len()).find(|at| bytes[*at] == b'=' && bytes[at - 1] != b'\\')
}

/// The text without the quotes around it, if there are any.
pub fn unquote(text: &str) -> &str {
    let bytes = text.as_bytes();
    match bytes {
        [first @ (b'"' | b'\''), .., last] if first == last && bytes[bytes.len() - 2] != b'\\' => {
            &text[1..text.len() - 1]
        }
        _ => text,
    }
}

/// Words to a line again: blanks between, except where a word ended its line.
fn join(words: &[String]) -> String {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() && !line.ends_with('\n') {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn failed(message: impl Into<String>, origin: &Origin) -> Diagnostic {
    Diagnostic::new(message).kind(Kind::Parse).at(origin)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::python;

    fn check(text: &str, for_command: bool, expected: &str) {
        let found = parse_kv(&Text::plain(text), &Origin::none(), for_command);
        let found = found.map_or_else(|error| error.message, |map| python::repr(&map.into()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn options() {
        check("a=b c='d e'", false, "{'a': 'b', 'c': 'd e'}");
        check("one a=b two", false, "{'a': 'b', '_raw_params': 'one two'}");
        check("=b", false, "{'_raw_params': '=b'}");
        check(r"a\=b c=d\=e", false, r"{'c': 'd\\=e', '_raw_params': 'a=b'}");
        check(r#"a="x\ty\n""#, false, r"{'a': 'x\ty\n'}");
        check("a={{ b | default('x y') }} c=d", false, "{'a': \"{{ b | default('x y') }}\", 'c': 'd'}");
    }

    #[test]
    fn commands() {
        check("echo a=b chdir=/x", true, "{'chdir': '/x', '_raw_params': 'echo a=b'}");
        check("echo \"creates=/x\"", true, "{'_raw_params': 'echo \"creates=/x\"'}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c=\\\\'\"{}%# \n\té]{0,40}", for_command: bool) {
            let _ = parse_kv(&Text::plain(text.as_str()), &Origin::none(), for_command);
        }
    }
}
