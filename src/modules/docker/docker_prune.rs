//! community.docker.docker_prune: removes what nobody uses.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::object;
use crate::runner::docker::{Engine, EngineOptions, Request, at, units};
use crate::runner::{Failure, Module, Outcome, Run, Target, Traits};

pub static MODULE: Module =
    Module::of::<Prune>("community.docker.docker_prune", "Allows to prune various docker objects")
        .traits(Traits { skips_check_mode: true, ..super::TRAITS });

#[derive(Args)]
struct Prune {
    /// Whether stopped containers go.
    #[arg(default = false)]
    containers: bool,
    /// Which containers.
    containers_filters: Option<Map>,
    /// Whether unused images go.
    #[arg(default = false)]
    images: bool,
    /// Which images.
    images_filters: Option<Map>,
    /// Whether unused networks go.
    #[arg(default = false)]
    networks: bool,
    /// Which networks.
    networks_filters: Option<Map>,
    /// Whether unused volumes go.
    #[arg(default = false)]
    volumes: bool,
    /// Which volumes.
    volumes_filters: Option<Map>,
    /// Whether what builds left behind goes.
    #[arg(default = false)]
    builder_cache: bool,
    /// Whether all of it goes, not only what hangs.
    #[arg(default = false)]
    builder_cache_all: bool,
    /// Which of it.
    builder_cache_filters: Option<Map>,
    /// How much of it stays, as `1G`.
    builder_cache_keep_storage: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

impl Run for Prune {
    fn run(self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?.patient();
        let keep = self.builder_cache_keep_storage.as_deref().map(units::bytes).transpose();
        let keep = keep.map_err(|error| {
            Failure::new(format!("Error while parsing value of builder_cache_keep_storage: {error}"))
        })?;
        let mut result = Map::new();
        let kinds = [
            (self.containers, "containers", &self.containers_filters, "ContainersDeleted", true),
            (self.images, "images", &self.images_filters, "ImagesDeleted", true),
            (self.networks, "networks", &self.networks_filters, "NetworksDeleted", false),
            (self.volumes, "volumes", &self.volumes_filters, "VolumesDeleted", true),
        ];
        for (wanted, name, filters, key, has_space) in kinds {
            if !wanted {
                continue;
            }
            let answer = Request::post(format!("/{name}/prune")).filters(filters.as_ref()).send(&engine)?.value()?;
            let gone = at(&answer, &[key]).and_then(Value::as_items).unwrap_or_default().to_vec();
            if !gone.is_empty() {
                target.mark_changed();
            }
            result.insert(name, gone);
            if has_space {
                let space = at(&answer, &["SpaceReclaimed"]).and_then(Value::as_int).unwrap_or(0);
                if space > 0 {
                    target.mark_changed();
                }
                result.insert(format!("{name}_space_reclaimed"), space);
            }
        }
        if self.builder_cache {
            let mut request = Request::post("/build/prune").filters(self.builder_cache_filters.as_ref());
            if self.builder_cache_all {
                request = request.query("all", "true");
            }
            if let Some(keep) = keep {
                request = request.query("keep-storage", keep);
            }
            let answer = request.send(&engine)?.value()?;
            let space = at(&answer, &["SpaceReclaimed"]).and_then(Value::as_int).unwrap_or(0);
            let gone = at(&answer, &["CachesDeleted"]).and_then(Value::as_items).unwrap_or_default().to_vec();
            if space > 0 || !gone.is_empty() {
                target.mark_changed();
            }
            result.extend(object! { "builder_cache_space_reclaimed" => space, "builder_cache_caches_deleted" => gone });
        }
        Ok(result)
    }
}
