//! ansible.builtin.script, the target's half: runs a script that came from the controller as the
//! blob `script`, from a temporary file that goes away again.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::process::quoted;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Script>("ansible.builtin.script", "Run a local script on a host");

#[derive(Args)]
struct Script {
    /// For the action: the script's name.
    #[arg(required)]
    name: String,
    /// For the action: what follows the script on its line.
    #[arg(default = "")]
    arguments: String,
    /// Does nothing if this file is there.
    creates: Option<TargetPath>,
    /// Does nothing unless this file is there.
    removes: Option<TargetPath>,
    /// The folder to run it in.
    chdir: Option<TargetPath>,
    /// The program that runs it.
    executable: Option<String>,
}

impl Run for Script {
    fn run(self, target: &mut Target) -> Outcome {
        if let Some(creates) = self.creates.as_ref().filter(|path| target.absolute(path).exists()) {
            return Ok(skipped(format!("{} exists, matching creates option", creates.display())));
        }
        if let Some(removes) = self.removes.as_ref().filter(|path| !target.absolute(path).exists()) {
            return Ok(skipped(format!("{} does not exist, matching removes option", removes.display())));
        }
        if target.is_check() {
            let mut result = skipped("Command would have run if not in check mode".to_owned());
            let conditional = self.creates.is_some() || self.removes.is_some();
            if conditional {
                result.remove("skipped");
                result.insert("changed", true);
            }
            return Ok(result);
        }
        let folder = match &self.chdir {
            Some(folder) => target.absolute(folder),
            None => target.environment().working_directory.clone(),
        };
        let mut content = target.blob("script").ok_or("the script's content is missing")?;
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| Failure::new(error.to_string()))?;
        let home = target.temp_dir();
        let dir = home.join(format!("muster-script-{}", crate::runner::files::write::random_name()));
        std::fs::create_dir(&dir).map_err(|error| errors::file_failure(&error, &dir))?;
        target.remove_at_end(dir.clone());
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&dir, private.clone()).map_err(|error| errors::file_failure(&error, &dir))?;
        let path = dir.join(&self.name);
        std::fs::write(&path, &bytes)
            .and_then(|()| std::fs::set_permissions(&path, private))
            .map_err(|error| errors::file_failure(&error, &path))?;
        let program = quoted(&path.to_string_lossy());
        let mut line = match &self.executable {
            Some(executable) => format!("{executable} {program}"),
            None => program,
        };
        if !self.arguments.is_empty() {
            line.push(' ');
            line.push_str(&self.arguments);
        }
        target.mark_changed();
        let finished = target.command(["/bin/sh", "-c", &line]).folder(folder).live().run_or_fail()?;
        let result = Map::from([
            ("rc", Value::from(finished.code)),
            ("stdout", Value::from(finished.stdout_text())),
            ("stderr", Value::from(finished.stderr_text())),
            ("changed", Value::from(true)),
        ]);
        if finished.is_success() {
            return Ok(result);
        }
        Err(Failure { details: result, ..Failure::new("non-zero return code") })
    }
}

fn skipped(message: String) -> Map {
    Map::from([("skipped", Value::from(true)), ("changed", Value::from(false)), ("msg", Value::from(message))])
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Scratch, blob};

    #[test]
    fn a_script_runs_and_leaves_nothing() {
        let scratch = Scratch::new();
        let args = format!(r#"{{"name": "s.sh", "arguments": "a 'b c'", "chdir": "{}"}}"#, scratch.folder.display());
        let script = blob("script", "#!/bin/sh\necho \"$1-$2\" >&2; pwd; exit 3\n");
        let reply = scratch.call_with(&MODULE, &args, "", vec![script]);
        let wanted = format!(
            r#"{{"rc": 3, "stderr": "a-b c\n", "stdout": "{}\n", "failed": true, "changed": true, "msg": "non-zero return code"}}"#,
            scratch.folder.display()
        );
        scratch.assert_result(&reply, &wanted);
    }

    #[test]
    fn a_condition_skips_it() {
        let scratch = Scratch::new();
        let reply = scratch.call_with(&MODULE, r#"{"name": "s.sh", "creates": "/"}"#, "", vec![blob("script", "")]);
        scratch.assert_result(&reply, r#"{"skipped": true, "changed": false}"#);
    }
}
