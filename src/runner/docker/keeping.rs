//! Secrets and configs of a swarm: content that cannot be changed, so that a change is a new one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha224};

use super::{ApiError, Engine, Request, at, text_at};
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::{Failure, Target};

/// Which of the two.
#[derive(Clone, Copy, PartialEq)]
pub enum Keeping {
    Secret,
    Config,
}

/// What a task wants to be kept.
pub struct Wanted {
    pub kind: Keeping,
    pub name: String,
    pub data: Vec<u8>,
    pub labels: Map,
    pub force: bool,
    /// Every change gets a name of its own, `name_v2`, and so many old ones stay.
    pub rolling: Option<i64>,
    pub template_driver: Option<String>,
}

/// The label that tells whether content is the same, and the one that counts versions.
const KEY: &str = "ansible_key";
const VERSION: &str = "ansible_version";

impl Keeping {
    pub fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Config => "config",
        }
    }

    fn path(self) -> String {
        format!("/{}s", self.word())
    }

    /// All that go by the name, the newest version first.
    fn find(self, engine: &Engine, name: &str, rolling: bool) -> Result<Vec<Value>, ApiError> {
        let filters = object! { "name" => name };
        let all = Request::get(self.path()).filters(Some(&filters)).send(engine)?.value()?;
        let belongs = |item: &&Value| {
            let found = text_at(item, &["Spec", "Name"]).unwrap_or_default();
            if rolling { found.strip_prefix(name).is_some_and(|rest| rest.starts_with("_v")) } else { found == name }
        };
        let mut found: Vec<Value> = all.as_items().unwrap_or_default().iter().filter(belongs).cloned().collect();
        found.sort_by_key(|item| std::cmp::Reverse(version_of(item)));
        Ok(found)
    }
}

fn version_of(item: &Value) -> i64 {
    text_at(item, &["Spec", "Labels", VERSION]).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Removes all that go by the name.
pub fn absent(kind: Keeping, name: &str, rolling: bool, engine: &Engine, target: &mut Target) -> Result<(), Failure> {
    let failed = |error: ApiError| Failure::new(format!("Error accessing {}s: {error}", kind.word()));
    for item in kind.find(engine, name, rolling).map_err(failed)? {
        remove(kind, &item, engine, target)?;
    }
    Ok(())
}

fn remove(kind: Keeping, item: &Value, engine: &Engine, target: &mut Target) -> Result<(), Failure> {
    let (id, name) = (text_at(item, &["ID"]).unwrap_or_default(), text_at(item, &["Spec", "Name"]).unwrap_or_default());
    target.effect(|_| {
        engine
            .delete(&format!("{}/{id}", kind.path()))
            .map_err(|error| Failure::new(format!("Error removing {} {name}: {error}", kind.word())))
    })?;
    Ok(())
}

/// Makes sure that it is kept. Gives its id and name.
pub fn present(wanted: &Wanted, engine: &Engine, target: &mut Target) -> Result<(String, String), Failure> {
    let kind = wanted.kind;
    let word = kind.word();
    let failed = |error: ApiError| Failure::new(format!("Error accessing {word}s: {error}"));
    let found = kind.find(engine, &wanted.name, wanted.rolling.is_some()).map_err(failed)?;
    let key = Sha224::digest(&wanted.data).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let newest = found.first();
    if let Some(current) = newest {
        let labels = at(current, &["Spec", "Labels"]).and_then(Value::as_map).cloned().unwrap_or_default();
        let data_differs = match labels.get(KEY) {
            Some(current) => current.as_str() != Some(&key),
            None => {
                if !wanted.force {
                    let title = if kind == Keeping::Secret { "Secret" } else { "Config" };
                    target.warn(format!(
                        "'ansible_key' label not found. {title} will not be changed unless the force parameter is set \
                         to 'true'"
                    ));
                }
                wanted.force
            }
        };
        let labels_differ = wanted
            .labels
            .iter()
            .any(|(name, value)| labels.get_value(name).map(python::str) != Some(python::str(value)));
        let driver = text_at(current, &["Spec", "Templating", "Name"]);
        let driver_differs =
            kind == Keeping::Config && wanted.template_driver.is_some() && driver != wanted.template_driver.as_deref();
        if !(data_differs || labels_differ || driver_differs || wanted.force) {
            let of = |path: &[&str]| text_at(current, path).unwrap_or_default().to_owned();
            return Ok((of(&["ID"]), of(&["Spec", "Name"])));
        }
    }
    if wanted.rolling.is_none() {
        for item in &found {
            remove(kind, item, engine, target)?;
        }
    }
    let version = newest.map_or(0, version_of) + 1;
    let created = create(wanted, &key, version, engine, target)?;
    if let (Some(keep), false) = (wanted.rolling.filter(|keep| *keep >= 0), target.is_check()) {
        for old in found.iter().skip((keep.max(1) - 1) as usize) {
            remove(kind, old, engine, target)?;
        }
    }
    Ok(created)
}

fn create(
    wanted: &Wanted,
    key: &str,
    version: i64,
    engine: &Engine,
    target: &mut Target,
) -> Result<(String, String), Failure> {
    let mut labels: Map =
        wanted.labels.iter().map(|(name, value)| (name.clone(), Value::text(python::str(value)))).collect();
    labels.insert(KEY, key);
    let mut name = wanted.name.clone();
    if wanted.rolling.is_some() {
        labels.insert(VERSION, version.to_string());
        name = format!("{name}_v{version}");
    }
    let mut body = object! { "Name" => name.as_str(), "Labels" => labels, "Data" => STANDARD.encode(&wanted.data) };
    if let Some(driver) = &wanted.template_driver {
        body.insert("Templating", object! { "Name" => driver.as_str() });
    }
    let path = format!("{}/create", wanted.kind.path());
    let answer = target.effect(|_| {
        engine
            .post(&path, body)
            .map_err(|error| Failure::new(format!("Error creating {}: {error}", wanted.kind.word())))
    })?;
    let id = answer.as_ref().and_then(|answer| text_at(answer, &["ID"])).unwrap_or_default().to_owned();
    Ok((id, name))
}

/// What is to be kept, from text, text in base64, or a file.
pub fn content(
    data: Option<&str>,
    is_base64: bool,
    file: Option<&std::path::Path>,
    target: &Target,
) -> Result<Vec<u8>, Failure> {
    if let Some(path) = file {
        let path = target.absolute(path);
        return std::fs::read(&path)
            .map_err(|error| Failure::new(format!("Error while reading {}: {error}", path.display())));
    }
    let data = data.unwrap_or_default();
    if is_base64 {
        return STANDARD.decode(data).map_err(|error| Failure::new(format!("data is not base64: {error}")));
    }
    Ok(data.as_bytes().to_vec())
}
