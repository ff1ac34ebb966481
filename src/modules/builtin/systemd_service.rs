//! ansible.builtin.systemd_service: units of systemd.

use crate::args::{Args, Choice};
use crate::data::{Map, Value};
use crate::runner::services;
use crate::runner::{Command, Failure, Finished, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<SystemdService>("ansible.builtin.systemd_service", "Manage units of systemd")
    .aliases(&["ansible.builtin.systemd"]);

#[derive(Args)]
#[args(
    required_one_of("state", "enabled", "masked", "daemon_reload", "daemon_reexec"),
    required_by(state, "name"),
    required_by(enabled, "name"),
    required_by(masked, "name")
)]
struct SystemdService {
    /// The unit; without an ending it is a service.
    #[arg(alias = "service", alias = "unit")]
    name: Option<String>,
    /// The state to bring it to; `restarted` and `reloaded` always act.
    state: Option<State>,
    /// Whether it starts with the host.
    enabled: Option<bool>,
    /// Whether links to the unit may be replaced.
    force: Option<bool>,
    /// Whether it cannot be started at all.
    masked: Option<bool>,
    /// Whether systemd reads its files again before anything else.
    #[arg(default = false, alias = "daemon-reload")]
    daemon_reload: bool,
    /// Whether systemd starts itself anew before anything else.
    #[arg(default = false, alias = "daemon-reexec")]
    daemon_reexec: bool,
    /// Whose units.
    #[arg(default = "system", choices("system", "user", "global"))]
    scope: String,
    /// Whether to go on before it is done.
    #[arg(default = false)]
    no_block: bool,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Reloaded,
    Restarted,
    Started,
    Stopped,
}

/// What systemd knows of the unit.
struct Unit<'a> {
    name: &'a str,
    status: Map,
    is_found: bool,
    is_script: bool,
}

impl Run for SystemdService {
    fn run(self, target: &mut Target) -> Outcome {
        let glob = |character: char| matches!(character, '*' | '?' | '[');
        if let Some((name, found)) = self.name.as_deref().and_then(|name| Some((name, name.find(glob)?))) {
            let pattern = &name[found..=found];
            return Err(Failure::new(format!(
                "This module does not currently support using glob patterns, found '{pattern}' in service name: {name}"
            )));
        }
        self.tell_daemon(target)?;
        let mut result = Map::from([
            ("name", Value::from(self.name.clone())),
            ("changed", false.into()),
            ("status", Map::new().into()),
        ]);
        let Some(name) = &self.name else { return Ok(result) };
        let unit = self.look_up(name, target)?;
        result.insert("status", unit.status.clone());
        self.mask(&unit, target)?;
        if let Some(wanted) = self.enabled {
            unit.require()?;
            self.enable(&unit, wanted, target)?;
            result.insert("enabled", wanted);
        }
        if let Some(state) = self.state {
            unit.require()?;
            let shown = match state {
                State::Reloaded | State::Restarted => State::Started,
                state => state,
            };
            self.change_state(&unit, state, target)?;
            result.insert("state", shown.as_str());
        }
        result.insert("changed", target.has_changed());
        Ok(result)
    }
}

impl SystemdService {
    fn command<'t>(&self, words: &[&str], target: &'t Target) -> Result<Command<'t>, Failure> {
        let mut command = target.command([target.required_program("systemctl")?]).in_english();
        if self.scope != "system" {
            command = command.arg(format!("--{}", self.scope));
        }
        if self.no_block {
            command = command.arg("--no-block");
        }
        if self.force == Some(true) {
            command = command.arg("--force");
        }
        if target.environment().filled("XDG_RUNTIME_DIR").is_none() {
            let folder = format!("/run/user/{}", rustix::process::geteuid().as_raw());
            command = command.variable("XDG_RUNTIME_DIR", &folder);
        }
        Ok(words.iter().fold(command, |command, word| command.arg(word)))
    }

    fn ask(&self, words: &[&str], target: &Target) -> Result<Finished, Failure> {
        self.command(words, target)?.run_or_fail()
    }

    fn tell_daemon(&self, target: &mut Target) -> Result<(), Failure> {
        for (wanted, action) in [(self.daemon_reload, "daemon-reload"), (self.daemon_reexec, "daemon-reexec")] {
            if !wanted || target.is_check() {
                continue;
            }
            let finished = self.ask(&[action], target)?;
            if finished.is_success() {
                continue;
            }
            let (code, stderr) = (finished.code, finished.stderr_text());
            if services::is_offline(target) {
                target.warn(format!(
                    "{action} failed, but target is a chroot or systemd is offline. Continuing. Error was: {code} / {stderr}"
                ));
            } else {
                return Err(Failure::new(format!("failure {code} during {action}: {stderr}")));
            }
        }
        Ok(())
    }

    fn look_up<'a>(&self, name: &'a str, target: &mut Target) -> Result<Unit<'a>, Failure> {
        let is_script = services::script(name).is_some();
        let shown = self.ask(&["show", name], target)?;
        let text = shown.stdout_text();
        let is_ignored = |said: &str| {
            !said.contains('=') && (said.contains("ignoring request") || said.contains("ignoring command"))
        };
        let mut unit = Unit { name, status: Map::new(), is_found: is_script, is_script };
        if shown.is_success() && !is_ignored(&text) && !is_ignored(&shown.stderr_text()) {
            unit.status = properties(&text);
            let get = |key: &str| unit.status.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let load = get("LoadState");
            let is_known = !load.is_empty() && load != "not-found";
            if is_known && load != "masked" && !get("LoadError").is_empty() {
                return Err(Failure::new(format!("Error loading unit file '{name}': {}", get("LoadError"))));
            }
            unit.is_found |= is_known;
            return Ok(unit);
        }
        // A systemd that does not run still knows the unit's files.
        let pattern = format!("{name}*");
        let listed = self.ask(&["list-unit-files", &pattern], target)?;
        unit.is_found |= listed.is_success()
            && listed.stdout_text().lines().any(|line| {
                line.split_whitespace().next().is_some_and(|file| file == name || file == format!("{name}.service"))
            });
        Ok(unit)
    }

    fn mask(&self, unit: &Unit<'_>, target: &mut Target) -> Result<(), Failure> {
        let Some(wanted) = self.masked else { return Ok(()) };
        let is_masked = self.ask(&["is-enabled", unit.name], target)?.stdout_text().trim() == "masked";
        if is_masked == wanted {
            return Ok(());
        }
        let action = if wanted { "mask" } else { "unmask" };
        target.effect(|target| {
            let finished = self.ask(&[action, unit.name], target)?;
            if finished.is_success() {
                return Ok(());
            }
            unit.require()?;
            let said = finished.stderr_text();
            Err(Failure::new(format!("Failed to {action} the service ({}): {}", unit.name, said.trim())))
        })?;
        Ok(())
    }

    fn enable(&self, unit: &Unit<'_>, wanted: bool, target: &mut Target) -> Result<(), Failure> {
        let asked = self.ask(&["is-enabled", unit.name, "-l"], target)?;
        let said = asked.stdout_text();
        let is_enabled = match asked.code {
            0 => !matches!(said.trim_end(), "enabled-runtime" | "indirect" | "alias"),
            1 => {
                self.scope == "system"
                    && unit.is_script
                    && !said.trim().ends_with("disabled")
                    && services::script_is_enabled(unit.name)
            }
            _ => false,
        };
        if is_enabled == wanted {
            return Ok(());
        }
        let action = if wanted { "enable" } else { "disable" };
        target.effect(|target| {
            let finished = self.ask(&[action, unit.name], target)?;
            let said = finished.stdout_text() + &finished.stderr_text();
            let failure = || Failure::new(format!("Unable to {action} service {}: {said}", unit.name));
            if finished.is_success() { Ok(()) } else { Err(failure()) }
        })?;
        Ok(())
    }

    fn change_state(&self, unit: &Unit<'_>, state: State, target: &mut Target) -> Result<(), Failure> {
        let Some(active) = unit.status.get("ActiveState").and_then(Value::as_str) else {
            if services::is_offline(target) {
                target.warn(
                    "Target is a chroot or systemd is offline. This can lead to false positives or prevent the init system tools from working.",
                );
                return Ok(());
            }
            let failure = Failure::new("Service is in unknown state");
            return Err(failure.with("status", unit.status.clone()));
        };
        let runs = matches!(active, "active" | "activating");
        let action = match state {
            State::Started if runs => return Ok(()),
            State::Stopped if !runs && active != "deactivating" => return Ok(()),
            State::Stopped => "stop",
            State::Reloaded if runs => "reload",
            State::Restarted if runs => "restart",
            _ => "start",
        };
        target.effect(|target| {
            let finished = self.ask(&[action, unit.name], target)?;
            let failure =
                || Failure::new(format!("Unable to {action} service {}: {}", unit.name, finished.stderr_text()));
            if finished.is_success() { Ok(()) } else { Err(failure()) }
        })?;
        Ok(())
    }
}

impl Unit<'_> {
    fn require(&self) -> Result<(), Failure> {
        if self.is_found {
            return Ok(());
        }
        Err(Failure::new(format!("Could not find the requested service {}: host", self.name)))
    }
}

/// `Key=value` lines; a value in braces may go over several of them.
fn properties(text: &str) -> Map {
    let mut status = Map::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        if let Some((key, mut value)) = open.take() {
            value.push('\n');
            value.push_str(line);
            if line.trim_end().ends_with('}') {
                status.insert(key, value);
            } else {
                open = Some((key, value));
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let is_open =
            key.starts_with("Exec") && value.trim_start().starts_with('{') && !value.trim_end().ends_with('}');
        if is_open {
            open = Some((key.to_owned(), value.to_owned()));
        } else {
            status.insert(key, value.trim());
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    /// A `systemctl` that knows one unit, in the given state.
    fn with_unit(active: &str, enabled: &str, load: &str) -> Scratch {
        let scratch = Scratch::new();
        let lines = format!(
            "case \"$1 $2\" in\n'show own') printf 'Id=own.service\\nActiveState={active}\\nLoadState={load}\\n';;\n'show '*) echo LoadState=not-found;;\n'is-enabled own') echo {enabled}; [ {enabled} = enabled ];;\nesac"
        );
        scratch.program("systemctl", &lines);
        scratch
    }

    #[test]
    fn units_are_brought_about() {
        /// State, enabled, arguments, result, what systemctl is told.
        const ROWS: &[(&str, &str, &str, &str, &[&str])] = &[
            (
                "inactive",
                "disabled",
                r#""state": "started""#,
                r#"{"changed": true, "state": "started", "name": "own"}"#,
                &["start own"],
            ),
            ("active", "disabled", r#""state": "started""#, r#"{"changed": false, "state": "started"}"#, &[]),
            ("activating", "disabled", r#""state": "started""#, r#"{"changed": false}"#, &[]),
            ("failed", "disabled", r#""state": "started""#, r#"{"changed": true}"#, &["start own"]),
            ("active", "disabled", r#""state": "stopped""#, r#"{"changed": true, "state": "stopped"}"#, &["stop own"]),
            ("inactive", "disabled", r#""state": "stopped""#, r#"{"changed": false}"#, &[]),
            (
                "active",
                "disabled",
                r#""state": "restarted""#,
                r#"{"changed": true, "state": "started"}"#,
                &["restart own"],
            ),
            (
                "inactive",
                "disabled",
                r#""state": "reloaded""#,
                r#"{"changed": true, "state": "started"}"#,
                &["start own"],
            ),
            ("active", "disabled", r#""enabled": true"#, r#"{"changed": true, "enabled": true}"#, &["enable own"]),
            ("active", "enabled", r#""enabled": true"#, r#"{"changed": false, "enabled": true}"#, &[]),
            ("active", "enabled", r#""enabled": false"#, r#"{"changed": true, "enabled": false}"#, &["disable own"]),
            ("active", "indirect", r#""masked": true"#, r#"{"changed": true}"#, &["mask own"]),
            ("active", "masked", r#""masked": true"#, r#"{"changed": false}"#, &[]),
            (
                "active",
                "enabled",
                r#""state": "restarted", "daemon_reload": true"#,
                r#"{"changed": true}"#,
                &["daemon-reload", "restart own"],
            ),
            (
                "active",
                "enabled",
                r#""state": "restarted", "scope": "user", "no_block": true"#,
                r#"{"failed": true}"#,
                &[],
            ),
        ];
        for (active, enabled, args, result, told) in ROWS {
            let args = format!(r#"{{"name": "own", {args}}}"#);
            let scratch = with_unit(active, enabled, "loaded");
            scratch.assert_result(&scratch.call(&MODULE, &args, ""), result);
            assert_eq!(acts(&scratch), *told, "{args}");
            scratch.call(&MODULE, &args, "check");
            assert_eq!(acts(&scratch), [] as [&str; 0], "in check mode: {args}");
        }
    }

    /// What systemctl was told to do, without what it was asked.
    fn acts(scratch: &Scratch) -> Vec<String> {
        let calls = scratch.calls();
        let acts = calls.lines().filter_map(|line| line.strip_prefix("systemctl "));
        let is_question =
            |line: &&str| ["show", "is-enabled", "list-unit", "--"].iter().any(|word| line.starts_with(word));
        acts.filter(|line| !is_question(line)).map(str::to_owned).collect()
    }

    #[test]
    fn what_fails() {
        for (args, message) in [
            (r#"{"name": "none", "state": "started"}"#, "Could not find the requested service none: host"),
            (
                r#"{"name": "o*", "state": "started"}"#,
                "This module does not currently support using glob patterns, found '*' in service name: o*",
            ),
            (r#"{"state": "started"}"#, "missing parameter(s) required by 'state': name"),
        ] {
            let scratch = with_unit("active", "enabled", "loaded");
            let reply = scratch.call(&MODULE, args, "");
            scratch.assert_result(&reply, &format!(r#"{{"failed": true, "msg": "{message}"}}"#));
        }
    }

    #[test]
    fn properties_over_lines() {
        let text = "A=1=2\nExecStart={ path=/x ; argv[]=/x a\nb ; }\nB=\n";
        let map = super::properties(text);
        let get = |key| map.get(key).and_then(crate::data::Value::as_str);
        assert_eq!((get("A"), get("B")), (Some("1=2"), Some("")));
        assert_eq!(get("ExecStart"), Some("{ path=/x ; argv[]=/x a\nb ; }"));
    }
}
