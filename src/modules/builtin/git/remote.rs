//! What is asked of the origin.

use super::Work;
use crate::runner::{Failure, Target};

impl Work {
    /// All names of the origin and the commits behind them.
    pub(super) fn remote_names(&self, target: &Target) -> Result<Vec<(String, String)>, Failure> {
        let words = ["ls-remote", &self.repo];
        let folder = self.dest.is_dir().then_some(self.dest.as_path());
        let finished = self.git(&words, folder, target)?;
        if !finished.is_success() {
            return Err(self.failure(&words, "", &finished));
        }
        let pair = |line: &str| line.split_once('\t').map(|(commit, name)| (name.to_owned(), commit.to_owned()));
        Ok(finished.stdout_text().lines().filter_map(pair).collect())
    }

    /// The commit that the wished version is at the origin.
    pub(super) fn remote_head(&self, target: &Target) -> Result<String, Failure> {
        let names = self.remote_names(target)?;
        let version = &self.options.version;
        let find = |name: &str| names.iter().find(|(known, _)| known == name).map(|(_, commit)| commit.clone());
        let found = if version == "HEAD" {
            find("HEAD")
        } else {
            find(&format!("refs/heads/{version}"))
                .or_else(|| find(&format!("refs/tags/{version}^{{}}")))
                .or_else(|| find(&format!("refs/tags/{version}")))
        };
        match found {
            Some(commit) => Ok(commit),
            None if is_commit(version) => Ok(version.clone()),
            None => Err(Failure::new(format!("Could not determine remote revision for {version}"))),
        }
    }

    pub(super) fn set_url(&self, target: &mut Target) -> Result<bool, Failure> {
        let remote = &self.options.remote;
        let current = self.git(&["ls-remote", "--get-url", remote], Some(&self.dest), target)?;
        let current = current.stdout_text().trim().to_owned();
        let plain = |url: &str| url.trim_start_matches("file://").trim_end_matches('/').to_owned();
        if plain(&current) == plain(&self.repo) {
            return Ok(false);
        }
        target.effect(|target| {
            let message = "Failed to set a new url";
            let is_new = current == *remote;
            let words =
                if is_new { ["remote", "add", remote, &self.repo] } else { ["remote", "set-url", remote, &self.repo] };
            self.must(&words, message, target).map(drop)
        })?;
        Ok(true)
    }

    pub(super) fn clone(&self, target: &mut Target) -> Result<(), Failure> {
        let options = &self.options;
        let parent = self.dest.parent().unwrap_or(&self.dest).to_path_buf();
        std::fs::create_dir_all(&parent).map_err(|error| crate::runner::errors::file_failure(&error, &parent))?;
        let version = &options.version;
        let names = self.remote_names(target)?;
        let is_named = names
            .iter()
            .any(|(name, _)| *name == format!("refs/heads/{version}") || *name == format!("refs/tags/{version}"));
        let mut words: Vec<String> = vec!["clone".to_owned()];
        words.push(if options.bare { "--bare" } else { "--no-checkout" }.to_owned());
        words.extend(["--origin".to_owned(), options.remote.clone()]);
        if (is_named || version == "HEAD") && (options.depth.is_some() || options.single_branch) {
            if version != "HEAD" {
                words.extend(["--branch".to_owned(), version.clone()]);
            }
            if options.single_branch {
                words.push("--single-branch".to_owned());
            }
        }
        if let Some(depth) = options.depth.filter(|_| is_named || version == "HEAD" || options.refspec.is_some()) {
            words.extend(["--depth".to_owned(), depth.to_string()]);
        }
        if let Some(reference) = &options.reference {
            words.extend(["--reference".to_owned(), reference.clone()]);
        }
        if let Some(folder) = &options.separate_git_dir {
            words.push(format!("--separate-git-dir={}", folder.text()));
        }
        words.extend([self.repo.clone(), self.dest.to_string_lossy().into_owned()]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        target.effect(|target| {
            let finished = self.git(&words, Some(&parent), target)?;
            if finished.is_success() { Ok(()) } else { Err(self.failure(&words, "", &finished)) }
        })?;
        if let Some(refspec) = &options.refspec {
            self.must(&["fetch", &options.remote, refspec], "", target)?;
        }
        Ok(())
    }

    pub(super) fn fetch(&self, target: &Target) -> Result<(), Failure> {
        let options = &self.options;
        let mut words: Vec<String> = vec!["fetch".to_owned(), "--force".to_owned()];
        if let Some(depth) = options.depth {
            words.extend(["--depth".to_owned(), depth.to_string()]);
        } else if self.folder().join("shallow").exists() {
            words.push("--unshallow".to_owned());
        }
        words.push("--tags".to_owned());
        words.push(options.remote.clone());
        if options.bare {
            words.push("+refs/heads/*:refs/heads/*".to_owned());
        } else if options.depth.is_some() && options.version != "HEAD" && !is_commit(&options.version) {
            let version = &options.version;
            let names = self.remote_names(target)?;
            if names.iter().any(|(name, _)| *name == format!("refs/heads/{version}")) {
                words.push(format!("+refs/heads/{version}:refs/remotes/{}/{version}", options.remote));
            } else {
                words.push(format!("+refs/tags/{version}:refs/tags/{version}"));
            }
        } else {
            words.push(format!("+refs/heads/*:refs/remotes/{}/*", options.remote));
        }
        words.extend(options.refspec.iter().cloned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let message = format!("Failed to download remote objects and refs:  {}", "");
        let finished = self.git(&words, Some(&self.dest), target)?;
        if finished.is_success() {
            return Ok(());
        }
        let said = finished.stdout_text() + &finished.stderr_text();
        Err(self.failure(&words, &format!("{message}{}", said.trim_end()), &finished))
    }

    /// The branch that the origin's own head is.
    pub(super) fn head_branch(&self, target: &Target) -> Result<String, Failure> {
        let remote = &self.options.remote;
        let local =
            self.git(&["symbolic-ref", "--short", &format!("refs/remotes/{remote}/HEAD")], Some(&self.dest), target)?;
        if let Some(branch) = local.stdout_text().trim().strip_prefix(&format!("{remote}/")) {
            return Ok(branch.to_owned());
        }
        let words = ["ls-remote", "--symref", &self.repo, "HEAD"];
        let asked = self.must(&words, "Could not determine HEAD revision", target)?.stdout_text();
        let branch = asked
            .lines()
            .find_map(|line| line.strip_prefix("ref: refs/heads/")?.split_whitespace().next().map(str::to_owned));
        branch.ok_or_else(|| Failure::new("Could not determine HEAD revision"))
    }
}

pub(super) fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.chars().all(|character| character.is_ascii_hexdigit())
}
