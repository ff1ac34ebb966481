//! `fetch`: brings a file from the host here.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::data::{Data, Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;
use crate::engine::task::finish;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.fetch",
    summary: "Fetch files from remote nodes",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    if call.conduct.check {
        return Ok(TaskResult::skipped(Map::from([("msg", "check mode not (yet) supported for this module")])));
    }
    for name in ["src", "dest"] {
        if call.arg(name).is_some_and(|value| value.as_str().is_none()) {
            let kind = if name == "src" { "source" } else { "dest" };
            return Err(ActionError::told(format!("Invalid type supplied for {kind} option, it must be a string")));
        }
    }
    let (Some(source), Some(dest)) = (call.text("src"), call.text("dest")) else {
        return Err(ActionError::told("src and dest are required"));
    };
    let mut slurped = call.module("ansible.builtin.slurp", Map::from([("src", source.as_str())])).await?;
    if slurped.get("failed").is_some_and(Value::is_truthy) {
        return missing(call, &source, slurped);
    }
    let bytes = content(&mut slurped)?;
    let target = target(call, &source, &dest)?;
    store(call, &bytes, &target, &source)
}

/// A file that cannot be read fails the task only where that is asked for.
fn missing(call: &ActionCall<'_>, source: &str, slurped: Map) -> Outcome {
    let said = slurped.get("msg").map(python::str).unwrap_or_default();
    let lower = said.to_lowercase();
    let fails = call.flag("fail_on_missing", true);
    if lower.contains("directory") && !lower.contains("no such") {
        let message = "remote file is a directory, fetch cannot work on directories";
        return Ok(TaskResult::of(match fails {
            true => Map::from([("failed", Value::from(true)), ("msg", message.into())]),
            false => Map::from([
                ("changed", Value::from(false)),
                ("msg", format!("{message}, not transferring, ignored").into()),
            ]),
        }));
    }
    let message = match lower.contains("not found") {
        true => "the remote file does not exist, not transferring, ignored".to_owned(),
        false => said,
    };
    if !fails {
        return Ok(TaskResult::of(Map::from([
            ("msg", Value::from(message)),
            ("file", Value::from(source)),
            ("changed", Value::from(false)),
        ])));
    }
    // The error tells what the module said; the result, what that means here.
    let mut result = TaskResult::of(slurped);
    finish::explain(&call.ground.task, &mut result);
    result.output.insert("msg", message);
    Ok(result)
}

fn content(slurped: &mut Map) -> Result<Vec<u8>, ActionError> {
    let text = match slurped.remove("content").map(|value| value.data) {
        Some(Data::Text(text)) => text,
        Some(Data::Bytes(bytes)) => return Ok(bytes.to_vec()),
        _ => return Err(ActionError::told("the file's content did not arrive")),
    };
    STANDARD
        .decode(text.as_bytes())
        .map_err(|error| ActionError::told(format!("the file's content is not base64: {error}")))
}

/// Below `dest` by host and path, or `dest` itself with `flat`.
fn target(call: &ActionCall<'_>, source: &str, dest: &str) -> Result<PathBuf, ActionError> {
    let base = call.shared.environment.expand_home(dest);
    let name = Path::new(source).file_name().unwrap_or_default();
    let path = if call.flag("flat", false) {
        if base.is_dir() && !dest.ends_with('/') {
            return Err(ActionError::told(
                "dest is an existing directory, use a trailing slash if you want to fetch src into that directory",
            ));
        }
        if dest.ends_with('/') { base.join(name) } else { base }
    } else {
        base.join(&**call.host_name).join(source.trim_start_matches('/'))
    };
    Ok(if path.is_absolute() { path } else { call.play.base_dir.join(path) })
}

fn store(call: &ActionCall<'_>, bytes: &[u8], target: &Path, source: &str) -> Outcome {
    let sum = |bytes: &[u8]| Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let md5 = |bytes: &[u8]| md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let checksum = sum(bytes);
    let before = std::fs::read(target).ok();
    let dest = target.to_string_lossy().into_owned();
    if before.as_deref().map(sum).as_deref() == Some(checksum.as_str()) {
        return Ok(TaskResult::of(Map::from([
            ("changed", Value::from(false)),
            ("md5sum", Value::from(md5(bytes))),
            ("file", Value::from(source)),
            ("dest", Value::from(dest)),
            ("checksum", Value::from(checksum)),
        ])));
    }
    let written = target.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(target, bytes));
    if let Err(error) = written {
        return Err(ActionError::told(format!("Failed to fetch the file: {}: {error}", target.display())));
    }
    let there = std::fs::read(target).unwrap_or_default();
    if call.flag("validate_checksum", true) && sum(&there) != checksum {
        return Ok(TaskResult::of(Map::from([
            ("failed", Value::from(true)),
            ("msg", Value::from("checksum mismatch")),
            ("file", Value::from(source)),
            ("dest", Value::from(dest)),
        ])));
    }
    Ok(TaskResult::of(Map::from([
        ("changed", Value::from(true)),
        ("md5sum", Value::from(md5(bytes))),
        ("dest", Value::from(dest)),
        ("remote_md5sum", Value::NULL),
        ("checksum", Value::from(checksum.clone())),
        ("remote_checksum", Value::from(checksum)),
    ])))
}
