//! `ansible-doc`.

use super::options::DocOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: DocOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
