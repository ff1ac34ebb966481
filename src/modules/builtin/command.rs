//! ansible.builtin.command: runs a command without a shell.

use crate::args::Args;
use crate::runner::command_line::CommandLine;
use crate::runner::module::Traits;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Command>("ansible.builtin.command", "Run a command without a shell")
    .traits(Traits { free_form: true, ..Traits::NONE });

#[derive(Args)]
struct Command {
    #[arg(flatten)]
    line: CommandLine,
}

impl Run for Command {
    fn run(self, target: &mut Target) -> Outcome {
        self.line.run(target)
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Scratch, parse};

    /// Arguments, mode, and what the result must hold.
    fn check(cases: &[(&str, &str, &str)]) {
        for (args, mode, wanted) in cases {
            let scratch = Scratch::new();
            scratch.put("there", "");
            let reply = scratch.call(&MODULE, args, mode);
            scratch.assert_result(&reply, wanted);
        }
    }

    #[test]
    fn commands() {
        check(&[
            (
                r#"{"_raw_params": "echo 'a  b' c"}"#,
                "",
                r#"{"changed": true, "cmd": ["echo", "a  b", "c"], "rc": 0, "stdout": "a  b c", "stderr": "", "msg": ""}"#,
            ),
            (r#"{"argv": ["echo", "~/x", 5]}"#, "", r#"{"stdout": "@/x 5", "cmd": ["echo", "~/x", "5"]}"#),
            (r#"{"_raw_params": "echo ~", "expand_argument_vars": false}"#, "", r#"{"stdout": "~"}"#),
            (r#"{"_raw_params": "cat", "stdin": "in"}"#, "", r#"{"stdout": "in"}"#),
            (r#"{"_raw_params": "printf 'a\n\n'", "strip_empty_ends": false}"#, "", r#"{"stdout": "a\n\n"}"#),
            (r#"{"_raw_params": "pwd", "chdir": "/"}"#, "", r#"{"stdout": "/"}"#),
            (r#"{"_raw_params": "printf 'a\\n\\nb\\n\\n'"}"#, "", r#"{"stdout": "a\n\nb"}"#),
        ]);
    }

    #[test]
    fn conditions_and_check_mode() {
        check(&[
            (
                r#"{"_raw_params": "echo hi", "creates": "th*"}"#,
                "",
                r#"{"changed": false, "rc": 0, "msg": "Did not run command since 'th*' exists",
                    "stdout": "skipped, since th* exists", "start": null}"#,
            ),
            (
                r#"{"_raw_params": "echo hi", "removes": "none"}"#,
                "check",
                r#"{"changed": false, "msg": "Would not run command since 'none' does not exist"}"#,
            ),
            (
                r#"{"_raw_params": "touch new"}"#,
                "check",
                r#"{"changed": false, "skipped": true, "msg": "Command would have run if not in check mode"}"#,
            ),
            (r#"{"_raw_params": "touch new", "creates": "new"}"#, "check", r#"{"changed": true, "skipped": null}"#),
        ]);
    }

    #[test]
    fn failures() {
        check(&[
            (
                r#"{"_raw_params": "false"}"#,
                "",
                r#"{"failed": true, "changed": true, "rc": 1, "msg": "non-zero return code"}"#,
            ),
            (
                r#"{"argv": ["/nope/x", "a b"]}"#,
                "",
                r#"{"failed": true, "changed": false, "cmd": "/nope/x 'a b'", "msg": "Error executing command.", "rc": 2}"#,
            ),
            (
                r#"{"_raw_params": "echo", "chdir": "/nope"}"#,
                "",
                r#"{"msg": "Unable to change directory before execution."}"#,
            ),
            (r#"{"_raw_params": "echo 'x"}"#, "", r#"{"msg": "No closing quotation"}"#),
            ("{}", "", r#"{"msg": "one of the following is required: _raw_params, cmd, argv"}"#),
            (
                r#"{"_raw_params": "a", "argv": ["b"]}"#,
                "",
                r#"{"msg": "parameters are mutually exclusive: _raw_params|cmd|argv"}"#,
            ),
        ]);
    }

    #[test]
    fn the_environment_of_a_task_is_the_commands() {
        use crate::runner::{Registry, execute};
        use crate::wire::Call;
        let scratch = Scratch::new();
        scratch.put("bin/tool", "#!/bin/sh\necho $WORD\n");
        scratch.mode("bin/tool", 0o755);
        let args = parse(
            r#"{"_raw_params": "tool", "_uses_shell": true, "strip_empty_ends": true, "stdin_add_newline": true,
            "expand_argument_vars": true}"#,
        );
        let path = format!("{}:/bin:/usr/bin", scratch.path("bin").display());
        let call = Call {
            module: MODULE.name.to_owned(),
            args: args.as_map().expect("a mapping").clone(),
            environment: vec![("PATH".into(), path), ("WORD".into(), "given".into())],
            ..Call::default()
        };
        let reply = execute(&Registry::new([&MODULE]), call, &scratch.site());
        scratch.assert_result(&reply, r#"{"stdout": "given", "cmd": "tool"}"#);
    }
}
