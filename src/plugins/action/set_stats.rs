//! `set_stats`: numbers and lists for the end of the run.

use crate::args::{ArgSpec, Args};
use crate::data::{Data, Map, Value, python};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::{Effects, SetStats, TaskResult};
use crate::project::playbook::load::is_variable_name;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.set_stats",
    summary: "Define and display stats for the current ansible run",
    spec: Some(SPEC),
    traits: ActionTraits::NONE,
    run: |call| Box::pin(async { run(call) }),
};

#[derive(Args)]
struct StatsArgs {
    /// Names and values.
    data: Map,
    /// Keep them apart by host.
    #[arg(default = false)]
    per_host: bool,
    /// Add to what is there instead of taking its place.
    #[arg(default = true)]
    aggregate: bool,
}

const SPEC: &ArgSpec = StatsArgs::SPEC;

fn run(call: &mut ActionCall<'_>) -> Outcome {
    if call.arg("data").is_some_and(|data| !matches!(data.data, Data::Map(_) | Data::Text(_))) {
        return Err(ActionError::told("The 'data' option needs to be a dictionary/hash"));
    }
    // What is no word for yes means no.
    for option in ["per_host", "aggregate"] {
        if call.arg(option).is_some_and(|value| crate::args::coerce::boolean(value).is_err()) {
            call.args.insert(option, false);
        }
    }
    call.check_args(SPEC, "set_stats")?;
    let args = StatsArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let mut data = Map::new();
    for (key, value) in &args.data {
        let name = call.templar.render(key)?;
        if !name.as_str().is_some_and(is_variable_name) {
            let shown = python::str(&name);
            return Err(ActionError::told(format!(
                "The variable name '{shown}' is not valid. Variables must start with a letter or underscore character, and contain only letters, numbers and underscores."
            )));
        }
        data.insert(name, value.clone());
    }
    let stats = Map::from([
        ("data", Value::from(data.clone())),
        ("per_host", Value::from(args.per_host)),
        ("aggregate", Value::from(args.aggregate)),
    ]);
    let output = Map::from([("changed", Value::from(false)), ("ansible_stats", Value::from(stats))]);
    let effects = Effects {
        stats: Some(SetStats { data, per_host: args.per_host, aggregate: args.aggregate }),
        ..Effects::default()
    };
    Ok(TaskResult { effects: vec![effects], ..TaskResult::of(output) })
}
