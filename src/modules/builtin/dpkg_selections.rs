//! ansible.builtin.dpkg_selections: what is wished for packages of Debian, as `hold`.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::dpkg::Packages;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<DpkgSelections>("ansible.builtin.dpkg_selections", "Manage what is wished for packages of Debian");

#[derive(Args)]
struct DpkgSelections {
    /// The package.
    name: String,
    /// What is wished for it.
    #[arg(choices("install", "hold", "deinstall", "purge"))]
    selection: String,
}

impl Run for DpkgSelections {
    fn run(self, target: &mut Target) -> Outcome {
        let program = target.required_program("dpkg")?;
        let packages = Packages::read();
        let Some(before) = packages.find(&self.name).map(|package| package.selection.clone()) else {
            return Err(Failure::new(format!(
                "Failed to find package '{}' to perform selection '{}'.",
                self.name, self.selection
            )));
        };
        if before != self.selection {
            target.effect(|target| {
                let line = format!("{} {}\n", self.name, self.selection);
                target.command([program]).arg("--set-selections").stdin(line).run_successfully().map(drop)
            })?;
        }
        Ok(Map::from([("before", Value::from(before)), ("after", self.selection.into())]))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn selections() {
        for (args, result, calls) in [
            (
                r#"{"name": "dpkg", "selection": "hold"}"#,
                r#"{"changed": true, "before": "install", "after": "hold"}"#,
                "dpkg --set-selections\n< dpkg hold",
            ),
            (r#"{"name": "dpkg", "selection": "install"}"#, r#"{"changed": false, "after": "install"}"#, ""),
            (
                r#"{"name": "no such", "selection": "install"}"#,
                r#"{"failed": true, "msg": "Failed to find package 'no such' to perform selection 'install'."}"#,
                "",
            ),
        ] {
            let scratch = Scratch::with_programs(&["dpkg"]);
            scratch.call(&MODULE, args, "check");
            assert_eq!(scratch.calls(), "", "in check mode: {args}");
            scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
            assert_eq!(scratch.calls(), calls, "{args}");
        }
    }
}
