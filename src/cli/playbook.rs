//! `ansible-playbook`.

use super::options::PlaybookOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: PlaybookOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
