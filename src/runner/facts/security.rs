//! AppArmor, SELinux, capabilities, FIPS, the server's SSH keys.

use std::path::Path;

use super::{Gathering, list, read};
use crate::data::{Map, Value};
use crate::runner::files::selinux as labels;

pub fn apparmor(_: &mut Gathering<'_>) -> Map {
    let status = if Path::new("/sys/kernel/security/apparmor").exists() { "enabled" } else { "disabled" };
    Map::from([("apparmor", Map::from([("status", status)]))])
}

pub fn selinux(_: &mut Gathering<'_>) -> Map {
    let mut facts = Map::new();
    if labels::is_enabled() {
        facts.insert("status", "enabled");
        let version = read("/sys/fs/selinux/policyvers").and_then(|text| text.parse::<i64>().ok());
        facts.insert("policyvers", version.map_or_else(|| Value::text("unknown"), Value::from));
        let settings = read("/etc/selinux/config").unwrap_or_default();
        let setting = |name: &str| settings.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        let text =
            |setting: Option<&str>| setting.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_lowercase());
        facts.insert("config_mode", text(setting("SELINUX")));
        let enforces = read("/sys/fs/selinux/enforce").is_some_and(|text| text == "1");
        facts.insert("mode", if enforces { "enforcing" } else { "permissive" });
        facts.insert("type", text(setting("SELINUXTYPE")));
    } else {
        facts.insert("status", "disabled");
    }
    Map::from([("selinux", Value::from(facts)), ("selinux_python_present", true.into())])
}

/// As `capsh --print` words them; nothing where that is not there.
pub fn capabilities(gathering: &mut Gathering<'_>) -> Map {
    let target = &gathering.target;
    let Some(program) = target.find_program("capsh") else { return Map::new() };
    let Ok(finished) = target.command([program]).arg("--print").in_english().run() else { return Map::new() };
    let (enforced, names) = parse_capabilities(&finished.stdout_text());
    Map::from([("system_capabilities_enforced", Value::text(enforced)), ("system_capabilities", list(names))])
}

fn parse_capabilities(text: &str) -> (&'static str, Vec<String>) {
    let current = text.lines().find_map(|line| line.strip_prefix("Current:"));
    match current.map(str::trim) {
        None => ("NA", Vec::new()),
        Some("=ep") => ("False", Vec::new()),
        Some(current) => {
            let names = current.split_once('=').map(|(_, names)| names).unwrap_or_default();
            ("True", names.split(',').map(|name| name.trim().to_owned()).collect())
        }
    }
}

pub fn fips(_: &mut Gathering<'_>) -> Map {
    Map::from([("fips", read("/proc/sys/crypto/fips_enabled").as_deref() == Some("1"))])
}

pub fn ssh_keys(_: &mut Gathering<'_>) -> Map {
    let mut facts = Map::new();
    for folder in ["/etc/ssh", "/etc/openssh", "/etc"] {
        for kind in ["dsa", "rsa", "ecdsa", "ed25519"] {
            let Some(text) = read(Path::new(folder).join(format!("ssh_host_{kind}_key.pub"))) else { continue };
            let mut words = text.split_whitespace();
            if let (Some(keytype), Some(key)) = (words.next(), words.next()) {
                facts.insert(format!("ssh_host_key_{kind}_public"), key);
                facts.insert(format!("ssh_host_key_{kind}_public_keytype"), keytype);
            }
        }
        if !facts.is_empty() {
            break;
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::parse_capabilities;

    #[test]
    fn capabilities() {
        for (text, wanted) in [
            ("Current: =ep\nBounding set =x\n", ("False", vec![])),
            ("Current: =ep cap_sys_resource-ep\n", ("True", vec!["ep cap_sys_resource-ep".to_owned()])),
            ("Current: = cap_chown,cap_kill+ep\n", ("True", vec!["cap_chown".to_owned(), "cap_kill+ep".to_owned()])),
            ("", ("NA", vec![])),
        ] {
            assert_eq!(parse_capabilities(text), wanted, "{text}");
        }
    }
}
