//! From the text of a template to a program: scanned by Jinja's rules, parsed by minijinja,
//! lowered to a tree of ours that owns its parts and can be cached.

mod canonical;
mod complaint;
mod lower;
mod nesting;
mod program;
mod scanner;
mod token;

use std::sync::Arc;

pub use program::*;

use super::{Result, TemplateError};

/// How a template is written: delimiters, whitespace, extensions. Part of the cache's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Syntax {
    pub block: (Arc<str>, Arc<str>),
    pub variable: (Arc<str>, Arc<str>),
    pub comment: (Arc<str>, Arc<str>),
    pub line_statement: Option<Arc<str>>,
    pub line_comment: Option<Arc<str>>,
    pub trim_blocks: bool,
    pub lstrip_blocks: bool,
    pub keep_trailing_newline: bool,
    pub newline: Arc<str>,
    /// Whether backslashes in texts of `{{ }}` are escapes. In a playbook's templates they are not.
    pub escapes: bool,
    /// The extension `jinja2.ext.do`.
    pub with_do: bool,
    /// The extension `jinja2.ext.loopcontrols`.
    pub with_loop_controls: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            block: ("{%".into(), "%}".into()),
            variable: ("{{".into(), "}}".into()),
            comment: ("{#".into(), "#}".into()),
            line_statement: None,
            line_comment: None,
            trim_blocks: true,
            lstrip_blocks: false,
            keep_trailing_newline: false,
            newline: "\n".into(),
            escapes: false,
            with_do: false,
            with_loop_controls: false,
        }
    }
}

impl Syntax {
    /// Whether a text holds anything that rendering could change.
    pub fn marks(&self, text: &str) -> bool {
        [&self.block.0, &self.variable.0, &self.comment.0].iter().any(|mark| text.contains(&***mark))
            || text.starts_with("#jinja2:")
            || self.line_statement.is_some()
            || self.line_comment.is_some()
    }
}

/// Compiles the text of a template.
pub fn compile(source: &str, syntax: &Syntax) -> Result<Program> {
    let canonical = canonical::template(source, syntax)?;
    let parsed = minijinja::machinery::parse(&canonical.text, "template", minijinja::syntax::SyntaxConfig::default())
        .map_err(|error| complaint::reword(&error, &canonical))?;
    lower::template(&parsed, &canonical)
}

/// Compiles an expression alone, as conditions are.
pub fn compile_expression(source: &str, syntax: &Syntax) -> Result<Program> {
    let canonical = canonical::expression(source, syntax)?;
    let parsed =
        minijinja::machinery::parse_expr(&canonical.text).map_err(|error| complaint::reword(&error, &canonical))?;
    lower::expression(&parsed, &canonical)
}

/// A syntax error in the reference's words.
pub(super) fn syntax_error(message: impl Into<String>) -> TemplateError {
    TemplateError::syntax(message)
}
