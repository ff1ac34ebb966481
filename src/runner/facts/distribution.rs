//! Which distribution it is.

use std::collections::HashMap;
use std::path::Path;

use super::{Gathering, read};
use crate::data::{Map, Value};

/// A file that only some distributions have, and what it tells.
struct Release {
    path: &'static str,
    name: &'static str,
}

/// In the order in which they count; those of a family come before what they descend from.
const RELEASES: [Release; 9] = [
    Release { path: "/etc/altlinux-release", name: "Altlinux" },
    Release { path: "/etc/oracle-release", name: "OracleLinux" },
    Release { path: "/etc/slackware-version", name: "Slackware" },
    Release { path: "/etc/centos-release", name: "CentOS" },
    Release { path: "/etc/redhat-release", name: "RedHat" },
    Release { path: "/etc/openwrt_release", name: "OpenWrt" },
    Release { path: "/etc/system-release", name: "Amazon" },
    Release { path: "/etc/alpine-release", name: "Alpine" },
    Release { path: "/etc/arch-release", name: "Archlinux" },
];

const FAMILIES: [(&str, &[&str]); 21] = [
    (
        "RedHat",
        &[
            "RedHat",
            "RHEL",
            "Fedora",
            "CentOS",
            "Scientific",
            "SLC",
            "Ascendos",
            "CloudLinux",
            "PSBM",
            "OracleLinux",
            "OVS",
            "OEL",
            "Amazon",
            "Amzn",
            "Virtuozzo",
            "XenServer",
            "Alibaba",
            "EulerOS",
            "openEuler",
            "AlmaLinux",
            "Rocky",
            "TencentOS",
            "EuroLinux",
            "Kylin Linux Advanced Server",
            "MIRACLE",
            "CBL-Mariner",
            "UnionTech",
        ],
    ),
    (
        "Debian",
        &[
            "Debian",
            "Ubuntu",
            "Raspbian",
            "Neon",
            "KDE neon",
            "Linux Mint",
            "SteamOS",
            "Devuan",
            "Kali",
            "Cumulus Linux",
            "Pop!_OS",
            "Parrot",
            "Pardus GNU/Linux",
            "Uos",
            "Deepin",
            "OSMC",
            "Linuxmint",
        ],
    ),
    (
        "Suse",
        &[
            "SuSE",
            "SLES",
            "SLED",
            "openSUSE",
            "openSUSE Tumbleweed",
            "SLES_SAP",
            "SUSE_LINUX",
            "openSUSE Leap",
            "ALP-Dolomite",
            "SL-Micro",
            "openSUSE MicroOS",
        ],
    ),
    ("Archlinux", &["Archlinux", "Antergos", "Manjaro", "EndeavourOS", "SteamOS"]),
    ("Mandrake", &["Mandrake", "Mandriva"]),
    ("Solaris", &["Solaris", "Nexenta", "OmniOS", "OpenIndiana", "SmartOS"]),
    ("Slackware", &["Slackware"]),
    ("Altlinux", &["Altlinux"]),
    ("SGML", &["SGML"]),
    ("Gentoo", &["Gentoo", "Funtoo"]),
    ("Alpine", &["Alpine"]),
    ("AIX", &["AIX"]),
    ("HP-UX", &["HPUX"]),
    ("Darwin", &["MacOSX"]),
    ("FreeBSD", &["FreeBSD", "TrueOS"]),
    ("ClearLinux", &["Clear Linux OS", "Clear Linux Mix"]),
    ("DragonFly", &["DragonflyBSD", "DragonFlyBSD", "Gentoo/DragonflyBSD", "Gentoo/DragonFlyBSD"]),
    ("NetBSD", &["NetBSD"]),
    ("OpenBSD", &["OpenBSD"]),
    ("Flatcar", &["Flatcar"]),
    ("Coreos", &["Coreos"]),
];

pub fn collect(_: &mut Gathering<'_>) -> Map {
    identify(&|path| read(path), &|path| Path::new(path).exists())
}

type Reader<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The `NAME=value` lines of os-release and its like.
fn settings(text: &str) -> HashMap<&str, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.trim(), unquoted(value.trim()))).collect()
}

fn unquoted(value: &str) -> String {
    let inside = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value).to_owned()
}

fn identify(read: &Reader<'_>, exists: &dyn Fn(&str) -> bool) -> Map {
    let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release")).unwrap_or_default();
    let os = settings(&text);
    let get = |name: &str| os.get(name).cloned().filter(|value| !value.is_empty());
    let id = get("ID").unwrap_or_default();
    let mut release = get("VERSION_CODENAME").or_else(|| codename_in(&get("VERSION").unwrap_or_default()));
    let mut version = get("VERSION_ID").unwrap_or_default();
    let (mut name, variety, path) = name_of(&id, &get("NAME").unwrap_or_default(), exists);
    match variety {
        "Debian" => {
            if id == "debian" {
                // The file has the point release, except in versions that are not out yet.
                if let Some(point) =
                    read("/etc/debian_version").filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
                {
                    version = point;
                }
            } else if id == "ubuntu" {
                release = get("UBUNTU_CODENAME").or(release);
            }
        }
        "RedHat" | "CentOS" | "OracleLinux" | "Amazon" => {
            let line = read(path).unwrap_or_default();
            if let Some(number) = number_in(&line) {
                version = number;
            }
            if release.is_none() {
                release = codename_in(&line);
            }
            if id == "centos" && line.contains("Stream") {
                release = Some("Stream".to_owned());
            }
        }
        "Alpine" => version = read("/etc/alpine-release").unwrap_or(version),
        "Slackware" => version = number_in(&read(path).unwrap_or_default()).unwrap_or(version),
        "SUSE" => {
            release = version.split_once('.').map(|(_, minor)| minor.to_owned()).or(Some("0".to_owned()));
            if id == "sles" || id == "sles_sap" {
                name = if id == "sles" { "SLES" } else { "SLES_SAP" }.to_owned();
            }
        }
        _ => {}
    }
    finish(&name, &version, release, variety, path)
}

/// Name, kind of file, and file.
fn name_of(id: &str, pretty: &str, exists: &dyn Fn(&str) -> bool) -> (String, &'static str, &'static str) {
    let os_release = "/etc/os-release";
    let debian = |name: &str| (name.to_owned(), "Debian", os_release);
    match id {
        "debian" => debian("Debian"),
        "ubuntu" => debian("Ubuntu"),
        "raspbian" => debian("Raspbian"),
        "linuxmint" => debian("Linux Mint"),
        "kali" => debian("Kali"),
        "pop" => debian("Pop!_OS"),
        "neon" => debian("KDE neon"),
        "devuan" => debian("Devuan"),
        "parrot" => debian("Parrot"),
        "uos" | "deepin" => debian(if id == "uos" { "Uos" } else { "Deepin" }),
        "cumulus-linux" => debian("Cumulus Linux"),
        "fedora" => ("Fedora".to_owned(), "RedHat", "/etc/redhat-release"),
        "rhel" => ("RedHat".to_owned(), "RedHat", "/etc/redhat-release"),
        "centos" => ("CentOS".to_owned(), "CentOS", "/etc/centos-release"),
        "rocky" => ("Rocky".to_owned(), "RedHat", "/etc/redhat-release"),
        "almalinux" => ("AlmaLinux".to_owned(), "RedHat", "/etc/redhat-release"),
        "ol" => ("OracleLinux".to_owned(), "OracleLinux", "/etc/oracle-release"),
        "amzn" => ("Amazon".to_owned(), "Amazon", "/etc/system-release"),
        "alpine" => ("Alpine".to_owned(), "Alpine", "/etc/alpine-release"),
        "arch" => ("Archlinux".to_owned(), "Archlinux", "/etc/arch-release"),
        "manjaro" => ("Manjaro".to_owned(), "Archlinux", "/etc/arch-release"),
        "endeavouros" => ("EndeavourOS".to_owned(), "Archlinux", "/etc/arch-release"),
        "gentoo" => ("Gentoo".to_owned(), "Gentoo", "/etc/gentoo-release"),
        "flatcar" => ("Flatcar".to_owned(), "Flatcar", os_release),
        "openwrt" => ("OpenWrt".to_owned(), "OpenWrt", "/etc/openwrt_release"),
        "slackware" => ("Slackware".to_owned(), "Slackware", "/etc/slackware-version"),
        "clear-linux-os" => (pretty.to_owned(), "ClearLinux", "/usr/lib/os-release"),
        _ if id.starts_with("opensuse") || id.starts_with("sle") || id == "suse" => {
            (pretty.to_owned(), "SUSE", os_release)
        }
        _ => match RELEASES.iter().find(|release| exists(release.path)) {
            Some(release) => (release.name.to_owned(), release.name, release.path),
            None => (pretty.split(' ').next().unwrap_or_default().to_owned(), "NA", os_release),
        },
    }
}

fn finish(name: &str, version: &str, release: Option<String>, variety: &str, path: &str) -> Map {
    let mut parts = version.split('.');
    let major = parts.next().filter(|major| !major.is_empty()).unwrap_or("NA").to_owned();
    let family = FAMILIES.iter().find(|(_, names)| names.contains(&name)).map_or(name, |(family, _)| *family);
    let mut facts = Map::from([
        ("distribution", Value::text(name)),
        ("distribution_release", release.unwrap_or_else(|| "NA".to_owned()).into()),
        ("distribution_version", if version.is_empty() { "NA" } else { version }.into()),
        ("distribution_major_version", major.into()),
        ("distribution_file_path", path.into()),
        ("distribution_file_variety", variety.into()),
        ("distribution_file_parsed", true.into()),
        ("os_family", family.into()),
    ]);
    if variety == "Debian" {
        if let Some(minor) = parts.next() {
            facts.insert("distribution_minor_version", minor);
        }
    }
    facts
}

/// `12 (bookworm)`, `Fedora release 40 (Forty)`: the word in parentheses.
fn codename_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('(')?;
    Some(rest.split_once(')')?.0.to_owned()).filter(|name| !name.is_empty())
}

/// The first number with points in a line.
fn number_in(line: &str) -> Option<String> {
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let word = line.split_whitespace().find(is_number)?;
    Some(word.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned())
}

/// What `lsb_release` says, or its file.
pub fn lsb(gathering: &mut Gathering<'_>) -> Map {
    let target = &gathering.target;
    let from_program = target.find_program("lsb_release").and_then(|program| {
        let finished = target.command([program]).arg("-a").in_english().run().ok()?;
        finished.is_success().then(|| parse_lsb(&finished.stdout_text(), ':'))
    });
    let mut facts = from_program
        .filter(|facts| !facts.is_empty())
        .or_else(|| Some(parse_lsb(&read("/etc/lsb-release")?, '=')))
        .unwrap_or_default();
    if let Some(release) = facts.get("release").and_then(Value::as_str).map(str::to_owned) {
        facts.insert("major_release", release.split('.').next().unwrap_or_default());
    }
    Map::from([("lsb", facts)])
}

fn parse_lsb(text: &str, separator: char) -> Map {
    let mut facts = Map::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(separator) else { continue };
        let fact = match name.trim() {
            "Distributor ID" | "DISTRIB_ID" => "id",
            "Description" | "DISTRIB_DESCRIPTION" => "description",
            "Release" | "DISTRIB_RELEASE" => "release",
            "Codename" | "DISTRIB_CODENAME" => "codename",
            _ => continue,
        };
        facts.insert(fact, value.trim().trim_matches(['\'', '"']));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a system, and: distribution, version, major, release, family, path.
    fn check(files: &[(&str, &str)], wanted: [&str; 6]) {
        let facts = identify(
            &|path| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned()),
            &|path| files.iter().any(|(name, _)| *name == path),
        );
        let names = [
            "distribution",
            "distribution_version",
            "distribution_major_version",
            "distribution_release",
            "os_family",
            "distribution_file_path",
        ];
        assert_eq!(names.map(|name| facts.get(name).and_then(Value::as_str).unwrap_or_default()), wanted);
    }

    #[test]
    fn distributions() {
        check(
            &[
                (
                    "/etc/os-release",
                    "ID=debian\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\n",
                ),
                ("/etc/debian_version", "12.11"),
            ],
            ["Debian", "12.11", "12", "bookworm", "Debian", "/etc/os-release"],
        );
        check(
            &[(
                "/etc/os-release",
                "ID=ubuntu\nNAME=Ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n",
            )],
            ["Ubuntu", "24.04", "24", "noble", "Debian", "/etc/os-release"],
        );
        check(
            &[
                ("/etc/os-release", "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nVERSION=\"9.4 (Blue Onyx)\"\n"),
                ("/etc/redhat-release", "Rocky Linux release 9.4 (Blue Onyx)"),
            ],
            ["Rocky", "9.4", "9", "Blue Onyx", "RedHat", "/etc/redhat-release"],
        );
        check(
            &[("/etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n"), ("/etc/alpine-release", "3.20.1")],
            ["Alpine", "3.20.1", "3", "NA", "Alpine", "/etc/alpine-release"],
        );
        check(
            &[("/etc/os-release", "ID=opensuse-leap\nNAME=\"openSUSE Leap\"\nVERSION_ID=\"15.6\"\n")],
            ["openSUSE Leap", "15.6", "15", "6", "Suse", "/etc/os-release"],
        );
    }

    #[test]
    fn lsb_files() {
        let facts = parse_lsb("DISTRIB_ID=Ubuntu\nDISTRIB_DESCRIPTION=\"Ubuntu 24.04 LTS\"\n", '=');
        assert_eq!(facts.get("description").and_then(Value::as_str), Some("Ubuntu 24.04 LTS"));
    }
}
