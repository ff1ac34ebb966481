//! `copy`, the controller's half: finds files and folders here and hands their content over.

use std::path::{Path, PathBuf};

use crate::data::{Data, Map, Value, json, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::content::Content;
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.copy",
    summary: "Copy files to remote locations",
    spec: None,
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

const MODULE: &str = "ansible.builtin.copy";

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    let (source, content) = (call.text("src"), call.args.get("content").filter(|content| !content.is_null()).cloned());
    let Some(dest) = call.text("dest").filter(|dest| !dest.is_empty()) else {
        return failed("dest is required");
    };
    if call.flag("remote_src", false) {
        let args = call.args.clone();
        return Ok(TaskResult::of(call.module(MODULE, args).await?));
    }
    match (source.filter(|source| !source.is_empty()), content) {
        (None, None) => failed("src (or content) is required"),
        (Some(_), Some(_)) => failed("src and content are mutually exclusive"),
        (None, Some(_)) if dest.ends_with('/') => failed("can not use content with a dir as dest"),
        (None, Some(content)) => {
            let bytes = bytes_of(&content)?;
            let mut args = call.args.clone();
            args.remove("content");
            send(call, args, Content::bytes("src", bytes)).await
        }
        (Some(source), None) => from_here(call, &source, &dest).await,
    }
}

fn failed(message: &str) -> Outcome {
    Ok(TaskResult::of(Map::from([("failed", Value::from(true)), ("msg", Value::from(message))])))
}

/// What `content` puts into the file: data as JSON.
fn bytes_of(content: &Value) -> Result<Vec<u8>, ActionError> {
    Ok(match &content.data {
        Data::Bytes(bytes) => bytes.to_vec(),
        Data::Map(_) | Data::List(_) => json::try_dumps(content, &json::Style::default())
            .map_err(|error| ActionError::told(format!("could not write content temp file: {error}")))?
            .into_bytes(),
        _ => python::str(content).into_bytes(),
    })
}

async fn from_here(call: &ActionCall<'_>, source: &str, dest: &str) -> Outcome {
    let path = call
        .find("files", source)
        .map_err(|error| ActionError::told(format!("Unexpected AnsibleActionFail error: {}", error.message)))?;
    if path.is_dir() {
        return folder(call, &path, source.ends_with('/'), dest).await;
    }
    let mut args = call.args.clone();
    args.insert("_original_basename", base_name(&path));
    args.insert("src", path.to_string_lossy().into_owned());
    if call.text("mode").as_deref() == Some("preserve") {
        args.insert("mode", mode_of(&path)?);
    }
    let content = read(call, &path)?;
    send(call, args, content).await
}

/// A file's content; a vault is opened on the way unless the task says otherwise.
fn read(call: &ActionCall<'_>, path: &Path) -> Result<Content, ActionError> {
    let told = |error: std::io::Error| ActionError::told(format!("could not find src={}, {error}", path.display()));
    let mut head = [0; 15];
    let sealed = call.flag("decrypt", true)
        && std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut head)).map_err(told)?
            == 15
        && head.starts_with(b"$ANSIBLE_VAULT;");
    if sealed {
        return Ok(Content::bytes("src", call.shared.reader.bytes(path)?));
    }
    Content::file("src", path).map_err(told)
}

async fn send(call: &ActionCall<'_>, mut args: Map, content: Content) -> Outcome {
    for own in ["content", "decrypt"] {
        args.remove(own);
    }
    let mut output = call.module_with(MODULE, args, vec![content.blob.clone()], content.source()).await?;
    if call.conduct.check && output.get("changed").is_some_and(Value::is_truthy) {
        // Where content would change, no module is asked in the reference, so nothing is found out.
        output.remove("ansible_facts");
    }
    Ok(TaskResult::of(output))
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn mode_of(path: &Path) -> Result<String, ActionError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|error| ActionError::told(format!("{}: {error}", path.display())))?;
    Ok(format!("0{:o}", metadata.permissions().mode() & 0o7777))
}

/// What lies in a folder, by its path below the folder's parent or below itself.
#[derive(Default)]
struct Tree {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    links: Vec<PathBuf>,
}

fn walk(root: &Path, below: &Path, follow: bool, tree: &mut Tree) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(root.join(below))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let relative = below.join(entry.file_name());
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_symlink() && !(follow && path.exists()) {
            tree.links.push(relative);
        } else if path.is_dir() {
            tree.folders.push(relative.clone());
            walk(root, &relative, follow, tree)?;
        } else {
            tree.files.push(relative);
        }
    }
    Ok(())
}

/// A folder with all that is in it: one call for each file, folder and link.
async fn folder(call: &ActionCall<'_>, path: &Path, contents_only: bool, dest: &str) -> Outcome {
    let told = |error: std::io::Error| ActionError::told(format!("{}: {error}", path.display()));
    let root = if contents_only { path } else { path.parent().unwrap_or(path) };
    let start = path.strip_prefix(root).unwrap_or(Path::new(""));
    let mut tree = Tree::default();
    if !contents_only {
        tree.folders.push(start.to_path_buf());
    }
    walk(root, start, call.flag("local_follow", true), &mut tree).map_err(told)?;
    let mut result = Map::from([
        ("dest", Value::from(dest)),
        ("src", Value::from(path.to_string_lossy().into_owned())),
        ("changed", Value::from(false)),
    ]);
    if contents_only {
        tree.folders.insert(0, PathBuf::new());
    }
    for part in &tree.folders {
        let target = Path::new(dest).join(part);
        step(&mut result, call.module("ansible.builtin.file", folder_args(call, &target)).await?)?;
    }
    for part in &tree.files {
        let source = root.join(part);
        let mut args = call.args.clone();
        args.insert("dest", Path::new(dest).join(part).to_string_lossy().into_owned());
        args.insert("_original_basename", base_name(part));
        args.insert("src", source.to_string_lossy().into_owned());
        args.remove("directory_mode");
        if call.text("mode").as_deref() == Some("preserve") {
            args.insert("mode", mode_of(&source)?);
        }
        let content = read(call, &source)?;
        step(&mut result, send(call, args, content).await?.output)?;
    }
    for part in &tree.links {
        let goal = std::fs::read_link(root.join(part)).map_err(told)?;
        let args = Map::from([
            ("path", Value::from(Path::new(dest).join(part).to_string_lossy().into_owned())),
            ("src", Value::from(goal.to_string_lossy().into_owned())),
            ("state", Value::from("link")),
            ("force", Value::from(true)),
            ("follow", Value::from(false)),
        ]);
        step(&mut result, call.module("ansible.builtin.file", args).await?)?;
    }
    Ok(TaskResult::of(result))
}

fn folder_args(call: &ActionCall<'_>, target: &Path) -> Map {
    let mut args =
        Map::from([("path", Value::from(target.to_string_lossy().into_owned())), ("state", Value::from("directory"))]);
    if let Some(mode) = call.arg("directory_mode") {
        args.insert("mode", mode.clone());
    }
    for name in ["owner", "group", "seuser", "serole", "setype", "selevel", "attributes", "unsafe_writes"] {
        if let Some(value) = call.arg(name) {
            args.insert(name, value.clone());
        }
    }
    args
}

/// Adds one step's outcome to the folder's; a failure ends it with what the step said.
fn step(result: &mut Map, step: Map) -> Result<(), ActionError> {
    if step.get("failed").is_some_and(Value::is_truthy) {
        let message = step.get("msg").map(python::str).unwrap_or_default();
        return Err(ActionError::with(message, step));
    }
    if step.get("changed").is_some_and(Value::is_truthy) {
        result.insert("changed", true);
    }
    if let Some(diff) = step.get("diff").filter(|diff| diff.is_truthy()) {
        let mut diffs = result.get("diff").and_then(Value::as_items).map(<[Value]>::to_vec).unwrap_or_default();
        match diff.as_items() {
            Some(more) => diffs.extend(more.iter().cloned()),
            None => diffs.push(diff.clone()),
        }
        result.insert("diff", Value::list(diffs));
    }
    Ok(())
}
