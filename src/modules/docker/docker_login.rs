//! community.docker.docker_login: logs in to a registry, or out of it.

use crate::args::{Args, Choice};
use crate::data::json::Style;
use crate::data::{Value, json, python};
use crate::object;
use crate::runner::docker::auth::{ConfigFile, Credentials, HUB, run_helper};
use crate::runner::docker::{Engine, EngineOptions};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<Login>("community.docker.docker_login", "Log into a Docker registry").traits(super::TRAITS);

#[derive(Args)]
#[args(required_if(state = "present", "username", "password"))]
struct Login {
    /// The registry.
    #[arg(alias = "registry", alias = "url", default = "https://index.docker.io/v1/")]
    registry_url: String,
    /// The user.
    username: Option<String>,
    /// The password.
    #[arg(no_log)]
    password: Option<String>,
    /// Whether to log in even where that was done before.
    #[arg(default = false, alias = "reauth")]
    reauthorize: bool,
    /// Docker's configuration file.
    #[arg(default = "~/.docker/config.json", alias = "dockercfg_path", kind = "path")]
    config_path: String,
    /// Whether to be logged in.
    #[arg(default = "present")]
    state: State,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Present,
    Absent,
}

impl Run for Login {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(target.expand_path(&self.config_path));
        let mut file = ConfigFile::read(&path).map_err(Failure::new)?;
        let registry = if self.registry_url.is_empty() { HUB } else { &self.registry_url };
        let current = file.find(registry, target.environment());
        let helper = file.helper(registry);
        if self.state == State::Absent {
            if current.is_some() {
                let environment = target.environment().clone();
                target.effect(|_| {
                    match helper {
                        Some(program) => drop(run_helper(&program, "erase", registry, &environment)?),
                        None => {
                            file.remove(registry);
                            file.write()?;
                        }
                    }
                    Ok(())
                })?;
            }
            return Ok(object! { "login_result" => object! {} });
        }
        let wanted = Credentials {
            username: self.username.clone().unwrap_or_default(),
            password: self.password.clone().unwrap_or_default(),
        };
        let engine = Engine::connect(&self.engine, target)?;
        let body = object! {
            "username" => wanted.username.as_str(),
            "password" => wanted.password.as_str(),
            "email" => Value::NULL,
            "serveraddress" => registry,
        };
        let same = current.as_ref() == Some(&wanted);
        let answer = if same && !self.reauthorize {
            object! { "username" => wanted.username.as_str(), "serveraddress" => registry }.into()
        } else {
            engine.post("/auth", body).map_err(|error| {
                Failure::new(format!("Logging into {registry} for user {} failed - {error}", wanted.username))
            })?
        };
        let token = answer.get("IdentityToken").map(python::str).filter(|token| !token.is_empty());
        let kept = match token {
            Some(token) => Credentials { username: "<token>".to_owned(), password: token },
            None => wanted.clone(),
        };
        if !same || self.reauthorize && current.as_ref() != Some(&kept) {
            let environment = target.environment().clone();
            target.effect(|_| {
                match helper {
                    Some(program) => {
                        let secret = object! {
                            "ServerURL" => registry,
                            "Username" => kept.username.as_str(),
                            "Secret" => kept.password.as_str(),
                        };
                        run_helper(&program, "store", &json::dumps(&secret.into(), &Style::compact()), &environment)?;
                    }
                    None => {
                        file.put(registry, &kept);
                        file.write()?;
                    }
                }
                Ok(())
            })?;
        }
        let mut shown = answer.as_map().cloned().unwrap_or_default();
        shown.remove("password");
        Ok(object! { "login_result" => shown })
    }
}
