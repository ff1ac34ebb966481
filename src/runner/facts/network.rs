//! Interfaces, addresses, the way out, name servers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::netlink::{self, Address, IPV4, IPV6};
use super::{Gathering, list, names, read};
use crate::data::{Data, Map, Value};
use crate::runner::Target;

/// Far addresses; nothing is sent there, the kernel only says how it would be.
const FAR_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
const FAR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2404, 0x6800, 0x400a, 0x800, 0, 0, 0, 0x1012));

pub fn collect(gathering: &mut Gathering<'_>) -> Map {
    let folder = Path::new("/sys/class/net");
    let devices: Vec<String> = names(folder).into_iter().filter(|name| folder.join(name).is_dir()).collect();
    let numbers: HashMap<u32, String> = devices
        .iter()
        .filter_map(|name| Some((read(folder.join(name).join("ifindex"))?.parse().ok()?, name.clone())))
        .collect();
    let mut interfaces: Map = devices
        .iter()
        .map(|name| {
            let facts = Value::from(device(&folder.join(name), name, gathering.target));
            (name.as_str(), facts)
        })
        .collect();
    let (mut all_v4, mut all_v6) = (Vec::new(), Vec::new());
    let mut default_v4 = default_route(FAR_V4, &numbers);
    let mut default_v6 = default_route(FAR_V6, &numbers);
    for address in netlink::addresses(IPV4).unwrap_or_default() {
        let Some(name) = numbers.get(&address.interface) else { continue };
        if !address.address.is_loopback() {
            all_v4.push(address.address.to_string());
        }
        add_v4(&mut interfaces, name, &address, &mut default_v4);
    }
    for address in netlink::addresses(IPV6).unwrap_or_default() {
        let Some(name) = numbers.get(&address.interface) else { continue };
        if !address.address.is_loopback() {
            all_v6.push(address.address.to_string());
        }
        add_v6(&mut interfaces, name, &address, &mut default_v6);
    }
    let mut facts = Map::from([
        ("interfaces", list(interfaces.keys().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())),
        ("default_ipv4", default_v4.into()),
        ("default_ipv6", default_v6.into()),
        ("all_ipv4_addresses", list(all_v4)),
        ("all_ipv6_addresses", list(all_v6)),
        ("locally_reachable_ips", reachable().into()),
    ]);
    facts.extend(interfaces);
    facts
}

/// Interface, address and gateway of the way to a far address.
fn default_route(far: IpAddr, numbers: &HashMap<u32, String>) -> Map {
    let mut facts = Map::new();
    let Some(route) = netlink::route_to(far) else { return facts };
    if let Some(name) = numbers.get(&route.interface) {
        facts.insert("interface", name.as_str());
    }
    if let Some(source) = route.source {
        facts.insert("address", source.to_string());
    }
    if let Some(gateway) = route.gateway {
        facts.insert("gateway", gateway.to_string());
    }
    facts
}

fn add_v4(interfaces: &mut Map, name: &str, address: &Address, default: &mut Map) {
    let IpAddr::V4(own) = address.address else { return };
    let mask = u32::MAX.checked_shl(32 - u32::from(address.prefix)).unwrap_or(0);
    let facts = Map::from([
        ("address", Value::text(own.to_string())),
        ("broadcast", address.broadcast.map(|broadcast| broadcast.to_string()).unwrap_or_default().into()),
        ("netmask", Ipv4Addr::from(mask).to_string().into()),
        ("network", Ipv4Addr::from(u32::from(own) & mask).to_string().into()),
        ("prefix", address.prefix.to_string().into()),
    ]);
    let label = address.label.as_deref().unwrap_or(name);
    if default.get("address").and_then(Value::as_str) == Some(&*own.to_string()) {
        default.extend(facts.clone());
        default.insert("alias", label);
        copy_from_device(interfaces, name, default);
    }
    if label != name && !interfaces.contains_key(label) {
        interfaces.insert(label, Map::new());
    }
    let has_one = interfaces.get(label).is_some_and(|interface| interface.get("ipv4").is_some());
    let entry = |interfaces: &mut Map, name: &str, change: &dyn Fn(&mut Map)| {
        if let Some(Value { data: Data::Map(interface), .. }) = interfaces.get_mut(name) {
            change(std::sync::Arc::make_mut(interface));
        }
    };
    let append = |interface: &mut Map| {
        let before = interface.get("ipv4_secondaries").and_then(Value::as_items).unwrap_or_default().to_vec();
        interface.insert("ipv4_secondaries", Value::list(before.into_iter().chain([facts.clone().into()])));
    };
    if address.is_secondary || has_one {
        entry(interfaces, label, &append);
        if address.is_secondary && label != name {
            entry(interfaces, name, &append);
        }
    } else {
        entry(interfaces, label, &|interface| {
            interface.insert("ipv4", facts.clone());
        });
    }
}

fn add_v6(interfaces: &mut Map, name: &str, address: &Address, default: &mut Map) {
    let scope = match address.scope {
        0 => "global",
        200 => "site",
        253 => "link",
        254 => "host",
        _ => "unknown",
    };
    let own = address.address.to_string();
    let facts = Map::from([("address", own.as_str()), ("prefix", &address.prefix.to_string()), ("scope", scope)]);
    if default.get("address").and_then(Value::as_str) == Some(&*own) {
        default.extend(facts.clone());
        copy_from_device(interfaces, name, default);
    }
    if let Some(Value { data: Data::Map(interface), .. }) = interfaces.get_mut(name) {
        let interface = std::sync::Arc::make_mut(interface);
        let before = interface.get("ipv6").and_then(Value::as_items).unwrap_or_default().to_vec();
        interface.insert("ipv6", Value::list(before.into_iter().chain([facts.into()])));
    }
}

fn copy_from_device(interfaces: &Map, name: &str, default: &mut Map) {
    for key in ["macaddress", "mtu", "type"] {
        let value = interfaces.get(name).and_then(|interface| interface.get(key));
        let fallback = if key == "type" { Value::text("unknown") } else { Value::NULL };
        default.insert(key, value.cloned().unwrap_or(fallback));
    }
}

/// What the kernel's files say of one interface.
fn device(folder: &Path, name: &str, target: &Target) -> Map {
    let file = |path: &str| read(folder.join(path));
    let mut facts = Map::from([("device", name)]);
    if let Some(address) = file("address").filter(|address| address != "00:00:00:00:00:00") {
        facts.insert("macaddress", address);
    }
    if let Some(mtu) = file("mtu").and_then(|mtu| mtu.parse::<i64>().ok()) {
        facts.insert("mtu", mtu);
    }
    if let Some(state) = file("operstate") {
        facts.insert("active", state != "down");
    }
    if let Ok(module) = folder.join("device/driver/module").canonicalize() {
        facts.insert("module", module.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    if let Some(kind) = file("type") {
        let kind = match kind.as_str() {
            "1" => "ether",
            "32" => "infiniband",
            "512" => "ppp",
            "772" => "loopback",
            "65534" => "tunnel",
            _ => "unknown",
        };
        facts.insert("type", kind);
    }
    bridge(folder, &mut facts);
    bonding(folder, &mut facts);
    if let Ok(device) = folder.join("device").canonicalize() {
        facts.insert("pciid", device.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    if let Some(speed) = file("speed").and_then(|speed| speed.parse::<i64>().ok()) {
        facts.insert("speed", speed);
    }
    let flags = file("flags").and_then(|flags| u32::from_str_radix(flags.trim_start_matches("0x"), 16).ok());
    if let Some(flags) = flags {
        facts.insert("promisc", flags & 0x100 != 0);
    }
    features(name, target, &mut facts);
    facts
}

fn bridge(folder: &Path, facts: &mut Map) {
    if !folder.join("bridge").exists() {
        return;
    }
    facts.insert("type", "bridge");
    facts.insert("interfaces", list(names(folder.join("brif"))));
    if let Some(id) = read(folder.join("bridge/bridge_id")) {
        facts.insert("id", id);
    }
    if let Some(state) = read(folder.join("bridge/stp_state")) {
        facts.insert("stp", state == "1");
    }
}

fn bonding(folder: &Path, facts: &mut Map) {
    let file = |path: &str| read(folder.join("bonding").join(path));
    let first = |path: &str| file(path).and_then(|text| text.split_whitespace().next().map(str::to_owned));
    if folder.join("bonding").exists() {
        facts.insert("type", "bonding");
        facts.insert("slaves", list(file("slaves").unwrap_or_default().split_whitespace()));
        facts.insert("mode", first("mode").unwrap_or_default());
        facts.insert("miimon", first("miimon").unwrap_or_default());
        facts.insert("lacp_rate", first("lacp_rate").unwrap_or_default());
        if let Some(primary) = file("primary") {
            facts.insert("primary", primary);
            facts.insert("all_slaves_active", file("all_slaves_active").is_some_and(|text| text == "1"));
        }
    }
    if let Some(address) = read(folder.join("bonding_slave/perm_hwaddr")) {
        facts.insert("perm_macaddress", address);
    }
}

/// What ethtool knows of the card, where it is installed.
fn features(name: &str, target: &Target, facts: &mut Map) {
    let Some(program) = target.find_program("ethtool") else { return };
    let ask = |flag: &str| {
        let finished = target.command([&program]).arg(flag).arg(name).in_english().run().ok()?;
        finished.is_success().then(|| finished.stdout_text())
    };
    if let Some(text) = ask("-k") {
        let features: Map = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(key, value)| (key.trim().replace('-', "_"), value.trim().to_owned()))
            .collect();
        facts.insert("features", features);
    }
    if let Some(text) = ask("-T") {
        let words = |prefix: &str| {
            let found = text.lines().filter_map(|line| line.trim().split_once("SOF_TIMESTAMPING_"));
            let found: Vec<String> =
                found.map(|(_, word)| word.split(')').next().unwrap_or(word).to_lowercase()).collect();
            (prefix.is_empty()).then_some(found).unwrap_or_default()
        };
        facts.insert("timestamping", list(words("")));
        let filters = text.lines().filter_map(|line| line.trim().split_once("HWTSTAMP_FILTER_"));
        let filters: Vec<String> =
            filters.map(|(_, word)| word.split(')').next().unwrap_or(word).to_lowercase()).collect();
        facts.insert("hw_timestamp_filters", list(filters));
        let clock = text.lines().find_map(|line| line.trim().strip_prefix("PTP Hardware Clock: "));
        if let Some(index) = clock.and_then(|clock| clock.parse::<i64>().ok()) {
            facts.insert("phc_index", index);
        }
    }
}

/// The networks and addresses that are answered by this machine.
fn reachable() -> Map {
    let networks = |family: u8, full: u8| {
        let shown = |(address, prefix): (IpAddr, u8)| {
            if prefix == full { address.to_string() } else { format!("{address}/{prefix}") }
        };
        let mut networks: Vec<String> =
            netlink::local_networks(family).unwrap_or_default().into_iter().map(shown).collect();
        networks.dedup();
        list(networks)
    };
    Map::from([("ipv4", networks(IPV4, 32)), ("ipv6", networks(IPV6, 128))])
}

pub fn dns(_: &mut Gathering<'_>) -> Map {
    Map::from([("dns", read("/etc/resolv.conf").map(|text| parse_resolver(&text)).unwrap_or_default())])
}

fn parse_resolver(text: &str) -> Map {
    let mut facts = Map::new();
    let append = |facts: &mut Map, key: &str, items: Vec<&str>| {
        let before = facts.get(key).and_then(Value::as_items).unwrap_or_default().to_vec();
        let items = before.into_iter().chain(items.into_iter().map(Value::text));
        facts.insert(key, Value::list(items));
    };
    for line in text.lines() {
        if line.starts_with(['#', ';']) {
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let words: Vec<&str> = words.collect();
        match first {
            "nameserver" => append(&mut facts, "nameservers", words),
            "domain" if !words.is_empty() => {
                facts.insert("domain", words[0]);
            }
            "search" => {
                facts.insert("search", list(words));
            }
            "sortlist" => append(&mut facts, "sortlist", words),
            "options" => {
                let options: Map = words
                    .iter()
                    .map(|word| match word.split_once(':') {
                        Some((name, value)) => (name, Value::text(value)),
                        None => (*word, Value::from(true)),
                    })
                    .collect();
                facts.insert("options", options);
            }
            _ => {}
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::parse;

    #[test]
    fn resolver() {
        let text = "# c\nnameserver 1.1.1.1\nnameserver 9.9.9.9\nsearch a b\noptions ndots:5 rotate\n";
        let wanted = r#"{"nameservers": ["1.1.1.1", "9.9.9.9"], "search": ["a", "b"], "options": {"ndots": "5", "rotate": true}}"#;
        assert_eq!(Value::from(parse_resolver(text)), parse(wanted));
    }

    #[test]
    fn addresses_of_an_interface() {
        let mut interfaces = Map::from([("eth0", Value::from(Map::from([("mtu", 1500)])))]);
        let mut default = Map::from([("address", "10.0.0.5")]);
        let address = |last: u8, is_secondary: bool| Address {
            interface: 2,
            prefix: 24,
            scope: 0,
            is_secondary,
            address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
            broadcast: None,
            label: None,
        };
        add_v4(&mut interfaces, "eth0", &address(5, false), &mut default);
        add_v4(&mut interfaces, "eth0", &address(6, true), &mut default);
        let wanted = r#"{"eth0": {"mtu": 1500,
            "ipv4": {"address": "10.0.0.5", "broadcast": "", "netmask": "255.255.255.0", "network": "10.0.0.0", "prefix": "24"},
            "ipv4_secondaries": [{"address": "10.0.0.6", "broadcast": "", "netmask": "255.255.255.0", "network": "10.0.0.0", "prefix": "24"}]}}"#;
        assert_eq!(Value::from(interfaces), parse(wanted));
        assert_eq!(default.get("alias"), Some(&Value::text("eth0")));
    }
}
