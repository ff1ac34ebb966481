//! muster.cluster.fuse_mount: mounts a FUSE file system by the name of its program, and heals it.

use std::path::{Path, PathBuf};

use crate::args::{Args, Choice, TargetPath};
use crate::data::Value;
use crate::object;
use crate::runner::fuse::{self, State as Found};
use crate::runner::{Change, Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<FuseMount>("muster.cluster.fuse_mount", "Mounts FUSE file systems");

#[derive(Args)]
#[args(
    required_if(state = "mounted", "fstype"),
    required_if(state = "present", "fstype"),
    required_if(state = "remounted", "fstype")
)]
struct FuseMount {
    /// Where it is mounted.
    #[arg(required, alias = "name", alias = "mountpoint")]
    path: TargetPath,
    /// The program: bindfs, sshfs, s3fs, rclone or any other.
    #[arg(alias = "program")]
    fstype: Option<String>,
    /// What is mounted: a folder, `user@host:path`, a bucket.
    src: Option<String>,
    /// Options, as text with commas or a list.
    #[arg(default = [])]
    opts: Vec<String>,
    /// More words for the program.
    #[arg(default = [])]
    arguments: Vec<String>,
    /// What to bring about.
    #[arg(default = "mounted")]
    state: State,
    /// Whether it may be mounted over a folder that is not empty.
    #[arg(default = false)]
    nonempty: bool,
    /// The user who mounts it.
    user: Option<String>,
    /// How it comes back when the machine starts: by `fstab`, a `systemd` unit, or not at all.
    #[arg(default = "fstab")]
    boot: Boot,
    /// The table of file systems.
    #[arg(default = "/etc/fstab")]
    fstab: TargetPath,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    /// Mounted now and at boot.
    Mounted,
    /// Not mounted now; the table keeps it.
    Unmounted,
    /// In the table alone.
    Present,
    /// Neither mounted nor in the table.
    Absent,
    /// Mounted anew.
    Remounted,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum Boot {
    Fstab,
    Systemd,
    None,
}

impl Run for FuseMount {
    fn run(mut self, target: &mut Target) -> Outcome {
        let path = fuse::mount_point(&self.path, target);
        self.opts = fuse::options_of(&self.opts);
        // The word is for us; who knows it gets it back when the program is run.
        self.nonempty |= self.opts.iter().any(|option| option == "nonempty");
        self.opts.retain(|option| option != "nonempty");
        let found = fuse::state_of(&path)?;
        if let Found::Other(kind) = &found {
            return Err(Failure::new(format!("A file system of type {kind} is mounted at {}", path.display())));
        }
        let was_stale = found == Found::Stale;
        let mounted = matches!(found, Found::Mounted(_));
        match self.state {
            State::Mounted => {
                self.persist(&path, true, target)?;
                if !mounted {
                    self.take_away(&found, &path, target)?;
                    self.mount(&path, target)?;
                }
            }
            State::Remounted => {
                self.take_away(&found, &path, target)?;
                self.mount(&path, target)?;
            }
            State::Unmounted => self.take_away(&found, &path, target)?,
            State::Present => self.persist(&path, true, target)?,
            State::Absent => {
                self.take_away(&found, &path, target)?;
                self.persist(&path, false, target)?;
            }
        }
        Ok(object! {
            "path" => path.to_string_lossy().into_owned(),
            "healed" => was_stale && matches!(self.state, State::Mounted | State::Remounted),
        })
    }
}

impl FuseMount {
    fn take_away(&self, found: &Found, path: &Path, target: &mut Target) -> Result<(), Failure> {
        let stale = *found == Found::Stale;
        if stale || matches!(found, Found::Mounted(_)) {
            target.converge(Change::new(), |target| fuse::unmount(path, stale, target))?;
        }
        Ok(())
    }

    fn mount(&self, path: &Path, target: &mut Target) -> Result<(), Failure> {
        let name = self.fstype.clone().unwrap_or_default();
        let is_root = self.user.as_deref().unwrap_or(&target.environment().user) == "root";
        fuse::check_allow_other(&self.opts, is_root)?;
        let program = target.required_program(&name)?;
        target.converge(Change::new(), |target| {
            fuse::prepare(path, self.nonempty)?;
            let words = fuse::as_user(self.user.as_deref(), self.words(&name, &program, path), target);
            let finished = target.command(words.clone()).run_or_fail()?;
            if !finished.is_success() {
                return Err(Failure::new(format!(
                    "{name} cannot mount {}: {}",
                    path.display(),
                    finished.stderr_text().trim()
                ))
                .with("rc", finished.code)
                .with("cmd", Value::list(words.into_iter().map(Value::from))));
            }
            fuse::wait_for(path, true, target)
        })?;
        Ok(())
    }

    /// The program and its words: source, place, options.
    fn words(&self, name: &str, program: &Path, path: &Path) -> Vec<String> {
        let mut options = self.opts.clone();
        if self.nonempty && fuse::knows_nonempty(program) {
            options.push("nonempty".to_owned());
        }
        let mut words = vec![program.to_string_lossy().into_owned()];
        let is_rclone = name.rsplit('/').next() == Some("rclone");
        if is_rclone {
            words.push("mount".to_owned());
        }
        words.extend(self.src.clone());
        words.push(path.to_string_lossy().into_owned());
        if is_rclone {
            words.push("--daemon".to_owned());
            if self.nonempty {
                words.push("--allow-non-empty".to_owned());
            }
            words.extend(options.iter().flat_map(|option| ["--option".to_owned(), option.clone()]));
        } else if !options.is_empty() {
            words.extend(["-o".to_owned(), options.join(",")]);
        }
        words.extend(self.arguments.iter().cloned());
        words
    }

    fn persist(&self, path: &Path, wanted: bool, target: &mut Target) -> Result<(), Failure> {
        match self.boot {
            Boot::None => Ok(()),
            Boot::Fstab => self.persist_in_table(path, wanted, target),
            Boot::Systemd => self.persist_as_unit(path, wanted, target),
        }
    }

    fn persist_in_table(&self, path: &Path, wanted: bool, target: &mut Target) -> Result<(), Failure> {
        let table = target.absolute(&self.fstab);
        let before = target.read_text(&table)?.unwrap_or_default();
        let line = wanted.then(|| self.table_line(path));
        let after = edited(&before, &path.to_string_lossy(), line.as_deref());
        let name = table.to_string_lossy().into_owned();
        target.converge(Change::text(&before, &after).headers(name.clone(), name), |target| {
            target.write_text(&table, &after, None, false, false).map(drop)
        })?;
        Ok(())
    }

    fn table_line(&self, path: &Path) -> String {
        let mut options = self.opts.clone();
        let is_remote = self.src.as_deref().is_some_and(|src| src.contains(':'));
        if is_remote && !options.iter().any(|option| option == "_netdev") {
            options.push("_netdev".to_owned());
        }
        let options = if options.is_empty() { "defaults".to_owned() } else { options.join(",") };
        let source = self.src.as_deref().unwrap_or("none");
        let name = self.fstype.as_deref().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        format!("{} {} fuse.{name} {options} 0 0", escaped(source), escaped(&path.to_string_lossy()))
    }

    fn persist_as_unit(&self, path: &Path, wanted: bool, target: &mut Target) -> Result<(), Failure> {
        let name = format!("{}.service", unit_name(path));
        let unit = PathBuf::from("/etc/systemd/system").join(&name);
        let before = target.read_text(&unit)?.unwrap_or_default();
        let after = if wanted { self.unit_text(path, target)? } else { String::new() };
        target.converge(Change::text(&before, &after), |target| {
            if wanted {
                target.write_text(&unit, &after, None, false, false)?;
            } else {
                target.command(["systemctl", "disable", &name]).run_or_fail()?;
                std::fs::remove_file(&unit).map_err(|error| errors::file_failure(&error, &unit))?;
            }
            target.command(["systemctl", "daemon-reload"]).run_successfully()?;
            if wanted {
                target.command(["systemctl", "enable", &name]).run_successfully()?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn unit_text(&self, path: &Path, target: &Target) -> Result<String, Failure> {
        let name = self.fstype.as_deref().unwrap_or_default();
        let program = target.required_program(name)?;
        let quoted: Vec<String> = self
            .words(name, &program, path)
            .iter()
            .map(|word| word.replace('%', "%%"))
            .map(|word| crate::runner::process::quoted(&word))
            .collect();
        let user = self.user.as_ref().map(|user| format!("User={user}\n")).unwrap_or_default();
        let place = path.display();
        Ok(format!(
            "[Unit]\nDescription=Mount {place}\nAfter=network-online.target remote-fs.target\nWants=network-online.target\n\n\
             [Service]\nType=forking\n{user}ExecStart={}\nExecStop=/bin/umount {place}\nRestart=on-failure\n\n\
             [Install]\nWantedBy=multi-user.target\n",
            quoted.join(" ")
        ))
    }
}

/// `mnt-data` for `/mnt/data`.
fn unit_name(path: &Path) -> String {
    format!("muster-mount{}", path.to_string_lossy().replace('/', "-"))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011")
}

/// The table with the line for a mount point replaced, added or taken out; all other lines stay as they are.
fn edited(table: &str, path: &str, line: Option<&str>) -> String {
    let wanted = escaped(path);
    let is_ours = |text: &str| !text.trim_start().starts_with('#') && text.split_whitespace().nth(1) == Some(&wanted);
    let mut lines = Vec::new();
    let mut line = line;
    for text in table.lines() {
        if !is_ours(text) {
            lines.push(text);
        } else if let Some(line) = line.take() {
            lines.push(line);
        }
    }
    lines.extend(line);
    if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let table = "# comment\n/dev/sda1 / ext4 defaults 0 1\n/a /mnt/b fuse.bindfs ro 0 0\n";
        let line = "/a /mnt/b fuse.bindfs defaults 0 0";
        let replaced = edited(table, "/mnt/b", Some(line));
        assert!(replaced.ends_with(&format!("{line}\n")) && replaced.starts_with("# comment\n"));
        assert_eq!(edited(&replaced, "/mnt/b", Some(line)), replaced);
        assert_eq!(edited(&replaced, "/mnt/b", None), "# comment\n/dev/sda1 / ext4 defaults 0 1\n");
        assert!(edited(table, "/mnt/x y", Some("l")).ends_with("\nl\n"));
    }

    #[test]
    fn names_of_units() {
        assert_eq!(unit_name(Path::new("/mnt/data")), "muster-mount-mnt-data");
    }
}
