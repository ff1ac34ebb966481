//! `ansible-console`.

use super::options::ConsoleOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: ConsoleOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
