//! Tests of community.general.

use crate::data::{Data, Value};
use crate::template::{Arguments, Result, Test};

const COLLECTION: &str = "community.general";

pub const TESTS: &[Test] =
    &[Test::plain("a_module", a_module, "Whether there is a module or action of this name.").of(COLLECTION)];

fn a_module(input: &Value, arguments: &mut Arguments<'_>) -> Result<bool> {
    match &input.data {
        Data::Text(name) => Ok(arguments.context().world().knows_action(name)),
        _ => Err(format!("unsupported type <class '{}'>", input.type_name()).into()),
    }
}
