//! muster.cluster.alluxio_fuse: mounts Alluxio with the program of its installation.

use std::path::Path;

use crate::args::{Args, Choice, TargetPath};
use crate::object;
use crate::runner::fuse::{self, State as Found};
use crate::runner::{Change, Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<AlluxioFuse>("muster.cluster.alluxio_fuse", "Mounts Alluxio as a folder");

#[derive(Args)]
struct AlluxioFuse {
    /// Where it is mounted.
    #[arg(required, alias = "name", alias = "mountpoint")]
    path: TargetPath,
    /// The folder in Alluxio.
    #[arg(alias = "src")]
    alluxio_path: Option<String>,
    /// Where Alluxio is installed.
    #[arg(default = "/opt/alluxio")]
    home: TargetPath,
    /// The user that Alluxio runs as.
    #[arg(default = "alluxio")]
    user: String,
    /// Options, as text with commas or a list.
    #[arg(default = ["allow_other", "nonempty"])]
    opts: Vec<String>,
    /// What to bring about.
    #[arg(default = "mounted")]
    state: State,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Mounted,
    Unmounted,
    Remounted,
}

impl Run for AlluxioFuse {
    fn run(mut self, target: &mut Target) -> Outcome {
        self.opts = fuse::options_of(&self.opts);
        let path = fuse::mount_point(&self.path, target);
        let found = fuse::state_of(&path)?;
        if let Found::Other(kind) = &found {
            return Err(Failure::new(format!("A file system of type {kind} is mounted at {}", path.display())));
        }
        let mounted = matches!(found, Found::Mounted(_));
        if found == Found::Stale {
            target.converge(Change::new(), |target| fuse::unmount(&path, true, target))?;
        } else if mounted && self.state != State::Mounted {
            target.converge(Change::new(), |target| self.unmount(&path, target))?;
        }
        if self.state != State::Unmounted && !(mounted && self.state == State::Mounted) {
            let over = self.opts.iter().any(|option| option == "nonempty");
            fuse::check_allow_other(&self.opts, self.user == "root")?;
            target.converge(Change::new(), |target| {
                fuse::prepare(&path, over)?;
                let place = path.to_string_lossy().into_owned();
                let mut words = vec!["mount".to_owned()];
                if !self.opts.is_empty() {
                    words.extend(["-o".to_owned(), self.opts.join(",")]);
                }
                words.push(place);
                words.extend(self.alluxio_path.clone());
                self.run_program(words, target)?;
                fuse::wait_for(&path, true, target)
            })?;
        }
        let list = if target.is_check() { String::new() } else { self.run_program(vec!["mount".to_owned()], target)? };
        Ok(object! { "path" => path.to_string_lossy().into_owned(), "mounts" => list })
    }
}

impl AlluxioFuse {
    fn unmount(&self, path: &Path, target: &mut Target) -> Result<(), Failure> {
        self.run_program(vec!["umount".to_owned(), path.to_string_lossy().into_owned()], target)?;
        fuse::wait_for(path, false, target)
    }

    /// Runs the program from its installation, as its user; gives what it says.
    fn run_program(&self, words: Vec<String>, target: &Target) -> Result<String, Failure> {
        let home = target.absolute(&self.home);
        let places = ["bin/alluxio-fuse", "integration/fuse/bin/alluxio-fuse", "alluxio-fuse"];
        let program = places.iter().map(|place| home.join(place)).find(|path| path.is_file());
        let Some(program) = program else {
            return Err(Failure::new(format!("There is no alluxio-fuse below {}", home.display())));
        };
        let mut all = vec![program.to_string_lossy().into_owned()];
        all.extend(words);
        let all = fuse::as_user(Some(&self.user), all, target);
        let finished = target.command(all).folder(&home).run_or_fail()?;
        if finished.is_success() {
            return Ok(finished.stdout_text());
        }
        Err(Failure::new(format!("alluxio-fuse failed: {}", finished.stderr_text().trim()))
            .with("rc", finished.code)
            .with("stdout", finished.stdout_text()))
    }
}
