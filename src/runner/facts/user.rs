//! Who runs the tasks, and with which environment.

use super::Gathering;
use crate::data::{Map, Value};

pub fn collect(gathering: &mut Gathering<'_>) -> Map {
    let environment = gathering.target.environment();
    let variable = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().find_map(|name| environment.filled(name));
    let uid = rustix::process::getuid().as_raw();
    let users = gathering.target.users();
    let user = variable.and_then(|name| users.user(name)).or_else(|| users.user_by_id(uid));
    let id = variable.map(str::to_owned).or_else(|| user.as_ref().map(|user| user.name.clone()));
    let mut facts = Map::from([("user_id", Value::text(id.unwrap_or_else(|| uid.to_string())))]);
    if let Some(user) = user {
        facts.extend([
            ("user_uid", Value::from(user.uid)),
            ("user_gid", user.gid.into()),
            ("user_gecos", user.comment.into()),
            ("user_dir", user.home.into()),
            ("user_shell", user.shell.into()),
        ]);
    }
    facts.extend([
        ("real_user_id", uid),
        ("effective_user_id", rustix::process::geteuid().as_raw()),
        ("real_group_id", rustix::process::getgid().as_raw()),
        ("effective_group_id", rustix::process::getegid().as_raw()),
    ]);
    facts
}

pub fn environment(gathering: &mut Gathering<'_>) -> Map {
    let variables = &gathering.target.environment().variables;
    let all: Map = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Map::from([("env", all)])
}
