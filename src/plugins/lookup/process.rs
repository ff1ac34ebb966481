//! Lookups that run a command on the controller.

use std::process::{Command, Stdio};

use crate::data::{Value, python};
use crate::template::tools::charset::decode_utf8_lossy;
use crate::template::{Arguments, Context, Lookup, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[
    Lookup::plain("pipe", pipe, "Gives what commands print."),
    Lookup::plain("lines", lines, "Gives the lines that commands print."),
];

/// What the shell prints for a command, run in the folder of the playbook.
fn output(lookup: &str, term: &Value, context: &Context) -> Result<String> {
    let command = python::str(term);
    let environment = context.environment();
    let run = Command::new("/bin/sh")
        .arg("-c")
        .arg(&command)
        .current_dir(context.world().playbook_folder())
        .env_clear()
        .envs(environment.variables.iter())
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| TemplateError::failure(format!("lookup_plugin.{lookup}({command}) failed: {error}")))?;
    if !run.status.success() {
        use std::os::unix::process::ExitStatusExt;
        let code = run.status.code().unwrap_or_else(|| -run.status.signal().unwrap_or_default());
        return Err(format!("lookup_plugin.{lookup}({command}) returned {code}").into());
    }
    Ok(decode_utf8_lossy(&run.stdout))
}

fn pipe(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let context = args.context();
    terms.iter().map(|term| Ok(output("pipe", term, context)?.trim_end().into())).collect()
}

fn lines(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let mut lines = Vec::new();
    for term in terms {
        lines.extend(output("lines", term, args.context())?.lines().map(Value::from));
    }
    Ok(lines)
}
