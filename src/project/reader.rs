//! Reading the user's data files: vault envelopes opened, YAML or JSON, warnings kept.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::vars::files::ReadVariables;
use crate::data::vault::Vault;
use crate::data::{Data, Trust, Value, Vaulted, json, yaml};
use crate::diagnostic::{Diagnostic, Kind, Origin, Warning};

/// What a key that comes twice in a mapping is (the setting DUPLICATE_YAML_DICT_KEY).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicateKeys {
    #[default]
    Warn,
    Fail,
    Ignore,
}

/// How the message about such a key begins.
const DUPLICATE_KEY: &str = "Found duplicate mapping key";

/// Reads data files for one run.
pub struct Reader {
    pub vault: Vault,
    pub duplicate_keys: DuplicateKeys,
    warnings: Mutex<Vec<Warning>>,
}

/// A file that is JSON from its first sign to its last: its values know the file they are from, but no line.
fn as_json(bytes: &[u8], path: &Path) -> Option<Value> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    json::parse(text, &Origin::file(path)).ok()
}

impl Reader {
    pub fn new(vault: Vault, duplicate_keys: DuplicateKeys) -> Self {
        Self { vault, duplicate_keys, warnings: Mutex::default() }
    }

    /// The content of a file, decrypted where it is an envelope.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, Diagnostic> {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        self.vault.decrypt_file(bytes).map_err(|error| Diagnostic::from(error).at(&Origin::file(path)))
    }

    /// One document of YAML or JSON; `Null` for an empty file.
    pub fn document(&self, path: &Path, trust: Trust) -> Result<Value, Diagnostic> {
        let bytes = self.bytes(path)?;
        if let Some(value) = as_json(&bytes, path) {
            return Ok(if trust == Trust::Template {
                value.map_texts(&|text| text.clone().with_trust(trust))
            } else {
                value
            });
        }
        let mut warnings = Vec::new();
        let result = yaml::load_bytes(&bytes, &Origin::file(path), trust, &mut warnings);
        if let Ok(value) = &result
            && !self.vault.is_empty()
            && bytes.windows(VAULT_TAG.len()).any(|window| window == VAULT_TAG)
        {
            let mut found = Vec::new();
            vaulted_in(value, &mut found);
            self.vault.expect(found);
        }
        self.checked(result, warnings)
    }

    /// The same of a text that is no file.
    pub fn text_document(&self, text: &str, origin: &Origin, trust: Trust) -> Result<Value, Diagnostic> {
        let mut warnings = Vec::new();
        let result = yaml::load(text, origin, trust, &mut warnings);
        self.checked(result, warnings)
    }

    fn checked(&self, result: Result<Value, Diagnostic>, warnings: Vec<Warning>) -> Result<Value, Diagnostic> {
        for warning in warnings {
            let duplicate = warning.diagnostic.message.starts_with(DUPLICATE_KEY);
            match self.duplicate_keys {
                DuplicateKeys::Fail if duplicate => {
                    return Err(Diagnostic::new("YAML parsing failed").kind(Kind::Parse).caused_by(warning.diagnostic));
                }
                DuplicateKeys::Ignore if duplicate => {}
                _ => self.warn_all([warning]),
            }
        }
        result
    }

    pub fn warn(&self, diagnostic: Diagnostic) {
        self.warn_all([Warning::new(diagnostic)]);
    }

    pub fn warn_all(&self, warnings: impl IntoIterator<Item = Warning>) {
        let mut kept = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in warnings {
            if !kept.contains(&warning) {
                kept.push(warning);
            }
        }
    }

    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ReadVariables for Reader {
    fn read_variables(&self, path: &Path) -> Result<Value, Diagnostic> {
        let value = self.document(path, Trust::Template)?;
        match &value.data {
            Data::Map(_) => Ok(value),
            _ if is_empty(&value.data) => Ok(Value::NULL),
            _ => Err(Diagnostic::new(format!("Could not process '{}'", path.display())).kind(Kind::Parse).caused_by(
                Diagnostic::new(format!(
                    "failed to combine variables, expected dicts but got a 'dict' and a '{}'.",
                    reference_class(&value)
                ))
                .at(&value.origin),
            )),
        }
    }
}

/// How vaulted values are marked in YAML; the tag `!vault-encrypted` begins the same.
const VAULT_TAG: &[u8] = b"!vault";

fn vaulted_in(value: &Value, found: &mut Vec<Arc<Vaulted>>) {
    match &value.data {
        Data::Vaulted(vaulted) => found.push(Arc::clone(vaulted)),
        Data::List(items) => items.iter().for_each(|item| vaulted_in(item, found)),
        Data::Map(map) => map.values().for_each(|value| vaulted_in(value, found)),
        _ => {}
    }
}

/// Nothing written, or written as nothing.
fn is_empty(data: &Data) -> bool {
    match data {
        Data::Null | Data::Bool(false) | Data::Int(0) => true,
        Data::Text(text) => text.is_empty(),
        Data::List(items) => items.is_empty(),
        _ => false,
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let path = path.display();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Diagnostic::new(format!(
            "Unable to retrieve file contents.\nCould not find or access '{path}' on the Ansible Controller.\nIf you are using a module and expect the file to exist on the remote, see the remote_src option: [Errno 2] No such file or directory: '{path}'"
        ));
    }
    Diagnostic::new(format!(
        "An error occurred while trying to read the file '{path}': {}",
        errno_text(error, &path.to_string())
    ))
}

/// An error of the system as Python shows it: `[Errno 13] Permission denied: 'path'`.
pub fn errno_text(error: &std::io::Error, path: &str) -> String {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let reason = text.split(" (os error").next().unwrap_or(&text);
            format!("[Errno {number}] {reason}: '{path}'")
        }
        None => error.to_string(),
    }
}

/// The class that the reference has for a value read from a file.
pub fn reference_class(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "NoneType",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Big(_) => "_AnsibleTaggedInt",
        Data::Float(_) => "_AnsibleTaggedFloat",
        Data::Text(_) => "_AnsibleTaggedStr",
        Data::Bytes(_) => "_AnsibleTaggedBytes",
        Data::Date(crate::data::Date::Day(_)) => "_AnsibleTaggedDate",
        Data::Date(crate::data::Date::Moment(..)) => "_AnsibleTaggedDateTime",
        Data::Date(crate::data::Date::Time(_)) => "_AnsibleTaggedTime",
        Data::List(_) => "_AnsibleTaggedList",
        Data::Tuple(_) => "_AnsibleTaggedTuple",
        Data::Set(_) => "_AnsibleTaggedSet",
        Data::Map(_) => "_AnsibleTaggedDict",
        Data::Vaulted(_) => "EncryptedString",
    }
}

/// The same with its module, as in `<class '…'>`.
pub fn qualified_class(value: &Value) -> String {
    let class = reference_class(value);
    match class.strip_prefix('_') {
        Some(_) => format!("ansible.module_utils._internal._datatag.{class}"),
        None => class.to_owned(),
    }
}
