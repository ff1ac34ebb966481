//! ansible.posix.mount: file systems that are mounted, and the table of those that are to be.

mod table;

use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::real_path;
use crate::runner::{Command, Failure, Module, Outcome, Run, Target, errors};

use table::{Entry, Table};

pub static MODULE: Module = Module::of::<Mount>("ansible.posix.mount", "Manage mounted file systems");

#[derive(Args)]
#[args(
    required_if(state = "mounted", "src", "fstype"),
    required_if(state = "present", "src", "fstype"),
    required_if(state = "ephemeral", "src", "fstype")
)]
struct Mount {
    /// Where it is mounted.
    #[arg(alias = "name")]
    path: TargetPath,
    /// What is mounted.
    #[arg(kind = "path")]
    src: Option<String>,
    /// The kind of file system.
    fstype: Option<String>,
    /// The options of the mount.
    opts: Option<String>,
    /// Whether the options are kept out of logs.
    #[arg(default = false, unused)]
    opts_no_log: bool,
    /// Whether it is dumped.
    #[arg(default = "0")]
    dump: String,
    /// In which turn it is checked.
    #[arg(default = "0")]
    passno: String,
    /// The state to bring it to.
    #[arg(choices("absent", "absent_from_fstab", "mounted", "present", "unmounted", "remounted", "ephemeral"))]
    state: String,
    /// The table in place of the host's own.
    fstab: Option<String>,
    /// Whether it is mounted when the host starts.
    #[arg(default = true)]
    boot: bool,
    /// Whether the old table is kept.
    #[arg(default = false)]
    backup: bool,
}

const FSTAB: &str = "/etc/fstab";

impl Run for Mount {
    fn run(self, target: &mut Target) -> Outcome {
        if !self.boot && self.state == "ephemeral" {
            target.warn("boot=no is ignored with state=ephemeral");
        }
        let fstab = self.fstab.clone().unwrap_or_else(|| FSTAB.to_owned());
        let work = Work {
            file: target.absolute(&fstab),
            is_own_table: fstab != FSTAB,
            place: target.absolute(&self.path),
            options: &self,
        };
        let mut backup = String::new();
        match self.state.as_str() {
            "absent" => {
                let changed = work.remove_entry(&mut backup, target)?;
                if changed || work.is_mounted(target) {
                    work.unmount_and_remove(target)?;
                }
            }
            "absent_from_fstab" => {
                work.remove_entry(&mut backup, target)?;
            }
            "present" => {
                work.set_entry(&mut backup, target)?;
            }
            "unmounted" => {
                if work.is_mounted(target) {
                    target.effect(|target| work.unmount(target))?;
                }
            }
            "remounted" => {
                target.effect(|target| work.remount(target))?;
            }
            state => work.mount_it(state == "ephemeral", &mut backup, target)?,
        }
        let mut result = Map::from([
            ("name", Value::from(self.path.text())),
            ("opts", self.opts().into()),
            ("dump", self.dump.as_str().into()),
            ("passno", self.passno.as_str().into()),
            ("fstab", fstab.into()),
            ("boot", if self.boot { "yes" } else { "no" }.into()),
            ("backup_file", backup.into()),
        ]);
        for (key, value) in [("src", &self.src), ("fstype", &self.fstype)] {
            if let Some(value) = value {
                result.insert(key, value.as_str());
            }
        }
        Ok(result)
    }
}

impl Mount {
    fn opts(&self) -> String {
        let options = self.opts.clone().unwrap_or_else(|| "defaults".to_owned());
        if self.boot || options.split(',').any(|option| option == "noauto") {
            options
        } else {
            format!("{options},noauto")
        }
    }

    fn entry(&self) -> Entry {
        Entry {
            source: self.src.clone().unwrap_or_default(),
            place: self.path.text(),
            kind: self.fstype.clone().unwrap_or_default(),
            options: self.opts(),
            dump: self.dump.clone(),
            pass: self.passno.clone(),
        }
    }
}

/// One mount point and the table.
struct Work<'a> {
    options: &'a Mount,
    file: PathBuf,
    is_own_table: bool,
    place: PathBuf,
}

impl Work<'_> {
    fn table(&self, target: &Target) -> Result<Table, Failure> {
        Ok(Table::parse(&target.read_text(&self.file)?.unwrap_or_default()))
    }

    fn store(&self, table: &Table, backup: &mut String, target: &mut Target) -> Result<(), Failure> {
        target.effect(|target| {
            if self.options.backup {
                if let Some(kept) = target.back_up(&self.file)? {
                    *backup = kept.to_string_lossy().into_owned();
                }
            }
            target.write_file(&real_path(&self.file), table.text().as_bytes(), false)
        })?;
        Ok(())
    }

    fn set_entry(&self, backup: &mut String, target: &mut Target) -> Result<bool, Failure> {
        let mut table = self.table(target)?;
        let differs = table.set(&self.options.entry());
        if differs {
            self.store(&table, backup, target)?;
        }
        Ok(differs)
    }

    fn remove_entry(&self, backup: &mut String, target: &mut Target) -> Result<bool, Failure> {
        let mut table = self.table(target)?;
        let differs = table.remove(&self.options.path.text(), self.options.src.as_deref());
        if differs {
            self.store(&table, backup, target)?;
        }
        Ok(differs)
    }

    /// What is mounted there, the last first.
    fn mounted(&self) -> Vec<Entry> {
        let place = real_path(&self.place).to_string_lossy().into_owned();
        let text = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        Table::parse(&text).entries().filter(|entry| entry.place == place).rev().collect()
    }

    fn is_mounted(&self, _target: &Target) -> bool {
        !self.mounted().is_empty()
    }

    fn command<'t>(&self, program: &str, target: &'t Target) -> Result<Command<'t>, Failure> {
        Ok(target.command([target.required_program(program)?]).in_english())
    }

    fn finish(command: Command<'_>, words: &str) -> Result<(), Failure> {
        let finished = command.run_or_fail()?;
        if finished.is_success() {
            return Ok(());
        }
        let said = finished.stdout_text() + &finished.stderr_text();
        Err(Failure::new(format!("{words}: {said}")))
    }

    fn unmount(&self, target: &Target) -> Result<(), Failure> {
        let place = self.options.path.text();
        Self::finish(self.command("umount", target)?.arg(&self.place), &format!("Error unmounting {place}"))
    }

    fn unmount_and_remove(&self, target: &mut Target) -> Result<(), Failure> {
        target.effect(|target| {
            if self.is_mounted(target) {
                self.unmount(target)?;
            }
            if self.place.exists() {
                // Only an empty folder was made for the mount.
                if let Err(error) = std::fs::remove_dir(&self.place) {
                    return Err(Failure::new(format!(
                        "Error rmdir {}: {}",
                        self.options.path.text(),
                        errors::with_path(&error, &self.place)
                    )));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn mount(&self, from_table: bool, target: &Target) -> Result<(), Failure> {
        let options = self.options;
        let mut command = self.command("mount", target)?;
        if from_table {
            if self.is_own_table {
                command = command.arg("-T").arg(&self.file);
            }
        } else {
            command = command.arg("-t").arg(options.fstype.as_deref().unwrap_or("auto"));
            command = command.arg("-o").arg(options.opts()).arg(options.src.as_deref().unwrap_or_default());
        }
        Self::finish(command.arg(&self.place), &format!("Error mounting {}", options.path.text()))
    }

    fn remount(&self, target: &Target) -> Result<(), Failure> {
        if !self.is_mounted(target) {
            let message = format!("Attempt to remount a missing mount: {}", self.options.path.text());
            return Err(message.into());
        }
        let mut command = self.command("mount", target)?;
        let own = self.options.opts.as_deref().map_or_else(|| "remount".to_owned(), |own| format!("remount,{own}"));
        if self.is_own_table {
            command = command.arg("-T").arg(&self.file);
        }
        Self::finish(
            command.arg("-o").arg(own).arg(&self.place),
            &format!("Error remounting {}", self.options.path.text()),
        )
    }

    fn mount_it(&self, is_ephemeral: bool, backup: &mut String, target: &mut Target) -> Result<(), Failure> {
        let mounted = self.mounted();
        let has_source = |entry: &Entry| Some(entry.source.as_str()) == self.options.src.as_deref();
        if is_ephemeral {
            if let Some(entry) = mounted.first() {
                if !has_source(entry) {
                    return Err("Ephemeral mount point is already mounted with a different source than the specified one. Failing in order to prevent an unwanted unmount or override operation. Try replacing this command with a \"state: unmounted\" followed by a \"state: ephemeral\", or use a different destination path.".into());
                }
                return target.effect(|target| self.remount(target)).map(drop);
            }
        }
        if !self.place.exists() {
            target.effect(|_| {
                std::fs::create_dir_all(&self.place).map_err(|error| {
                    let place = self.options.path.text();
                    Failure::new(format!("Error making dir {place}: {}", errors::with_path(&error, Path::new(&place))))
                })
            })?;
        }
        let differs = if is_ephemeral { false } else { self.set_entry(backup, target)? };
        if mounted.is_empty() {
            target.effect(|target| self.mount(!is_ephemeral, target))?;
        } else if differs {
            target.effect(|target| {
                self.remount(target).or_else(|_| {
                    self.unmount(target)?;
                    self.mount(true, target)
                })
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases};

    const TABLE: &[(&str, &str)] = &[("t", "# a\nUUID=1 / ext4 defaults 0 1\n")];

    #[test]
    fn tables() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    TABLE,
                    r#"{"path": "@/x y", "src": "/dev/sdz1", "fstype": "ext4", "state": "present", "fstab": "@/t"}"#,
                    r#"{"changed": true, "backup_file": "", "boot": "yes", "dump": "0", "fstab": "@/t", "fstype": "ext4", "name": "@/x y", "opts": "defaults", "passno": "0", "src": "/dev/sdz1"}"#,
                    &[],
                ),
                Case::new(
                    &[("t", "# a\n/dev/sdz1 /no/x ext4 defaults 0 0\nnone /p proc x\n")],
                    r#"{"path": "/no/x", "src": "/dev/sdz1", "fstype": "ext4", "opts": "ro", "boot": false, "passno": "2", "state": "present", "fstab": "@/t"}"#,
                    r#"{"changed": true, "boot": "no", "opts": "ro,noauto"}"#,
                    &[("t", "# a\n/dev/sdz1 /no/x ext4 ro,noauto 0 2\nnone /p proc x\n")],
                ),
                Case::new(
                    &[("t", "# a\n/dev/sdz1 /no/x ext4 defaults 0 0\n")],
                    r#"{"path": "/no/x", "state": "absent", "fstab": "@/t"}"#,
                    r#"{"changed": true, "src": null}"#,
                    &[("t", "# a\n")],
                ),
                Case::new(
                    TABLE,
                    r#"{"path": "/no/x", "state": "absent_from_fstab", "fstab": "@/t"}"#,
                    r#"{"changed": false}"#,
                    TABLE,
                ),
                Case::new(
                    TABLE,
                    r#"{"path": "/no/x", "state": "unmounted", "fstab": "@/t"}"#,
                    r#"{"changed": false}"#,
                    TABLE,
                ),
                Case::new(
                    TABLE,
                    r#"{"path": "/no/x", "state": "present", "fstab": "@/t"}"#,
                    r#"{"failed": true, "msg": "state is present but all of the following are missing: src, fstype"}"#,
                    TABLE,
                ),
            ],
        );
    }

    #[test]
    fn mount_is_called() {
        let scratch = Scratch::with_programs(&["mount", "umount"]);
        let args = r#"{"path": "@/m", "src": "tmpfs", "fstype": "tmpfs", "state": "mounted", "fstab": "@/t"}"#;
        scratch.call(&MODULE, args, "check");
        assert!(!scratch.path("m").exists() && scratch.calls().is_empty(), "in check mode");
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": true}"#);
        let folder = scratch.folder.display();
        assert_eq!(scratch.calls(), format!("mount -T {folder}/t {folder}/m"));
        assert_eq!(scratch.text("t"), format!("tmpfs {folder}/m tmpfs defaults 0 0\n"));
        let args = r#"{"path": "@/n", "src": "tmpfs", "fstype": "tmpfs", "opts": "ro", "state": "ephemeral"}"#;
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": true}"#);
        assert_eq!(scratch.calls(), format!("mount -t tmpfs -o ro tmpfs {folder}/n"));
    }
}
