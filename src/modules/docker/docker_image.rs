//! community.docker.docker_image: an image that is built, loaded, pulled or there, named, pushed, archived or removed.

use std::io::BufWriter;
use std::path::Path;

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::image_work::Build;
use crate::runner::docker::{Engine, EngineOptions, ImageName, auth, image_work, is_image_id, text_at, units};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerImage>("community.docker.docker_image", "Manage docker images").traits(super::TRAITS);

#[derive(Args)]
#[args(
    required_if(state = "present", "source"),
    required_if(source = "build", "build"),
    required_if(source = "load", "load_path")
)]
struct DockerImage {
    /// The image, by name or id.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    /// Whether the image is to be there.
    #[arg(default = "present")]
    state: State,
    /// Where the image comes from.
    source: Option<Source>,
    /// Where the image is archived to.
    archive_path: Option<TargetPath>,
    /// The archive that the image is loaded from.
    load_path: Option<TargetPath>,
    /// How the image is built.
    build: Option<BuildOptions>,
    /// How the image is pulled.
    pull: Option<PullOptions>,
    /// One more name for the image.
    repository: Option<String>,
    /// Whether the image is pushed to its registry.
    #[arg(default = false)]
    push: bool,
    /// Whether the image goes even where it has other names.
    #[arg(default = false)]
    force_absent: bool,
    /// Whether the image is built, loaded or pulled even where it is there.
    #[arg(default = false)]
    force_source: bool,
    /// Whether a name is given even where another image has it.
    #[arg(default = false)]
    force_tag: bool,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Source {
    Build,
    Load,
    Pull,
    Local,
}

#[derive(Args)]
struct PullOptions {
    /// The platform.
    platform: Option<String>,
}

#[derive(Args)]
struct BuildOptions {
    /// The folder.
    #[arg(required)]
    path: TargetPath,
    /// The Dockerfile, below the folder.
    dockerfile: Option<String>,
    /// Images whose layers may be used.
    cache_from: Option<Vec<String>>,
    /// Limits of the build.
    container_limits: Option<Limits>,
    /// Names and their addresses.
    etc_hosts: Option<Map>,
    /// Seconds that the engine may be silent.
    http_timeout: Option<u64>,
    /// Arguments of the build.
    args: Option<Map>,
    /// Labels of the image.
    labels: Option<Map>,
    /// The network of the build.
    network: Option<String>,
    /// Whether nothing of earlier builds is used.
    #[arg(default = false)]
    nocache: bool,
    /// The platform.
    platform: Option<String>,
    /// Whether newer base images are pulled.
    #[arg(default = false)]
    pull: bool,
    /// Whether containers of the build are removed.
    #[arg(default = true)]
    rm: bool,
    /// The size of `/dev/shm`.
    shm_size: Option<String>,
    /// The stage to build.
    target: Option<String>,
    /// Accepted; proxies are given as arguments.
    #[expect(dead_code, reason = "the engine takes proxies only as build arguments")]
    use_config_proxy: Option<bool>,
}

#[derive(Args)]
struct Limits {
    /// CPUs that may be used.
    cpusetcpus: Option<String>,
    /// Share of CPU time.
    cpushares: Option<i64>,
    /// The limit for memory.
    memory: Option<String>,
    /// The limit for memory and swap together.
    memswap: Option<String>,
}

impl Run for DockerImage {
    fn run(self, target: &mut Target) -> Outcome {
        if self.repository.as_deref().is_some_and(is_image_id) {
            let name = self.repository.unwrap_or_default();
            return Err(Failure::new(format!("`repository` must not be an image ID; got: {name}")));
        }
        let by_id = is_image_id(&self.name);
        if by_id && self.push && self.repository.is_none() {
            return Err(Failure::new(format!(
                "Cannot push an image by ID; specify `repository` to tag and push the image with ID {} instead",
                self.name
            )));
        }
        let mut engine = Engine::connect(&self.engine, target)?;
        if let Some(seconds) = self.build.as_ref().and_then(|build| build.http_timeout) {
            engine.set_timeout(Some(std::time::Duration::from_secs(seconds)));
        } else {
            engine = engine.patient();
        }
        let name = ImageName::parse(&self.name).or_tag(&self.tag);
        let full = if by_id { self.name.clone() } else { name.full() };
        let mut work = Work { engine, name, full, actions: Vec::new(), image: None, output: None };
        match self.state {
            State::Present => self.present(&mut work, target)?,
            State::Absent => self.absent(&mut work, target)?,
        }
        let mut result = object! {
            "actions" => Value::list(work.actions.into_iter().map(Value::from)),
            "image" => image_work::facts(work.image),
        };
        if let Some(output) = work.output {
            result.insert("stdout", output);
        }
        Ok(result)
    }
}

struct Work {
    engine: Engine,
    name: ImageName,
    full: String,
    actions: Vec<String>,
    image: Option<Value>,
    output: Option<String>,
}

fn id_of(image: &Value) -> &str {
    text_at(image, &["Id"]).unwrap_or_default()
}

impl DockerImage {
    fn present(&self, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        work.image = work.engine.find_image(&work.full)?;
        if work.image.is_none() || self.force_source {
            self.fetch(work, target)?;
        }
        if let Some(path) = &self.archive_path {
            self.archive(&target.absolute(path), work, target)?;
        }
        if self.push && self.repository.is_none() {
            self.push_to(&work.name.clone(), work, target)?;
        } else if let Some(repository) = &self.repository {
            let name = ImageName::parse(repository)
                .or_tag(work.name.tag.as_deref().filter(|tag| !tag.contains(':')).unwrap_or(&self.tag));
            self.give_name(&name, work, target)?;
            if self.push {
                self.push_to(&name, work, target)?;
            }
        }
        Ok(())
    }

    /// Builds, loads or pulls; what came counts as changed if it is another image.
    fn fetch(&self, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let before = work.image.take();
        let by_id = is_image_id(&self.name);
        match self.source {
            Some(Source::Build) => {
                if by_id {
                    return Err(Failure::new(format!(
                        "Image name must not be an image ID for source=build; got: {}",
                        self.name
                    )));
                }
                let Some(options) = &self.build else { return Err("build is required for source=build".into()) };
                let build = options.build(&work.full, target)?;
                if !build.folder.is_dir() {
                    return Err(Failure::new(format!(
                        "Requested build path {} could not be found or you do not have access.",
                        build.folder.display()
                    )));
                }
                work.actions.push(format!("Built image {} from {}", work.full, build.folder.display()));
                if !target.is_check() {
                    let told = work.engine.build(&build, target.environment());
                    let told = told.map_err(|error| Failure::new(format!("Error building {} - {error}", self.name)))?;
                    work.output = Some(told.output);
                }
            }
            Some(Source::Load) => {
                let path = self.load_path.as_ref().map(|path| target.absolute(path)).unwrap_or_default();
                if !path.is_file() {
                    return Err(Failure::new(format!(
                        "Error loading image {}. Specified path {} does not exist.",
                        self.name,
                        path.display()
                    )));
                }
                work.actions.push(format!("Loaded image {} from {}", work.full, path.display()));
                if !target.is_check() {
                    self.load(&path, work)?;
                }
            }
            Some(Source::Pull) => {
                if by_id {
                    return Err(Failure::new(format!(
                        "Image name must not be an image ID for source=pull; got: {}",
                        self.name
                    )));
                }
                work.actions.push(format!("Pulled image {}", work.full));
                if !target.is_check() {
                    let header = auth::header(&work.name, target.environment());
                    let platform = self.pull.as_ref().and_then(|pull| pull.platform.as_deref());
                    work.engine
                        .pull(&work.name, platform, header)
                        .map_err(|error| Failure::new(format!("Error pulling image {} - {error}", work.full)))?;
                }
            }
            Some(Source::Local) | None => {
                if before.is_none() {
                    return Err(Failure::new(format!("Cannot find the image {} locally.", work.full)));
                }
                work.image = before;
                return Ok(());
            }
        }
        work.image = if target.is_check() { before.clone() } else { work.engine.find_image(&work.full)? };
        if target.is_check() || before.as_ref().map(id_of) != work.image.as_ref().map(id_of) {
            target.mark_changed();
        }
        Ok(())
    }

    fn load(&self, path: &Path, work: &mut Work) -> Result<(), Failure> {
        let file = std::fs::File::open(path)
            .map_err(|error| Failure::new(format!("Error opening image {} - {error}", path.display())))?;
        let told = work
            .engine
            .load_images(file)
            .map_err(|error| Failure::new(format!("Error loading image {} - {error}", self.name)))?;
        let names = told.loaded();
        work.output = Some(told.output);
        if names.is_empty() {
            return Err("Detected no loaded images. Archive potentially corrupt?".into());
        }
        if !names.contains(&work.full) {
            let found = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            return Err(Failure::new(format!(
                "The archive did not contain image '{}'. Instead, found {found}.",
                work.full
            )));
        }
        Ok(())
    }

    fn archive(&self, path: &Path, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let Some(image) = &work.image else {
            if target.is_check() {
                target.mark_changed();
            }
            return Ok(());
        };
        let id = id_of(image).trim_start_matches("sha256:").to_owned();
        let names = if is_image_id(&work.full) { Vec::new() } else { vec![work.full.clone()] };
        if !self.force_source && path.exists() && image_work::archived(path).is_ok_and(|found| found == [(id, names)]) {
            return Ok(());
        }
        work.actions.push(format!("Archived image {} to {}", work.full, path.display()));
        let names = [work.full.clone()];
        let engine = &work.engine;
        target.effect(|_| {
            let failed =
                |error: String| Failure::new(format!("Error writing image archive {} - {error}", path.display()));
            let file = std::fs::File::create(path).map_err(|error| failed(error.to_string()))?;
            engine.save_images(&names, BufWriter::new(file)).map_err(|error| failed(error.to_string()))
        })?;
        Ok(())
    }

    fn give_name(&self, name: &ImageName, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        let there = work.engine.find_image(&name.full())?;
        let id = work.image.as_ref().map(id_of).unwrap_or_default().to_owned();
        let same = there.as_ref().is_some_and(|there| id_of(there) == id);
        if same || (there.is_some() && !self.force_tag) {
            return Ok(());
        }
        work.actions.push(format!("Tagged image {} to {}", work.full, name.full()));
        let engine = &work.engine;
        let source = if id.is_empty() { &work.full } else { &id };
        let done = target.effect(|_| {
            engine
                .tag_image(source, name)
                .map_err(|error| Failure::new(format!("Error: failed to tag image - {error}")))
        })?;
        if done.is_some() {
            work.image = work.engine.find_image(&name.full())?;
        }
        Ok(())
    }

    fn push_to(&self, name: &ImageName, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        if name.is_digest() {
            return Err(Failure::new(format!("Cannot push an image by digest; got: {}", name.full())));
        }
        work.actions.push(format!("Pushed image {} to {}", work.full, name.full()));
        if target.is_check() {
            target.mark_changed();
            return Ok(());
        }
        let changed = work
            .engine
            .push(name, target.environment())
            .map_err(|error| Failure::new(format!("Error pushing image {}: {error}", name.full())))?;
        if changed {
            target.mark_changed();
        }
        Ok(())
    }

    fn absent(&self, work: &mut Work, target: &mut Target) -> Result<(), Failure> {
        if work.engine.find_image(&work.full)?.is_some() {
            work.actions.push(format!("Removed image {}", work.full));
            let (engine, full) = (&work.engine, &work.full);
            target.effect(|_| match engine.remove_image(full, self.force_absent, true) {
                Err(error) if error.is_not_found() => Ok(()),
                other => {
                    other.map(drop).map_err(|error| Failure::new(format!("Error removing image {full} - {error}")))
                }
            })?;
            // What is shown of an image that is gone is only that.
            work.image = Some(object! { "state" => "Deleted" }.into());
        }
        Ok(())
    }
}

impl BuildOptions {
    fn build(&self, name: &str, target: &Target) -> Result<Build, Failure> {
        let size = |name: &str, text: &Option<String>| {
            text.as_deref()
                .map(|text| if text == "-1" { Ok(-1) } else { units::bytes(text) })
                .transpose()
                .map_err(|error| Failure::new(format!("Failed to convert build.{name} to bytes: {error}")))
        };
        let mut limits = Map::new();
        if let Some(given) = &self.container_limits {
            let values = [
                ("memory", size("container_limits.memory", &given.memory)?.map(Value::from)),
                ("memswap", size("container_limits.memswap", &given.memswap)?.map(Value::from)),
                ("cpushares", given.cpushares.map(Value::from)),
                ("cpusetcpus", given.cpusetcpus.clone().map(Value::from)),
            ];
            limits.extend(values.into_iter().filter_map(|(key, value)| Some((key, value?))));
        }
        Ok(Build {
            folder: target.absolute(&self.path),
            dockerfile: self.dockerfile.clone(),
            tag: name.to_owned(),
            arguments: self.args.as_ref().map(super::texts).unwrap_or_default(),
            labels: self.labels.as_ref().map(super::texts).unwrap_or_default(),
            cache_from: self.cache_from.clone().unwrap_or_default(),
            network: self.network.clone(),
            no_cache: self.nocache,
            pull: self.pull,
            remove_intermediate: self.rm,
            target: self.target.clone(),
            platform: self.platform.clone(),
            extra_hosts: self.etc_hosts.clone().unwrap_or_default(),
            shared_memory: size("shm_size", &self.shm_size)?,
            limits,
        })
    }
}
