//! ansible.builtin.shell: runs a command line through a shell.

use crate::args::Args;
use crate::runner::command_line::CommandLine;
use crate::runner::module::Traits;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Shell>("ansible.builtin.shell", "Run a command line through a shell")
    .traits(Traits { free_form: true, ..Traits::NONE });

#[derive(Args)]
struct Shell {
    #[arg(flatten)]
    line: CommandLine,
}

impl Run for Shell {
    fn run(self, target: &mut Target) -> Outcome {
        self.line.in_shell().run(target)
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn lines_go_to_the_shell() {
        for (args, wanted) in [
            (
                r#"{"_raw_params": "echo a | tr a b; exit 3"}"#,
                r#"{"cmd": "echo a | tr a b; exit 3", "stdout": "b", "rc": 3}"#,
            ),
            (
                r#"{"_raw_params": "echo $0", "executable": "/bin/bash"}"#,
                r#"{"stdout": "/bin/bash", "warnings": null}"#,
            ),
            (r#"{"_raw_params": "kill -9 $$"}"#, r#"{"rc": -9, "failed": true}"#),
            (r#"{"_raw_params": "echo", "executable": "/no/sh"}"#, r#"{"cmd": "/no/sh -c echo", "rc": 2}"#),
        ] {
            let scratch = Scratch::new();
            let reply = scratch.call(&MODULE, args, "");
            scratch.assert_result(&reply, wanted);
        }
    }
}
