//! ansible.builtin.apt: packages of Debian and its kin.

mod act;
mod cache;
mod wish;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::dpkg::Packages;
use crate::runner::{Failure, Module, Outcome, Run, Target};

use wish::Wish;

pub static MODULE: Module = Module::of::<Apt>("ansible.builtin.apt", "Manage packages of Debian and its kin");

#[derive(Args)]
#[args(exclusive("deb", "name", "upgrade"), required_one_of("autoremove", "deb", "name", "update_cache", "upgrade"))]
struct Apt {
    /// The state to bring packages to.
    #[arg(default = "present", choices("absent", "build-dep", "fixed", "latest", "present"))]
    state: String,
    /// Whether the lists of packages are fetched first.
    #[arg(alias = "update-cache")]
    update_cache: Option<bool>,
    /// How often that is tried.
    #[arg(default = 5)]
    update_cache_retries: i64,
    /// How many seconds at most lie between two tries.
    #[arg(default = 12)]
    update_cache_retry_max_delay: i64,
    /// For how many seconds the lists that are there are good enough.
    #[arg(default = 0)]
    cache_valid_time: i64,
    /// Whether configuration goes with a package that is removed.
    #[arg(default = false)]
    purge: bool,
    /// The packages: names, `name=version`, `name>=version`, or with shell patterns.
    #[arg(alias = "package", alias = "pkg")]
    name: Option<Vec<String>>,
    /// A package's file on the host, or its address.
    deb: Option<TargetPath>,
    /// The release that packages come from.
    #[arg(alias = "default-release")]
    default_release: Option<String>,
    /// Whether recommended packages come too.
    #[arg(alias = "install-recommends")]
    install_recommends: Option<bool>,
    /// Whether to go on where it is dangerous.
    #[arg(default = false)]
    force: bool,
    /// Brings every package up to date.
    #[arg(default = "no", choices("dist", "full", "no", "safe", "yes"))]
    upgrade: String,
    /// Options of dpkg, with commas between them.
    #[arg(default = "force-confdef,force-confold")]
    dpkg_options: String,
    /// Whether packages that nothing needs any more are removed.
    #[arg(default = false)]
    autoremove: bool,
    /// Whether fetched files of packages that are no longer to be had are removed.
    #[arg(default = false)]
    autoclean: bool,
    /// Whether it is an error that something would be removed.
    #[arg(default = false)]
    fail_on_autoremove: bool,
    /// The answer that services get to the question whether they may start.
    policy_rc_d: Option<i64>,
    /// Whether only what is installed is brought up to date.
    #[arg(default = false)]
    only_upgrade: bool,
    /// Whether apt-get is used in place of aptitude; it always is here.
    #[arg(default = false, unused)]
    force_apt_get: bool,
    /// Whether all fetched files are removed.
    #[arg(default = false)]
    clean: bool,
    /// Whether packages without a signature are taken.
    #[arg(default = false, alias = "allow-unauthenticated")]
    allow_unauthenticated: bool,
    /// Whether older versions are taken.
    #[arg(default = false, alias = "allow-downgrade", alias = "allow_downgrades", alias = "allow-downgrades")]
    allow_downgrade: bool,
    /// Whether packages that are on hold are changed.
    #[arg(default = false)]
    allow_change_held_packages: bool,
    /// For how many seconds another program may keep the lock.
    #[arg(default = 60)]
    lock_timeout: i64,
    /// Whether what the module needs is installed; it needs nothing here.
    #[arg(default = true, unused)]
    auto_install_module_deps: bool,
}

impl Run for Apt {
    fn run(self, target: &mut Target) -> Outcome {
        if self.clean
            && self.name.is_none()
            && self.deb.is_none()
            && self.upgrade == "no"
            && self.update_cache != Some(true)
        {
            return self.clean_up("clean", target);
        }
        if self.clean {
            self.clean_up("clean", target)?;
        }
        let is_upgrade = self.upgrade != "no";
        let names = self.name.as_ref().filter(|names| !names.is_empty());
        let mut cache = cache::State::now();
        if self.update_cache == Some(true) || self.cache_valid_time > 0 {
            self.update(&mut cache, target)?;
            if names.is_none() && !is_upgrade && self.deb.is_none() && !self.autoremove {
                let mut result = Map::from([("changed", cache.was_updated)]);
                cache.tell(&mut result);
                return Ok(result);
            }
        }
        if is_upgrade {
            return self.bring_up_to_date(target);
        }
        if let Some(deb) = &self.deb {
            if self.state != "present" {
                return Err("deb only supports state=present".into());
            }
            return self.install_file(deb, target);
        }
        let Some(names) = names else {
            if self.autoclean {
                return self.clean_up("autoclean", target);
            }
            if self.autoremove {
                return self.clean_up("autoremove", target);
            }
            return Ok(Map::from([("changed", false)]));
        };
        if names.iter().any(|name| name == "*") {
            return match self.state.as_str() {
                "latest" => Apt { upgrade: "yes".to_owned(), ..self }.bring_up_to_date(target),
                _ => Err("unable to install all packages (*): use state=latest".into()),
            };
        }
        let packages = Packages::read();
        let mut wishes = Vec::new();
        for name in names.iter().filter(|name| !name.trim().is_empty()) {
            let wish = Wish::parse(name);
            if self.state == "latest" && wish.version.is_some() && wish.version.as_deref() != Some("*") {
                return Err(Failure::new(format!("version number inconsistent with state=latest: {name}")));
            }
            wishes.extend(wish.expanded(&packages, self.state == "absent", target)?);
        }
        if self.state == "absent" {
            return self.remove(&wishes, &packages, target);
        }
        let mut result = self.install(&wishes, &packages, target).map_err(|failure| cache.tell_failure(failure))?;
        cache.tell(&mut result);
        Ok(result)
    }
}

/// The part of what apt-get says that tells what it does.
fn prepared(said: &str) -> Value {
    let lines: Vec<&str> = said.lines().collect();
    let start = lines.iter().position(|line| *line == "Reading state information...").map_or(0, |index| index + 1);
    let is_sum = |line: &&str| line.split_once(" upgraded").is_some_and(|(count, _)| count.parse::<u32>().is_ok());
    let end = lines.iter().position(is_sum).map_or(lines.len(), |index| index + 1);
    Map::from([("prepared", lines.get(start..end).unwrap_or_default().join("\n"))]).into()
}

#[cfg(test)]
mod tests;
