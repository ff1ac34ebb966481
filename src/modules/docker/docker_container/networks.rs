//! The networks of a container.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Differences, at, quoted, text_at};
use crate::runner::{Failure, Target};

use super::Work;
use super::compare::{Comparison, Kind};
use super::options::Network;
use super::settings::list;

impl Network {
    /// What the engine is told of the container's place in the network.
    pub fn endpoint(&self) -> Map {
        let mut endpoint = Map::new();
        let mut addresses = Map::new();
        for (key, value) in [("IPv4Address", &self.ipv4_address), ("IPv6Address", &self.ipv6_address)] {
            if let Some(value) = value {
                addresses.insert(key, value.as_str());
            }
        }
        if !addresses.is_empty() {
            endpoint.insert("IPAMConfig", addresses);
        }
        if let Some(links) = &self.links {
            let pair = |link: &String| if link.contains(':') { link.clone() } else { format!("{link}:{link}") };
            endpoint.insert("Links", list(links.iter().map(pair)));
        }
        if let Some(aliases) = &self.aliases {
            endpoint.insert("Aliases", list(aliases.clone()));
        }
        if let Some(address) = &self.mac_address {
            endpoint.insert("MacAddress", address.as_str());
        }
        endpoint
    }

    /// Whether the container's place in the network is another one.
    fn differs(&self, now: &Value) -> bool {
        let addresses = [("IPv4Address", &self.ipv4_address), ("IPv6Address", &self.ipv6_address)];
        let address_differs = addresses.iter().any(|(key, wanted)| match wanted {
            Some(wanted) => {
                let current = at(now, &["IPAMConfig", key]).and_then(Value::as_str).unwrap_or_default();
                !same_address(current, wanted)
            }
            None => false,
        });
        let missing = |key: &str, wanted: &Option<Vec<String>>| {
            let endpoint = self.endpoint();
            let wanted = wanted.is_some().then(|| endpoint.get(key).cloned()).flatten();
            let current = at(now, &[key]).and_then(Value::as_items).unwrap_or_default();
            wanted
                .is_some_and(|wanted| wanted.as_items().unwrap_or_default().iter().any(|item| !current.contains(item)))
        };
        let mac = self
            .mac_address
            .as_ref()
            .is_some_and(|wanted| !text_at(now, &["MacAddress"]).unwrap_or_default().eq_ignore_ascii_case(wanted));
        address_differs || missing("Aliases", &self.aliases) || missing("Links", &self.links) || mac
    }
}

fn same_address(one: &str, other: &str) -> bool {
    match (one.parse::<std::net::IpAddr>(), other.parse::<std::net::IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

impl Work<'_> {
    /// Connects, reconnects and, where networks are strict, disconnects.
    pub fn converge_networks(
        &mut self,
        container: &Value,
        was_created: bool,
        differences: &mut Differences,
        target: &mut Target,
    ) -> Result<(), Failure> {
        let comparison = self.comparisons.of("networks", Kind::SetOfMaps);
        let id = text_at(container, &["Id"]).unwrap_or_default().to_owned();
        let now = at(container, &["NetworkSettings", "Networks"]).and_then(Value::as_map).cloned().unwrap_or_default();
        let options = self.options;
        if comparison == Comparison::Ignore && !was_created {
            return Ok(());
        }
        for network in options.networks.iter().flatten() {
            let found = self.engine.find_network(&network.name)?;
            let Some(found) = found else {
                return Err(Failure::new(format!(
                    "Parameter error: network named {} could not be found. Does it exist?",
                    network.name
                )));
            };
            let network_id = found.get("Id").cloned().unwrap_or_default();
            let name = text_at(&found, &["Name"]).unwrap_or(&network.name).to_owned();
            let place = now
                .get(&name)
                .filter(|place| place.get("NetworkID").is_none_or(|id| !id.is_truthy() || *id == network_id));
            if place.is_some_and(|place| !network.differs(place)) {
                continue;
            }
            if place.is_some() {
                self.disconnect(&id, &name, target)?;
            }
            differences.add(format!("network.{name}"), network.endpoint(), place.cloned());
            self.actions
                .push(object! { "added_to_network" => name.as_str(), "network_parameters" => network.endpoint() });
            let path = format!("/networks/{}/connect", quoted(&python::str(&network_id)));
            let body = object! { "Container" => id.as_str(), "EndpointConfig" => network.endpoint() };
            let engine = &self.engine;
            target.effect(|_| {
                engine
                    .post(&path, body)
                    .map_err(|error| Failure::new(format!("Error connecting container to network {name} - {error}")))
            })?;
        }
        let purge = comparison == Comparison::Strict && options.networks.is_some();
        for (name, _) in &now {
            let name = python::str(name);
            let kept = options.networks.iter().flatten().any(|network| network.name == name);
            if purge && !kept {
                differences.add(format!("purge_networks.{name}"), false, true);
                self.disconnect(&id, &name, target)?;
            }
        }
        Ok(())
    }

    fn disconnect(&mut self, id: &str, name: &str, target: &mut Target) -> Result<(), Failure> {
        self.actions.push(object! { "removed_from_network" => name });
        let path = format!("/networks/{}/disconnect", quoted(name));
        let engine = &self.engine;
        target.effect(|_| {
            engine
                .post(&path, object! { "Container" => id })
                .map_err(|error| Failure::new(format!("Error disconnecting container from network {name} - {error}")))
        })?;
        Ok(())
    }
}
