//! ansible.builtin.debconf: answers to the questions that packages of Debian ask.

use crate::args::Args;
use crate::data::{Map, Value, python};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<Debconf>("ansible.builtin.debconf", "Answer the questions of packages of Debian");

#[derive(Args)]
#[args(required_together("question", "vtype", "value"))]
struct Debconf {
    /// The package.
    #[arg(alias = "pkg")]
    name: String,
    /// The question.
    #[arg(alias = "selection", alias = "setting")]
    question: Option<String>,
    /// What kind of answer.
    #[arg(choices(
        "boolean",
        "error",
        "multiselect",
        "note",
        "password",
        "seen",
        "select",
        "string",
        "text",
        "title"
    ))]
    vtype: Option<String>,
    /// The answer.
    #[arg(alias = "answer", kind = "raw")]
    value: Option<Value>,
    /// Whether the question may be asked again.
    #[arg(default = false)]
    unseen: bool,
}

impl Run for Debconf {
    fn run(self, target: &mut Target) -> Outcome {
        let before = self.answers(target)?;
        let (Some(question), Some(kind)) = (&self.question, &self.vtype) else {
            return Ok(Map::from([("changed", Value::from(false)), ("msg", "".into()), ("current", before.into())]));
        };
        let value = self.wanted(kind)?;
        let is_secret = kind == "password";
        let current = if is_secret { self.password(question, target)? } else { before.get(question).map(python::str) };
        let differs = if kind == "multiselect" {
            sorted(current.as_deref().unwrap_or_default()) != sorted(&value) || current.is_none()
        } else {
            current.as_deref() != Some(value.as_str())
        };
        if differs {
            target.effect(|target| {
                let mut command = target.command([target.required_program("debconf-set-selections")?]);
                if self.unseen {
                    command = command.arg("-u");
                }
                let finished = command.stdin(format!("{} {question} {kind} {value}\n", self.name)).run_or_fail()?;
                if finished.is_success() { Ok(()) } else { Err(Failure::new(finished.stderr_text())) }
            })?;
        }
        let hidden = Value::from("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
        let shown = |value: Value| if is_secret { hidden.clone() } else { value };
        let after = Map::from([(question.as_str(), shown(value.into()))]);
        let previous =
            Map::from([(question.as_str(), shown(current.clone().map_or_else(|| Value::from(""), Value::from)))]);
        if !differs {
            return Ok(Map::from([("changed", Value::from(false)), ("msg", "".into()), ("current", before.into())]));
        }
        let mut result = Map::from([
            ("msg", Value::from("")),
            ("current", after.clone().into()),
            ("previous", previous.clone().into()),
        ]);
        if target.wants_diff() {
            result.insert("diff", Map::from([("before", previous), ("after", after)]));
        }
        Ok(result)
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
    items.sort();
    items
}

impl Debconf {
    fn wanted(&self, kind: &str) -> Result<String, Failure> {
        let value = self.value.clone().unwrap_or_default();
        Ok(match (kind, value.as_items()) {
            ("multiselect", Some(items)) => items.iter().map(python::str).collect::<Vec<_>>().join(", "),
            ("boolean", _) => {
                let flag = crate::args::coerce::boolean(&value);
                flag.map_or_else(|_| python::str(&value), |flag| flag.to_string())
            }
            _ => python::str(&value),
        })
    }

    /// The answers that are known, by question.
    fn answers(&self, target: &Target) -> Result<Map, Failure> {
        let finished =
            target.command([target.required_program("debconf-show")?]).arg(&self.name).in_english().run_or_fail()?;
        if !finished.is_success() {
            return Err(Failure::new(finished.stderr_text()));
        }
        let pair = |line: &str| {
            let (question, answer) = line.trim_start_matches('*').trim_start().split_once(':')?;
            Some((question.trim().to_owned(), answer.trim().to_owned()))
        };
        Ok(finished.stdout_text().lines().filter_map(pair).collect())
    }

    /// A password is not among the answers that are shown.
    fn password(&self, question: &str, target: &Target) -> Result<Option<String>, Failure> {
        let Some(program) = target.find_program("debconf-communicate") else { return Ok(None) };
        let finished = target.command([program]).arg(&self.name).stdin(format!("GET {question}\n")).run_or_fail()?;
        let said = finished.stdout_text();
        Ok(said.strip_prefix("0 ").map(|answer| answer.trim_end_matches('\n').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn answers() {
        /// Arguments, result, the line that is told.
        const ROWS: &[(&str, &str, &str)] = &[
            (r#"{"name": "p"}"#, r#"{"changed": false, "current": {"p/a": "Etc", "p/b": ""}, "msg": ""}"#, ""),
            (
                r#"{"name": "p", "question": "p/a", "vtype": "select", "value": "Europe"}"#,
                r#"{"changed": true, "current": {"p/a": "Europe"}, "previous": {"p/a": "Etc"}}"#,
                "< p p/a select Europe",
            ),
            (r#"{"name": "p", "question": "p/a", "vtype": "select", "value": "Etc"}"#, r#"{"changed": false}"#, ""),
            (
                r#"{"name": "p", "question": "p/c", "vtype": "boolean", "value": "yes"}"#,
                r#"{"changed": true, "current": {"p/c": "true"}}"#,
                "< p p/c boolean true",
            ),
            (
                r#"{"name": "p", "question": "p/c"}"#,
                r#"{"failed": true, "msg": "parameters are required together: question, vtype, value"}"#,
                "",
            ),
        ];
        for (args, result, told) in ROWS {
            let scratch = Scratch::with_programs(&["debconf-set-selections"]);
            scratch.program("debconf-show", "printf '* p/a: Etc\\n  p/b:\\n'");
            let told_now = |scratch: &Scratch| {
                let calls = scratch.calls();
                calls.lines().find(|line| line.starts_with("< ")).unwrap_or_default().to_owned()
            };
            scratch.call(&MODULE, args, "check");
            assert_eq!(told_now(&scratch), "", "in check mode: {args}");
            scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
            assert_eq!(told_now(&scratch), *told, "{args}");
        }
    }
}
