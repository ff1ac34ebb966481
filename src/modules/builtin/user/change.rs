//! Adding users and changing them.

use super::{User, shadow};
use crate::data::Map;
use crate::runner::users::User as Known;
use crate::runner::{Failure, Target};

const DAY: i64 = 86_400;

impl User {
    pub(super) fn add(&self, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let mut words = vec!["useradd".to_owned()];
        let mut push = |option: &str, value: String| words.extend([option.to_owned(), value]);
        if let Some(uid) = self.uid {
            push("-u", uid.to_string());
        }
        if let Some(seuser) = &self.seuser {
            push("-Z", seuser.clone());
        }
        if let Some(group) = &self.group {
            known_group(group, target)?;
            push("-g", group.clone());
        }
        if let Some(groups) = self.groups.as_ref().filter(|groups| !groups.is_empty()) {
            for group in groups {
                known_group(group, target)?;
            }
            push("-G", groups.join(","));
        }
        if let Some(comment) = &self.comment {
            push("-c", comment.clone());
        }
        if let Some(home) = &self.home {
            push("-d", home.text());
        }
        if let Some(shell) = &self.shell {
            push("-s", shell.text());
        }
        if let Some(expires) = self.expires {
            push("-e", shown_expiry(expires));
        }
        if let Some(days) = self.password_expire_account_disable {
            push("-f", days.to_string());
        }
        for (key, number) in [("UID_MIN", self.uid_min), ("UID_MAX", self.uid_max)] {
            if let Some(number) = number {
                push("-K", format!("{key}={number}"));
            }
        }
        if self.create_home {
            if let Some(umask) = &self.umask {
                push("-K", format!("UMASK={umask}"));
            }
            if let Some(skeleton) = &self.skeleton {
                push("-k", skeleton.clone());
            }
        }
        // Where a group of the user's name is there already, another cannot be made.
        if self.group.is_none() && target.users().group(&self.name).is_some() && !self.local {
            words.push("-N".to_owned());
        }
        if self.non_unique {
            words.push("-o".to_owned());
        }
        words.push(if self.create_home { "-m" } else { "-M" }.to_owned());
        if self.system {
            words.push("-r".to_owned());
        }
        words.push(self.name.clone());
        self.call(words, result, target)?;
        if let Some(password) = &self.password {
            self.set_password(password, self.password_lock == Some(true), result, target)?;
        } else if self.password_lock == Some(true) {
            self.call(vec!["usermod".to_owned(), "-L".to_owned(), self.name.clone()], result, target)?;
        }
        self.set_ages(None, result, target)
    }

    pub(super) fn modify(&self, known: &Known, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let entry = shadow::of(&self.name);
        let mut words = vec!["usermod".to_owned()];
        if let Some(uid) = self.uid.filter(|uid| *uid != i64::from(known.uid)) {
            words.extend(["-u".to_owned(), uid.to_string()]);
            if self.non_unique {
                words.push("-o".to_owned());
            }
        }
        if let Some(group) = &self.group {
            let gid = known_group(group, target)?;
            if gid != known.gid {
                words.extend(["-g".to_owned(), gid.to_string()]);
            }
        }
        self.change_groups(known, &mut words, target)?;
        if let Some(comment) = self.comment.as_ref().filter(|comment| **comment != known.comment) {
            words.extend(["-c".to_owned(), comment.clone()]);
        }
        if let Some(home) = self.home.as_ref().filter(|home| home.text() != known.home) {
            words.extend(["-d".to_owned(), home.text()]);
            if self.move_home {
                words.push("-m".to_owned());
            }
        }
        if let Some(shell) = self.shell.as_ref().filter(|shell| shell.text() != known.shell) {
            words.extend(["-s".to_owned(), shell.text()]);
        }
        if let Some(seuser) = &self.seuser {
            words.extend(["-Z".to_owned(), seuser.clone()]);
        }
        if let Some(expires) = self.expires {
            let current = entry.as_ref().and_then(|entry| entry.expires).filter(|day| *day >= 0);
            let wanted = (expires >= 0.0).then_some(expires as i64 / DAY);
            if current != wanted {
                words.extend(["-e".to_owned(), shown_expiry(expires)]);
            }
        }
        let inactive = self.password_expire_account_disable;
        if let Some(days) = inactive.filter(|days| entry.as_ref().and_then(|entry| entry.inactive) != Some(*days)) {
            words.extend(["-f".to_owned(), days.to_string()]);
        }
        let hash = entry.as_ref().map(|entry| entry.password.clone()).unwrap_or_default();
        let password = self.password.as_ref().filter(|password| {
            self.update_password == "always" && hash.trim_start_matches('!') != password.trim_start_matches('!')
        });
        if password.is_none() {
            match self.password_lock {
                Some(true) if !hash.starts_with('!') => words.push("-L".to_owned()),
                // Without a password there is nothing to unlock.
                Some(false) if hash.starts_with('!') => words.push("-U".to_owned()),
                _ => {}
            }
        }
        if words.len() > 1 {
            words.push(self.name.clone());
            self.call(words, result, target)?;
        }
        if let Some(password) = password {
            let locked = self.password_lock == Some(true);
            self.set_password(password, locked, result, target)?;
        }
        self.set_ages(entry.as_ref(), result, target)
    }

    fn change_groups(&self, known: &Known, words: &mut Vec<String>, target: &Target) -> Result<(), Failure> {
        let Some(groups) = &self.groups else { return Ok(()) };
        let own = target.users().group_by_id(known.gid).map(|group| group.name);
        let current: Vec<&str> = target
            .users()
            .groups()
            .iter()
            .filter(|group| group.members.contains(&self.name))
            .map(|group| group.name.as_str())
            .collect();
        for group in groups {
            known_group(group, target)?;
        }
        let names: Vec<String> = groups
            .iter()
            .map(|group| {
                let by_number = group.parse().ok().and_then(|gid| target.users().group_by_id(gid));
                by_number.map_or_else(|| group.clone(), |group| group.name)
            })
            .collect();
        let is_own = |group: &str| Some(group) == own.as_deref();
        let missing = names.iter().any(|group| !current.contains(&group.as_str()) && !is_own(group));
        let surplus = current.iter().any(|group| !names.iter().any(|name| name == group) && !is_own(group));
        if !missing && (self.append || !surplus) {
            return Ok(());
        }
        if self.append {
            words.push("-a".to_owned());
        }
        words.extend(["-G".to_owned(), groups.join(",")]);
        Ok(())
    }

    /// The hash goes in by a pipe, where nobody sees it in the list of processes.
    fn set_password(&self, hash: &str, is_locked: bool, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let program = target.required_program("chpasswd")?.to_string_lossy().into_owned();
        if hash.contains('\n') {
            return Err("the password must be one line".into());
        }
        let lock = if is_locked && !hash.starts_with('!') { "!" } else { "" };
        let line = format!("{}:{lock}{hash}\n", self.name);
        self.feed(vec![program, "-e".to_owned()], &line, result, target)
    }

    fn set_ages(&self, entry: Option<&shadow::Entry>, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let rows = [
            ("-m", self.password_expire_min, entry.and_then(|entry| entry.min)),
            ("-M", self.password_expire_max, entry.and_then(|entry| entry.max)),
            ("-W", self.password_expire_warn, entry.and_then(|entry| entry.warn)),
        ];
        let mut words = vec!["chage".to_owned()];
        for (option, wanted, current) in rows {
            if let Some(days) = wanted.filter(|_| wanted != current) {
                words.extend([option.to_owned(), days.to_string()]);
            }
        }
        if words.len() == 1 {
            return Ok(());
        }
        words.push(self.name.clone());
        self.call(words, result, target)
    }
}

fn known_group(group: &str, target: &Target) -> Result<u32, Failure> {
    let by_number = group.parse().ok().and_then(|gid| target.users().group_by_id(gid));
    let found = by_number.or_else(|| target.users().group(group));
    found.map(|group| group.gid).ok_or_else(|| Failure::new(format!("Group {group} does not exist")))
}

/// The day on which an account ends, as the programs take it; nothing for never.
fn shown_expiry(expires: f64) -> String {
    if expires < 0.0 {
        return String::new();
    }
    jiff::Timestamp::from_second(expires as i64)
        .map(|moment| moment.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}
