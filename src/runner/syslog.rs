//! The line in the target's syslog that tells which module ran with which arguments.

use std::os::unix::net::UnixDatagram;

use super::Registry;
use super::censor::{censored_text, secrets_of};
use crate::data::{Environment, python};
use crate::wire::{Call, TargetLog};

/// Facility user, severity informational.
const PRIORITY: u8 = 1 << 3 | 6;

/// Writes the line, where the call wants one and somebody listens.
pub fn note(registry: &Registry, call: &Call, environment: &Environment) {
    let arguments = match call.log {
        TargetLog::Nothing => return,
        TargetLog::Censored => "Invoked".to_owned(),
        TargetLog::Full => arguments(registry, call),
    };
    let time = environment.now().strftime("%b %e %H:%M:%S");
    let process = std::process::id();
    let line = format!("<{PRIORITY}>{time} ansible-{}[{process}]: {arguments}", call.module);
    if let Ok(socket) = UnixDatagram::unbound() {
        // A target without a syslog is as good as any.
        let _ = socket.send_to(line.as_bytes(), "/dev/log");
    }
}

fn arguments(registry: &Registry, call: &Call) -> String {
    let Some(module) = registry.get(&call.module) else { return "Invoked".to_owned() };
    let secrets = secrets_of(module.spec, &call.args);
    let mut words = Vec::new();
    for (name, value) in &call.args {
        let name = python::str(name);
        let shown = match module.spec.find(&name) {
            Some(option) if option.no_log => "NOT_LOGGING_PARAMETER".to_owned(),
            _ => python::str(value),
        };
        words.push(format!("{name}={}", censored_text(&shown, &secrets).unwrap_or(shown)));
    }
    format!("Invoked with {}", words.join(" "))
}
