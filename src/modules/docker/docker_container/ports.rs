//! Exposed and published ports.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::Failure;
use crate::runner::docker::{Engine, at, text_at};

use super::compare::Kind;
use super::options::ContainerOptions;
use super::settings::{Existing, Settings, list};

/// `8000-8010` as both ends.
fn range(text: &str) -> Result<(u32, u32), Failure> {
    let wrong = || Failure::new(format!("Invalid port specification: \"{text}\""));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    if last < first {
        return Err(Failure::new(format!("Invalid port range: \"{text}\"")));
    }
    Ok((first, last))
}

/// The port and its protocol, which is tcp where none is said.
fn with_protocol(text: &str) -> (&str, &str) {
    text.rsplit_once('/').unwrap_or((text, "tcp"))
}

/// Ports inside of the container that publishing exposes.
fn published(options: &ContainerOptions) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for port in options.published_ports.iter().flatten() {
        let (ports, protocol) = with_protocol(port);
        let inside = split_address(ports).last().cloned().unwrap_or_default();
        let (first, last) = range(&inside)?;
        found.extend((first..=last).map(|port| format!("{port}/{protocol}")));
    }
    Ok(found)
}

pub fn gather_exposed(options: &ContainerOptions, existing: Existing, settings: &mut Settings) -> Result<(), Failure> {
    let mut sent = Vec::new();
    for port in options.exposed_ports.iter().flatten() {
        let (ports, protocol) = with_protocol(port);
        let (first, last) = range(ports)?;
        sent.extend((first..=last).map(|port| format!("{port}/{protocol}")));
    }
    for port in published(options)? {
        if !sent.contains(&port) {
            sent.push(port);
        }
    }
    let keys =
        |value: Value| value.as_map().map(|map| map.keys().map(python::str).collect::<Vec<_>>()).unwrap_or_default();
    let empty = || Value::from(Map::new());
    settings.body.insert("ExposedPorts", sent.iter().map(|port| (port.as_str(), empty())).collect::<Map>());
    if options.exposed_ports.is_some() {
        let mut wanted = sent;
        wanted.extend(keys(existing.of_image("ExposedPorts")));
        settings.compare("exposed_ports", Kind::Set, list(wanted), list(keys(existing.config("ExposedPorts"))), false);
    }
    Ok(())
}

/// `[address:]outside:inside`, apart; the address may be IPv6 in brackets.
fn split_address(text: &str) -> Vec<String> {
    match text.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        Some((address, rest)) => {
            let mut parts = vec![address.to_owned()];
            parts.extend(rest.split(':').map(str::to_owned));
            parts
        }
        None => text.split(':').map(str::to_owned).collect(),
    }
}

/// The published ports, in the form that a container has them.
pub fn bindings(options: &ContainerOptions, engine: &Engine) -> Result<Option<Map>, Failure> {
    let Some(ports) = &options.published_ports else { return Ok(None) };
    let default = default_address(options, engine)?;
    let mut all = Map::new();
    for port in ports {
        let (text, protocol) = with_protocol(port);
        let parts = split_address(text);
        let (address, outside, inside) = match parts.as_slice() {
            [inside] => (default.as_str(), None, inside),
            [outside, inside] => (default.as_str(), Some(outside.as_str()), inside),
            [address, outside, inside] => {
                if address.parse::<std::net::IpAddr>().is_err() {
                    return Err(Failure::new(format!(
                        "Bind addresses for published ports must be IPv4 or IPv6 addresses, not hostnames. Use the dig \
                         lookup to resolve hostnames. (Found hostname: {address})"
                    )));
                }
                (address.as_str(), Some(outside.as_str()), inside)
            }
            _ => {
                return Err(Failure::new(format!(
                    "Invalid port description \"{port}\" - expected 1 to 3 colon-separated parts, but got {}. Maybe \
                     you forgot to use square brackets ([...]) around an IPv6 address?",
                    parts.len()
                )));
            }
        };
        let (first, last) = range(inside)?;
        let count = last - first + 1;
        let outside: Vec<String> = match outside.filter(|outside| !outside.is_empty()) {
            None => vec![String::new(); count as usize],
            // Several free ports for one: the engine chooses.
            Some(text) if count == 1 => vec![text.to_owned()],
            Some(text) => {
                let (begin, end) = range(text)?;
                if end - begin + 1 != count {
                    return Err(Failure::new("Port ranges don't match in length"));
                }
                (begin..=end).map(|port| port.to_string()).collect()
            }
        };
        for (inside, outside) in (first..=last).zip(outside) {
            let key = format!("{inside}/{protocol}");
            let binding = Value::from(object! { "HostIp" => address, "HostPort" => outside });
            let mut bindings = all.get(&key).and_then(Value::as_items).map(<[Value]>::to_vec).unwrap_or_default();
            bindings.push(binding);
            all.insert(key, bindings);
        }
    }
    Ok(Some(all))
}

/// The address of the first bridge that names one; else all addresses.
fn default_address(options: &ContainerOptions, engine: &Engine) -> Result<String, Failure> {
    if let Some(address) = &options.default_host_ip {
        if !address.is_empty() && address.parse::<std::net::IpAddr>().is_err() {
            let message = "The value of default_host_ip must be an empty string, an IPv4 address, or an IPv6 address.";
            return Err(Failure::new(format!("{message} Got \"{address}\" instead.")));
        }
        return Ok(address.clone());
    }
    for network in options.networks.iter().flatten() {
        let Some(found) = engine.find_network(&network.name)? else { continue };
        if text_at(&found, &["Driver"]) == Some("bridge") {
            let option = at(&found, &["Options", "com.docker.network.bridge.host_binding_ipv4"]);
            if let Some(address) = option.and_then(Value::as_str) {
                return Ok(address.to_owned());
            }
        }
    }
    Ok("0.0.0.0".to_owned())
}

/// Ports that are published twice to the same place have an order that does not count.
pub fn sorted(bindings: &Value) -> Value {
    let Some(map) = bindings.as_map() else { return bindings.clone() };
    let sorted = map.iter().map(|(port, list)| {
        let mut items = list.as_items().map(<[Value]>::to_vec).unwrap_or_default();
        items.sort_by_key(|item| format!("{item:?}"));
        (port.clone(), Value::from(items))
    });
    sorted.collect::<Map>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_texts() {
        assert_eq!(split_address("[::1]:80:8080"), ["::1", "80", "8080"]);
        assert_eq!(split_address("1.2.3.4:80:8080"), ["1.2.3.4", "80", "8080"]);
        assert_eq!(range("80-82").ok(), Some((80, 82)));
        assert!(range("82-80").is_err() && range("x").is_err());
        assert_eq!(with_protocol("53/udp"), ("53", "udp"));
    }
}
