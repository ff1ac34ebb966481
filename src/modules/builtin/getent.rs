//! ansible.builtin.getent: asks a database of the system, as passwd or hosts.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<Getent>("ansible.builtin.getent", "Ask a database of the system");

#[derive(Args)]
struct Getent {
    /// The database, as `passwd`, `group`, `hosts` or `services`.
    database: String,
    /// The entry to ask for; without it all are listed, where the database allows that.
    key: Option<String>,
    /// The source to ask in place of those of the host's own order.
    service: Option<String>,
    /// What stands between the fields of an entry.
    split: Option<String>,
    /// Whether it is an error that the entry is not there.
    #[arg(default = true)]
    fail_key: bool,
}

impl Run for Getent {
    fn run(self, target: &mut Target) -> Outcome {
        let program = target.required_program("getent")?;
        let mut command = target.command([program]).arg(&self.database);
        if let Some(key) = &self.key {
            command = command.arg(key);
        }
        if let Some(service) = &self.service {
            command = command.arg("-s").arg(service);
        }
        let finished = command.run_or_fail()?;
        let has_colons = matches!(self.database.as_str(), "passwd" | "shadow" | "group" | "gshadow");
        let split = self.split.as_deref().or(has_colons.then_some(":"));
        let name = format!("getent_{}", self.database);
        let facts = |entries: Map| Map::from([(name.as_str(), entries)]);
        match finished.code {
            0 => Ok(Map::from([("ansible_facts", facts(entries(&finished.stdout_text(), split)))])),
            2 => {
                let message = "One or more supplied key could not be found in the database.";
                if self.fail_key {
                    return Err(message.into());
                }
                let missing = Map::from([(self.key.unwrap_or_default(), Value::NULL)]);
                Ok(Map::from([("ansible_facts", Value::from(facts(missing))), ("msg", message.into())]))
            }
            1 => Err("Missing arguments, or database unknown.".into()),
            3 => Err("Enumeration not supported on this database.".into()),
            _ => Err(Failure::new("Unexpected failure!")),
        }
    }
}

/// Fields by first field; what is there more than once is a list of all its fields.
fn entries(text: &str, split: Option<&str>) -> Map {
    let mut all = Map::new();
    let mut repeated: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut fields = match split {
            Some(split) if !split.is_empty() => line.split(split).map(str::to_owned).collect::<Vec<_>>(),
            _ => line.split_whitespace().map(str::to_owned).collect(),
        };
        if fields.is_empty() {
            continue;
        }
        let key = fields.remove(0);
        let fields = Value::list(fields.into_iter().map(Value::from));
        match all.get(&key).cloned() {
            None => {
                all.insert(key, fields);
            }
            Some(known) if repeated.contains(&key) => {
                let mut items = known.as_items().unwrap_or_default().to_vec();
                items.push(fields);
                all.insert(key, items);
            }
            Some(known) => {
                all.insert(key.as_str(), Value::list([known, fields]));
                repeated.push(key);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn databases() {
        for (args, wanted) in [
            (
                r#"{"database": "group", "key": "root"}"#,
                r#"{"changed": false, "ansible_facts": {"getent_group": {"root": ["x", "0", ""]}}}"#,
            ),
            (
                r#"{"database": "passwd", "key": "no such"}"#,
                r#"{"failed": true, "msg": "One or more supplied key could not be found in the database."}"#,
            ),
            (
                r#"{"database": "passwd", "key": "no such", "fail_key": false}"#,
                r#"{"ansible_facts": {"getent_passwd": {"no such": null}}}"#,
            ),
            (
                r#"{"database": "none such", "key": "x"}"#,
                r#"{"failed": true, "msg": "Missing arguments, or database unknown."}"#,
            ),
        ] {
            let scratch = Scratch::new();
            scratch.assert_result(&scratch.call(&MODULE, args, "check"), wanted);
        }
    }

    #[test]
    fn what_is_there_twice_is_a_list() {
        let entries = super::entries("1.1.1.1 a\n2.2.2.2 b c\n1.1.1.1 d\n1.1.1.1 e\n", None);
        let shown = crate::data::json::dumps(&entries.into(), &crate::data::json::Style::default());
        assert_eq!(shown, r#"{"1.1.1.1": [["a"], ["d"], ["e"]], "2.2.2.2": ["b", "c"]}"#);
    }
}
