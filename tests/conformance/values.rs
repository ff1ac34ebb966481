//! YAML texts and free-form arguments: what the loader and the parser make of them.

use muster::args::key_value;
use muster::data::{Data, Text, Trust, Value, python, yaml};
use muster::diagnostic::{Diagnostic, Origin, Severity, Warning};
use serde_json::{Value as Json, json};

use super::corpus::{self, text_of};
use super::score::{Score, same};
use super::tagged::{base64_decode, exact, to_value};

pub fn run() -> Score {
    let folder = corpus::folder("inventory");
    let mut score = Score::new("values");
    for row in corpus::rows(&folder.join("yaml.jsonl")) {
        score.add("yaml", text_of(&row, "id"), check_yaml(&row));
    }
    for row in corpus::rows(&folder.join("kv.jsonl")) {
        score.add(text_of(&row, "fn"), text_of(&row, "id"), check_key_value(&row));
    }
    score
}

/// Modules that the rows call, and keywords of tasks that they use.
const MODULES: &str = "add_host assemble blockinfile command copy debug expect fail file get_url group_by \
    import_playbook import_role import_tasks include_role include_tasks include_vars lineinfile meta package ping raw \
    script service set_fact shell stat template uri user wait_for";
const KEYWORDS: &str = "any_errors_fatal args async become become_exe become_flags become_method become_user \
    changed_when check_mode collections connection debugger delay delegate_facts delegate_to diff environment \
    failed_when ignore_errors ignore_unreachable listen loop loop_control module_defaults name no_log notify poll port \
    register remote_user retries run_once tags throttle timeout until vars when";

fn check_key_value(row: &Json) -> Result<(), String> {
    let origin = Origin::none();
    let found = match text_of(row, "fn") {
        "split_args" => key_value::split_args(text_of(row, "text")).map(|words| json!({ "words": words })),
        "parse_kv" => {
            let for_command = row.get("check_raw").and_then(Json::as_bool).unwrap_or(false);
            let text = Text::trusted(text_of(row, "text"));
            key_value::parse_kv(&text, &origin, for_command).map(|args| json!({ "args": exact(&args.into(), false) }))
        }
        _ => task_action(&row["task"], &origin),
    };
    let expected = &row["expect"];
    let found = match found {
        Err(_) if expected.get("class").is_some() => return Ok(()),
        Err(diagnostic) => json!({ "error": diagnostic.message }),
        Ok(found) => found,
    };
    let mut wanted = expected.clone();
    if let Some(members) = wanted.as_object_mut() {
        if members.contains_key("error") {
            members.remove("warnings");
        }
        for key in ["args", "delegate_to"] {
            if let Some(member) = members.get_mut(key) {
                *member = json!(exact(&to_value(member, Trust::Template), false));
            }
        }
    }
    same(&wanted, &found)
}

fn task_action(task: &Json, origin: &Origin) -> Result<Json, Diagnostic> {
    let task = to_value(task, Trust::Template);
    let short =
        |name: &str| name.trim_start_matches("ansible.builtin.").trim_start_matches("ansible.legacy.").to_owned();
    let is_in = |list: &str, name: &str| list.split_whitespace().any(|word| word == name);
    let words = key_value::Words {
        is_action: &|name| is_in(MODULES, &short(name)),
        is_free_form: &|_| false,
        is_keyword: &|name| is_in(KEYWORDS, name),
        counts_unknown: false,
    };
    let mut warnings = Vec::new();
    let mut warn = |warning| warnings.push(warning);
    let found = key_value::task_action(task.as_map().expect("a task is a mapping"), origin, &words, &mut warn)?;
    let mut args = found.args;
    if let Some(template) = found.variable_args {
        args.insert("_variable_params", template);
    }
    let mut outcome = json!({ "action": found.name, "args": exact(&args.into(), false) });
    if let Some(host) = found.delegate_to {
        outcome["delegate_to"] = json!(exact(&host, false));
    }
    if !warnings.is_empty() {
        let messages: Vec<_> = warnings.iter().map(|warning| warning.diagnostic.message.clone()).collect();
        outcome["warnings"] = json!(messages);
    }
    Ok(outcome)
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
