//! community.docker.docker_swarm_service: makes sure that a service of the swarm is there as wanted.

mod compare;
mod current;
mod options;
mod spec;
mod wanted;

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::docker::{ApiError, Differences, Engine, ImageName, Request, at, auth, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

use options::{ServiceOptions, State};

pub static MODULE: Module =
    Module::of::<ServiceOptions>("community.docker.docker_swarm_service", "docker swarm service").traits(super::TRAITS);

impl Run for ServiceOptions {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        super::require_api(
            &engine,
            &[
                (self.cap_add.is_some(), "1.41", "cap_add"),
                (self.cap_drop.is_some(), "1.41", "cap_drop"),
                (self.sysctls.is_some(), "1.40", "sysctls"),
                (self.mode == "replicated-job", "1.41", "mode"),
            ],
        )?;
        let found = find(&engine, &self.name)?;
        let current = found.as_ref().map(current::flat);
        if self.state == State::Absent {
            return self.absent(&engine, found.as_ref(), target);
        }
        let mut wanted = wanted::flat(&self, current.as_ref(), &engine, target)?;
        if self.resolve_image {
            self.resolve(&engine, &mut wanted, target)?;
        }
        let Some(found) = found else {
            self.create(&engine, &wanted, target)?;
            return Ok(self.result("Service created", &wanted, &Differences::default(), (false, true), target));
        };
        let current = current.unwrap_or_default();
        let mut differences = compare::compare(&wanted, &current);
        let forced = self.force_update && differences.names().all(|name| name == "force_update");
        if self.force_update && !differences.has("force_update") {
            differences.add("force_update", true, false);
        }
        if differences.is_empty() {
            return Ok(self.result("Service unchanged", &wanted, &differences, (false, false), target));
        }
        if differences.has("mode") {
            self.remove(&engine, target)?;
            self.create(&engine, &wanted, target)?;
            return Ok(self.result("Service rebuilt", &wanted, &differences, (true, true), target));
        }
        self.update(&engine, &found, &wanted, target)?;
        let message = if forced { "Service forcefully updated" } else { "Service updated" };
        Ok(self.result(message, &wanted, &differences, (false, true), target))
    }
}

fn find(engine: &Engine, name: &str) -> Result<Option<Value>, Failure> {
    let filters = object! { "name" => name };
    let all = Request::get("/services").filters(Some(&filters)).send(engine).and_then(|answer| answer.value());
    let all = all.map_err(|error| Failure::new(format!("Error looking for service named {name}: {error}")))?;
    let found =
        all.as_items().unwrap_or_default().iter().find(|service| text_at(service, &["Spec", "Name"]) == Some(name));
    Ok(found.cloned())
}

impl ServiceOptions {
    fn result(
        &self,
        message: &str,
        wanted: &Map,
        differences: &Differences,
        (rebuilt, changed): (bool, bool),
        target: &mut Target,
    ) -> Map {
        if changed {
            target.mark_changed();
        }
        let mut result = object! {
            "msg" => message,
            "rebuilt" => rebuilt,
            "changes" => Value::list(differences.names().map(Value::from)),
            "swarm_service" => wanted.clone(),
        };
        if target.wants_diff() {
            result.insert("diff", object! { "before" => differences.before(), "after" => differences.after() });
        }
        result
    }

    fn absent(&self, engine: &Engine, found: Option<&Value>, target: &mut Target) -> Outcome {
        let message = if found.is_some() {
            self.remove(engine, target)?;
            "Service removed"
        } else {
            "Service absent"
        };
        let mut result = object! {
            "msg" => message,
            "rebuilt" => false,
            "changes" => Value::list([]),
            "swarm_service" => Value::NULL,
        };
        if target.wants_diff() {
            let diff = object! {
                "before" => object! { "exists" => found.is_some() },
                "after" => object! { "exists" => false },
            };
            result.insert("diff", diff);
        }
        Ok(result)
    }

    /// The name with the digest that the registry has for it now.
    fn resolve(&self, engine: &Engine, wanted: &mut Map, target: &Target) -> Result<(), Failure> {
        let Some(image) = wanted.get("image").and_then(Value::as_str).map(str::to_owned) else { return Ok(()) };
        let name = ImageName::parse(&image).or_tag("latest");
        if name.is_digest() {
            return Ok(());
        }
        let mut request = Request::get(format!("/distribution/{}/json", name.full()));
        if let Some(auth) = auth::header(&name, target.environment()) {
            request = request.header("X-Registry-Auth", auth);
        }
        let answer = request.send(engine).and_then(|answer| answer.value());
        let answer = answer
            .map_err(|error| Failure::new(format!("Error looking for an image named {}: {error}", name.full())))?;
        let digest = text_at(&answer, &["Descriptor", "digest"]).unwrap_or_default();
        wanted.insert("image", format!("{}@{digest}", name.full()));
        Ok(())
    }

    fn create(&self, engine: &Engine, wanted: &Map, target: &mut Target) -> Result<(), Failure> {
        let request =
            self.with_auth(Request::post("/services/create"), wanted, target).json(spec::body(&self.name, wanted));
        let failed = |error: ApiError| Failure::new(format!("Error creating service: {error}"));
        let answer = target.effect(|_| request.send(engine).and_then(|answer| answer.value()).map_err(failed))?;
        warn_of(answer.as_ref(), target);
        Ok(())
    }

    fn update(&self, engine: &Engine, found: &Value, wanted: &Map, target: &mut Target) -> Result<(), Failure> {
        let id = text_at(found, &["ID"]).unwrap_or_default();
        let version = at(found, &["Version", "Index"]).map(python::str).unwrap_or_default();
        let request = Request::post(format!("/services/{id}/update")).query("version", version);
        let request = self.with_auth(request, wanted, target).json(spec::body(&self.name, wanted));
        let failed = |error: ApiError| Failure::new(format!("Error updating service: {error}"));
        let answer = target.effect(|_| request.send(engine).and_then(|answer| answer.value()).map_err(failed))?;
        warn_of(answer.as_ref(), target);
        Ok(())
    }

    fn with_auth(&self, request: Request, wanted: &Map, target: &Target) -> Request {
        let image = wanted.get("image").and_then(Value::as_str).unwrap_or_default();
        match auth::header(&ImageName::parse(image), target.environment()) {
            Some(auth) => request.header("X-Registry-Auth", auth),
            None => request,
        }
    }

    fn remove(&self, engine: &Engine, target: &mut Target) -> Result<(), Failure> {
        let path = format!("/services/{}", quoted(&self.name));
        target.effect(|_| {
            engine.delete(&path).map_err(|error| Failure::new(format!("Error removing service {}: {error}", self.name)))
        })?;
        Ok(())
    }
}

fn warn_of(answer: Option<&Value>, target: &mut Target) {
    let warnings = answer.and_then(|answer| at(answer, &["Warnings"])).and_then(Value::as_items).unwrap_or_default();
    for warning in warnings.iter().filter_map(Value::as_str) {
        target.warn(format!("Docker warning: {warning}"));
    }
}
