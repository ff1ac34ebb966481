//! ansible.builtin.service: services of hosts that systemd does not run: OpenRC, and scripts of old.

use std::time::Duration;

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::services;
use crate::runner::{Failure, Finished, Module, Outcome, Run, Target, words};

pub static MODULE: Module = Module::of::<Service>("ansible.builtin.service", "Manage services");

#[derive(Args)]
#[args(required_one_of("state", "enabled"))]
struct Service {
    /// The service.
    name: String,
    /// The state to bring it to; `restarted` and `reloaded` always act.
    #[arg(choices("reloaded", "restarted", "started", "stopped"))]
    state: Option<String>,
    /// How many seconds lie between stopping and starting.
    sleep: Option<u64>,
    /// A text in the list of processes by which a service is seen to run that cannot tell.
    pattern: Option<String>,
    /// Whether it starts with the host.
    enabled: Option<bool>,
    /// The run level of OpenRC that it starts in.
    #[arg(default = "default")]
    runlevel: String,
    /// More words for the command that starts it.
    #[arg(default = "", alias = "args")]
    arguments: String,
    /// The manager in place of the one that is found; chosen before it gets here.
    #[arg(name = "use", default = "auto", unused)]
    manager: String,
}

/// What looks after services.
#[derive(Clone, Copy, PartialEq)]
enum Manager {
    Systemd,
    Openrc,
    Scripts,
}

impl Run for Service {
    fn run(self, target: &mut Target) -> Outcome {
        let manager = if target.find_program("systemctl").is_some() && services::runs_systemd() {
            Manager::Systemd
        } else if target.find_program("rc-service").is_some() {
            Manager::Openrc
        } else {
            Manager::Scripts
        };
        self.require(manager, target)?;
        let mut result = Map::from([("name", Value::from(self.name.as_str()))]);
        if let Some(wanted) = self.enabled {
            if self.is_enabled(manager, target)? != wanted {
                target.effect(|target| self.enable(manager, wanted, target))?;
            }
            result.insert("enabled", wanted);
        }
        if let Some(state) = &self.state {
            let runs = self.runs(manager, target)?;
            let actions: &[&str] = match state.as_str() {
                "started" if !runs => &["start"],
                "stopped" if runs => &["stop"],
                "reloaded" if runs => &["reload"],
                "restarted" if runs && self.sleep.is_some() => &["stop", "start"],
                "restarted" if runs => &["restart"],
                "reloaded" | "restarted" => &["start"],
                _ => &[],
            };
            if !actions.is_empty() {
                target.effect(|target| self.act(manager, actions, target))?;
            }
            result.insert("state", if state == "stopped" { "stopped" } else { "started" });
        }
        Ok(result)
    }
}

impl Service {
    fn command(&self, words: &[&str], target: &Target) -> Result<Finished, Failure> {
        let command = target.command([target.required_program(words[0])?]).in_english();
        words[1..].iter().fold(command, |command, word| command.arg(word)).run_or_fail()
    }

    fn require(&self, manager: Manager, target: &Target) -> Result<(), Failure> {
        let is_there = match manager {
            Manager::Systemd => {
                self.command(&["systemctl", "cat", &self.name], target)?.is_success()
                    || services::script(&self.name).is_some()
            }
            Manager::Openrc | Manager::Scripts => services::script(&self.name).is_some(),
        };
        if is_there {
            return Ok(());
        }
        Err(Failure::new(format!("Could not find the requested service {}: host", self.name)))
    }

    fn is_enabled(&self, manager: Manager, target: &Target) -> Result<bool, Failure> {
        Ok(match manager {
            Manager::Systemd => self.command(&["systemctl", "is-enabled", &self.name], target)?.is_success(),
            Manager::Openrc => {
                let shown = self.command(&["rc-update", "show"], target)?.stdout_text();
                shown.lines().any(|line| {
                    line.split_once('|').is_some_and(|(name, levels)| {
                        name.trim() == self.name && levels.split_whitespace().any(|level| level == self.runlevel)
                    })
                })
            }
            Manager::Scripts => services::script_is_enabled(&self.name),
        })
    }

    fn enable(&self, manager: Manager, wanted: bool, target: &Target) -> Result<(), Failure> {
        let name = self.name.as_str();
        let finished = match manager {
            Manager::Systemd => {
                self.command(&["systemctl", if wanted { "enable" } else { "disable" }, name], target)?
            }
            Manager::Openrc => {
                self.command(&["rc-update", if wanted { "add" } else { "delete" }, name, &self.runlevel], target)?
            }
            Manager::Scripts if target.find_program("update-rc.d").is_some() => {
                if wanted {
                    self.command(&["update-rc.d", name, "defaults"], target)?;
                }
                self.command(&["update-rc.d", name, if wanted { "enable" } else { "disable" }], target)?
            }
            Manager::Scripts => self.command(&["chkconfig", name, if wanted { "on" } else { "off" }], target)?,
        };
        if finished.is_success() {
            return Ok(());
        }
        let action = if wanted { "enable" } else { "disable" };
        let said = finished.stdout_text() + &finished.stderr_text();
        Err(Failure::new(format!("Failure when trying to {action} service {name}: {said}")))
    }

    fn control(&self, manager: Manager, action: &str, target: &Target) -> Result<Finished, Failure> {
        match manager {
            Manager::Systemd => self.command(&["systemctl", action, &self.name], target),
            Manager::Openrc => self.command(&["rc-service", &self.name, action], target),
            Manager::Scripts => {
                let script = services::script(&self.name).ok_or("the service has no script")?;
                let command = target.command([script]).arg(action).in_english();
                let more = if action == "status" { Vec::new() } else { words::split(&self.arguments)? };
                more.into_iter().fold(command, |command, word| command.arg(word)).run_or_fail()
            }
        }
    }

    fn runs(&self, manager: Manager, target: &Target) -> Result<bool, Failure> {
        if let Some(pattern) = self.pattern.as_ref().filter(|_| manager != Manager::Systemd) {
            let listed = self.command(&["ps", "-ef"], target)?.stdout_text();
            return Ok(listed.lines().any(|line| line.contains(pattern.as_str())));
        }
        if manager == Manager::Systemd {
            let said = self.command(&["systemctl", "is-active", &self.name], target)?.stdout_text();
            return Ok(matches!(said.trim(), "active" | "activating" | "reloading"));
        }
        let asked = self.control(manager, "status", target)?;
        let said = (asked.stdout_text() + &asked.stderr_text()).to_lowercase();
        // Scripts that do not keep to the codes still say it in words.
        Ok(match asked.code {
            0 => !["not running", "is stopped", "is not active", "inactive", "unused"]
                .iter()
                .any(|words| said.contains(words)),
            1..=4 | 69 => false,
            _ => ["is running", "is started", "active (running)"].iter().any(|words| said.contains(words)),
        })
    }

    fn act(&self, manager: Manager, actions: &[&str], target: &Target) -> Result<(), Failure> {
        for (index, action) in actions.iter().enumerate() {
            if let Some(seconds) = self.sleep.filter(|_| index > 0) {
                target.sleep(Duration::from_secs(seconds))?;
            }
            let finished = self.control(manager, action, target)?;
            if !finished.is_success() {
                let said = finished.stderr_text();
                let said = if said.trim().is_empty() { finished.stdout_text() } else { said };
                return Err(Failure::new(format!("Unable to {action} service {}: {said}", self.name)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    /// Under OpenRC a service has a script too; `hwclock.sh` and its like are no part of the test,
    /// which asks only for what is not there and what makes no sense.
    #[test]
    fn what_fails() {
        for (args, message) in [
            (r#"{"name": "no such", "state": "started"}"#, "Could not find the requested service no such: host"),
            (r#"{"name": "x"}"#, "one of the following is required: state, enabled"),
        ] {
            let scratch = Scratch::with_programs(&["rc-service", "rc-update"]);
            let reply = scratch.call(&MODULE, args, "");
            scratch.assert_result(&reply, &format!(r#"{{"failed": true, "msg": "{message}"}}"#));
        }
    }
}
