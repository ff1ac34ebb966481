//! `validate_argument_spec`: checks variables against a role's specification.

use crate::args::Spec;
use crate::args::check::check;
use crate::data::{Data, Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.validate_argument_spec",
    summary: "Validate role argument specs.",
    spec: None,
    traits: ActionTraits { raw_args: &["argument_spec"], ..ActionTraits::NONE },
    run: |call| Box::pin(async { run(call) }),
};

fn run(call: &mut ActionCall<'_>) -> Outcome {
    let Some(spec) = call.args.get("argument_spec") else {
        return Err(ActionError::told("\"argument_spec\" arg is required in args"));
    };
    let Data::Map(options) = &spec.data else {
        return Err(ActionError::told(format!(
            "Incorrect type for argument_spec, expected dict and got {}",
            spec.type_name()
        )));
    };
    let provided = match call.args.get("provided_arguments").map(|value| &value.data) {
        None => Map::new(),
        Some(Data::Map(provided)) => (**provided).clone(),
        Some(_) => return Err(ActionError::told("Incorrect type for provided_arguments, expected dict")),
    };
    let parsed = Spec::from_map(options, None).map_err(|error| ActionError::told(error.message))?;
    let mut values = Map::new();
    for key in options.keys() {
        let Some(name) = key.as_str() else { continue };
        if let Some(given) = provided.get(name).cloned().or_else(|| call.templar.scope().variable(name)) {
            match call.templar.render(&given) {
                Ok(value) => drop(values.insert(name, value)),
                Err(error) if error.kind() == crate::template::ErrorKind::Omitted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    for (key, value) in &provided {
        if !values.contains_value_key(key) {
            values.insert(key.clone(), value.clone());
        }
    }
    let checked = check(&parsed, &values);
    let context = call.args.get("validate_args_context").cloned().unwrap_or_else(|| Map::new().into());
    let mut output = Map::from([("changed", Value::from(false)), ("validate_args_context", context)]);
    if checked.errors.is_empty() {
        output.insert("msg", "The arg spec validation passed");
        return Ok(TaskResult::of(output));
    }
    let messages: Vec<String> = checked.errors.iter().map(|error| error.message.clone()).collect();
    output.insert("failed", true);
    output.insert("msg", format!("Validation of arguments failed:\n{}", messages.join("\n")));
    output.insert("argument_spec_data", Value::from((**options).clone()));
    output.insert("argument_errors", Value::list(messages.into_iter().map(Value::from)));
    Ok(TaskResult::of(output))
}
