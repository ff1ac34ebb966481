//! `unarchive`, the controller's half: hands an archive from here over.

use crate::data::Value;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.unarchive",
    summary: "Unpacks an archive after (optionally) copying it from the local machine",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

const MODULE: &str = "ansible.builtin.unarchive";

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    if call.arg("copy").is_some() && call.arg("remote_src").is_some() {
        return Err(ActionError::told("parameters are mutually exclusive: ('copy', 'remote_src')"));
    }
    let (Some(source), Some(_)) = (call.text("src"), call.text("dest")) else {
        return Err(ActionError::told("src (or content) and dest are required"));
    };
    let remote = call.flag("remote_src", !call.flag("copy", true));
    let mut args = call.args.clone();
    for own in ["copy", "decrypt"] {
        args.remove(own);
    }
    args.insert("remote_src", remote);
    if remote {
        return Ok(TaskResult::of(call.module(MODULE, args).await?));
    }
    let path = call.find("files", &source)?;
    let told = |error: std::io::Error| ActionError::told(format!("{}: {error}", path.display()));
    let content = if call.flag("decrypt", true) && is_vault(&path).map_err(told)? {
        Content::bytes("src", call.shared.reader.bytes(&path)?)
    } else {
        Content::file("src", &path).map_err(told)?
    };
    args.insert("src", Value::from(path.to_string_lossy().into_owned()));
    let output = call.module_with(MODULE, args, vec![content.blob.clone()], content.source()).await?;
    Ok(TaskResult::of(output))
}

fn is_vault(path: &std::path::Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(std::fs::File::open(path)?, 15), &mut head)?;
    Ok(head == b"$ANSIBLE_VAULT;")
}
