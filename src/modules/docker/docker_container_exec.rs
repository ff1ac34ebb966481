//! community.docker.docker_container_exec: runs a command in a container.

use crate::args::Args;
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, Request, at, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target, words};

pub static MODULE: Module =
    Module::of::<ContainerExec>("community.docker.docker_container_exec", "Execute command in a docker container")
        .traits(super::TRAITS);

#[derive(Args)]
#[args(exclusive("argv", "command"), required_one_of("argv", "command"))]
struct ContainerExec {
    /// The container.
    #[arg(required)]
    container: String,
    /// The command as a list of words.
    argv: Option<Vec<String>>,
    /// The command as text.
    command: Option<String>,
    /// The folder that the command runs in.
    chdir: Option<String>,
    /// Whether the task goes on while the command runs.
    #[arg(default = false)]
    detach: bool,
    /// The user that the command runs as.
    user: Option<String>,
    /// What the command reads.
    stdin: Option<String>,
    /// Whether a line break is added to what it reads.
    #[arg(default = true)]
    stdin_add_newline: bool,
    /// Whether line breaks at the end of the output are cut off.
    #[arg(default = true)]
    strip_empty_ends: bool,
    /// Whether the command has a terminal.
    #[arg(default = false)]
    tty: bool,
    /// Environment variables.
    env: Option<Map>,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for ContainerExec {
    fn run(self, target: &mut Target) -> Outcome {
        if self.detach && self.stdin.is_some() {
            return Err("If detach=true, stdin cannot be provided.".into());
        }
        let mut variables = Vec::new();
        for (name, value) in self.env.iter().flatten() {
            let name = python::str(name);
            let Some(text) = value.as_str() else {
                return Err(Failure::new(format!(
                    "Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid \
                     them being interpreted when directly specified, or explicitly converted to strings when the \
                     option is templated. Key: {name}"
                )));
            };
            variables.push(Value::text(format!("{name}={text}")));
        }
        let argv = match (self.argv, &self.command) {
            (Some(argv), _) => argv,
            (None, command) => words::split(command.as_deref().unwrap_or_default()).map_err(Failure::new)?,
        };
        let input = self.stdin.map(|text| if self.stdin_add_newline { text + "\n" } else { text });
        let engine = Engine::connect(&self.engine, target)?.patient();
        let body = object! {
            "Container" => self.container.as_str(),
            "User" => self.user.unwrap_or_default(),
            "Privileged" => false,
            "Tty" => self.tty,
            "AttachStdin" => input.is_some(),
            "AttachStdout" => !self.detach,
            "AttachStderr" => !self.detach,
            "Cmd" => Value::list(argv.into_iter().map(Value::from)),
            "Env" => Value::list(variables),
            "WorkingDir" => self.chdir,
        };
        let path = format!("/containers/{}/exec", crate::runner::docker::quoted(&self.container));
        let made = engine.post(&path, body).map_err(|error| match error.status {
            Some(404) => Failure::new(format!("Could not find container \"{}\"", self.container)),
            Some(409) if error.message.contains("is paused") => {
                Failure::new(format!("The container \"{}\" has been paused ({error})", self.container))
            }
            _ => Failure::from(error),
        })?;
        let id = text_at(&made, &["Id"]).unwrap_or_default().to_owned();
        let (detach, tty) = (self.detach, self.tty);
        let start = Request::post(format!("/exec/{id}/start")).json(object! { "Detach" => detach, "Tty" => tty });
        target.mark_changed();
        if detach {
            start.send(&engine)?;
            return Ok(object! { "changed" => true, "exec_id" => id });
        }
        let (output, errors) = match &input {
            Some(input) => start.hijack(&engine)?.converse(input.as_bytes(), tty)?,
            None => start.send(&engine)?.output(tty)?,
        };
        let done = engine.get(&format!("/exec/{id}/json"))?;
        let shown = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if self.strip_empty_ends { text.trim_end_matches(['\r', '\n']).to_owned() } else { text }
        };
        let code = at(&done, &["ExitCode"]).and_then(Value::as_int).unwrap_or(0);
        Ok(object! { "changed" => true, "stdout" => shown(output), "stderr" => shown(errors), "rc" => code })
    }
}
