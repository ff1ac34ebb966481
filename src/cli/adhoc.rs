//! `ansible`.

use super::options::AdhocOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: AdhocOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
