//! YAML texts and free-form arguments: what the loader and the parser make of them.

use muster::data::{Data, Trust, Value, python, yaml};
use muster::diagnostic::{Diagnostic, Origin, Severity, Warning};
use serde_json::{Value as Json, json};

use super::corpus::{self, text_of};
use super::score::Score;
use super::tagged::{base64_decode, exact, to_value};

pub fn run() -> Score {
    let folder = corpus::folder("inventory");
    let mut score = Score::new("values");
    for row in corpus::rows(&folder.join("yaml.jsonl")) {
        score.add("yaml", text_of(&row, "id"), check_yaml(&row));
    }
    score
}

fn check_yaml(row: &Json) -> Result<(), String> {
    let bytes = match row.get("b64") {
        Some(_) => base64_decode(text_of(row, "b64")),
        None => text_of(row, "yaml").as_bytes().to_vec(),
    };
    let (mut warnings, origin) = (Vec::new(), Origin::described("{FILE}"));
    let found = yaml::load_bytes(&bytes, &origin, Trust::Template, &mut warnings);
    let expected = &row["expect"];
    let mut differences = Vec::new();
    match (&found, expected.get("value")) {
        (Ok(value), Some(wanted)) => {
            let wanted = exact(&to_value(wanted, Trust::Template), true);
            expect("value", &wanted, &exact(value, true), &mut differences);
        }
        (Err(diagnostic), None) => {
            // libyaml's own spelling.
            let wanted = text_of(expected, "error").replace("hexdecimal", "hexadecimal");
            expect("message", &wanted, &diagnostic.message, &mut differences);
            expect("place", &place_of(expected), &place(&diagnostic.origin), &mut differences);
        }
        (found, _) => differences.push(format!("expected {expected}\nfound    {found:?}")),
    }
    check_warnings(expected, &warnings, &mut differences);
    for (pointer, place) in expected.get("pos").and_then(Json::as_object).into_iter().flatten() {
        let found = found.as_ref().ok().and_then(|value| origin_at(value, pointer));
        let found = found.map(|origin| json!([origin.line(), origin.column()]));
        expect(pointer, &place.to_string(), &found.unwrap_or_default().to_string(), &mut differences);
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

fn expect(what: &str, expected: &str, found: &str, differences: &mut Vec<String>) {
    if expected != found {
        differences.push(format!("{what}: expected {expected}\n{what}: found    {found}"));
    }
}

/// `line:column` of an error or warning of the corpus.
fn place_of(expected: &Json) -> String {
    let number = |key: &str| expected.get(key).and_then(Json::as_u64).unwrap_or(0);
    format!("{}:{}", number("line"), number("col"))
}

fn place(origin: &Origin) -> String {
    format!("{}:{}", origin.line(), origin.column())
}

fn check_warnings(expected: &Json, found: &[Warning], differences: &mut Vec<String>) {
    let wanted = expected.get("warnings").and_then(Json::as_array).into_iter().flatten();
    let wanted = wanted
        .map(|warning| format!("{} {} {}\n", text_of(warning, "kind"), text_of(warning, "msg"), place_of(warning)));
    let describe = |warning: &Warning| {
        let kind = if warning.severity == Severity::Warning { "warning" } else { "deprecated" };
        let Diagnostic { message, origin, .. } = &warning.diagnostic;
        format!("{kind} {message} {}\n", place(origin))
    };
    let found: String = found.iter().map(describe).collect();
    expect("warnings", &wanted.collect::<String>(), &found, differences);
}

/// The origin of a value by its JSON pointer, or with ` (key)` behind it that of its key.
fn origin_at(value: &Value, pointer: &str) -> Option<Origin> {
    let (pointer, of_key) = match pointer.strip_suffix(" (key)") {
        Some(pointer) => (pointer, true),
        None => (pointer, false),
    };
    let (mut value, mut key_origin) = (value, Origin::none());
    for part in pointer.split('/').filter(|part| !part.is_empty()) {
        value = match &value.data {
            Data::Map(map) => {
                let (key, item) = map.iter().find(|(key, _)| python::str(key) == part)?;
                key_origin = key.origin.clone();
                item
            }
            _ => value.as_items()?.get(part.parse::<usize>().ok()?)?,
        };
    }
    Some(if of_key { key_origin } else { value.origin.clone() })
}
