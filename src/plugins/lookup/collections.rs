//! collection_version: which version of a collection there is.

use std::path::PathBuf;

use crate::data::{Data, Value, json, python};
use crate::diagnostic::Origin;
use crate::template::tools::paths::expand_user;
use crate::template::{Arguments, Context, Lookup, Result};

pub const LOOKUPS: &[Lookup] =
    &[Lookup::plain("collection_version", collection_version, "Gives the version of a collection.")
        .of("community.general")];

/// What is built in follows these.
const BUILT_IN: [(&str, &str); 3] =
    [("ansible.builtin", "*"), ("ansible.utils", "6.0.0"), ("community.general", "11.4.2")];

fn collection_version(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let not_found = args.keyword("result_not_found")?.unwrap_or_default();
    let no_version = args.keyword("result_no_version")?.unwrap_or_else(|| "*".into());
    let context = args.context();
    terms
        .iter()
        .map(|term| {
            let name = term.as_str().filter(|name| is_name(name));
            let Some(name) = name else {
                return Err(format!("\"{}\" is not a FQCN", python::str(term)).into());
            };
            let Some(manifest) = manifest(name, context)? else {
                let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
                return Ok(built_in.map_or_else(|| not_found.clone(), |(_, version)| Value::from(*version)));
            };
            let version = manifest.get("collection_info").and_then(|info| info.get("version")).cloned();
            Ok(version.filter(|version| !version.is_null()).unwrap_or_else(|| no_version.clone()))
        })
        .collect()
}

fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let is_word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    parts.len() == 2 && parts.iter().all(is_word)
}

/// What an installed collection says of itself.
fn manifest(name: &str, context: &Context) -> Result<Option<Value>> {
    let world = context.world();
    let folders: Vec<PathBuf> = match world.setting("COLLECTIONS_PATHS").map(|setting| setting.data) {
        Some(Data::List(folders)) => {
            folders.iter().map(|folder| expand_user(&python::str(folder), context.environment()).into()).collect()
        }
        _ => Vec::new(),
    };
    let below = PathBuf::from("ansible_collections").join(name.replace('.', "/")).join("MANIFEST.json");
    for folder in folders.into_iter().chain([world.playbook_folder().join("collections")]) {
        let path = folder.join(&below);
        if path.is_file() {
            let bytes = world.read_file(&path)?;
            return Ok(json::parse(&String::from_utf8_lossy(&bytes), &Origin::none()).ok());
        }
    }
    Ok(None)
}
