//! What a Weave router says of itself: `report` of newer ones, the text of `status` of old ones (0.11).

use crate::data::{Map, Value, json};
use crate::diagnostic::Origin;
use crate::object;
use crate::runner::docker::{at, text_at};

/// Whether the router runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Absent,
    Stopped,
    Launched,
}

/// A router and what it sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub state: State,
    pub version: String,
    pub name: String,
    pub nickname: String,
    pub range: String,
    pub encryption: bool,
    /// Addresses that it was told to connect to.
    pub targets: Vec<String>,
    pub peers: Vec<Peer>,
    pub connections: Vec<Connection>,
    /// Peers that own addresses and cannot be reached.
    pub unreachable: Vec<String>,
    pub dns: bool,
    pub proxy: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub name: String,
    pub nickname: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub address: String,
    pub state: String,
    pub info: String,
}

impl Status {
    pub fn of_state(state: State) -> Self {
        Self {
            state,
            version: String::new(),
            name: String::new(),
            nickname: String::new(),
            range: String::new(),
            encryption: false,
            targets: Vec::new(),
            peers: Vec::new(),
            connections: Vec::new(),
            unreachable: Vec::new(),
            dns: false,
            proxy: false,
        }
    }

    /// From the JSON of `weave report`.
    pub fn from_report(text: &str) -> Result<Self, String> {
        let report = json::parse(text, &Origin::none()).map_err(|error| format!("weave report is no JSON: {error}"))?;
        let text = |path: &[&str]| text_at(&report, path).unwrap_or_default().to_owned();
        let items = |path: &[&str]| at(&report, path).and_then(Value::as_items).unwrap_or_default().to_vec();
        let part = |item: &Value, key: &str| text_at(item, &[key]).unwrap_or_default().to_owned();
        let peers: Vec<Peer> = items(&["Router", "Peers"])
            .iter()
            .map(|peer| Peer { name: part(peer, "Name"), nickname: part(peer, "NickName") })
            .collect();
        let connections = items(&["Router", "Connections"])
            .iter()
            .map(|item| Connection {
                address: part(item, "Address"),
                state: part(item, "State"),
                info: part(item, "Info"),
            })
            .collect();
        let mut unreachable: Vec<String> = items(&["IPAM", "Entries"])
            .iter()
            .filter(|entry| entry.get("IsKnownPeer").and_then(Value::as_bool) == Some(false))
            .map(|entry| {
                let nickname = part(entry, "Nickname");
                if nickname.is_empty() { part(entry, "Peer") } else { nickname }
            })
            .collect();
        unreachable.sort();
        unreachable.dedup();
        Ok(Self {
            state: State::Launched,
            version: text(&["Version"]),
            name: text(&["Router", "Name"]),
            nickname: text(&["Router", "NickName"]),
            range: text(&["IPAM", "Range"]),
            encryption: at(&report, &["Router", "Encryption"]).is_some_and(Value::is_truthy),
            targets: items(&["Router", "Targets"]).iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            peers,
            connections,
            unreachable,
            dns: at(&report, &["DNS"]).is_some(),
            proxy: at(&report, &["Proxy"]).is_some(),
        })
    }

    /// From the text of an old router's `weave status`.
    pub fn from_text(text: &str) -> Self {
        let mut status = Self::of_state(State::Launched);
        let mut section = "";
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("weave router ") {
                status.version = version.trim().to_owned();
            } else if let Some(name) = line.strip_prefix("Our name is ") {
                let peer = peer_of(name);
                (status.name, status.nickname) = (peer.name, peer.nickname);
            } else if let Some(word) = line.strip_prefix("Encryption ") {
                status.encryption = word.trim() == "on";
            } else if let Some(range) = line.strip_prefix("Allocator subnet ") {
                status.range = range.trim().to_owned();
            } else if line.starts_with("weave DNS") {
                status.dns = true;
            } else if line.ends_with(':') && !line.starts_with(' ') {
                section = line.trim_end_matches(':');
            } else if section == "Peers" && !line.starts_with(' ') && line.contains('(') {
                status.peers.push(peer_of(line));
            } else if let Some(rest) =
                line.trim().strip_prefix("-> ").filter(|_| section == "Peers" && line.starts_with(' '))
            {
                let ours = status.peers.last().is_some_and(|peer| peer.name == status.name);
                if let Some((_, address)) = rest.split_once('[').filter(|_| ours) {
                    let address = address.trim_end_matches(']').to_owned();
                    status.connections.push(Connection {
                        address,
                        state: "established".to_owned(),
                        info: rest.to_owned(),
                    });
                }
            } else if section == "Reconnects" && line.starts_with("->") {
                let address = line.trim_start_matches("->").trim();
                status.targets.push(address.trim_matches(['[', ']']).split(' ').next().unwrap_or_default().to_owned());
            }
        }
        status
    }

    /// Whether the router already knows an address: as a target, or by a connection to it.
    pub fn knows(&self, peer: &str) -> bool {
        let host = |address: &str| address.rsplit_once(':').map_or(address.to_owned(), |(host, _)| host.to_owned());
        self.targets.iter().any(|target| target == peer || host(target) == peer)
            || self
                .connections
                .iter()
                .any(|connection| host(&connection.address) == peer && connection.state != "failed")
    }

    /// What keeps peers apart: passwords and address ranges that differ.
    pub fn problems(&self) -> Vec<String> {
        let tells = |info: &str| {
            info.contains("ncompatible IP allocation")
                || info.contains("encrypted connection")
                || info.contains("password")
        };
        self.connections
            .iter()
            .filter(|connection| connection.state == "failed" && tells(&connection.info))
            .map(|connection| {
                let reason = connection.info.split(", retry:").next().unwrap_or_default();
                format!("{}: {reason}", connection.address)
            })
            .collect()
    }

    pub fn facts(&self) -> Map {
        let word = match self.state {
            State::Absent => "absent",
            State::Stopped => "stopped",
            State::Launched => "launched",
        };
        let peers = self
            .peers
            .iter()
            .map(|peer| Value::from(object! { "name" => peer.name.as_str(), "nickname" => peer.nickname.as_str() }));
        let connections = self.connections.iter().map(|connection| {
            Value::from(object! {
                "address" => connection.address.as_str(),
                "state" => connection.state.as_str(),
                "info" => connection.info.as_str(),
            })
        });
        let texts = |items: &[String]| Value::list(items.iter().map(|item| Value::text(item.as_str())));
        object! {
            "weave_peers" => Value::list(peers),
            "weave_status" => object! {
                "state" => word,
                "version" => self.version.as_str(),
                "name" => self.name.as_str(),
                "nickname" => self.nickname.as_str(),
                "ipalloc_range" => self.range.as_str(),
                "encryption" => self.encryption,
                "targets" => texts(&self.targets),
                "connections" => Value::list(connections),
                "unreachable" => texts(&self.unreachable),
                "problems" => texts(&self.problems()),
            },
        }
    }
}

/// `7e:ba:…(datalyse-2) (v6) …`.
fn peer_of(text: &str) -> Peer {
    let (name, rest) = text.split_once('(').unwrap_or((text, ""));
    Peer { name: name.trim().to_owned(), nickname: rest.split(')').next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As an old router prints it, shortened.
    const OLD: &str = "weave router 0.11.1\nEncryption off\nOur name is 7e:ba:e9:71:fb:a9(datalyse-2)\nMACs:\n\
        92:ba:71:55:c5:4c -> 7e:ba:e9:71:fb:a9(datalyse-2) (2015-06-03)\nPeers:\n\
        7e:ba:e9:71:fb:a9(datalyse-2) (v6) (UID 5112344731971000702)\n\
        \x20  -> 5e:a1:5d:09:65:12(datalyse-1) [10.67.24.194:57007]\n\
        \x20  -> be:b7:52:cd:73:3f(datalyse-master) [10.67.24.190:6783]\n\
        be:b7:52:cd:73:3f(datalyse-master) (v4) (UID 1076997732339896607)\n\
        \x20  -> 7e:ba:e9:71:fb:a9(datalyse-2) [10.67.24.195:39475]\n\
        Routes:\nunicast:\nReconnects:\n\nAllocator subnet 10.1.1.0/24\n\nweave DNS 0.11.1\n";

    #[test]
    fn the_text_of_an_old_router() {
        let status = Status::from_text(OLD);
        assert!(status.version == "0.11.1" && status.dns && !status.encryption);
        assert_eq!(status.range, "10.1.1.0/24");
        assert_eq!(status.nickname, "datalyse-2");
        assert_eq!(status.peers.len(), 2);
        assert!(status.knows("10.67.24.190") && status.knows("10.67.24.194") && !status.knows("10.67.24.195"));
    }

    #[test]
    fn a_report() {
        let report = r#"{"Version": "2.8.1", "Router": {"Name": "a6", "NickName": "w1", "Encryption": false,
            "Targets": ["172.28.30.22"], "Peers": [{"Name": "a6", "NickName": "w1"}],
            "Connections": [{"Address": "172.28.30.22:6783", "State": "failed",
            "Info": "Incompatible IP allocation ranges (received: 10.40.0.0/16, ours: 10.50.0.0/16), retry: x"}]},
            "IPAM": {"Range": "10.40.0.0/16", "Entries": [{"Nickname": "w2", "IsKnownPeer": false}]}}"#;
        let status = Status::from_report(report).expect("it is JSON");
        assert!(status.knows("172.28.30.22") && !status.knows("172.28.30.23"));
        assert_eq!(status.unreachable, ["w2"]);
        assert_eq!(
            status.problems(),
            ["172.28.30.22:6783: Incompatible IP allocation ranges (received: 10.40.0.0/16, ours: 10.50.0.0/16)"]
        );
        assert!(Status::from_report("no").is_err());
    }
}
