//! Keys for SSH.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use super::User;
use crate::data::Map;
use crate::runner::users::User as Known;
use crate::runner::{Failure, Target, errors};

impl User {
    pub(super) fn make_key(&self, user: &Known, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let default = PathBuf::from(format!(".ssh/id_{}", self.ssh_key_type));
        let file = self.ssh_key_file.as_ref().map_or(default, |path| path.to_path_buf());
        let path = Path::new(&user.home).join(file);
        if !Path::new(&user.home).exists() {
            return Err(Failure::new("User home directory does not exist, cannot create ssh key").with("rc", 1));
        }
        if path.exists() && !self.force {
            target.warn(format!(
                "Found existing ssh key private file \"{}\", no force, so skipping ssh-keygen generation",
                path.display()
            ));
        } else {
            self.generate(&path, user, target)?;
        }
        let public = public_of(&path);
        result.insert("ssh_key_file", path.to_string_lossy().into_owned());
        if !target.is_check() {
            let program = target.required_program("ssh-keygen")?;
            let finished = target.command([program]).arg("-l").arg("-f").arg(&path).run_or_fail()?;
            let said = if finished.is_success() { finished.stdout_text() } else { finished.stderr_text() };
            result.insert("ssh_fingerprint", said.trim());
        }
        if let Ok(text) = std::fs::read_to_string(&public) {
            result.insert("ssh_public_key", text.trim());
        }
        Ok(())
    }

    fn generate(&self, path: &Path, user: &Known, target: &mut Target) -> Result<(), Failure> {
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let program = target.required_program("ssh-keygen")?;
        let comment = match self.ssh_key_comment.as_str() {
            "ansible-generated on $HOSTNAME" => format!("ansible-generated on {}", target.environment().hostname),
            comment => comment.to_owned(),
        };
        let failed = |error: std::io::Error, path: &Path| {
            Failure::new(format!("Failed to create {}: {}", path.display(), errors::plain(&error)))
        };
        target.effect(|target| {
            if !folder.exists() {
                std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(|error| failed(error, &folder))?;
                lchown(&folder, Some(user.uid), Some(user.gid)).map_err(|error| failed(error, &folder))?;
            }
            for old in [path.to_path_buf(), public_of(path)] {
                if old.exists() {
                    std::fs::remove_file(&old).map_err(|error| failed(error, &old))?;
                }
            }
            let mut command = target.command([program]).arg("-q").arg("-t").arg(&self.ssh_key_type);
            if let Some(bits) = self.ssh_key_bits.filter(|bits| *bits > 0) {
                command = command.arg("-b").arg(bits.to_string());
            }
            command = command.arg("-C").arg(comment).arg("-f").arg(path);
            let secret = self.ssh_key_passphrase.as_deref().map(|secret| Secret::new(secret, target)).transpose()?;
            command = match &secret {
                Some(secret) => command
                    .variable("SSH_ASKPASS", &secret.program.to_string_lossy())
                    .variable("SSH_ASKPASS_REQUIRE", "force")
                    .variable("DISPLAY", ":0"),
                None => command.arg("-N").arg(""),
            };
            let finished = command.run_or_fail()?;
            if !finished.is_success() {
                let said = format!("{}{}", finished.stdout_text(), finished.stderr_text());
                return Err(Failure::new(said).with("name", self.name.as_str()).with("rc", finished.code));
            }
            for file in [path.to_path_buf(), public_of(path)] {
                lchown(&file, Some(user.uid), Some(user.gid)).map_err(|error| failed(error, &file))?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn public_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// A program that tells a word to `ssh-keygen`, which it asks in place of a person: so the word is
/// in no argument list. Both files go away with this.
struct Secret {
    program: PathBuf,
    file: PathBuf,
}

impl Secret {
    fn new(word: &str, target: &Target) -> Result<Self, Failure> {
        let base = target.temp_dir().join(crate::runner::files::write::random_name());
        let (program, file) = (base.with_extension("ask"), base.with_extension("word"));
        let secret = Self { program, file };
        let text = format!("#!/bin/sh\nexec cat '{}'\n", secret.file.display());
        secret.write(&secret.file, format!("{word}\n").as_bytes(), 0o600)?;
        secret.write(&secret.program, text.as_bytes(), 0o700)?;
        Ok(secret)
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
        use std::os::unix::fs::OpenOptionsExt;
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)))
            .map_err(|error| errors::file_failure(&error, path))
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.program);
        let _ = std::fs::remove_file(&self.file);
    }
}
