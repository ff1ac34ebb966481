//! Package manager, service manager, Python and other programs.

use std::path::{Path, PathBuf};

use super::{Gathering, read};
use crate::data::{Map, Value, json};
use crate::diagnostic::Origin;
use crate::runner::Target;

/// Where each package manager's program is; of several the last counts.
const MANAGERS: [(&str, &str); 22] = [
    ("/usr/bin/rpm-ostree", "atomic_container"),
    ("/usr/bin/yum", "yum"),
    ("/usr/bin/dnf-3", "dnf"),
    ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/zypper", "zypper"),
    ("/usr/sbin/urpmi", "urpmi"),
    ("/usr/bin/pacman", "pacman"),
    ("/bin/opkg", "opkg"),
    ("/usr/pkg/bin/pkgin", "pkgin"),
    ("/opt/local/bin/pkgin", "pkgin"),
    ("/opt/tools/bin/pkgin", "pkgin"),
    ("/opt/local/bin/port", "macports"),
    ("/usr/local/bin/brew", "homebrew"),
    ("/opt/homebrew/bin/brew", "homebrew"),
    ("/sbin/apk", "apk"),
    ("/usr/sbin/pkg", "pkgng"),
    ("/usr/sbin/swlist", "swdepot"),
    ("/usr/bin/emerge", "portage"),
    ("/usr/sbin/pkgadd", "svr4pkg"),
    ("/usr/bin/pkg", "pkg5"),
    ("/usr/bin/swupd", "swupd"),
];

pub fn package_manager(gathering: &mut Gathering<'_>) -> Map {
    let known = |name: &str| gathering.known.get(name).and_then(Value::as_str).unwrap_or_default();
    let family = known("os_family");
    let mut found =
        MANAGERS.iter().rev().find(|(path, _)| Path::new(path).exists()).map_or("unknown", |(_, name)| *name);
    if family == "RedHat" {
        let is_there = |path: &str| Path::new(path).exists();
        let major: u32 = known("distribution_major_version").parse().unwrap_or(0);
        let has_dnf5 = known("distribution") == "Fedora" && major >= 41;
        found = match found {
            "atomic_container" | "unknown" => found,
            _ if is_there("/usr/bin/dnf5") && (has_dnf5 || !is_there("/usr/bin/dnf-3")) => "dnf5",
            _ if is_there("/usr/bin/dnf-3") || is_there("/usr/bin/microdnf") => "dnf",
            _ => "yum",
        };
    } else if family == "Debian" {
        found = if Path::new("/usr/bin/apt-get").exists() { "apt" } else { "unknown" };
    } else if family == "Altlinux" && found == "apt" {
        found = "apt_rpm";
    }
    Map::from([("pkg_mgr", found)])
}

pub fn service_manager(_: &mut Gathering<'_>) -> Map {
    Map::from([("service_mgr", service_manager_here(Path::new("/")))])
}

/// What starts services: the first process if its name tells, else by what is installed.
pub fn service_manager_here(root: &Path) -> String {
    let exists = |path: &str| root.join(path).exists();
    let first = read(root.join("proc/1/comm"));
    match first.as_deref() {
        None | Some("init") => {}
        Some(name) if name.ends_with("sh") => {}
        Some("procd") => return "openwrt_init".to_owned(),
        Some("runit-init") => return "runit".to_owned(),
        Some("svscan") => return "svc".to_owned(),
        Some("openrc-init") => return "openrc".to_owned(),
        Some(name) => return name.to_owned(),
    }
    let has_systemctl = ["usr/bin/systemctl", "bin/systemctl"].iter().any(|path| exists(path));
    let runs_systemd = ["run/systemd/system", "dev/.run/systemd", "dev/.systemd"].iter().any(|path| exists(path));
    let links_to_systemd = root.join("sbin/init").read_link().is_ok_and(|there| there.ends_with("systemd"));
    let found = if has_systemctl && runs_systemd {
        "systemd"
    } else if ["sbin/initctl", "usr/sbin/initctl"].iter().any(|path| exists(path)) && exists("etc/init") {
        "upstart"
    } else if exists("sbin/openrc") {
        "openrc"
    } else if has_systemctl && links_to_systemd {
        "systemd"
    } else if exists("etc/init.d") {
        "sysvinit"
    } else if exists("usr/bin/dinitctl") && exists("etc/dinit.d") {
        "dinit"
    } else {
        "service"
    };
    found.to_owned()
}

pub fn systemd(gathering: &mut Gathering<'_>) -> Map {
    let target = &gathering.target;
    if !crate::runner::services::runs_systemd() {
        return Map::new();
    }
    let Some(program) = target.find_program("systemctl") else { return Map::new() };
    let Ok(finished) = target.command([program]).arg("--version").in_english().run() else { return Map::new() };
    let text = finished.stdout_text();
    let mut lines = text.lines();
    let version =
        lines.next().and_then(|line| line.split_whitespace().nth(1)).and_then(|word| word.parse::<i64>().ok());
    let Some(version) = version else { return Map::new() };
    let features = lines.next().unwrap_or_default();
    Map::from([("systemd", Map::from([("version", Value::from(version)), ("features", features.into())]))])
}

/// Interpreters in the order in which Ansible looks for one.
const INTERPRETERS: [&str; 8] =
    ["python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python3.8", "/usr/bin/python3", "python3"];

/// Prints what there is to know, without the start-up of packages.
const QUESTION: &str = "import sys, importlib.util as u
print(sys.executable, *sys.version_info, getattr(sys, 'implementation').name, u.find_spec('_ssl') is not None, sep='\\n')";

pub fn python(gathering: &mut Gathering<'_>) -> Map {
    let target = &gathering.target;
    let answer =
        INTERPRETERS.iter().filter_map(|name| target.find_program(name)).find_map(|path| ask_python(target, path));
    let Some(answer) = answer else { return Map::new() };
    let [executable, major, minor, micro, level, serial, kind, ssl] = &answer[..] else { return Map::new() };
    let number = |text: &String| Value::from(text.parse::<i64>().unwrap_or(0));
    let version = Map::from([
        ("major", number(major)),
        ("minor", number(minor)),
        ("micro", number(micro)),
        ("releaselevel", level.as_str().into()),
        ("serial", number(serial)),
    ]);
    let info = [number(major), number(minor), number(micro), level.as_str().into(), number(serial)];
    let facts = Map::from([
        ("version", Value::from(version)),
        ("version_info", Value::list(info)),
        ("executable", executable.as_str().into()),
        ("type", kind.as_str().into()),
        ("has_sslcontext", (ssl == "True").into()),
    ]);
    Map::from([("python", Value::from(facts)), ("python_version", format!("{major}.{minor}.{micro}").into())])
}

fn ask_python(target: &Target, path: PathBuf) -> Option<Vec<String>> {
    let finished = target.command([path]).arg("-IS").arg("-c").arg(QUESTION).run().ok()?;
    let lines: Vec<String> = finished.stdout_text().lines().map(str::to_owned).collect();
    (finished.is_success() && lines.len() == 8).then_some(lines)
}

/// What facter knows, where it is installed.
pub fn facter(gathering: &mut Gathering<'_>) -> Map {
    let names = ["facter", "cfacter"];
    let Some(program) = names.iter().find_map(|name| gathering.target.find_program(name)) else { return Map::new() };
    prefixed("facter_", ask_json(gathering.target, program, &["--puppet", "--json"]))
}

/// What ohai knows, where it is installed.
pub fn ohai(gathering: &mut Gathering<'_>) -> Map {
    let Some(program) = gathering.target.find_program("ohai") else { return Map::new() };
    prefixed("ohai_", ask_json(gathering.target, program, &[]))
}

fn ask_json(target: &Target, program: PathBuf, arguments: &[&str]) -> Map {
    let command = arguments.iter().fold(target.command([program]), |command, argument| command.arg(argument));
    let Ok(finished) = command.run() else { return Map::new() };
    let parsed = json::parse(&finished.stdout_text(), &Origin::none()).ok();
    parsed.and_then(|value| value.as_map().cloned()).unwrap_or_default()
}

fn prefixed(prefix: &str, facts: Map) -> Map {
    facts.into_iter().map(|(name, value)| (format!("{prefix}{}", name.as_str().unwrap_or_default()), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::service_manager_here;
    use crate::runner::testing::Scratch;

    #[test]
    fn service_managers() {
        for (files, wanted) in [
            (&[("proc/1/comm", "systemd\n")][..], "systemd"),
            (&[("proc/1/comm", "runit-init\n")][..], "runit"),
            (&[("proc/1/comm", "bash\n"), ("usr/bin/systemctl", ""), ("run/systemd/system/", "")][..], "systemd"),
            (&[("proc/1/comm", "init\n"), ("sbin/openrc", "")][..], "openrc"),
            (&[("proc/1/comm", "sh\n"), ("etc/init.d/", "")][..], "sysvinit"),
            (&[("proc/1/comm", "init\n")][..], "service"),
        ] {
            let scratch = Scratch::new();
            files.iter().for_each(|(name, content)| scratch.put(name, content));
            assert_eq!(service_manager_here(&scratch.folder), wanted, "{files:?}");
        }
    }
}
