//! community.docker.docker_swarm: makes a swarm, joins it, leaves it, changes its settings.

use crate::args::{Args, Choice};
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::swarm::Membership;
use crate::runner::docker::{ApiError, Differences, Engine, EngineOptions, Request, at, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerSwarm>("community.docker.docker_swarm", "Manage Swarm cluster").traits(super::TRAITS);

#[derive(Args)]
#[args(required_if(state = "join", "remote_addrs", "join_token"), required_if(state = "remove", "node_id"))]
struct DockerSwarm {
    /// What to do: make or update a swarm, join one, leave it, remove a node.
    #[arg(default = "present")]
    state: State,
    /// The address that others reach this node at.
    advertise_addr: Option<String>,
    /// Ranges of which networks of the swarm are cut.
    default_addr_pool: Option<Vec<String>>,
    /// The size of each network, in bits.
    subnet_size: Option<i64>,
    /// The address that this node listens on.
    #[arg(default = "0.0.0.0:2377")]
    listen_addr: String,
    /// Make a new swarm, or leave one, whatever is lost.
    #[arg(default = false)]
    force: bool,
    /// Managers to join.
    remote_addrs: Option<Vec<String>>,
    /// The token that lets a node join.
    #[arg(no_log)]
    join_token: Option<String>,
    /// How many tasks that ended are remembered.
    task_history_retention_limit: Option<i64>,
    /// Log entries between snapshots.
    snapshot_interval: Option<i64>,
    /// Old snapshots that stay.
    keep_old_snapshots: Option<i64>,
    /// Log entries that stay for slow followers.
    log_entries_for_slow_followers: Option<i64>,
    /// Ticks between heartbeats.
    heartbeat_tick: Option<i64>,
    /// Ticks until an election.
    election_tick: Option<i64>,
    /// Time between heartbeats of nodes, in nanoseconds.
    dispatcher_heartbeat_period: Option<i64>,
    /// How long certificates of nodes are valid, in nanoseconds.
    node_cert_expiry: Option<i64>,
    /// The swarm's name.
    name: Option<String>,
    /// Labels of the swarm.
    labels: Option<Map>,
    /// The certificate that signs those of nodes.
    signing_ca_cert: Option<String>,
    /// Its key.
    #[arg(no_log)]
    signing_ca_key: Option<String>,
    /// A number that makes a new authority when it grows.
    ca_force_rotate: Option<i64>,
    /// Whether managers lock themselves when they restart.
    autolock_managers: Option<bool>,
    /// The node that goes, for `state: remove`.
    node_id: Option<String>,
    /// Whether workers get a new token.
    #[arg(default = false)]
    rotate_worker_token: bool,
    /// Whether managers get a new token.
    #[arg(default = false)]
    rotate_manager_token: bool,
    /// The address for traffic between containers.
    data_path_addr: Option<String>,
    /// The port for traffic between containers.
    data_path_port: Option<u16>,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Present,
    Join,
    Absent,
    Remove,
}

/// What a run gathers.
#[derive(Default)]
struct Work {
    actions: Vec<String>,
    differences: Differences,
    facts: Option<Map>,
}

impl Run for DockerSwarm {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?.patient();
        super::require_api(
            &engine,
            &[
                (self.default_addr_pool.is_some(), "1.39", "default_addr_pool"),
                (self.subnet_size.is_some(), "1.39", "subnet_size"),
                (self.data_path_port.is_some(), "1.40", "data_path_port"),
            ],
        )?;
        let membership = engine.membership()?;
        let mut work = Work::default();
        match self.state {
            State::Present if membership.is_manager() && !self.force => self.update(&engine, &mut work, target)?,
            State::Present => self.init(&engine, &mut work, target)?,
            State::Join => self.join(&engine, &membership, &mut work, target)?,
            State::Absent => self.leave(&engine, &membership, &mut work, target)?,
            State::Remove => self.remove(&engine, &membership, &mut work, target)?,
        }
        let mut result = object! {
            "actions" => Value::list(work.actions.into_iter().map(Value::from)),
            "result" => "",
        };
        if let Some(facts) = work.facts {
            result.insert("swarm_facts", facts);
        }
        if target.wants_diff() {
            let (before, after) = (work.differences.before(), work.differences.after());
            result.insert("diff", object! { "before" => before, "after" => after });
        }
        Ok(result)
    }
}

/// Options of the swarm's specification: option, part, key.
const SPEC: &[(&str, &str, &str)] = &[
    ("task_history_retention_limit", "Orchestration", "TaskHistoryRetentionLimit"),
    ("snapshot_interval", "Raft", "SnapshotInterval"),
    ("keep_old_snapshots", "Raft", "KeepOldSnapshots"),
    ("log_entries_for_slow_followers", "Raft", "LogEntriesForSlowFollowers"),
    ("heartbeat_tick", "Raft", "HeartbeatTick"),
    ("election_tick", "Raft", "ElectionTick"),
    ("dispatcher_heartbeat_period", "Dispatcher", "HeartbeatPeriod"),
    ("node_cert_expiry", "CAConfig", "NodeCertExpiry"),
    ("signing_ca_cert", "CAConfig", "SigningCACert"),
    ("signing_ca_key", "CAConfig", "SigningCAKey"),
    ("ca_force_rotate", "CAConfig", "ForceRotate"),
    ("autolock_managers", "EncryptionConfig", "AutoLockManagers"),
];

impl DockerSwarm {
    fn value_of(&self, option: &str) -> Option<Value> {
        let number = |value: Option<i64>| value.map(Value::from);
        match option {
            "task_history_retention_limit" => number(self.task_history_retention_limit),
            "snapshot_interval" => number(self.snapshot_interval),
            "keep_old_snapshots" => number(self.keep_old_snapshots),
            "log_entries_for_slow_followers" => number(self.log_entries_for_slow_followers),
            "heartbeat_tick" => number(self.heartbeat_tick),
            "election_tick" => number(self.election_tick),
            "dispatcher_heartbeat_period" => number(self.dispatcher_heartbeat_period),
            "node_cert_expiry" => number(self.node_cert_expiry),
            "ca_force_rotate" => number(self.ca_force_rotate),
            "signing_ca_cert" => self.signing_ca_cert.clone().map(Value::from),
            "signing_ca_key" => self.signing_ca_key.clone().map(Value::from),
            "autolock_managers" => self.autolock_managers.map(Value::from),
            _ => None,
        }
    }

    /// The specification with what the options say in it.
    fn spec(&self, base: &Map) -> Map {
        let mut spec = base.clone();
        if let Some(name) = &self.name {
            spec.insert("Name", name.as_str());
        }
        if let Some(labels) = &self.labels {
            spec.insert("Labels", super::texts(labels));
        }
        for (option, part, key) in SPEC {
            if let Some(value) = self.value_of(option) {
                let mut section = spec.get(part).and_then(Value::as_map).cloned().unwrap_or_default();
                section.insert(*key, value);
                spec.insert(*part, section);
            }
        }
        spec
    }

    fn init(&self, engine: &Engine, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        work.differences.add("state", "present", "absent");
        let mut body = object! {
            "ListenAddr" => self.listen_addr.as_str(),
            "AdvertiseAddr" => self.advertise_addr.clone(),
            "ForceNewCluster" => self.force,
            "Spec" => self.spec(&Map::new()),
        };
        let more = [
            (
                "DefaultAddrPool",
                self.default_addr_pool.clone().map(|pools| Value::list(pools.into_iter().map(Value::from))),
            ),
            ("SubnetSize", self.subnet_size.map(Value::from)),
            ("DataPathAddr", self.data_path_addr.clone().map(Value::from)),
            ("DataPathPort", self.data_path_port.map(Value::from)),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                body.insert(key, value);
            }
        }
        let made = target.effect(|_| {
            engine
                .post("/swarm/init", body)
                .map_err(|error| Failure::new(format!("Can not create a new Swarm Cluster: {error}")))
        })?;
        let id = made.as_ref().map_or_else(|| "None".to_owned(), python::str);
        work.actions.push(format!("New Swarm cluster created: {id}"));
        work.facts = Some(if made.is_some() {
            engine.swarm_facts()?
        } else {
            object! { "JoinTokens" => Value::NULL, "UnlockKey" => Value::NULL }
        });
        Ok(())
    }

    fn update(&self, engine: &Engine, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let failed = |error: ApiError| Failure::new(format!("Can not update a Swarm Cluster: {error}"));
        let swarm = engine.get("/swarm").map_err(failed)?;
        let base = at(&swarm, &["Spec"]).and_then(Value::as_map).cloned().unwrap_or_default();
        let differences = &mut work.differences;
        if let Some(name) = &self.name {
            differences.compare("name", name.as_str(), base.get("Name").cloned());
        }
        if let Some(labels) = &self.labels {
            differences.compare("labels", super::texts(labels), base.get("Labels").cloned());
        }
        for (option, part, key) in SPEC {
            let Some(wanted) = self.value_of(option) else { continue };
            let current = base.get(part).and_then(|part| part.get(key)).cloned();
            match *option {
                // Absent means never rotated; the key is never told.
                "ca_force_rotate" => differences.compare(option, wanted, current.unwrap_or_else(|| 0.into())),
                "signing_ca_key" | "signing_ca_cert" => {
                    if current.as_ref() != Some(&wanted) {
                        differences.add(*option, "(hidden)", Value::NULL);
                    }
                }
                _ => differences.compare(option, wanted, current),
            }
        }
        for (flag, option) in
            [(self.rotate_worker_token, "rotate_worker_token"), (self.rotate_manager_token, "rotate_manager_token")]
        {
            if flag {
                differences.add(option, true, false);
            }
        }
        if differences.is_empty() {
            work.actions.push("No modification".to_owned());
        } else {
            let version = at(&swarm, &["Version", "Index"]).map(python::str).unwrap_or_default();
            let request = Request::post("/swarm/update")
                .query("version", version)
                .query("rotateWorkerToken", self.rotate_worker_token)
                .query("rotateManagerToken", self.rotate_manager_token)
                .json(self.spec(&base));
            target.effect(|_| request.send(engine).map(drop).map_err(failed))?;
            work.actions.push("Swarm cluster updated".to_owned());
        }
        let mut facts = engine.get("/swarm")?.as_map().cloned().unwrap_or_default();
        facts.extend(engine.swarm_facts()?);
        work.facts = Some(facts);
        Ok(())
    }

    fn join(
        &self,
        engine: &Engine,
        membership: &Membership,
        work: &mut Work,
        target: &mut Target,
    ) -> Result<(), Failure> {
        if membership.is_member() {
            work.actions.push("This node is already part of a swarm.".to_owned());
            return Ok(());
        }
        work.differences.add("joined", true, false);
        let addresses = self.remote_addrs.clone().unwrap_or_default();
        let mut body = object! {
            "ListenAddr" => self.listen_addr.as_str(),
            "AdvertiseAddr" => self.advertise_addr.clone(),
            "RemoteAddrs" => Value::list(addresses.into_iter().map(Value::from)),
            "JoinToken" => self.join_token.clone(),
        };
        if let Some(address) = &self.data_path_addr {
            body.insert("DataPathAddr", address.as_str());
        }
        target.effect(|_| {
            engine
                .post("/swarm/join", body)
                .map_err(|error| Failure::new(format!("Can not join the Swarm Cluster: {error}")))
        })?;
        work.actions.push("New node is added to swarm cluster".to_owned());
        Ok(())
    }

    fn leave(
        &self,
        engine: &Engine,
        membership: &Membership,
        work: &mut Work,
        target: &mut Target,
    ) -> Result<(), Failure> {
        if !membership.is_member() {
            work.actions.push("This node is not part of a swarm.".to_owned());
            return Ok(());
        }
        work.differences.add("joined", "absent", "present");
        let request = Request::post("/swarm/leave").query("force", self.force);
        target.effect(|_| {
            request
                .send(engine)
                .map(drop)
                .map_err(|error| Failure::new(format!("This node can not leave the Swarm Cluster: {error}")))
        })?;
        work.actions.push("Node has left the swarm cluster".to_owned());
        Ok(())
    }

    fn remove(
        &self,
        engine: &Engine,
        membership: &Membership,
        work: &mut Work,
        target: &mut Target,
    ) -> Result<(), Failure> {
        if !membership.is_manager() {
            return Err("This node is not a manager.".into());
        }
        let id = self.node_id.clone().unwrap_or_default();
        let Some(node) = engine.find(&format!("/nodes/{}", quoted(&id)))? else { return Ok(()) };
        if text_at(&node, &["Status", "State"]) != Some("down") {
            return Err("Can not remove the node. The status node is ready and not down.".into());
        }
        work.differences.add("joined", false, true);
        let request = Request::delete(format!("/nodes/{}", quoted(&id))).query("force", self.force);
        target.effect(|_| {
            request
                .send(engine)
                .map(drop)
                .map_err(|error| Failure::new(format!("Can not remove the node from the Swarm Cluster: {error}")))
        })?;
        work.actions.push("Node is removed from swarm cluster.".to_owned());
        Ok(())
    }
}
