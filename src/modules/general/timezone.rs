//! community.general.timezone: the host's time zone, and what its hardware clock counts in.

use std::path::Path;

use crate::args::Args;
use crate::data::Map;
use crate::runner::{Change, Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Timezone>("community.general.timezone", "Set the time zone of a host");

#[derive(Args)]
#[args(required_one_of("hwclock", "name"))]
struct Timezone {
    /// What the hardware clock counts in.
    #[arg(alias = "rtc", choices("local", "UTC"))]
    hwclock: Option<String>,
    /// The zone, as `Europe/Dublin`.
    name: Option<String>,
}

const ZONES: &str = "/usr/share/zoneinfo";
const LINK: &str = "/etc/localtime";
const FILE: &str = "/etc/timezone";
const CLOCK: &str = "/etc/adjtime";

impl Run for Timezone {
    fn run(self, target: &mut Target) -> Outcome {
        let (mut before, mut after) = (Map::new(), Map::new());
        if let Some(name) = &self.name {
            if name.contains("..") || name.starts_with('/') || !Path::new(ZONES).join(name).is_file() {
                return Err(Failure::new(format!("Error message:\ngiven timezone \"{name}\" is not available")));
            }
            before.insert("name", current_zone());
            after.insert("name", name.as_str());
        }
        if let Some(clock) = &self.hwclock {
            before.insert("hwclock", current_clock());
            after.insert("hwclock", clock.as_str());
        }
        let zone_differs = before.get("name") != after.get("name");
        let clock_differs = before.get("hwclock") != after.get("hwclock");
        let diff = Map::from([("before", before), ("after", after)]);
        let change = Change::when(zone_differs || clock_differs).with_diff(diff.clone());
        target.converge(change, |target| {
            if let Some(name) = self.name.as_ref().filter(|_| zone_differs) {
                set_zone(name, target)?;
            }
            if let Some(clock) = self.hwclock.as_ref().filter(|_| clock_differs) {
                set_clock(clock, target)?;
            }
            Ok(())
        })?;
        Ok(Map::new())
    }
}

fn current_zone() -> String {
    let linked = Path::new(LINK).canonicalize().ok();
    let below = linked.as_ref().and_then(|path| path.strip_prefix(ZONES).ok());
    match below {
        Some(zone) => zone.to_string_lossy().into_owned(),
        None => std::fs::read_to_string(FILE).map_or_else(|_| "n/a".to_owned(), |text| text.trim().to_owned()),
    }
}

fn current_clock() -> String {
    let text = std::fs::read_to_string(CLOCK).unwrap_or_default();
    if text.lines().any(|line| line.trim() == "LOCAL") { "local".to_owned() } else { "UTC".to_owned() }
}

fn set_zone(name: &str, target: &mut Target) -> Result<(), Failure> {
    if crate::runner::services::runs_systemd() {
        if let Some(program) = target.find_program("timedatectl") {
            target.command([program]).arg("set-timezone").arg(name).run_successfully()?;
            return Ok(());
        }
    }
    let failed = |error: std::io::Error| Failure::new(crate::runner::errors::with_path(&error, Path::new(LINK)));
    let new = Path::new("/etc").join(crate::runner::http::temporary_name());
    std::os::unix::fs::symlink(Path::new(ZONES).join(name), &new).map_err(failed)?;
    std::fs::rename(&new, LINK).map_err(failed)?;
    if Path::new(FILE).exists() || Path::new("/etc/debian_version").exists() {
        target.write_file(Path::new(FILE), format!("{name}\n").as_bytes(), false)?;
    }
    Ok(())
}

fn set_clock(clock: &str, target: &mut Target) -> Result<(), Failure> {
    if crate::runner::services::runs_systemd() {
        if let Some(program) = target.find_program("timedatectl") {
            let is_local = if clock == "local" { "1" } else { "0" };
            target.command([program]).arg("set-local-rtc").arg(is_local).run_successfully()?;
            return Ok(());
        }
    }
    let word = if clock == "local" { "LOCAL" } else { "UTC" };
    let text = std::fs::read_to_string(CLOCK).unwrap_or_else(|_| "0.0 0 0.0\n0\nUTC\n".to_owned());
    let mut lines: Vec<&str> = text.lines().take(2).collect();
    lines.push(word);
    target.write_file(Path::new(CLOCK), (lines.join("\n") + "\n").as_bytes(), false)
}

#[cfg(test)]
mod tests {
    use super::{MODULE, current_zone};
    use crate::runner::testing::Scratch;

    #[test]
    fn zones() {
        let scratch = Scratch::new();
        let reply = scratch.call(&MODULE, r#"{"name": "No/Where"}"#, "");
        scratch.assert_result(
            &reply,
            r#"{"failed": true, "msg": "Error message:\ngiven timezone \"No/Where\" is not available"}"#,
        );
        let now = current_zone();
        let reply = scratch.call(&MODULE, r#"{"name": "Europe/Dublin"}"#, "check diff");
        let wanted = format!(
            r#"{{"changed": true, "diff": {{"before": {{"name": "{now}"}}, "after": {{"name": "Europe/Dublin"}}}}}}"#
        );
        scratch.assert_result(&reply, &wanted);
        assert_eq!(current_zone(), now, "a check changed it");
        scratch.assert_result(&scratch.call(&MODULE, &format!(r#"{{"name": "{now}"}}"#), ""), r#"{"changed": false}"#);
        scratch.assert_result(&scratch.call(&MODULE, "{}", ""), r#"{"failed": true}"#);
    }
}
