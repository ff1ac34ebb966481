//! Names and numbers of users and groups: from the system's files, then from `getent`, never from
//! the C library, which would load name services into a static program.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// One user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub password: String,
    pub uid: u32,
    pub gid: u32,
    pub comment: String,
    pub home: String,
    pub shell: String,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
}

/// The databases, read when first asked.
pub struct Users {
    folder: PathBuf,
    /// Asks for one line of a database: `getent passwd KEY`.
    ask: Box<dyn Fn(&str, &str) -> Option<String>>,
    users: OnceCell<Vec<User>>,
    groups: OnceCell<Vec<Group>>,
}

impl Users {
    pub fn new(folder: impl Into<PathBuf>, ask: impl Fn(&str, &str) -> Option<String> + 'static) -> Self {
        Self { folder: folder.into(), ask: Box::new(ask), users: OnceCell::new(), groups: OnceCell::new() }
    }

    /// Those of the machine that this runs on.
    pub fn of_this_machine() -> Self {
        Self::new("/etc", |database, key| {
            let mut command = std::process::Command::new("getent");
            command.args([database, key]).stdin(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let output = command.output().ok()?;
            String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
        })
    }

    pub fn user(&self, name: &str) -> Option<User> {
        let found = self.users().iter().find(|user| user.name == name).cloned();
        found.or_else(|| parse_user(&(self.ask)("passwd", name)?))
    }

    pub fn user_by_id(&self, uid: u32) -> Option<User> {
        let found = self.users().iter().find(|user| user.uid == uid).cloned();
        found.or_else(|| parse_user(&(self.ask)("passwd", &uid.to_string())?))
    }

    pub fn group(&self, name: &str) -> Option<Group> {
        let found = self.groups().iter().find(|group| group.name == name).cloned();
        found.or_else(|| parse_group(&(self.ask)("group", name)?))
    }

    pub fn group_by_id(&self, gid: u32) -> Option<Group> {
        let found = self.groups().iter().find(|group| group.gid == gid).cloned();
        found.or_else(|| parse_group(&(self.ask)("group", &gid.to_string())?))
    }

    /// The users of the file, in its order.
    pub fn users(&self) -> &[User] {
        self.users.get_or_init(|| read(&self.folder.join("passwd"), parse_user))
    }

    /// The groups of the file, in its order.
    pub fn groups(&self) -> &[Group] {
        self.groups.get_or_init(|| read(&self.folder.join("group"), parse_group))
    }

    /// Forgets what was read, because it has been changed.
    pub fn forget(&mut self) {
        self.users.take();
        self.groups.take();
    }
}

fn read<T>(path: &Path, parse: fn(&str) -> Option<T>) -> Vec<T> {
    let text = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(parse).collect()
}

fn parse_user(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.trim_end().split(':').collect();
    let [name, password, uid, gid, comment, home, shell, ..] = fields[..] else { return None };
    Some(User {
        name: name.to_owned(),
        password: password.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        comment: comment.to_owned(),
        home: home.to_owned(),
        shell: shell.to_owned(),
    })
}

fn parse_group(line: &str) -> Option<Group> {
    let fields: Vec<&str> = line.trim_end().split(':').collect();
    let [name, _, gid, members, ..] = fields[..] else { return None };
    let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
    Some(Group { name: name.to_owned(), gid: gid.parse().ok()?, members })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_before_getent() {
        let scratch = crate::runner::testing::Scratch::new();
        scratch.put("passwd", "root:x:0:0:root:/root:/bin/sh\n+nis\nann:x:7:8:Ann,,,:/home/ann:/bin/sh\n");
        scratch.put("group", "staff:x:8:ann,bob\n");
        let users = Users::new(&scratch.folder, |database, key| match (database, key) {
            ("passwd", "far" | "99") => Some("far:*:99:8::/home/far:/bin/sh".to_owned()),
            _ => None,
        });
        assert_eq!(users.user("ann").map(|user| (user.uid, user.home)), Some((7, "/home/ann".to_owned())));
        assert_eq!(users.user_by_id(99).map(|user| user.name), Some("far".to_owned()));
        assert_eq!(users.user("nobody"), None);
        assert_eq!(users.group("staff").map(|group| group.members.len()), Some(2));
    }
}
