//! `ansible-vault`.

use super::options::VaultOptions;
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;

pub fn run(_options: VaultOptions, context: &Context) -> Result<u8, Diagnostic> {
    Err(not_built(&context.program))
}
