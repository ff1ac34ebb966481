//! Modules that are programs of their own: a file from the controller, run with the name of a file
//! that holds its arguments, which prints its result as a JSON object on a line of its own.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::process::quoted;
use super::{Failure, Outcome, Target, errors};
use crate::data::json::{self, Style};
use crate::data::{Map, Value, python};
use crate::diagnostic::Origin;

/// The name by which the controller calls for such a module.
pub const NAME: &str = "muster.foreign";

/// The content of the file.
pub const BLOB: &str = "module";

/// Key of a result under which what may help travels to the error.
pub const HELP: &str = "_ansible_help";

const SEE_OUTPUT: &str = "See stdout/stderr for the returned output.";

/// Runs the module: its `name`, its `interpreter` (absent: the file is a program itself, `python`: the
/// one that was found), its `arguments`, and whether it wants them as `json`.
pub fn run(args: &Map, python: Option<&Path>, target: &mut Target) -> Outcome {
    let text = |key: &str| args.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").unwrap_or_default();
    let folder = folder_for(target)?;
    let program = folder.join(format!("AnsiballZ_{name}"));
    let mut bytes = Vec::new();
    let mut content = target.blob(BLOB).ok_or("the module's content is missing")?;
    content.read_to_end(&mut bytes).map_err(|error| Failure::new(error.to_string()))?;
    put(&program, &bytes, 0o700)?;
    let file = folder.join("args");
    put(&file, argument_text(args, &folder).as_bytes(), 0o600)?;
    let interpreter = match text("interpreter") {
        Some(words) if words == "python" => {
            Some(python.map_or_else(|| "/usr/bin/python3".to_owned(), |path| quoted(&path.to_string_lossy())))
        }
        other => other,
    };
    let (program, file) = (quoted(&program.to_string_lossy()), quoted(&file.to_string_lossy()));
    let line = match &interpreter {
        Some(interpreter) => format!("{interpreter} {program} {file}"),
        None => format!("{program} {file}"),
    };
    let finished = target.command(["/bin/sh", "-c", &line]).run_or_fail()?;
    let (stdout, stderr) = (finished.stdout_text(), finished.stderr_text());
    match result_in(&stdout) {
        Some((result, junk)) => {
            if !junk.is_empty() {
                target.warn(format!("Module invocation had junk after the JSON data: {junk}"));
            }
            Ok(result)
        }
        None => Err(unreadable(finished.code, stdout, stderr, interpreter.as_deref())),
    }
}

fn folder_for(target: &mut Target) -> Result<PathBuf, Failure> {
    let name = super::files::write::task_folder_name();
    let folder = target.temp_dir().join(name);
    std::fs::create_dir(&folder).map_err(|error| errors::file_failure(&error, &folder))?;
    target.remove_at_end(folder.clone());
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&folder, private).map_err(|error| errors::file_failure(&error, &folder))?;
    Ok(folder)
}

fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .map_err(|error| errors::file_failure(&error, path))
}

/// What the module reads: JSON, or `name=value` words as a shell takes them.
fn argument_text(args: &Map, folder: &Path) -> String {
    let mut given = args.get("arguments").and_then(Value::as_map).cloned().unwrap_or_default();
    given.insert("_ansible_tmpdir", format!("{}/", folder.display()));
    if args.get("json").is_some_and(Value::is_truthy) {
        return json::dumps(&given.into(), &Style::default());
    }
    let mut pairs: Vec<(String, &Value)> = given.iter().map(|(key, value)| (python::str(key), value)).collect();
    // The options by their names, then what belongs to the run.
    pairs.sort_by(|(one, _), (other, _)| match (one.starts_with('_'), other.starts_with('_')) {
        (false, false) => one.cmp(other),
        (own, others) => own.cmp(&others),
    });
    pairs.iter().map(|(key, value)| format!("{key}={} ", quoted(&python::str(value)))).collect()
}

/// The object that begins a line and ends the output, but for lines that are no part of it.
fn result_in(stdout: &str) -> Option<(Map, String)> {
    let lines: Vec<&str> = stdout.lines().collect();
    let first = lines.iter().position(|line| line.trim_start().starts_with('{'))?;
    let last = lines.iter().rposition(|line| line.trim_end().ends_with('}'))?;
    let text = lines.get(first..=last)?.join("\n");
    let mut result = json::parse(&text, &Origin::none()).ok()?.as_map()?.clone();
    result.remove("_ansible_parsed");
    Some((result, lines[last + 1..].join("\n").trim().to_owned()))
}

fn unreadable(code: i32, stdout: String, stderr: String, interpreter: Option<&str>) -> Failure {
    let program = interpreter.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    let missing = !program.is_empty()
        && matches!(code, 126 | 127)
        && stderr.contains(program)
        && (stderr.contains("not found") || stderr.contains("No such file"));
    let (message, help) = if missing {
        (
            format!("The module interpreter '{program}' was not found."),
            format!("Consider overriding the configured interpreter path for this host. {SEE_OUTPUT}"),
        )
    } else {
        ("Module result deserialization failed: No start of json char found".to_owned(), SEE_OUTPUT.to_owned())
    };
    Failure::new(message).with("module_stdout", stdout).with("module_stderr", stderr).with("rc", code).with(HELP, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stdout: &str, expected: Option<&str>) {
        let found = result_in(stdout).map(|(map, _)| json::dumps(&map.into(), &Style::default()));
        assert_eq!(found.as_deref(), expected, "{stdout}");
    }

    #[test]
    fn a_result_stands_on_lines_of_its_own() {
        check("{\"changed\": true}\n", Some(r#"{"changed": true}"#));
        check("Welcome!\n{\"a\":\n1}\nbye\n", Some(r#"{"a": 1}"#));
        check("junk {\"changed\": true} more\n", None);
        check("[1, 2]\n", None);
        check("", None);
    }
}
