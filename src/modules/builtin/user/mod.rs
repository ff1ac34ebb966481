//! ansible.builtin.user: users of the host.

mod change;
mod home;
mod keys;
mod shadow;
#[cfg(test)]
mod tests;

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::users::User as Known;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<User>("ansible.builtin.user", "Manage users");

#[derive(Args)]
struct User {
    /// The user's name.
    #[arg(alias = "user")]
    name: String,
    /// The user's number.
    uid: Option<i64>,
    /// The user's full name.
    comment: Option<String>,
    /// Hides the user from macOS's greeter; of no meaning here.
    #[arg(unused)]
    hidden: Option<bool>,
    /// Whether the number may be one that another user has.
    #[arg(default = false)]
    non_unique: bool,
    /// The user's SELinux user.
    seuser: Option<String>,
    /// The user's own group, which has to be there.
    group: Option<String>,
    /// The further groups that the user is in.
    groups: Option<Vec<String>>,
    /// Whether the user stays in groups that are not listed.
    #[arg(default = false)]
    append: bool,
    /// The user's shell.
    shell: Option<TargetPath>,
    /// The user's home.
    home: Option<TargetPath>,
    /// The folder that a new home is a copy of.
    skeleton: Option<String>,
    /// The password's hash.
    #[arg(no_log)]
    password: Option<String>,
    /// Whether the user is to be there.
    #[arg(default = "present")]
    state: State,
    /// Whether a home is made.
    #[arg(default = true, alias = "createhome")]
    create_home: bool,
    /// Whether a home that changes its name is moved.
    #[arg(default = false)]
    move_home: bool,
    /// Whether a new user is one of the system's.
    #[arg(default = false)]
    system: bool,
    /// Whether a user is removed even while logged in, and a key made anew.
    #[arg(default = false)]
    force: bool,
    /// Whether the home goes with the user.
    #[arg(default = false)]
    remove: bool,
    /// The login class of BSD systems; of no meaning here.
    #[arg(unused)]
    login_class: Option<String>,
    /// Whether the user gets a key for SSH.
    #[arg(default = false)]
    generate_ssh_key: bool,
    /// How many bits the key has.
    ssh_key_bits: Option<i64>,
    /// What kind of key.
    #[arg(default = "rsa")]
    ssh_key_type: String,
    /// Where the key lies, below the home unless it is absolute.
    ssh_key_file: Option<TargetPath>,
    /// The key's comment; otherwise it names the host.
    #[arg(default = "ansible-generated on $HOSTNAME")]
    ssh_key_comment: String,
    /// The word that the key is locked by.
    #[arg(no_log)]
    ssh_key_passphrase: Option<String>,
    /// Whether the password of a user who is there is changed too.
    #[arg(default = "always", choices("always", "on_create"))]
    update_password: String,
    /// When the account ends, in seconds since 1970; negative for never.
    expires: Option<f64>,
    /// Whether the password is locked.
    #[arg(no_log, kind = "bool")]
    password_lock: Option<bool>,
    /// Whether only the host's own files are changed where users come from elsewhere too.
    #[arg(default = false)]
    local: bool,
    /// Profiles of Solaris; of no meaning here.
    #[arg(unused)]
    profile: Option<String>,
    /// Authorizations of Solaris; of no meaning here.
    #[arg(unused)]
    authorization: Option<String>,
    /// Roles of Solaris; of no meaning here.
    #[arg(unused)]
    role: Option<String>,
    /// For how many days a password may be kept.
    #[arg(no_log)]
    password_expire_max: Option<i64>,
    /// For how many days a password must be kept.
    #[arg(no_log)]
    password_expire_min: Option<i64>,
    /// How many days before its end the user is warned.
    #[arg(no_log)]
    password_expire_warn: Option<i64>,
    /// For how many days after its end an old password still opens the account.
    #[arg(no_log)]
    password_expire_account_disable: Option<i64>,
    /// The least number that a new user may get.
    uid_min: Option<i64>,
    /// The largest number that a new user may get.
    uid_max: Option<i64>,
    /// The umask by which a new home gets its permissions.
    umask: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

impl Run for User {
    fn run(self, target: &mut Target) -> Outcome {
        if self.local && (self.uid_min.is_some() || self.uid_max.is_some()) {
            return Err("'uid_min' and 'uid_max' are not used with 'local'".into());
        }
        if self.non_unique && self.uid.is_none() {
            return Err("non_unique is True but all of the following are missing: uid".into());
        }
        if self.append && self.groups.is_none() {
            target.warn(
                "'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups. This will change to an error in Ansible 2.14.",
            );
        }
        self.warn_of_plain_password(target);
        let known = target.users().user(&self.name);
        match self.state {
            State::Absent => self.remove(known, target),
            State::Present => self.bring_about(known, target),
        }
    }
}

impl User {
    fn remove(&self, known: Option<Known>, target: &mut Target) -> Outcome {
        let mut result = self.result();
        if known.is_none() {
            return Ok(result);
        }
        if target.is_check() {
            target.mark_changed();
            return Ok(Map::new());
        }
        let mut words = vec!["userdel".to_owned()];
        if self.force && !self.local {
            words.push("-f".to_owned());
        }
        if self.remove {
            words.push("-r".to_owned());
        }
        words.push(self.name.clone());
        self.call(words, &mut result, target)?;
        target.forget_users();
        result.insert("force", self.force);
        result.insert("remove", self.remove);
        Ok(result)
    }

    fn bring_about(&self, known: Option<Known>, target: &mut Target) -> Outcome {
        let mut result = self.result();
        match &known {
            None => {
                if target.is_check() {
                    target.mark_changed();
                    return Ok(Map::new());
                }
                self.add(&mut result, target)?;
                result.insert("system", self.system);
                result.insert("create_home", self.create_home);
            }
            Some(known) => {
                self.modify(known, &mut result, target)?;
                result.insert("append", self.append);
                result.insert("move_home", self.move_home);
            }
        }
        if self.password.is_some() {
            result.insert("password", "NOT_LOGGING_PASSWORD");
        }
        target.forget_users();
        if let Some(user) = target.users().user(&self.name) {
            if self.create_home && self.home_is_missing(&user) {
                self.make_home(&user, target)?;
            }
            result.insert("uid", user.uid);
            result.insert("group", user.gid);
            result.insert("comment", user.comment.as_str());
            result.insert("home", user.home.as_str());
            result.insert("shell", user.shell.as_str());
            if let Some(groups) = &self.groups {
                result.insert("groups", groups.join(","));
            }
            if self.generate_ssh_key {
                self.make_key(&user, &mut result, target)?;
            }
        }
        Ok(result)
    }

    fn result(&self) -> Map {
        Map::from([("name", Value::from(self.name.as_str())), ("state", self.state.as_str().into())])
    }

    /// Runs a program that changes users; what it says becomes part of the result.
    fn call(&self, mut words: Vec<String>, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        if self.local {
            words[0] = format!("l{}", words[0]);
        }
        words[0] = target.required_program(&words[0])?.to_string_lossy().into_owned();
        self.feed(words, "", result, target)
    }

    fn feed(&self, words: Vec<String>, input: &str, result: &mut Map, target: &mut Target) -> Result<(), Failure> {
        let finished = target.effect(|target| target.command(&words).stdin(input).run_or_fail())?;
        let Some(finished) = finished else { return Ok(()) };
        if !finished.is_success() {
            let failure = Failure::new(finished.stderr_text()).with("name", self.name.as_str());
            return Err(failure.with("rc", finished.code));
        }
        for (key, text) in [("stdout", finished.stdout_text()), ("stderr", finished.stderr_text())] {
            if !text.is_empty() {
                let before = result.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                result.insert(key, before + &text);
            }
        }
        Ok(())
    }

    /// A password that is no hash locks people out.
    fn warn_of_plain_password(&self, target: &mut Target) {
        let Some(password) = &self.password else { return };
        if matches!(password.as_str(), "" | "*" | "!" | "*************") {
            return;
        }
        let fields: Vec<&str> = password.split('$').collect();
        let hash = fields.last().copied().unwrap_or_default();
        let length = match fields.get(1).copied() {
            Some("1") => Some(22),
            Some("5") => Some(43),
            Some("6") => Some(86),
            _ => None,
        };
        let is_hash = fields.len() >= 3
            && length.is_none_or(|length| hash.len() == length)
            && hash.chars().all(|character| character.is_ascii_alphanumeric() || "./=".contains(character));
        if !is_hash || password.contains(':') {
            target.warn(
                "The input password appears not to have been hashed. The 'password' argument must be encrypted for this module to work properly.",
            );
        }
    }
}
