//! muster.builtin.executable: runs a module that is a program of its own (a shell script, a binary)
//! and came from the controller as the blob `program`. It writes its result as JSON.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::args::{Args, Choice};
use crate::data::json::{self, Style};
use crate::data::{Map, Value, python};
use crate::diagnostic::Origin;
use crate::runner::process::quoted;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Executable>("muster.builtin.executable", "Run a module that is a program");

/// What stands in a program's text where it wants its arguments.
const JSON_ARGS: &str = "<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>";

#[derive(Args)]
struct Executable {
    /// The name of the program's file.
    #[arg(required)]
    name: String,
    /// How the program is told its arguments.
    #[arg(required)]
    style: Hand,
    /// The options of the task.
    #[arg(kind = "raw", required)]
    options: Option<Value>,
    /// What the program is told about the run.
    #[arg(kind = "raw", required)]
    control: Option<Value>,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// A file of `key='value'` words.
    Words,
    /// A file of JSON.
    Json,
    /// JSON within the program's own text.
    Inside,
}

impl Run for Executable {
    fn run(self, target: &mut Target) -> Outcome {
        let mut content = target.blob("program").ok_or("the module's content is missing")?;
        let mut program = Vec::new();
        content.read_to_end(&mut program).map_err(|error| Failure::new(error.to_string()))?;
        let dir = target.temp_dir().join(format!("muster-module-{}", crate::runner::files::write::random_name()));
        std::fs::create_dir(&dir).map_err(|error| errors::file_failure(&error, &dir))?;
        target.remove_at_end(dir.clone());
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&dir, private).map_err(|error| errors::file_failure(&error, &dir))?;
        let arguments = self.arguments(&dir);
        let mut words = interpreter(&program);
        let path = dir.join(&self.name);
        words.push(path.to_string_lossy().into_owned());
        if self.style == Hand::Inside {
            program = String::from_utf8_lossy(&program).replace(JSON_ARGS, &arguments).into_bytes();
        } else {
            let file = dir.join("args");
            put(&file, arguments.as_bytes(), 0o600)?;
            words.push(file.to_string_lossy().into_owned());
        }
        put(&path, &program, 0o700)?;
        let line = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let folder = target.environment().working_directory.clone();
        let finished = target.command(["/bin/sh", "-c", &line]).folder(folder).run_or_fail()?;
        match result(&finished.stdout_text()) {
            Ok((result, junk)) => {
                if !junk.is_empty() {
                    target.warn(format!("Module invocation had junk after the JSON data: {junk}"));
                }
                Ok(result)
            }
            Err(message) => {
                let message = match finished.code {
                    127 => format!("The module interpreter '{}' was not found.", words[0]),
                    _ => format!("Module result deserialization failed: {message}"),
                };
                Err(Failure::new(message)
                    .with("module_stdout", finished.stdout_text())
                    .with("module_stderr", finished.stderr_text())
                    .with("rc", finished.code))
            }
        }
    }
}

impl Executable {
    /// The text that tells the program its options.
    fn arguments(&self, dir: &Path) -> String {
        let map = |value: &Option<Value>| value.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
        let (mut options, mut control) = (map(&self.options), map(&self.control));
        control.insert("_ansible_tmpdir", format!("{}/", dir.display()));
        if self.style != Hand::Words {
            options.extend(control);
            return json::dumps(&options.into(), &Style::default());
        }
        let mut pairs: Vec<(String, Value)> =
            options.into_iter().map(|(key, value)| (python::str(&key), value)).collect();
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        pairs.extend(control.into_iter().map(|(key, value)| (python::str(&key), value)));
        pairs.iter().map(|(key, value)| format!("{key}={} ", quoted(&python::str(value)))).collect()
    }
}

fn put(path: &PathBuf, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .map_err(|error| errors::file_failure(&error, path))
}

/// The words of the program's first line, where it names its interpreter.
fn interpreter(program: &[u8]) -> Vec<String> {
    let Some(line) = program.strip_prefix(b"#!") else { return Vec::new() };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).split_whitespace().map(str::to_owned).collect()
}

/// The JSON object among what was printed, and what follows it.
fn result(printed: &str) -> Result<(Map, String), String> {
    let lines: Vec<&str> = printed.lines().collect();
    let opens = |line: &&str| line.trim_start().starts_with('{');
    let start = lines.iter().position(opens).ok_or("No start of json char found")?;
    let closes = |line: &&str| line.trim_end().ends_with('}');
    let end = lines.iter().rposition(closes).filter(|end| *end >= start).ok_or("No end of json char found")?;
    let text = lines[start..=end].join("\n");
    let value = json::parse(&text, &Origin::none()).map_err(|error| error.to_string())?;
    let map = value.as_map().cloned().ok_or("the result is no dictionary")?;
    Ok((map, lines[end + 1..].join("\n").trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Scratch, blob};

    fn check(style: &str, program: &str, expected: &str) {
        let scratch = Scratch::new();
        let args = format!(
            r#"{{"name": "mine", "style": "{style}", "options": {{"b": [1], "a": "x y"}}, "control": {{"_c": true}}}}"#
        );
        let reply = scratch.call_with(&MODULE, &args, "", vec![blob("program", program)]);
        scratch.assert_result(&reply, expected);
    }

    #[test]
    fn programs_are_told_their_options_in_the_way_that_they_want() {
        check(
            "words",
            "#!/bin/sh\n. $1\necho \"{\\\"said\\\": \\\"$a $b $_c $#\\\"}\"",
            r#"{"said": "x y [1] True 1", "changed": false}"#,
        );
        check(
            "json",
            "#!/bin/sh\nsed 's/, \"_ansible_tmpdir.*/}/' \"$1\"",
            r#"{"b": [1], "a": "x y", "_c": true, "changed": false}"#,
        );
        check(
            "inside",
            "#!/bin/sh\ncat <<'X' | sed 's/, \"_ansible_tmpdir.*/}/'\n<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>\nX\n",
            r#"{"b": [1], "a": "x y", "_c": true, "changed": false}"#,
        );
    }

    #[test]
    fn what_is_around_the_result_is_told() {
        check(
            "words",
            "#!/bin/sh\necho before; echo '{\"changed\": true}'; echo after",
            r#"{"changed": true, "warnings": ["Module invocation had junk after the JSON data: after"]}"#,
        );
        check(
            "words",
            "#!/bin/sh\necho hello; echo oops >&2; exit 3",
            r#"{"failed": true, "changed": false, "rc": 3, "module_stdout": "hello\n", "module_stderr": "oops\n", "msg": "Module result deserialization failed: No start of json char found"}"#,
        );
    }
}
