//! The system as a whole: kernel, names, load, how it was started.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Gathering, read};
use crate::data::{Data, Map, Value};
use crate::runner::{Target, words};

pub fn collect(gathering: &mut Gathering<'_>) -> Map {
    let uname = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    let (machine, node) = (text(uname.machine()), text(uname.nodename()));
    let full = full_name(&node, gathering.target);
    let userspace = userspace_architecture(&machine);
    let architecture = if is_x86(&machine) && machine != "x86_64" { "i386".to_owned() } else { machine.clone() };
    let mut facts = Map::from([
        ("system", Value::text(text(uname.sysname()))),
        ("kernel", text(uname.release()).into()),
        ("kernel_version", text(uname.version()).into()),
        ("machine", machine.into()),
        ("nodename", node.as_str().into()),
        ("hostname", node.split('.').next().unwrap_or_default().into()),
        ("domain", full.split_once('.').map(|(_, domain)| domain).unwrap_or_default().into()),
        ("fqdn", full.as_str().into()),
        ("userspace_bits", if size_of::<usize>() == 8 { "64" } else { "32" }.into()),
        ("architecture", architecture.into()),
        ("userspace_architecture", userspace.into()),
    ]);
    if let Some(id) = read("/var/lib/dbus/machine-id").or_else(|| read("/etc/machine-id")) {
        facts.insert("machine_id", id.lines().next().unwrap_or_default());
    }
    facts
}

fn is_x86(machine: &str) -> bool {
    let middle = machine.strip_prefix('i').and_then(|rest| rest.strip_suffix("86"));
    machine == "x86_64" || middle.is_some_and(|digit| digit.len() == 1)
}

fn userspace_architecture(machine: &str) -> String {
    match (is_x86(machine), size_of::<usize>()) {
        (true, 8) => "x86_64".to_owned(),
        (true, _) => "i386".to_owned(),
        (false, _) => machine.to_owned(),
    }
}

/// The host's name with its domain, as Python's `getfqdn` finds it: by the address of its name.
fn full_name(node: &str, target: &Target) -> String {
    let hosts = read("/etc/hosts").unwrap_or_default();
    name_from_hosts(node, &hosts).or_else(|| name_from_services(node, target)).unwrap_or_else(|| node.to_owned())
}

fn name_from_hosts(node: &str, hosts: &str) -> Option<String> {
    let mut lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    let address = lines.find_map(|mut words| {
        let address = words.next()?;
        words.any(|name| name.eq_ignore_ascii_case(node)).then_some(address)
    })?;
    // The first line of that address tells its names.
    let mut lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    let names: Vec<&str> = lines.find_map(|mut words| (words.next()? == address).then(|| words.collect()))?;
    let with_domain = names.iter().find(|name| name.contains('.')).or(names.first())?;
    Some((*with_domain).to_owned())
}

/// By whatever name services the system has.
fn name_from_services(node: &str, target: &Target) -> Option<String> {
    let limit = Some(std::time::Duration::from_secs(5));
    let finished = target.command(["getent", "hosts", node]).timeout(limit).run().ok()?;
    let text = finished.stdout_text();
    let names: Vec<&str> = text.lines().next()?.split_whitespace().skip(1).collect();
    names.iter().find(|name| name.contains('.')).map(|name| (*name).to_owned())
}

/// The kernel's command line; a word that stands there more than once is a list in `proc_cmdline`.
pub fn command_line(_: &mut Gathering<'_>) -> Map {
    let Some(text) = read("/proc/cmdline") else { return Map::new() };
    let (last, all) = parse_command_line(&text);
    Map::from([("cmdline", last), ("proc_cmdline", all)])
}

fn parse_command_line(text: &str) -> (Map, Map) {
    let words = words::split(text).unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect());
    let (mut last, mut all) = (Map::new(), Map::new());
    for word in words {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Value::text(value)),
            None => (word.clone(), Value::from(true)),
        };
        last.insert(name.as_str(), value.clone());
        let together = match all.get(&name) {
            Some(Value { data: Data::List(items), .. }) if !value_is_flag(&value) => {
                Value::list(items.iter().cloned().chain([value]))
            }
            Some(first) if !value_is_flag(&value) => Value::list([first.clone(), value]),
            _ => value,
        };
        all.insert(name, together);
    }
    (last, all)
}

fn value_is_flag(value: &Value) -> bool {
    matches!(value.data, Data::Bool(_))
}

/// Whether the root is another one than that of the first process.
pub fn chroot(_: &mut Gathering<'_>) -> Map {
    let own = Path::new("/").metadata();
    let init = Path::new("/proc/1/root/.").metadata();
    let differs = match (own, init) {
        (Ok(own), Ok(init)) => (own.dev(), own.ino()) != (init.dev(), init.ino()),
        // Not root: the root folder of a disk has an inode number of its own kind.
        (Ok(own), Err(_)) => !matches!(own.ino(), 2 | 128 | 256) && own.ino() > 256 && !is_container(),
        _ => false,
    };
    Map::from([("is_chroot", differs)])
}

fn is_container() -> bool {
    Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists()
}

pub fn load(_: &mut Gathering<'_>) -> Map {
    let info = rustix::system::sysinfo();
    // The kernel counts in units of 1/65536.
    let load = |index: usize| info.loads[index] as f64 / 65536.0;
    let facts = Map::from([("1m", load(0)), ("5m", load(1)), ("15m", load(2))]);
    Map::from([("loadavg", facts)])
}

pub fn uptime() -> Map {
    let text = read("/proc/uptime").unwrap_or_default();
    let seconds = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    seconds.map(|seconds| Map::from([("uptime_seconds", seconds)])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_hosts_file() {
        let hosts = "127.0.0.1 localhost vm # home\n::1 localhost\n10.0.0.5 web1.example.org web1\n";
        assert_eq!(name_from_hosts("vm", hosts).as_deref(), Some("localhost"));
        assert_eq!(name_from_hosts("web1", hosts).as_deref(), Some("web1.example.org"));
        assert_eq!(name_from_hosts("other", hosts), None);
    }

    #[test]
    fn command_lines() {
        let (last, all) = parse_command_line("quiet console=tty0 console=ttyS0 root=\"a b\"");
        assert_eq!(last.get("console"), Some(&Value::text("ttyS0")));
        assert_eq!(all.get("console"), Some(&super::super::list(["tty0", "ttyS0"])));
        assert_eq!((last.get("quiet"), last.get("root")), (Some(&Value::from(true)), Some(&Value::text("a b"))));
    }

    #[test]
    fn machines() {
        assert!(is_x86("i686") && is_x86("x86_64") && !is_x86("aarch64"));
        assert_eq!(userspace_architecture("aarch64"), "aarch64");
    }
}
