//! ansible.builtin.hostname: the host's name.

use std::path::Path;

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::services;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Hostname>("ansible.builtin.hostname", "Set the name of a host");

#[derive(Args)]
struct Hostname {
    /// The name.
    name: String,
    /// How it is set; otherwise by what is there.
    #[arg(
        name = "use",
        choices(
            "alpine", "debian", "freebsd", "generic", "macos", "macosx", "darwin", "openbsd", "openrc", "redhat",
            "sles", "solaris", "systemd"
        )
    )]
    method: Option<String>,
}

const FILE: &str = "/etc/hostname";

/// How a name is set.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    Systemd,
    File,
    Openrc,
    Redhat,
    RunningOnly,
}

impl Run for Hostname {
    fn run(self, target: &mut Target) -> Outcome {
        let method = self.method(target)?;
        if self.name.is_empty() || self.name.len() > 64 && method == Method::Systemd {
            return Err("name cannot be longer than 64 characters on systemd servers, try a shorter name".into());
        }
        let running = running();
        let lasting = lasting(method).unwrap_or_else(|| running.clone());
        let differs = running != self.name || lasting != self.name;
        if differs {
            target.effect(|target| set(method, &self.name, target))?;
        }
        let short = self.name.split('.').next().unwrap_or(&self.name).to_owned();
        let domain = self.name.split_once('.').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
        let facts = Map::from([
            ("ansible_hostname", Value::from(short)),
            ("ansible_nodename", self.name.as_str().into()),
            ("ansible_fqdn", full_name(&self.name, target).into()),
            ("ansible_domain", domain.into()),
        ]);
        let mut result = Map::from([("name", Value::from(self.name.as_str())), ("ansible_facts", facts.into())]);
        if differs && target.wants_diff() {
            let before = if lasting == self.name { running } else { lasting };
            let line = |name: &str| Value::from(format!("hostname = {name}\n"));
            result.insert("diff", Map::from([("after", line(&self.name)), ("before", line(&before))]));
        }
        Ok(result)
    }
}

impl Hostname {
    fn method(&self, target: &Target) -> Result<Method, Failure> {
        Ok(match self.method.as_deref() {
            Some("systemd") => Method::Systemd,
            Some("openrc") => Method::Openrc,
            Some("redhat") => Method::Redhat,
            Some("debian" | "alpine" | "sles") => Method::File,
            Some("generic") => Method::RunningOnly,
            Some(other) => return Err(Failure::new(format!("hostname: use={other} is for systems other than Linux"))),
            None if services::runs_systemd() && target.find_program("hostnamectl").is_some() => Method::Systemd,
            None if Path::new("/etc/conf.d/hostname").exists() => Method::Openrc,
            None => Method::File,
        })
    }
}

fn running() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The name that the host will have when it starts again.
fn lasting(method: Method) -> Option<String> {
    let value = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key).map(str::to_owned))?;
        Some(line.trim().trim_matches('"').to_owned())
    };
    match method {
        Method::RunningOnly => None,
        Method::Openrc => value("/etc/conf.d/hostname", "hostname="),
        Method::Redhat => value("/etc/sysconfig/network", "HOSTNAME="),
        Method::Systemd | Method::File => {
            Some(std::fs::read_to_string(FILE).map(|text| text.trim().to_owned()).unwrap_or_default())
        }
    }
}

fn set(method: Method, name: &str, target: &mut Target) -> Result<(), Failure> {
    let replaced = |path: &str, key: &str, line: String| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines: Vec<String> =
            text.lines().filter(|line| !line.trim().starts_with(key)).map(str::to_owned).collect();
        lines.push(line);
        lines.join("\n") + "\n"
    };
    match method {
        Method::Systemd => {
            let program = target.required_program("hostnamectl")?;
            for kind in ["--transient", "--static", "--pretty"] {
                let finished = target.command([&program]).arg(kind).arg("set-hostname").arg(name).run_or_fail()?;
                if !finished.is_success() && kind != "--pretty" {
                    let (code, said) = (finished.code, finished.stderr_text());
                    return Err(Failure::new(format!(
                        "Command failed rc={code}, out={}, err={said}",
                        finished.stdout_text()
                    )));
                }
            }
            return Ok(());
        }
        Method::File => target.write_file(Path::new(FILE), format!("{name}\n").as_bytes(), true)?,
        Method::Openrc => {
            let path = "/etc/conf.d/hostname";
            let text = replaced(path, "hostname=", format!("hostname=\"{name}\""));
            target.write_file(Path::new(path), text.as_bytes(), false)?;
        }
        Method::Redhat => {
            let path = "/etc/sysconfig/network";
            let text = replaced(path, "HOSTNAME=", format!("HOSTNAME={name}"));
            target.write_file(Path::new(path), text.as_bytes(), false)?;
        }
        Method::RunningOnly => {}
    }
    rustix::system::sethostname(name.as_bytes()).map_err(|error| {
        let error = std::io::Error::from(error);
        Failure::new(format!("failed to set the host's name: {}", crate::runner::errors::plain(&error)))
    })
}

/// The name with its domain, as far as the hosts file knows it.
fn full_name(name: &str, target: &Target) -> String {
    let address =
        crate::runner::http::resolve(name, 0, target.environment()).ok().and_then(|found| found.first().copied());
    let Some(address) = address else { return name.to_owned() };
    let text = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let found = text.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        (words.next()?.parse() == Ok(address.ip())).then(|| words.map(str::to_owned).collect::<Vec<_>>())
    });
    let names = found.unwrap_or_default();
    names.iter().find(|name| name.contains('.')).or(names.first()).cloned().unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{MODULE, running};
    use crate::runner::testing::Scratch;

    #[test]
    fn a_check_only_tells() {
        let scratch = Scratch::new();
        let now = running();
        let reply = scratch.call(&MODULE, r#"{"name": "other.example", "use": "generic"}"#, "check diff");
        scratch.assert_result(
            &reply,
            &format!(
                r#"{{"changed": true, "name": "other.example", "diff": {{"before": "hostname = {now}\n", "after": "hostname = other.example\n"}}}}"#
            ),
        );
        let facts = reply.result.get("ansible_facts").expect("facts");
        let get = |key| facts.get(key).and_then(crate::data::Value::as_str);
        assert_eq!((get("ansible_hostname"), get("ansible_domain")), (Some("other"), Some("example")));
        assert_eq!(running(), now);
        let reply = scratch.call(&MODULE, &format!(r#"{{"name": "{now}", "use": "generic"}}"#), "diff");
        scratch.assert_result(&reply, r#"{"changed": false, "diff": null}"#);
    }
}
