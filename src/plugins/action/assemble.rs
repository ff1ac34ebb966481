//! `assemble`: joins the files of a folder, of this machine's or of the host's, into one.

use crate::data::Value;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.assemble",
    summary: "Assemble configuration files from fragments",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let (Some(source), Some(_)) = (call.text("src"), call.text("dest")) else {
        return Err(ActionError::told("src and dest are required"));
    };
    if call.flag("remote_src", true) {
        let args = call.args.clone();
        return Ok(TaskResult::of(call.module("ansible.builtin.assemble", args).await?));
    }
    let folder = call.find("files", &source)?;
    if !folder.is_dir() {
        return Err(ActionError::told(format!("Source ({}) is not a directory", folder.display())));
    }
    let joined = join(call, &folder)?;
    let mut args = call.args.clone();
    for own in ["delimiter", "regexp", "ignore_hidden", "remote_src", "decrypt"] {
        args.remove(own);
    }
    args.insert("src", Value::from(folder.to_string_lossy().into_owned()));
    let content = Content::bytes("src", joined);
    let output = call.module_with("ansible.builtin.copy", args, vec![content.blob.clone()], content.source()).await?;
    Ok(TaskResult::of(output))
}

/// The fragments in the order of their names, each on lines of its own.
fn join(call: &ActionCall<'_>, folder: &std::path::Path) -> Result<Vec<u8>, ActionError> {
    let pattern = match call.text("regexp") {
        Some(pattern) => Some(
            fancy_regex::Regex::new(&pattern)
                .map_err(|error| ActionError::told(format!("Invalid Regexp ({error}) in \"{pattern}\"")))?,
        ),
        None => None,
    };
    let delimiter = call.text("delimiter").map(|text| unescaped(&text));
    let hidden = call.flag("ignore_hidden", false);
    let told = |error: std::io::Error| ActionError::told(format!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map_err(told)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(told)?;
    paths.sort();
    let mut joined = Vec::new();
    let mut first = true;
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = pattern.as_ref().is_none_or(|pattern| pattern.is_match(&name).unwrap_or(false));
        if !wanted || !path.is_file() || (hidden && name.starts_with('.')) {
            continue;
        }
        let bytes = call.shared.reader.bytes(&path)?;
        if !first && !joined.ends_with(b"\n") {
            joined.push(b'\n');
        }
        if let Some(delimiter) = delimiter.as_ref().filter(|_| !first) {
            joined.extend_from_slice(delimiter.as_bytes());
            if !delimiter.ends_with('\n') {
                joined.push(b'\n');
            }
        }
        joined.extend_from_slice(&bytes);
        first = false;
    }
    Ok(joined)
}

/// `\n` and `\t` as people write them in playbooks.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}
