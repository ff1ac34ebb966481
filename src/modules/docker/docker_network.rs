//! community.docker.docker_network: makes sure that a network is there as wanted, and who is in it.

use std::net::IpAddr;

use crate::args::{Args, Choice};
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Differences, Engine, EngineOptions, at, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerNetwork>("community.docker.docker_network", "Manage Docker networks").traits(super::TRAITS);

#[derive(Args)]
struct DockerNetwork {
    /// The network's name.
    #[arg(required, alias = "network_name")]
    name: String,
    /// Whether the network is only a configuration for others.
    config_only: Option<bool>,
    /// The network whose configuration this one takes.
    config_from: Option<String>,
    /// Containers that are to be in the network, by name.
    #[arg(default = [], alias = "containers")]
    connected: Vec<String>,
    /// Who runs the network.
    #[arg(default = "bridge")]
    driver: String,
    /// Options of the driver.
    #[arg(default = {})]
    driver_options: Map,
    /// Whether the network is made anew even where it is as wanted.
    #[arg(default = false)]
    force: bool,
    /// Whether containers stay that are in the network and not named.
    #[arg(default = false, alias = "incremental")]
    appends: bool,
    /// Whether the network has IPv4.
    enable_ipv4: Option<bool>,
    /// Whether the network has IPv6.
    enable_ipv6: Option<bool>,
    /// Who gives out addresses.
    ipam_driver: Option<String>,
    /// Options of the one who gives out addresses.
    ipam_driver_options: Option<Map>,
    /// Ranges of addresses.
    ipam_config: Option<Vec<IpamConfig>>,
    /// Whether the network is to be there.
    #[arg(default = "present")]
    state: State,
    /// Whether nothing leads out of the network.
    internal: Option<bool>,
    /// Labels of the network.
    #[arg(default = {})]
    labels: Map,
    /// How far the network reaches.
    #[arg(choices("local", "global", "swarm"))]
    scope: Option<String>,
    /// Whether containers that are no services may join an overlay network.
    attachable: Option<bool>,
    /// Whether this is the network of the swarm's published ports.
    ingress: Option<bool>,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Args, Clone)]
struct IpamConfig {
    /// The range, as `172.28.0.0/16`.
    subnet: Option<String>,
    /// The part of the range that addresses are taken from.
    iprange: Option<String>,
    /// The address of the way out.
    gateway: Option<String>,
    /// Addresses that are taken, by name.
    aux_addresses: Option<Map>,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

impl Run for DockerNetwork {
    fn run(mut self, target: &mut Target) -> Outcome {
        self.labels = super::labels(&self.labels, "labels")?;
        let engine = Engine::connect(&self.engine, target)?;
        self.check(&engine)?;
        let existing = engine.find_network(&self.name)?;
        let mut work = Work { engine, actions: Vec::new(), differences: Differences::default() };
        let wanted = self.state == State::Present;
        work.differences.compare("exists", wanted, existing.is_some());
        if wanted {
            if let (true, Some(existing)) = (self.connected.is_empty(), &existing) {
                self.connected = members(existing).into_iter().map(|(name, _)| name).collect();
            }
            self.present(existing, &mut work, target)?;
        } else if let Some(existing) = existing {
            self.remove(&existing, &mut work, target)?;
        }
        let mut result = Map::new();
        if target.is_check() || !wanted || self.engine.debug {
            result.insert("actions", Value::list(work.actions.into_iter().map(Value::from)));
        }
        if wanted {
            result.insert("network", work.engine.find_network(&self.name)?);
        }
        if target.wants_diff() {
            let differences = &work.differences;
            let names = differences.names().filter(|name| *name != "exists" && !name.starts_with("connected."));
            let mut diff = object! { "before" => differences.before(), "after" => differences.after() };
            if wanted {
                diff.insert("differences", Value::list(names.map(Value::from)));
            }
            result.insert("diff", diff);
        }
        Ok(result)
    }
}

/// What a run gathers.
struct Work {
    engine: Engine,
    actions: Vec<String>,
    differences: Differences,
}

/// Names and ids of the containers in a network.
fn members(network: &Value) -> Vec<(String, String)> {
    let containers = at(network, &["Containers"]).and_then(Value::as_map);
    containers
        .into_iter()
        .flatten()
        .filter_map(|(id, container)| Some((text_at(container, &["Name"])?.to_owned(), id.as_str()?.to_owned())))
        .collect()
}

impl DockerNetwork {
    fn check(&self, engine: &Engine) -> Result<(), Failure> {
        for config in self.ipam_config.iter().flatten() {
            for range in [&config.subnet, &config.iprange].into_iter().flatten() {
                if !is_range(range) {
                    return Err(Failure::new(format!("\"{range}\" is not a valid CIDR")));
                }
            }
        }
        let demands = [(self.enable_ipv4.is_some(), "1.47", "enable_ipv4")];
        super::require_api(engine, &demands)
    }

    fn present(&self, existing: Option<Value>, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let mut existing = existing;
        if let Some(network) = &existing {
            let mut differences = Differences::default();
            self.compare(network, &mut differences);
            let differs = !differences.is_empty();
            work.differences.extend(differences);
            if self.force || differs {
                self.remove(network, work, target)?;
                existing = None;
            }
        }
        let was_there = existing.is_some();
        if !was_there {
            work.actions.push(format!("Created network {} with driver {}", self.name, self.driver));
            let body = self.body();
            let engine = &work.engine;
            target.effect(|_| {
                let answer = engine.post("/networks/create", body).map_err(|error| Failure::new(error.to_string()))?;
                Ok(answer)
            })?;
            existing = if target.is_check() { None } else { work.engine.find_network(&self.name)? };
        }
        self.connect(existing.as_ref(), work, target)?;
        match existing {
            Some(network) if !self.appends => self.disconnect_others(&network, work, target),
            _ => Ok(()),
        }
    }

    fn compare(&self, network: &Value, differences: &mut Differences) {
        let get = |key: &str| network.get(key).cloned().unwrap_or_default();
        let mut flag = |name: &str, key: &str, wanted: Option<bool>| {
            if let Some(wanted) = wanted {
                differences.compare(name, wanted, get(key).is_truthy());
            }
        };
        flag("config_only", "ConfigOnly", self.config_only);
        flag("enable_ipv4", "EnableIPv4", self.enable_ipv4);
        flag("enable_ipv6", "EnableIPv6", self.enable_ipv6);
        flag("internal", "Internal", self.internal);
        flag("attachable", "Attachable", self.attachable);
        flag("ingress", "Ingress", self.ingress);
        if let Some(from) = &self.config_from {
            differences.compare("config_from", from.as_str(), at(network, &["ConfigFrom", "Network"]).cloned());
        }
        if !self.driver.is_empty() && self.config_only != Some(true) {
            differences.compare("driver", self.driver.as_str(), get("Driver"));
        }
        if let Some(scope) = &self.scope {
            differences.compare("scope", scope.as_str(), get("Scope"));
        }
        let mut map = |name: &str, wanted: Option<&Map>, current: Value| {
            for (key, value) in wanted.into_iter().flatten() {
                let key = python::str(key);
                let current = current.get(&key).cloned();
                differences.compare(&format!("{name}.{key}"), super::text_of(value), current);
            }
        };
        map("driver_options", Some(&self.driver_options), get("Options"));
        map("labels", Some(&self.labels), get("Labels"));
        if let Some(driver) = &self.ipam_driver {
            differences.compare("ipam_driver", driver.as_str(), at(network, &["IPAM", "Driver"]).cloned());
        }
        if let Some(options) = &self.ipam_driver_options {
            let current = at(network, &["IPAM", "Options"]).cloned().unwrap_or_else(|| Map::new().into());
            differences.compare("ipam_driver_options", super::texts(options), current);
        }
        self.compare_ranges(network, differences);
    }

    /// Each range that is wanted must be among those that are there, in what is said of it.
    fn compare_ranges(&self, network: &Value, differences: &mut Differences) {
        let Some(wanted) = self.ipam_config.as_ref().filter(|wanted| !wanted.is_empty()) else { return };
        let current = at(network, &["IPAM", "Config"]).and_then(Value::as_items).unwrap_or_default();
        if current.is_empty() {
            let ranges = Value::list(wanted.iter().map(|config| config.body().into()));
            differences.add("ipam_config", ranges, Value::list(current.iter().cloned()));
            return;
        }
        for (index, config) in wanted.iter().enumerate() {
            let body = config.body();
            let same =
                |current: &&Value| body.iter().all(|(key, value)| same_address(current.get(&python::str(key)), value));
            if current.iter().any(|item| same(&item)) {
                continue;
            }
            let subnet = |current: &&Value| {
                config
                    .subnet
                    .as_ref()
                    .is_none_or(|subnet| same_address(current.get("Subnet"), &Value::text(subnet.as_str())))
            };
            let nearest = current.iter().find(subnet);
            for (key, value) in &body {
                let name = python::str(key);
                let is = nearest.and_then(|nearest| nearest.get(&name)).cloned();
                if !same_address(is.as_ref(), value) {
                    let option = IPAM_KEYS.iter().find(|(_, known)| *known == name).map_or("", |(option, _)| option);
                    differences.add(format!("ipam_config[{index}].{option}"), value.clone(), is);
                }
            }
        }
    }

    fn body(&self) -> Map {
        let mut body = object! {
            "Name" => self.name.as_str(),
            "Driver" => self.driver.as_str(),
            "Options" => super::texts(&self.driver_options),
            "IPAM" => Value::NULL,
            "CheckDuplicate" => Value::NULL,
        };
        if self.ipam_driver.is_some() || self.ipam_driver_options.is_some() || self.ipam_config.is_some() {
            let ranges = self.ipam_config.iter().flatten().map(|config| Value::from(config.body()));
            body.insert(
                "IPAM",
                object! {
                    "Driver" => self.ipam_driver.as_deref().unwrap_or("default"),
                    "Config" => Value::list(ranges),
                    "Options" => self.ipam_driver_options.as_ref().map(super::texts),
                },
            );
        }
        let flags = [
            ("EnableIPv4", self.enable_ipv4),
            ("EnableIPv6", self.enable_ipv6),
            ("Internal", self.internal),
            ("Attachable", self.attachable),
            ("Ingress", self.ingress),
            ("ConfigOnly", self.config_only),
        ];
        for (key, flag) in flags {
            if let Some(flag) = flag {
                body.insert(key, flag);
            }
        }
        if let Some(scope) = &self.scope {
            body.insert("Scope", scope.as_str());
        }
        if let Some(from) = &self.config_from {
            body.insert("ConfigFrom", object! { "Network" => from.as_str() });
        }
        if !self.labels.is_empty() {
            body.insert("Labels", super::texts(&self.labels));
        }
        body
    }

    fn remove(&self, network: &Value, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        for (name, id) in members(network) {
            self.disconnect(&name, &id, work, target)?;
        }
        work.actions.push(format!("Removed network {}", self.name));
        let path = format!("/networks/{}", quoted(text_at(network, &["Id"]).unwrap_or(&self.name)));
        let engine = &work.engine;
        target.effect(|target| {
            engine.delete(&path).map_err(|error| Failure::new(error.to_string()))?;
            // A network of the swarm goes a moment after the answer.
            for _ in 0..100 {
                if engine.find_network(&self.name)?.is_none() {
                    break;
                }
                target.sleep(std::time::Duration::from_millis(100))?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn connect(&self, network: Option<&Value>, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let there = network.map(members).unwrap_or_default();
        for name in &self.connected {
            let container = work.engine.find_container(name)?;
            let id = container.as_ref().and_then(|container| text_at(container, &["Id"]));
            if container.is_none() || there.iter().any(|(known, other)| known == name || Some(other.as_str()) == id) {
                continue;
            }
            work.actions.push(format!("Connected container {name}"));
            work.differences.add(format!("connected.{name}"), true, false);
            let path = format!("/networks/{}/connect", quoted(&self.name));
            let body = object! { "Container" => name.as_str(), "EndpointConfig" => Value::NULL };
            let engine = &work.engine;
            target.effect(|_| engine.post(&path, body).map_err(|error| Failure::new(error.to_string())))?;
        }
        Ok(())
    }

    fn disconnect_others(&self, network: &Value, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        for (name, id) in members(network) {
            if !self.connected.contains(&name) && !self.connected.iter().any(|given| id.starts_with(given.as_str())) {
                self.disconnect(&name, &id, work, target)?;
            }
        }
        Ok(())
    }

    fn disconnect(&self, name: &str, id: &str, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        work.actions.push(format!("Disconnected container {name}"));
        work.differences.add(format!("connected.{name}"), false, true);
        let path = format!("/networks/{}/disconnect", quoted(&self.name));
        let body = object! { "Container" => name, "Force" => true };
        let engine = &work.engine;
        target.effect(|_| match engine.post(&path, body) {
            // Ends that belong to the engine itself go with the network.
            Err(error) if error.is_not_found() && !id.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(()),
            other => other.map(drop).map_err(|error| Failure::new(error.to_string())),
        })?;
        Ok(())
    }
}

/// An option of a range and its name in the API.
const IPAM_KEYS: [(&str, &str); 4] =
    [("subnet", "Subnet"), ("iprange", "IPRange"), ("gateway", "Gateway"), ("aux_addresses", "AuxiliaryAddresses")];

impl IpamConfig {
    fn body(&self) -> Map {
        let mut body = Map::new();
        for ((_, key), value) in IPAM_KEYS.iter().zip([&self.subnet, &self.iprange, &self.gateway]) {
            if let Some(value) = value {
                body.insert(*key, value.as_str());
            }
        }
        if let Some(addresses) = &self.aux_addresses {
            body.insert("AuxiliaryAddresses", super::texts(addresses));
        }
        body
    }
}

fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// IPv6 addresses can be written in several ways.
fn same_address(current: Option<&Value>, wanted: &Value) -> bool {
    let normal = |value: &Value| match &value.data {
        crate::data::Data::Text(text) => {
            let (address, rest) = text.split_once('/').unwrap_or((text.as_str(), ""));
            let address = address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), |address| address.to_string());
            Value::text(format!("{address}/{rest}"))
        }
        _ => value.clone(),
    };
    current.is_some_and(|current| match (current.as_map(), wanted.as_map()) {
        (Some(current), Some(wanted)) => {
            current.len() == wanted.len()
                && wanted.iter().all(|(key, value)| same_address(current.get_value(key), value))
        }
        _ => normal(current) == normal(wanted),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges() {
        assert!(is_range("10.0.0.0/8") && is_range("fd00::/64"));
        assert!(!is_range("10.0.0/8") && !is_range("10.0.0.0/33") && !is_range("10.0.0.0"));
        let same = |a: &str, b: &str| same_address(Some(&Value::text(a)), &Value::text(b));
        assert!(same("fd00::0/64", "fd00:0::/64") && same("10.0.0.1", "10.0.0.1"));
        assert!(!same("10.0.0.1", "10.0.0.2"));
    }
}
