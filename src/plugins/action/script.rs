//! `script`: runs a local script on the host.

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.script",
    summary: "Runs a local script on a remote node after transferring it",
    spec: Some(SPEC),
    traits: ActionTraits { free_form: true, ..ActionTraits::NONE },
    run: |call| Box::pin(run(call)),
};

#[derive(Args)]
#[args(exclusive("_raw_params", "cmd"), required_one_of("_raw_params", "cmd"))]
struct ScriptArgs {
    /// The script and its arguments.
    #[arg(name = "_raw_params")]
    raw: Option<String>,
    /// The script and its arguments.
    cmd: Option<String>,
    /// Not where this path exists.
    creates: Option<String>,
    /// Only where this path exists.
    removes: Option<String>,
    /// The folder to run it in.
    chdir: Option<String>,
    /// The program that runs it.
    executable: Option<String>,
}

const SPEC: &ArgSpec = ScriptArgs::SPEC;
const MODULE: &str = "ansible.builtin.script";

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    call.check_args(SPEC, "script")?;
    let args = ScriptArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let line = args.raw.or(args.cmd).unwrap_or_default();
    let words = crate::args::key_value::split_args(line.trim()).map_err(|error| ActionError::told(error.message))?;
    let Some((first, rest)) = words.split_first() else {
        return Err(ActionError::told("no command given"));
    };
    if let Some(folder) = args.chdir.as_ref().filter(|folder| !std::path::Path::new(folder).is_absolute()) {
        let message = format!("chdir {folder} must be an absolute path for a Unix-aware remote node");
        return Err(ActionError::told(message));
    }
    let path = call.find("files", crate::args::key_value::unquote(first))?;
    let bytes = call.shared.reader.bytes(&path)?;
    let content = Content::bytes("script", bytes);
    let mut sent = Map::from([
        ("name", Value::from(path.file_name().unwrap_or_default().to_string_lossy().into_owned())),
        ("arguments", Value::from(rest.join(" "))),
    ]);
    let given =
        [("creates", args.creates), ("removes", args.removes), ("chdir", args.chdir), ("executable", args.executable)];
    for (name, value) in given {
        if let Some(value) = value {
            sent.insert(name, value);
        }
    }
    let mut output = call.module_with(MODULE, sent, vec![content.blob.clone()], content.source()).await?;
    // A script runs as it is: there is no module behind it that would look for Python.
    for key in ["ansible_facts", "warnings", "invocation", crate::engine::call::MODULE_FAILED] {
        output.remove(key);
    }
    let skipped = output.get("skipped").is_some_and(Value::is_truthy);
    if skipped {
        let message = output.get("msg").map(python::str).unwrap_or_default();
        return Ok(TaskResult::skipped(Map::from([("msg", Value::from(message))])));
    }
    Ok(TaskResult::of(output))
}
