//! What apt-get is told to do.

use std::path::Path;

use super::wish::{Offer, Wish, offers};
use super::{Apt, prepared};
use crate::args::TargetPath;
use crate::data::{Map, Value};
use crate::runner::dpkg::Packages;
use crate::runner::process::quoted;
use crate::runner::{Command, Failure, Finished, Outcome, Target, http};

/// What apt-get says where there was nothing to do.
const NOTHING: &str = "\n0 upgraded, 0 newly installed, 0 to remove";
const POLICY: &str = "/usr/sbin/policy-rc.d";

impl Apt {
    /// Nobody is there who could answer questions.
    pub(super) fn environment_of<'t>(&self, command: Command<'t>) -> Command<'t> {
        command
            .in_english()
            .variable("LANG", "C.UTF-8")
            .variable("DEBIAN_FRONTEND", "noninteractive")
            .variable("DEBIAN_PRIORITY", "critical")
            .variable("APT_LISTCHANGES_FRONTEND", "none")
    }

    fn words(&self, action: &str) -> Vec<String> {
        let mut words = vec!["-y".to_owned()];
        for option in self.dpkg_options.split(',').map(str::trim).filter(|option| !option.is_empty()) {
            words.extend(["-o".to_owned(), format!("Dpkg::Options::=--{option}")]);
        }
        words.extend(["-o".to_owned(), format!("DPkg::Lock::Timeout={}", self.lock_timeout)]);
        let flags = [
            (self.only_upgrade && action == "install", "--only-upgrade"),
            (self.state == "fixed", "--fix-broken"),
            (self.force, "--allow-unauthenticated"),
            (self.force, "--allow-downgrades"),
            (self.force, "--allow-remove-essential"),
            (self.force, "--allow-change-held-packages"),
            (self.autoremove && action != "autoremove", "--auto-remove"),
            (self.fail_on_autoremove, "--no-remove"),
            (self.purge && matches!(action, "remove" | "autoremove"), "--purge"),
            (self.allow_unauthenticated && !self.force, "--allow-unauthenticated"),
            (self.allow_downgrade && !self.force, "--allow-downgrades"),
            (self.allow_change_held_packages && !self.force, "--allow-change-held-packages"),
        ];
        words.extend(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| (*flag).to_owned()));
        if let Some(release) = &self.default_release {
            words.extend(["-t".to_owned(), release.clone()]);
        }
        if let Some(wanted) = self.install_recommends {
            let word = if wanted { "yes" } else { "no" };
            words.extend(["-o".to_owned(), format!("APT::Install-Recommends={word}")]);
        }
        words
    }

    /// Runs apt-get, in a check only to see what it would do.
    fn apt_get(&self, action: &[&str], names: &[String], target: &mut Target) -> Result<Finished, Failure> {
        let program = target.required_program("apt-get")?;
        let mut words = self.words(action[0]);
        if target.is_check() {
            words.push("--simulate".to_owned());
        }
        words.extend(action.iter().map(|word| (*word).to_owned()));
        words.extend(names.iter().cloned());
        let _policy = self.policy_rc_d.filter(|_| !target.is_check()).map(Policy::new).transpose()?;
        let command = self.environment_of(target.command([&program]));
        let finished = words.iter().fold(command, |command, word| command.arg(word)).run_or_fail()?;
        if finished.is_success() {
            return Ok(finished);
        }
        let shown: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let (stdout, stderr) = (finished.stdout_text(), finished.stderr_text());
        let message = format!("'{} {}' failed: {stderr}", program.display(), shown.join(" "));
        Err(Failure::new(message).with("stdout", stdout).with("stderr", stderr).with("rc", finished.code))
    }

    fn told(finished: &Finished, changed: bool, target: &Target) -> Map {
        let stdout = finished.stdout_text();
        let diff = if target.wants_diff() { prepared(&stdout) } else { Map::new().into() };
        Map::from([
            ("changed", Value::from(changed)),
            ("diff", diff),
            ("stdout", stdout.into()),
            ("stderr", finished.stderr_text().into()),
        ])
    }

    pub(super) fn install(&self, wishes: &[Wish], packages: &Packages, target: &mut Target) -> Outcome {
        let is_latest = self.state == "latest";
        let is_build = self.state == "build-dep";
        let is_open = |wish: &&Wish| match packages.installed(&wish.name) {
            None => true,
            Some(_) if is_latest || is_build => true,
            Some(package) => !wish.accepts(&package.version, target),
        };
        let open: Vec<&Wish> = wishes.iter().filter(is_open).collect();
        let names: Vec<&str> = open.iter().map(|wish| wish.name.as_str()).collect();
        let offers = if is_build { Default::default() } else { offers(&names, target)? };
        let mut arguments = Vec::new();
        for wish in &open {
            if is_build {
                arguments.push(wish.name.clone());
                continue;
            }
            if let Some(argument) = self.argument(wish, offers.get(&wish.name), packages, is_latest, target)? {
                arguments.push(argument);
            }
        }
        if arguments.is_empty() && self.state != "fixed" {
            self.mark_wanted(wishes, target)?;
            return Ok(Map::from([("changed", false)]));
        }
        let action = if is_build { "build-dep" } else { "install" };
        let finished = self.apt_get(&[action], &arguments, target)?;
        let changed = !finished.stdout_text().contains(NOTHING) || !is_build && self.state != "fixed";
        self.mark_wanted(wishes, target)?;
        Ok(Self::told(&finished, changed, target))
    }

    /// How apt-get is told of a package; nothing where it is as it should be.
    fn argument(
        &self,
        wish: &Wish,
        offer: Option<&Offer>,
        packages: &Packages,
        is_latest: bool,
        target: &Target,
    ) -> Result<Option<String>, Failure> {
        let bare = wish.name.split(['/', ':']).next().unwrap_or(&wish.name);
        let installed = packages.installed(&wish.name);
        let Some(offer) = offer else {
            if installed.is_some() {
                return Ok(None);
            }
            if wish.name != bare {
                // `name/release` and `name:architecture` are apt-get's own to judge.
                return Ok(Some(wish.text.clone()));
            }
            return Err(Failure::new(format!("No package matching '{}' is available", wish.name)));
        };
        if offer.candidate.is_none() && offer.versions.is_empty() {
            if packages.is_provided(&wish.name) {
                return Ok(None);
            }
            return if self.only_upgrade { Ok(None) } else { Ok(Some(wish.name.clone())) };
        }
        if let Some(installed) = installed {
            let is_wished = wish.accepts(&installed.version, target);
            let candidate = offer.candidate.as_deref().unwrap_or(&installed.version);
            let is_newest = candidate == installed.version || !wish.accepts(candidate, target);
            if is_wished && (!is_latest || is_newest) {
                return Ok(None);
            }
        } else if self.only_upgrade {
            return Ok(None);
        }
        if wish.version.is_some() && !offer.versions.iter().any(|version| wish.accepts(version, target)) {
            return Err(Failure::new(format!("no available installation candidate for {}", wish.text)));
        }
        Ok(Some(wish.argument(Some(offer), target)))
    }

    /// What the user asked for is no longer only there because something else needed it.
    fn mark_wanted(&self, wishes: &[Wish], target: &mut Target) -> Result<(), Failure> {
        if target.is_check() {
            return Ok(());
        }
        let text = std::fs::read_to_string("/var/lib/apt/extended_states").unwrap_or_default();
        let is_automatic = |name: &str| {
            text.split("\n\n").any(|paragraph| {
                paragraph.lines().any(|line| line == format!("Package: {name}"))
                    && paragraph.lines().any(|line| line == "Auto-Installed: 1")
            })
        };
        let names: Vec<&str> = wishes.iter().map(|wish| wish.name.as_str()).filter(|name| is_automatic(name)).collect();
        let Some(program) = target.find_program("apt-mark").filter(|_| !names.is_empty()) else { return Ok(()) };
        let command = self.environment_of(target.command([program])).arg("manual");
        names.iter().fold(command, |command, name| command.arg(name)).run_successfully()?;
        Ok(())
    }

    pub(super) fn remove(&self, wishes: &[Wish], packages: &Packages, target: &mut Target) -> Outcome {
        let is_there = |wish: &&Wish| {
            packages.find(&wish.name).is_some_and(|package| {
                package.is_installed() && wish.accepts(&package.version, target)
                    || self.purge && package.has_left_overs()
            })
        };
        let names: Vec<String> = wishes.iter().filter(is_there).map(|wish| wish.name.clone()).collect();
        if names.is_empty() {
            return Ok(Map::from([("changed", false)]));
        }
        let finished = self.apt_get(&["remove"], &names, target)?;
        Ok(Self::told(&finished, true, target))
    }

    pub(super) fn bring_up_to_date(&self, target: &mut Target) -> Outcome {
        let action: &[&str] = match self.upgrade.as_str() {
            "dist" | "full" => &["dist-upgrade"],
            _ => &["upgrade", "--with-new-pkgs"],
        };
        let finished = self.apt_get(action, &[], target)?;
        let changed = !finished.stdout_text().contains(NOTHING);
        let mut result = Self::told(&finished, changed, target);
        result.insert("msg", finished.stdout_text());
        Ok(result)
    }

    pub(super) fn clean_up(&self, action: &str, target: &mut Target) -> Outcome {
        if action == "clean" {
            if target.is_check() {
                let empty = Finished::default();
                let mut result = Self::told(&empty, true, target);
                result.insert("msg", "");
                return Ok(result);
            }
            target.mark_changed();
        }
        let finished = self.apt_get(&[action], &[], target)?;
        let said = finished.stdout_text();
        let changed = match action {
            "autoremove" => said.contains("The following packages will be REMOVED"),
            "autoclean" => said.contains("Del "),
            _ => true,
        };
        let mut result = Self::told(&finished, changed, target);
        if action == "clean" {
            result.insert("msg", said);
        }
        Ok(result)
    }

    pub(super) fn install_file(&self, deb: &TargetPath, target: &mut Target) -> Outcome {
        let shown = deb.text();
        let path = if shown.contains("://") { fetch(&shown, target)? } else { target.absolute(deb) };
        if let Err(error) = std::fs::metadata(&path) {
            let why = crate::runner::errors::words(&error);
            let number = error.raw_os_error().unwrap_or(0);
            let message = format!("Unable to install package: E:Could not open file {shown} - open ({number}: {why})");
            return Err(message.into());
        }
        let fields = target
            .command(["dpkg-deb", "--show", "--showformat=${Package} ${Version} ${Architecture}"])
            .arg(&path)
            .in_english()
            .run_or_fail()?;
        if !fields.is_success() {
            return Err(Failure::new(format!("Unable to install package: {}", fields.stderr_text().trim())));
        }
        let fields = fields.stdout_text();
        let mut words = fields.split_whitespace();
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let packages = Packages::read();
        if packages.installed(name).is_some_and(|package| package.version == version) && !self.force {
            return Ok(Map::from([
                ("changed", Value::from(false)),
                ("stdout", "".into()),
                ("stderr", "".into()),
                ("diff", Map::new().into()),
            ]));
        }
        let finished = self.apt_get(&["install"], &[path.to_string_lossy().into_owned()], target)?;
        Ok(Self::told(&finished, true, target))
    }
}

fn fetch(address: &str, target: &mut Target) -> Result<std::path::PathBuf, Failure> {
    let request = http::Request { method: "GET".to_owned(), url: address.to_owned(), ..http::Request::default() };
    let failed = |why: String| Failure::new(format!("Failure downloading {address}, {why}"));
    let mut response = http::send(&request, &http::Options::default(), target.environment())
        .map_err(|error| failed(error.to_string()))?;
    if response.status != 200 {
        return Err(failed(format!("HTTP Error {}: {}", response.status, response.reason)));
    }
    let path = target.temp_dir().join(http::temporary_name() + ".deb");
    target.remove_at_end(path.clone());
    target.write_from(&path, &mut response.body, false)?;
    Ok(path)
}

/// What services are told who ask whether they may start; the old answer comes back when this goes.
struct Policy {
    old: Option<Vec<u8>>,
}

impl Policy {
    fn new(code: i64) -> Result<Self, Failure> {
        use std::os::unix::fs::PermissionsExt;
        let old = std::fs::read(POLICY).ok();
        std::fs::write(POLICY, format!("#!/bin/sh\nexit {code}\n"))
            .and_then(|()| std::fs::set_permissions(POLICY, PermissionsExt::from_mode(0o755)))
            .map_err(|error| crate::runner::errors::file_failure(&error, Path::new(POLICY)))?;
        Ok(Self { old })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let _ = match &self.old {
            Some(old) => std::fs::write(POLICY, old),
            None => std::fs::remove_file(POLICY),
        };
    }
}
