//! `docker_container_copy_into`: sends a file of the controller along.

use std::os::unix::fs::MetadataExt;

use crate::data::Value;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: MODULE,
    summary: "Copy a file into a Docker container",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

const MODULE: &str = "community.docker.docker_container_copy_into";

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let mut args = call.args.clone();
    let Some(given) = args.get("path").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(TaskResult::of(call.module(MODULE, args).await?));
    };
    let path = call.find("files", &given)?;
    let follow = args.get("local_follow").is_none_or(Value::is_truthy);
    let failed = |error: std::io::Error| ActionError::told(format!("Cannot read {}: {error}", path.display()));
    let metadata = if follow { path.metadata() } else { path.symlink_metadata() }.map_err(failed)?;
    args.insert("_source_mode", i64::from(metadata.mode() & 0o7777));
    if metadata.is_symlink() {
        let link = std::fs::read_link(&path).map_err(failed)?;
        args.insert("_source_link", link.to_string_lossy().into_owned());
        return Ok(TaskResult::of(call.module(MODULE, args).await?));
    }
    let content = Content::bytes("path", call.shared.reader.bytes(&path)?);
    let output = call.module_with(MODULE, args, vec![content.blob.clone()], content.source()).await?;
    Ok(TaskResult::of(output))
}
