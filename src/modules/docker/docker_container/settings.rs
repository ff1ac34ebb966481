//! From options to what the engine is sent, and to what an existing container is compared with.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{at, units};
use crate::runner::{Failure, Target, words};

use super::compare::Kind;
use super::options::ContainerOptions;
use super::{devices, mounts, ports};

/// One option of a container: as wanted, as it is, for a comparison.
pub struct Setting {
    pub name: &'static str,
    pub kind: Kind,
    pub wanted: Value,
    pub current: Value,
    /// Whether the engine can change it while the container lives.
    pub updatable: bool,
}

/// All options that are given.
#[derive(Default)]
pub struct Settings {
    pub list: Vec<Setting>,
    /// The body of a request that creates the container.
    pub body: Map,
    pub host: Map,
    /// The body of a request that updates it.
    pub update: Map,
}

/// What is already there.
#[derive(Clone, Copy)]
pub struct Existing<'a> {
    pub container: Option<&'a Value>,
    /// The image whose settings are inherited, for comparing.
    pub image: Option<&'a Value>,
}

/// Where the API has an option.
#[derive(Clone, Copy)]
pub enum Place {
    Config(&'static str),
    Host(&'static str),
    /// Of the host part, and open to updates.
    Update(&'static str),
}

impl Existing<'_> {
    pub fn config(&self, key: &str) -> Value {
        self.container.and_then(|container| at(container, &["Config", key])).cloned().unwrap_or_default()
    }

    pub fn host(&self, key: &str) -> Value {
        self.container.and_then(|container| at(container, &["HostConfig", key])).cloned().unwrap_or_default()
    }

    pub fn of_image(&self, key: &str) -> Value {
        self.image.and_then(|image| at(image, &["Config", key])).cloned().unwrap_or_default()
    }

    fn at(&self, place: Place) -> Value {
        match place {
            Place::Config(key) => self.config(key),
            Place::Host(key) | Place::Update(key) => self.host(key),
        }
    }
}

pub fn list(items: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    Value::list(items.into_iter().map(Into::into))
}

impl Settings {
    /// An option that the API takes as it is.
    fn plain<T: Into<Value>>(
        &mut self,
        existing: Existing,
        name: &'static str,
        kind: Kind,
        place: Place,
        value: Option<T>,
    ) {
        if let Some(value) = value {
            let (value, current) = (value.into(), existing.at(place));
            self.add(name, kind, place, value.clone(), value, current);
        }
    }

    /// An option that is compared in another form than it is sent.
    pub fn add(&mut self, name: &'static str, kind: Kind, place: Place, sent: Value, wanted: Value, current: Value) {
        match place {
            Place::Config(key) => self.body.insert(key, sent),
            Place::Host(key) => self.host.insert(key, sent),
            Place::Update(key) => {
                self.update.insert(key, sent.clone());
                self.host.insert(key, sent)
            }
        };
        self.compare(name, kind, wanted, current, matches!(place, Place::Update(_)));
    }

    pub fn compare(&mut self, name: &'static str, kind: Kind, wanted: Value, current: Value, updatable: bool) {
        self.list.push(Setting { name, kind, wanted, current, updatable });
    }
}

/// Gathers all options that are given.
pub fn gather(options: &ContainerOptions, existing: Existing, target: &mut Target) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    process(options, existing, &mut settings)?;
    environment(options, existing, target, &mut settings)?;
    plain_config(options, existing, &mut settings);
    plain_host(options, existing, &mut settings);
    limits(options, existing, &mut settings)?;
    named(options, existing, target, &mut settings);
    devices::gather(options, existing, &mut settings)?;
    mounts::gather(options, existing, &mut settings)?;
    ports::gather_exposed(options, existing, &mut settings)?;
    Ok(settings)
}

/// Command, entry point, terminal and what is attached.
fn process(options: &ContainerOptions, existing: Existing, settings: &mut Settings) -> Result<(), Failure> {
    let correct = options.command_handling == "correct";
    let split = |text: &str| words::split(text).map_err(Failure::new);
    let command = match &options.command {
        None => None,
        Some(command) => match command.as_items() {
            Some(items) => {
                let items: Vec<String> = items.iter().map(python::str).collect();
                Some(if correct { items } else { split(&items.join(" "))? })
            }
            None => Some(split(&python::str(command))?),
        },
    };
    let entrypoint = match &options.entrypoint {
        Some(items) if !correct => Some(split(&items.join(" "))?),
        other => other.clone(),
    };
    for (name, key, value) in [("command", "Cmd", command), ("entrypoint", "Entrypoint", entrypoint)] {
        let Some(value) = value.filter(|value| correct || !value.is_empty()) else { continue };
        let mut current = existing.config(key);
        if current.is_null() {
            current = list(Vec::<String>::new());
        }
        let sent = list(value.clone());
        if current == list([""]) && value.is_empty() {
            current = list(Vec::<String>::new());
        }
        settings.add(name, Kind::List, Place::Config(key), sent, list(value), current);
    }
    let (detach, interactive) = (options.detach == Some(true), options.interactive);
    let attached = !detach && interactive == Some(true);
    settings.body.extend(object! {
        "AttachStdout" => !detach,
        "AttachStderr" => !detach,
        "AttachStdin" => attached,
        "StdinOnce" => attached,
        "OpenStdin" => interactive,
    });
    if let Some(interactive) = interactive {
        settings.compare("interactive", Kind::Value, interactive.into(), existing.config("OpenStdin"), false);
    }
    if let Some(detach) = options.detach {
        let attached = existing.config("AttachStdout").is_truthy() && existing.config("AttachStderr").is_truthy();
        settings.compare("detach", Kind::Value, detach.into(), (!attached).into(), false);
    }
    Ok(())
}

/// Environment, labels, health check: what an image can bring along.
fn environment(
    options: &ContainerOptions,
    existing: Existing,
    target: &mut Target,
    settings: &mut Settings,
) -> Result<(), Failure> {
    if let Some(wanted) = variables(options, target)? {
        let mut all = Map::new();
        for pair in existing.of_image("Env").as_items().unwrap_or_default().iter().filter_map(Value::as_str) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            all.insert(name, value);
        }
        let pairs =
            |map: &Map| list(map.iter().map(|(name, value)| format!("{}={}", python::str(name), python::str(value))));
        all.extend(wanted.clone());
        settings.add("env", Kind::Set, Place::Config("Env"), pairs(&wanted), pairs(&all), existing.config("Env"));
    }
    if let Some(labels) = &options.labels {
        let sent = super::super::labels(labels, "labels")?;
        let mut wanted = existing.of_image("Labels").as_map().cloned().unwrap_or_default();
        wanted.extend(sent.clone());
        settings.add(
            "labels",
            Kind::Map,
            Place::Config("Labels"),
            sent.into(),
            wanted.into(),
            existing.config("Labels"),
        );
    }
    if let Some(check) = &options.healthcheck {
        let given = object! {
            "test" => check.test.clone(),
            "interval" => check.interval.clone(),
            "timeout" => check.timeout.clone(),
            "start_period" => check.start_period.clone(),
            "start_interval" => check.start_interval.clone(),
            "retries" => check.retries,
        };
        if let Some(check) = units::health_check(&given, check.test_cli_compatible)? {
            let current = existing.config("Healthcheck");
            let check = Value::from(check);
            settings.add("healthcheck", Kind::Map, Place::Config("Healthcheck"), check.clone(), check, current);
        }
    }
    Ok(())
}

/// The variables of the file, with those of the task over them.
fn variables(options: &ContainerOptions, target: &Target) -> Result<Option<Map>, Failure> {
    if options.env.is_none() && options.env_file.is_none() {
        return Ok(None);
    }
    let mut all = Map::new();
    if let Some(path) = &options.env_file {
        let path = target.absolute(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("Error parsing {}: {error}", path.display())))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some((name, value)) = line.split_once('=') else {
                return Err(Failure::new(format!("Invalid line in environment file {}:\n{line}", path.display())));
            };
            all.insert(name.trim(), value);
        }
    }
    for (name, value) in options.env.iter().flatten() {
        let name = python::str(name);
        let Some(text) = value.as_str() else {
            return Err(Failure::new(format!(
                "Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid \
                 them being interpreted. Key: {name}"
            )));
        };
        all.insert(name, text);
    }
    Ok(Some(all))
}

fn plain_config(options: &ContainerOptions, existing: Existing, settings: &mut Settings) {
    use Place::Config;
    let mut value = |name, key, value: Option<Value>| settings.plain(existing, name, Kind::Value, Config(key), value);
    value("domainname", "Domainname", options.domainname.clone().map(Value::from));
    value("hostname", "Hostname", options.hostname.clone().map(Value::from));
    value("mac_address", "MacAddress", options.mac_address.clone().map(Value::from));
    value("stop_signal", "StopSignal", options.stop_signal.clone().map(Value::from));
    value("stop_timeout", "StopTimeout", options.stop_timeout.map(Value::from));
    value("tty", "Tty", options.tty.map(Value::from));
    value("user", "User", options.user.clone().map(Value::from));
    value("working_dir", "WorkingDir", options.working_dir.clone().map(Value::from));
}

fn plain_host(options: &ContainerOptions, existing: Existing, settings: &mut Settings) {
    use Place::Host;
    let mut value = |name, key, value: Option<Value>| settings.plain(existing, name, Kind::Value, Host(key), value);
    value("auto_remove", "AutoRemove", options.auto_remove.map(Value::from));
    value("cgroup_parent", "CgroupParent", options.cgroup_parent.clone().map(Value::from));
    value("cgroupns_mode", "CgroupnsMode", options.cgroupns_mode.clone().map(Value::from));
    value("cpus", "NanoCpus", options.cpus.map(|cpus| Value::from((cpus * 1e9).round() as i64)));
    value("init", "Init", options.init.map(Value::from));
    value("memory_swappiness", "MemorySwappiness", options.memory_swappiness.map(Value::from));
    value("oom_killer", "OomKillDisable", options.oom_killer.map(Value::from));
    value("oom_score_adj", "OomScoreAdj", options.oom_score_adj.map(Value::from));
    value("pids_limit", "PidsLimit", options.pids_limit.map(Value::from));
    value("privileged", "Privileged", options.privileged.map(Value::from));
    value("publish_all_ports", "PublishAllPorts", options.publish_all_ports.map(Value::from));
    value("read_only", "ReadonlyRootfs", options.read_only.map(Value::from));
    value("runtime", "Runtime", options.runtime.clone().map(Value::from));
    value("userns_mode", "UsernsMode", options.userns_mode.clone().map(Value::from));
    value("uts", "UTSMode", options.uts.clone().map(Value::from));
    value("volume_driver", "VolumeDriver", options.volume_driver.clone().map(Value::from));
    let mut items = |name, kind, key, value: &Option<Vec<String>>| {
        settings.plain(existing, name, kind, Host(key), value.clone().map(list));
    };
    items("dns_servers", Kind::List, "Dns", &options.dns_servers);
    items("dns_opts", Kind::Set, "DnsOptions", &options.dns_opts);
    items("dns_search_domains", Kind::List, "DnsSearch", &options.dns_search_domains);
    items("device_cgroup_rules", Kind::List, "DeviceCgroupRules", &options.device_cgroup_rules);
    items("groups", Kind::Set, "GroupAdd", &options.groups);
    items("security_opts", Kind::Set, "SecurityOpt", &options.security_opts);
    items("volumes_from", Kind::Set, "VolumesFrom", &options.volumes_from);
    for (name, key, value) in
        [("storage_opts", "StorageOpt", &options.storage_opts), ("sysctls", "Sysctls", &options.sysctls)]
    {
        settings.plain(existing, name, Kind::Map, Host(key), value.as_ref().map(super::super::texts));
    }
    // The engine writes them with and without `CAP_`, in either case.
    let plain = |value: &Value| {
        let name = python::str(value).to_ascii_uppercase();
        Value::text(name.strip_prefix("CAP_").unwrap_or(&name))
    };
    for (name, key, value) in
        [("capabilities", "CapAdd", &options.capabilities), ("cap_drop", "CapDrop", &options.cap_drop)]
    {
        if let Some(value) = value {
            let sent = list(value.clone());
            let normal = |value: &Value| list(value.as_items().unwrap_or_default().iter().map(plain));
            let (wanted, current) = (normal(&sent), normal(&existing.host(key)));
            settings.add(name, Kind::Set, Host(key), sent, wanted, current);
        }
    }
    if let Some(hosts) = &options.etc_hosts {
        let pairs = list(hosts.iter().map(|(name, address)| format!("{}:{}", python::str(name), python::str(address))));
        settings.plain(existing, "etc_hosts", Kind::Set, Host("ExtraHosts"), Some(pairs));
    }
    if let Some(links) = &options.links {
        let pair = |link: &String| {
            link.split_once(':').map_or((link.clone(), link.clone()), |(a, b)| (a.to_owned(), b.to_owned()))
        };
        let wanted = list(links.iter().map(pair).map(|(link, alias)| format!("/{link}:/{}/{alias}", options.name)));
        let sent = list(links.iter().map(pair).map(|(link, alias)| format!("{link}:{alias}")));
        settings.add("links", Kind::Set, Host("Links"), sent, wanted, existing.host("Links"));
    }
}

/// What can be changed in a container that runs, and other sizes.
fn limits(options: &ContainerOptions, existing: Existing, settings: &mut Settings) -> Result<(), Failure> {
    use Place::Update;
    let size = |name: &str, text: &Option<String>| match text.as_deref() {
        None => Ok(None),
        Some("unlimited" | "-1") if name == "memory_swap" => Ok(Some(Value::from(-1))),
        Some(text) => units::bytes(text)
            .map(|bytes| Some(Value::from(bytes)))
            .map_err(|error| Failure::new(format!("Failed to convert {name} to bytes: {error}"))),
    };
    let values = [
        ("blkio_weight", "BlkioWeight", options.blkio_weight.map(Value::from)),
        ("cpu_period", "CpuPeriod", options.cpu_period.map(Value::from)),
        ("cpu_quota", "CpuQuota", options.cpu_quota.map(Value::from)),
        ("cpu_shares", "CpuShares", options.cpu_shares.map(Value::from)),
        ("cpuset_cpus", "CpusetCpus", options.cpuset_cpus.clone().map(Value::from)),
        ("cpuset_mems", "CpusetMems", options.cpuset_mems.clone().map(Value::from)),
        ("kernel_memory", "KernelMemory", size("kernel_memory", &options.kernel_memory)?),
        ("memory", "Memory", size("memory", &options.memory)?),
        ("memory_reservation", "MemoryReservation", size("memory_reservation", &options.memory_reservation)?),
        ("memory_swap", "MemorySwap", size("memory_swap", &options.memory_swap)?),
    ];
    for (name, key, value) in values {
        settings.plain(existing, name, Kind::Value, Update(key), value);
    }
    let shm = size("shm_size", &options.shm_size)?;
    settings.plain(existing, "shm_size", Kind::Value, Place::Host("ShmSize"), shm);
    if options.restart_policy.is_some() || options.restart_retries.is_some() {
        let policy = object! {
            "Name" => options.restart_policy.as_deref().unwrap_or_default(),
            "MaximumRetryCount" => options.restart_retries.unwrap_or(0),
        };
        let current = existing.host("RestartPolicy");
        let part = |key: &str| current.get(key).cloned().unwrap_or_default();
        settings.host.insert("RestartPolicy", policy.clone());
        settings.update.insert("RestartPolicy", policy);
        if let Some(name) = &options.restart_policy {
            settings.compare("restart_policy", Kind::Value, name.as_str().into(), part("Name"), true);
        }
        if let Some(retries) = options.restart_retries {
            settings.compare("restart_retries", Kind::Value, retries.into(), part("MaximumRetryCount"), true);
        }
    }
    Ok(())
}

/// Log driver, and modes that may name another container.
fn named(options: &ContainerOptions, existing: Existing, target: &mut Target, settings: &mut Settings) {
    if let Some(driver) = &options.log_driver {
        let mut config = object! { "Type" => driver.as_str(), "Config" => Map::new() };
        let current = existing.host("LogConfig");
        let type_now = current.get("Type").cloned().unwrap_or_default();
        settings.compare("log_driver", Kind::Value, driver.as_str().into(), type_now, false);
        if let Some(given) = &options.log_options {
            let mut texts = Map::new();
            for (key, value) in given {
                let (name, text) = (python::str(key), super::super::text_of(value));
                if value.as_str().is_none() {
                    target.warn(format!(
                        "Non-string value found for log_options option '{name}'. The value is automatically converted \
                         to '{text}'. If this is not correct, or you want to avoid such warnings, please quote the \
                         value."
                    ));
                }
                texts.insert(name, text);
            }
            config.insert("Config", texts.clone());
            let now = current.get("Config").cloned().unwrap_or_default();
            settings.compare("log_options", Kind::Map, texts.into(), now, false);
        }
        settings.host.insert("LogConfig", config);
    }
}
