//! Tests on vaulted values.

use crate::data::Data;
use crate::template::{Arguments, Object, Result, Test};

pub const TESTS: &[Test] =
    &[Test::raw("vault_encrypted", vault_encrypted, "Whether the value was encrypted where it was written.")];

fn vault_encrypted(input: Object, _: &mut Arguments<'_>) -> Result<bool> {
    if let Object::Lazy(lazy) = &input
        && matches!(lazy.raw().data, Data::Vaulted(_))
    {
        return Ok(true);
    }
    Ok(match input.resolved().usable()? {
        Object::Value(value) => match &value.data {
            Data::Vaulted(_) => true,
            Data::Text(text) => text.vaulted().is_some(),
            _ => false,
        },
        _ => false,
    })
}
