//! Facts that outlive a run: one JSON file a host, in the format of the reference's `jsonfile`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::settings::Settings;
use crate::data::{Data, Map, Text, Trust, Value, json, python};
use crate::diagnostic::{Diagnostic, Origin};

/// Where facts are kept.
#[derive(Clone, Debug, Default)]
pub enum FactsCache {
    /// Only for this run: whoever owns the hosts has them.
    #[default]
    Memory,
    Files(FileCache),
}

/// A folder of files, one a host.
#[derive(Clone, Debug)]
pub struct FileCache {
    folder: PathBuf,
    prefix: String,
    /// Facts older than this count for nothing; `None` for any age.
    lifetime: Option<Duration>,
}

/// The version of the format, as it stands in file names.
const SCHEMA: &str = "s1_";
/// The member that holds the facts as a text of JSON.
const PAYLOAD: &str = "__payload__";

impl FactsCache {
    /// What the settings ask for; a kind that muster does not have is warned about and means memory.
    pub fn of(settings: &Settings) -> Result<(Self, Option<Diagnostic>), Diagnostic> {
        match settings.cache_plugin() {
            "memory" | "ansible.builtin.memory" | "ansible.legacy.memory" => Ok((Self::Memory, None)),
            "jsonfile" | "ansible.builtin.jsonfile" | "ansible.legacy.jsonfile" => {
                // The plugin's own prefix, which is empty where the setting's default is not.
                let option = |name: &str| -> Result<Option<Value>, Diagnostic> {
                    let resolved = settings.plugin_option("cache", "jsonfile", name)?;
                    Ok(resolved.map(|resolved| resolved.value).filter(|value| !value.is_null()))
                };
                let Some(connection) = settings.cache_plugin_connection().filter(|text| !text.is_empty()) else {
                    return Err(Diagnostic::new(
                        "error, 'jsonfile' cache plugin requires the 'fact_caching_connection' config option to be set (to a writeable directory path)",
                    ));
                };
                let seconds = u64::try_from(settings.cache_plugin_timeout()).unwrap_or(0);
                let environment = settings.environment();
                Ok((
                    Self::Files(FileCache {
                        folder: environment.full_path(connection, &environment.working_directory),
                        prefix: option("_prefix")?.as_ref().map(python::str).unwrap_or_default(),
                        lifetime: (seconds > 0).then(|| Duration::from_secs(seconds)),
                    }),
                    None,
                ))
            }
            other => {
                let warning = Diagnostic::new(format!("Unable to load the cache plugin '{other}'."));
                Ok((Self::Memory, Some(warning)))
            }
        }
    }

    /// The facts of a host, as modules returned them. A file that is no JSON is removed and an error.
    pub fn facts(&self, host: &str) -> Result<Option<Map>, Diagnostic> {
        match self {
            Self::Memory => Ok(None),
            Self::Files(files) => files.read(host),
        }
    }

    /// Keeps the facts of a host, whole or not at all.
    pub fn keep(&self, host: &str, facts: &Map) -> Result<(), Diagnostic> {
        match self {
            Self::Memory => Ok(()),
            Self::Files(files) => files.write(host, facts),
        }
    }

    /// Forgets the facts of a host.
    pub fn forget(&self, host: &str) {
        if let Self::Files(files) = self {
            // What is not there is forgotten already.
            let _ = std::fs::remove_file(files.path(host));
        }
    }
}

impl FileCache {
    fn path(&self, host: &str) -> PathBuf {
        self.folder.join(format!("{}{SCHEMA}{host}", self.prefix))
    }

    fn read(&self, host: &str) -> Result<Option<Map>, Diagnostic> {
        let path = self.path(host);
        let Ok(metadata) = path.metadata() else { return Ok(None) };
        let age = metadata.modified().ok().and_then(|moment| moment.elapsed().ok()).unwrap_or_default();
        if self.lifetime.is_some_and(|lifetime| age > lifetime) {
            return Ok(None);
        }
        let origin = Origin::file(&path);
        let facts = std::fs::read_to_string(&path).ok().and_then(|text| {
            let outer = json::parse(&text, &origin).ok()?;
            let payload = outer.as_map()?.get(PAYLOAD)?.as_str()?.to_owned();
            json::parse(&payload, &origin).ok()
        });
        match facts.map(|facts| untagged(&facts).data) {
            Some(Data::Map(facts)) => Ok(Some((*facts).clone())),
            _ => {
                let _ = std::fs::remove_file(&path);
                Err(Diagnostic::new(format!(
                    "The cache file {} was corrupt, or did not otherwise contain valid data. It has been removed, so you can re-run your command now.",
                    path.display()
                )))
            }
        }
    }

    fn write(&self, host: &str, facts: &Map) -> Result<(), Diagnostic> {
        let failed = |error: std::io::Error| {
            Diagnostic::new(format!(
                "error in 'jsonfile' cache plugin while trying to write to {}: {error}",
                self.folder.display()
            ))
        };
        let payload = json::dumps(&tagged(&Value::from(facts.clone())), &json::Style::default());
        let text = json::dumps(&Map::from([(PAYLOAD, payload)]).into(), &json::Style::default());
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let path = self.path(host);
        let new = self.folder.join(format!(".{}{SCHEMA}{host}.{}", self.prefix, std::process::id()));
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &path)).map_err(|error| {
            let _ = std::fs::remove_file(&new);
            failed(error)
        })
    }
}

/// Values with a template's trust or a vault's envelope are wrapped, so that they come back as such.
fn tagged(value: &Value) -> Value {
    match &value.data {
        Data::Text(text) if text.trust() == Trust::Template => {
            let tag = Map::from([("__ansible_type", "TrustedAsTemplate")]);
            Map::from([
                ("value", Value::text(text.shared().clone())),
                ("tags", Value::list([tag.into()])),
                ("__ansible_type", Value::text("_AnsibleTaggedStr")),
            ])
            .into()
        }
        Data::List(items) | Data::Tuple(items) => Value::list(items.iter().map(tagged)),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, item)| (key.clone(), tagged(item)));
            Data::Map(Arc::new(entries.collect())).into()
        }
        _ => value.clone(),
    }
}

/// The value inside of the reference's wrappers; texts are templates only where a wrapper says so.
fn untagged(value: &Value) -> Value {
    match &value.data {
        Data::Text(text) => Data::Text(text.clone().with_trust(Trust::Plain)).into(),
        Data::List(items) => Value::list(items.iter().map(untagged)),
        Data::Map(map) => match (map.get("__ansible_type").and_then(Value::as_str), map.get("value")) {
            (Some(_), Some(inner)) => {
                let tags = map.get("tags").and_then(Value::as_items).unwrap_or_default();
                let is_trusted = tags.iter().any(|tag| {
                    let name = tag.as_map().and_then(|tag| tag.get("__ansible_type"));
                    name.and_then(Value::as_str) == Some("TrustedAsTemplate")
                });
                match untagged(inner).data {
                    Data::Text(text) if is_trusted => Data::Text(Text::trusted(text.shared().clone())).into(),
                    other => other.into(),
                }
            }
            _ => {
                let entries = map.iter().map(|(key, item)| (key.clone(), untagged(item)));
                Data::Map(Arc::new(entries.collect())).into()
            }
        },
        other => other.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(name: &str) -> FileCache {
        let folder = std::env::temp_dir().join(format!("muster-facts-{name}-{}", std::process::id()));
        FileCache { folder, prefix: String::new(), lifetime: None }
    }

    #[test]
    fn facts_come_back_with_their_trust() {
        let cache = cache("trust");
        let facts = Map::from([
            ("plain", Value::text("{{ a }}")),
            ("mine", Value::template("{{ b }}", Origin::none())),
            ("list", Value::list([1.into(), Value::from(Map::from([("k", "v")]))])),
        ]);
        cache.write("h1", &facts).expect("a writable folder");
        let back = cache.read("h1").expect("a sound file").expect("a file");
        assert_eq!(back, facts);
        assert_eq!(back.get("plain").and_then(Value::as_text).map(Text::trust), Some(Trust::Plain));
        assert_eq!(back.get("mine").and_then(Value::as_text).map(Text::trust), Some(Trust::Template));
        std::fs::remove_dir_all(&cache.folder).expect("ours to remove");
    }

    #[test]
    fn a_broken_file_is_an_error_and_gone() {
        let cache = cache("broken");
        std::fs::create_dir_all(&cache.folder).expect("a writable folder");
        std::fs::write(cache.path("h1"), "{bad").expect("a writable folder");
        let error = cache.read("h1").expect_err("no JSON");
        assert!(error.message.contains("was corrupt"), "{error}");
        assert_eq!(cache.read("h1"), Ok(None));
        std::fs::remove_dir_all(&cache.folder).expect("ours to remove");
    }
}
