//! What is mounted where, and how full it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{names, read};
use crate::data::{Map, Value};

/// One line of the kernel's table.
struct Mount {
    device: String,
    mount: String,
    kind: String,
    options: String,
    dump: i64,
    pass: i64,
}

pub fn collect() -> Map {
    let table = read("/etc/mtab").or_else(|| read("/proc/mounts")).unwrap_or_default();
    let bound = bind_mounts(&read("/proc/self/mountinfo").unwrap_or_default());
    let uuids = uuids();
    let mut mounts = Vec::new();
    for mount in table.lines().filter_map(parse_line) {
        let is_remote = mount.device.contains(":/");
        if !(mount.device.starts_with(['/', '\\']) || is_remote) || mount.kind == "none" {
            continue;
        }
        let mut options = mount.options.clone();
        if bound.contains(&mount.mount) && !options.contains("bind") {
            options.push_str(",bind");
        }
        let mut facts = Map::from([
            ("mount", Value::text(mount.mount.as_str())),
            ("device", mount.device.as_str().into()),
            ("fstype", mount.kind.as_str().into()),
            ("options", options.into()),
            ("dump", mount.dump.into()),
            ("passno", mount.pass.into()),
        ]);
        facts.extend(sizes(Path::new(&mount.mount)));
        let uuid = uuid_of(&mount.device, &uuids);
        facts.insert("uuid", uuid);
        mounts.push(Value::from(facts));
    }
    Map::from([("mounts", mounts)])
}

fn parse_line(line: &str) -> Option<Mount> {
    let mut fields = line.split_whitespace().map(unescaped);
    Some(Mount {
        device: fields.next()?,
        mount: fields.next()?,
        kind: fields.next()?,
        options: fields.next()?,
        dump: fields.next().and_then(|field| field.parse().ok()).unwrap_or(0),
        pass: fields.next().and_then(|field| field.parse().ok()).unwrap_or(0),
    })
}

/// The kernel writes blanks as `\040`.
fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        match after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                text.push(char::from(byte));
                rest = &after[3..];
            }
            None => {
                text.push('\\');
                rest = after;
            }
        }
    }
    text + rest
}

/// Mounts that show only a part of their file system.
fn bind_mounts(table: &str) -> Vec<String> {
    let part = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        let (root, mount) = (fields.get(3)?, fields.get(4)?);
        (*root != "/").then(|| unescaped(mount))
    };
    table.lines().filter_map(part).collect()
}

fn sizes(mount: &Path) -> Map {
    let Ok(state) = rustix::fs::statvfs(mount) else { return Map::new() };
    let used = state.f_blocks.saturating_sub(state.f_bavail);
    Map::from([
        ("size_total", state.f_frsize * state.f_blocks),
        ("size_available", state.f_frsize * state.f_bavail),
        ("block_size", state.f_bsize),
        ("block_total", state.f_blocks),
        ("block_available", state.f_bavail),
        ("block_used", used),
        ("inode_total", state.f_files),
        ("inode_available", state.f_favail),
        ("inode_used", state.f_files.saturating_sub(state.f_favail)),
    ])
}

/// The file systems' identifiers by their devices, as udev links them.
pub fn uuids() -> HashMap<PathBuf, String> {
    let folder = Path::new("/dev/disk/by-uuid");
    let device = |name: String| Some((folder.join(&name).canonicalize().ok()?, name));
    names(folder).into_iter().filter_map(device).collect()
}

fn uuid_of(device: &str, uuids: &HashMap<PathBuf, String>) -> String {
    let real = Path::new(device).canonicalize().ok();
    real.and_then(|real| uuids.get(&real)).cloned().unwrap_or_else(|| "N/A".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_table() {
        let mount = parse_line("/dev/sda1 /my\\040disk ext4 rw,relatime 0 2").expect("a line");
        assert_eq!((mount.mount.as_str(), mount.kind.as_str(), mount.pass), ("/my disk", "ext4", 2));
        assert!(parse_line("x y").is_none());
        let table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:1 /sub /mnt rw - ext4 /dev/sda1 rw\n";
        assert_eq!(bind_mounts(table), ["/mnt"]);
    }
}
