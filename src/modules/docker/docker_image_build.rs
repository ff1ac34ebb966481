//! community.docker.docker_image_build: builds an image with the engine's own builder.

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::image_work::Build;
use crate::runner::docker::{Engine, EngineOptions, ImageName, is_image_id, units};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<ImageBuild>("community.docker.docker_image_build", "Build Docker images").traits(super::TRAITS);

#[derive(Args)]
struct ImageBuild {
    /// The image's name.
    #[arg(required)]
    name: String,
    /// The tag, where the name has none.
    #[arg(default = "latest")]
    tag: String,
    /// The folder with the Dockerfile.
    #[arg(required)]
    path: TargetPath,
    /// The Dockerfile, below the folder.
    dockerfile: Option<String>,
    /// Images whose layers may be used.
    cache_from: Option<Vec<String>>,
    /// Whether newer base images are pulled.
    #[arg(default = false)]
    pull: bool,
    /// The network of the build.
    network: Option<String>,
    /// Whether nothing of earlier builds is used.
    #[arg(default = false)]
    nocache: bool,
    /// Names and their addresses.
    etc_hosts: Option<Map>,
    /// Arguments of the build.
    args: Option<Map>,
    /// The stage to build.
    target: Option<String>,
    /// The platform; one at most.
    platform: Option<Vec<String>>,
    /// The size of `/dev/shm`.
    shm_size: Option<String>,
    /// Labels of the image.
    labels: Option<Map>,
    /// Whether to build even where the image is there.
    #[arg(default = "never")]
    rebuild: Rebuild,
    /// Not built: secrets need buildx.
    secrets: Option<Vec<Map>>,
    /// Not built, except for the engine's own images: outputs need buildx.
    outputs: Option<Vec<Map>>,
    /// Accepted; the engine is asked directly.
    #[expect(dead_code, reason = "no program is run")]
    cli_context: Option<String>,
    /// Accepted; the engine is asked directly.
    #[expect(dead_code, reason = "no program is run")]
    docker_cli: Option<TargetPath>,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Rebuild {
    Never,
    Always,
}

impl Run for ImageBuild {
    fn run(self, target: &mut Target) -> Outcome {
        if is_image_id(&self.name) {
            return Err("Image name must not be a digest".into());
        }
        if self.secrets.as_ref().is_some_and(|secrets| !secrets.is_empty()) {
            return Err("muster builds with the engine's own builder, which knows no secrets".into());
        }
        let plain = |output: &Map| matches!(output.get("type").and_then(Value::as_str), Some("docker" | "image"));
        if self.outputs.iter().flatten().any(|output| !plain(output)) {
            return Err("muster builds with the engine's own builder, whose only output is the engine's images".into());
        }
        if self.platform.as_ref().is_some_and(|platforms| platforms.len() > 1) {
            return Err("muster builds with the engine's own builder, which builds for one platform at a time".into());
        }
        let engine = Engine::connect(&self.engine, target)?.patient();
        let folder = target.absolute(&self.path);
        if !folder.is_dir() {
            return Err(Failure::new(format!("\"{}\" is not an existing directory", folder.display())));
        }
        let full = ImageName::parse(&self.name).or_tag(&self.tag).full();
        let before = engine.find_image(&full)?;
        if let (Some(image), Rebuild::Never) = (&before, self.rebuild) {
            return Ok(object! { "actions" => Value::list([]), "image" => image.clone() });
        }
        let size = self.shm_size.as_deref().map(units::bytes).transpose();
        let build = Build {
            folder,
            dockerfile: self.dockerfile,
            tag: full.clone(),
            arguments: self.args.as_ref().map(super::texts).unwrap_or_default(),
            labels: self.labels.as_ref().map(super::texts).unwrap_or_default(),
            cache_from: self.cache_from.unwrap_or_default(),
            network: self.network,
            no_cache: self.nocache,
            pull: self.pull,
            remove_intermediate: true,
            target: self.target,
            platform: self.platform.and_then(|platforms| platforms.into_iter().next()),
            extra_hosts: self.etc_hosts.unwrap_or_default(),
            shared_memory: size
                .map_err(|error| Failure::new(format!("Failed to convert shm_size to bytes: {error}")))?,
            limits: Map::new(),
        };
        let told = target.effect(|target| {
            engine
                .build(&build, target.environment())
                .map_err(|error| Failure::new(format!("Building {full} failed: {error}")))
        })?;
        let after = if told.is_some() { engine.find_image(&full)? } else { before };
        let mut result = object! {
            "actions" => Value::list([Value::text(format!("Built image {full}"))]),
            "image" => crate::runner::docker::image_work::facts(after),
        };
        if let Some(told) = told {
            result.insert("stdout", told.output);
        }
        Ok(result)
    }
}
