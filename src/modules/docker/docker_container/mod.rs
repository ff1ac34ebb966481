//! community.docker.docker_container: brings a container to a state.

mod compare;
mod devices;
mod image;
mod mounts;
mod networks;
mod options;
mod ports;
mod settings;

use std::time::{Duration, Instant};

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Differences, Engine, Request, at, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

use compare::{Comparison, Comparisons, Kind};
pub use options::{ContainerOptions, State};
use settings::{Existing, Settings};

pub static MODULE: Module =
    Module::of::<ContainerOptions>("community.docker.docker_container", "manage Docker containers")
        .traits(super::TRAITS);

impl Run for ContainerOptions {
    fn run(mut self, target: &mut Target) -> Outcome {
        self.settle();
        let engine = Engine::connect(&self.engine, target)?;
        self.check(&engine)?;
        let comparisons = Comparisons::parse(&self)?;
        let work = Work {
            options: &self,
            engine,
            comparisons,
            actions: Vec::new(),
            differences: Differences::default(),
            facts: Map::new(),
        };
        work.run(target)
    }
}

impl ContainerOptions {
    /// Old defaults, and what one option says about another.
    fn settle(&mut self) {
        if self.container_default_behavior == "compatibility" {
            for flag in [
                &mut self.auto_remove,
                &mut self.init,
                &mut self.interactive,
                &mut self.paused,
                &mut self.privileged,
                &mut self.read_only,
                &mut self.tty,
            ] {
                flag.get_or_insert(false);
            }
            self.detach.get_or_insert(true);
            self.memory.get_or_insert_with(|| "0".to_owned());
        }
        if self.network_mode.is_none() && self.networks_cli_compatible {
            self.network_mode =
                self.networks.as_ref().and_then(|networks| networks.first()).map(|network| network.name.clone());
        }
    }

    fn check(&self, engine: &Engine) -> Result<(), Failure> {
        let check = self.healthcheck.as_ref();
        let mounts = |has: fn(&options::Mount) -> bool| self.mounts.iter().flatten().any(has);
        super::require_api(
            engine,
            &[
                (check.is_some_and(|check| check.start_period.is_some()), "1.29", "healthcheck.start_period"),
                (check.is_some_and(|check| check.start_interval.is_some()), "1.44", "healthcheck.start_interval"),
                (self.device_requests.is_some(), "1.40", "device_requests"),
                (self.cgroupns_mode.is_some(), "1.41", "cgroupns_mode"),
                (self.platform.is_some(), "1.41", "platform"),
                (mounts(|mount| mount.create_mountpoint.is_some()), "1.42", "mounts.create_mountpoint"),
                (mounts(|mount| mount.subpath.is_some()), "1.45", "mounts.subpath"),
                (mounts(|mount| mount.tmpfs_options.is_some()), "1.46", "mounts.tmpfs_options"),
                (
                    self.networks.iter().flatten().any(|network| network.mac_address.is_some()),
                    "1.44",
                    "networks.mac_address",
                ),
            ],
        )
    }
}

/// What a run has at hand and gathers.
pub struct Work<'a> {
    options: &'a ContainerOptions,
    engine: Engine,
    comparisons: Comparisons,
    actions: Vec<Map>,
    differences: Differences,
    /// More of the result.
    facts: Map,
}

fn is(container: &Value, flag: &str) -> bool {
    at(container, &["State", flag]).is_some_and(Value::is_truthy)
}

fn id_of(container: &Value) -> String {
    text_at(container, &["Id"]).unwrap_or_default().to_owned()
}

impl Work<'_> {
    fn run(mut self, target: &mut Target) -> Outcome {
        let outcome = match self.options.state {
            State::Absent => self.absent(target),
            _ => self.present(target),
        };
        let mut result = self.facts;
        result.insert("actions", Value::list(self.actions.into_iter().map(Value::from)));
        if target.wants_diff() {
            let (before, after) = (self.differences.before(), self.differences.after());
            result.insert("diff", object! { "before" => before, "after" => after });
        }
        match outcome {
            Ok(container) => {
                // One that was waited for is already there, with its output.
                if let Some(container) = container.filter(|_| !result.contains_key("container")) {
                    result.insert("container", container);
                }
                Ok(result)
            }
            Err(mut failure) => {
                result.extend(failure.details);
                failure.details = result;
                Err(failure)
            }
        }
    }

    fn absent(&mut self, target: &mut Target) -> Result<Option<Value>, Failure> {
        let container = self.engine.find_container(&self.options.name)?;
        self.differences.compare("exists", false, container.is_some());
        if let Some(container) = container {
            if is(&container, "Running") {
                self.differences.add("running", false, true);
                self.stop(&container, target)?;
            }
            self.remove(&container, target)?;
        }
        Ok(None)
    }

    fn present(&mut self, target: &mut Target) -> Result<Option<Value>, Failure> {
        let mut container = self.engine.find_container(&self.options.name)?;
        if let Some(there) = container.as_ref().filter(|there| text_at(there, &["State", "Status"]) == Some("removing"))
        {
            self.wait_until_gone(&id_of(there), target)?;
            container = None;
        }
        let image = self.image(target)?;
        let comparison_image = self.comparison_image(image.as_ref(), container.as_ref())?;
        let (was_running, was_paused) =
            container.as_ref().map_or((false, false), |there| (is(there, "Running"), is(there, "Paused")));
        self.differences.compare("exists", true, container.is_some());
        let mut was_created = false;
        match container.take() {
            None => {
                let Some(image) = &image else {
                    return Err(Failure::new("Cannot create container when image is not specified!"));
                };
                container = self.create(&image.name, comparison_image.as_ref(), target)?;
                was_created = true;
            }
            Some(there) => {
                let existing = Existing { container: Some(&there), image: comparison_image.as_ref() };
                let mut found = self.compare(existing, target, false)?;
                self.compare_platform(&there, &mut found)?;
                if let Some(image) = &image {
                    if self.comparisons.of("image", Kind::Value) == Comparison::Strict {
                        self.compare_image(image, &there, &mut found);
                    }
                }
                if found.is_empty() && !self.options.recreate {
                    container = Some(there);
                } else {
                    self.differences.extend(found);
                    // A new container gets all of it at once.
                    self.differences.extend(self.compare(existing, target, true)?);
                    if self.options.recreate {
                        self.differences.add("recreate", true, false);
                    }
                    let old_image = text_at(&there, &["Config", "Image"]).map(str::to_owned);
                    let Some(name) = image.as_ref().map(|image| image.name.clone()).or(old_image) else {
                        return Err(Failure::new(
                            "Cannot recreate container when image is not specified or cannot be extracted from current container!",
                        ));
                    };
                    if is(&there, "Running") {
                        self.stop(&there, target)?;
                    }
                    self.remove(&there, target)?;
                    container = self.create(&name, comparison_image.as_ref(), target)?.or(Some(there));
                    was_created = true;
                }
            }
        }
        if let Some(there) = container {
            container = Some(self.refine(there, comparison_image.as_ref(), was_created, target)?);
        }
        self.run_state(container, was_created, was_running, was_paused, target)
    }

    /// Limits and networks of a container that stays.
    fn refine(
        &mut self,
        container: Value,
        image: Option<&Value>,
        was_created: bool,
        target: &mut Target,
    ) -> Result<Value, Failure> {
        let existing = Existing { container: Some(&container), image };
        let found = self.compare(existing, target, true)?;
        if !found.is_empty() {
            let update = settings::gather(self.options, existing, target)?.update;
            let id = id_of(&container);
            self.actions.push(object! { "updated" => id.as_str(), "update_parameters" => update.clone() });
            if !was_created {
                self.differences.extend(found);
            }
            let engine = &self.engine;
            let answer = target.effect(|_| {
                engine
                    .post(&format!("/containers/{id}/update"), update)
                    .map_err(|error| Failure::new(format!("Error updating container {id}: {error}")))
            })?;
            warn_of(answer.as_ref(), target);
        }
        let mut found = Differences::default();
        self.converge_networks(&container, was_created, &mut found, target)?;
        if !was_created {
            self.differences.extend(found);
        }
        Ok(self.engine.find_container(&id_of(&container))?.unwrap_or(container))
    }

    /// Started, stopped, paused.
    fn run_state(
        &mut self,
        container: Option<Value>,
        was_created: bool,
        was_running: bool,
        was_paused: bool,
        target: &mut Target,
    ) -> Result<Option<Value>, Failure> {
        let Some(mut container) = container else {
            // In a check there is no container to look at.
            let starts = matches!(self.options.state, State::Started | State::Healthy);
            if starts {
                self.differences.compare("running", true, was_running);
            }
            return Ok(None);
        };
        let id = id_of(&container);
        let starts = matches!(self.options.state, State::Started | State::Healthy);
        let runs = is(&container, "Running");
        if starts && !runs {
            self.differences.add("running", true, was_running);
            container = self.start(&container, target)?;
        } else if starts && self.options.restart && !was_created {
            self.differences.add("restarted", true, false);
            self.restart(&id, target)?;
        } else if self.options.state == State::Stopped && runs {
            self.differences.add("running", false, was_running);
            self.stop(&container, target)?;
        }
        if let (true, Some(paused)) = (starts, self.options.paused) {
            if paused != (was_paused && !was_created) {
                self.differences.add("paused", paused, was_paused);
                self.actions.push(object! { "set_paused" => paused });
                let word = if paused { "pause" } else { "unpause" };
                let engine = &self.engine;
                target.effect(|_| {
                    engine
                        .post(&format!("/containers/{id}/{word}"), Map::new())
                        .map_err(|error| Failure::new(format!("Error on {word} of container {id}: {error}")))
                })?;
            }
        }
        if self.options.state == State::Healthy && !target.is_check() {
            self.wait_until_healthy(&id, target)?;
        }
        Ok(self.engine.find_container(&id)?.or(Some(container)))
    }

    /// What differs: either what needs a new container, or what can be updated.
    fn compare(&self, existing: Existing, target: &mut Target, updatable: bool) -> Result<Differences, Failure> {
        let settings = settings::gather(self.options, existing, target)?;
        let mut found = Differences::default();
        for setting in settings.list.iter().filter(|setting| setting.updatable == updatable) {
            let comparison = self.comparisons.of(setting.name, setting.kind);
            let mut wanted = setting.wanted.clone();
            // An empty command leaves the image's.
            if setting.name == "command" && !wanted.is_truthy() {
                wanted = existing.of_image("Cmd");
                if wanted.is_null() {
                    wanted = Value::list([]);
                }
            }
            if setting.name == "labels" && comparison == Comparison::Strict {
                wanted = self.strict_labels(existing, wanted)?;
            }
            if !compare::fits(&wanted, &setting.current, setting.kind, comparison) {
                found.add(setting.name, wanted, setting.current.clone());
            }
        }
        if !updatable {
            self.compare_modes(existing, &mut found)?;
            if let Some(bindings) = ports::bindings(self.options, &self.engine)? {
                let (wanted, current) =
                    (ports::sorted(&bindings.into()), ports::sorted(&existing.host("PortBindings")));
                if !compare::fits(&wanted, &current, Kind::Map, self.comparisons.of("published_ports", Kind::Map)) {
                    found.add("published_ports", wanted, current);
                }
            }
        }
        Ok(found)
    }

    /// Where labels are strict, those of the image are either expected or a mistake.
    fn strict_labels(&self, existing: Existing, wanted: Value) -> Result<Value, Failure> {
        let own = self.options.labels.clone().unwrap_or_default();
        let of_image = existing.of_image("Labels").as_map().cloned().unwrap_or_default();
        let mut extra: Vec<String> = of_image
            .keys()
            .map(python::str)
            .filter(|key| !own.contains_key(key))
            .map(|key| format!("\"{key}\""))
            .collect();
        extra.sort();
        if self.options.image_label_mismatch == "fail" && !extra.is_empty() {
            return Err(Failure::new(format!(
                "Some labels should be removed but are present in the base image. You can set image_label_mismatch to \
                 'ignore' to ignore this error. Labels: {}",
                extra.join(", ")
            )));
        }
        Ok(wanted)
    }

    /// Modes that may name another container, which the engine knows by its id.
    fn modes(&self) -> Result<Vec<(&'static str, &'static str, String)>, Failure> {
        let options = self.options;
        let given = [
            ("network_mode", "NetworkMode", &options.network_mode),
            ("ipc_mode", "IpcMode", &options.ipc_mode),
            ("pid_mode", "PidMode", &options.pid_mode),
        ];
        let mut modes = Vec::new();
        for (name, key, value) in given {
            let Some(value) = value else { continue };
            let mode = match value.strip_prefix("container:") {
                Some(other) => {
                    let found = self.engine.find_container(other)?;
                    format!("container:{}", found.as_ref().map_or_else(|| other.to_owned(), id_of))
                }
                None => value.clone(),
            };
            modes.push((name, key, mode));
        }
        Ok(modes)
    }

    fn compare_modes(&self, existing: Existing, found: &mut Differences) -> Result<(), Failure> {
        for (name, key, mode) in self.modes()? {
            let comparison = self.comparisons.of(name, Kind::Value);
            let current = existing.host(key);
            let mut same = compare::fits(&Value::text(mode.as_str()), &current, Kind::Value, comparison);
            if !same && key == "NetworkMode" {
                // A network can be named by its name and by its id.
                let id = |name: &str| {
                    self.engine.find_network(name).ok().flatten().and_then(|network| network.get("Id").cloned())
                };
                let now = current.as_str().unwrap_or_default();
                same = (mode == "default" && now == "bridge")
                    || (mode == "bridge" && now == "default")
                    || id(&mode).is_some_and(|found| Some(found) == id(now));
            }
            if !same {
                found.add(name, mode, current);
            }
        }
        Ok(())
    }

    fn compare_platform(&self, container: &Value, found: &mut Differences) -> Result<(), Failure> {
        let Some(platform) = &self.options.platform else { return Ok(()) };
        if self.comparisons.of("platform", Kind::Value) == Comparison::Ignore {
            return Ok(());
        }
        let image = text_at(container, &["Image"]).map(|id| self.engine.find_image(id)).transpose()?.flatten();
        if let Some(image) = image.filter(|image| !image::platform_fits(platform, image)) {
            let now = ["Os", "Architecture"].map(|key| image.get(key).map(python::str).unwrap_or_default()).join("/");
            found.add("platform", platform.as_str(), now);
        }
        Ok(())
    }
}

/// What the engine warns of.
fn warn_of(answer: Option<&Value>, target: &mut Target) {
    let warnings = answer.and_then(|answer| at(answer, &["Warnings"])).and_then(Value::as_items).unwrap_or_default();
    for warning in warnings.iter().filter_map(Value::as_str) {
        target.warn(format!("Docker warning: {warning}"));
    }
}

/// Doing it.
impl Work<'_> {
    fn create(
        &mut self,
        image: &str,
        comparison_image: Option<&Value>,
        target: &mut Target,
    ) -> Result<Option<Value>, Failure> {
        let Settings { mut body, mut host, .. } =
            settings::gather(self.options, Existing { container: None, image: comparison_image }, target)?;
        for (_, key, mode) in self.modes()? {
            host.insert(key, mode);
        }
        if let Some(bindings) = ports::bindings(self.options, &self.engine)? {
            host.insert("PortBindings", bindings);
        }
        if !host.is_empty() {
            body.insert("HostConfig", host);
        }
        body.insert("Image", image);
        let mut networks = Map::new();
        let first = self.options.networks.as_ref().and_then(|networks| networks.first());
        if let Some(network) = first.filter(|_| self.options.networks_cli_compatible) {
            networks.insert(network.name.as_str(), network.endpoint());
            body.insert("NetworkingConfig", object! { "EndpointsConfig" => networks.clone() });
        }
        let mut shown = body.clone();
        shown.remove("NetworkingConfig");
        self.actions.push(object! {
            "created" => "Created container",
            "create_parameters" => shown,
            "networks" => networks,
        });
        let mut request = Request::post("/containers/create").query("name", &self.options.name);
        if let Some(platform) = &self.options.platform {
            request = request.query("platform", platform);
        }
        let engine = &self.engine;
        let answer = target.effect(|_| {
            let answer = request.json(body).send(engine).and_then(|answer| answer.value());
            answer.map_err(|error| Failure::new(format!("Error creating container: {error}")))
        })?;
        warn_of(answer.as_ref(), target);
        match answer {
            Some(answer) => Ok(self.engine.find_container(text_at(&answer, &["Id"]).unwrap_or(&self.options.name))?),
            None => Ok(None),
        }
    }

    fn start(&mut self, container: &Value, target: &mut Target) -> Result<Value, Failure> {
        let id = id_of(container);
        self.actions.push(object! { "started" => id.as_str() });
        let engine = &self.engine;
        let started = target.effect(|_| {
            engine
                .post(&format!("/containers/{id}/start"), Map::new())
                .map_err(|error| Failure::new(format!("Error starting container {id}: {error}")))
        })?;
        if started.is_some() && self.options.detach == Some(false) {
            self.wait_for_end(container, &id, target)?;
        }
        Ok(self.engine.find_container(&id)?.unwrap_or_else(|| container.clone()))
    }

    /// Waits until the container ends; its output and status become the result.
    fn wait_for_end(&mut self, container: &Value, id: &str, target: &mut Target) -> Result<(), Failure> {
        self.engine.set_timeout(None);
        let answer = self
            .engine
            .post(&format!("/containers/{id}/wait"), Map::new())
            .map_err(|error| Failure::new(format!("Error waiting for container {id}: {error}")))?;
        let status = at(&answer, &["StatusCode"]).and_then(Value::as_int).unwrap_or(0);
        let driver = text_at(container, &["HostConfig", "LogConfig", "Type"]).unwrap_or_default();
        let output = if self.options.auto_remove == Some(true) {
            "Cannot retrieve result as auto_remove is enabled".to_owned()
        } else if matches!(driver, "json-file" | "journald" | "local") {
            let has_terminal = at(container, &["Config", "Tty"]).is_some_and(Value::is_truthy);
            let logs = Request::get(format!("/containers/{id}/logs")).query("stdout", "true").query("stderr", "true");
            let logs = logs.query("timestamps", "false").query("follow", "false").query("tail", "all");
            let (mut output, errors) = logs.send(&self.engine)?.output(has_terminal)?;
            output.extend(errors);
            String::from_utf8_lossy(&output).into_owned()
        } else {
            format!("Result logged using `{driver}` driver")
        };
        self.facts.insert("status", status);
        if self.options.cleanup {
            self.remove(container, target)?;
        }
        let mut shown = self.engine.find_container(id)?.unwrap_or_else(|| container.clone());
        if let Some(map) = shown.as_map() {
            let mut map = map.clone();
            map.insert("Output", output.as_str());
            shown = map.into();
        }
        self.facts.insert("container", shown);
        if status == 0 {
            return Ok(());
        }
        let details = object! { "status" => status };
        Err(Failure { message: output, causes: Vec::new(), details })
    }

    fn stop(&mut self, container: &Value, target: &mut Target) -> Result<(), Failure> {
        let id = id_of(container);
        if self.options.force_kill {
            self.actions.push(object! { "killed" => id.as_str(), "signal" => self.options.kill_signal.clone() });
            let mut request = Request::post(format!("/containers/{id}/kill"));
            if let Some(signal) = &self.options.kill_signal {
                request = request.query("signal", signal);
            }
            let engine = &self.engine;
            target.effect(|_| match request.send(engine) {
                Err(error) if error.is_conflict() => Ok(()),
                other => {
                    other.map(drop).map_err(|error| Failure::new(format!("Error killing container {id}: {error}")))
                }
            })?;
            return Ok(());
        }
        self.actions.push(object! { "stopped" => id.as_str(), "timeout" => self.options.stop_timeout });
        let mut request = Request::post(format!("/containers/{id}/stop"));
        if let Some(timeout) = self.options.stop_timeout {
            request = request.query("t", timeout);
        }
        let engine = &mut self.engine;
        target.effect(|target| {
            // A paused container cannot be stopped.
            if is(container, "Paused") {
                engine.post(&format!("/containers/{id}/unpause"), Map::new())?;
                let _ = target;
            }
            engine.set_timeout(None);
            request
                .send(engine)
                .map(drop)
                .map_err(|error| Failure::new(format!("Error stopping container {id}: {error}")))
        })?;
        Ok(())
    }

    fn restart(&mut self, id: &str, target: &mut Target) -> Result<(), Failure> {
        self.actions.push(object! { "restarted" => id, "timeout" => self.options.stop_timeout });
        let mut request = Request::post(format!("/containers/{id}/restart"));
        if let Some(timeout) = self.options.stop_timeout {
            request = request.query("t", timeout);
        }
        let engine = &mut self.engine;
        target.effect(|_| {
            engine.set_timeout(None);
            request
                .send(engine)
                .map(drop)
                .map_err(|error| Failure::new(format!("Error restarting container {id}: {error}")))
        })?;
        Ok(())
    }

    fn remove(&mut self, container: &Value, target: &mut Target) -> Result<(), Failure> {
        let id = id_of(container);
        let volumes = !self.options.keep_volumes;
        self.actions.push(object! {
            "removed" => id.as_str(),
            "volume_state" => volumes,
            "link" => false,
            "force" => false,
        });
        let request = Request::delete(format!("/containers/{}", quoted(&id)))
            .query("v", volumes)
            .query("link", "false")
            .query("force", "false");
        let engine = &self.engine;
        let removed = target.effect(|_| match request.send(engine) {
            Ok(_) => Ok(()),
            // The engine itself removes those with auto_remove.
            Err(error) if error.is_not_found() || error.message.contains("removal of container") => Ok(()),
            Err(error) => Err(Failure::new(format!("Error removing container {id}: {error}"))),
        })?;
        match removed {
            Some(()) => self.wait_until_gone(&id, target),
            None => Ok(()),
        }
    }

    fn wait_until_gone(&self, id: &str, target: &Target) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(20);
        while self.engine.find_container(id)?.is_some() {
            if self.options.removal_wait_timeout.is_some_and(|limit| begun.elapsed().as_secs_f64() > limit) {
                let limit = self.options.removal_wait_timeout.unwrap_or_default();
                let limit = python::str(&limit.into());
                return Err(Failure::new(format!(
                    "Timeout of {limit} seconds exceeded while waiting for container \"{id}\""
                )));
            }
            target.sleep(pause)?;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        Ok(())
    }

    fn wait_until_healthy(&mut self, id: &str, target: &Target) -> Result<(), Failure> {
        let begun = Instant::now();
        let limit = self.options.healthy_wait_timeout.filter(|limit| *limit > 0.0);
        loop {
            let container = self.engine.find_container(id)?;
            let Some(container) = container else {
                return Err(Failure::new(format!("The container vanished while waiting for container \"{id}\"")));
            };
            let status = text_at(&container, &["State", "Health", "Status"]).unwrap_or_default().to_owned();
            match status.as_str() {
                "starting" => {}
                "healthy" => return Ok(()),
                _ if is(&container, "Running") && status == "unhealthy" => {
                    let message = format!("Container \"{id}\" is unhealthy");
                    return Err(Failure::new(message).with("container", container));
                }
                "" => {
                    let message = "Encountered container that has no health check while waiting for healthy state";
                    return Err(Failure::new(message).with("container", container));
                }
                _ => {}
            }
            if let Some(limit) = limit.filter(|limit| begun.elapsed().as_secs_f64() > *limit) {
                let limit = python::str(&limit.into());
                let message = format!("Timeout of {limit} seconds exceeded while waiting for container \"{id}\"");
                return Err(Failure::new(message).with("container", container));
            }
            target.sleep(Duration::from_millis(200))?;
        }
    }
}
