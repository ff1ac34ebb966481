//! The options that all modules share which make files, and how they are brought about.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::Path;

use super::mode::{self, ModeSpec};
use super::{flags, selinux};
use crate::args::Args;
use crate::data::Value;
use crate::runner::{Failure, Target, errors};

/// Permissions, owner, labels and flags of a file.
#[derive(Clone, Debug, Default, Args)]
pub struct FileAttributes {
    /// The permissions, as an octal number in quotes or as symbols (`u=rwX,g=rX,o=`).
    #[arg(kind = "raw")]
    pub mode: Option<Value>,
    /// The user who is to own it, by name or number.
    pub owner: Option<String>,
    /// The group that is to own it, by name or number.
    pub group: Option<String>,
    /// The user part of its SELinux label.
    pub seuser: Option<String>,
    /// The role part of its SELinux label.
    pub serole: Option<String>,
    /// The level part of its SELinux label.
    pub selevel: Option<String>,
    /// The type part of its SELinux label.
    pub setype: Option<String>,
    /// Its file system flags, as chattr takes them.
    #[arg(alias = "attr")]
    pub attributes: Option<String>,
    /// Writes in place where a file cannot be replaced at once, at the risk that others see half of it.
    #[arg(default = false)]
    pub unsafe_writes: bool,
}

impl FileAttributes {
    /// The wanted permissions, if any.
    pub fn mode_spec(&self, path: &Path) -> Result<Option<ModeSpec>, Failure> {
        ModeSpec::parse(self.mode.as_ref().unwrap_or(&Value::NULL)).map_err(|details| {
            Failure::new("mode must be in octal or symbolic form")
                .with("path", path.to_string_lossy().into_owned())
                .with("details", details)
        })
    }
}

/// What still has to be done to one file, told before it is done.
enum Pending {
    Owner(u32),
    Group(u32),
    Mode(u32),
    Flags(char, String),
    Label(String),
}

impl Target {
    /// Brings a file's label, owner, group, permissions and flags to what is wanted. Tells whether
    /// anything differed. In a check a file that is not there counts as different.
    pub fn converge_attributes(&mut self, path: &Path, wanted: &FileAttributes) -> Result<bool, Failure> {
        if self.is_check() && !super::lexists(path) {
            self.mark_changed();
            return Ok(true);
        }
        let mut differs = self.converge_label(path, wanted)?;
        differs |= self.converge_owner(path, wanted.owner.as_deref())?;
        differs |= self.converge_group(path, wanted.group.as_deref())?;
        if let Some(mode) = wanted.mode_spec(path)? {
            differs |= self.converge_mode(path, &mode)?;
        }
        if let Some(attributes) = &wanted.attributes {
            differs |= self.converge_flags(path, attributes)?;
        }
        Ok(differs)
    }

    pub fn converge_owner(&mut self, path: &Path, owner: Option<&str>) -> Result<bool, Failure> {
        let Some(owner) = owner else { return Ok(false) };
        let failure = |message: String| Failure::new(message).with("path", path.to_string_lossy().into_owned());
        let uid = match owner.parse::<u32>() {
            Ok(uid) => uid,
            Err(_) => {
                let user = self.users().user(owner);
                user.ok_or_else(|| failure(format!("chown failed: failed to look up user {owner}")))?.uid
            }
        };
        let current = metadata(path)?.uid();
        if current == uid {
            return Ok(false);
        }
        self.properties.note("owner", current, uid);
        self.carry_out(path, Pending::Owner(uid))
    }

    pub fn converge_group(&mut self, path: &Path, group: Option<&str>) -> Result<bool, Failure> {
        let Some(group) = group else { return Ok(false) };
        let failure = |message: String| Failure::new(message).with("path", path.to_string_lossy().into_owned());
        let gid = match group.parse::<u32>() {
            Ok(gid) => gid,
            Err(_) => {
                let found = self.users().group(group);
                found.ok_or_else(|| failure(format!("chgrp failed: failed to look up group {group}")))?.gid
            }
        };
        let current = metadata(path)?.gid();
        if current == gid {
            return Ok(false);
        }
        self.properties.note("group", current, gid);
        self.carry_out(path, Pending::Group(gid))
    }

    pub fn converge_mode(&mut self, path: &Path, wanted: &ModeSpec) -> Result<bool, Failure> {
        let metadata = metadata(path)?;
        let current = metadata.mode() & 0o7777;
        let wanted = wanted.apply(current, metadata.is_dir(), self.umask());
        // A link has no permissions of its own here; in a check the reference does not look that far.
        if current == wanted || (metadata.is_symlink() && !self.is_check()) {
            return Ok(false);
        }
        self.properties.note("mode", mode::shown(current), mode::shown(wanted));
        self.carry_out(path, Pending::Mode(wanted))
    }

    fn converge_flags(&mut self, path: &Path, attributes: &str) -> Result<bool, Failure> {
        let Some(current) = flags::of(path) else { return Ok(false) };
        let (operator, letters) = match attributes.chars().next() {
            Some(operator @ ('+' | '-' | '=')) => (operator, &attributes[1..]),
            _ => ('=', attributes),
        };
        if current == letters && operator != '-' {
            return Ok(false);
        }
        let shown = format!("{operator}{letters}");
        self.properties.note("attributes", current, shown);
        self.carry_out(path, Pending::Flags(operator, letters.to_owned()))
    }

    fn converge_label(&mut self, path: &Path, wanted: &FileAttributes) -> Result<bool, Failure> {
        let parts = [&wanted.seuser, &wanted.serole, &wanted.setype, &wanted.selevel].map(Option::as_deref);
        if parts.iter().all(Option::is_none) {
            return Ok(false);
        }
        let Some(current) = selinux::context_of(path) else { return Ok(false) };
        let default = if parts.contains(&Some("_default")) { self.default_label(path) } else { None };
        let default: Vec<&str> = default.as_deref().unwrap_or(&current).splitn(4, ':').collect();
        let mut index = 0;
        let parts = parts.map(|part| {
            let part =
                part.map(|part| if part == "_default" { default.get(index).copied().unwrap_or(part) } else { part });
            index += 1;
            part
        });
        let label = selinux::merged(&current, parts);
        if label == current {
            return Ok(false);
        }
        let list = |label: &str| Value::list(label.splitn(4, ':').map(Value::text));
        self.properties.note("secontext", list(&current), list(&label));
        self.carry_out(path, Pending::Label(label))
    }

    /// The label that the policy has for a path.
    fn default_label(&self, path: &Path) -> Option<String> {
        let finished = self.command(["matchpathcon", "-n"]).arg(path).run().ok()?;
        finished.is_success().then(|| finished.stdout_text().trim().to_owned())
    }

    fn carry_out(&mut self, path: &Path, pending: Pending) -> Result<bool, Failure> {
        self.effect(|_| {
            let (done, verb) = match pending {
                Pending::Owner(uid) => (lchown(path, Some(uid), None), "chown failed"),
                Pending::Group(gid) => (lchown(path, None, Some(gid)), "chgrp failed"),
                Pending::Mode(mode) => {
                    (std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)), "chmod failed")
                }
                Pending::Flags(operator, letters) => (flags::set(path, operator, &letters), "chattr failed"),
                Pending::Label(label) => (selinux::set_context(path, &label), "set selinux context failed"),
            };
            done.map_err(|error| {
                let path_text = path.to_string_lossy().into_owned();
                let failure = Failure::new(verb).caused_by(errors::with_bytes(&error, path));
                failure.with("path", path_text).with("details", errors::with_bytes(&error, path))
            })
        })?;
        Ok(true)
    }
}

fn metadata(path: &Path) -> Result<std::fs::Metadata, Failure> {
    path.symlink_metadata().map_err(|error: io::Error| errors::file_failure(&error, path))
}
