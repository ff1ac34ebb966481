//! community.docker.docker_volume: makes sure that a volume is there, or is not.

use crate::args::{Args, Choice};
use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{Differences, Engine, EngineOptions, at, quoted};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DockerVolume>("community.docker.docker_volume", "Manage Docker volumes").traits(super::TRAITS);

#[derive(Args)]
struct DockerVolume {
    /// The volume's name.
    #[arg(required, alias = "name")]
    volume_name: String,
    /// Whether the volume is to be there.
    #[arg(default = "present")]
    state: State,
    /// Who keeps the volume.
    #[arg(default = "local")]
    driver: String,
    /// Options of the driver.
    #[arg(default = {})]
    driver_options: Map,
    /// Labels of the volume.
    labels: Option<Map>,
    /// When a volume that is there is removed and made anew: its content is lost.
    #[arg(default = "never")]
    recreate: Recreate,
    #[arg(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Recreate {
    Always,
    Never,
    #[choice("options-changed")]
    OptionsChanged,
}

impl Run for DockerVolume {
    fn run(mut self, target: &mut Target) -> Outcome {
        self.labels = self.labels.map(|labels| super::labels(&labels, "labels")).transpose()?;
        let engine = Engine::connect(&self.engine, target)?;
        let existing = engine.find_volume(&self.volume_name)?;
        let mut actions = Vec::new();
        let mut differences = Differences::default();
        let wanted = self.state == State::Present;
        differences.compare("exists", wanted, existing.is_some());
        if let Some(existing) = existing.as_ref().filter(|_| wanted) {
            self.compare(existing, &mut differences);
        }
        let must_go = existing.is_some()
            && match self.recreate {
                _ if !wanted => true,
                Recreate::Always => true,
                Recreate::Never => false,
                Recreate::OptionsChanged => !differences.is_empty(),
            };
        if must_go {
            actions.push(format!("Removed volume {}", self.volume_name));
            self.remove(&engine, target)?;
        }
        if wanted && (must_go || existing.is_none()) {
            actions.push(format!("Created volume {} with driver {}", self.volume_name, self.driver));
            self.create(&engine, target)?;
        }
        let mut result = Map::new();
        if target.is_check() || !wanted || self.engine.debug {
            result.insert("actions", Value::list(actions.into_iter().map(Value::from)));
        }
        if wanted {
            result.insert("volume", engine.find_volume(&self.volume_name)?);
        }
        if target.wants_diff() {
            result.insert("diff", object! { "before" => differences.before(), "after" => differences.after() });
        }
        Ok(result)
    }
}

impl DockerVolume {
    fn compare(&self, existing: &Value, differences: &mut Differences) {
        differences.compare("driver", self.driver.as_str(), existing.get("Driver").cloned());
        let lists =
            [("driver_options", Some(&self.driver_options), "Options"), ("labels", self.labels.as_ref(), "Labels")];
        for (option, wanted, key) in lists {
            for (name, value) in wanted.into_iter().flatten() {
                let name = python::str(name);
                let current = at(existing, &[key, &name]).cloned();
                differences.compare(&format!("{option}.{name}"), python::str(value), current);
            }
        }
    }

    fn remove(&self, engine: &Engine, target: &mut Target) -> Result<(), Failure> {
        let path = format!("/volumes/{}", quoted(&self.volume_name));
        target.effect(|_| engine.delete(&path).map_err(|error| Failure::new(error.to_string())))?;
        Ok(())
    }

    fn create(&self, engine: &Engine, target: &mut Target) -> Result<(), Failure> {
        let body = object! {
            "Name" => self.volume_name.as_str(),
            "Driver" => self.driver.as_str(),
            "DriverOpts" => super::texts(&self.driver_options),
            "Labels" => self.labels.as_ref().map(super::texts),
        };
        target.effect(|_| engine.post("/volumes/create", body).map_err(|error| Failure::new(error.to_string())))?;
        Ok(())
    }
}
