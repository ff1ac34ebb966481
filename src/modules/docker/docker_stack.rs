//! community.docker.docker_stack: brings the services of compose files into the swarm, by the `docker` program.

use std::io::Write;
use std::time::Duration;

use crate::args::{Args, Choice, TargetPath};
use crate::data::json::{self, Style};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::program::{Program, said};
use crate::runner::docker::{Engine, EngineOptions, Request, at, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target, Traits};

pub static MODULE: Module = Module::of::<DockerStack>("community.docker.docker_stack", "docker stack module")
    .traits(Traits { skips_check_mode: true, ..super::TRAITS });

#[derive(Args)]
struct DockerStack {
    /// The stack's name.
    #[arg(required)]
    name: String,
    /// Whether the stack is to be there.
    #[arg(default = "present")]
    state: State,
    /// Compose files by path, or their content.
    #[arg(default = [], elements = "raw")]
    compose: Vec<Value>,
    /// Whether services go that the files no longer have.
    #[arg(default = false)]
    prune: bool,
    /// Whether not to wait until the services run.
    #[arg(default = true)]
    detach: bool,
    /// Whether nodes get the logins of this user.
    #[arg(default = false)]
    with_registry_auth: bool,
    /// When names of images are pinned to what the registry has.
    #[arg(choices("always", "changed", "never"))]
    resolve_image: Option<String>,
    /// How often removing is tried.
    #[arg(default = 0)]
    absent_retries: u32,
    /// Seconds between.
    #[arg(default = 1)]
    absent_retries_interval: u64,
    /// The `docker` program.
    docker_cli: Option<TargetPath>,
    /// The program's context.
    cli_context: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Present,
    Absent,
}

impl Run for DockerStack {
    fn run(self, target: &mut Target) -> Outcome {
        if self.state == State::Present && self.compose.is_empty() {
            return Err("compose parameter must be a list containing at least one element".into());
        }
        let program = Program::find(self.docker_cli.as_ref(), self.cli_context.as_deref(), &self.engine, target)?;
        let engine = Engine::connect(&self.engine, target)?;
        match self.state {
            State::Present => self.present(&program, &engine, target),
            State::Absent => self.absent(&program, &engine, target),
        }
    }
}

impl DockerStack {
    /// What the stack's services are, by name.
    fn services(&self, engine: &Engine) -> Result<Map, Failure> {
        let filters = object! { "label" => format!("com.docker.stack.namespace={}", self.name) };
        let all = Request::get("/services").filters(Some(&filters)).send(engine)?.value()?;
        let services = all.as_items().unwrap_or_default().iter();
        Ok(services
            .filter_map(|service| {
                Some((text_at(service, &["Spec", "Name"])?.to_owned(), at(service, &["Spec"])?.clone()))
            })
            .collect())
    }

    /// The compose files; content that is given gets a file of its own.
    fn files(&self, target: &mut Target) -> Result<Vec<String>, Failure> {
        let mut files = Vec::new();
        for (index, compose) in self.compose.iter().enumerate() {
            if let Some(path) = compose.as_str() {
                files.push(target.absolute(target.expand_path(path)).to_string_lossy().into_owned());
                continue;
            }
            if compose.as_map().is_none() {
                return Err(Failure::new(format!(
                    "compose element '{}' must be a string or a dictionary",
                    crate::data::python::str(compose)
                )));
            }
            let name = format!("muster-compose-{}-{index}.json", crate::runner::files::write::random_name());
            let path = target.temp_dir().join(name);
            let text = json::dumps(compose, &Style::default());
            let failed = |error: std::io::Error| crate::runner::errors::file_failure(&error, &path);
            let mut options = std::fs::OpenOptions::new();
            std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
            options.open(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
            target.remove_at_end(path.clone());
            files.push(path.to_string_lossy().into_owned());
        }
        Ok(files)
    }

    fn present(&self, program: &Program, engine: &Engine, target: &mut Target) -> Outcome {
        let files = self.files(target)?;
        let before = self.services(engine)?;
        let mut words = vec!["stack", "deploy"];
        if self.prune {
            words.push("--prune");
        }
        if !self.detach {
            words.push("--detach=false");
        }
        if self.with_registry_auth {
            words.push("--with-registry-auth");
        }
        if let Some(when) = &self.resolve_image {
            words.extend(["--resolve-image", when]);
        }
        for file in &files {
            words.extend(["--compose-file", file]);
        }
        words.push(&self.name);
        let finished = program.run(&words, target)?;
        let after = self.services(engine)?;
        if !finished.is_success() {
            return Err(said("docker stack up deploy command failed", &finished));
        }
        let differs = |(name, spec): &(&Value, &Value)| before.get_value(name) != Some(spec);
        let mut diff: Map = after.iter().filter(differs).map(|(name, spec)| (name.clone(), spec.clone())).collect();
        let gone: Vec<Value> = before.keys().filter(|name| !after.contains_value_key(name)).cloned().collect();
        if !gone.is_empty() {
            diff.insert("$delete", gone);
        }
        if !diff.is_empty() {
            target.mark_changed();
        }
        let mut result = object! {
            "rc" => finished.code,
            "stdout" => finished.stdout_text(),
            "stderr" => finished.stderr_text(),
        };
        if !diff.is_empty() {
            result.insert("stack_spec_diff", json::dumps(&diff.into(), &Style::default()));
        }
        Ok(result)
    }

    fn absent(&self, program: &Program, engine: &Engine, target: &mut Target) -> Outcome {
        if self.services(engine)?.is_empty() {
            return Ok(Map::new());
        }
        let mut left = self.absent_retries;
        let mut finished = program.run(&["stack", "rm", &self.name], target)?;
        while left > 0 && !finished.stderr_text().contains("Nothing found in stack") {
            target.sleep(Duration::from_secs(self.absent_retries_interval))?;
            finished = program.run(&["stack", "rm", &self.name], target)?;
            left -= 1;
        }
        if !finished.is_success() && !finished.stderr_text().contains("Nothing found in stack") {
            return Err(said("'docker stack down' command failed", &finished));
        }
        target.mark_changed();
        Ok(object! {
            "msg" => finished.stdout_text(),
            "rc" => finished.code,
            "stdout" => finished.stdout_text(),
            "stderr" => finished.stderr_text(),
        })
    }
}
