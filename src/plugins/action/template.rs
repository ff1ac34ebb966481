//! `template`: renders a file here and hands the text over as `copy` does.

use std::path::Path;

use crate::data::{Map, Value, python};
use crate::diagnostic::{Diagnostic, Origin};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

use crate::template::{FileOptions, Overlay};

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.template",
    summary: "Template a file out to a target host",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

/// Options that shape the rendering and stay here.
const OWN: [&str; 12] = [
    "newline_sequence",
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
    "output_encoding",
    "keep_trailing_newline",
    "autoescape",
];

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    if call.arg("state").is_some() {
        return Err(ActionError::told("'state' cannot be specified on a template"));
    }
    let (Some(source), Some(dest)) = (call.text("src"), call.text("dest")) else {
        return Err(ActionError::told("src and dest are required"));
    };
    let newline = match call.text("newline_sequence").as_deref() {
        None | Some("\n" | "\\n") => "\n",
        Some("\r" | "\\r") => "\r",
        Some("\r\n" | "\\r\\n") => "\r\n",
        Some(_) => return Err(ActionError::told("newline_sequence needs to be one of: \\n, \\r or \\r\\n")),
    };
    let path = call.find("templates", &source).map_err(told)?;
    let mut text = render(call, &path, &dest)?;
    if newline != "\n" {
        text = text.replace('\n', newline);
    }
    let mut args = call.args.clone();
    for own in OWN {
        args.remove(own);
    }
    if dest.ends_with('/') || !args.contains_key("_original_basename") {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        args.insert("_original_basename", name);
    }
    args.insert("src", path.to_string_lossy().into_owned());
    if call.text("mode").as_deref() == Some("preserve") {
        args.insert("mode", mode_of(&path)?);
    }
    let content = Content::bytes("src", encoded(call, text)?);
    let output = call.module_with("ansible.builtin.copy", args, vec![content.blob.clone()], None).await?;
    Ok(TaskResult::of(output))
}

/// The result says it in these words alone.
fn told(error: Diagnostic) -> ActionError {
    let output = Map::from([("msg", Value::from(error.message.as_str()))]);
    ActionError::Failed(Box::new(error), output)
}

fn encoded(call: &ActionCall<'_>, text: String) -> Result<Vec<u8>, ActionError> {
    match call.text("output_encoding").map(|name| name.to_lowercase().replace('_', "-")).as_deref() {
        None | Some("utf-8" | "utf8") => Ok(text.into_bytes()),
        Some("latin-1" | "latin1" | "iso-8859-1") => text
            .chars()
            .map(|letter| u8::try_from(u32::from(letter)))
            .collect::<Result<_, _>>()
            .map_err(|_| ActionError::told("the text has characters that latin-1 has not")),
        Some("ascii" | "us-ascii") if text.is_ascii() => Ok(text.into_bytes()),
        Some("utf-16-le") => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Some("utf-16-be") => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Some(other) => Err(ActionError::told(format!("unknown encoding: {other}"))),
    }
}

fn mode_of(path: &Path) -> Result<String, ActionError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|error| ActionError::told(format!("{}: {error}", path.display())))?;
    Ok(format!("0{:o}", metadata.permissions().mode() & 0o7777))
}

fn render(call: &ActionCall<'_>, path: &Path, dest: &str) -> Result<String, ActionError> {
    let bytes = call.shared.reader.bytes(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| ActionError::told(format!("Template source files must be utf-8 encoded: {}", path.display())))?;
    let mut options = FileOptions { search_path: search_path(call, path), overrides: Vec::new() };
    for own in OWN.iter().filter(|own| !matches!(**own, "newline_sequence" | "output_encoding")) {
        if let Some(value) = call.arg(own) {
            options.overrides.push(((*own).to_owned(), value.clone()));
        }
    }
    let scope = Overlay::new(call.templar.scope().clone(), template_variables(call, path, dest));
    let templar = call.templar.with_scope(std::sync::Arc::new(scope));
    templar.file(&text, &Origin::file(path), &options).map_err(|error| Diagnostic::from(error).into())
}

/// Where `include` looks: `templates` and the folder itself, of each place; the file's own folder last.
fn search_path(call: &ActionCall<'_>, path: &Path) -> Vec<std::path::PathBuf> {
    let mut folders = Vec::new();
    for place in call.templar.world().search_folders() {
        folders.push(place.join("templates"));
        folders.push(place);
    }
    folders.extend(path.parent().map(Path::to_path_buf));
    folders
}

/// `template_path` and its like.
fn template_variables(call: &ActionCall<'_>, path: &Path, dest: &str) -> Map {
    use std::os::unix::fs::MetadataExt;
    let environment = &call.shared.environment;
    let metadata = std::fs::metadata(path).ok();
    let owner = metadata.as_ref().map_or(0, MetadataExt::uid);
    let changed = metadata.and_then(|metadata| jiff::Timestamp::from_second(metadata.mtime()).ok()).unwrap_or_default();
    let moment = |stamp: jiff::Timestamp| {
        let local = stamp.to_zoned(environment.time_zone.clone()).datetime();
        Value::from(crate::data::Data::Date(crate::data::Date::Moment(local, None)))
    };
    let full = path.to_string_lossy().into_owned();
    let shown = call.text("src").unwrap_or_default();
    let managed = call.shared.settings.managed_text();
    let managed =
        managed.replace("{file}", &shown).replace("{host}", &environment.hostname).replace("{uid}", &owner.to_string());
    Map::from([
        ("ansible_managed", call.templar.scope().variable("ansible_managed").unwrap_or_else(|| Value::from(managed))),
        ("template_host", Value::from(environment.hostname.as_str())),
        ("template_path", Value::from(full.as_str())),
        ("template_fullpath", Value::from(full)),
        ("template_destpath", Value::from(dest)),
        ("template_uid", Value::from(python::str(&Value::from(owner)))),
        ("template_mtime", moment(changed)),
        ("template_run_date", moment(environment.clock.now())),
    ])
}
