//! Facts about the target, gathered from where the system keeps them: mostly without any program.

mod cpu;
mod devices;
mod distribution;
mod dmi;
mod local;
mod memory;
mod mounts;
mod netlink;
mod network;
mod platform;
mod security;
mod software;
mod time;
mod user;
mod virtualization;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Failure, Target, glob};
use crate::data::{Map, Value};

/// One family of facts.
struct Collector {
    name: &'static str,
    /// Names of single facts that stand for the family in `gather_subset`.
    facts: &'static [&'static str],
    /// Gathered unless `!min` is given.
    is_minimal: bool,
    /// Families that have to come along.
    needs: &'static [&'static str],
    collect: fn(&mut Gathering<'_>) -> Map,
}

/// What collectors work with.
pub struct Gathering<'t> {
    pub target: &'t mut Target,
    pub fact_path: PathBuf,
    /// The facts of families before.
    pub known: Map,
}

const COLLECTORS: &[Collector] = &[
    Collector::minimal(
        "platform",
        &["system", "kernel", "kernel_version", "machine", "python_version", "architecture", "machine_id"],
        platform::collect,
    ),
    Collector::minimal(
        "distribution",
        &["distribution_version", "distribution_release", "distribution_major_version", "os_family"],
        distribution::collect,
    ),
    Collector::minimal("apparmor", &[], security::apparmor),
    Collector::minimal("caps", &["system_capabilities", "system_capabilities_enforced"], security::capabilities),
    Collector::minimal("cmdline", &[], platform::command_line),
    Collector::minimal("date_time", &[], time::collect),
    Collector::minimal("dns", &[], network::dns),
    Collector::minimal("env", &[], user::environment),
    Collector::minimal("fips", &[], security::fips),
    Collector::minimal("local", &[], local::collect),
    Collector::minimal("lsb", &[], distribution::lsb),
    Collector::minimal("pkg_mgr", &[], software::package_manager).needing(&["distribution"]),
    Collector::minimal("python", &[], software::python),
    Collector::minimal("selinux", &[], security::selinux),
    Collector::minimal("service_mgr", &[], software::service_manager).needing(&["platform", "distribution"]),
    Collector::minimal(
        "ssh_pub_keys",
        &[
            "ssh_host_pub_keys",
            "ssh_host_key_dsa_public",
            "ssh_host_key_rsa_public",
            "ssh_host_key_ecdsa_public",
            "ssh_host_key_ed25519_public",
        ],
        security::ssh_keys,
    ),
    Collector::minimal(
        "user",
        &[
            "user_id",
            "user_uid",
            "user_gid",
            "user_gecos",
            "user_dir",
            "user_shell",
            "real_user_id",
            "effective_user_id",
            "effective_group_ids",
        ],
        user::collect,
    ),
    Collector::other("chroot", &["is_chroot"], platform::chroot),
    Collector::other("hardware", &["processor", "processor_cores", "processor_count", "mounts", "devices"], hardware)
        .needing(&["platform"]),
    Collector::other(
        "network",
        &["interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses"],
        network::collect,
    )
    .needing(&["distribution", "platform"]),
    Collector::other(
        "virtual",
        &["virtualization_type", "virtualization_role", "virtualization_tech_guest", "virtualization_tech_host"],
        virtualization::collect,
    ),
    Collector::other("fibre_channel_wwn", &[], devices::fibre_channel),
    Collector::other("iscsi", &[], devices::iscsi),
    Collector::other("nvme", &[], devices::nvme),
    Collector::other("loadavg", &[], platform::load),
    Collector::other("systemd", &[], software::systemd),
    Collector::other("facter", &[], software::facter),
    Collector::other("ohai", &[], software::ohai),
];

impl Collector {
    const fn minimal(
        name: &'static str,
        facts: &'static [&'static str],
        collect: fn(&mut Gathering<'_>) -> Map,
    ) -> Self {
        Self { name, facts, is_minimal: true, needs: &[], collect }
    }

    const fn other(name: &'static str, facts: &'static [&'static str], collect: fn(&mut Gathering<'_>) -> Map) -> Self {
        Self { name, facts, is_minimal: false, needs: &[], collect }
    }

    const fn needing(mut self, needs: &'static [&'static str]) -> Self {
        self.needs = needs;
        self
    }

    fn goes_by(&self, name: &str) -> bool {
        self.name == name || self.facts.contains(&name)
    }
}

/// The facts of the wanted subsets that fit a filter, under their full names.
pub fn gather(target: &mut Target, subsets: &[String], filters: &[String], fact_path: PathBuf) -> Result<Map, Failure> {
    let wanted = select(subsets)?;
    let mut gathering = Gathering { target, fact_path, known: Map::new() };
    let mut all = Map::new();
    for collector in COLLECTORS.iter().filter(|collector| wanted.contains(collector.name)) {
        let facts = (collector.collect)(&mut gathering);
        for (name, value) in facts {
            let plain = name.as_str().unwrap_or_default().to_owned();
            all.insert(full_name(&plain), value.clone());
            gathering.known.insert(plain, value);
        }
    }
    all.insert("gather_subset", Value::list(subsets.iter().map(|subset| Value::text(subset.as_str()))));
    all.insert("module_setup", true);
    all.retain(|name, _| fits(name.as_str().unwrap_or_default(), filters));
    Ok(all)
}

/// `ansible_` before a name, and no dashes in it. What facter and ohai say keeps its names.
fn full_name(name: &str) -> String {
    if name.starts_with("facter_") || name.starts_with("ohai_") {
        return name.to_owned();
    }
    format!("ansible_{}", name.replace('-', "_"))
}

fn fits(name: &str, filters: &[String]) -> bool {
    let filters: Vec<&String> = filters.iter().filter(|filter| !filter.is_empty()).collect();
    filters.is_empty()
        || filters.iter().any(|filter| {
            *filter == "*" || glob::matches(name, filter) || glob::matches(name, &format!("ansible_{filter}"))
        })
}

/// The families that `gather_subset` asks for, with those that they need.
fn select(subsets: &[String]) -> Result<BTreeSet<&'static str>, Failure> {
    let minimal = || COLLECTORS.iter().filter(|collector| collector.is_minimal).map(|collector| collector.name);
    let every = || COLLECTORS.iter().map(|collector| collector.name);
    let mut added: BTreeSet<&'static str> = BTreeSet::new();
    let mut explicit: BTreeSet<&'static str> = BTreeSet::new();
    let mut excluded: BTreeSet<&'static str> = BTreeSet::new();
    added.extend(minimal());
    for subset in subsets {
        let (is_excluded, name) = match subset.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, subset.as_str()),
        };
        let named: BTreeSet<&'static str> = match name {
            "min" => minimal().collect(),
            // All but the minimal ones, which `!min` takes away.
            "all" if is_excluded => every().filter(|name| !minimal().any(|minimal| minimal == *name)).collect(),
            "all" => every().collect(),
            name => COLLECTORS.iter().filter(|collector| collector.goes_by(name)).map(|found| found.name).collect(),
        };
        if named.is_empty() {
            return Err(bad_subset(subset));
        }
        match (is_excluded, name) {
            (true, _) => excluded.extend(named),
            (false, "all" | "min") => added.extend(named),
            (false, _) => explicit.extend(named),
        }
    }
    let mut wanted: BTreeSet<&'static str> = added.difference(&excluded).copied().collect();
    wanted.extend(explicit);
    for collector in COLLECTORS.iter().rev() {
        if wanted.contains(collector.name) {
            wanted.extend(collector.needs);
        }
    }
    Ok(wanted)
}

fn bad_subset(subset: &str) -> Failure {
    let mut names: BTreeSet<&str> = BTreeSet::from(["all"]);
    for collector in COLLECTORS {
        names.insert(collector.name);
        names.extend(collector.facts);
    }
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Failure::new(format!("Bad subset '{subset}' given to Ansible. gather_subset options allowed: {names}"))
}

fn hardware(gathering: &mut Gathering<'_>) -> Map {
    let mut facts = cpu::collect();
    facts.extend(memory::collect());
    facts.extend(dmi::collect(gathering.target));
    facts.extend(devices::collect());
    facts.extend(mounts::collect());
    facts.extend(platform::uptime());
    facts.extend(devices::lvm(gathering.target));
    facts
}

/// A small file of the system, without the blanks around; `None` where it is missing or empty.
fn read(path: impl AsRef<Path>) -> Option<String> {
    let text = std::fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The names in a folder, in order.
fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A list of texts.
fn list<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::list(items.into_iter().map(|item| Value::text(item.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets() {
        let count = |subsets: &[&str]| {
            select(&subsets.iter().map(|subset| (*subset).to_owned()).collect::<Vec<_>>()).map(|wanted| wanted.len())
        };
        let minimal = COLLECTORS.iter().filter(|collector| collector.is_minimal).count();
        for (subsets, wanted) in [
            (&["all"][..], COLLECTORS.len()),
            (&["!all"][..], minimal),
            (&["min"][..], minimal),
            (&["!all", "!min"][..], 0),
            (&["!min"][..], 0),
            (&["!all", "!min", "date_time"][..], 1),
            (&["!all", "!min", "service_mgr"][..], 3),
            (&["!all", "!min", "mounts"][..], 2),
            (&["!hardware", "!network"][..], minimal),
            (&["all", "!facter"][..], COLLECTORS.len() - 1),
            (&["!all", "!env"][..], minimal - 1),
            (&["network"][..], minimal + 1),
        ] {
            assert_eq!(count(subsets).ok(), Some(wanted), "{subsets:?}");
        }
        let message = count(&["nope"]).expect_err("there is none").message;
        assert!(
            message.starts_with("Bad subset 'nope' given to Ansible. gather_subset options allowed: all, all_ipv4_")
        );
    }

    #[test]
    fn filters() {
        for (name, filter, wanted) in [
            ("ansible_distribution", "distribution*", true),
            ("ansible_env", "ansible_env", true),
            ("ansible_env", "*", true),
            ("ansible_env", "x", false),
            ("ansible_env", "", true),
        ] {
            assert_eq!(fits(name, &[filter.to_owned()]), wanted, "{name} {filter}");
        }
        assert_eq!(full_name("br-1"), "ansible_br_1");
    }
}
