//! `uri`, the controller's half: sends along a file from here that becomes the request's body.

use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.uri",
    summary: "Interacts with webservices",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

const MODULE: &str = "ansible.builtin.uri";

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let mut args = call.args.clone();
    if call.flag("remote_src", false) {
        return Ok(TaskResult::of(call.module(MODULE, args).await?));
    }
    if let Some(source) = call.text("src") {
        let path = call.find("files", &source)?;
        let told = |error: std::io::Error| ActionError::told(format!("{}: {error}", path.display()));
        let content = Content::file("src", &path).map_err(told)?;
        args.insert("src", Value::from(path.to_string_lossy().into_owned()));
        let output = call.module_with(MODULE, args, vec![content.blob.clone()], content.source()).await?;
        return Ok(TaskResult::of(output));
    }
    if call.text("body_format").as_deref() == Some("form-multipart") {
        if let Some(fields) = call.arg("body").and_then(Value::as_map).cloned() {
            args.insert("body", with_files(call, fields)?);
        }
    }
    Ok(TaskResult::of(call.module(MODULE, args).await?))
}

/// Fields that name a file of this machine get its content.
fn with_files(call: &ActionCall<'_>, fields: Map) -> Result<Map, ActionError> {
    let mut complete = Map::with_capacity(fields.len());
    for (name, field) in fields {
        let file = field.get("filename").and_then(Value::as_str).map(str::to_owned);
        let has_content = field.get("content").is_some_and(|content| !content.is_null());
        let (Some(file), Some(map), false) = (file, field.as_map(), has_content) else {
            complete.insert(name, field);
            continue;
        };
        let path = call.find("files", &file)?;
        let bytes = call.shared.reader.bytes(&path)?;
        let mut map = map.clone();
        // Text goes as it is; anything else has to be on the host, where it can be encoded.
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            ActionError::told(format!("{}: only text can be sent as a field's content", path.display()))
        })?;
        map.insert("content", text);
        complete.insert(name, map);
    }
    Ok(complete)
}
