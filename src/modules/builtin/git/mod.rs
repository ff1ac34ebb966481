//! ansible.builtin.git: checks out repositories.

mod checkout;
mod remote;

use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::process::quoted;
use crate::runner::{Failure, Finished, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Git>("ansible.builtin.git", "Check out repositories of git");

#[derive(Args)]
#[args(
    exclusive("separate_git_dir", "bare"),
    exclusive("accept_hostkey", "accept_newhostkey"),
    required_by(archive_prefix, "archive")
)]
struct Git {
    /// The folder that it is checked out in.
    dest: TargetPath,
    /// Where the repository is.
    #[arg(alias = "name")]
    repo: String,
    /// A branch, a tag or a commit.
    #[arg(default = "HEAD")]
    version: String,
    /// The name under which its origin is known.
    #[arg(default = "origin")]
    remote: String,
    /// More references to fetch.
    refspec: Option<String>,
    /// Another repository whose objects may be used.
    reference: Option<String>,
    /// Whether changes that were made here are thrown away.
    #[arg(default = false)]
    force: bool,
    /// How many commits of history.
    depth: Option<i64>,
    /// Whether it is cloned where it is not there.
    #[arg(default = true)]
    clone: bool,
    /// Whether new commits are fetched.
    #[arg(default = true)]
    update: bool,
    /// Whether a commit or tag must be signed.
    #[arg(default = false)]
    verify_commit: bool,
    /// The keys whose signatures count.
    #[arg(default = [], alias = "gpg_whitelist")]
    gpg_allowlist: Vec<String>,
    /// Whether any key of the server is taken.
    #[arg(default = false)]
    accept_hostkey: bool,
    /// Whether a key is taken of a server that was not known before.
    #[arg(default = false)]
    accept_newhostkey: bool,
    /// The key to log in with.
    key_file: Option<TargetPath>,
    /// More options of ssh.
    ssh_opts: Option<String>,
    /// Which git.
    executable: Option<TargetPath>,
    /// Whether it has no working tree.
    #[arg(default = false)]
    bare: bool,
    /// Whether submodules come too.
    #[arg(default = true)]
    recursive: bool,
    /// Whether only the one branch is fetched.
    #[arg(default = false)]
    single_branch: bool,
    /// Whether submodules follow their branches.
    #[arg(default = false)]
    track_submodules: bool,
    /// The umask of what is written.
    #[arg(kind = "raw")]
    umask: Option<Value>,
    /// An archive that is made of it.
    archive: Option<TargetPath>,
    /// What the names in the archive begin with.
    archive_prefix: Option<String>,
    /// A folder for the repository itself, apart from the working tree.
    separate_git_dir: Option<TargetPath>,
}

/// One run: the options, the program and the place.
struct Work {
    options: Git,
    program: PathBuf,
    dest: PathBuf,
    /// The address as git gets it.
    repo: String,
    umask: Option<u32>,
    ssh: Option<String>,
}

impl Run for Git {
    fn run(self, target: &mut Target) -> Outcome {
        let work = Work::new(self, target)?;
        let mut result = Map::from([("before", Value::NULL), ("changed", false.into())]);
        let is_there = work.config_exists();
        if is_there && !work.options.update {
            let before = work.head(target)?;
            result.insert("before", before.as_str());
            result.insert("after", before);
            work.make_archive(&mut result, target)?;
            return Ok(result);
        }
        let mut url_changed = None;
        let mut before = None;
        if is_there {
            let current = work.head(target)?;
            result.insert("before", current.as_str());
            work.settle_changes(&current, &mut result, target)?;
            let changed = work.set_url(target)?;
            url_changed = Some(changed);
            result.insert("remote_url_changed", changed);
            before = Some(current);
        }
        if target.is_check() || !is_there && !work.options.clone {
            let after = work.remote_head(target)?;
            let differs = before.as_deref() != Some(after.as_str()) || url_changed == Some(true);
            if differs {
                target.mark_changed();
                if target.wants_diff() && before.is_none() {
                    result.insert("diff", newly(&after));
                }
            }
            result.insert("changed", target.has_changed());
            result.insert("after", after);
            return Ok(result);
        }
        if is_there {
            work.fetch(target)?
        } else {
            work.clone(target)?
        }
        if !work.options.bare {
            work.switch(target)?;
        }
        if work.options.verify_commit {
            work.verify(target)?;
        }
        let submodules =
            if work.options.recursive && !work.options.bare { work.update_submodules(target)? } else { false };
        let after = work.head(target)?;
        if before.as_deref() != Some(after.as_str()) || submodules {
            target.mark_changed();
            if submodules {
                result.insert("submodules_changed", true);
            }
            if target.wants_diff() {
                result.insert("diff", work.diff(before.as_deref(), &after, target)?);
            }
        }
        result.insert("changed", target.has_changed());
        result.insert("after", after);
        work.make_archive(&mut result, target)?;
        Ok(result)
    }
}

/// The diff of a first checkout.
fn newly(after: &str) -> Map {
    Map::from([("prepared", format!(">> Newly checked out {after}"))])
}

impl Work {
    fn new(options: Git, target: &Target) -> Result<Self, Failure> {
        let program = match &options.executable {
            Some(path) => path.to_path_buf(),
            None => target.required_program("git")?,
        };
        let umask = match &options.umask {
            None => None,
            Some(value) => {
                let text = value.as_str().ok_or("umask must be defined as a quoted octal integer")?;
                let parsed = u32::from_str_radix(text, 8);
                Some(parsed.map_err(|_| "umask must be an octal integer".to_owned())?)
            }
        };
        let repo =
            if options.repo.starts_with('/') { format!("file://{}", options.repo) } else { options.repo.clone() };
        let dest = target.absolute(&options.dest);
        let ssh = options.ssh_command();
        Ok(Self { program, dest, repo, umask, ssh, options })
    }

    /// Where the repository itself lies.
    fn folder(&self) -> PathBuf {
        match &self.options.separate_git_dir {
            Some(folder) => folder.to_path_buf(),
            None if self.options.bare => self.dest.clone(),
            None => self.dest.join(".git"),
        }
    }

    fn config_exists(&self) -> bool {
        let git = self.dest.join(".git");
        if self.options.bare {
            self.folder().join("config").exists()
        } else {
            git.is_file() || git.join("config").exists()
        }
    }

    /// Runs git; `folder` is mostly the checkout.
    fn git(&self, words: &[&str], folder: Option<&Path>, target: &Target) -> Result<Finished, Failure> {
        let mut command = target.command([&self.program]).in_english().umask(self.umask);
        command = command.variable("GIT_TERMINAL_PROMPT", "0");
        if let Some(ssh) = &self.ssh {
            command = command.variable("GIT_SSH_COMMAND", ssh);
        }
        if let Some(folder) = folder {
            command = command.folder(folder);
        }
        words.iter().fold(command, |command, word| command.arg(word)).run_or_fail()
    }

    /// Runs git in the checkout; a message tells what failed.
    fn must(&self, words: &[&str], message: &str, target: &Target) -> Result<Finished, Failure> {
        let finished = self.git(words, Some(&self.dest), target)?;
        if finished.is_success() { Ok(finished) } else { Err(self.failure(words, message, &finished)) }
    }

    fn failure(&self, words: &[&str], message: &str, finished: &Finished) -> Failure {
        let shown: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let stderr = finished.stderr_text();
        let message = if message.is_empty() { stderr.trim_end() } else { message };
        Failure::new(message)
            .with("cmd", format!("{} {}", self.program.display(), shown.join(" ")))
            .with("rc", finished.code)
            .with("stdout", finished.stdout_text())
            .with("stderr", stderr)
    }

    fn head(&self, target: &Target) -> Result<String, Failure> {
        let finished = self.git(&["rev-parse", "HEAD"], Some(&self.dest), target)?;
        Ok(finished.stdout_text().trim().to_owned())
    }
}

impl Git {
    /// How git is to call ssh, where that is not as usual.
    fn ssh_command(&self) -> Option<String> {
        let mut words = vec!["ssh".to_owned(), "-o".to_owned(), "BatchMode=yes".to_owned()];
        if let Some(key) = &self.key_file {
            words.extend(["-o".to_owned(), "IdentitiesOnly=yes".to_owned(), "-i".to_owned(), quoted(&key.text())]);
        }
        let options = self.ssh_opts.clone().unwrap_or_default();
        let has_choice = options.contains("StrictHostKeyChecking");
        if self.accept_hostkey && !has_choice {
            words.extend(["-o".to_owned(), "StrictHostKeyChecking=no".to_owned()]);
        } else if self.accept_newhostkey && !has_choice {
            words.extend(["-o".to_owned(), "StrictHostKeyChecking=accept-new".to_owned()]);
        }
        if !options.is_empty() {
            words.push(options);
        }
        (words.len() > 3).then(|| words.join(" "))
    }
}

#[cfg(test)]
mod tests;
