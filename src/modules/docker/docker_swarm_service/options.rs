//! The options of docker_swarm_service.

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::docker::EngineOptions;

#[derive(Args)]
pub struct ServiceOptions {
    /// The service's name.
    #[arg(required)]
    pub name: String,
    /// Whether the service is to be there.
    #[arg(default = "present")]
    pub state: State,
    /// The image.
    pub image: Option<String>,
    /// Whether the image's name is pinned to what the registry has now.
    #[arg(default = false)]
    pub resolve_image: bool,
    /// Words after the command.
    pub args: Option<Vec<String>>,
    /// The command, as text or list.
    pub command: Option<Value>,
    /// Capabilities that are added.
    pub cap_add: Option<Vec<String>>,
    /// Capabilities that are taken away.
    pub cap_drop: Option<Vec<String>>,
    /// Configs that the service sees as files.
    pub configs: Option<Vec<ConfigFile>>,
    /// Secrets that the service sees as files.
    pub secrets: Option<Vec<SecretFile>>,
    /// Labels of the containers.
    pub container_labels: Option<Map>,
    /// Name servers.
    pub dns: Option<Vec<String>>,
    /// Options of name resolution.
    pub dns_options: Option<Vec<String>>,
    /// Domains that names are looked for in.
    pub dns_search: Option<Vec<String>>,
    /// Whether the service has an address of its own, or names give those of its tasks.
    #[arg(choices("vip", "dnsrr"))]
    pub endpoint_mode: Option<String>,
    /// Environment variables, as a mapping, a list or text with commas.
    pub env: Option<Value>,
    /// Files on the target with environment variables.
    pub env_files: Option<Vec<TargetPath>>,
    /// Whether tasks are replaced even where nothing changes.
    #[arg(default = false)]
    pub force_update: bool,
    /// More groups of the process.
    pub groups: Option<Vec<String>>,
    /// How to see that a task is well.
    pub healthcheck: Option<HealthCheck>,
    /// The containers' host name.
    pub hostname: Option<String>,
    /// Names and their addresses, for `/etc/hosts`.
    pub hosts: Option<Map>,
    /// Whether an init process runs in the containers.
    pub init: Option<bool>,
    /// Labels of the service.
    pub labels: Option<Map>,
    /// The most that a task may use.
    pub limits: Option<Resources>,
    /// What is kept free for a task.
    pub reservations: Option<Resources>,
    /// Where output goes.
    pub logging: Option<Logging>,
    /// How many tasks, and of which kind.
    #[arg(default = "replicated", choices("replicated", "global", "replicated-job"))]
    pub mode: String,
    /// Mounts.
    pub mounts: Option<Vec<Mount>>,
    /// Networks, by name or as mappings.
    pub networks: Option<Vec<Value>>,
    /// Where tasks may run.
    pub placement: Option<Placement>,
    /// Published ports.
    pub publish: Option<Vec<Port>>,
    /// Whether the root file system cannot be written.
    pub read_only: Option<bool>,
    /// How many tasks; -1 for those that are there, or one.
    #[arg(default = -1)]
    pub replicas: i64,
    /// When tasks are started again.
    pub restart_config: Option<Restart>,
    /// How to go back.
    pub rollback_config: Option<Rollback>,
    /// How to go on.
    pub update_config: Option<Update>,
    /// Time until a task that is stopped is killed.
    pub stop_grace_period: Option<String>,
    /// The signal that stops a task.
    pub stop_signal: Option<String>,
    /// Kernel parameters.
    pub sysctls: Option<Map>,
    /// Whether there is a terminal.
    pub tty: Option<bool>,
    /// The user that the process runs as.
    pub user: Option<String>,
    /// The folder that the process starts in.
    pub working_dir: Option<String>,
    #[arg(flatten)]
    pub engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
pub enum State {
    Present,
    Absent,
}

#[derive(Args)]
pub struct ConfigFile {
    /// The config's id.
    pub config_id: Option<String>,
    /// The config's name.
    #[arg(required)]
    pub config_name: String,
    /// The path of the file.
    pub filename: Option<String>,
    /// The file's owner.
    pub uid: Option<String>,
    /// The file's group.
    pub gid: Option<String>,
    /// The file's mode.
    pub mode: Option<i64>,
}

#[derive(Args)]
pub struct SecretFile {
    /// The secret's id.
    pub secret_id: Option<String>,
    /// The secret's name.
    #[arg(required)]
    pub secret_name: String,
    /// The name of the file.
    pub filename: Option<String>,
    /// The file's owner.
    pub uid: Option<String>,
    /// The file's group.
    pub gid: Option<String>,
    /// The file's mode.
    pub mode: Option<i64>,
}

#[derive(Args)]
pub struct HealthCheck {
    /// The test, as text for a shell or a list.
    pub test: Option<Value>,
    /// Time between tests.
    pub interval: Option<String>,
    /// Time that a test may take.
    pub timeout: Option<String>,
    /// Failures in a row until a task is not well.
    pub retries: Option<i64>,
    /// Time at the start in which failures do not count.
    pub start_period: Option<String>,
}

#[derive(Args)]
pub struct Resources {
    /// CPUs.
    pub cpus: Option<f64>,
    /// Memory.
    pub memory: Option<String>,
}

#[derive(Args)]
pub struct Logging {
    /// The log driver.
    pub driver: Option<String>,
    /// Its options.
    pub options: Option<Map>,
}

#[derive(Args)]
pub struct Mount {
    /// What: a path or a volume.
    pub source: Option<String>,
    /// Where in the container.
    #[arg(required)]
    pub target: String,
    /// The kind of mount.
    #[arg(default = "bind", choices("bind", "volume", "tmpfs", "npipe"))]
    pub r#type: String,
    /// Whether it cannot be written.
    pub readonly: Option<bool>,
    /// Labels of a new volume.
    pub labels: Option<Map>,
    /// How mounts below it spread.
    #[arg(choices("shared", "slave", "private", "rshared", "rslave", "rprivate"))]
    pub propagation: Option<String>,
    /// Whether a new volume stays empty.
    pub no_copy: Option<bool>,
    /// Who keeps a new volume.
    pub driver_config: Option<Driver>,
    /// The size of a folder in memory.
    pub tmpfs_size: Option<String>,
    /// The mode of a folder in memory.
    pub tmpfs_mode: Option<i64>,
}

#[derive(Args)]
pub struct Driver {
    /// The driver.
    pub name: Option<String>,
    /// Its options.
    pub options: Option<Map>,
}

#[derive(Args)]
pub struct Placement {
    /// What must hold of a node.
    pub constraints: Option<Vec<String>>,
    /// How tasks are spread.
    pub preferences: Option<Vec<Map>>,
    /// The most tasks on a node.
    pub replicas_max_per_node: Option<i64>,
}

#[derive(Args)]
pub struct Port {
    /// The port outside.
    pub published_port: Option<i64>,
    /// The port inside.
    #[arg(required)]
    pub target_port: i64,
    /// The protocol.
    #[arg(default = "tcp", choices("tcp", "udp"))]
    pub protocol: String,
    /// Whether every node answers, or those with tasks.
    #[arg(choices("ingress", "host"))]
    pub mode: Option<String>,
}

#[derive(Args)]
pub struct Restart {
    /// When.
    #[arg(choices("none", "on-failure", "any"))]
    pub condition: Option<String>,
    /// Time between.
    pub delay: Option<String>,
    /// How often.
    pub max_attempts: Option<i64>,
    /// Within which time.
    pub window: Option<String>,
}

#[derive(Args)]
pub struct Rollback {
    /// How many at once.
    pub parallelism: Option<i64>,
    /// Time between.
    pub delay: Option<String>,
    /// What if it fails.
    #[arg(choices("continue", "pause"))]
    pub failure_action: Option<String>,
    /// How long to look for failures.
    pub monitor: Option<String>,
    /// How many may fail.
    pub max_failure_ratio: Option<f64>,
    /// Whether the old goes or the new comes first.
    pub order: Option<String>,
}

#[derive(Args)]
pub struct Update {
    /// How many at once.
    pub parallelism: Option<i64>,
    /// Time between.
    pub delay: Option<String>,
    /// What if it fails.
    #[arg(choices("continue", "pause", "rollback"))]
    pub failure_action: Option<String>,
    /// How long to look for failures.
    pub monitor: Option<String>,
    /// How many may fail.
    pub max_failure_ratio: Option<f64>,
    /// Whether the old goes or the new comes first.
    pub order: Option<String>,
}
