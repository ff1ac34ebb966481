//! `ansible-config`.

use super::options::ConfigOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: ConfigOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
