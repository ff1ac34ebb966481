//! ansible.builtin.service_facts: the services of the host.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::services;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<ServiceFacts>("ansible.builtin.service_facts", "Tell the services of a host");

#[derive(Args)]
struct ServiceFacts {}

/// One service as the facts have it.
struct Service {
    name: String,
    state: String,
    status: String,
    source: &'static str,
}

impl Run for ServiceFacts {
    fn run(self, target: &mut Target) -> Outcome {
        let mut all = Map::new();
        let mut found = from_service(target);
        found.extend(from_openrc(target));
        found.extend(from_systemd(target));
        for service in found {
            let mut fields = Map::from([
                ("name", Value::from(service.name.as_str())),
                ("state", service.state.into()),
                ("source", service.source.into()),
            ]);
            // Scripts do not tell whether they start with the host.
            if !service.status.is_empty() {
                fields.insert("status", service.status);
            }
            all.insert(service.name, fields);
        }
        if all.is_empty() {
            let skipped = Map::from([
                ("skipped", Value::from(true)),
                (
                    "msg",
                    "Failed to find any services. This can be due to privileges or some other configuration issue."
                        .into(),
                ),
            ]);
            return Ok(skipped);
        }
        Ok(Map::from([("ansible_facts", Map::from([("services", all)]))]))
    }
}

fn said(target: &Target, words: &[&str]) -> Option<String> {
    let program = target.find_program(words[0])?;
    let finished = target.command([program]).in_english();
    let finished = words[1..].iter().fold(finished, |command, word| command.arg(word)).run().ok()?;
    Some(finished.stdout_text())
}

/// `service --status-all`, where scripts are all there is.
fn from_service(target: &Target) -> Vec<Service> {
    if target.find_program("chkconfig").is_some() {
        return Vec::new();
    }
    let Some(text) = said(target, &["service", "--status-all"]) else { return Vec::new() };
    text.lines()
        .filter_map(|line| {
            let (mark, name) = line.trim().strip_prefix('[')?.split_once(']')?;
            let state = if mark.trim() == "+" { "running" } else { "stopped" };
            let name = name.trim().to_owned();
            Some(Service { name, state: state.to_owned(), status: String::new(), source: "sysv" })
        })
        .collect()
}

fn from_openrc(target: &Target) -> Vec<Service> {
    let Some(text) = said(target, &["rc-status", "-a", "-s", "-m"]) else { return Vec::new() };
    let enabled = said(target, &["rc-update", "show", "-v"]).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let (name, state) = line.trim().split_once(" [")?;
            let state = state.trim_end_matches(']').trim();
            let state = if state == "started" { "running" } else { state };
            let name = name.trim();
            let is_enabled = enabled.lines().any(|line| {
                line.split_once('|')
                    .is_some_and(|(service, levels)| service.trim() == name && !levels.trim().is_empty())
            });
            let status = if is_enabled { "enabled" } else { "disabled" };
            Some(Service {
                name: name.to_owned(),
                state: state.to_owned(),
                status: status.to_owned(),
                source: "openrc",
            })
        })
        .collect()
}

fn from_systemd(target: &Target) -> Vec<Service> {
    if !services::runs_systemd() {
        return Vec::new();
    }
    let mut found: Vec<Service> = Vec::new();
    let units = said(target, &["systemctl", "list-units", "--no-pager", "--type", "service", "--all", "--plain"]);
    for line in units.unwrap_or_default().lines() {
        let words: Vec<&str> = line.trim_start_matches('●').split_whitespace().collect();
        let [name, load, active, below, ..] = words[..] else { continue };
        if !name.ends_with(".service") {
            continue;
        }
        let state = match (load, below) {
            ("not-found" | "masked", _) => "stopped",
            (_, "running") => "running",
            _ => "stopped",
        };
        let status = if matches!(load, "not-found" | "masked") { load } else { active };
        let status = if below == "failed" { "failed" } else { status };
        found.push(Service {
            name: name.to_owned(),
            state: state.to_owned(),
            status: status.to_owned(),
            source: "systemd",
        });
    }
    let files = said(target, &["systemctl", "list-unit-files", "--no-pager", "--type", "service", "--all"]);
    for line in files.unwrap_or_default().lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(status)) = (words.next(), words.next()) else { continue };
        if !name.ends_with(".service") {
            continue;
        }
        match found.iter_mut().find(|service| service.name == name) {
            Some(service) => {
                if !matches!(service.status.as_str(), "not-found" | "masked" | "failed") {
                    service.status = status.to_owned();
                }
            }
            None => {
                let state = said(target, &["systemctl", "show", name, "--property=ActiveState"]).unwrap_or_default();
                let state = match state.trim().rsplit('=').next() {
                    Some("active") => "active",
                    Some("") | None => "unknown",
                    Some(_) => "inactive",
                };
                found.push(Service {
                    name: name.to_owned(),
                    state: state.to_owned(),
                    status: status.to_owned(),
                    source: "systemd",
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::data::Value;
    use crate::runner::testing::Scratch;

    #[test]
    fn scripts_and_openrc() {
        let scratch = Scratch::new();
        scratch.program("service", "echo ' [ + ]  one'; echo ' [ - ]  two'");
        scratch.program("rc-status", "echo 'three [  started  ]'");
        scratch.program("rc-update", "echo ' three | default '");
        let reply = scratch.call(&MODULE, "{}", "check");
        let services =
            reply.result.get("ansible_facts").and_then(|facts| facts.get("services")).cloned().unwrap_or_default();
        for (name, state, status, source) in
            [("one", "running", "", "sysv"), ("two", "stopped", "", "sysv"), ("three", "running", "enabled", "openrc")]
        {
            let get = |key: &str| services.get(name).and_then(|service| service.get(key)).and_then(Value::as_str);
            let get = |key: &str| get(key).or((key == "status").then_some(""));
            assert_eq!(
                (get("state"), get("status"), get("source"), get("name")),
                (Some(state), Some(status), Some(source), Some(name)),
                "{services:?}"
            );
        }
    }
}
