//! What is called to bring users about.

use super::MODULE;
use crate::runner::testing::Scratch;

const PROGRAMS: &[&str] = &["useradd", "usermod", "userdel", "chpasswd", "chage", "luseradd"];

#[test]
fn programs_are_called() {
    /// Arguments, what the result holds, the calls.
    const ROWS: &[(&str, &str, &str)] = &[
        (
            r#"{"name": "no_such"}"#,
            r#"{"changed": true, "name": "no_such", "state": "present", "system": false, "create_home": true}"#,
            "useradd -m no_such",
        ),
        (
            r#"{"name": "no_such", "uid": 77, "group": "daemon", "groups": ["bin", "sys"], "comment": "A B", "shell": "/bin/sh", "home": "/h", "create_home": false, "system": true, "expires": 0}"#,
            r#"{"changed": true, "system": true, "create_home": false}"#,
            "useradd -u 77 -g daemon -G bin,sys -c A B -d /h -s /bin/sh -e 1970-01-01 -M -r no_such",
        ),
        (
            r#"{"name": "no_such", "password": "$6$salt$hash", "password_expire_max": 9}"#,
            r#"{"changed": true, "password": "NOT_LOGGING_PASSWORD"}"#,
            "useradd -m no_such\nchpasswd -e\n< no_such:$6$salt$hash\nchage -M 9 no_such",
        ),
        (r#"{"name": "no_such", "local": true, "create_home": false}"#, r#"{"changed": true}"#, "luseradd -M no_such"),
        (r#"{"name": "no_such", "state": "absent"}"#, r#"{"changed": false, "state": "absent"}"#, ""),
        (
            r#"{"name": "daemon", "state": "absent", "remove": true, "force": true}"#,
            r#"{"changed": true, "force": true, "remove": true}"#,
            "userdel -f -r daemon",
        ),
        (
            r#"{"name": "root", "home": "/root", "uid": 0}"#,
            r#"{"changed": false, "append": false, "move_home": false, "uid": 0, "group": 0, "home": "/root"}"#,
            "",
        ),
        (
            r#"{"name": "root", "shell": "/bin/odd", "comment": "odd", "home": "/root"}"#,
            r#"{"changed": true}"#,
            "usermod -c odd -s /bin/odd root",
        ),
        (
            r#"{"name": "root", "groups": "daemon", "append": true}"#,
            r#"{"changed": true, "groups": "daemon", "append": true}"#,
            "usermod -a -G daemon root",
        ),
        (r#"{"name": "root", "groups": "no_such"}"#, r#"{"failed": true, "msg": "Group no_such does not exist"}"#, ""),
        (r#"{"name": "root", "group": "no_such"}"#, r#"{"failed": true, "msg": "Group no_such does not exist"}"#, ""),
        (r#"{"name": "no_such", "non_unique": true}"#, r#"{"failed": true}"#, ""),
    ];
    for (args, result, called) in ROWS {
        let scratch = Scratch::with_programs(PROGRAMS);
        scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
        assert_eq!(scratch.calls(), *called, "{args}");
        let scratch = Scratch::with_programs(PROGRAMS);
        scratch.call(&MODULE, args, "check");
        assert_eq!(scratch.calls(), "", "in check mode: {args}");
    }
}

#[test]
fn a_plain_password_is_warned_of() {
    for (password, warns) in [("plain", true), ("$6$a$b", true), ("*", false), ("$y$j9T$salt$hash", false)] {
        let scratch = Scratch::with_programs(PROGRAMS);
        let reply = scratch.call(&MODULE, &format!(r#"{{"name": "no_such", "password": "{password}"}}"#), "");
        assert_eq!(reply.result.contains_key("warnings"), warns, "{password}");
    }
}
