//! The working tree.

use super::{Work, newly};
use crate::data::{Map, Value};
use crate::runner::{Failure, Target};

impl Work {
    /// Changes that were made here stop it, or are thrown away.
    pub(super) fn settle_changes(&self, before: &str, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        if self.options.bare {
            return Ok(());
        }
        let status = self.git(&["status", "--porcelain"], Some(&self.dest), target)?.stdout_text();
        if status.lines().all(|line| line.starts_with("??")) {
            return Ok(());
        }
        let message = format!("Local modifications exist in the destination: {}", self.options.dest.text());
        if !self.options.force {
            return Err(Failure::new(format!("{message} (force=no).")).with("before", before));
        }
        target.effect(|target| self.must(&["reset", "--hard", "HEAD"], "", target).map(drop))?;
        result.insert("msg", message);
        Ok(())
    }

    /// Brings the working tree to the version.
    pub(super) fn switch(&self, target: &Target) -> Result<(), Failure> {
        let remote = &self.options.remote;
        let version = match self.options.version.as_str() {
            "HEAD" => self.head_branch(target)?,
            version => version.to_owned(),
        };
        let exists = |name: String| {
            self.git(&["show-ref", "--verify", "--quiet", &name], Some(&self.dest), target)
                .is_ok_and(|finished| finished.is_success())
        };
        let failed = format!("Failed to checkout {version}");
        if !exists(format!("refs/remotes/{remote}/{version}")) {
            return self.must(&["checkout", "--force", &version], &failed, target).map(drop);
        }
        let there = format!("{remote}/{version}");
        if !exists(format!("refs/heads/{version}")) {
            let message = format!("Failed to checkout branch {version}");
            return self.must(&["checkout", "--force", "--track", "-b", &version, &there], &message, target).map(drop);
        }
        self.must(&["checkout", "--force", &version], &format!("Failed to checkout branch {version}"), target)?;
        self.must(&["reset", "--hard", &there, "--"], &failed, target).map(drop)
    }

    /// Checks the signature of what was checked out.
    pub(super) fn verify(&self, target: &Target) -> Result<(), Failure> {
        let version = &self.options.version;
        let tag = format!("refs/tags/{version}");
        let kind = self.git(&["cat-file", "-t", &tag], Some(&self.dest), target)?.stdout_text();
        let command =
            if kind.trim() == "tag" { ["verify-tag", "--raw", version] } else { ["verify-commit", "--raw", "HEAD"] };
        let message = format!("Failed to verify GPG signature of commit/tag \"{version}\"");
        let finished = self.must(&command, &message, target)?;
        if self.options.gpg_allowlist.is_empty() {
            return Ok(());
        }
        let said = finished.stderr_text();
        let print = said.lines().find_map(|line| line.split("VALIDSIG ").nth(1)).unwrap_or_default();
        let words: Vec<&str> = print.split_whitespace().collect();
        let is_known = self.options.gpg_allowlist.iter().any(|key| {
            words.first().is_some_and(|own| own.ends_with(key)) || words.last().is_some_and(|own| own.ends_with(key))
        });
        if is_known {
            return Ok(());
        }
        let own = words.last().copied().unwrap_or_default();
        Err(Failure::new(format!("The gpg_allowlist does not include the public key \"{own}\" for this commit")))
    }

    /// Tells whether a submodule has moved.
    pub(super) fn update_submodules(&self, target: &mut Target) -> Result<bool, Failure> {
        if !self.dest.join(".gitmodules").exists() {
            return Ok(false);
        }
        let state = |target: &Target| {
            self.git(&["submodule", "status", "--recursive"], Some(&self.dest), target)
                .map(|finished| finished.stdout_text())
        };
        let before = state(target)?;
        self.must(&["submodule", "sync", "--recursive"], "Failed to init/update submodules", target)?;
        let mut words = vec!["submodule", "update", "--init", "--recursive"];
        if self.options.track_submodules {
            words.push("--remote");
        }
        if self.options.force {
            words.push("--force");
        }
        self.must(&words, "Failed to init/update submodules", target)?;
        Ok(state(target)? != before)
    }

    pub(super) fn diff(&self, before: Option<&str>, after: &str, target: &Target) -> Result<Map, Failure> {
        let Some(before) = before else { return Ok(newly(after)) };
        let finished = self.git(&["diff", before, after], Some(&self.dest), target)?;
        let text = if finished.is_success() { finished.stdout_text() } else { String::new() };
        Ok(Map::from([("prepared", text)]))
    }

    pub(super) fn make_archive(&self, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let Some(archive) = &self.options.archive else { return Ok(()) };
        let path = target.absolute(archive);
        let name = archive.text();
        let format = if name.ends_with(".zip") {
            "zip"
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            "tar.gz"
        } else {
            "tar"
        };
        let words_of = |path: &std::path::Path| {
            let mut words = vec!["archive".to_owned(), format!("--format={format}")];
            words.push(format!("--output={}", path.display()));
            if let Some(prefix) = &self.options.archive_prefix {
                words.push(format!("--prefix={prefix}"));
            }
            words.push(self.options.version.clone());
            words
        };
        if target.is_check() {
            target.mark_changed();
            return Ok(());
        }
        let new = target.temp_dir().join(crate::runner::http::temporary_name());
        target.remove_at_end(new.clone());
        let words = words_of(&new);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.must(&words, "Failed to perform archive operation", target)?;
        let failed = |error: std::io::Error| crate::runner::errors::file_failure(&error, &path);
        let bytes = std::fs::read(&new).map_err(failed)?;
        if std::fs::read(&path).ok().as_deref() != Some(&bytes[..]) {
            target.effect(|target| target.write_file(&path, &bytes, false))?;
        }
        result.insert("archive", Value::from(name));
        result.insert("changed", target.has_changed());
        Ok(())
    }
}
