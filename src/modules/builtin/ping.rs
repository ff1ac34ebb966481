//! ansible.builtin.ping: tells that the target can be reached and used.

use crate::args::Args;
use crate::data::Map;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Ping>("ansible.builtin.ping", "Try to reach a host and run a module there");

#[derive(Args)]
struct Ping {
    /// What to answer. The word `crash` makes the module fail on purpose.
    #[arg(default = "pong")]
    data: String,
}

impl Run for Ping {
    fn run(self, _target: &mut Target) -> Outcome {
        if self.data == "crash" {
            return Err("boom".into());
        }
        Ok(Map::from([("ping", self.data)]))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, check_cases};

    #[test]
    fn cases() {
        check_cases(
            &MODULE,
            &[
                Case::new(&[], "{}", r#"{"ping": "pong", "changed": false}"#, &[]),
                Case::new(&[], r#"{"data": 5}"#, r#"{"ping": "5"}"#, &[]),
                Case::new(&[], r#"{"data": "crash"}"#, r#"{"failed": true, "msg": "boom"}"#, &[]),
            ],
        );
    }
}
