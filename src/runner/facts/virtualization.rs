//! Whether the machine is a guest or a container, and what it hosts.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Gathering, list, names, read};
use crate::data::{Map, Value};

/// What has been found; the first word for type and role stays.
#[derive(Default)]
struct Found {
    kind: Option<(String, &'static str)>,
    guest: BTreeSet<String>,
    host: BTreeSet<String>,
}

impl Found {
    fn guest(&mut self, kind: &str, tech: &[&str]) {
        self.guest.extend(tech.iter().map(|tech| (*tech).to_owned()));
        self.kind.get_or_insert_with(|| (kind.to_owned(), "guest"));
    }

    fn host(&mut self, kind: &str, tech: &[&str]) {
        self.host.extend(tech.iter().map(|tech| (*tech).to_owned()));
        self.kind.get_or_insert_with(|| (kind.to_owned(), "host"));
    }
}

pub fn collect(_: &mut Gathering<'_>) -> Map {
    let mut found = Found::default();
    containers(Path::new("/"), &mut found);
    hypervisors(Path::new("/"), &mut found);
    hosts(Path::new("/"), &mut found);
    let (kind, role) = found.kind.unwrap_or(("NA".to_owned(), "NA"));
    Map::from([
        ("virtualization_type", Value::text(kind)),
        ("virtualization_role", role.into()),
        ("virtualization_tech_guest", list(found.guest)),
        ("virtualization_tech_host", list(found.host)),
    ])
}

fn containers(root: &Path, found: &mut Found) {
    let file = |path: &str| read(root.join(path));
    if root.join(".dockerenv").exists() || root.join(".dockerinit").exists() {
        found.guest("docker", &["docker", "container"]);
    }
    if let Some(groups) = file("proc/1/cgroup") {
        for line in groups.lines() {
            let is_docker = line.split('/').any(|part| part == "docker" || part.starts_with("docker-"));
            if is_docker {
                found.guest("docker", &["docker", "container"]);
            } else if line.contains("/lxc/") || line.contains("/machine.slice/machine-lxc") {
                found.guest("lxc", &["lxc", "container"]);
            } else if line.contains("/system.slice/containerd.service") {
                found.guest("containerd", &["containerd", "container"]);
            }
        }
    }
    for variable in file("proc/1/environ").unwrap_or_default().split('\0') {
        match variable.strip_prefix("container=") {
            Some("lxc") => found.guest("lxc", &["lxc", "container"]),
            Some("podman") => found.guest("podman", &["podman", "container"]),
            Some(other) if !other.is_empty() => found.guest("container", &["container"]),
            _ => {}
        }
    }
    if root.join("proc/vz").exists() {
        if root.join("proc/lve").exists() || root.join("proc/bc").exists() {
            found.host("openvz", &["openvz"]);
        } else {
            found.guest("openvz", &["openvz", "container"]);
        }
    }
    let container = file("run/systemd/container");
    if let Some(kind) = container.filter(|_| found.kind.is_none()) {
        found.guest(&kind, &[&kind, "container"]);
    }
}

/// By what the firmware says, and the kernel where there is no firmware.
fn hypervisors(root: &Path, found: &mut Found) {
    let file = |path: &str| read(root.join(path));
    let dmi = |name: &str| file(&format!("sys/devices/virtual/dmi/id/{name}")).unwrap_or_default();
    let (product, vendor, family, bios) =
        (dmi("product_name"), dmi("sys_vendor"), dmi("product_family"), dmi("bios_vendor"));
    if ["KVM", "KVM Server", "Bochs", "AHV"].contains(&product.as_str()) || vendor == "QEMU" && product.contains("KVM")
    {
        found.guest("kvm", &["kvm"]);
    }
    let is_cloud = ["oVirt", "RHEV"].iter().any(|name| product.contains(name));
    if is_cloud || product == "RHEV Hypervisor" {
        found.guest(
            if product.contains("RHEV") { "RHEV" } else { "oVirt" },
            &[if product.contains("RHEV") { "RHEV" } else { "oVirt" }],
        );
    }
    match (product.as_str(), vendor.as_str()) {
        ("VMware Virtual Platform" | "VMware7,1" | "VMware20,1", _) => found.guest("VMware", &["VMware"]),
        (product, _) if product.starts_with("VMware") => found.guest("VMware", &["VMware"]),
        ("OpenStack Compute" | "OpenStack Nova", _) => found.guest("openstack", &["openstack"]),
        ("VirtualBox", _) => found.guest("virtualbox", &["virtualbox"]),
        ("HVM domU", _) => found.guest("xen", &["xen"]),
        ("Parallels Virtual Platform", _) => found.guest("parallels", &["parallels"]),
        ("Virtual Machine", "Microsoft Corporation") => found.guest("VirtualPC", &["VirtualPC"]),
        ("Google Compute Engine", _) => found.guest("kvm", &["kvm"]),
        (_, "Amazon EC2" | "DigitalOcean" | "Hetzner" | "QEMU" | "Google" | "Scaleway" | "Nutanix") => {
            found.guest("kvm", &["kvm"])
        }
        (_, "Parallels Software International Inc.") => found.guest("parallels", &["parallels"]),
        (_, "OpenStack Foundation") => found.guest("openstack", &["openstack"]),
        _ => {}
    }
    if vendor == "Red Hat" && family == "Red Hat Enterprise Linux" {
        found.guest("kvm", &["kvm"]);
    }
    if bios == "Xen" {
        found.guest("xen", &["xen"]);
    } else if bios == "innotek GmbH" {
        found.guest("virtualbox", &["virtualbox"]);
    } else if bios == "Amazon EC2" || bios == "Hetzner" {
        found.guest("kvm", &["kvm"]);
    }
    if let Some(kind) = file("sys/hypervisor/type").filter(|kind| kind == "xen") {
        let is_host = file("proc/xen/capabilities").is_some_and(|text| text.contains("control_d"));
        if is_host {
            found.host(&kind, &["xen"]);
        } else {
            found.guest(&kind, &["xen"]);
        }
    }
    cpu(root, found);
}

/// What shows in the list of processors.
fn cpu(root: &Path, found: &mut Found) {
    let Some(text) = read(root.join("proc/cpuinfo")) else { return };
    let has = |name: &str, wanted: &dyn Fn(&str) -> bool| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .any(|(key, value)| key.trim() == name && wanted(value.trim()))
    };
    if has("model name", &|value| value.starts_with("QEMU Virtual CPU")) || has("vendor_id", &|value| value == "QEMU") {
        found.guest("kvm", &["kvm"]);
    } else if has("vendor_id", &|value| value == "User Mode Linux") {
        found.guest("uml", &["uml"]);
    } else if has("machine", &|value| value.starts_with("CHRP IBM pSeries (emulated by qemu)")) {
        found.guest("kvm", &["kvm"]);
    } else if has("vendor_id", &|value| value == "PowerVM Lx86") {
        found.guest("powervm_lx86", &["powervm_lx86"]);
    } else if has("vendor_id", &|value| value == "IBM/S390") {
        found.guest("PR/SM", &["PR/SM"]);
    }
}

/// What this machine could run itself.
fn hosts(root: &Path, found: &mut Found) {
    let modules = read(root.join("proc/modules")).unwrap_or_default();
    let modules: Vec<&str> = modules.lines().filter_map(|line| line.split(' ').next()).collect();
    if modules.contains(&"kvm") || root.join("dev/kvm").exists() {
        let runs_rhev = names(root.join("etc")).iter().any(|name| name == "vdsm") && root.join("rhev").is_dir();
        found.host(if runs_rhev { "RHEV" } else { "kvm" }, &["kvm"]);
    }
    if modules.contains(&"vboxdrv") {
        found.host("virtualbox", &["virtualbox"]);
    }
    if modules.contains(&"virtio") {
        found.guest("kvm", &["kvm"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::Scratch;

    #[test]
    fn machines() {
        for (files, wanted) in [
            (&[(".dockerenv", "")][..], Some(("docker", "guest"))),
            (&[("proc/1/cgroup", "4:cpu:/docker/abc\n")][..], Some(("docker", "guest"))),
            (&[("proc/1/environ", "A=b\0container=lxc\0")][..], Some(("lxc", "guest"))),
            (&[("sys/devices/virtual/dmi/id/product_name", "VirtualBox")][..], Some(("virtualbox", "guest"))),
            (
                &[
                    ("sys/devices/virtual/dmi/id/product_name", "VMware7,1"),
                    ("sys/devices/virtual/dmi/id/sys_vendor", "VMware, Inc."),
                ][..],
                Some(("VMware", "guest")),
            ),
            (&[("sys/devices/virtual/dmi/id/sys_vendor", "QEMU")][..], Some(("kvm", "guest"))),
            (&[("proc/modules", "kvm 1 0 - Live 0x0\n")][..], Some(("kvm", "host"))),
            (&[][..], None),
        ] {
            let scratch = Scratch::new();
            files.iter().for_each(|(name, content)| scratch.put(name, content));
            let mut found = Found::default();
            containers(&scratch.folder, &mut found);
            hypervisors(&scratch.folder, &mut found);
            hosts(&scratch.folder, &mut found);
            let kind = found.kind.as_ref().map(|(kind, role)| (kind.as_str(), *role));
            assert_eq!(kind, wanted, "{files:?}");
        }
    }
}
