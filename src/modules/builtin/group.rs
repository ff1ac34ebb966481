//! ansible.builtin.group: groups of users.

use crate::args::{Args, Choice};
use crate::data::{Map, Value};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Group>("ansible.builtin.group", "Manage groups of users");

#[derive(Args)]
struct Group {
    /// The group's name.
    name: String,
    /// The group's number.
    gid: Option<i64>,
    /// Whether the group is to be there.
    #[arg(default = "present")]
    state: State,
    /// Whether a group is removed even where it is some user's own.
    #[arg(default = false)]
    force: bool,
    /// Whether a new group is one of the system's.
    #[arg(default = false)]
    system: bool,
    /// Whether only the host's own files are changed where groups come from elsewhere too.
    #[arg(default = false)]
    local: bool,
    /// Whether the number may be one that another group has.
    #[arg(default = false)]
    non_unique: bool,
    /// The least number that a new group may get.
    gid_min: Option<i64>,
    /// The largest number that a new group may get.
    gid_max: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Absent,
    Present,
}

impl Run for Group {
    fn run(self, target: &mut Target) -> Outcome {
        if self.non_unique && self.gid.is_none() {
            return Err("non_unique is True but all of the following are missing: gid".into());
        }
        if self.local && (self.gid_min.is_some() || self.gid_max.is_some()) {
            return Err("'gid_min' and 'gid_max' are not used with 'local'".into());
        }
        let mut result = Map::from([("name", Value::from(self.name.as_str())), ("state", self.state.as_str().into())]);
        let known = target.users().group(&self.name);
        match (self.state, known) {
            (State::Absent, Some(_)) => {
                self.carry_out(target, self.removal())?;
            }
            (State::Absent, None) => {}
            (State::Present, None) => {
                self.carry_out(target, self.addition(target))?;
            }
            (State::Present, Some(known)) => {
                if self.gid.is_some_and(|gid| gid != i64::from(known.gid)) {
                    self.carry_out(target, self.modification())?;
                }
            }
        }
        let is_new_or_gone = self.state == State::Absent || target.users().group(&self.name).is_none();
        if target.is_check() && target.has_changed() && is_new_or_gone {
            return Ok(Map::new());
        }
        if self.state == State::Present {
            result.insert("system", self.system);
            result.insert("gid", target.users().group(&self.name).map(|group| group.gid));
        }
        Ok(result)
    }
}

impl Group {
    fn program(&self, name: &str) -> String {
        if self.local { format!("l{name}") } else { name.to_owned() }
    }

    fn numbers(&self, words: &mut Vec<String>) {
        if let Some(gid) = self.gid {
            words.extend(["-g".to_owned(), gid.to_string()]);
            if self.non_unique {
                words.push("-o".to_owned());
            }
        }
    }

    fn removal(&self) -> Vec<String> {
        let mut words = vec![self.program("groupdel")];
        if self.force && !self.local {
            words.push("-f".to_owned());
        }
        words.push(self.name.clone());
        words
    }

    fn addition(&self, target: &Target) -> Vec<String> {
        if !self.local && target.find_program("groupadd").is_none() && target.find_program("addgroup").is_some() {
            return self.busybox_addition();
        }
        let mut words = vec![self.program("groupadd")];
        self.numbers(&mut words);
        if self.system {
            words.push("-r".to_owned());
        }
        for (key, number) in [("GID_MIN", self.gid_min), ("GID_MAX", self.gid_max)] {
            if let Some(number) = number {
                words.extend(["-K".to_owned(), format!("{key}={number}")]);
            }
        }
        words.push(self.name.clone());
        words
    }

    /// Where only BusyBox is there.
    fn busybox_addition(&self) -> Vec<String> {
        let mut words = vec!["addgroup".to_owned()];
        self.numbers(&mut words);
        if self.system {
            words.push("-S".to_owned());
        }
        words.push(self.name.clone());
        words
    }

    fn modification(&self) -> Vec<String> {
        let mut words = vec![self.program("groupmod")];
        self.numbers(&mut words);
        words.push(self.name.clone());
        words
    }

    fn carry_out(&self, target: &mut Target, mut words: Vec<String>) -> Result<(), Failure> {
        if words[0] == "groupdel" && target.find_program("groupdel").is_none() {
            words = vec!["delgroup".to_owned(), self.name.clone()];
        }
        words[0] = target.required_program(&words[0])?.to_string_lossy().into_owned();
        target.effect(|target| {
            let finished = target.command(&words).run_or_fail()?;
            if finished.is_success() {
                return Ok(());
            }
            Err(Failure::new(finished.stderr_text()).with("name", self.name.as_str()))
        })?;
        target.forget_users();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    /// The programs that change groups are stood in for by one that writes down how it was called.
    #[test]
    fn programs_are_called() {
        for (args, result, called) in [
            (
                r#"{"name": "no_such_group"}"#,
                r#"{"changed": true, "state": "present", "system": false}"#,
                "groupadd no_such_group",
            ),
            (
                r#"{"name": "no_such_group", "gid": 4242, "non_unique": true, "system": true, "gid_min": 3}"#,
                r#"{"changed": true, "system": true}"#,
                "groupadd -g 4242 -o -r -K GID_MIN=3 no_such_group",
            ),
            (r#"{"name": "no_such_group", "state": "absent"}"#, r#"{"changed": false, "state": "absent"}"#, ""),
            (r#"{"name": "daemon", "gid": 1}"#, r#"{"changed": false, "gid": 1, "name": "daemon"}"#, ""),
            (r#"{"name": "daemon", "gid": 4242}"#, r#"{"changed": true}"#, "groupmod -g 4242 daemon"),
            (r#"{"name": "daemon", "state": "absent", "force": true}"#, r#"{"changed": true}"#, "groupdel -f daemon"),
            (r#"{"name": "x", "local": true}"#, r#"{"changed": true}"#, "lgroupadd x"),
            (r#"{"name": "x", "non_unique": true}"#, r#"{"failed": true}"#, ""),
        ] {
            let scratch = Scratch::with_programs(&["groupadd", "groupmod", "groupdel", "lgroupadd"]);
            scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
            assert_eq!(scratch.calls(), called, "{args}");
            let scratch = Scratch::with_programs(&["groupadd", "groupmod", "groupdel", "lgroupadd"]);
            scratch.call(&MODULE, args, "check");
            assert_eq!(scratch.calls(), "", "in check mode: {args}");
        }
    }
}
