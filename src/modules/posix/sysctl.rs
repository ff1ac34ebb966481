//! ansible.posix.sysctl: settings of the kernel.

use std::path::Path;

use crate::args::{Args, TargetPath};
use crate::data::Map;
use crate::runner::files::real_path;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Sysctl>("ansible.posix.sysctl", "Manage settings of the kernel");

#[derive(Args)]
#[args(required_if(state = "present", "value"))]
struct Sysctl {
    /// The setting, as `net.ipv4.ip_forward`.
    #[arg(alias = "key")]
    name: String,
    /// Its value.
    #[arg(alias = "val")]
    value: Option<String>,
    /// Whether the file is to hold it.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
    /// Whether unknown settings are no errors.
    #[arg(default = false)]
    ignoreerrors: bool,
    /// Whether the file is read by the kernel when it has changed.
    #[arg(default = true)]
    reload: bool,
    /// The file.
    #[arg(default = "/etc/sysctl.conf")]
    sysctl_file: TargetPath,
    /// Whether the running kernel is told too.
    #[arg(default = false)]
    sysctl_set: bool,
}

impl Run for Sysctl {
    fn run(self, target: &mut Target) -> Outcome {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err("name cannot be blank".into());
        }
        let value = self.value.as_deref().map(normal).unwrap_or_default();
        let is_present = self.state == "present";
        if is_present && value.is_empty() {
            return Err("value cannot be blank".into());
        }
        let path = target.absolute(&self.sysctl_file);
        let before = target.read_text(&path)?.unwrap_or_default();
        let after = edited(&before, &name, is_present.then_some(value.as_str()));
        let file_differs = held(&before, &name) != is_present.then(|| value.clone());
        let is_running = running(&name).is_some_and(|now| normal(&now) == value);
        let kernel_differs = is_present && self.sysctl_set && !is_running;
        if !file_differs && !kernel_differs {
            return Ok(Map::new());
        }
        target.effect(|target| {
            if kernel_differs {
                self.tell_kernel(&name, &value, target)?;
            }
            if file_differs {
                target.write_file(&real_path(&path), after.as_bytes(), false)?;
                if self.reload {
                    self.reload(&path, target)?;
                }
            }
            Ok(())
        })?;
        Ok(Map::new())
    }
}

impl Sysctl {
    fn tell_kernel(&self, name: &str, value: &str, target: &Target) -> Result<(), Failure> {
        let mut command = target.command([target.required_program("sysctl")?]).in_english();
        if self.ignoreerrors {
            command = command.arg("-e");
        }
        let finished = command.arg("-w").arg(format!("{name}={value}")).run_or_fail()?;
        if finished.is_success() && (self.ignoreerrors || finished.stderr.is_empty()) {
            return Ok(());
        }
        let said = finished.stdout_text() + &finished.stderr_text();
        Err(Failure::new(format!("setting {name} failed: {said}")))
    }

    fn reload(&self, path: &Path, target: &Target) -> Result<(), Failure> {
        let mut command = target.command([target.required_program("sysctl")?]).in_english().arg("-p").arg(path);
        if self.ignoreerrors {
            command = command.arg("-e");
        }
        let finished = command.run_or_fail()?;
        if finished.is_success() {
            return Ok(());
        }
        Err(Failure::new(format!("Failed to reload sysctl: {}{}", finished.stdout_text(), finished.stderr_text())))
    }
}

/// A value as it is compared and written: words of truth as numbers, blanks folded.
fn normal(value: &str) -> String {
    let folded = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match folded.to_lowercase().as_str() {
        "yes" | "true" | "on" | "y" => "1".to_owned(),
        "no" | "false" | "off" | "n" => "0".to_owned(),
        _ => folded,
    }
}

/// What the running kernel has.
fn running(name: &str) -> Option<String> {
    let below = if name.contains('/') { name.to_owned() } else { name.replace('.', "/") };
    std::fs::read_to_string(Path::new("/proc/sys").join(below)).ok()
}

/// The name of a line's setting.
fn name_of(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    line.split_once('=').map(|(name, _)| name.trim())
}

/// The value that the file has for a setting.
fn held(text: &str, name: &str) -> Option<String> {
    text.lines()
        .rfind(|line| name_of(line) == Some(name))
        .and_then(|line| line.split_once('='))
        .map(|(_, value)| normal(value))
}

/// The file with the setting once, or not at all.
fn edited(text: &str, name: &str, value: Option<&str>) -> String {
    let mut is_written = false;
    let mut new = String::with_capacity(text.len());
    for line in text.lines() {
        if name_of(line) != Some(name) {
            new.push_str(line.trim());
            new.push('\n');
            continue;
        }
        if let Some(value) = value.filter(|_| !is_written) {
            new.push_str(&format!("{name}={value}\n"));
            is_written = true;
        }
    }
    if let Some(value) = value.filter(|_| !is_written) {
        new.push_str(&format!("{name}={value}\n"));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases};

    #[test]
    fn files() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"name": "net.ipv4.ip_forward", "value": "1", "sysctl_file": "@/f", "reload": false}"#,
                    r#"{"changed": true}"#,
                    &[("f", "net.ipv4.ip_forward=1\n")],
                ),
                Case::new(
                    &[("f", "# c\nx.y = 0\n\nx.y=2\nz=1\n")],
                    r#"{"name": "x.y", "value": "yes", "sysctl_file": "@/f", "reload": false}"#,
                    r#"{"changed": true}"#,
                    &[("f", "# c\nx.y=1\n\nz=1\n")],
                ),
                Case::new(
                    &[("f", "x.y=  5   6\n")],
                    r#"{"name": "x.y", "value": " 5 6", "sysctl_file": "@/f", "reload": false}"#,
                    r#"{"changed": false}"#,
                    &[("f", "x.y=  5   6\n")],
                ),
                Case::new(
                    &[("f", "a=1\nx.y=1\n")],
                    r#"{"name": "x.y", "state": "absent", "sysctl_file": "@/f", "reload": false}"#,
                    r#"{"changed": true}"#,
                    &[("f", "a=1\n")],
                ),
                Case::new(
                    &[],
                    r#"{"name": "x.y", "sysctl_file": "@/f"}"#,
                    r#"{"failed": true, "msg": "state is present but all of the following are missing: value"}"#,
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn the_kernel_is_told() {
        let scratch = Scratch::with_programs(&["sysctl"]);
        let args = r#"{"name": "x.y", "value": "1", "sysctl_file": "@/f", "sysctl_set": true, "ignoreerrors": true}"#;
        scratch.call(&MODULE, args, "check");
        assert_eq!(scratch.calls(), "");
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": true}"#);
        let calls = scratch.calls();
        assert_eq!(calls, format!("sysctl -e -w x.y=1\nsysctl -p {}/f -e", scratch.folder.display()));
    }
}
