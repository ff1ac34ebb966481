//! Disks and what is stored on them: partitions, logical volumes, remote storage.

use std::collections::BTreeMap;
use std::path::Path;

use super::{list, mounts, names, read};
use crate::data::{Map, Value};
use crate::runner::Target;

use super::Gathering;

/// For each device its names of one sort.
type Links = BTreeMap<String, Vec<String>>;

pub fn collect() -> Map {
    let links = [
        ("ids", links("/dev/disk/by-id")),
        ("uuids", links("/dev/disk/by-uuid")),
        ("labels", links("/dev/disk/by-label")),
        ("masters", masters()),
    ];
    let as_map =
        |links: &Links| -> Map { links.iter().map(|(device, names)| (device.as_str(), list(names.clone()))).collect() };
    let device_links: Map = links.iter().map(|(sort, links)| (*sort, as_map(links))).collect();
    let uuids = mounts::uuids();
    let devices: Map = names("/sys/block")
        .into_iter()
        .map(|name| {
            let facts = device(&name, &links, &uuids);
            (name, facts)
        })
        .collect();
    Map::from([("devices", devices), ("device_links", device_links)])
}

/// The links of a folder, by the device that they point to.
fn links(folder: &str) -> Links {
    let mut links = Links::new();
    for name in names(folder) {
        let Ok(there) = Path::new(folder).join(&name).canonicalize() else { continue };
        let Some(device) = there.file_name() else { continue };
        // udev writes odd characters as `\x20`.
        let name = name.replace("\\x20", " ").replace("\\x2f", "/");
        links.entry(device.to_string_lossy().into_owned()).or_default().push(name);
    }
    links
}

/// Devices that others are built from.
fn masters() -> Links {
    let mut links = Links::new();
    for name in names("/sys/block") {
        for slave in names(Path::new("/sys/block").join(&name).join("slaves")) {
            links.entry(slave).or_default().push(name.clone());
        }
    }
    links
}

fn links_of(device: &str, links: &[(&str, Links); 4]) -> Map {
    links.iter().map(|(sort, links)| (*sort, list(links.get(device).cloned().unwrap_or_default()))).collect()
}

fn device(
    name: &str,
    links: &[(&str, Links); 4],
    uuids: &std::collections::HashMap<std::path::PathBuf, String>,
) -> Map {
    let folder = Path::new("/sys/block").join(name);
    let text = |file: &str| Value::from(read(folder.join(file)));
    let sectors = number(&folder.join("size"));
    let sector_size = read(folder.join("queue/logical_block_size")).unwrap_or_else(|| "512".to_owned());
    let scheduler = read(folder.join("queue/scheduler")).unwrap_or_default();
    let current = scheduler.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(current, _)| current);
    let mut facts = Map::from([
        // Ansible says so of every device.
        ("virtual", Value::from(1)),
        ("links", links_of(name, links).into()),
        ("vendor", text("device/vendor")),
        ("model", text("device/model")),
        ("sas_address", text("device/sas_address")),
        ("sas_device_handle", text("device/sas_device_handle")),
        ("removable", text("removable")),
        ("support_discard", text("queue/discard_granularity")),
        ("rotational", text("queue/rotational")),
        ("scheduler_mode", current.unwrap_or(scheduler.as_str()).into()),
        ("sectors", sectors.into()),
        ("sectorsize", sector_size.into()),
        ("size", human(sectors as f64 * 512.0).into()),
        ("host", "".into()),
    ]);
    if let Some(serial) = read(folder.join("device/serial")) {
        facts.insert("serial", serial);
    }
    if let Some(wwn) = links[0].1.get(name).and_then(|ids| ids.iter().find_map(|id| id.strip_prefix("wwn-"))) {
        facts.insert("wwn", wwn);
    }
    let partitions = names(&folder)
        .into_iter()
        .filter(|part| part.starts_with(name) && folder.join(part).join("partition").exists());
    let partitions: Map = partitions
        .map(|part| {
            let facts = partition(&folder.join(&part), &part, links, uuids);
            (part, facts)
        })
        .collect();
    facts.insert("partitions", partitions);
    facts.insert("holders", list(holders(&folder)));
    facts
}

fn partition(
    folder: &Path,
    name: &str,
    links: &[(&str, Links); 4],
    uuids: &std::collections::HashMap<std::path::PathBuf, String>,
) -> Map {
    let sectors = number(&folder.join("size"));
    let sector_size = read(folder.join("queue/logical_block_size")).and_then(|text| text.parse::<i64>().ok());
    let uuid = uuids.get(&Path::new("/dev").join(name)).cloned();
    Map::from([
        ("links", Value::from(links_of(name, links))),
        ("start", read(folder.join("start")).unwrap_or_default().into()),
        ("sectors", sectors.into()),
        ("sectorsize", sector_size.unwrap_or(512).into()),
        ("size", human(sectors as f64 * 512.0).into()),
        ("uuid", uuid.into()),
        ("holders", list(holders(folder))),
    ])
}

/// Who is built on it: the mapper's name where it has one.
fn holders(folder: &Path) -> Vec<String> {
    let holders = folder.join("holders");
    let shown = |name: String| match read(holders.join(&name).join("dm/name")) {
        Some(mapped) => mapped,
        None => name,
    };
    names(&holders).into_iter().map(shown).collect()
}

fn number(path: &Path) -> i64 {
    read(path).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `10.00 GB`.
pub fn human(bytes: f64) -> String {
    for (power, name) in ["YB", "ZB", "EB", "PB", "TB", "GB", "MB", "KB"].into_iter().enumerate() {
        let limit = 1024_f64.powi(8 - power as i32);
        if bytes >= limit {
            return format!("{:.2} {name}", bytes / limit);
        }
    }
    format!("{bytes:.2} Bytes")
}

/// Volume groups and their parts, where the tools are and the user may ask them.
pub fn lvm(target: &Target) -> Map {
    if !rustix::process::geteuid().is_root() {
        return Map::from([("lvm", "N/A")]);
    }
    let (Some(vgs), Some(lvs), Some(pvs)) =
        (target.find_program("vgs"), target.find_program("lvs"), target.find_program("pvs"))
    else {
        return Map::from([("lvm", "N/A")]);
    };
    let rows = |program: &Path, columns: &[&str]| -> Vec<Vec<String>> {
        let arguments = ["--noheadings", "--nosuffix", "--units", "g", "--separator", ","];
        let command = arguments.iter().fold(target.command([program]), |command, argument| command.arg(argument));
        let command = if columns.is_empty() { command } else { command.arg("-o").arg(columns.join(",")) };
        let text = command.in_english().run().map(|finished| finished.stdout_text()).unwrap_or_default();
        text.lines().map(|line| line.trim().split(',').map(str::to_owned).collect()).collect()
    };
    let cell = |row: &[String], index: usize| Value::text(row.get(index).cloned().unwrap_or_default());
    let groups: Map = rows(&vgs, &[])
        .iter()
        .map(|row| {
            let facts = Map::from([
                ("size_g", cell(row, 5)),
                ("free_g", cell(row, 6)),
                ("num_lvs", cell(row, 2)),
                ("num_pvs", cell(row, 1)),
            ]);
            (row[0].clone(), facts)
        })
        .collect();
    let volumes: Map = rows(&lvs, &[])
        .iter()
        .map(|row| (row[0].clone(), Map::from([("size_g", cell(row, 3)), ("vg", cell(row, 1))])))
        .collect();
    let physical: Map = rows(&pvs, &[])
        .iter()
        .map(|row| {
            let facts = Map::from([("size_g", cell(row, 4)), ("free_g", cell(row, 5)), ("vg", cell(row, 1))]);
            (row[0].clone(), facts)
        })
        .collect();
    Map::from([("lvm", Map::from([("lvs", volumes), ("vgs", groups), ("pvs", physical)]))])
}

/// World wide names of fibre channel ports.
pub fn fibre_channel(_: &mut Gathering<'_>) -> Map {
    let folder = Path::new("/sys/class/fc_host");
    let port = |name: String| Some(read(folder.join(name).join("port_name"))?.trim_start_matches("0x").to_owned());
    let ports: Vec<String> = names(folder).into_iter().filter_map(port).collect();
    Map::from([("fibre_channel_wwn", list(ports))])
}

pub fn iscsi(_: &mut Gathering<'_>) -> Map {
    let text = read("/etc/iscsi/initiatorname.iscsi").unwrap_or_default();
    let name = text
        .lines()
        .filter(|line| !line.starts_with(['#', ';']))
        .find_map(|line| line.trim().strip_prefix("InitiatorName="));
    Map::from([("iscsi_iqn", name.unwrap_or_default())])
}

pub fn nvme(_: &mut Gathering<'_>) -> Map {
    let text = read("/etc/nvme/hostnqn").unwrap_or_default();
    let name = text.lines().find(|line| line.starts_with("nqn.")).unwrap_or_default();
    Map::from([("hostnqn", name)])
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_for_people() {
        for (bytes, wanted) in [(0.0, "0.00 Bytes"), (1024.0, "1.00 KB"), (10_737_418_240.0, "10.00 GB")] {
            assert_eq!(super::human(bytes), wanted);
        }
    }
}
