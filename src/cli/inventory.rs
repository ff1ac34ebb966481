//! `ansible-inventory`.

use super::options::InventoryOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: InventoryOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
