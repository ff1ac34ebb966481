//! The options of docker_container.

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::docker::EngineOptions;

#[derive(Args)]
#[args(required_if(state = "present", "image"))]
pub struct ContainerOptions {
    /// The container's name.
    #[arg(required)]
    pub name: String,
    /// The state to bring the container to.
    #[arg(default = "started")]
    pub state: State,
    /// The image, by name or id.
    pub image: Option<String>,
    /// Whether the engine removes the container when it ends.
    pub auto_remove: Option<bool>,
    /// Share of block input and output, 10 to 1000.
    pub blkio_weight: Option<i64>,
    /// Capabilities that are added.
    pub capabilities: Option<Vec<String>>,
    /// Capabilities that are taken away.
    pub cap_drop: Option<Vec<String>>,
    /// The control group above the container's.
    pub cgroup_parent: Option<String>,
    /// Whose control groups the container sees.
    #[arg(choices("host", "private"))]
    pub cgroupns_mode: Option<String>,
    /// Whether the container is removed after it ended well; only with `detach: false`.
    #[arg(default = false)]
    pub cleanup: bool,
    /// The command, as text or list.
    pub command: Option<Value>,
    /// Whether lists of words are taken as they are.
    #[arg(default = "correct", choices("compatibility", "correct"))]
    pub command_handling: String,
    /// How options are compared: `strict`, `ignore`, `allow_more_present`, by name.
    pub comparisons: Option<Map>,
    /// Whether options that are not given have old defaults.
    #[arg(default = "no_defaults", choices("compatibility", "no_defaults"))]
    pub container_default_behavior: String,
    /// Length of a CPU period in microseconds.
    pub cpu_period: Option<i64>,
    /// CPU time in a period, in microseconds.
    pub cpu_quota: Option<i64>,
    /// Share of CPU time.
    pub cpu_shares: Option<i64>,
    /// CPUs that may be used, as a number.
    pub cpus: Option<f64>,
    /// CPUs that may be used, as `0-2,4`.
    pub cpuset_cpus: Option<String>,
    /// Memory nodes that may be used.
    pub cpuset_mems: Option<String>,
    /// The address that ports are published on where none is given.
    pub default_host_ip: Option<String>,
    /// Whether the task goes on while the container runs.
    pub detach: Option<bool>,
    /// Rules for devices, as `a 42:* rwm`.
    pub device_cgroup_rules: Option<Vec<String>>,
    /// Limits for reading, in bytes a second.
    pub device_read_bps: Option<Vec<DeviceRate>>,
    /// Limits for reading, in operations a second.
    pub device_read_iops: Option<Vec<DeviceCount>>,
    /// Devices asked of drivers, as graphics cards.
    pub device_requests: Option<Vec<DeviceRequest>>,
    /// Limits for writing, in bytes a second.
    pub device_write_bps: Option<Vec<DeviceRate>>,
    /// Limits for writing, in operations a second.
    pub device_write_iops: Option<Vec<DeviceCount>>,
    /// Devices of the host, as `/dev/x:/dev/y:rwm`.
    pub devices: Option<Vec<String>>,
    /// Options of name resolution.
    pub dns_opts: Option<Vec<String>>,
    /// Domains that names are looked for in.
    pub dns_search_domains: Option<Vec<String>>,
    /// Name servers.
    pub dns_servers: Option<Vec<String>>,
    /// The domain of the container.
    pub domainname: Option<String>,
    /// The words before the command.
    pub entrypoint: Option<Vec<String>>,
    /// Environment variables.
    pub env: Option<Map>,
    /// A file on the target with environment variables.
    pub env_file: Option<TargetPath>,
    /// Names and their addresses, for `/etc/hosts`.
    pub etc_hosts: Option<Map>,
    /// Ports that are exposed and not published.
    #[arg(alias = "exposed", alias = "expose")]
    pub exposed_ports: Option<Vec<String>>,
    /// Whether to kill where one would stop.
    #[arg(default = false, alias = "forcekill")]
    pub force_kill: bool,
    /// More groups of the process.
    pub groups: Option<Vec<String>>,
    /// How to see that the container is well.
    pub healthcheck: Option<HealthCheck>,
    /// Seconds to wait for `state: healthy`.
    #[arg(default = 300.0)]
    pub healthy_wait_timeout: Option<f64>,
    /// The container's host name.
    pub hostname: Option<String>,
    /// Whose image counts for what is inherited from one.
    #[arg(default = "desired-image", choices("desired-image", "current-image"))]
    pub image_comparison: String,
    /// What of labels that only the image has, where labels are strict.
    #[arg(default = "ignore", choices("ignore", "fail"))]
    pub image_label_mismatch: String,
    /// What if the image is the same under another name.
    #[arg(default = "recreate", choices("recreate", "ignore"))]
    pub image_name_mismatch: String,
    /// Whether an init process runs in the container.
    pub init: Option<bool>,
    /// Whether the standard input stays open.
    pub interactive: Option<bool>,
    /// Whose inter process communication is used.
    pub ipc_mode: Option<String>,
    /// Whether volumes without a name stay when the container is removed.
    #[arg(default = true)]
    pub keep_volumes: bool,
    /// The limit for the kernel's memory.
    pub kernel_memory: Option<String>,
    /// The signal to kill with.
    pub kill_signal: Option<String>,
    /// Labels.
    pub labels: Option<Map>,
    /// Containers that are linked, as `name:alias`.
    pub links: Option<Vec<String>>,
    /// Where the container's output goes.
    pub log_driver: Option<String>,
    /// Options of the log driver.
    #[arg(alias = "log_opt")]
    pub log_options: Option<Map>,
    /// The MAC address.
    pub mac_address: Option<String>,
    /// The limit for memory.
    pub memory: Option<String>,
    /// The memory that is kept for the container.
    pub memory_reservation: Option<String>,
    /// The limit for memory and swap together; `unlimited` or -1 for none.
    pub memory_swap: Option<String>,
    /// How readily memory is swapped, 0 to 100.
    pub memory_swappiness: Option<i64>,
    /// Mounts.
    pub mounts: Option<Vec<Mount>>,
    /// The network, as `bridge`, `host`, `none`, `container:name` or a name.
    pub network_mode: Option<String>,
    /// Networks.
    pub networks: Option<Vec<Network>>,
    /// Whether the default network is left out where networks are given.
    #[arg(default = true)]
    pub networks_cli_compatible: bool,
    /// Whether processes are not killed when memory runs out.
    pub oom_killer: Option<bool>,
    /// How likely processes are killed when memory runs out.
    pub oom_score_adj: Option<i64>,
    /// Accepted; the output is in the result.
    #[arg(default = false)]
    #[expect(dead_code, reason = "the output of a container that was waited for is in the result in any case")]
    pub output_logs: bool,
    /// Whether the container is paused; with `state: started`.
    pub paused: Option<bool>,
    /// Whose processes the container sees.
    pub pid_mode: Option<String>,
    /// The most processes.
    pub pids_limit: Option<i64>,
    /// The platform, as `linux/amd64`.
    pub platform: Option<String>,
    /// Whether the container may do all that the host may.
    pub privileged: Option<bool>,
    /// Whether all exposed ports are published on free ones.
    pub publish_all_ports: Option<bool>,
    /// Ports that are published, as `[address:]host:container[/udp]`.
    #[arg(alias = "ports")]
    pub published_ports: Option<Vec<String>>,
    /// When the image is pulled: `never`, `missing` or `always`.
    #[arg(default = "missing")]
    pub pull: Option<Value>,
    /// Whether a check says that a pull would change something.
    #[arg(default = "image_not_present", choices("image_not_present", "always"))]
    pub pull_check_mode_behavior: String,
    /// Whether the root file system cannot be written.
    pub read_only: Option<bool>,
    /// Whether the container is made anew in any case.
    #[arg(default = false)]
    pub recreate: bool,
    /// Seconds to wait until a container that is removed is gone.
    pub removal_wait_timeout: Option<f64>,
    /// Whether a container that is as wanted is restarted.
    #[arg(default = false)]
    pub restart: bool,
    /// When the engine restarts the container.
    #[arg(choices("no", "on-failure", "always", "unless-stopped"))]
    pub restart_policy: Option<String>,
    /// How often the engine restarts a container that failed.
    pub restart_retries: Option<i64>,
    /// The runtime.
    pub runtime: Option<String>,
    /// Options of security, as `label=user:x`.
    pub security_opts: Option<Vec<String>>,
    /// The size of `/dev/shm`.
    pub shm_size: Option<String>,
    /// The signal that stops the container.
    pub stop_signal: Option<String>,
    /// Seconds until a container that is stopped is killed.
    pub stop_timeout: Option<i64>,
    /// Options of the storage driver.
    pub storage_opts: Option<Map>,
    /// Kernel parameters.
    pub sysctls: Option<Map>,
    /// Folders in memory, as `/path:options`.
    pub tmpfs: Option<Vec<String>>,
    /// Whether there is a terminal.
    pub tty: Option<bool>,
    /// Limits, as `nofile:1024:2048`.
    pub ulimits: Option<Vec<String>>,
    /// The user that the process runs as.
    pub user: Option<String>,
    /// Whose user names are used.
    pub userns_mode: Option<String>,
    /// Whose host name is used.
    pub uts: Option<String>,
    /// Who keeps the volumes.
    pub volume_driver: Option<String>,
    /// Volumes, as `source:/path:mode`.
    pub volumes: Option<Vec<String>>,
    /// Containers whose volumes are used too.
    pub volumes_from: Option<Vec<String>>,
    /// The folder that the process starts in.
    pub working_dir: Option<String>,
    #[arg(flatten)]
    pub engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
pub enum State {
    Absent,
    Present,
    Healthy,
    Stopped,
    Started,
}

#[derive(Args)]
pub struct DeviceRate {
    /// The device.
    #[arg(required)]
    pub path: String,
    /// Bytes a second, as `20mb`.
    #[arg(required)]
    pub rate: String,
}

#[derive(Args)]
pub struct DeviceCount {
    /// The device.
    #[arg(required)]
    pub path: String,
    /// Operations a second.
    #[arg(required)]
    pub rate: i64,
}

#[derive(Args)]
pub struct DeviceRequest {
    /// What the devices must be able to do: lists of words.
    pub capabilities: Option<Vec<Value>>,
    /// How many; -1 for all.
    pub count: Option<i64>,
    /// Which.
    pub device_ids: Option<Vec<String>>,
    /// Whose.
    pub driver: Option<String>,
    /// Options of the driver.
    pub options: Option<Map>,
}

#[derive(Args, Clone)]
pub struct HealthCheck {
    /// The test, as text for a shell or a list beginning with CMD, CMD-SHELL or NONE.
    pub test: Option<Value>,
    /// Whether a missing test leaves the image's.
    #[arg(default = false)]
    pub test_cli_compatible: bool,
    /// Time between tests.
    pub interval: Option<String>,
    /// Time that a test may take.
    pub timeout: Option<String>,
    /// Failures in a row until the container is not well.
    pub retries: Option<i64>,
    /// Time at the start in which failures do not count.
    pub start_period: Option<String>,
    /// Time between tests at the start.
    pub start_interval: Option<String>,
}

#[derive(Args)]
pub struct Mount {
    /// Where in the container.
    #[arg(required)]
    pub target: String,
    /// What: a path or a volume.
    pub source: Option<String>,
    /// The kind of mount.
    #[arg(default = "volume", choices("bind", "npipe", "tmpfs", "volume", "cluster", "image"))]
    pub r#type: String,
    /// Whether it cannot be written.
    pub read_only: Option<bool>,
    /// How strictly both sides agree.
    #[arg(choices("cached", "consistent", "default", "delegated"))]
    pub consistency: Option<String>,
    /// How mounts below it spread.
    #[arg(choices("private", "rprivate", "shared", "rshared", "slave", "rslave"))]
    pub propagation: Option<String>,
    /// Whether the folder on the host is made.
    pub create_mountpoint: Option<bool>,
    /// Whether a new volume stays empty.
    pub no_copy: Option<bool>,
    /// Labels of a new volume.
    pub labels: Option<Map>,
    /// Who keeps a new volume.
    pub volume_driver: Option<String>,
    /// Options of that driver.
    pub volume_options: Option<Map>,
    /// Whether mounts below are left out.
    pub non_recursive: Option<bool>,
    /// Whether all below cannot be written either, or it fails.
    pub read_only_force_recursive: Option<bool>,
    /// Whether what is mounted below can be written.
    pub read_only_non_recursive: Option<bool>,
    /// A path in the volume or image.
    pub subpath: Option<String>,
    /// The size of a folder in memory.
    pub tmpfs_size: Option<String>,
    /// The mode of a folder in memory, in octal digits.
    pub tmpfs_mode: Option<String>,
    /// More options of a folder in memory.
    pub tmpfs_options: Option<Vec<Map>>,
}

#[derive(Args)]
pub struct Network {
    /// The network.
    #[arg(required)]
    pub name: String,
    /// The container's address.
    pub ipv4_address: Option<String>,
    /// The container's IPv6 address.
    pub ipv6_address: Option<String>,
    /// Containers that are linked in this network.
    pub links: Option<Vec<String>>,
    /// More names of the container in this network.
    pub aliases: Option<Vec<String>>,
    /// The container's MAC address.
    pub mac_address: Option<String>,
}
